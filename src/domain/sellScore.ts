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

/** The figures of the score [R002-32 to R002-34]. */
export interface SellScorePolicy {
  readonly weights: { readonly price: number; readonly activity: number; readonly supply: number; readonly depth: number };
  readonly creditsPerPoint: number;
  readonly activityPoints: Readonly<Record<ActivityLevel, number>>;
  readonly supplyPoints: Readonly<Record<SupplyLevel, number>>;
  readonly depthPointsPerLevel: number;
}

export const DEFAULT_SELL_SCORE: SellScorePolicy = {
  weights: { price: 0.4, activity: 0.3, supply: 0.2, depth: 0.1 },
  creditsPerPoint: 500,
  activityPoints: { WEAK: 100, RESTRICTED: 75, STRONG: 0, GROWING: 0 },
  supplyPoints: { SCARCE: 100, LIMITED: 80, MODERATE: 60, HIGH: 40, ABUNDANT: 20 },
  depthPointsPerLevel: 10,
};
const MOST_POINTS = 100;

/** Highest score wins; ties go to the higher bid, then to the waypoint's name. */
export function selectSellMarket(
  good: string,
  candidates: readonly Quote[],
  policy: SellScorePolicy = DEFAULT_SELL_SCORE,
): SellSelection {
  const rejected: SellRejection[] = [];
  const ranked: SellScore[] = [];
  for (const quote of candidates) {
    const reason = sellRefusal(good, quote);
    if (reason === undefined)
      ranked.push({ waypoint: quote.waypoint, bidCredits: quote.bidCredits, score: sellScore(quote, 0, policy) });
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
  policy: SellScorePolicy = DEFAULT_SELL_SCORE,
): number {
  const { weights } = policy;
  const price = Math.min(MOST_POINTS, quote.bidCredits / policy.creditsPerPoint);
  const activity = policy.activityPoints[quote.activity ?? "WEAK"];
  const supply = policy.supplyPoints[quote.supply ?? "MODERATE"];
  const depth = Math.min(MOST_POINTS, Math.max(0, chainDepth) * policy.depthPointsPerLevel);
  return price * weights.price + activity * weights.activity + supply * weights.supply + depth * weights.depth;
}

/** Why a market is no place to sell; `undefined` when it is one [R002-31]. */
export function sellRefusal(good: string, quote: Quote): string | undefined {
  if (quote.good !== good) return `trades ${quote.good}, not ${good}`;
  if (quote.type !== "IMPORT") return `${quote.type} market, does not import ${good}`;
  const activity = quote.activity ?? "WEAK";
  if (activity === "STRONG" || activity === "GROWING") return `activity ${activity} is unstable`;
  return undefined;
}
