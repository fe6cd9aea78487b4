/** How long the coordinator thinks: every opportunity over 50 markets and all 129 goods, most of which cannot be made at a profit. */
import type { Quote, SupplyLevel } from "../src/domain/market.ts";
import { findOpportunities } from "../src/domain/opportunity.ts";
import { bookOf, quote, worldOf } from "../test/domain/fixtures/builders.ts";
import { percentile, report, round } from "./benchReport.ts";

const GOODS = 129;
const MARKETS = 50;
const LEVELS: readonly SupplyLevel[] = ["SCARCE", "LIMITED", "MODERATE", "HIGH", "ABUNDANT"];
const ROUNDS = 30;

const goods = Array.from({ length: GOODS }, (_, n) => `GOOD_${n}`);
const chain = Object.fromEntries(goods.map((good, n) => [good, [`GOOD_${(n * 7 + 3) % GOODS}`, `GOOD_${(n * 5 + 1) % GOODS}`]]));
const world = worldOf(bookOf(...quotes()), { chain, shipWaypoints: ["M1", "M2", "M3"] });

for (let round = 0; round < 5; round += 1) findOpportunities(world);
const times = Array.from({ length: ROUNDS }, () => {
  const startedAt = performance.now();
  findOpportunities(world);
  return performance.now() - startedAt;
});
const p50 = percentile(times, 0.5);
report(
  "planning",
  [{ markets: MARKETS, goods: GOODS, opportunities: findOpportunities(world).opportunities.length, "p50 ms": round(p50) }],
  [{ name: "planning, p50 ms", measured: p50, reach: 50, better: "lower" }],
);

function quotes(): readonly Quote[] {
  const all = goods.flatMap((good, n) => [
    quote(`M${n % MARKETS}`, good, "EXPORT", { supply: LEVELS[n % 5] ?? "HIGH", askCredits: 1_000 + n }),
    quote(`M${(n + 13) % MARKETS}`, good, "IMPORT", { supply: LEVELS[n % 3] ?? "SCARCE", bidCredits: 1_700 + n }),
    ...(chain[good] ?? []).map((input) => quote(`M${n % MARKETS}`, input, "IMPORT", { supply: "LIMITED", bidCredits: 1_500 })),
  ]);
  return [...new Map(all.map((item) => [`${item.waypoint} ${item.good}`, item])).values()];
}
