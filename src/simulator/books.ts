/**
 * The books: append-only JSON lines, one per mutation, written before the mutation is applied and answered.
 *
 * Invariants: a torn last line was never answered and is cut off on opening; lines are numbered without gaps.
 */
import type { StockFlows } from "./tick.ts";
import type {
  AgentRecord,
  ClockState,
  HullSaleRecord,
  MarketGood,
  MarketRecord,
  ShipRecord,
  TransactionRecord,
  Universe,
  YardHull,
} from "./universe.ts";

/** A new value of one thing of the universe. Applying it again changes nothing. */
export type Put =
  | { put: "agent"; value: AgentRecord }
  | { put: "ship"; value: ShipRecord }
  | { put: "good"; waypoint: string; value: MarketGood }
  | { put: "transaction"; waypoint: string; value: TransactionRecord }
  | { put: "hull"; waypoint: string; value: YardHull }
  | { put: "hullSale"; waypoint: string; value: HullSaleRecord }
  | { put: "clock"; value: ClockState }
  | { put: "shipGone"; ship: string }
  | { put: "market"; value: MarketRecord }
  | { put: "maintenance"; value: NonNullable<Universe["maintenance"]> }
  /** The era that the maintenance promised begins, with this many ticks passed. */
  | { put: "era"; tick: number };

export interface BookLine {
  seq: number;
  type: "mutation" | "tick" | "supplyChanged" | "opened" | "closed";
  /** Game seconds since the universe began; exact milliseconds in `gameMs`. */
  gameTime: number;
  gameMs: number;
  wallTime: string;
  /** Of a mutation: what a replay has to put. */
  redo?: Put[];
  /** Of a tick: its number; of a supplyChanged: the economy tick that moved the label. */
  tick?: number;
  /** Of a tick: what it moved in the stock of each market's goods and, in hulls, of each shipyard. */
  markets?: Record<string, StockFlows>;
  yards?: Record<string, Record<string, number>>;
  waypoint?: string;
  good?: string;
  [detail: string]: unknown;
}
