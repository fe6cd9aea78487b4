import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { recordBoot } from "../../src/supervisor/uncleanBoots.ts";
import { type HttpStub, json, startHttpStub } from "../support/httpStub.ts";
import { cleanUp, type DaemonProcess, newDataDir, readDaemonFile, runCli, startDaemon } from "./daemonProcess.ts";
import { statusOf } from "./fleetWatch.ts";

let dataDir = "";
let started: DaemonProcess[] = [];
let stub: HttpStub | undefined;
afterEach(async () => {
  await stub?.close();
  stub = undefined;
  await cleanUp(dataDir, started);
  started = [];
}, 30_000);

function start(args: readonly string[] = []): DaemonProcess {
  const daemon = startDaemon(dataDir, ["--bus", "in-process", ...args]);
  started.push(daemon);
  return daemon;
}

const isTrade = (line: Record<string, unknown>): boolean =>
  typeof line["msg"] === "string" && / (bought|sold) \d/.test(line["msg"]);

describe("a daemon that failed at several boots in a row", { timeout: 60_000 }, () => {
  it("starts with the fleet paused, says why, and sails when told to resume [H7] [G12]", async () => {
    dataDir = newDataDir();
    // Ends before the recovery was through: four as such boots are noted, the fifth a real one, killed.
    for (let boot = 4; boot > 0; boot--) recordBoot({ dataDirectory: dataDir, nowMs: Date.now() - boot * 1_000 });
    const killed = start();
    await killed.line((line) => line["msg"] !== undefined);
    killed.child.kill("SIGKILL");
    await killed.exit;

    const paused = start();
    const said = await paused.line((line) => typeof line["msg"] === "string" && line["msg"].startsWith("the fleet is paused"));
    expect(said["msg"]).toMatch(/the daemon failed 5 times within 10 min; the last ended before its recovery was through/);
    expect(said["msg"]).toContain("then: bosun resume");
    expect(await statusOf(dataDir)).toMatchObject({ phase: "paused", ships: [] });
    const { httpUrl, agent } = readDaemonFile(dataDir);
    expect((await fetch(`${httpUrl}/healthz`)).status).toBe(200);
    expect((await runCli(["send", agent, "agent.booted", "--data-dir", dataDir])).code).not.toBe(0);
    // What the ships know of their claims is asleep with them.
    const clearing = await runCli(["assignments", "clear", "--data-dir", dataDir]);
    expect(clearing).toMatchObject({ code: 1, stderr: expect.stringContaining("the fleet is paused, starting or stopping") });
    expect((await runCli(["assignments", "--data-dir", dataDir])).code).toBe(0);
    expect(paused.lines().some(isTrade)).toBe(false);

    const resumed = await runCli(["resume", "--data-dir", dataDir]);
    expect(resumed).toMatchObject({ code: 0, stdout: expect.stringContaining("the fleet wakes up") });
    await expect.poll(async () => (await statusOf(dataDir)).ships.length, { timeout: 20_000, interval: 500 }).toBeGreaterThan(0);
    expect(await statusOf(dataDir)).toMatchObject({ phase: "sailing", quarantined: [] });
    const again = await runCli(["resume", "--data-dir", dataDir]);
    expect(again.stdout).toContain("the fleet was not paused");
    paused.child.kill("SIGTERM");
    expect(await paused.exit).toMatchObject({ code: 0 });
    // A graceful stop ends the row: nothing is held against the next start.
    expect(recordBoot({ dataDirectory: dataDir, nowMs: Date.now() }).pausedBecause).toBeUndefined();
  });
});

describe("a token the game does not take", { timeout: 60_000 }, () => {
  const TOKEN = "eyJhbGciOiJSUzI1NiJ9.bm90IGEgcmVhbCB0b2tlbg.c2lnbmF0dXJl";

  async function refusedWith(token: string, answer: { readonly status: number; readonly body: object }): Promise<string> {
    dataDir = newDataDir();
    stub = await startHttpStub();
    stub.answer((_request, response) => json(response, answer.status, answer.body));
    const tokenFile = join(dataDir, "my.token");
    writeFileSync(tokenFile, token, { mode: 0o600 });
    const daemon = start(["--api-url", `${stub.url}/v2`, "--token-file", tokenFile, "--agent", "BOSUN"]);
    expect(await daemon.exit).toEqual({ code: 3, signal: null });
    expect(daemon.output()).toContain(`bosun: `);
    expect(daemon.output()).not.toContain(TOKEN);
    // The user's mistake is no failure of ours: it does not pause a later fleet.
    expect(readFileSync(join(dataDir, "boots.json"), "utf8")).not.toContain("fatal");
    return daemon.output();
  }

  const refusal = (code: number, message: string) => ({ status: 401, body: { error: { code, message, data: {} } } });

  it("because a reset has made it worthless: says so, names the file, exit 3 [G15]", async () => {
    const message =
      "Failed to parse token. Token reset_date does not match the server. Server resets happen on a weekly cadence.";
    const output = await refusedWith(TOKEN, refusal(4113, message));
    expect(output).toContain("the universe was reset: the token in");
    expect(output).toContain("(code 4113): Failed to parse token. Token reset_date does not match");
    expect(output).toContain(`put its token into ${join(dataDir, "my.token")}, or give the account's token`);
  });

  it("because it is none: says so, exit 3 [G15]", async () => {
    expect(await refusedWith(TOKEN, refusal(4104, "Token is invalid."))).toContain("(code 4104): Token is invalid.");
  });

  it("because the file is empty: names it without asking the game, exit 3", async () => {
    expect(await refusedWith("\n", { status: 200, body: {} })).toMatch(/bosun: .*my\.token: a secret must be/);
    expect(stub?.requests).toEqual([]);
  });
});
