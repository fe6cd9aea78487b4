import { expect, it } from "vitest";
import type { SupplyLevel } from "../../src/domain/market.ts";
import { findOpportunities } from "../../src/domain/opportunity.ts";
import { bookOf, quote, worldOf } from "./fixtures/builders.ts";

const LEVELS: readonly SupplyLevel[] = ["SCARCE", "LIMITED", "MODERATE", "HIGH", "ABUNDANT"];

it("plans over 50 markets and 129 goods in under 50 ms", () => {
  const goods = Array.from({ length: 129 }, (_, n) => `GOOD_${n}`);
  const chain = Object.fromEntries(goods.map((good, n) => [good, [`GOOD_${(n * 7 + 3) % 129}`, `GOOD_${(n * 5 + 1) % 129}`]]));
  const quotes = goods.flatMap((good, n) => [
    quote(`M${n % 50}`, good, "EXPORT", { supply: LEVELS[n % 5] ?? "HIGH", askCredits: 1_000 + n }),
    quote(`M${(n + 13) % 50}`, good, "IMPORT", { supply: LEVELS[n % 3] ?? "SCARCE", bidCredits: 1_700 + n }),
    ...(chain[good] ?? []).map((input) => quote(`M${n % 50}`, input, "IMPORT", { supply: "LIMITED", bidCredits: 1_500 })),
  ]);
  const unique = [...new Map(quotes.map((item) => [`${item.waypoint} ${item.good}`, item])).values()];
  const world = worldOf(bookOf(...unique), { chain, shipWaypoints: ["M1", "M2", "M3"] });
  for (let round = 0; round < 3; round += 1) findOpportunities(world);
  const times = Array.from({ length: 5 }, () => {
    const startedAt = performance.now();
    expect(findOpportunities(world).opportunities.length).toBeGreaterThan(10);
    return performance.now() - startedAt;
  });
  expect(Math.min(...times)).toBeLessThan(50);
});
