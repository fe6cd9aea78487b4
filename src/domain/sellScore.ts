/** The seed's score of a market to sell at [R002-30 to R002-39]: a filter and tie-break; ranking is by profit per ship-second. */
import type { ActivityLevel, Quote, SupplyLevel } from "./market.ts";
import { compareText } from "./quotes.ts";

export interface SellScore {
  readonly waypoint: string;
  readonly bidCredits: number;
  /** Two decimals by nature of the formula; not rounded. */
  readonly score: number;
}

export interface SellRejection {
  readonly waypoint: string;
  readonly reason: string;
}

export type SellSelection =
  | {
      readonly outcome: "found";
      readonly best: SellScore;
      readonly ranked: readonly SellScore[];
      readonly rejected: readonly SellRejection[];
    }
  | { readonly outcome: "none"; readonly message: string; readonly rejected: readonly SellRejection[] };

const ACTIVITY_SCORE: Readonly<Record<ActivityLevel, number>> = { WEAK: 100, RESTRICTED: 75, STRONG: 0, GROWING: 0 };
const SUPPLY_SCORE: Readonly<Record<SupplyLevel, number>> = { SCARCE: 100, LIMITED: 80, MODERATE: 60, HIGH: 40, ABUNDANT: 20 };
const CREDITS_PER_PRICE_POINT = 500;
const DEPTH_POINTS_PER_LEVEL = 10;

/** Highest score wins; ties go to the higher bid, then to the waypoint's name. */
export function selectSellMarket(good: string, candidates: readonly Quote[]): SellSelection {
  const rejected: SellRejection[] = [];
  const ranked: SellScore[] = [];
  for (const quote of candidates) {
    const reason = sellRefusal(good, quote);
    if (reason === undefined) ranked.push({ waypoint: quote.waypoint, bidCredits: quote.bidCredits, score: sellScore(quote) });
    else rejected.push({ waypoint: quote.waypoint, reason });
  }
  ranked.sort((a, b) => b.score - a.score || b.bidCredits - a.bidCredits || compareText(a.waypoint, b.waypoint));
  const best = ranked[0];
  if (!best) return { outcome: "none", message: `no valid sell markets for ${good}`, rejected };
  return { outcome: "found", best, ranked, rejected };
}

/** price × 0.4 + activity × 0.3 + supply × 0.2 (+ depth bonus × 0.1, which the planner gives) [R002-32]. */
export function sellScore(
  quote: Pick<Quote, "bidCredits" | "activity"> & { readonly supply: SupplyLevel | undefined },
  chainDepth = 0,
): number {
  const price = Math.min(100, quote.bidCredits / CREDITS_PER_PRICE_POINT);
  const activity = ACTIVITY_SCORE[quote.activity ?? "WEAK"];
  const supply = SUPPLY_SCORE[quote.supply ?? "MODERATE"];
  return price * 0.4 + activity * 0.3 + supply * 0.2 + depthBonus(chainDepth) * 0.1;
}

/** 10 per level of the chain, at most 100. */
function depthBonus(chainDepth: number): number {
  return Math.min(100, Math.max(0, chainDepth) * DEPTH_POINTS_PER_LEVEL);
}

/** Why a market is no place to sell; `undefined` when it is one [R002-31]. */
export function sellRefusal(good: string, quote: Quote): string | undefined {
  if (quote.good !== good) return `trades ${quote.good}, not ${good}`;
  if (quote.type !== "IMPORT") return `${quote.type} market, does not import ${good}`;
  const activity = quote.activity ?? "WEAK";
  if (activity === "STRONG" || activity === "GROWING") return `activity ${activity} is unstable`;
  return undefined;
}
