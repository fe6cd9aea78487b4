/** Credits and goods of one agent, hour by hour. */
import type { Mutation } from "./bookLine.ts";

/** Credits in one game hour, all positive but `other`. */
export interface LedgerHour {
  hour: number;
  sales: number;
  purchases: number;
  fuel: number;
  hulls: number;
  /** What no trade explains: levers, and operations unknown to this reader; signed. */
  other: number;
  trades: number;
  mutations: number;
}

/** Units of one good since the beginning or `--from`; `held` is what is aboard at the end. */
export interface GoodTally {
  bought: number;
  sold: number;
  burnt: number;
  jettisoned: number;
  /** Gone with a lost ship, or changed by what this reader does not know; signed. */
  other: number;
  held: number;
}

export interface Ledger {
  agent: string;
  creditsStart: number | null;
  creditsNow: number | null;
  ships: Set<string>;
  hours: Map<number, LedgerHour>;
  goods: Map<string, GoodTally>;
  operations: Map<string, number>;
}

export function newLedger(agent: string): Ledger {
  return {
    agent,
    creditsStart: null,
    creditsNow: null,
    ships: new Set(),
    hours: new Map(),
    goods: new Map(),
    operations: new Map(),
  };
}

/** Books one mutation of the agent into its hour and its operations. */
export function bookHour(ledger: Ledger, line: Mutation): void {
  const hour = hourOf(ledger, Math.floor(line.gameMs / HOUR_MS));
  hour.mutations += 1;
  ledger.operations.set(line.operation, (ledger.operations.get(line.operation) ?? 0) + 1);
  const total = line.total ?? 0;
  switch (line.operation) {
    case "sell":
      hour.sales += total;
      hour.trades += 1;
      return;
    case "purchase":
      hour.purchases += total;
      hour.trades += 1;
      return;
    case "refuel":
      hour.fuel += total;
      return;
    case "purchaseShip":
      hour.hulls += total;
      return;
    default:
      hour.other += otherCredits(line);
  }
}

/** The hours from the first to the last in which the agent did something, the idle ones between too. */
export function everyHour(ledger: Ledger): readonly LedgerHour[] {
  const numbers = [...ledger.hours.keys()];
  const first = numbers.reduce((least, hour) => Math.min(least, hour), Number.POSITIVE_INFINITY);
  const last = numbers.reduce((most, hour) => Math.max(most, hour), first);
  if (numbers.length === 0) return [];
  return Array.from({ length: last - first + 1 }, (_, i) => ledger.hours.get(first + i) ?? idleHour(first + i));
}

/** What the agent's credits must do by the operation's own words; null: the operation promises nothing. */
export function expectedCredits({ operation, total = 0 }: Mutation): number | null {
  switch (operation) {
    case "sell":
    case "adminCredits":
      return total;
    case "purchase":
    case "refuel":
    case "purchaseShip":
      return -total;
    default:
      return QUIET.has(operation) ? 0 : null;
  }
}

export function tallyOf(ledger: Ledger, good: string): GoodTally {
  const known = ledger.goods.get(good);
  if (known !== undefined) return known;
  const tally: GoodTally = { bought: 0, sold: 0, burnt: 0, jettisoned: 0, other: 0, held: 0 };
  ledger.goods.set(good, tally);
  return tally;
}

export const HOUR_MS = 3_600_000;

/** Operations that move no credits. */
const QUIET: ReadonlySet<string> = new Set([
  "navigate",
  "dock",
  "orbit",
  "flightMode",
  "jettison",
  "transfer",
  "refuelFromCargo",
]);

function otherCredits({ credits }: Mutation): number {
  return credits === undefined || credits.before === null ? 0 : credits.after - credits.before;
}

function hourOf(ledger: Ledger, hour: number): LedgerHour {
  const known = ledger.hours.get(hour);
  if (known !== undefined) return known;
  const fresh = idleHour(hour);
  ledger.hours.set(hour, fresh);
  return fresh;
}

function idleHour(hour: number): LedgerHour {
  return { hour, sales: 0, purchases: 0, fuel: 0, hulls: 0, other: 0, trades: 0, mutations: 0 };
}
