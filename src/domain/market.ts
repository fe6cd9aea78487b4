/** Market vocabulary. `ask` is what we pay, `bid` what we receive (the API's purchasePrice and sellPrice). */
export type SupplyLevel = "SCARCE" | "LIMITED" | "MODERATE" | "HIGH" | "ABUNDANT";
export type ActivityLevel = "WEAK" | "GROWING" | "STRONG" | "RESTRICTED";
export type TradeType = "EXPORT" | "IMPORT" | "EXCHANGE";

export interface Quote {
  readonly waypoint: string;
  readonly good: string;
  readonly type: TradeType;
  readonly tradeVolume: number;
  readonly supply: SupplyLevel;
  /** Absent on EXCHANGE goods. */
  readonly activity: ActivityLevel | undefined;
  readonly askCredits: number;
  readonly bidCredits: number;
  readonly observedAtMs: number;
}

/** What a market trades at all; known from afar, without prices. */
export interface MarketListing {
  readonly waypoint: string;
  readonly exports: readonly string[];
  readonly imports: readonly string[];
  readonly exchange: readonly string[];
}

const SUPPLY_RANK: Readonly<Record<SupplyLevel, number>> = { SCARCE: 1, LIMITED: 2, MODERATE: 3, HIGH: 4, ABUNDANT: 5 };

/** SCARCE 1 … ABUNDANT 5 [R002-66]. */
export function supplyRank(supply: SupplyLevel): number {
  return SUPPLY_RANK[supply];
}
