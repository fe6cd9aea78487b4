/** What the fleet has to reach with TEN under v1, in its one default configuration, on every universe. */
import type { Target } from "../benchReport.ts";
import type { HourWindow } from "../fleetBooks.ts";
import { IDLE_LIMIT_MS } from "../virtual/logbook.ts";
import { variantOf } from "./cell.ts";
import { worstLoss } from "./chains.ts";
import { type Measured, profitPerHour, speedUp, sumOf } from "./comparison.ts";
import { pageOf, shownWindow } from "./windows.ts";

/** A target that was measured, or why it could not be. */
type Judgement = Target | { readonly name: string; readonly untold: string };

const EARLY = { fromHour: 0, toHour: 4 };
const LATE = { fromHour: 12, toHour: 24 };

const LEAST_OF_G10 = 1;
const LEAST_OF_G1 = 2;
const LEAST_OF_S = 8;
const LEAST_ORDERED_UNITS = 12;
const MOST_OF_CRITICAL_PATH = 1.15;
const MOST_OFF_PLAN_PERCENT = 5;
const MOST_LOST_PERCENT = 5;
/** A day of the game within five minutes. */
const LEAST_SPEED_UP = 288;

/** Judges one cell; nothing is said of a cell that no target is set for. */
export function judge(measured: Measured): { readonly targets: readonly Target[]; readonly untold: readonly string[] } {
  const { start, economy, universe } = measured.cell.ground;
  const named = judgementsOf(measured).map((one) => ({ ...one, name: `${universe.name}: ${one.name}` }));
  const all = start === "TEN" && economy.name === "v1" ? named : [];
  return {
    targets: all.flatMap((one) => ("untold" in one ? [] : [one])),
    untold: all.flatMap((one) => ("untold" in one ? [`${one.name}: ${one.untold}`] : [])),
  };
}

function judgementsOf(measured: Measured): readonly Judgement[] {
  const { cell, result } = measured;
  if (cell.order !== undefined) return [orderJudgement(measured, cell.order)];
  if (variantOf(cell) !== "") return [];
  const { chains, idleBesideWork } = result.record;
  const lost = 100 * worstLoss(chains.filter(({ fabricates }) => fabricates));
  return [
    profitJudgement(measured, EARLY, "G10", LEAST_OF_G10),
    profitJudgement(measured, LATE, "G10", LEAST_OF_G10),
    profitJudgement(measured, LATE, "G1", LEAST_OF_G1),
    // By both readings: what the deliveries had brought about, and whatever was collected where they had gone.
    unitsJudgement(measured, "fabricatedUnits", "fabricated units sold"),
    unitsJudgement(measured, "chainUnits", "units of all chains sold"),
    priceJudgement(measured, "buy", "HIGH", "buys at HIGH"),
    priceJudgement(measured, "sell", null, "sells"),
    atMost("longest idle beside a READY task in reach, game seconds", idleBesideWork.longestMs / 1000, IDLE_LIMIT_MS / 1000),
    atMost("worst loss of a chain, % of its cost", lost, MOST_LOST_PERCENT),
    atLeast("books that add up", Number(result.booksAddUp), 1),
    atLeast("game time by wall time", speedUp(measured), LEAST_SPEED_UP),
  ];
}

function profitJudgement(
  { cell, result, reference }: Measured,
  window: HourWindow,
  trader: "G1" | "G10",
  reach: number,
): Judgement {
  const name = `profit, times ${trader}, hours ${shownWindow(window)}`;
  if (cell.ground.hours < window.toHour) return { name, untold: `the run ends after ${cell.ground.hours} hours` };
  if (reference === undefined) return { name, untold: NO_REFERENCE };
  return atLeast(name, profitPerHour(result.books, window) / profitPerHour(reference.traders[trader].books, window), reach);
}

function unitsJudgement({ cell, result, reference }: Measured, units: "fabricatedUnits" | "chainUnits", what: string): Judgement {
  const name = `${what}, times S`;
  if (reference === undefined) return { name, untold: NO_REFERENCE };
  const page = pageOf(result.pages, { fromHour: 0, toHour: cell.ground.hours });
  const bySerial = sumOf(reference.traders.S[units]);
  if (bySerial === 0) return { name, untold: `S sold none; the fleet sold ${page[units]}` };
  return atLeast(name, page[units] / bySerial, LEAST_OF_S);
}

function priceJudgement({ result }: Measured, side: "buy" | "sell", label: string | null, what: string): Judgement {
  const name = `median price off plan, ${what}, %`;
  const found = result.record.prices.find((one) => one.side === side && one.label === label);
  return found === undefined ? { name, untold: "there were none" } : atMost(name, 100 * found.medianShare, MOST_OFF_PLAN_PERCENT);
}

/** The slowest of the runs from MODERATE with enough units. */
function orderJudgement({ result }: Measured, ordered: string): Judgement {
  const name = `${LEAST_ORDERED_UNITS} ${ordered} from MODERATE, times the plan's critical path`;
  const { chains, refusedOrders } = result.record;
  const begun = chains.filter(({ product, fabricates }) => product === ordered && fabricates);
  const times = begun
    .filter(({ labelAtStart, madeUnits }) => labelAtStart === "MODERATE" && madeUnits >= LEAST_ORDERED_UNITS)
    .flatMap(({ endedAtMs, startedAtMs, plannedSeconds }) =>
      endedAtMs === null ? [] : [(endedAtMs - startedAtMs) / 1000 / plannedSeconds],
    );
  if (times.length > 0) return atMost(name, Math.max(...times), MOST_OF_CRITICAL_PATH);
  const others = begun.map((chain) => `from ${chain.labelAtStart} ${chain.madeUnits} made, ${chain.ending ?? "under way"}`);
  const refusals = Object.entries(refusedOrders).map(([reason, times]) => `${times} orders refused as ${reason}`);
  return { name, untold: [...others, ...refusals].join("; ") || "no chain has begun" };
}

const NO_REFERENCE = "nothing to compare with";

function atLeast(name: string, measured: number, reach: number): Target {
  return { name, measured, reach, better: "higher" };
}

function atMost(name: string, measured: number, reach: number): Target {
  return { name, measured, reach, better: "lower" };
}
