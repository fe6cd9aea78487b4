/**
 * The least gain a plain trade must bring, as a share of the ask.
 * A market recovers by so many trade volumes an hour however far it was moved, so what is sold into it cheaply now is paid for by every later
 * sale: a sink that only eats is sold to near its top. An input keeps its factory working, and what that makes is worth more than the input's own gain.
 */
import { feedsFactory } from "./feedWorth.ts";
import type { Quote } from "./market.ts";
import { isShortOf, restingAsk, restingBid } from "./priceCurve.ts";

export interface GainPolicy {
  /** Share of the ask that a trade must gain where it feeds no factory: prices move while a ship is on its way. */
  readonly leastMargin: number;
  /** For an input that its factory is short of (SCARCE or LIMITED: it stands still or works at half speed). */
  readonly feedingMargin: number;
  /** For an input that its factory has enough of. */
  readonly fedMargin: number;
  /** Share of what the same two markets would give when both are at rest. */
  readonly restShare: number;
}

export const DEFAULT_GAIN_POLICY: GainPolicy = { leastMargin: 0.15, feedingMargin: 0.1, fedMargin: 0.3, restShare: 0.6 };

/** Gain per unit as a share of the ask below which the two markets are left to recover. */
export function leastGainShare(
  source: Quote,
  sink: Quote,
  world: Parameters<typeof feedsFactory>[1],
  policy: GainPolicy,
): number {
  if (feedsFactory(sink, world)) return isShortOf(sink) ? policy.feedingMargin : policy.fedMargin;
  const ask = restingAsk(source);
  return Math.max(policy.leastMargin, (policy.restShare * (restingBid(sink) - ask)) / ask);
}
