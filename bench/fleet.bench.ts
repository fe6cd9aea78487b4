/**
 * The daemon's fleet and its universe on one virtual clock: a day of the game in minutes, the same each time. What was earned is read from
 * the universe's books; what requests and ships did, from the fleet itself. The files override single constants of economy and fleet.
 *   npm run bench:fleet [-- --hours 24 --fleet TEN --seeds 1,2,3 --universe FILE --economy FILE --config FILE --json]
 */
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { report } from "./benchReport.ts";
import { type HourWindow, readWindows } from "./fleetBooks.ts";
import { fleetConfigFrom } from "./fleetConfig.ts";
import { configurationHash, sourceCommit } from "./fleetOrigin.ts";
import { costRows, type FleetRun, runRows, shipHourRows, summaryRow } from "./fleetRows.ts";
import { keepLogbook, type LogPage } from "./virtual/logbook.ts";
import { START_MS, sail } from "./virtual/voyage.ts";

const HOUR_MS = 3_600_000;
/** The ends of the windows that results are given for. */
const WINDOW_ENDS = [4, 8, 12, 24];
/** A day of the game within five minutes. */
const LEAST_SPEED_UP = 288;

const { values: options } = parseArgs({
  options: {
    hours: { type: "string", default: "24" },
    fleet: { type: "string", default: "TEN" },
    seeds: { type: "string" },
    universe: { type: "string" },
    economy: { type: "string" },
    config: { type: "string" },
    json: { type: "boolean", default: false },
  },
});

const hours = Number(options.hours);
if (!(hours > 0)) throw new Error(`--hours ${options.hours}: a number above 0 is needed`);
const windows = windowsUpTo(hours);
const seeds = (options.seeds ?? (options.universe === undefined ? "1" : "")).split(",").filter((text) => text !== "");
const choices = [
  ...seeds.map((seed) => ({ name: `seed ${seed}`, seed: Number(seed), universe: undefined })),
  ...(options.universe === undefined ? [] : [{ name: basename(options.universe), seed: 1, universe: options.universe }]),
];
if (choices.some(({ seed }) => !Number.isInteger(seed))) throw new Error(`--seeds ${options.seeds}: whole numbers are needed`);

const config = fleetConfigFrom(options.config);
const origin = {
  fleet: options.fleet,
  gameHours: hours,
  configuration: configurationHash(config),
  commit: sourceCommit(),
  postgres: "real, synchronous_commit=off",
  rateLimit: "on, in game time",
};
if (!options.json) console.log(origin);

const runs: FleetRun[] = [];
for (const choice of choices) {
  const run = await runOne(choice);
  runs.push(run);
  if (!options.json) print(run);
}
const speedUp = Math.min(...runs.map((run) => (hours * HOUR_MS) / run.wallMs));
report(
  "fleet",
  runs.map(summaryRow),
  [{ name: "slowest run, game time by wall time", measured: speedUp, reach: LEAST_SPEED_UP, better: "higher" }],
  { ...origin, runs },
);

async function runOne({ name, seed, universe }: (typeof choices)[number]): Promise<FleetRun> {
  const logbook = keepLogbook(START_MS);
  const pages: LogPage[] = [];
  const voyage = await sail({
    hours,
    config,
    seed,
    universe,
    economy: options.economy,
    fleet: options.fleet,
    onNotice: logbook.onNotice,
    onRequest: logbook.onRequest,
    marks: windows.map(({ toHour }) => ({
      atMs: START_MS + toHour * HOUR_MS,
      reached: () => void pages.push(logbook.turn(START_MS + toHour * HOUR_MS)),
    })),
  });
  try {
    const { economyHash, booksHash, wallMs, cpuMs, databaseCpuMs, commits, events } = voyage;
    const books = readWindows(voyage.booksPath, windows);
    const complaints = [...voyage.complaints].map(([message, times]) => `${times} × ${message}`);
    return { name, hours, economyHash, booksHash, books, pages, complaints, wallMs, cpuMs, databaseCpuMs, commits, events };
  } finally {
    await voyage.close();
  }
}

function windowsUpTo(hours: number): readonly HourWindow[] {
  const ends = [...WINDOW_ENDS.filter((end) => end < hours), hours];
  return ends.map((toHour, index) => ({ fromHour: ends[index - 1] ?? 0, toHour }));
}

function print(run: FleetRun): void {
  console.log(`\n${run.name}, economy ${run.economyHash}, books ${run.booksHash}`);
  console.table(runRows(run));
  console.table(shipHourRows(run));
  console.table(costRows(run));
  printCounts(
    "pipelines that ended",
    run.pages.map(({ endings }) => endings),
  );
  printCounts(
    "requests",
    run.pages.map(({ requestsByName }) => requestsByName),
  );
  if (run.complaints.length > 0) console.log("complaints:", run.complaints);
}

function printCounts(title: string, pages: readonly Readonly<Record<string, number>>[]): void {
  const sums = new Map<string, number>();
  for (const page of pages) for (const [name, times] of Object.entries(page)) sums.set(name, (sums.get(name) ?? 0) + times);
  console.log(`${title}:`);
  for (const [name, times] of [...sums].toSorted(([, a], [, b]) => b - a)) console.log(`  ${String(times).padStart(7)}  ${name}`);
}
