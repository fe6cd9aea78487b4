import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { flightsOver } from "../../src/domain/flights.ts";
import type { SupplyLevel } from "../../src/domain/market.ts";
import {
  afterProduction,
  askAfter,
  bidAfter,
  buyCostCredits,
  feedTranches,
  sellRevenueCredits,
  tranchesToHigh,
} from "../../src/domain/priceCurve.ts";
import { DEFAULT_LEG_POLICY, legEconomics, payingUnits } from "../../src/domain/tradeLeg.ts";
import { quote, waypoint, waypointsOf } from "./fixtures/builders.ts";

const LEVELS: readonly SupplyLevel[] = ["SCARCE", "LIMITED", "MODERATE", "HIGH", "ABUNDANT"];

describe("price curve", () => {
  it("follows the published multiples around balance: export 0.92, 0.99, 1.09 and import 1.08, 1.01, 0.92 of base", () => {
    const exported = quote("E", "FAB_MATS", "EXPORT", { supply: "MODERATE", askCredits: 920 });
    expect(askAfter(exported, 20)).toBeCloseTo(994, 0);
    expect(askAfter(exported, 40)).toBeCloseTo(1_085, 0);
    const imported = quote("I", "FOOD", "IMPORT", { supply: "HIGH", bidCredits: 915 });
    expect(bidAfter(imported, -40)).toBeCloseTo(1_080, -1);
    expect(bidAfter(imported, -20)).toBeCloseTo(1_006, -1);
  });

  it("makes the ask grow and the bid fall with every unit, never below a credit", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...LEVELS),
        fc.constantFrom("EXPORT", "IMPORT", "EXCHANGE"),
        fc.integer({ min: 0, max: 200 }),
        (supply, type, units) => {
          const item = quote("M", "G", type as "EXPORT", { supply, askCredits: 1_000, bidCredits: 900 });
          expect(askAfter(item, units + 1)).toBeGreaterThanOrEqual(askAfter(item, units));
          expect(bidAfter(item, units + 1)).toBeLessThanOrEqual(bidAfter(item, units));
          expect(bidAfter(item, units)).toBeGreaterThanOrEqual(1);
          expect(askAfter(item, 0)).toBe(1_000);
        },
      ),
    );
  });

  it("prices a transaction flat and moves after it", () => {
    const item = quote("E", "FOOD", "EXPORT", { askCredits: 1_000 });
    expect(buyCostCredits(item, 20)).toBe(20_000);
    expect(buyCostCredits(item, 40)).toBeCloseTo(20_000 + 20 * askAfter(item, 20));
    expect(buyCostCredits(item, 20, 0, 10)).toBeGreaterThan(20_000);
    const sink = quote("I", "FOOD", "IMPORT", { bidCredits: 1_000 });
    expect(sellRevenueCredits(sink, 30)).toBeCloseTo(20_000 + 10 * bidAfter(sink, 20));
  });

  it("counts the volumes to HIGH and what a fed factory's ask becomes [R002-05]", () => {
    expect(LEVELS.map((supply) => tranchesToHigh(quote("E", "G", "EXPORT", { supply })))).toEqual([7, 5, 2, 0, 0]);
    const fed = afterProduction(quote("E", "G", "EXPORT", { supply: "LIMITED", askCredits: 1_000 }), 5);
    expect(fed.supply).toBe("HIGH");
    expect(fed.askCredits).toBeLessThan(800);
  });

  it("feeds to MODERATE and enough for the output, one volume of each input per volume out [R002-28]", () => {
    const feed = (supply: SupplyLevel, output: number) => feedTranches(quote("F", "IN", "IMPORT", { supply }), output);
    expect(feed("SCARCE", 2)).toBe(3);
    expect(feed("SCARCE", 1)).toBe(2.5);
    expect(feed("MODERATE", 2)).toBe(0);
    expect(feed("MODERATE", 5)).toBe(1.75);
    expect(feed("SCARCE", 0)).toBe(0);
  });

  it("moves units only while the marginal tranche pays [R002-22]", () => {
    const leg = {
      source: quote("E", "FOOD", "EXPORT", { supply: "HIGH", askCredits: 1_000 }),
      sink: quote("I", "FOOD", "IMPORT", { supply: "LIMITED", bidCredits: 1_150 }),
      units: 400,
      flights: flightsOver(waypointsOf(waypoint("E", 0, 0), waypoint("I", 100, 0)), []),
      hull: { speed: 30, fuelCapacity: 400, cargoCapacity: 400 },
      policy: DEFAULT_LEG_POLICY,
      commitments: [],
    };
    const units = payingUnits(leg);
    expect(units).toBeGreaterThan(0);
    expect(units).toBeLessThan(400);
    const profit = (n: number) =>
      legEconomics({ ...leg, units: n }).revenueCredits - legEconomics({ ...leg, units: n }).costCredits;
    expect(profit(units)).toBeGreaterThan(profit(units + 36));
    expect(payingUnits({ ...leg, commitments: [{ waypoint: "I", good: "FOOD", side: "sell", units: 40 }] })).toBeLessThan(units);
  });
});
