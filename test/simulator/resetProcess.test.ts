import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { request } from "./support/harness.ts";

const MAIN = join(import.meta.dirname, "../../src/simulator/main.ts");
const dir = mkdtempSync(join(tmpdir(), "simulator-reset-process-"));
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(dir, { recursive: true, force: true });
});

async function start(...args: string[]): Promise<ChildProcess> {
  const options = ["--data-dir", join(dir, "data"), "--seed", "3", "--agent", "SAILOR", "--admin", "--no-rate-limit", ...args];
  const child = spawn(process.execPath, ["--import", "tsx", MAIN, ...options], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  await once(child.stdout, "data");
  return child;
}

async function killed(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "close");
}

function facts(): Record<string, string | null> {
  return JSON.parse(readFileSync(join(dir, "data", "simulator.json"), "utf8")) as Record<string, string | null>;
}

it("a reset outlives kill -9 of the process, whose first options still open the universe [SIM-FAULTS]", async () => {
  const first = await start();
  const { url, accountToken, agentToken: old, resetDate } = facts();
  const call = async (method: string, path: string, body: unknown, token: string | null | undefined) => {
    const answer = await request(url ?? "", method, path, body, token ?? null);
    return { ...answer, code: answer.body["error"]?.["code"] };
  };
  expect((await call("POST", "/admin/reset", { seed: 4, maintenanceGameSeconds: 60 }, accountToken)).status).toBe(201);
  await killed(first);

  const second = await start();
  await expect.poll(async () => (await call("GET", "/my/agent", undefined, old)).code, { timeout: 10_000 }).toBe(4113);
  const after = facts();
  expect(after).toMatchObject({ seed: 4, accountToken, agentToken: null });
  expect(String(after["resetDate"]) > String(resetDate)).toBe(true);
  await killed(second);

  const third = await start();
  const anew = await call("POST", "/register", { symbol: "SAILOR", faction: "COSMIC" }, accountToken);
  expect(anew.status).toBe(201);
  expect(facts()["agentToken"]).toBe(anew.body["data"]?.["token"]);
  expect((await call("GET", "/my/agent", undefined, facts()["agentToken"])).status).toBe(200);
  await killed(third);

  const faults = join(dir, "faults.json");
  writeFileSync(faults, JSON.stringify([{ kind: "unavailable", operation: "getMyAgent" }]));
  await start("--faults", faults);
  expect((await call("GET", "/my/agent", undefined, facts()["agentToken"])).status).toBe(503);
  expect((await call("GET", "/my/agent", undefined, facts()["agentToken"])).body["data"]).toMatchObject({ symbol: "SAILOR" });
}, 60_000);
