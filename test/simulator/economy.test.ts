import { describe, expect, it } from "vitest";
import { labelMidpoint, priceMultiple, supplyLabel } from "../../src/simulator/curve.ts";
import { ECONOMY_V1, economyHash } from "../../src/simulator/economy.v1.ts";
import { type NoiseContext, pricesAt, visibleS } from "../../src/simulator/quote.ts";
import { Dice } from "../../src/simulator/random.ts";
import { tickMarket, tickYard } from "../../src/simulator/tick.ts";
import type { SupplyLabel } from "../../src/simulator/universe.ts";
import { goodFromQuote } from "../../src/simulator/universeFile.ts";
import { levelOf, market, QUIET, record, tickTimes } from "./support/singleMarket.ts";

describe("price curves", () => {
  it("gives the published multiples of the base for s from -8 to 8 with m = 8 [E1]", () => {
    const exports = [2.29, 1.97, 1.71, 1.51, 1.34, 1.2, 1.09, 0.99, 0.92, 0.86, 0.81, 0.77, 0.74, 0.71, 0.69, 0.68, 0.66];
    const imports = [1.34, 1.33, 1.31, 1.29, 1.26, 1.23, 1.19, 1.14, 1.08, 1.01, 0.92, 0.8, 0.67, 0.5, 0.29, 0.03];
    exports.forEach((multiple, i) => expect(priceMultiple("EXPORT", i - 8, QUIET)).toBeCloseTo(multiple, 1));
    imports.forEach((multiple, i) => expect(Math.abs(priceMultiple("IMPORT", i - 8, QUIET) - multiple)).toBeLessThan(0.011));
  });

  it("moves by 2^0.3 per trade volume, as logged series of buys and sells do [E1]", () => {
    const steps = [0, 1, 2, 3].map((s) => priceMultiple("EXPORT", -s - 1, QUIET) - priceMultiple("EXPORT", -s, QUIET));
    for (let i = 1; i < steps.length; i++) expect((steps[i] ?? 0) / (steps[i - 1] ?? 1)).toBeCloseTo(2 ** 0.3, 6);
  });

  it("labels stocks at the fitted thresholds, and each label's midpoint carries that label [E1]", () => {
    expect(supplyLabel("EXPORT", -4.01)).toBe("SCARCE");
    expect(supplyLabel("EXPORT", 2)).toBe("HIGH");
    expect(supplyLabel("IMPORT", -2.51)).toBe("LIMITED");
    expect(supplyLabel("IMPORT", 3)).toBe("ABUNDANT");
    for (const kind of ["EXPORT", "IMPORT"] as const) {
      for (const label of ["SCARCE", "LIMITED", "MODERATE", "HIGH", "ABUNDANT"] as const satisfies SupplyLabel[]) {
        expect(supplyLabel(kind, labelMidpoint(kind, label))).toBe(label);
      }
    }
  });

  it("keeps the floors: 10 credits for an export in a glut, 1 for an import nobody wants [E1]", () => {
    expect(pricesAt(market("EXPORT", "FUEL", { base: 5 }), 6, QUIET).askCredits).toBe(10);
    expect(pricesAt(market("IMPORT", "FUEL", { base: 100 }), 20, QUIET)).toMatchObject({ askCredits: 2, bidCredits: 1 });
  });

  it("bids less than it asks at any stock but the very floor, so a round trip in one market loses [E1]", () => {
    const levels = Array.from({ length: 97 }, (_, i) => i / 4 - 12);
    const prices = (["EXPORT", "IMPORT", "EXCHANGE"] as const).flatMap((kind) =>
      levels.map((s) => pricesAt(market(kind, "IRON", { base: 120, bidFactor: kind === "EXCHANGE" ? 2 : 1 }), s, QUIET)),
    );
    expect(prices.filter(({ askCredits, bidCredits }) => bidCredits >= askCredits)).toEqual([]);
  });
});

describe("an economy", () => {
  it("has a hash that changes with any constant and with nothing else", () => {
    expect(economyHash({ ...ECONOMY_V1 })).toBe(economyHash(ECONOMY_V1));
    for (const name of Object.keys(ECONOMY_V1)) {
      expect(economyHash({ ...ECONOMY_V1, [name]: 99.5 })).not.toBe(economyHash(ECONOMY_V1));
    }
  });
});

describe("a tick", () => {
  it("eats final demand at 3 trade volumes per hour times activity, down to the start level and not below [E3]", () => {
    for (const [activity, perHour] of [
      ["WEAK", 3],
      ["GROWING", 4.5],
      ["STRONG", 6],
    ] as const) {
      const food = market("IMPORT", "FOOD", { s: 2, startS: -3, activity });
      tickTimes(record([food]), 4);
      expect(levelOf(food)).toBeCloseTo(Math.max(-3, 2 - perHour), 9);
      tickTimes(record([food]), 20);
      expect(levelOf(food)).toBe(-3);
    }
  });

  it("brings nothing to an import below its start level, and eats none of what feeds an export here but by production [E3]", () => {
    const food = market("IMPORT", "FOOD", { s: -6, startS: -3 });
    const ore = market("IMPORT", "IRON_ORE", { s: 2, startS: -3 });
    const iron = market("EXPORT", "IRON", { s: 6 });
    tickTimes(record([food, ore, iron], { IRON: ["IRON_ORE"] }), 40);
    expect(levelOf(food)).toBe(-6);
    expect(levelOf(ore)).toBe(2);
  });

  it("produces 3 trade volumes per hour from MODERATE inputs, half from LIMITED, none from SCARCE [E4]", () => {
    for (const [s, made] of [
      [0, 0.75],
      [-3, 0.375],
      [-5, 0],
    ] as const) {
      const iron = market("EXPORT", "IRON", { s: 0 });
      const ore = market("IMPORT", "IRON_ORE", { s });
      tickTimes(record([iron, ore], { IRON: ["IRON_ORE"] }), 1);
      expect(levelOf(iron)).toBeCloseTo(made, 9);
    }
  });

  it("produces times the output's activity, RESTRICTED half, WEAK once, GROWING one and a half, STRONG twice [E4]", () => {
    for (const [activity, made] of [
      ["RESTRICTED", 0.375],
      ["WEAK", 0.75],
      ["GROWING", 1.125],
      ["STRONG", 1.5],
    ] as const) {
      const iron = market("EXPORT", "IRON", { s: 0, activity });
      const ore = market("IMPORT", "IRON_ORE", { s: 9 });
      tickTimes(record([iron, ore], { IRON: ["IRON_ORE"] }), 1);
      expect(levelOf(iron)).toBeCloseTo(made, 9);
      expect(9 - levelOf(ore)).toBeCloseTo(made, 9);
    }
  });

  it("works at half speed for one tick after feeding, until the restriction is lifted, as labels of RESTRICTED goods rise later [E4] [E6]", () => {
    const iron = market("EXPORT", "IRON", { s: 0 });
    const ore = market("IMPORT", "IRON_ORE", { s: -5 });
    const place = record([iron, ore], { IRON: ["IRON_ORE"] });
    tickTimes(place, 1);
    expect(iron.activity).toBe("RESTRICTED");
    ore.stock = 3 * ore.tradeVolume;
    const [first, second] = [1, 1].map((times) => {
      const was = levelOf(iron);
      tickTimes(place, times);
      return levelOf(iron) - was;
    });
    expect(first).toBeCloseTo(0.375, 9);
    expect(second).toBeCloseTo(0.75, 9);
  });

  it("feeds two exports from one input, each eating its share [E4]", () => {
    const food = market("EXPORT", "FOOD", { s: 0 });
    const fabrics = market("EXPORT", "FABRICS", { s: 0, activity: "STRONG" });
    const fertilizers = market("IMPORT", "FERTILIZERS", { s: 4 });
    tickTimes(record([food, fabrics, fertilizers], { FOOD: ["FERTILIZERS"], FABRICS: ["FERTILIZERS"] }), 1);
    expect([levelOf(food), levelOf(fabrics)]).toEqual([0.75, 1.5]);
    expect(levelOf(fertilizers)).toBeCloseTo(4 - 2.25, 9);
  });

  it("lets the scarcest input decide [E4]", () => {
    const rifles = market("EXPORT", "LASER_RIFLES", { tradeVolume: 6 });
    const diamonds = market("IMPORT", "DIAMONDS", { s: 0 });
    const platinum = market("IMPORT", "PLATINUM", { s: -4.5 });
    tickTimes(record([rifles, diamonds, platinum], { LASER_RIFLES: ["DIAMONDS", "PLATINUM"] }), 1);
    expect(rifles.sinceLabel.producedUnits).toBe(0);
    expect(diamonds.stock).toBe(0);
  });

  it("eats one trade volume of each input per trade volume made, whatever the units [E4]", () => {
    const rifles = market("EXPORT", "LASER_RIFLES", { tradeVolume: 6, s: -2 });
    const diamonds = market("IMPORT", "DIAMONDS", { tradeVolume: 60, s: 2 });
    const circuits = market("IMPORT", "ADVANCED_CIRCUITRY", { tradeVolume: 20, s: 2 });
    tickTimes(record([rifles, diamonds, circuits], { LASER_RIFLES: ["DIAMONDS", "ADVANCED_CIRCUITRY"] }), 4);
    expect(rifles.stock / 6 + 2).toBeCloseTo(3, 9);
    expect(2 - diamonds.stock / 60).toBeCloseTo(3, 9);
    expect(2 - circuits.stock / 20).toBeCloseTo(3, 9);
  });

  it("stops production at 6 trade volumes and then eats nothing [E4]", () => {
    const iron = market("EXPORT", "IRON", { s: 5.9 });
    const ore = market("IMPORT", "IRON_ORE", { s: 5 });
    tickTimes(record([iron, ore], { IRON: ["IRON_ORE"] }), 8);
    expect(levelOf(iron)).toBeCloseTo(6, 9);
    expect(5 - levelOf(ore)).toBeCloseTo(0.1, 9);
  });

  it("lets an unfed export drift a quarter trade volume per hour towards balance, from both sides, and not past it [E4]", () => {
    for (const s of [3, -3]) {
      const iron = market("EXPORT", "IRON", { s });
      const ore = market("IMPORT", "IRON_ORE", { s: -5 });
      const place = record([iron, ore], { IRON: ["IRON_ORE"] });
      tickTimes(place, 4);
      expect(levelOf(iron)).toBeCloseTo(s - Math.sign(s) * 0.25, 9);
      tickTimes(place, 400);
      expect(iron.stock).toBe(0);
    }
  });

  it("makes raw goods from nature where no input is imported, and nothing else from nothing [E4]", () => {
    const ore = market("EXPORT", "IRON_ORE", { s: 0 });
    const rifles = market("EXPORT", "LASER_RIFLES", { s: 1 });
    tickTimes(record([ore, rifles], { IRON_ORE: ["EXPLOSIVES"], LASER_RIFLES: ["DIAMONDS"] }), 4);
    expect(levelOf(ore)).toBeCloseTo(3, 9);
    expect(levelOf(rifles)).toBeCloseTo(0.75, 9);
  });

  it("does not make a raw good from nature where a part of what it is made of is imported [E4]", () => {
    const ore = market("EXPORT", "IRON_ORE", { s: 1 });
    const explosives = market("IMPORT", "EXPLOSIVES", { s: 3 });
    const place = record([ore, explosives], { IRON_ORE: ["EXPLOSIVES", "MACHINERY"] });
    expect(place.recipes).toEqual([]);
    tickTimes(place, 4);
    expect(levelOf(ore)).toBeCloseTo(0.75, 9);
  });

  it("brings an exchange back at 3 trade volumes per hour while its price stands still [E5]", () => {
    const fuel = market("EXCHANGE", "FUEL", { s: -5, startS: 0, base: 70, bidFactor: 2 });
    const before = pricesAt(fuel, -5, QUIET);
    tickTimes(record([fuel]), 4);
    expect(levelOf(fuel)).toBeCloseTo(-2, 9);
    expect(pricesAt(fuel, -2, QUIET)).toEqual(before);
    expect(before).toEqual({ askCredits: 72, bidCredits: 68 });
  });

  it("returns an exchange to its own start level from above, too [E5]", () => {
    const ore = market("EXCHANGE", "IRON_ORE", { s: 9, startS: 3, tradeVolume: 180 });
    tickTimes(record([ore]), 4);
    expect(levelOf(ore)).toBeCloseTo(6, 9);
    tickTimes(record([ore]), 20);
    expect(levelOf(ore)).toBe(3);
  });

  it("restricts an export with a SCARCE input and an import whose only output is ABUNDANT, and releases them [E6]", () => {
    const iron = market("EXPORT", "IRON", { s: 5 });
    const ore = market("IMPORT", "IRON_ORE", { s: -5 });
    const place = record([iron, ore], { IRON: ["IRON_ORE"] });
    tickTimes(place, 1);
    expect([iron.activity, ore.activity]).toEqual(["RESTRICTED", "RESTRICTED"]);
    ore.stock = 0;
    iron.stock = 0;
    tickTimes(place, 1);
    expect([iron.activity, ore.activity]).toEqual(["WEAK", "WEAK"]);
  });

  it("restricts an import of two factories only when both are ABUNDANT [E6]", () => {
    const food = market("EXPORT", "FOOD", { s: 5 });
    const fabrics = market("EXPORT", "FABRICS", { s: 3 });
    const fertilizers = market("IMPORT", "FERTILIZERS", { s: -5 });
    const place = record([food, fabrics, fertilizers], { FOOD: ["FERTILIZERS"], FABRICS: ["FERTILIZERS"] });
    tickTimes(place, 1);
    expect(fertilizers.activity).toBe("WEAK");
    fabrics.stock = 5 * fabrics.tradeVolume;
    tickTimes(place, 1);
    expect(fertilizers.activity).toBe("RESTRICTED");
  });

  it("goes by the labels that everyone saw before it, other traders included [E4] [E6]", () => {
    let [produced, idle] = [0, 0];
    for (let tick = 2; tick < 200; tick++) {
      const iron = market("EXPORT", "IRON", { s: 0 });
      const ore = market("IMPORT", "IRON_ORE", { s: -4 });
      const place = record([iron, ore], { IRON: ["IRON_ORE"] });
      const seen = visibleS(place.waypoint, ore, { constants: ECONOMY_V1, seed: 5, tick: tick - 1 });
      tickMarket(place, { constants: ECONOMY_V1, seed: 5, tick });
      expect([tick, iron.sinceLabel.producedUnits > 0]).toEqual([tick, seen >= -4]);
      if (seen >= -4) produced++;
      else idle++;
    }
    expect(Math.min(produced, idle)).toBeGreaterThan(60);
  });

  it("returns one trade volume of hulls per game day [E9]", () => {
    const hull = { type: "SHIP_PROBE", base: 25_000, stock: -6, startStock: 18, activity: "GROWING" as const };
    for (let i = 0; i < 96; i++) tickYard({ waypoint: "X1-A1", modificationsFee: 100, ships: [hull] }, QUIET);
    expect(hull.stock).toBeCloseTo(0, 6);
  });

  it("conserves material in a long random run with noise: what was made was eaten, what was traded is where it went [E4]", () => {
    const dice = new Dice("conservation", 7);
    const chain = { IRON: ["IRON_ORE"], MACHINERY: ["IRON"], SHIP_PLATING: ["ALUMINUM", "MACHINERY"] };
    const goods = [
      market("EXPORT", "SHIP_PLATING", { tradeVolume: 6, s: 1 }),
      market("IMPORT", "ALUMINUM", { s: -3 }),
      market("IMPORT", "MACHINERY", { tradeVolume: 20, s: -3 }),
    ];
    const place = record(goods, chain);
    const [plating, ...inputs] = goods;
    if (plating === undefined) throw new Error("no good");
    const start = new Map(goods.map((good) => [good.good, good.stock]));
    const traded = new Map(goods.map((good) => [good.good, 0]));
    let drifted = 0;
    for (let tick = 1; tick <= 5000; tick++) {
      const was = plating.stock;
      const inputWas = inputs[0]?.stock ?? 0;
      tickMarket(place, { constants: ECONOMY_V1, seed: 3, tick });
      if ((inputs[0]?.stock ?? 0) === inputWas) drifted += plating.stock - was;
      const good = goods[dice.whole(0, 2)] ?? plating;
      const units = dice.whole(1, good.tradeVolume) * (good === plating ? -1 : 1);
      if (Math.abs(good.stock + units) > 8 * good.tradeVolume) continue;
      good.stock += units;
      traded.set(good.good, (traded.get(good.good) ?? 0) + units);
    }
    const made = plating.stock - (start.get("SHIP_PLATING") ?? 0) - (traded.get("SHIP_PLATING") ?? 0) - drifted;
    expect(made / 6).toBeGreaterThan(50);
    for (const input of inputs) {
      const eaten = (start.get(input.good) ?? 0) + (traded.get(input.good) ?? 0) - input.stock;
      expect(eaten / input.tradeVolume).toBeCloseTo(made / 6, 6);
    }
  });
});

describe("other traders", () => {
  it("shift what everyone sees by σ = 0.25 trade volumes and never the stock itself [E6]", () => {
    const food = market("IMPORT", "FOOD", { s: 0 });
    const shifts = Array.from({ length: 4000 }, (_, i) =>
      visibleS("X1-A1", food, { constants: ECONOMY_V1, seed: 1, tick: i + 1 }),
    );
    const mean = shifts.reduce((sum, s) => sum + s, 0) / shifts.length;
    const sigma = Math.sqrt(shifts.reduce((sum, s) => sum + (s - mean) ** 2, 0) / shifts.length);
    expect(Math.abs(mean)).toBeLessThan(0.015);
    expect(sigma).toBeGreaterThan(0.235);
    expect(sigma).toBeLessThan(0.26);
    expect(food.stock).toBe(0);
  });

  it("leave an exchange alone, and are never more than three σ away [E5] [E6]", () => {
    const at = (tick: number) => ({ constants: ECONOMY_V1, seed: 1, tick });
    const fuel = market("EXCHANGE", "FUEL", { s: 1.9 });
    const food = market("IMPORT", "FOOD", { s: 0 });
    const shifts = Array.from({ length: 4000 }, (_, i) => visibleS("X1-A1", food, at(i + 1)));
    expect(Math.max(...shifts.map(Math.abs))).toBe(0.75);
    expect(new Set(shifts.map((_, i) => visibleS("X1-A1", fuel, at(i + 1))))).toEqual(new Set([1.9]));
  });

  it("are the same for the same seed, good and tick, and others for another [E6] [SIM-DETERMINISM]", () => {
    const food = market("IMPORT", "FOOD", { s: 0 });
    const seen = (at: Partial<NoiseContext>) => visibleS("X1-A1", food, { constants: ECONOMY_V1, seed: 1, tick: 5, ...at });
    expect(seen({})).toBe(seen({}));
    expect(seen({ seed: 2 })).not.toBe(seen({}));
    expect(seen({ tick: 6 })).not.toBe(seen({}));
  });
});

describe("a base solved from a quote", () => {
  it("reproduces captured prices of each type exactly [E1]", () => {
    const captured = [
      { symbol: "ADVANCED_CIRCUITRY", type: "EXPORT", supply: "ABUNDANT", tradeVolume: 20, purchasePrice: 4007, sellPrice: 1945 },
      { symbol: "EQUIPMENT", type: "IMPORT", supply: "SCARCE", tradeVolume: 20, purchasePrice: 6602, sellPrice: 3253 },
      { symbol: "FOOD", type: "IMPORT", supply: "MODERATE", tradeVolume: 60, purchasePrice: 4152, sellPrice: 1953 },
      { symbol: "URANITE_ORE", type: "EXCHANGE", supply: "MODERATE", tradeVolume: 180, purchasePrice: 324, sellPrice: 317 },
    ] as const;
    for (const quote of captured) {
      const good = goodFromQuote({ ...quote, activity: "WEAK" }, ECONOMY_V1);
      expect(pricesAt(good, good.stock / good.tradeVolume, ECONOMY_V1)).toEqual({
        askCredits: quote.purchasePrice,
        bidCredits: quote.sellPrice,
      });
    }
  });
});
