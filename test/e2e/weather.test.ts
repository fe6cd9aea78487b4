import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EmbeddedPostgres, startEmbeddedPostgres, stopEmbeddedPostgres } from "../../src/persistence/embeddedPostgres.ts";
import { cleanUp, type DaemonProcess, newDataDir, runCli, sails, startDaemon } from "./daemonProcess.ts";
import { nextTrade, statusOf } from "./fleetWatch.ts";
import { type MangledWay, mangledWay } from "./mangledWay.ts";

const SIMULATOR = fileURLToPath(new URL("../../dist/simulator/main.js", import.meta.url));

describe("a daemon on the user's own database and game, when these misbehave", { timeout: 60_000 }, () => {
  const dataDir = newDataDir();
  const databaseDir = newDataDir();
  const gameDir = newDataDir();
  const started: DaemonProcess[] = [];
  let daemon: DaemonProcess;
  let postgres: EmbeddedPostgres;
  let simulator: ChildProcess;
  let way: MangledWay;

  beforeAll(async () => {
    postgres = await startEmbeddedPostgres({ dataDirectory: databaseDir });
    const tokenFile = join(gameDir, "token");
    const args = ["--data-dir", gameDir, "--port", "0", "--fleet", "TEN", "--agent", "BOSUN", "--token-file", tokenFile];
    simulator = spawn(process.execPath, [SIMULATOR, ...args, "--speed", "60"], { stdio: ["ignore", "pipe", "inherit"] });
    if (simulator.stdout === null) throw new Error("the simulator has no output");
    await once(simulator.stdout, "data");
    way = await mangledWay(simulatorUrl(gameDir));
    const game = ["--api-url", way.url, "--token-file", tokenFile];
    daemon = startDaemon(dataDir, ["--database-url", postgres.url, "--bus", "in-process", ...game]);
    started.push(daemon);
    await sails(daemon);
  }, 60_000);

  afterAll(async () => {
    simulator.kill("SIGKILL");
    await way.close();
    await cleanUp(dataDir, started);
    await stopEmbeddedPostgres({ dataDirectory: databaseDir });
    for (const directory of [databaseDir, gameDir]) await cleanUp(directory, []);
  }, 30_000);

  it("takes a malformed answer as an error with operation and field, reads the ship again and goes on [G11]", async () => {
    const purchase = await way.mangleNext("POST", /\/my\/ships\/([^/]+)\/purchase$/);
    const said = await daemon.line((line) => line["outcome"] === "malformed");
    expect(said).toMatchObject({ operation: "purchase", field: expect.stringMatching(/^data\./) });
    await way.seen("GET", /\/my\/ships$/, purchase.atMs);
    await daemon.line((line) => line["msg"] === `ship/${purchase.name}: the purchase in flight had been done; not repeated`);
    await nextTrade(daemon, purchase.atMs, purchase.name);
    const read = await way.mangleNext("GET", /\/systems\/[^/]+\/waypoints\/([^/]+)\/market$/);
    await nextTrade(daemon, read.atMs);
    expect(await statusOf(dataDir)).toMatchObject({ phase: "sailing", restarts: 0, quarantined: [], deadLetters: 0 });
  });

  it("waits for a database that is frozen, and for one that is shut down and comes back [G12]", async () => {
    const server = [postgres.identity.pid, ...childrenOf(postgres.identity.pid)];
    for (const pid of server) process.kill(pid, "SIGSTOP");
    // The ships' clocks go on, but nothing may be done before it is committed.
    await way.quiet(3_000);
    const thawedAtMs = Date.now();
    for (const pid of server) process.kill(pid, "SIGCONT");
    await nextTrade(daemon, thawedAtMs);

    const { port } = new URL(postgres.url);
    await stopEmbeddedPostgres({ dataDirectory: databaseDir });
    const waiting = await daemon.line((line) => line["msg"] === "the database is away; waiting");
    expect(JSON.stringify(waiting)).not.toContain(new URL(postgres.url).password);
    const table = await runCli(["status", "--data-dir", dataDir]);
    expect(table.code).toBe(0);
    postgres = await startEmbeddedPostgres({ dataDirectory: databaseDir });
    expect(new URL(postgres.url).port).toBe(port);
    await nextTrade(daemon, Date.now());
    const status = await statusOf(dataDir);
    expect(status).toMatchObject({ phase: "sailing", restarts: 0, quarantined: [], deadLetters: 0 });
    expect(status.processes.map((line) => line.restarts)).toEqual(status.processes.map(() => 0));
  });

  it("stops gracefully after all that, exit 0", async () => {
    daemon.child.kill("SIGTERM");
    expect(await daemon.exit).toEqual({ code: 0, signal: null });
  });
});

function simulatorUrl(directory: string): string {
  const run: unknown = JSON.parse(readFileSync(join(directory, "simulator.json"), "utf8"));
  if (typeof run === "object" && run !== null && "url" in run && typeof run.url === "string") return run.url;
  throw new Error("the simulator does not say where it is");
}

/** Postgres gives each of its processes a session of its own, so no signal reaches them all. */
function childrenOf(parent: number): readonly number[] {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" }).trim().split("\n");
  return lines
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([pid, ppid]) => (ppid === parent && pid !== undefined ? [pid] : []));
}
