import { describe, expect, it } from "vitest";
import { feedsFactory, feedWorth } from "../../src/domain/feedWorth.ts";
import { leastGainShare } from "../../src/domain/leastGain.ts";
import type { Quote } from "../../src/domain/market.ts";
import { DEFAULT_OPPORTUNITY_POLICY, findOpportunities } from "../../src/domain/opportunity.ts";
import { DEFAULT_PLAN_POLICY, type Plan } from "../../src/domain/plan.ts";
import { objectionTo, planEconomics, spareFuelCredits } from "../../src/domain/planEconomics.ts";
import { planProduct } from "../../src/domain/planner.ts";
import { bidAfter } from "../../src/domain/priceCurve.ts";
import type { MarketBook } from "../../src/domain/quotes.ts";
import { bookOf, quote, waypoint, waypointsOf, worldOf } from "./fixtures/builders.ts";

const { gain, feed } = DEFAULT_PLAN_POLICY;
const CHAIN = { ELECTRONICS: ["SILICON_CRYSTALS", "COPPER"], SILICON_CRYSTALS: [], RADIOS: ["ELECTRONICS"] };
const ORE = quote("MINE", "SILICON_CRYSTALS", "EXPORT", { supply: "HIGH", tradeVolume: 60, askCredits: 40 });
const INPUT = quote("WORKS", "SILICON_CRYSTALS", "IMPORT", { supply: "SCARCE", tradeVolume: 60, bidCredits: 45 });
const COPPER = quote("WORKS", "COPPER", "IMPORT", { supply: "HIGH", tradeVolume: 60, bidCredits: 200 });
const OUTPUT = quote("WORKS", "ELECTRONICS", "EXPORT", { supply: "LIMITED", askCredits: 2_800, bidCredits: 1_300 });
const BUYER = quote("CITY", "ELECTRONICS", "IMPORT", { supply: "SCARCE", askCredits: 6_000, bidCredits: 2_900 });
const stage = (
  waypoint: string,
  [input, bidCredits]: readonly [string, number],
  [output, askCredits]: readonly [string, number],
) => [quote(waypoint, input, "IMPORT", { supply: "SCARCE", bidCredits }), quote(waypoint, output, "EXPORT", { askCredits })];
const world = (...quotes: readonly Quote[]) => worldOf(bookOf(...quotes), { chain: CHAIN });
const all = world(ORE, INPUT, COPPER, OUTPUT, BUYER);

describe("the least gain of a plain trade", () => {
  it("sells to a market that only eats while it pays its share of what it pays at rest", () => {
    const source = quote("E", "FOOD", "EXPORT", { supply: "ABUNDANT", askCredits: 100 });
    const rested = quote("I", "FOOD", "IMPORT", { supply: "SCARCE", bidCredits: 160 });
    const sold = { ...rested, supply: "HIGH" as const, bidCredits: Math.round(bidAfter(rested, 7 * rested.tradeVolume)) };
    const gainAt = ({ bidCredits }: typeof rested) => (bidCredits - source.askCredits) / source.askCredits;
    const wanted = leastGainShare(source, rested, all, gain);
    expect(wanted).toBeGreaterThan(gain.leastMargin);
    expect(gainAt(rested)).toBeGreaterThan(wanted);
    // What it pays at rest is told by its label, so the answer does not depend on how far it has been sold to.
    expect(leastGainShare(source, sold, all, gain)).toBeCloseTo(wanted, 1);
    expect(gainAt(sold)).toBeGreaterThan(0);
    expect(gainAt(sold)).toBeLessThan(wanted);
  });

  it("asks at least its margin where even at rest there is little to gain", () => {
    const source = quote("E", "FOOD", "EXPORT", { supply: "ABUNDANT", askCredits: 100 });
    const poor = quote("I", "FOOD", "IMPORT", { supply: "SCARCE", bidCredits: 105 });
    expect(leastGainShare(source, poor, all, gain)).toBe(gain.leastMargin);
  });

  it("feeds a factory that is short for less, and one that has enough only for more", () => {
    expect(leastGainShare(ORE, INPUT, all, gain)).toBe(gain.feedingMargin);
    expect(leastGainShare(ORE, { ...INPUT, supply: "MODERATE" }, all, gain)).toBe(gain.fedMargin);
    expect(feedsFactory(INPUT, all)).toBe(true);
    expect(feedsFactory(BUYER, all)).toBe(false);
  });
});

describe("the worth of feeding", () => {
  it("is the gain on the output that the only missing input makes possible, and a share of it while two are missing", () => {
    const alone = feedWorth(INPUT, all, feed);
    const both = feedWorth(INPUT, world(ORE, INPUT, { ...COPPER, supply: "SCARCE" }, OUTPUT, BUYER), feed);
    expect(alone.creditsPerUnit).toBeGreaterThan(0);
    expect(both.creditsPerUnit).toBeCloseTo(alone.creditsPerUnit / 2);
    // Never more than its share of the whole gain: one volume of the output for one of the input.
    expect(alone.creditsPerUnit * 60).toBeLessThan(feed.share * (BUYER.bidCredits - 0.5 * OUTPUT.askCredits) * 20);
  });

  it("is nothing where the input is there, is on its way, or its output is ABUNDANT", () => {
    expect(feedWorth({ ...INPUT, supply: "HIGH" }, all, feed)).toEqual({ units: 0, creditsPerUnit: 0 });
    const coming = { waypoint: "WORKS", good: "SILICON_CRYSTALS", side: "sell" as const, units: 400 };
    expect(feedWorth(INPUT, { ...all, commitments: [coming] }, feed).units).toBe(0);
    const full = world(ORE, INPUT, COPPER, { ...OUTPUT, supply: "ABUNDANT" }, BUYER);
    expect(feedWorth(INPUT, full, feed).creditsPerUnit).toBe(0);
  });

  it("counts what the output is worth where it is an input itself, and ends on a cyclic map", () => {
    const radio = quote("CITY", "RADIOS", "EXPORT", { supply: "LIMITED", askCredits: 9_000 });
    const listener = quote("TOWN", "RADIOS", "IMPORT", { supply: "SCARCE", bidCredits: 30_000 });
    const longer = world(ORE, INPUT, COPPER, OUTPUT, BUYER, radio, listener);
    expect(feedWorth(INPUT, longer, feed).creditsPerUnit).toBeGreaterThan(feedWorth(INPUT, all, feed).creditsPerUnit);
    expect(feedWorth(INPUT, longer, { ...feed, levels: 1 })).toEqual(feedWorth(INPUT, all, { ...feed, levels: 1 }));
    const cyclic = { ...longer, chain: { ...CHAIN, SILICON_CRYSTALS: ["RADIOS"] } };
    expect(feedWorth(INPUT, cyclic, feed).creditsPerUnit).toBeGreaterThan(0);
  });

  it("is the same in whatever order a market lists its goods, also where one buyer is met on two levels", () => {
    const chain = { FOIL: ["GOLD"], CHIPS: ["GOLD", "FOIL"], PHONES: ["CHIPS"], NETS: ["PHONES"] };
    const gold = quote("W", "GOLD", "IMPORT", { supply: "SCARCE", bidCredits: 100 });
    const foil = quote("W", "FOIL", "EXPORT", { askCredits: 200 });
    const chips = quote("W", "CHIPS", "EXPORT", { askCredits: 500 });
    // GOLD → CHIPS → PHONES counts NETS, GOLD → FOIL → CHIPS → PHONES does not: both end at the same buyer of CHIPS.
    const others = [
      ...stage("B", ["FOIL", 400], ["CHIPS", 500]),
      ...stage("V", ["CHIPS", 900], ["PHONES", 1_000]),
      ...stage("T", ["PHONES", 2_000], ["NETS", 3_000]),
      quote("U", "NETS", "IMPORT", { supply: "SCARCE", bidCredits: 9_000 }),
    ];
    const worth = (...here: readonly Quote[]) => feedWorth(gold, worldOf(bookOf(gold, ...here, ...others), { chain }), feed);
    expect(worth(foil, chips).creditsPerUnit).toBeGreaterThan(0);
    expect(worth(foil, chips)).toEqual(worth(chips, foil));
  });

  it("sends a ship with an input whose own gain would not pay the way, by what its factory gains", () => {
    const small = worldOf(all.book, { chain: CHAIN, hull: { speed: 36, fuelCapacity: 400, cargoCapacity: 40 } });
    const feeding = (share: number) => {
      const plan = { ...DEFAULT_PLAN_POLICY, feed: { ...feed, share } };
      return findOpportunities(small, { ...DEFAULT_OPPORTUNITY_POLICY, plan }).opportunities.find(
        ({ id }) => id === "trade:SILICON_CRYSTALS",
      );
    };
    expect(feeding(0)).toBeUndefined();
    expect(feeding(feed.share)?.plan.feedWorthCredits).toBeGreaterThan(0);
    const profitCredits = feeding(feed.share)?.plan.economics.profitCredits;
    expect(profitCredits).toBeGreaterThanOrEqual(0);
    expect(profitCredits).toBeLessThan(DEFAULT_PLAN_POLICY.minProfitCredits);
  });

  it("lets a ship burn for an input that its factory is worth the time to, and for its own gain only where that pays", () => {
    const places = waypointsOf(waypoint("MINE", 0, 0), waypoint("WORKS", 190, 0), waypoint("CITY", 200, 0));
    const feeding = (share: number) => tradeOf(all.book, { places }, share);
    expect(feeding(0).tasks).toMatchObject([{ allowBurn: false, expected: { fuelCredits: 137 } }]);
    const { tasks, economics, feedWorthCredits } = feeding(feed.share);
    expect(tasks).toMatchObject([{ allowBurn: true, expected: { fuelCredits: 274 } }]);
    // It ranks by what it is worth as a whole, and has nothing to spare on longer ways, for it earns nothing itself.
    expect(economics.profitCredits).toBeLessThan(0);
    expect(economics.creditsPerShipSecond).toBe((economics.profitCredits + feedWorthCredits) / economics.shipSeconds);
    expect(spareFuelCredits({ economics, tasks })).toBe(0);
  });

  it("is that of the units which the factory is short of, and of no more than are brought", () => {
    const { book } = world(ORE, { ...INPUT, bidCredits: 200 }, COPPER, OUTPUT, BUYER);
    const { creditsPerUnit } = feedWorth(INPUT, all, feed);
    const alone = tradeOf(book);
    expect(alone.units).toBe(40);
    expect(alone.feedWorthCredits).toBe(Math.round(40 * creditsPerUnit));
    // Of 210 that it is short of 200 are on their way.
    const coming = { waypoint: "WORKS", good: "SILICON_CRYSTALS", side: "sell" as const, units: 200 };
    const last = tradeOf(book, { commitments: [coming] });
    expect(last.units).toBeGreaterThan(10);
    expect(last.feedWorthCredits).toBe(Math.round(10 * creditsPerUnit));
  });

  it("moves an input so cheap that its own gain would not pay the requests of a tranche", () => {
    const tranche = { tradeVolume: 20 };
    const { book } = world(
      { ...ORE, ...tranche, askCredits: 10 },
      { ...INPUT, ...tranche, bidCredits: 12 },
      COPPER,
      OUTPUT,
      BUYER,
    );
    expect(tradeOf(book).units).toBeGreaterThan(0);
    expect(() => tradeOf(book, {}, 0)).toThrow("nothingPays");
  });

  it("is nothing to a chain, which is judged by its own money", () => {
    const radio = quote("CITY", "RADIOS", "EXPORT", { supply: "LIMITED", askCredits: 9_000 });
    const listener = quote("TOWN", "RADIOS", "IMPORT", { supply: "SCARCE", bidCredits: 30_000 });
    const mine = quote("MINE", "COPPER", "EXPORT", { supply: "HIGH", tradeVolume: 60 });
    const { book } = world(
      ORE,
      INPUT,
      COPPER,
      { ...OUTPUT, supply: "MODERATE" },
      { ...BUYER, bidCredits: 6_000 },
      mine,
      radio,
      listener,
    );
    expect(feedWorth(BUYER, worldOf(book, { chain: CHAIN }), feed).creditsPerUnit).toBeGreaterThan(0);
    const policy = { ...DEFAULT_PLAN_POLICY, minDeliveryMargin: -1 };
    const made = { product: "ELECTRONICS", productMethod: "fabricate" as const, policy, world: worldOf(book, { chain: CHAIN }) };
    expect(planProduct(made)).toMatchObject({ outcome: "planned", plan: { kind: "fabricate", feedWorthCredits: 0 } });
  });

  it("makes up for a poor gain and for the fuel of the way, not for a loss on goods", () => {
    const economics = { ...planEconomics([], []), profitCredits: 1 };
    const worthCredits = 2 * DEFAULT_PLAN_POLICY.minProfitCredits;
    expect(objectionTo(economics, [], DEFAULT_PLAN_POLICY, 0, worthCredits)).toBeUndefined();
    const losing = { ...economics, profitCredits: -1, margin: -0.01 };
    expect(objectionTo(losing, [], DEFAULT_PLAN_POLICY, 0, worthCredits)).toEqual({
      reason: "marginTooLow",
      detail: "the whole chain earns -1 (-1.0 %) and is worth 1000 to the factory that it feeds, wanted 500 and 3.0 %",
    });
    const fuel = { ...losing, fuelCredits: 300 };
    expect(objectionTo({ ...fuel, profitCredits: -300 }, [], DEFAULT_PLAN_POLICY, 0, worthCredits)).toBeUndefined();
    expect(objectionTo({ ...fuel, profitCredits: -301 }, [], DEFAULT_PLAN_POLICY, 0, worthCredits)?.reason).toBe("marginTooLow");
    expect(objectionTo({ ...fuel, profitCredits: -300 }, [], DEFAULT_PLAN_POLICY, 0, 799)?.reason).toBe("marginTooLow");
    const thin = { ...economics, profitCredits: DEFAULT_PLAN_POLICY.minProfitCredits, margin: 0.029 };
    expect(objectionTo(thin, [], DEFAULT_PLAN_POLICY, 0)?.reason).toBe("marginTooLow");
    expect(objectionTo({ ...thin, margin: 0.03 }, [], DEFAULT_PLAN_POLICY, 0)).toBeUndefined();
    const tiny = { ...economics, profitCredits: -1, margin: -0.0001 };
    expect(objectionTo(tiny, [], DEFAULT_PLAN_POLICY, 0)?.detail).toBe("the whole chain earns -1 (0.0 %), wanted 500 and 3.0 %");
  });
});

/** The plan of carrying SILICON_CRYSTALS, whatever it earns. */
function tradeOf(book: MarketBook, change: Parameters<typeof worldOf>[1] = {}, share = feed.share): Plan {
  const policy = { ...DEFAULT_PLAN_POLICY, minProfitCredits: 1, minMargin: 0, feed: { ...feed, share } };
  const product = "SILICON_CRYSTALS";
  const result = planProduct({ product, policy, world: worldOf(book, { chain: CHAIN, ...change }) });
  if (result.outcome === "refused") throw new Error(`${result.reason}: ${result.detail}`);
  return result.plan;
}
