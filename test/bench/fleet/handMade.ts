import { economyOf, type FleetCell, fleetCell, universeOfSeed } from "../../../bench/fleet/cell.ts";
import type { Measured } from "../../../bench/fleet/comparison.ts";
import type { FleetResult, ReferenceResult } from "../../../bench/fleet/results.ts";
import type { BooksHour } from "../../../bench/fleetBooks.ts";
import type { ChainRecord } from "../../../bench/virtual/chainLog.ts";
import type { LogPage } from "../../../bench/virtual/logbook.ts";
import { DEFAULT_FLEET_CONFIG } from "../../../src/actors/fleetPorts.ts";

/** Small results with round figures, for the report's arithmetic. */
export const GROUND = { universe: universeOfSeed(7), economy: economyOf("v1"), start: "TEN", hours: 24 };

export function cellOf(variant: Parameters<typeof fleetCell>[2] = {}, ground: Partial<typeof GROUND> = {}): FleetCell {
  return fleetCell({ ...GROUND, ...ground }, DEFAULT_FLEET_CONFIG, variant);
}

/** Sales of so much in each hour, at half of it; a tenth goes to fuel. */
export function earning(salesOf: (hour: number) => number, hours = 24): BooksHour[] {
  return Array.from({ length: hours }, (_, hour) => {
    const sales = salesOf(hour);
    return { hour, sales, purchases: sales, fuel: sales / 10, hulls: 0, costOfSales: sales / 2, cargoAtCost: (hour * sales) / 2 };
  });
}

export function pageOf(changes: Partial<LogPage> = {}): LogPage {
  const shipTime = { travelling: 0, trading: 0, requests: 0, waiting: 0, supply: 0, idle: 0 };
  return { requests: 0, trades: 0, rateLimited: 0, requestsByName: {}, chainUnits: 0, fabricatedUnits: 0, shipTime, ...changes };
}

export function chain(changes: Partial<ChainRecord> = {}): ChainRecord {
  return {
    pipeline: "p1",
    product: "DRUGS",
    fabricates: true,
    labelAtStart: "MODERATE",
    startedAtMs: 0,
    endedAtMs: 3_600_000,
    ending: "completed",
    plannedSeconds: 3_600,
    costCredits: 1_000,
    fuelCredits: 0,
    plannedProfitCredits: 500,
    plannedFuelCredits: 0,
    revenueCredits: 1_500,
    madeUnits: 20,
    ...changes,
  };
}

export function resultOf(changes: Partial<FleetResult> = {}, record: Partial<FleetResult["record"]> = {}): FleetResult {
  return {
    economyHash: "economy",
    booksHash: "books",
    booksAddUp: true,
    books: earning(() => 1_000),
    pages: Array.from({ length: 24 }, () => pageOf()),
    record: {
      chains: [],
      prices: [],
      refusedOrders: {},
      idleBesideWork: { stretches: 0, longestMs: 0, shipMs: 0, examples: [] },
      ...record,
    },
    complaints: [],
    wallMs: 240_000,
    cpuMs: 0,
    databaseCpuMs: 0,
    commits: 1,
    events: 1,
    ...changes,
  };
}

export function referenceOf(
  sales: { readonly S: number; readonly G1: number; readonly G10: number },
  units = 0,
): ReferenceResult {
  const trader = (each: number, made: number) => ({
    books: earning(() => each),
    requests: 1,
    chainUnits: Array.from({ length: 24 }, () => 2 * made),
    fabricatedUnits: Array.from({ length: 24 }, () => made),
  });
  return {
    traders: { S: trader(sales.S, units), G1: trader(sales.G1, 0), G10: trader(sales.G10, 0) },
    limits: [
      { toHour: 4, credits: 40_000 },
      { toHour: 12, credits: 80_000 },
      { toHour: 24, credits: 120_000 },
    ],
  };
}

export function measuredOf(result: FleetResult, reference?: ReferenceResult, cell = cellOf()): Measured {
  return { cell, result, reference };
}
