import type { HourWindow } from "../fleetBooks.ts";
import type { LogPage } from "../virtual/logbook.ts";
import { SHIP_USES } from "../virtual/shipHours.ts";

/** The ends of the windows that results are given for. */
const WINDOW_ENDS = [4, 12, 24];

/** Windows that follow each other from hour 0 to `hours`. */
export function windowsUpTo(hours: number): readonly HourWindow[] {
  const ends = [...WINDOW_ENDS.filter((end) => end < hours), hours];
  return ends.map((toHour, index) => ({ fromHour: ends[index - 1] ?? 0, toHour }));
}

export function shownWindow({ fromHour, toHour }: HourWindow): string {
  return `${fromHour}–${toHour}`;
}

/** The pages of a window, one for each hour, as one. */
export function pageOf(pages: readonly LogPage[], { fromHour, toHour }: HourWindow): LogPage {
  const within = pages.slice(fromHour, Math.ceil(toHour));
  const sum = (of: (page: LogPage) => number): number => within.reduce((total, page) => total + of(page), 0);
  const names = new Set(within.flatMap(({ requestsByName }) => Object.keys(requestsByName)));
  const shipTime = { travelling: 0, trading: 0, requests: 0, waiting: 0, supply: 0, idle: 0 };
  for (const use of SHIP_USES) shipTime[use] = sum((page) => page.shipTime[use]);
  return {
    requests: sum((page) => page.requests),
    trades: sum((page) => page.trades),
    rateLimited: sum((page) => page.rateLimited),
    requestsByName: Object.fromEntries([...names].map((name) => [name, sum((page) => page.requestsByName[name] ?? 0)])),
    chainUnits: sum((page) => page.chainUnits),
    fabricatedUnits: sum((page) => page.fabricatedUnits),
    shipTime,
  };
}

/** Ship-milliseconds of all uses. */
export function shipMs({ shipTime }: LogPage): number {
  return SHIP_USES.reduce((sum, use) => sum + shipTime[use], 0);
}

/** The share of the ships' time in which they had work. */
export function utilisation(page: LogPage): number {
  const all = shipMs(page);
  return all === 0 ? 0 : 1 - (page.shipTime.idle + page.shipTime.supply) / all;
}
