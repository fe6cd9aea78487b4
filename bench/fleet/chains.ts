import type { ChainRecord } from "../virtual/chainLog.ts";

/** What a pipeline that has ended lost, as a share of what it paid; 0 where it gained or bought nothing, or is under way. */
export function lossShare({ endedAtMs, costCredits, revenueCredits }: ChainRecord): number {
  if (endedAtMs === null || costCredits === 0) return 0;
  return Math.max(0, (costCredits - revenueCredits) / costCredits);
}

export function worstLoss(chains: readonly ChainRecord[]): number {
  return chains.reduce((worst, chain) => Math.max(worst, lossShare(chain)), 0);
}
