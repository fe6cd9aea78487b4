import { describe, expect, it } from "vitest";
import { findOpportunities } from "../../src/domain/opportunity.ts";
import type { PlanWorld } from "../../src/domain/plan.ts";
import { askAfter } from "../../src/domain/priceCurve.ts";
import { type MarketBook, withQuotes } from "../../src/domain/quotes.ts";
import { worldOf } from "./fixtures/builders.ts";
import { sharedUniverse } from "./fixtures/sharedUniverse.ts";

const shared = sharedUniverse();

describe.skipIf(!shared)("the captured system X1-AD75 (skipped when the shared data is absent)", () => {
  it("offers a fresh agent profitable plain trades, since most exports start HIGH", () => {
    const { opportunities } = findOpportunities(world(shared?.book));
    expect(opportunities.length).toBeGreaterThan(10);
    for (const { plan } of opportunities) {
      expect(plan.kind).toBe("trade");
      expect(plan.economics.profitCredits + plan.feedWorthCredits).toBeGreaterThan(0);
      expect(plan.economics.capitalCredits).toBeLessThanOrEqual(175_000);
    }
    expect(opportunities[0]?.plan.economics.profitCredits).toBeGreaterThan(50_000);
  });

  it("offers chains once the exports have been drained to MODERATE", () => {
    const { opportunities } = findOpportunities(world(shared && drained(shared.book)));
    const chains = opportunities.filter(({ plan }) => plan.kind === "fabricate");
    expect(chains.length).toBeGreaterThan(5);
    for (const { plan } of chains) expect(plan.economics.margin).toBeGreaterThan(0);
  });
});

function world(book: MarketBook | undefined): PlanWorld {
  if (!shared || !book) throw new Error("no shared data");
  const markets = Object.keys(shared.book.listings);
  return worldOf(book, {
    places: shared.waypoints,
    chain: shared.chain,
    creditsAvailable: 175_000,
    shipWaypoints: markets.slice(0, 1),
  });
}

/** Every export three trade volumes poorer, as after some hours of plain trade. */
function drained(book: MarketBook): MarketBook {
  const quotes = Object.values(book.quotes).flatMap((goods) => Object.values(goods));
  const poorer = quotes
    .filter((quote) => quote.type === "EXPORT")
    .map((quote) => ({ ...quote, supply: "MODERATE" as const, askCredits: Math.round(askAfter(quote, 3 * quote.tradeVolume)) }));
  return withQuotes(book, poorer);
}
