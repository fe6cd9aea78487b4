import { type Row, round } from "./benchReport.ts";
import type { BooksWindow } from "./fleetBooks.ts";
import type { LogPage } from "./virtual/logbook.ts";
import { SHIP_USES } from "./virtual/shipHours.ts";

/** One voyage: the books and the log by the same windows, and what it took. */
export interface FleetRun {
  readonly name: string;
  readonly hours: number;
  readonly economyHash: string;
  readonly booksHash: string;
  readonly books: readonly BooksWindow[];
  readonly pages: readonly LogPage[];
  readonly complaints: readonly string[];
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly databaseCpuMs: number;
  readonly commits: number;
  readonly events: number;
}

/** Money and requests, a row for each window. */
export function runRows({ name, books, pages }: FleetRun): readonly Row[] {
  return books.map((window, index) => {
    const perHour = (sum: number): number => round(sum / (window.toHour - window.fromHour));
    const page = pages[index];
    const requests = page?.requests ?? 0;
    return {
      universe: name,
      hours: hoursOf(window),
      "profit/h": perHour(window.operatingProfit),
      "cargo at cost": Math.round(window.cargoAtCost),
      "hulls bought": window.hulls,
      ships: `${window.traders}+${window.scouts}`,
      "requests/h": perHour(requests),
      "429s": page?.rateLimited ?? 0,
      "cr/request": requests === 0 ? 0 : round(window.operatingProfit / requests),
      "trades, % of requests": requests === 0 ? 0 : round((100 * (page?.trades ?? 0)) / requests),
      "fabricated units/h": perHour(page?.fabricatedUnits ?? 0),
    };
  });
}

/** Where each hour of the ships with a hold went, in percent, a row for each window. */
export function shipHourRows({ name, books, pages }: FleetRun): readonly Row[] {
  return books.map((window, index) => {
    const time = pages[index]?.shipTime;
    const all = SHIP_USES.reduce((sum, use) => sum + (time?.[use] ?? 0), 0);
    const shares = SHIP_USES.map((use): [string, number] => [
      `${use} %`,
      all === 0 ? 0 : round((100 * (time?.[use] ?? 0)) / all),
    ]);
    return { universe: name, hours: hoursOf(window), "ship hours": round(all / 3_600_000), ...Object.fromEntries(shares) };
  });
}

/** What the run took of this machine. */
export function costRows(run: FleetRun): readonly Row[] {
  return [
    {
      universe: run.name,
      "wall s": round(run.wallMs / 1000),
      "CPU s": round(run.cpuMs / 1000),
      "database CPU s": round(run.databaseCpuMs / 1000),
      "speed-up": round((run.hours * 3_600_000) / run.wallMs),
      commits: run.commits,
      events: run.events,
      "ms/commit": round(run.wallMs / run.commits),
    },
  ];
}

/** Operating profit per game hour of each window. */
export function summaryRow(run: FleetRun): Row {
  const profits = run.books.map((window): [string, number] => [
    `profit/h ${hoursOf(window)}`,
    round(window.operatingProfit / (window.toHour - window.fromHour)),
  ]);
  return { universe: run.name, ...Object.fromEntries(profits), "speed-up": round((run.hours * 3_600_000) / run.wallMs) };
}

function hoursOf({ fromHour, toHour }: BooksWindow): string {
  return `${fromHour}–${toHour}`;
}
