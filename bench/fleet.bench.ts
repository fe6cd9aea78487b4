/**
 * The daemon's fleet and its universe on one virtual clock: a day of the game in minutes, the same each time. What was earned is read from
 * the universe's books, beside S, G1, G10 and A; what requests and ships did, from the fleet itself. Each cell's result is kept, so that a
 * cell measured under the same sources is not run again and a table can be put together from several sittings.
 *   npm run bench:fleet [-- --hours 24 --fleet TEN,FRESH --seeds 1,2,3 --universe FILE --economy v1,slow,fast|FILE --config FILE
 *                           --ships 1,2,5 --no-fabrication --order GOOD --matrix --report --again --alone --results DIR --json]
 */
import { type Row, report, round } from "./benchReport.ts";
import { type FleetCell, fleetKey, groundKey, variantOf } from "./fleet/cell.ts";
import { type Measured, profitRow, workRow } from "./fleet/comparison.ts";
import { chainRows, costRows, endingRows, priceRows, requestRows, shipHourRows, windowRows } from "./fleet/detailTables.ts";
import { FLEET_SOURCES, measureFleet } from "./fleet/measureFleet.ts";
import { measureReference, REFERENCE_SOURCES } from "./fleet/measureReference.ts";
import { FleetResult, type Origin, ReferenceResult, Results } from "./fleet/results.ts";
import { selectionFrom } from "./fleet/selection.ts";
import { judge } from "./fleet/targets.ts";
import { shownWindow, windowsUpTo } from "./fleet/windows.ts";
import { configurationHash, sourceCommit, sourcesHash } from "./fleetOrigin.ts";

const selection = selectionFrom(process.argv.slice(2));
const origin = {
  configuration: configurationHash(selection.config),
  commit: sourceCommit(),
  fleetSources: sourcesHash(FLEET_SOURCES),
  traderSources: sourcesHash(REFERENCE_SOURCES),
  postgres: "real, synchronous_commit=off",
  rateLimit: "on, in game time",
};
const fleetResults = new Results(selection.directory, "fleet", FleetResult);
const referenceResults = new Results(selection.directory, "reference", ReferenceResult);
const say = (...what: unknown[]): void => (selection.json ? undefined : console.log(...what));
const table = (title: string, rows: readonly Row[]): void => {
  if (selection.json || rows.length === 0) return;
  console.log(`\n${title}`);
  console.table(rows);
};

say(origin);
const measured: Measured[] = [];
const missing = new Set<string>();
for (const cell of selection.cells) {
  const one = await measuredCell(cell);
  if (one === undefined) continue;
  measured.push(one);
  if (selection.isMatrix || selection.onlyReport) say(line(one));
  else print(one);
}
for (const window of windowsOf(measured)) {
  table(
    `operating profit, hours ${shownWindow(window)}, thousands per game hour`,
    measured.filter(({ cell }) => cell.ground.hours >= window.toHour).map((one) => profitRow(one, window)),
  );
}
if (missing.size > 0) {
  say(`\nnot measured:\n  ${[...missing].join("\n  ")}`);
  process.exitCode = 1;
}
const judged = measured.map(judge);
const untold = judged.flatMap((one) => one.untold);
if (untold.length > 0) say(`\nnot to be judged:\n  ${untold.join("\n  ")}`);
say("\nthe whole run");
const targets = judged.flatMap((one) => one.targets);
report("fleet", measured.map(workRow), targets, {
  ...origin,
  missing: [...missing],
  untold,
  cells: measured.map(({ cell, result, reference }) => ({ cell, result, reference })),
});

/** From what has been kept, else by running it; `undefined`, and told as missing, where nothing may be run. */
async function measuredCell(cell: FleetCell): Promise<Measured | undefined> {
  const key = fleetKey(cell);
  const known = fleetResults.read(key, fleetOrigin(cell));
  if (known.kept === "yes" && !selection.again) return { cell, result: known.result, reference: await referenceOf(cell) };
  if (selection.onlyReport) {
    missing.add(`${key}${known.kept === "otherwise" ? `: ${known.because}` : ""}`);
    return undefined;
  }
  try {
    const result = await measureFleet(cell);
    fleetResults.keep(key, fleetOrigin(cell), result);
    return { cell, result, reference: await referenceOf(cell) };
  } catch (error) {
    // One fleet that comes to a standstill leaves the others to be measured.
    console.error(`${key}:`, error);
    missing.add(`${key}: ${String(error)}`);
    return undefined;
  }
}

async function referenceOf({ ground, order }: FleetCell): Promise<ReferenceResult | undefined> {
  if (selection.alone || order !== undefined) return undefined;
  const key = groundKey(ground);
  const own = {
    sources: origin.traderSources,
    commit: origin.commit,
    economy: ground.economy.hash,
    configuration: "",
    universe: ground.universe.identity,
  };
  const known = referenceResults.read(key, own);
  if (known.kept === "yes") return known.result;
  if (selection.onlyReport) {
    missing.add(`S, G1, G10 and A of ${key}${known.kept === "otherwise" ? `: ${known.because}` : ""}`);
    return undefined;
  }
  const result = await measureReference(ground);
  if (result !== undefined) referenceResults.keep(key, own, result);
  return result;
}

function fleetOrigin(cell: FleetCell): Origin {
  const { economy, universe } = cell.ground;
  const configuration = configurationHash(cell.config);
  return {
    sources: origin.fleetSources,
    commit: origin.commit,
    economy: economy.hash,
    configuration,
    universe: universe.identity,
  };
}

function windowsOf(all: readonly Measured[]): readonly { fromHour: number; toHour: number }[] {
  const hours = Math.max(0, ...all.map(({ cell }) => cell.ground.hours));
  const windows = hours === 0 ? [] : windowsUpTo(hours);
  return windows.length > 1 ? [...windows, { fromHour: 0, toHour: hours }] : windows;
}

function line({ cell, result }: Measured): string {
  const { universe, start, economy, hours } = cell.ground;
  const who = [universe.name, start, economy.name, variantOf(cell)].filter((part) => part !== "").join(", ");
  const hashes = `economy ${result.economyHash}, configuration ${configurationHash(cell.config)}, books ${result.booksHash}`;
  return `${who}: ${hours} h in ${round(result.wallMs / 1000)} s, ${hashes}`;
}

function print(one: Measured): void {
  const { result, cell } = one;
  say(`\n${line(one)}`);
  table("by window", windowRows(one, windowsUpTo(cell.ground.hours)));
  table("where each hour of the ships with a hold went", shipHourRows(one));
  table("requests", requestRows(one));
  table("chains that ended", chainRows(one));
  table("realised against planned prices, by task", priceRows(one));
  table("pipelines", endingRows(one));
  table("what the run took", costRows(one));
  const { stretches, examples } = result.record.idleBesideWork;
  if (stretches > 0) say(`${stretches} times idle beside a READY task in reach, the longest:\n  ${examples.join("\n  ")}`);
  if (result.complaints.length > 0) say("complaints:", result.complaints);
}
