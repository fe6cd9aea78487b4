import { describe, expect, it } from "vitest";
import { selectSellMarket, sellScore } from "../../src/domain/sellScore.ts";
import { quote } from "./fixtures/builders.ts";

const A1 = quote("A1", "LASER_RIFLES", "IMPORT", { bidCredits: 31_699, activity: "WEAK", supply: "LIMITED" });
const C2 = quote("C2", "LASER_RIFLES", "IMPORT", { bidCredits: 28_500, activity: "RESTRICTED", supply: "MODERATE" });
const B4 = quote("B4", "LASER_RIFLES", "IMPORT", { bidCredits: 35_000, activity: "GROWING", supply: "SCARCE" });
const D1 = quote("D1", "LASER_RIFLES", "IMPORT", { bidCredits: 25_000, activity: "WEAK", supply: "HIGH" });

describe("sell score", () => {
  it("chooses A1 in the worked example, with the scores of the formula [R002-36] [R002-37]", () => {
    const selection = selectSellMarket("LASER_RIFLES", [C2, B4, D1, A1]);
    if (selection.outcome !== "found") throw new Error(selection.message);
    expect(selection.best.waypoint).toBe("A1");
    expect(selection.ranked.map(({ waypoint, score }) => [waypoint, Number(score.toFixed(2))])).toEqual([
      ["A1", 71.36],
      ["D1", 58],
      ["C2", 57.3],
    ]);
  });

  it("does not let the highest price win where activity is unstable [R002-38] [R002-31]", () => {
    const selection = selectSellMarket("LASER_RIFLES", [A1, B4]);
    expect(selection.rejected).toEqual([{ waypoint: "B4", reason: "activity GROWING is unstable" }]);
    expect(selection).toMatchObject({ best: { waypoint: "A1" } });
  });

  it("takes a missing activity as WEAK and a missing supply as MODERATE [R002-31]", () => {
    const score = sellScore({ bidCredits: 25_000, activity: undefined, supply: undefined });
    expect(score).toBe(sellScore({ bidCredits: 25_000, activity: "WEAK", supply: "MODERATE" }));
    const silent = { ...D1, activity: undefined, supply: "MODERATE" } as const;
    expect(selectSellMarket("LASER_RIFLES", [silent])).toMatchObject({ best: { waypoint: "D1", score } });
  });

  it("caps the price score at 50,000 credits [R002-33]", () => {
    expect(sellScore({ ...A1, bidCredits: 90_000 })).toBe(sellScore({ ...A1, bidCredits: 50_000 }));
    expect(sellScore({ ...A1, bidCredits: 49_500 })).toBeLessThan(sellScore({ ...A1, bidCredits: 50_000 }));
  });

  it.each([
    ["SCARCE", 20],
    ["LIMITED", 16],
    ["MODERATE", 12],
    ["HIGH", 8],
    ["ABUNDANT", 4],
  ] as const)("weighs supply %s as %i points and a restricted market 22.5 [R002-10] [R002-34]", (supply, points) => {
    expect(sellScore({ bidCredits: 0, activity: "RESTRICTED", supply })).toBe(22.5 + points);
    for (const activity of ["STRONG", "GROWING"] as const) expect(sellScore({ bidCredits: 0, activity, supply })).toBe(points);
  });

  it("adds one point per level of the chain, at most ten [R002-32]", () => {
    expect(sellScore(A1, 2) - sellScore(A1)).toBeCloseTo(2);
    expect(sellScore(A1, 40) - sellScore(A1)).toBeCloseTo(10);
  });

  it("takes only markets that import the good [R002-30]", () => {
    const exporter = quote("E1", "LASER_RIFLES", "EXPORT", { bidCredits: 40_000 });
    const exchange = quote("X1", "LASER_RIFLES", "EXCHANGE", { bidCredits: 40_000 });
    expect(selectSellMarket("LASER_RIFLES", [exporter, exchange, D1])).toMatchObject({
      ranked: [{ waypoint: "D1" }],
      rejected: [{ waypoint: "E1" }, { waypoint: "X1" }],
    });
  });

  it("says that there is no valid market [R002-35]", () => {
    expect(selectSellMarket("LASER_RIFLES", [B4])).toMatchObject({
      outcome: "none",
      message: "no valid sell markets for LASER_RIFLES",
    });
  });

  it("uses the bid, not the ask [R002-39]", () => {
    expect(sellScore({ ...A1, bidCredits: 5_000 })).toBe(sellScore({ bidCredits: 5_000, activity: "WEAK", supply: "LIMITED" }));
    const low = { ...A1, waypoint: "Z1", askCredits: 99_999, bidCredits: 10 };
    expect(selectSellMarket("LASER_RIFLES", [low, D1])).toMatchObject({ best: { waypoint: "D1" } });
  });
});
