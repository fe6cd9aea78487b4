/** How workers and pipelines act once a plan has begun. */
import { DEFAULT_TRADE_SIZE, type TradeSizePolicy } from "./tradeSize.ts";

export interface WorkPolicy {
  /** A chain that has lost more than this share of its cost is stopped. */
  readonly maxLossShare: number;
  /** Attempts in all, of what the game refuses [R002-56]. */
  readonly maxRetries: number;
  readonly tradeSize: TradeSizePolicy;
}

export const DEFAULT_WORK_POLICY: WorkPolicy = { maxLossShare: 0.05, maxRetries: 3, tradeSize: DEFAULT_TRADE_SIZE };
