import { percentile, type Row, round } from "../benchReport.ts";
import { type HourWindow, windowOf } from "../fleetBooks.ts";
import type { LogPage } from "../virtual/logbook.ts";
import { SHIP_USES } from "../virtual/shipHours.ts";
import { type FleetCell, variantOf } from "./cell.ts";
import { lossShare, worstLoss } from "./chains.ts";
import type { FleetResult, ReferenceResult } from "./results.ts";
import { pageOf, shipMs, shownWindow, utilisation } from "./windows.ts";

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

/** Money and requests, a row for each window. */
export function windowRows({ result }: Measured, windows: readonly HourWindow[]): readonly Row[] {
  return windows.map((window) => {
    const books = windowOf(result.books, window);
    const page = pageOf(result.pages, window);
    const hours = window.toHour - window.fromHour;
    return {
      hours: shownWindow(window),
      "profit/h": round(books.operatingProfit / hours),
      "sales/h": round(books.sales / hours),
      "purchases/h": round(books.purchases / hours),
      "fuel/h": round(books.fuel / hours),
      "cargo at cost": Math.round(books.cargoAtCost),
      "hulls bought": books.hulls,
      ships: round(shipMs(page) / (hours * HOUR_MS)),
      "busy %": round(100 * utilisation(page)),
      "requests/h": round(page.requests / hours),
      "429s": page.rateLimited,
      "cr/request": ratio(books.operatingProfit, page.requests),
      "trades, % of requests": round((100 * page.trades) / Math.max(1, page.requests)),
      "made/h": round(page.fabricatedUnits / hours),
    };
  });
}

/** Where each hour of the ships with a hold went, in percent, a row for each game hour. */
export function shipHourRows({ result }: Measured): readonly Row[] {
  return result.pages.map((page, hour) => {
    const all = shipMs(page);
    const shares = SHIP_USES.map((use): [string, number] => [
      `${use} %`,
      all === 0 ? 0 : round((100 * page.shipTime[use]) / all),
    ]);
    const { operatingProfit } = windowOf(result.books, { fromHour: hour, toHour: hour + 1 });
    return {
      hour,
      "ship hours": round(all / HOUR_MS),
      "busy %": round(100 * utilisation(page)),
      ...Object.fromEntries(shares),
      requests: page.requests,
      made: page.fabricatedUnits,
      profit: Math.round(operatingProfit),
    };
  });
}

/** Requests by operation, the most frequent first, a row for each game hour. */
export function requestRows({ result }: Measured): readonly Row[] {
  const all = pageOf(result.pages, { fromHour: 0, toHour: result.pages.length });
  const names = Object.entries(all.requestsByName)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name]) => name);
  const row = (hour: string | number, page: LogPage): Row => ({
    hour,
    all: page.requests,
    ...Object.fromEntries(names.map((name) => [name, page.requestsByName[name] ?? 0])),
  });
  return [...result.pages.map((page, hour) => row(hour, page)), row("sum", all)];
}

/** What was made, by product: the chains that ended, and how near they came to their plans. */
export function chainRows({ result }: Measured): readonly Row[] {
  const chains = result.record.chains.filter(({ fabricates, endedAtMs }) => fabricates && endedAtMs !== null);
  const products = [...new Set(chains.map(({ product }) => product))].toSorted();
  return products.map((product) => {
    const own = chains.filter((chain) => chain.product === product);
    const runs = own.filter(({ madeUnits }) => madeUnits > 0);
    const sum = (of: (chain: (typeof own)[number]) => number): number => own.reduce((total, chain) => total + of(chain), 0);
    const slow = runs.map((run) => ((run.endedAtMs ?? 0) - run.startedAtMs) / 1000 / run.plannedSeconds);
    return {
      product,
      ended: own.length,
      runs: runs.length,
      "units made": sum(({ madeUnits }) => madeUnits),
      profit: Math.round(sum(({ revenueCredits, costCredits }) => revenueCredits - costCredits)),
      "time, × plan (median run)": slow.length === 0 ? "" : round(percentile(slow, 0.5)),
      "worst, % lost": round(100 * worstLoss(own)),
    };
  });
}

/** How near average prices of tasks came to their plans. */
export function priceRows({ result }: Measured): readonly Row[] {
  return result.record.prices.map(({ side, label, tasks, medianShare, p90Share }) => ({
    prices: `${side}s${label === null ? "" : ` at ${label}`}`,
    tasks,
    "median off plan %": round(100 * medianShare),
    "p90 off plan %": round(100 * p90Share),
  }));
}

/** Pipelines by how they ended, the most frequent first. */
export function endingRows({ result }: Measured): readonly Row[] {
  const rows = new Map<string, { pipelines: number; net: number; lost: number }>();
  for (const chain of result.record.chains) {
    const name = `${chain.fabricates ? "fabricate" : "trade"} ${chain.ending ?? "under way"}`;
    const row = rows.get(name) ?? { pipelines: 0, net: 0, lost: 0 };
    row.pipelines += 1;
    row.net += chain.revenueCredits - chain.costCredits;
    row.lost += lossShare(chain) > 0 ? 1 : 0;
    rows.set(name, row);
  }
  return [...rows]
    .toSorted(([, a], [, b]) => b.pipelines - a.pipelines)
    .map(([ending, { pipelines, net, lost }]) => ({
      ending,
      pipelines,
      "net of fuel apart": Math.round(net),
      "with a loss": lost,
    }));
}

/** What the run took of this machine. */
export function costRows({ cell, result }: Measured): readonly Row[] {
  const { wallMs, cpuMs, databaseCpuMs, commits, events } = result;
  return [
    {
      "wall s": round(wallMs / 1000),
      "CPU s": round(cpuMs / 1000),
      "database CPU s": round(databaseCpuMs / 1000),
      "times real time": round(speedUp({ cell, result })),
      commits,
      events,
      "ms/commit": round(wallMs / commits),
    },
  ];
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

function ratio(a: number, b: number | undefined): number | string {
  return b === undefined || b === 0 ? "" : round(a / b);
}
