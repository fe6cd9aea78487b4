/**
 * The daemon sails from a fresh agent in a universe of its own; what it earned is read from the simulator's books, how it stood from its
 * tables shortly before the end. Figures of one run vary by some 10 %: the universe does not wait for the machine.
 *   npm run bench:fleet [-- --hours 6 --speed 240 --seeds 1,2 --universe FILE --fleet FRESH --json]
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import pg from "pg";
import { z } from "zod";
import { percentile, type Row, report } from "./benchReport.ts";
import { readWindows } from "./fleetBooks.ts";

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const WINDOW_HOURS = 2;
const SAMPLE_MS = 5_000;

const { values: options } = parseArgs({
  options: {
    hours: { type: "string", default: "6" },
    speed: { type: "string", default: "240" },
    seeds: { type: "string", default: "1,2" },
    universe: { type: "string" },
    fleet: { type: "string", default: "FRESH" },
    json: { type: "boolean" },
  },
});

interface Stand {
  readonly rssMb: number;
  /** Characters of the largest stored snapshot. */
  readonly largestSnapshot: number;
  readonly liveActors: number;
  /** By `<status> <reason>`, finished pipelines. */
  readonly ends: Readonly<Record<string, number>>;
  /** |1 − realised ÷ planned revenue| of each completed pipeline. */
  readonly deviations: readonly number[];
  readonly creditsPerRequest: number | null;
}

interface Run {
  readonly name: string;
  readonly stands: readonly Stand[];
  readonly books: string;
  readonly directory: string;
}

const ACTORS = z.object({ live: z.coerce.number(), largest: z.coerce.number().nullable() });
const ENDS = z.object({ ending: z.string(), count: z.coerce.number() });
const MONEY = z.object({ revenue: z.coerce.number(), plannedRevenue: z.number() });

const runs: Run[] = [];
try {
  for (const seed of options.seeds.split(",").filter((text) => text !== ""))
    runs.push(await sail(`seed ${seed}`, ["--seed", seed]));
  if (options.universe !== undefined) runs.push(await sail("universe", ["--universe", options.universe]));
  const rows = runs.flatMap(rowsOf);
  const growth = Math.max(
    ...runs.map(({ stands }) => (stands.at(-1)?.rssMb ?? 0) - (stands[Math.floor(stands.length / 2)]?.rssMb ?? 0)),
  );
  const deviation = Math.max(...runs.map(({ stands }) => percentile(stands.at(-1)?.deviations ?? [], 0.5)));
  if (!options.json) for (const { name, stands } of runs) console.log(name, stands.at(-1)?.ends);
  report("fleet", rows, [
    { name: "RSS growth in the second half, MB", measured: growth, reach: 50, better: "lower" },
    { name: "median |1 − realised ÷ planned revenue| of a pipeline", measured: deviation, reach: 0.05, better: "lower" },
  ]);
} finally {
  for (const { directory } of runs) rmSync(directory, { recursive: true, force: true });
}

async function sail(name: string, universe: readonly string[]): Promise<Run> {
  const directory = mkdtempSync(join(tmpdir(), "bosun-fleet-"));
  const seconds = Math.round((Number(options.hours) * 3600) / Number(options.speed));
  const common = ["--data-dir", directory, "--speed", options.speed, "--fleet", options.fleet, "--bus", "in-process"];
  const child = spawn(
    process.execPath,
    [MAIN, ...common, "--http-port", "0", "--log", "json", "--run-for", String(seconds), ...universe],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  const exit = once(child, "exit");
  const stands: Stand[] = [];
  try {
    while (child.exitCode === null && child.signalCode === null) {
      await Promise.race([exit, pause(SAMPLE_MS)]);
      const stand = await standOf(child, directory);
      if (stand !== undefined) stands.push(stand);
    }
  } finally {
    if (child.kill("SIGTERM")) await exit;
  }
  if (child.exitCode !== 0) throw new Error(`the daemon of ${name} ended with ${child.exitCode ?? child.signalCode}`);
  return { name, stands, directory, books: join(directory, "simulator", "books.jsonl") };
}

/** `undefined` before the daemon listens and after it has begun to stop. */
async function standOf(child: ChildProcess, directory: string): Promise<Stand | undefined> {
  const file = join(directory, "daemon.json");
  if (child.exitCode !== null || !existsSync(file)) return undefined;
  const daemon = z.object({ databaseUrl: z.string(), httpUrl: z.string() }).safeParse(JSON.parse(readFileSync(file, "utf8")));
  if (!daemon.success) return undefined;
  const client = new pg.Client(daemon.data.databaseUrl);
  try {
    await client.connect();
    const status = await fetch(`${daemon.data.httpUrl}/api/status`);
    const { creditsPerRequest } = z.looseObject({ creditsPerRequest: z.number().nullable() }).parse(await status.json());
    return { rssMb: rssMbOf(child), creditsPerRequest, ...(await tablesOf(client)) };
  } catch (error) {
    // The daemon's stop takes its database along; everything else is a fault of this bench.
    if (isGoing(error)) return undefined;
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function tablesOf(client: pg.Client): Promise<Omit<Stand, "rssMb" | "creditsPerRequest">> {
  const actors = await client.query(
    "SELECT count(*) AS live, max(length(snapshot::text)) AS largest FROM bosun.actors WHERE status NOT IN ('done', 'stopped')",
  );
  const ends = await client.query(
    `SELECT status || coalesce(' ' || regexp_replace(reason, '[0-9]+', 'N', 'g'), '') AS ending, count(*)
     FROM manufacturing_pipelines WHERE completed_at IS NOT NULL GROUP BY 1 ORDER BY 2 DESC`,
  );
  const money = await client.query(
    `SELECT total_revenue AS revenue, (plan->'economics'->>'revenueCredits')::float AS "plannedRevenue"
     FROM manufacturing_pipelines WHERE status = 'COMPLETED' AND total_revenue > 0`,
  );
  const { live, largest } = ACTORS.parse(actors.rows[0]);
  return {
    liveActors: live,
    largestSnapshot: largest ?? 0,
    ends: Object.fromEntries(ends.rows.map((row) => ENDS.parse(row)).map(({ ending, count }) => [ending, count])),
    deviations: money.rows
      .map((row) => MONEY.parse(row))
      .map((row) => Math.abs(1 - row.revenue / Math.max(1, row.plannedRevenue))),
  };
}

function rowsOf({ name, stands, books }: Run): readonly Row[] {
  const last = stands.at(-1);
  return readWindows(books, WINDOW_HOURS).map((window) => ({
    universe: name,
    "game hours": `${window.fromHour}–${window.fromHour + WINDOW_HOURS}`,
    "profit/h": Math.round(window.operatingProfit / window.hours),
    hulls: window.hulls,
    trades: window.trades,
    "mutations/h": Math.round(window.mutations / window.hours),
    "ships in flight": (window.flightHours / window.hours).toFixed(1),
    "cr/request (run)": last?.creditsPerRequest ?? 0,
    "RSS MB (end)": last?.rssMb ?? 0,
    "largest snapshot (end)": last?.largestSnapshot ?? 0,
  }));
}

function rssMbOf(child: ChildProcess): number {
  const text = readFileSync(`/proc/${child.pid}/status`, "utf8");
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(text)?.[1] ?? 0) / 1024);
}

function isGoing(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const cause = error instanceof Error && error.cause instanceof Error && "code" in error.cause ? error.cause.code : undefined;
  return [code, cause].some((name) =>
    ["ECONNREFUSED", "ECONNRESET", "57P01", "57P03", "ENOENT", "UND_ERR_SOCKET"].includes(String(name)),
  );
}
