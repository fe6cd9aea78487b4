import { describe, expect, it } from "vitest";
import type { SupplyLevel } from "../../src/domain/market.ts";
import { DEFAULT_OPPORTUNITY_POLICY, findOpportunities, type Opportunity } from "../../src/domain/opportunity.ts";
import type { PlanWorld } from "../../src/domain/plan.ts";
import { commitmentsOf } from "../../src/domain/planEconomics.ts";
import { askAfter, tranchesToHigh } from "../../src/domain/priceCurve.ts";
import { bookOf, NOW_MS, quote, waypoint, waypointsOf, worldOf } from "./fixtures/builders.ts";

const CHAIN = { CLOTHING: ["FABRICS"], FABRICS: ["FERTILIZERS"], FERTILIZERS: ["LIQUID_NITROGEN"] };
const PLACES = waypointsOf(waypoint("FARM", 0, 0), waypoint("MILL", 30, 0), waypoint("TAILOR", 60, 0), waypoint("CITY", 90, 0));

/** A system of four markets: fabrics are made at MILL, clothing at TAILOR, worn in CITY. */
function tiny(clothing: { supply: SupplyLevel; askCredits: number }, rest: Partial<PlanWorld> = {}): PlanWorld {
  const book = bookOf(
    quote("MILL", "FABRICS", "EXPORT", { tradeVolume: 60, supply: "HIGH", askCredits: 1_443, bidCredits: 690 }),
    quote("MILL", "FERTILIZERS", "IMPORT", { tradeVolume: 60, supply: "MODERATE", askCredits: 400, bidCredits: 195 }),
    quote("FARM", "FERTILIZERS", "EXPORT", { tradeVolume: 60, supply: "HIGH", askCredits: 190, bidCredits: 90 }),
    quote("TAILOR", "CLOTHING", "EXPORT", { ...clothing, bidCredits: 1_500 }),
    quote("TAILOR", "FABRICS", "IMPORT", { tradeVolume: 60, supply: "SCARCE", askCredits: 4_000, bidCredits: 1_960 }),
    quote("CITY", "CLOTHING", "IMPORT", { supply: "SCARCE", askCredits: 10_434, bidCredits: 5_128 }),
  );
  return worldOf(book, { chain: CHAIN, places: PLACES, creditsAvailable: 600_000, shipWaypoints: ["TAILOR"], ...rest });
}

describe("opportunities", () => {
  it("finds the plain trade first while the export is HIGH, and the chain once its label has fallen [R002-05] [R002-06] [R002-46]", () => {
    const rich = findOpportunities(tiny({ supply: "HIGH", askCredits: 3_200 }));
    expect(rich.opportunities[0]).toMatchObject({ id: "trade:CLOTHING" });
    expect(ids(rich.opportunities)).not.toContain("fabricate:CLOTHING");
    const drained = findOpportunities(tiny({ supply: "MODERATE", askCredits: 5_200 }));
    expect(ids(drained.opportunities)).not.toContain("trade:CLOTHING");
    const chain = drained.opportunities.find(({ id }) => id === "fabricate:CLOTHING");
    expect(chain?.plan.tasks.map((task) => task.type)).toContain("ACQUIRE_DELIVER");
    expect(chain?.plan.economics.profitCredits).toBeGreaterThan(0);
    expect(chain?.plan.root).toMatchObject({ method: "FABRICATE", children: [{ good: "FABRICS", method: "BUY" }] });
  });

  it("expects the price of a fed factory below the price before", () => {
    const before = quote("TAILOR", "CLOTHING", "EXPORT", { supply: "MODERATE", askCredits: 5_200 });
    const chain = findOpportunities(tiny({ supply: "MODERATE", askCredits: 5_200 })).opportunities.find(
      ({ id }) => id === "fabricate:CLOTHING",
    );
    const sale = chain?.plan.tasks.at(-1);
    const perUnit = (sale?.expected.costCredits ?? 0) / (sale?.units ?? 1);
    expect(perUnit).toBeLessThan(before.askCredits);
    expect(perUnit).toBeGreaterThan(askAfter(before, -tranchesToHigh(before) * before.tradeVolume) - 1);
  });

  it("ranks by profit per ship-second and says why the rest was refused", () => {
    const { opportunities, refused } = findOpportunities(tiny({ supply: "HIGH", askCredits: 3_200 }));
    const rates = opportunities.map(({ rate }) => rate);
    expect(rates).toEqual([...rates].sort((a, b) => b - a));
    expect(refused.map(({ way, result }) => [way.kind, result])).toContainEqual([
      "fabricate",
      expect.objectContaining({ product: "CLOTHING", reason: "alreadyHigh" }),
    ]);
    expect(refused.map(({ result }) => result.outcome === "refused" && result.detail !== "")).not.toContain(false);
  });

  it("keeps to HIGH sources in seed selection [R002-09]", () => {
    const world = tiny({ supply: "MODERATE", askCredits: 3_200 });
    const seed = { ...DEFAULT_OPPORTUNITY_POLICY, plan: { ...DEFAULT_OPPORTUNITY_POLICY.plan, selection: "seed" as const } };
    expect(ids(findOpportunities(world).opportunities)).toContain("trade:CLOTHING");
    expect(ids(findOpportunities(world, seed).opportunities)).not.toContain("trade:CLOTHING");
  });

  it("halves the worth of a quote over its half-life", () => {
    const world = tiny({ supply: "HIGH", askCredits: 3_200 });
    const later = { ...world, nowMs: NOW_MS + DEFAULT_OPPORTUNITY_POLICY.quoteHalfLifeMs };
    const [fresh, stale] = [findOpportunities(world).opportunities[0], findOpportunities(later).opportunities[0]];
    expect(stale?.confidence).toBeCloseTo(0.5);
    expect(stale?.rate).toBeCloseTo((fresh?.rate ?? 0) / 2);
  });

  it("counts what running pipelines will still buy and sell", () => {
    const world = tiny({ supply: "HIGH", askCredits: 3_200 });
    const best = findOpportunities(world).opportunities[0];
    const commitments = best ? commitmentsOf(best.plan) : [];
    const next = findOpportunities({ ...world, commitments }).opportunities.find(({ id }) => id === "trade:CLOTHING");
    expect(commitments).toHaveLength(2);
    expect(next?.plan.economics.profitCredits ?? 0).toBeLessThan(best?.plan.economics.profitCredits ?? 0);
  });

  it("spends no more than there is", () => {
    for (const { plan } of findOpportunities(tiny({ supply: "HIGH", askCredits: 3_200 }, { creditsAvailable: 20_000 }))
      .opportunities) {
      expect(plan.economics.capitalCredits).toBeLessThanOrEqual(20_000);
    }
  });
});

function ids(opportunities: readonly Opportunity[]): readonly string[] {
  return opportunities.map(({ id }) => id);
}
