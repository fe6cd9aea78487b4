import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { feeding } from "../../bench/feedingCharts.ts";
import { priceImpact } from "../../bench/priceImpactCharts.ts";
import { recovery } from "../../bench/recoveryCharts.ts";
import { figure } from "../../bench/svgChart.ts";

const IMAGES = join(import.meta.dirname, "../../docs/images");

describe("the plots of docs/economy.md", () => {
  it.each([
    ["price-impact", priceImpact],
    ["recovery", recovery],
    ["feeding", feeding],
  ] as const)("show the economy as it is: %s is what npm run docs:economy-plots draws [E1] [E3] [E4]", (name, charts) => {
    expect(readFileSync(join(IMAGES, `economy-${name}.svg`), "utf8")).toBe(figure(charts()));
  });

  it("put the curve through every logged purchase to a half percent, and through every logged sale to 4 % of the first [E1]", () => {
    const [buying, selling] = priceImpact();
    for (const [chart, tolerance] of [
      [buying, 0.005 * 498],
      [selling, 0.04 * 40_214],
    ] as const) {
      const [simulated, logged] = chart?.series.map(({ points }) => points) ?? [];
      expect(logged?.length).toBeGreaterThan(8);
      logged?.forEach(([, price], n) => expect(Math.abs((simulated?.[n]?.[1] ?? 0) - price)).toBeLessThanOrEqual(tolerance));
    }
  });

  it("foretell the second purchase of the replayed ledger to 1 %, all of them to 10 % with inputs LIMITED, too cheap with MODERATE [E1] [E4]", () => {
    const [paid = [], moderate, limited] = recovery()[2]?.series.map(({ points }) => points) ?? [];
    const off = (points: typeof moderate) =>
      paid.map(([minute, price]) => (points?.find(([at]) => at === minute)?.[1] ?? Number.NaN) / price - 1);
    expect(paid).toHaveLength(9);
    expect(Math.abs(off(limited)[1] ?? 1)).toBeLessThan(0.01);
    for (const error of off(limited)) expect(Math.abs(error)).toBeLessThan(0.1);
    expect(Math.min(...off(moderate))).toBeLessThan(-0.1);
  });
});
