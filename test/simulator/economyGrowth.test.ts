import { describe, expect, it } from "vitest";
import { supplyLabel } from "../../src/simulator/curve.ts";
import { ECONOMY_V1, type EconomyConstants } from "../../src/simulator/economy.v1.ts";
import type { MarketGood, MarketRecord } from "../../src/simulator/universe.ts";
import { levelOf, market, QUIET, record, tickTimes } from "./support/singleMarket.ts";

const GROWING: EconomyConstants = { ...QUIET, volumeGrowth: 1 };
const TICKS_PER_STEP = (GROWING.growthHoursPerStep * 60) / GROWING.tickGameMinutes;

describe("growth of trade volumes", () => {
  it("is off in v1: a market fed and drained for a game week keeps its volumes and its activity [E6]", () => {
    expect(ECONOMY_V1.volumeGrowth).toBe(0);
    const { place, iron, ore } = smelter();
    busy(place, iron, ore, 7 * 96, QUIET);
    expect([iron, ore].map((good) => [good.tradeVolume, good.usualActivity, good.growth])).toEqual([
      [20, "WEAK", undefined],
      [60, "WEAK", undefined],
    ]);
  });

  it("raises the activity first, then the volume by a tenth, as captured volumes go: 20, 22, 25, 28 [E6]", () => {
    const { place, iron, ore } = smelter();
    const seen: unknown[] = [];
    for (let step = 0; step < 4; step++) {
      busy(place, iron, ore, TICKS_PER_STEP, GROWING);
      seen.push([iron.usualActivity, iron.tradeVolume]);
    }
    expect(seen).toEqual([
      ["GROWING", 20],
      ["STRONG", 22],
      ["STRONG", 25],
      ["STRONG", 28],
    ]);
  });

  it("asks for both: inputs HIGH and an output that is drained [E6]", () => {
    for (const [oreS, ironS] of [
      [0, 0],
      [2, 3],
    ] as const) {
      const { place, iron, ore } = smelter();
      busy(place, iron, ore, 20 * TICKS_PER_STEP, GROWING, { oreS, ironS });
      expect([iron.tradeVolume, ore.tradeVolume, iron.usualActivity]).toEqual([20, 60, "WEAK"]);
    }
  });

  it("lets an export reach half its input's volume and an input three times its export's, each three times its own at most [E6]", () => {
    const { place, iron, ore } = smelter({ iron: 20, ore: 20 });
    busy(place, iron, ore, TICKS_PER_STEP * 5, GROWING);
    expect(iron.tradeVolume).toBe(20);
    expect(ore.tradeVolume).toBeGreaterThan(20);
    busy(place, iron, ore, TICKS_PER_STEP * 60, GROWING);
    expect([iron.tradeVolume, ore.tradeVolume]).toEqual([30, 60]);
    const small = smelter({ iron: 6, ore: 60 });
    busy(small.place, small.iron, small.ore, TICKS_PER_STEP * 60, GROWING);
    expect([small.iron.tradeVolume, small.ore.tradeVolume]).toEqual([18, 60]);
  });

  it("stops at an input whose price is above 80 % of the highest, though a label says HIGH [E6]", () => {
    const { place, iron, ore } = smelter();
    const dear = { ...GROWING, growthPriceShare: 0.5 };
    busy(place, iron, ore, 10 * TICKS_PER_STEP, dear);
    expect(ore.tradeVolume).toBe(60);
    expect(iron.tradeVolume).toBe(30);
  });

  it("neither makes nor eats a unit, and keeps the label of the start level [E3] [E6]", () => {
    const { place, iron, ore } = smelter();
    const startLabel = supplyLabel(ore.kind, ore.startStock / ore.tradeVolume);
    let [made, eaten, brought, taken] = [0, 0, 0, 0];
    const was = { iron: iron.stock, ore: ore.stock };
    for (let tick = 0; tick < 8 * TICKS_PER_STEP; tick++) {
      const before = [iron.stock, ore.stock, iron.tradeVolume, ore.tradeVolume] as const;
      tickTimes(place, 1, GROWING);
      made += iron.stock - before[0];
      eaten += before[1] - ore.stock;
      expect((iron.stock - before[0]) / before[2]).toBeCloseTo((before[1] - ore.stock) / before[3], 9);
      [brought, taken] = [brought + refill(ore, 2), taken - refill(iron, 0)];
    }
    expect(iron.tradeVolume).toBeGreaterThan(20);
    expect(ore.tradeVolume).toBeGreaterThan(60);
    expect(iron.stock).toBeCloseTo(was.iron + made - taken, 6);
    expect(ore.stock).toBeCloseTo(was.ore - eaten + brought, 6);
    expect(supplyLabel(ore.kind, ore.startStock / ore.tradeVolume)).toBe(startLabel);
    expect(levelOf(ore)).toBeCloseTo(2, 9);
  });
});

function smelter(volumes = { iron: 20, ore: 60 }): { place: MarketRecord; iron: MarketGood; ore: MarketGood } {
  const iron = market("EXPORT", "IRON", { s: 0, tradeVolume: volumes.iron });
  const ore = market("IMPORT", "IRON_ORE", { s: 2, startS: -3, tradeVolume: volumes.ore });
  return { place: record([iron, ore], { IRON: ["IRON_ORE"] }), iron, ore };
}

/** Ticks with someone who feeds and drains after each, so that the labels stay where they are. */
function busy(
  place: MarketRecord,
  iron: MarketGood,
  ore: MarketGood,
  ticks: number,
  constants: EconomyConstants,
  at = { oreS: 2, ironS: 0 },
): void {
  for (let tick = 0; tick < ticks; tick++) {
    refill(ore, at.oreS);
    refill(iron, at.ironS);
    tickTimes(place, 1, constants);
  }
}

/** Brings (or, negative, takes) what lacks to a level; returns how much. */
function refill(good: MarketGood, s: number): number {
  const units = s * good.tradeVolume - good.stock;
  good.stock += units;
  return units;
}
