import { type Row, round } from "../benchReport.ts";
import { type HourWindow, windowOf } from "../fleetBooks.ts";
import { type FleetCell, variantOf } from "./cell.ts";
import { worstLoss } from "./chains.ts";
import type { FleetResult, ReferenceResult } from "./results.ts";
import { pageOf, shipMs, utilisation } from "./windows.ts";

/** One cell, what the fleet did in it, and what others did on its ground. */
export interface Measured {
  readonly cell: FleetCell;
  readonly result: FleetResult;
  readonly reference: ReferenceResult | undefined;
}

type Trader = keyof ReferenceResult["traders"];

/** What the fleet earns in a window, beside S, G1, G10 and A; thousands of credits per game hour. */
export function profitRow({ cell, result, reference }: Measured, window: HourWindow): Row {
  const fleet = profitPerHour(result.books, window);
  const of = (trader: Trader): number | undefined =>
    reference === undefined ? undefined : profitPerHour(reference.traders[trader].books, window);
  const limit = reference === undefined ? undefined : limitPerHour(reference, window);
  return {
    ...nameOf(cell),
    "fleet k/h": thousands(fleet),
    S: thousands(of("S")),
    G1: thousands(of("G1")),
    G10: thousands(of("G10")),
    A: thousands(limit),
    "× G1": ratio(fleet, of("G1")),
    "× G10": ratio(fleet, of("G10")),
    "% of A": limit === undefined ? "" : round((100 * fleet) / limit),
  };
}

/** How a cell's fleet worked, over the whole run. */
export function workRow({ cell, result, reference }: Measured): Row {
  const { hours } = cell.ground;
  const page = pageOf(result.pages, { fromHour: 0, toHour: hours });
  const { chains, prices, idleBesideWork } = result.record;
  const profit = profitPerHour(result.books, { fromHour: 0, toHour: hours }) * hours;
  const serial = (units: number[] | undefined): number | string => (units === undefined ? "" : round(sumOf(units) / hours));
  const offBy = (side: "buy" | "sell", label: string | null): number | string => {
    const found = prices.find((one) => one.side === side && one.label === label);
    return found === undefined ? "" : round(100 * found.medianShare);
  };
  return {
    ...nameOf(cell),
    ships: round(shipMs(page) / (hours * HOUR_MS)),
    "busy %": round(100 * utilisation(page)),
    "requests/h": round(page.requests / hours),
    "cr/request": ratio(profit, page.requests),
    "trades, % of requests": round((100 * page.trades) / Math.max(1, page.requests)),
    "made/h": round(page.fabricatedUnits / hours),
    "S made/h": serial(reference?.traders.S.fabricatedUnits),
    "of chains/h": round(page.chainUnits / hours),
    "S of chains/h": serial(reference?.traders.S.chainUnits),
    "runs/h": round(chains.filter(({ madeUnits }) => madeUnits > 0).length / hours),
    "off plan, buys at HIGH %": offBy("buy", "HIGH"),
    "sells %": offBy("sell", null),
    "worst chain, % lost": round(100 * worstLoss(chains.filter(({ fabricates }) => fabricates))),
    "idle beside work": idleBesideWork.stretches,
    "books add up": result.booksAddUp ? "yes" : "NO",
  };
}

/** Game time by wall time. */
export function speedUp({ cell, result }: Pick<Measured, "cell" | "result">): number {
  return (cell.ground.hours * HOUR_MS) / result.wallMs;
}

export function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** Operating profit, credits per game hour. */
export function profitPerHour(books: FleetResult["books"], window: HourWindow): number {
  return windowOf(books, window).operatingProfit / (window.toHour - window.fromHour);
}

const HOUR_MS = 3_600_000;

/** What A adds in a window to what it is before it. */
function limitPerHour({ limits }: ReferenceResult, { fromHour, toHour }: HourWindow): number | undefined {
  const at = (hour: number): number | undefined => (hour === 0 ? 0 : limits.find((limit) => limit.toHour === hour)?.credits);
  const [before, after] = [at(fromHour), at(toHour)];
  return before === undefined || after === undefined ? undefined : (after - before) / (toHour - fromHour);
}

function nameOf(cell: FleetCell): Row {
  const { universe, start, economy } = cell.ground;
  return { universe: universe.name, start, economy: economy.name, variant: variantOf(cell) };
}

function thousands(credits: number | undefined): number | string {
  return credits === undefined ? "" : Math.round(credits / 1000);
}

/** Empty where there is nothing to divide by. */
export function ratio(a: number, b: number | undefined): number | string {
  return b === undefined || b === 0 ? "" : round(a / b);
}
