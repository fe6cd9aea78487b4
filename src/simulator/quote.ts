/** What a market asks and pays right now, from its stock. */
import { importBidShare, priceMultiple, supplyLabel } from "./curve.ts";
import type { EconomyConstants } from "./economy.v1.ts";
import { gaussian } from "./random.ts";
import type { MarketGood, SupplyLabel, YardHull } from "./universe.ts";

export interface Quote {
  /** What a buyer pays per unit, credits. */
  askCredits: number;
  /** What a seller receives per unit, credits. */
  bidCredits: number;
  supply: SupplyLabel;
}

/** What the other traders need to know to shift a stock: who they are and when. */
export interface NoiseContext {
  constants: EconomyConstants;
  seed: number;
  tick: number;
  /** Markets whose noise stands still, and the tick whose noise they keep. */
  frozenAtTick?: ReadonlyMap<string, number>;
}

/** s as everyone sees it: the true stock plus what other traders borrow or lend this tick. EXCHANGE goods have none. */
export function visibleS(waypoint: string, good: MarketGood, at: NoiseContext): number {
  const s = good.stock / good.tradeVolume;
  const tick = at.frozenAtTick?.get(waypoint) ?? at.tick;
  if (good.kind === "EXCHANGE" || at.constants.noiseSigma === 0 || tick === 0) return s;
  const cutoff = at.constants.noiseCutoff;
  const sigmas = gaussian(at.seed, waypoint, good.good, tick);
  return s + at.constants.noiseSigma * Math.max(-cutoff, Math.min(cutoff, sigmas));
}

export function quoteOf(waypoint: string, good: MarketGood, at: NoiseContext): Quote {
  const s = visibleS(waypoint, good, at);
  return { ...pricesAt(good, s, at.constants), supply: supplyLabel(good.kind, s) };
}

/** Ask and bid at s. EXPORT: ask = P, bid ≈ 0.485 P. IMPORT: ask = 2 P and never below what it just paid, bid ≈ 0.97 P. EXCHANGE: a fixed mid with a spread. */
export function pricesAt(good: MarketGood, s: number, constants: EconomyConstants): { askCredits: number; bidCredits: number } {
  if (good.kind === "EXCHANGE") {
    const askCredits = Math.round(good.base + good.bidFactor);
    return { askCredits, bidCredits: Math.max(constants.bidFloorCredits, Math.round(good.base - good.bidFactor)) };
  }
  const price = good.base * priceMultiple(good.kind, s, constants);
  if (good.kind === "EXPORT") {
    const askCredits = Math.max(constants.exportFloorCredits, Math.round(price));
    const bid = price * constants.exportBidShare * good.bidFactor;
    return { askCredits, bidCredits: Math.max(constants.bidFloorCredits, Math.round(bid)) };
  }
  const mid = Math.max(constants.importFloorCredits, price);
  const paidVolumes = constants.importRebuyVolumes + 2 * constants.noiseSigma * constants.noiseCutoff;
  return {
    askCredits: Math.max(constants.importAskMultiple * Math.round(mid), importBid(good, s - paidVolumes, constants)),
    bidCredits: importBid(good, s, constants),
  };
}

function importBid(good: MarketGood, s: number, constants: EconomyConstants): number {
  const mid = Math.max(constants.importFloorCredits, good.base * priceMultiple("IMPORT", s, constants));
  return Math.max(constants.bidFloorCredits, Math.round(mid * importBidShare(s) * good.bidFactor));
}

/** Price of a hull: the EXPORT curve over the yard's stock of hulls. */
export function hullAsk(hull: YardHull, constants: EconomyConstants): { askCredits: number; supply: SupplyLabel } {
  const s = hull.stock / constants.hullTradeVolume;
  return { askCredits: Math.round(hull.base * priceMultiple("EXPORT", s, constants)), supply: supplyLabel("EXPORT", s) };
}
