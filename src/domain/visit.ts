/** One decision at a market with live quotes in view: buy or sell how much now, or stop and why. A visit goes on while the marginal tranche pays. */
import type { Quote } from "./market.ts";
import { bidAfter } from "./priceCurve.ts";
import { type TradeSizeInput, tradeSize } from "./tradeSize.ts";

export type VisitStep =
  | { readonly step: "trade"; readonly units: number }
  | { readonly step: "done"; readonly reason: VisitEnd; readonly detail: string };

export type VisitEnd =
  | "targetReached"
  | "holdFull"
  | "nothingAboard"
  | "supplyTooLow"
  | "noCredits"
  | "noLongerPays"
  | "bidTooLow"
  | "notTraded";

export interface BuyVisit {
  /** Live quote at the source. */
  readonly source: Quote;
  /** What the units will bring: the last quote of the sink; absent: buy whatever the ask (a feed whose chain was judged as a whole). */
  readonly sink: Quote | undefined;
  /** Units of the good aboard already: they are sold before the next tranche. */
  readonly unitsAboard: number;
  readonly freeCargoUnits: number;
  /** 0 fills the hold. */
  readonly targetUnits: number;
  readonly creditsAvailable: number;
  /** Least gain per unit for going on; 0 by default. Negative accepts a loss that the whole chain pays for. */
  readonly minGainPerUnitCredits?: number;
  readonly balancedUnits?: number;
}

/** An interrupted purchase goes on to its target: what is aboard counts [R002-107]. */
export function nextPurchase(visit: BuyVisit): VisitStep {
  const { source, sink, unitsAboard, targetUnits } = visit;
  if (source.type === "IMPORT") return { step: "done", reason: "notTraded", detail: `${source.waypoint} imports ${source.good}` };
  if (targetUnits > 0 && unitsAboard >= targetUnits)
    return { step: "done", reason: "targetReached", detail: `${unitsAboard} aboard` };
  if (visit.freeCargoUnits <= 0) return { step: "done", reason: "holdFull", detail: `${unitsAboard} aboard` };
  if (sink) {
    const gain = bidAfter(sink, unitsAboard) - source.askCredits;
    if (gain <= (visit.minGainPerUnitCredits ?? 0)) {
      return {
        step: "done",
        reason: "noLongerPays",
        detail: `ask ${source.askCredits}, expected bid ${Math.round(bidAfter(sink, unitsAboard))}`,
      };
    }
  }
  const size = tradeSize(sizeInput(visit));
  if (size.units > 0) return { step: "trade", units: size.units };
  return { step: "done", reason: size.limitedBy === "credits" ? "noCredits" : "supplyTooLow", detail: size.reason ?? "" };
}

export interface SellVisit {
  /** Live quote where the ship is. */
  readonly sink: Quote;
  readonly unitsAboard: number;
  /** Below this bid the rest is sold elsewhere; 0 sells at any price. */
  readonly minBidCredits: number;
}

/** At most one trade volume a transaction. */
export function nextSale(visit: SellVisit): VisitStep {
  const { sink, unitsAboard, minBidCredits } = visit;
  if (unitsAboard <= 0) return { step: "done", reason: "nothingAboard", detail: `no ${sink.good} aboard` };
  if (sink.bidCredits < minBidCredits) {
    return { step: "done", reason: "bidTooLow", detail: `bid ${sink.bidCredits}, wanted ${minBidCredits}` };
  }
  return { step: "trade", units: sink.tradeVolume > 0 ? Math.min(unitsAboard, sink.tradeVolume) : unitsAboard };
}

function sizeInput(visit: BuyVisit): TradeSizeInput {
  const { source, targetUnits, unitsAboard, balancedUnits } = visit;
  return {
    freeCargoUnits: visit.freeCargoUnits,
    ...(targetUnits > 0 ? { targetUnits: targetUnits - unitsAboard } : {}),
    ...(balancedUnits === undefined ? {} : { balancedUnits }),
    tradeVolume: source.tradeVolume,
    supply: source.supply,
    askCredits: source.askCredits,
    creditsAvailable: visit.creditsAvailable,
  };
}
