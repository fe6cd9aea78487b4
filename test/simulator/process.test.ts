import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { nearest, parseOptions } from "../../src/simulator/options.ts";
import { request } from "./support/harness.ts";

const MAIN = join(import.meta.dirname, "../../src/simulator/main.ts");
const children: ChildProcess[] = [];
const dirs: string[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

function newDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "simulator-process-"));
  dirs.push(dir);
  return dir;
}

interface Run {
  child: ChildProcess;
  announced: Promise<Record<string, unknown>>;
  exit: Promise<{ code: number | null; stderr: string }>;
}

function run(...args: string[]): Run {
  const child = spawn(process.execPath, ["--import", "tsx", MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const exit = new Promise<{ code: number | null; stderr: string }>((resolve) => {
    child.once("close", (code) => resolve({ code, stderr }));
  });
  const announced = new Promise<Record<string, unknown>>((resolve, reject) => {
    child.stdout.setEncoding("utf8").once("data", (line: string) => resolve(JSON.parse(line) as Record<string, unknown>));
    void exit.then(({ code }) => reject(new Error(`exited ${code}: ${stderr}`)));
  });
  announced.catch(() => undefined);
  return { child, announced, exit };
}

function runFile(dir: string): Record<string, string> {
  return JSON.parse(readFileSync(join(dir, "simulator.json"), "utf8")) as Record<string, string>;
}

describe("the process", { timeout: 30_000 }, () => {
  it("announces itself, survives kill -9 on the same port with every answered mutation, and ends with 0 on SIGTERM", async () => {
    const dir = newDir();
    const first = run("--data-dir", dir, "--seed", "3", "--agent", "sailor");
    const line = await first.announced;
    expect(line).toMatchObject({ event: "listening", agent: "SAILOR", seed: 3, speed: 60 });
    expect(JSON.stringify(line)).not.toContain(runFile(dir)["agentToken"]);
    expect(statSync(join(dir, "simulator.json")).mode & 0o777).toBe(0o600);
    const { url = "", agentToken = "" } = runFile(dir);
    const call = (method: string, path: string, body?: unknown) => request(url, method, path, body, agentToken);
    await call("POST", "/my/ships/SAILOR-1/purchase", { symbol: "FUEL", units: 3 });
    await call("POST", "/my/ships/SAILOR-1/orbit");
    const credits = (await call("GET", "/my/agent")).body["data"]?.["credits"];
    first.child.kill("SIGKILL");
    await first.exit;

    const second = run("--data-dir", dir, "--seed", "3", "--agent", "sailor");
    expect((await second.announced)["url"]).toBe(line["url"]);
    const ship = (await call("GET", "/my/ships/SAILOR-1")).body["data"];
    expect(ship).toMatchObject({ nav: { status: "IN_ORBIT" }, cargo: { units: 3 } });
    expect((await call("GET", "/my/agent")).body["data"]).toMatchObject({ credits, shipCount: 2 });
    second.child.kill("SIGTERM");
    expect(await second.exit).toMatchObject({ code: 0 });
  });

  it("refuses a data directory that is in use, and one that holds another universe", async () => {
    const dir = newDir();
    const first = run("--data-dir", dir, "--seed", "3");
    await first.announced;
    const second = await run("--data-dir", dir, "--seed", "3").exit;
    expect(second).toMatchObject({ code: 2, stderr: expect.stringContaining("already runs") });
    first.child.kill("SIGTERM");
    await first.exit;
    const other = await run("--data-dir", dir, "--seed", "4").exit;
    expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining("holds a universe of seed 3") });
  });

  it("moves to the next port when the one asked for is taken, and says so", async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, "127.0.0.1", resolve));
    const { port } = blocker.address() as AddressInfo;
    try {
      const moved = run("--data-dir", newDir(), "--port", String(port));
      const url = String((await moved.announced)["url"]);
      expect(Number(new URL(url).port)).toBeGreaterThan(port);
      moved.child.kill("SIGTERM");
      expect((await moved.exit).stderr).toContain(`port ${port} is taken`);
    } finally {
      blocker.close();
    }
  });

  it("ends with 2 and the path of the wrong field for a corrupt universe file, leaving no universe behind", async () => {
    const dir = newDir();
    const file = join(dir, "corrupt.json");
    writeFileSync(
      file,
      JSON.stringify({
        systems: [{ symbol: "X1-AA1", sectorSymbol: "X1", type: "BLUE_STAR", x: 0, y: 0 }],
        waypoints: [{ symbol: "X1-AA1-A1", type: "PLANET", x: "far", y: 0, traits: [] }],
        marketplaces: [],
      }),
    );
    const ended = await run("--data-dir", join(dir, "data"), "--universe", file).exit;
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining("corrupt.json: waypoints.0.x: ") });
    expect(existsSync(join(dir, "data", "universe.json"))).toBe(false);
  });
});

describe("the process with faults", { timeout: 30_000 }, () => {
  it("arms the faults of a file at the start, without serving /admin [SIM-FAULTS] [SIM-CLI]", async () => {
    const dir = newDir();
    const file = join(dir, "faults.json");
    writeFileSync(file, JSON.stringify([{ kind: "unavailable", operation: "getMyAgent", count: 2 }]));
    await run("--data-dir", dir, "--faults", file).announced;
    const { url = "", agentToken = "", accountToken = "" } = runFile(dir);
    const ask = async (path: string) =>
      (await fetch(`${url}${path}`, { headers: { Authorization: `Bearer ${agentToken}` } })).status;
    expect(await ask("/my/ships")).toBe(200);
    expect([await ask("/my/agent"), await ask("/my/agent"), await ask("/my/agent")]).toEqual([503, 503, 200]);
    const admin = await fetch(url.replace("/v2", "/admin/faults"), {
      headers: { Authorization: `Bearer ${accountToken}` },
    });
    expect(admin.status).toBe(404);
  });
});

describe("options", () => {
  it("name the nearest known one for a typing error", () => {
    expect(() => parseOptions(["--sede", "1"])).toThrow("unknown option --sede; did you mean --seed?");
    expect(() => parseOptions(["--univers=x"])).toThrow("did you mean --universe?");
    expect(() => parseOptions(["seed", "4"])).toThrow("seed: every option begins with --");
    expect(nearest("--spead", ["--speed", "--seed"])).toBe("--speed");
  });

  it("refuse values that make no sense", () => {
    const wrong = {
      "--port x": "a whole number",
      "--port 70000": "from 0 to 65535",
      "--speed 0": "from 0.01",
      "--speed fast": "a number",
      "--seed -1": "a whole number",
      "--agent a,b": "3 to 14 letters",
      "--seed": "needs a value",
      "--universe --seed": "--universe needs a value",
      "--admin=yes": "takes no value",
    };
    for (const [args, message] of Object.entries(wrong)) expect(() => parseOptions(args.split(" "))).toThrow(message);
    expect(parseOptions(["--seed=5", "--speed", "0.5", "--admin"])).toMatchObject({
      seed: 5,
      speed: 0.5,
      admin: true,
      rateLimit: true,
    });
  });
});
