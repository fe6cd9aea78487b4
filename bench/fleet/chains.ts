import type { ChainRecord } from "../virtual/chainLog.ts";

/** What a pipeline has earned so far. */
export function netCredits({ costCredits, revenueCredits, fuelCredits }: ChainRecord): number {
  return revenueCredits - costCredits - fuelCredits;
}

/** What a pipeline that has ended lost, fuel and all, as a share of what it paid for goods; 0 where it gained or bought nothing, or is under way. */
export function lossShare(chain: ChainRecord): number {
  if (chain.endedAtMs === null || chain.costCredits === 0) return 0;
  return Math.max(0, -netCredits(chain) / chain.costCredits);
}

export function worstLoss(chains: readonly ChainRecord[]): number {
  return chains.reduce((worst, chain) => Math.max(worst, lossShare(chain)), 0);
}
