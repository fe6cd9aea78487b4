import { readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { isAlive } from "../../src/process/processIdentity.ts";
import {
  cleanUp,
  type DaemonProcess,
  newDataDir,
  readDaemonFile,
  runCli,
  sails,
  sidecarPids,
  startDaemon,
} from "./daemonProcess.ts";

describe("the daemon as a process, from the first start to a kill and back", { timeout: 60_000 }, () => {
  const dataDir = newDataDir();
  const started: DaemonProcess[] = [];
  let daemon: DaemonProcess;

  beforeAll(async () => {
    daemon = startDaemon(dataDir);
    started.push(daemon);
    await sails(daemon);
  }, 60_000);
  afterAll(() => cleanUp(dataDir, started), 30_000);

  it("says where it is in a private daemon.json", () => {
    const file = readDaemonFile(dataDir);
    expect(file).toMatchObject({ pid: daemon.pid, agent: expect.stringMatching(/^agent\/\d{4}-\d{2}-\d{2}\/BOSUN$/) });
    expect(statSync(join(dataDir, "daemon.json")).mode & 0o777).toBe(0o600);
  });

  it("answers bosun status as a table and as JSON", async () => {
    const moving = await daemon.line((line) => typeof line["msg"] === "string" && line["msg"].includes("bought"));
    expect(moving).toBeDefined();
    const json = await runCli(["status", "-o", "json", "--data-dir", dataDir]);
    expect(json.code).toBe(0);
    const status = JSON.parse(json.stdout);
    expect(status).toMatchObject({ simulator: true, phase: "sailing", requestBudget: { rateLimited: 0 }, deadLetters: 0 });
    expect(status.credits).toBeGreaterThan(0);
    expect(status.ships.length).toBeGreaterThanOrEqual(2);
    const table = await runCli(["status", "--data-dir", dataDir]);
    expect(table.stdout).toContain("SIMULATOR ×60");
    expect(table.stdout).toMatch(/\nSHIP +DOES/);
    expect(table.stdout).not.toContain("\u001b");
  });

  it("is ready and has its whole tree", async () => {
    const { httpUrl, agent } = readDaemonFile(dataDir);
    const ready = await fetch(`${httpUrl}/readyz`);
    expect(await ready.text()).toMatch(/^\[\+\]database/);
    expect(ready.status).toBe(200);
    const actors = await runCli(["actors", "--data-dir", dataDir]);
    expect(actors).toMatchObject({ code: 0, stderr: "" });
    for (const child of ["universe", "treasury", "coordinator", "supply-monitor", "ship/BOSUN-1"])
      expect(actors.stdout).toContain(`${agent}/${child} `);
  });

  it("refuses a second daemon on its data directory, naming the first", async () => {
    const second = startDaemon(dataDir);
    started.push(second);
    expect(await second.exit).toMatchObject({ code: 3 });
    expect(second.output()).toContain(`in use by the daemon with pid ${daemon.pid}`);
  });

  it("goes on after a kill -9 with the sidecars it left [H16] [G4] [R000-02] [R000-07]", async () => {
    const before = sidecarPids(dataDir);
    const postgresBefore = await daemon.line((line) => line["msg"] === "embedded Postgres is up");
    daemon.child.kill("SIGKILL");
    await daemon.exit;

    const status = await runCli(["status", "--data-dir", dataDir]);
    expect(status).toMatchObject({ code: 3, stderr: expect.stringContaining("no daemon runs on") });
    const dump = await runCli(["snapshot", "dump", "--data-dir", dataDir]);
    const actors = JSON.parse(dump.stdout);
    const ship = actors.find((actor: { kind: string }) => actor.kind === "ship");
    expect(ship).toMatchObject({
      status: "active",
      context: { ship: { symbol: expect.any(String) } },
      mailbox: expect.any(Array),
    });

    daemon = startDaemon(dataDir);
    started.push(daemon);
    await sails(daemon);
    expect(sidecarPids(dataDir)).toEqual(before);
    const postgres = await daemon.line((line) => line["msg"] === "embedded Postgres is up");
    expect(postgres).toMatchObject({ origin: "adopted", pid: postgresBefore["pid"] });
    const recovery = await daemon.line((line) => typeof line["msg"] === "string" && line["msg"].startsWith("resumed "));
    expect(recovery["msg"]).toMatch(
      new RegExp(
        `^resumed ${actors.filter((actor: { status: string }) => actor.status !== "done" && actor.status !== "stopped").length} actors`,
      ),
    );
  });

  it("never lets the token out: not in logs, snapshots, status or the console [G15]", async () => {
    const token = readFileSync(join(dataDir, "agent.token"), "utf8").trim();
    expect(token.length).toBeGreaterThan(20);
    expect(statSync(join(dataDir, "agent.token")).mode & 0o777).toBe(0o600);
    const { httpUrl } = readDaemonFile(dataDir);
    const dump = await runCli(["snapshot", "dump", "--data-dir", dataDir]);
    const payloads = await Promise.all(
      ["/api/status", "/api/tree", "/api/actors"].map(async (path) => await (await fetch(httpUrl + path)).text()),
    );
    for (const text of [dump.stdout, ...payloads, ...started.map((one) => one.output())]) {
      expect(text.length).toBeGreaterThan(0);
      expect(text).not.toContain(token);
    }
  });

  it("sends to an actor, and says why it does not", async () => {
    const { agent } = readDaemonFile(dataDir);
    const sent = await runCli(["send", agent, "agent.booted", "--id", "e2e-1", "--data-dir", dataDir]);
    expect(sent).toMatchObject({ code: 0, stdout: expect.stringContaining("applied") });
    const again = await runCli(["send", agent, "agent.booted", "--id", "e2e-1", "--data-dir", dataDir]);
    expect(again.stdout).toContain("known already");
    expect((await runCli(["send", `${agent}/nobody`, "x", "--data-dir", dataDir])).code).toBe(5);
  });

  it("stops on SIGTERM within 30 s, exit 0, and leaves nothing running [H16] [R000-41] [R000-42]", async () => {
    const pids = sidecarPids(dataDir);
    const startedAt = performance.now();
    daemon.child.kill("SIGTERM");
    expect(await daemon.exit).toEqual({ code: 0, signal: null });
    expect(performance.now() - startedAt).toBeLessThan(30_000);
    expect(daemon.output()).toContain("Shutdown signal received, waiting for operations to complete...");
    // A zombie that nobody reaps in a container counts as gone.
    expect(pids.filter(isAlive)).toEqual([]);
    expect(() => statSync(join(dataDir, "daemon.json"))).toThrow("ENOENT");
  });
});

describe("the daemon's other ends", { timeout: 60_000 }, () => {
  let dataDir: string;
  let started: DaemonProcess[] = [];
  const start = (args: readonly string[], environment: Record<string, string> = {}): DaemonProcess => {
    dataDir = newDataDir();
    const daemon = startDaemon(dataDir, args, environment);
    started.push(daemon);
    return daemon;
  };
  afterEach(async () => {
    await cleanUp(dataDir, started);
    started = [];
  }, 30_000);

  it("refuses an unknown option with exit code 2, naming the nearest", async () => {
    const daemon = start(["--sped", "10"]);
    expect(await daemon.exit).toEqual({ code: 2, signal: null });
    expect(daemon.output()).toContain("Did you mean --speed?");
  });

  it("takes the next port when its own is taken, and stops by itself after --run-for", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const address = other.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const daemon = start(["--http-port", String(port), "--run-for", "1", "--bus", "in-process"]);
    await sails(daemon);
    const file = readDaemonFile(dataDir);
    expect(file.natsUrl).toBeNull();
    expect(Number(new URL(file.httpUrl).port)).toBeGreaterThan(port);
    expect(daemon.output()).toContain(`port ${port} is taken`);
    expect(await daemon.exit).toEqual({ code: 0, signal: null });
    other.close();
  });

  it("waits for a database that does not answer, says so, and can be stopped meanwhile [G12]", async () => {
    const daemon = start(["--database-url", "postgres://nobody:geheim@127.0.0.1:1/none"]);
    const waiting = await daemon.line((line) => line["msg"] === "the database does not answer; waiting");
    expect(JSON.stringify(waiting)).not.toContain("geheim");
    daemon.child.kill("SIGTERM");
    expect(await daemon.exit).toEqual({ code: 0, signal: null });
  });

  it("can be killed at an armed point in the group commit and goes on [G1]", async () => {
    const daemon = start(["--bus", "in-process"], { BOSUN_CRASH_AT: "commit.during:40" });
    expect(await daemon.exit).toEqual({ code: null, signal: "SIGKILL" });
    const next = startDaemon(dataDir, ["--bus", "in-process", "--run-for", "1"]);
    started.push(next);
    await sails(next);
    expect(await next.exit).toEqual({ code: 0, signal: null });
  }, 60_000);
});
