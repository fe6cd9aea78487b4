import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { absorptionLimit } from "../../bench/absorption/absorptionLimit.ts";
import { ECONOMY_V1, type EconomyConstants } from "../../src/simulator/economy.v1.ts";
import { generateWorld } from "../../src/simulator/generateWorld.ts";
import { readJson } from "../../src/simulator/startFleet.ts";
import type { MarketGood, MarketRecord, TradeKind } from "../../src/simulator/universe.ts";
import { worldFromCapture } from "../../src/simulator/universeFile.ts";

/** Prices double their distance from the base per trade volume: IMPORT 1.3, 1.1, 0.7 × base at −1, 0, 1; EXPORT 0.6, 0.7, 0.9 at 2, 1, 0. */
const STEEP: EconomyConstants = {
  ...ECONOMY_V1,
  curvePercent: 10,
  curveExponent: 1,
  importDemandPerHour: 2,
  exportProductionPerHour: 2,
  exportCeiling: 2,
  unfedDriftPerHour: 0,
};
const CAPTURE = "../shared/data/universe-x1-ad75.json";

describe("the absorption limit A", () => {
  it("sells up the importer's curve until it pays less than the source asks [E1]", () => {
    // Bids at −1, 0, 1, 2: 1238, 1039, 656, 1; the source asks 500.
    const markets = [market("N", [exchange("X", 495, 5)]), market("M", [good("X", "IMPORT", 1000, -1)])];
    const { totalCredits, trades } = absorptionLimit(markets, STEEP, 0);
    expect(totalCredits).toBeCloseTo((738 + 539 + 156) * 10, 3);
    expect(trades.find(({ side }) => side === "SELL")?.units).toBeCloseTo(30, 3);
  });

  it("sells what final demand eats again at the start level's price [E3]", () => {
    const markets = [market("N", [exchange("X", 495, 5)]), market("M", [good("X", "IMPORT", 1000, -1)])];
    const { totalCredits } = absorptionLimit(markets, STEEP, 2);
    expect(totalCredits).toBeCloseTo((738 + 539 + 156 + 4 * 738) * 10, 3);
  });

  it("lets the same rates count for a third when the economy is slowed to it [E3]", () => {
    const markets = [market("N", [exchange("X", 495, 5)]), market("M", [good("X", "IMPORT", 1000, -1)])];
    const { totalCredits } = absorptionLimit(markets, { ...STEEP, rateFactor: 1 / 4 }, 2);
    expect(totalCredits).toBeCloseTo((738 + 539 + 156 + 738) * 10, 3);
  });

  it("buys down the exporter's curve until it asks more than anyone pays [E1]", () => {
    // Asks at 2, 1, 0: 600, 700, 900; the sink pays 800 for any number.
    const markets = [market("F", [good("Y", "EXPORT", 1000, 2)]), market("M", [exchange("Y", 810, 10)])];
    expect(absorptionLimit(markets, STEEP, 0).totalCredits).toBeCloseTo((200 + 100) * 10, 3);
  });

  it.each([
    // Two volumes of output, bought at 600 as they come and sold at 800. What was in store feeds them…
    { start: -1, inputLoss: 0 },
    // …or half a volume of it, and three halves are brought at 150 for 141.
    { start: -2.5, inputLoss: 1.5 * 9 },
    // …or none, and the store is filled from −5 to −2.5 first, for 147, 144 and half of 141.
    { start: -5, inputLoss: 3 + 6 + 0.5 * 9 + 2 * 9 },
  ])("makes as much as its inputs, brought or in store from $start, allow [E4]", ({ start, inputLoss }) => {
    const factory = market("F", [good("Y", "EXPORT", 1000, 2), good("X", "IMPORT", 100, start)], [["Y", "X"]]);
    const markets = [factory, market("M", [exchange("Y", 810, 10)]), market("N", [exchange("X", 145, 5)])];
    expect(absorptionLimit(markets, STEEP, 1).totalCredits).toBeCloseTo((200 + 100 + 2 * 200 - inputLoss) * 10, 3);
  });

  it("makes nothing of inputs that nobody sells [E4]", () => {
    const factory = market("F", [good("Y", "EXPORT", 1000, 2), good("X", "IMPORT", 100, -5)], [["Y", "X"]]);
    expect(absorptionLimit([factory, market("M", [exchange("Y", 810, 10)])], STEEP, 1).totalCredits).toBeCloseTo(3000, 3);
  });

  it("refuses a universe where two fixed prices give money without end [E5]", () => {
    const markets = [market("N", [exchange("X", 100, 1)]), market("M", [exchange("X", 110, 1)])];
    expect(() => absorptionLimit(markets, ECONOMY_V1, 1)).toThrow(/without bound/);
  });

  it("is proven by its own prices for generated systems, and grows with the window [SIM-UNIVERSE]", () => {
    for (const seed of [1, 2]) {
      const { markets } = generateWorld(seed, ECONOMY_V1);
      const [short, long] = [absorptionLimit(markets, ECONOMY_V1, 4), absorptionLimit(markets, ECONOMY_V1, 24)];
      for (const limit of [short, long]) expect(limit.provenCredits / limit.totalCredits).toBeCloseTo(1, 6);
      expect(long.totalCredits).toBeGreaterThan(short.totalCredits);
      expect(long.creditsPerHour).toBeLessThan(short.creditsPerHour);
    }
  });

  it.skipIf(!existsSync(CAPTURE))("finds the one-time windfall of X1-AD75 that was published, about 2.1 M [SIM-UNIVERSE]", () => {
    const { markets } = worldFromCapture(readJson(CAPTURE), CAPTURE, ECONOMY_V1);
    const { totalCredits } = absorptionLimit(markets, ECONOMY_V1, 0);
    expect(totalCredits / 2.1e6).toBeGreaterThan(0.9);
    expect(totalCredits / 2.1e6).toBeLessThan(1.15);
  });
});

function market(waypoint: string, goods: MarketGood[], recipes: readonly (readonly string[])[] = []): MarketRecord {
  return { waypoint, goods, recipes: recipes.map(([output = "", ...inputs]) => ({ output, inputs })), transactions: [] };
}

function exchange(name: string, mid: number, gap: number): MarketGood {
  return { ...good(name, "EXCHANGE", mid, 0), bidFactor: gap };
}

function good(name: string, kind: TradeKind, base: number, s: number): MarketGood {
  const tradeVolume = 10;
  return {
    good: name,
    kind,
    tradeVolume,
    base,
    bidFactor: 1,
    stock: s * tradeVolume,
    startStock: s * tradeVolume,
    activity: "WEAK",
    usualActivity: "WEAK",
    label: "MODERATE",
    sinceLabel: { producedUnits: 0, consumed: {}, delivered: {} },
    deliveredEver: {},
  };
}
