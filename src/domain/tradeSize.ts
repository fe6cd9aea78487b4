/** How many units one transaction takes [R002-22 to R002-29]. 0 means "not now" with a reason, never a request. */
import type { SupplyLevel } from "./market.ts";

export interface TradeSizeInput {
  /** Free hold, not capacity. */
  readonly freeCargoUnits: number;
  /** Units still wanted; 0 or absent fills the hold [R002-23]. What keeps a factory's inputs balanced is in the plan's target [R002-28]. */
  readonly targetUnits?: number;
  readonly tradeVolume: number;
  readonly supply: SupplyLevel | undefined;
  readonly askCredits: number;
  /** What may be spent: live credits minus reservations and floor. */
  readonly creditsAvailable: number;
}

type Limit = "cargo" | "target" | "tradeVolume" | "supply" | "credits";

export interface TradeSize {
  readonly units: number;
  /** Set when `units` is 0: why nothing is bought now. */
  readonly reason: string | undefined;
}

/** The share of the trade volume that one transaction takes at most, by the market's supply [R002-25]. */
export interface TradeSizePolicy {
  readonly supplyShare: Readonly<Record<SupplyLevel, number>>;
  readonly unknownSupplyShare: number;
}

export const DEFAULT_TRADE_SIZE: TradeSizePolicy = {
  supplyShare: { ABUNDANT: 0.8, HIGH: 0.6, MODERATE: 0.4, LIMITED: 0.2, SCARCE: 0.1 },
  unknownSupplyShare: 0.4,
};

/** min(free cargo, target, tradeVolume, floor(tradeVolume × supply multiplier), floor(credits / ask)); of equal caps the first in this order is the reason. */
export function tradeSize(input: TradeSizeInput, policy: TradeSizePolicy = DEFAULT_TRADE_SIZE): TradeSize {
  const caps: [Limit, number][] = [["cargo", input.freeCargoUnits]];
  if (input.targetUnits !== undefined && input.targetUnits > 0) caps.push(["target", input.targetUnits]);
  if (input.tradeVolume > 0) caps.push(["tradeVolume", input.tradeVolume]);
  caps.push(["supply", supplyLimit(input.tradeVolume, input.supply, policy)]);
  if (input.creditsAvailable <= 0) caps.push(["credits", 0]);
  else if (input.askCredits > 0) caps.push(["credits", input.creditsAvailable / input.askCredits]);

  let limitedBy: Limit = "cargo";
  let units = Number.POSITIVE_INFINITY;
  for (const [name, cap] of caps) {
    const whole = Math.max(0, Math.floor(cap));
    if (whole < units) [limitedBy, units] = [name, whole];
  }
  return { units, reason: units > 0 ? undefined : zeroReason(limitedBy, input) };
}

/** floor(tradeVolume × multiplier of the label); products like 20 × 0.6 are exact before the floor. */
export function supplyLimit(
  tradeVolume: number,
  supply: SupplyLevel | undefined,
  policy: TradeSizePolicy = DEFAULT_TRADE_SIZE,
): number {
  const share = supply === undefined ? policy.unknownSupplyShare : policy.supplyShare[supply];
  return Math.floor((Math.max(0, tradeVolume) * Math.round(share * 100)) / 100);
}

function zeroReason(limit: Limit, input: TradeSizeInput): string {
  switch (limit) {
    case "cargo":
      return "no free cargo space";
    case "target":
      return "nothing more is wanted";
    case "tradeVolume":
    case "supply":
      return `supply ${input.supply ?? "unknown"} at trade volume ${input.tradeVolume} allows no unit now`;
    case "credits":
      return `${input.creditsAvailable} credits buy no unit at ${input.askCredits}`;
  }
}
