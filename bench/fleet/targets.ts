/** What the fleet has to reach with TEN under v1, in its one default configuration, on every universe. */
import type { Target } from "../benchReport.ts";
import type { HourWindow } from "../fleetBooks.ts";
import { IDLE_LIMIT_MS } from "../virtual/logbook.ts";
import { variantOf } from "./cell.ts";
import { worstLoss } from "./chains.ts";
import { type Measured, profitPerHour, speedUp } from "./tables.ts";
import { pageOf } from "./windows.ts";

const EARLY = { fromHour: 0, toHour: 4 };
const LATE = { fromHour: 12, toHour: 24 };

const LEAST_OF_G10 = 1;
const LEAST_OF_G1 = 2;
const LEAST_OF_S = 8;
const MOST_OFF_PLAN_PERCENT = 5;
const MOST_LOST_PERCENT = 5;
/** A day of the game within five minutes. */
const LEAST_SPEED_UP = 288;

/** Whether the targets are set for this cell. */
export function isJudged({ cell }: Measured): boolean {
  const { start, economy } = cell.ground;
  return start === "TEN" && economy.name === "v1" && variantOf(cell) === "";
}

/** The targets that the cell has been measured for. A window that it does not reach, or a reference that it lacks, leaves its targets out. */
export function targetsOf(measured: Measured): readonly Target[] {
  const { cell, result } = measured;
  const { record } = result;
  const made = record.chains.filter(({ fabricates }) => fabricates);
  const named = (name: string): string => `${cell.ground.universe.name}: ${name}`;
  return [
    ...profitTargets(measured),
    ...madeTargets(measured),
    ...priceTargets(measured),
    {
      name: named("longest idle beside a READY task in reach, game seconds"),
      measured: record.idleBesideWork.longestMs / 1000,
      reach: IDLE_LIMIT_MS / 1000,
      better: "lower" as const,
    },
    {
      name: named("worst loss of a chain, % of its cost"),
      measured: 100 * worstLoss(made),
      reach: MOST_LOST_PERCENT,
      better: "lower" as const,
    },
    { name: named("books that add up"), measured: Number(result.booksAddUp), reach: 1, better: "higher" as const },
    { name: named("game time by wall time"), measured: speedUp(measured), reach: LEAST_SPEED_UP, better: "higher" as const },
  ];
}

function profitTargets({ cell, result, reference }: Measured): readonly Target[] {
  if (reference === undefined) return [];
  const target = (window: HourWindow, trader: "G1" | "G10", reach: number): readonly Target[] => {
    if (cell.ground.hours < window.toHour) return [];
    const theirs = profitPerHour(reference.traders[trader].books, window);
    const name = `${cell.ground.universe.name}: profit, times ${trader}, hours ${window.fromHour}–${window.toHour}`;
    return [{ name, measured: profitPerHour(result.books, window) / theirs, reach, better: "higher" }];
  };
  return [...target(EARLY, "G10", LEAST_OF_G10), ...target(LATE, "G10", LEAST_OF_G10), ...target(LATE, "G1", LEAST_OF_G1)];
}

/** Where S makes nothing there is nothing to compare with. */
function madeTargets({ cell, result, reference }: Measured): readonly Target[] {
  const { hours, universe } = cell.ground;
  const bySerial = (reference?.traders.S.fabricatedUnits ?? []).reduce((sum, units) => sum + units, 0);
  if (bySerial === 0) return [];
  const { fabricatedUnits } = pageOf(result.pages, { fromHour: 0, toHour: hours });
  const name = `${universe.name}: fabricated units sold, times S`;
  return [{ name, measured: fabricatedUnits / bySerial, reach: LEAST_OF_S, better: "higher" }];
}

function priceTargets({ cell, result }: Measured): readonly Target[] {
  return (
    [
      ["buy", "HIGH"],
      ["sell", null],
    ] as const
  ).flatMap(([side, label]): readonly Target[] => {
    const found = result.record.prices.find((one) => one.side === side && one.label === label);
    if (found === undefined) return [];
    const which = label === null ? "sells" : `buys at ${label}`;
    const name = `${cell.ground.universe.name}: median price off plan, ${which}, %`;
    return [{ name, measured: 100 * found.medianShare, reach: MOST_OFF_PLAN_PERCENT, better: "lower" }];
  });
}
