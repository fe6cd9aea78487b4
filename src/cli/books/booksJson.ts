import type { BooksReport } from "./bookkeeper.ts";
import { everyHour, type Ledger, type LedgerHour } from "./ledger.ts";

/** The report as other programs read it: stable names, credits and units as numbers, hours in order. */
export function booksJson(report: BooksReport): unknown {
  const { ledgers, materials, unknown, ...rest } = report;
  return {
    addsUp: addsUp(report),
    ...rest,
    unknown: Object.fromEntries(unknown),
    agents: ledgers.map(ledgerJson),
    material: materials.map(({ waypoint, good, stock, hours }) => ({ waypoint, good, stock, hours: inOrder(hours) })),
  };
}

/** Nothing was damaged and nothing is missing or unexplained. */
export function addsUp({ damaged, mismatchCount }: BooksReport): boolean {
  return damaged.length === 0 && mismatchCount === 0;
}

/** Sales − purchases − fuel, credits; hulls apart. */
export function operatingProfit(hour: Pick<LedgerHour, "sales" | "purchases" | "fuel">): number {
  return hour.sales - hour.purchases - hour.fuel;
}

export function inOrder<T extends { hour: number }>(hours: ReadonlyMap<number, T>): readonly T[] {
  return [...hours.values()].toSorted((a, b) => a.hour - b.hour);
}

function ledgerJson(ledger: Ledger): unknown {
  const { agent, creditsStart, creditsNow, ships, goods, operations } = ledger;
  return {
    agent,
    creditsStart,
    creditsNow,
    ships: [...ships],
    hours: everyHour(ledger).map((hour) => ({ ...hour, operatingProfit: operatingProfit(hour) })),
    goods: Object.fromEntries(goods),
    operations: Object.fromEntries(operations),
  };
}
