import { describe, expect, it } from "vitest";
import { chainLoss, type EndedLeg } from "../../src/domain/chainLoss.ts";

/** A delivery to a factory, planned at `planned` and carried out at `real` (cost and revenue). */
function delivery(
  planned: readonly [number, number],
  real: readonly [number, number],
  rest: Partial<EndedLeg["task"]> = {},
): EndedLeg {
  return {
    planned: { units: 40, feedsGood: "CLOTHING", expected: { ...expected(planned) } },
    task: {
      status: "COMPLETED",
      actualUnits: 40,
      totalCostCredits: real[0],
      totalRevenueCredits: real[1],
      fuelCredits: 0,
      ...rest,
    },
  };
}

function expected([costCredits, revenueCredits]: readonly [number, number]) {
  return { costCredits, revenueCredits, fuelCredits: 0, shipSeconds: 100, requests: 10 };
}

describe("the kill switch of a chain", () => {
  it("stops a chain that has lost more than five percent of its cost, and not at five", () => {
    expect(
      chainLoss([delivery([9_000, 9_500], [10_000, 9_500])], { costCredits: 10_000, spareFuelCredits: 0 }, 0.05),
    ).toBeUndefined();
    expect(chainLoss([delivery([9_000, 9_500], [10_000, 9_499])], { costCredits: 10_000, spareFuelCredits: 0 }, 0.05)).toBe(
      "realised loss of 501 credits, more than 5.0 % of its cost of 10000",
    );
  });

  it("lets a half-done chain go on: what was planned to be lost at the factory's door is in its product", () => {
    const planned = delivery([10_000, 6_000], [10_000, 6_000]);
    expect(chainLoss([planned], { costCredits: 20_000, spareFuelCredits: 0 }, 0.05)).toBeUndefined();
    expect(
      chainLoss(
        [{ ...planned, planned: { ...planned.planned, feedsGood: undefined } }],
        { costCredits: 20_000, spareFuelCredits: 0 },
        0.05,
      ),
    ).toContain("4000");
    expect(chainLoss([delivery([10_000, 6_000], [10_000, 4_900])], { costCredits: 20_000, spareFuelCredits: 0 }, 0.05)).toContain(
      "1100",
    );
  });

  it("counts as invested only what came to the factory", () => {
    const half = { actualUnits: 20 };
    expect(
      chainLoss([delivery([10_000, 6_000], [5_000, 3_000], half)], { costCredits: 10_000, spareFuelCredits: 0 }, 0.05),
    ).toBeUndefined();
    expect(
      chainLoss([delivery([10_000, 6_000], [5_000, 2_400], half)], { costCredits: 10_000, spareFuelCredits: 0 }, 0.05),
    ).toContain("600");
    expect(
      chainLoss(
        [delivery([10_000, 6_000], [5_000, 3_000], { status: "CANCELLED" })],
        { costCredits: 10_000, spareFuelCredits: 0 },
        0.05,
      ),
    ).toContain("2000");
  });

  it("counts fuel as a loss, but for what of it was planned at a factory's door and paid", () => {
    const fuelled = (plannedCredits: number, fuelCredits: number): EndedLeg => {
      const leg = delivery([10_000, 9_800], [10_000, 9_500], { fuelCredits });
      return { ...leg, planned: { ...leg.planned, expected: { ...leg.planned.expected, fuelCredits: plannedCredits } } };
    };
    expect(chainLoss([fuelled(0, 200)], { costCredits: 10_000, spareFuelCredits: 0 }, 0.05)).toBeUndefined();
    expect(chainLoss([fuelled(0, 201)], { costCredits: 10_000, spareFuelCredits: 0 }, 0.05)).toContain("501");
    expect(chainLoss([fuelled(144, 345)], { costCredits: 10_000, spareFuelCredits: 0 }, 0.05)).toContain("501");
    expect(chainLoss([fuelled(144, 344)], { costCredits: 10_000, spareFuelCredits: 0 }, 0.05)).toBeUndefined();
    // Full tanks: fuel that was planned and not paid excuses no other loss.
    expect(chainLoss([fuelled(1_000, 0)], { costCredits: 10_000, spareFuelCredits: 0 }, 0.009)).toContain("300");
    expect(chainLoss([fuelled(144, 444)], { costCredits: 10_000, spareFuelCredits: 100 }, 0.05)).toBeUndefined();
    expect(chainLoss([fuelled(144, 445)], { costCredits: 10_000, spareFuelCredits: 100 }, 0.05)).toContain("501");
    const product = fuelled(144, 201);
    expect(
      chainLoss(
        [{ ...product, planned: { ...product.planned, feedsGood: undefined } }],
        { costCredits: 10_000, spareFuelCredits: 0 },
        0.05,
      ),
    ).toContain("701");
  });

  it("excuses the fuel of a trade that has fed a factory by what that is worth, and no loss on its goods", () => {
    const leg = delivery([4_000, 4_400], [4_000, 4_300], { fuelCredits: 1_000 });
    const trade = { ...leg, planned: { ...leg.planned, feedsGood: undefined } };
    expect(chainLoss([trade], { costCredits: 4_000, spareFuelCredits: 0 }, 0.05)).toContain("700");
    expect(chainLoss([trade], { costCredits: 4_000, feedWorthCredits: 500, spareFuelCredits: 0 }, 0.05)).toBeUndefined();
    expect(chainLoss([trade], { costCredits: 4_000, feedWorthCredits: 499, spareFuelCredits: 0 }, 0.05)).toContain("201");
    const dear = delivery([4_000, 4_400], [4_000, 3_700], { fuelCredits: 100 });
    expect(chainLoss([dear], { costCredits: 4_000, feedWorthCredits: 9_000, spareFuelCredits: 0 }, 0.05)).toContain("300");
  });

  it("measures a loss by what was paid where that is more than was planned, and by the plan where it is less", () => {
    const plan = { costCredits: 10_000, spareFuelCredits: 0 };
    const trade = (cost: number, revenue: number) => {
      const leg = delivery([0, 0], [cost, revenue]);
      return { ...leg, planned: { ...leg.planned, feedsGood: undefined } };
    };
    expect(chainLoss([trade(20_000, 19_000)], plan, 0.05)).toBeUndefined();
    expect(chainLoss([trade(20_000, 18_999)], plan, 0.05)).toContain("more than 5.0 % of its cost of 20000");
    expect(chainLoss([trade(5_000, 4_500)], plan, 0.05)).toBeUndefined();
    expect(chainLoss([trade(5_000, 4_499)], plan, 0.05)).toContain("more than 5.0 % of its cost of 10000");
  });

  it("spares a delivery fuel by what of it came, and excuses none by what came beyond its plan", () => {
    const burning = (actualUnits: number, fuelCredits: number) => {
      const leg = delivery([10_000, 10_000], [10_000, 10_000], { actualUnits, fuelCredits });
      return { ...leg, planned: { ...leg.planned, expected: { ...leg.planned.expected, fuelCredits: 400 } } };
    };
    const plan = { costCredits: 10_000, spareFuelCredits: 600 };
    // Half of 400 planned and 600 to spare, and the 500 that it may lose.
    expect(chainLoss([burning(20, 1_000)], plan, 0.05)).toBeUndefined();
    expect(chainLoss([burning(20, 1_001)], plan, 0.05)).toContain("501");
    expect(chainLoss([burning(80, 1_500)], plan, 0.05)).toBeUndefined();
    expect(chainLoss([burning(80, 1_501)], plan, 0.05)).toContain("501");
  });

  it("sets gains of one leg against losses of another, over all that was spent", () => {
    const gain = delivery([1_000, 1_500], [1_000, 2_000]);
    const loss = delivery([10_000, 10_500], [10_000, 8_600]);
    expect(chainLoss([loss], { costCredits: 10_000, spareFuelCredits: 0 }, 0.05)).toContain("1400");
    expect(chainLoss([loss, gain], { costCredits: 10_000, spareFuelCredits: 0 }, 0.05)).toBeUndefined();
    expect(chainLoss([], { costCredits: 0, spareFuelCredits: 0 }, 0.05)).toBeUndefined();
  });
});
