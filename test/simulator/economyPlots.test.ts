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

  it("keep the fed factory's prices in the replayed ledger between feeding MODERATE and LIMITED, to 4 % [E4]", () => {
    const replay = recovery()[2];
    const [paid, moderate, limited] = replay?.series.map(({ points }) => points) ?? [];
    for (const [minute, price] of paid ?? []) {
      const ask = (points: typeof paid) => points?.find(([at]) => at === minute)?.[1] ?? Number.NaN;
      expect(price).toBeGreaterThan(0.96 * Math.min(ask(moderate), ask(limited)));
      expect(price).toBeLessThan(1.04 * Math.max(ask(moderate), ask(limited)));
    }
  });
});
