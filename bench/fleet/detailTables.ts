/** What one cell's fleet did, by window, by hour, by product and by the way things ended. */
import { percentile, type Row, round } from "../benchReport.ts";
import { type HourWindow, windowOf } from "../fleetBooks.ts";
import type { LogPage } from "../virtual/logbook.ts";
import { SHIP_USES } from "../virtual/shipHours.ts";
import { lossShare, netCredits, worstLoss } from "./chains.ts";
import { type Measured, ratio, speedUp } from "./comparison.ts";
import { pageOf, shipMs, shownWindow, utilisation } from "./windows.ts";

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
      profit: Math.round(sum(netCredits)),
      planned: Math.round(sum(({ plannedProfitCredits }) => plannedProfitCredits)),
      fuel: Math.round(sum(({ fuelCredits }) => fuelCredits)),
      "fuel planned": Math.round(sum(({ plannedFuelCredits }) => plannedFuelCredits)),
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
    row.net += netCredits(chain);
    row.lost += lossShare(chain) > 0 ? 1 : 0;
    rows.set(name, row);
  }
  return [...rows]
    .toSorted(([, a], [, b]) => b.pipelines - a.pipelines)
    .map(([ending, { pipelines, net, lost }]) => ({
      ending,
      pipelines,
      net: Math.round(net),
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

const HOUR_MS = 3_600_000;
