import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { cleanUp, type DaemonProcess, newDataDir, readDaemonFile, sails, startDaemon } from "./daemonProcess.ts";
import { nextTrade, statusOf } from "./fleetWatch.ts";

const SIMULATOR = fileURLToPath(new URL("../../dist/simulator/main.js", import.meta.url));

describe("a reset of the universe", { timeout: 90_000 }, () => {
  const dataDir = newDataDir();
  const gameDir = newDataDir();
  const accountTokenFile = join(gameDir, "account.token");
  const started: DaemonProcess[] = [];
  let daemon: DaemonProcess;
  let simulator: ChildProcess;
  let first: string;

  const start = (): DaemonProcess => {
    const game = ["--api-url", simulatorFacts(gameDir).url, "--account-token-file", accountTokenFile];
    const next = startDaemon(dataDir, ["--bus", "in-process", ...game]);
    started.push(next);
    return next;
  };

  const startSimulator = async (): Promise<void> => {
    const args = ["--data-dir", gameDir, "--port", "0", "--fleet", "TEN", "--speed", "60", "--agent", "RIVAL", "--admin"];
    simulator = spawn(process.execPath, [SIMULATOR, ...args], { stdio: ["ignore", "pipe", "inherit"] });
    if (simulator.stdout === null) throw new Error("the simulator has no output");
    await once(simulator.stdout, "data");
    writeFileSync(accountTokenFile, simulatorFacts(gameDir).accountToken);
  };

  beforeAll(async () => {
    await startSimulator();
    daemon = start();
    await sails(daemon);
    first = readDaemonFile(dataDir).agent;
  }, 60_000);

  afterAll(async () => {
    simulator.kill("SIGKILL");
    await cleanUp(dataDir, started);
    await cleanUp(gameDir, []);
  }, 30_000);

  it("is waited out as weather; then the era is closed, the agent registered anew, and the next fleet trades", async () => {
    await nextTrade(daemon, 0);
    const orderedAtMs = Date.now();
    const { resetDate } = await orderReset(gameDir, { maintenanceGameSeconds: 120 });
    await daemon.line((line) => line["outcome"] === "unavailable" && line["reason"] === "maintenance");
    const closed = await daemon.line((line) => isSaid(line, "the era of "));
    expect(closed).toMatchObject({ scope: first, actors: expect.any(Number), assignments: expect.any(Number) });
    const next = `agent/${resetDate}/BOSUN`;
    await daemon.line((line) => line["msg"] === `a new era begins: ${next}`);
    await nextTrade(daemon, orderedAtMs + 2_000);
    const status = await statusOf(dataDir);
    expect(status).toMatchObject({ agent: next, phase: "sailing", restarts: 0, quarantined: [], deadLetters: 0 });
    expect(readDaemonFile(dataDir).agent).toBe(next);
    expect(status.ships.length).toBeGreaterThanOrEqual(10);

    const before = await eraRows(dataDir, first);
    expect(before).toMatchObject({ resetDate: first.split("/")[1], living: 0, active: 0, open: 0, timers: 0, jobs: 0 });
    expect(before.ended).toBe(true);
    expect(before.ledger).toBeGreaterThan(0);
    expect(before.releasedByReset).toBe(closed["assignments"]);
    expect(before.releasedByReset).toBeGreaterThan(0);
    const present = await eraRows(dataDir, next);
    expect(present).toMatchObject({ resetDate, ended: false });
    expect(present.living).toBeGreaterThan(10);
  });

  it("loses nothing to a kill -9 in the middle of it, and the token of no account gets out [G15]", async () => {
    const second = readDaemonFile(dataDir).agent;
    const { resetDate } = await orderReset(gameDir, { maintenanceGameSeconds: 60 });
    await daemon.line((line) => isSaid(line, `the universe was reset: ${second} is over`));
    daemon.child.kill("SIGKILL");
    await daemon.exit;
    const orderedAtMs = Date.now();
    daemon = start();
    await sails(daemon);
    const next = `agent/${resetDate}/BOSUN`;
    expect(readDaemonFile(dataDir).agent).toBe(next);
    await nextTrade(daemon, orderedAtMs);
    expect(await eraRows(dataDir, second)).toMatchObject({ living: 0, active: 0, open: 0, timers: 0, jobs: 0, ended: true });
    const { accountToken } = simulatorFacts(gameDir);
    for (const { output } of started) expect(output()).not.toContain(accountToken);
  });

  it("does not keep the fleet from another universe of a date whose era is closed [G8]", async () => {
    daemon.child.kill("SIGTERM");
    await daemon.exit;
    const exited = once(simulator, "exit");
    simulator.kill("SIGKILL");
    await exited;
    rmSync(gameDir, { recursive: true });
    mkdirSync(gameDir);
    await startSimulator();
    rmSync(join(dataDir, "agent.token"));
    const orderedAtMs = Date.now();
    daemon = start();
    await sails(daemon);
    const { agent } = readDaemonFile(dataDir);
    await nextTrade(daemon, orderedAtMs);
    expect(agent).toBe(first.replace(/^agent\/[^/]+/, "$&.2"));
    expect(await eraRows(dataDir, first)).toMatchObject({ living: 0, ended: true });
    expect(await eraRows(dataDir, agent)).toMatchObject({ resetDate: agent.split("/")[1], ended: false });
  });
});

function isSaid(line: Record<string, unknown>, beginning: string): boolean {
  return typeof line["msg"] === "string" && line["msg"].startsWith(beginning);
}

const factsSchema = z.object({ url: z.string(), accountToken: z.string() });

function simulatorFacts(directory: string) {
  return factsSchema.parse(JSON.parse(readFileSync(join(directory, "simulator.json"), "utf8")));
}

async function orderReset(gameDir: string, order: object): Promise<{ readonly resetDate: string }> {
  const { url, accountToken } = simulatorFacts(gameDir);
  const response = await fetch(new URL("/admin/reset", url), {
    method: "POST",
    headers: { authorization: `Bearer ${accountToken}`, "content-type": "application/json" },
    body: JSON.stringify(order),
  });
  const body = z.object({ data: z.object({ maintenance: z.object({ resetDate: z.string() }) }) }).parse(await response.json());
  return body.data.maintenance;
}

/** What is stored of an era. */
async function eraRows(dataDir: string, scope: string) {
  const client = new pg.Client({ connectionString: readDaemonFile(dataDir).databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query(
      `SELECT p.reset_date AS "resetDate", p.era_ended_at IS NOT NULL AS ended,
         (SELECT count(*)::int FROM bosun.actors WHERE scope = p.agent AND status NOT IN ('done', 'stopped')) AS living,
         (SELECT count(*)::int FROM bosun.timers WHERE scope = p.agent) AS timers,
         (SELECT count(*)::int FROM bosun.jobs WHERE scope = p.agent) AS jobs,
         (SELECT count(*)::int FROM ship_assignments WHERE agent = p.agent AND status = 'active') AS active,
         (SELECT count(*)::int FROM ship_assignments WHERE agent = p.agent AND release_reason = 'universe_reset') AS "releasedByReset",
         (SELECT count(*)::int FROM manufacturing_tasks WHERE agent = p.agent AND status NOT IN ('COMPLETED', 'FAILED', 'CANCELLED'))
           + (SELECT count(*)::int FROM manufacturing_pipelines WHERE agent = p.agent AND status NOT IN ('COMPLETED', 'FAILED', 'CANCELLED'))
           AS open,
         (SELECT count(*)::int FROM ledger WHERE agent = p.agent) AS ledger
       FROM players p WHERE p.agent = $1`,
      [scope],
    );
    return rowSchema.parse(rows[0]);
  } finally {
    await client.end();
  }
}

const rowSchema = z.object({
  resetDate: z.string(),
  ended: z.boolean(),
  living: z.number(),
  timers: z.number(),
  jobs: z.number(),
  active: z.number(),
  releasedByReset: z.number(),
  open: z.number(),
  ledger: z.number(),
});
