import type { MarketListing, Quote } from "../domain/market.ts";
import type { FlightMode, ShipState } from "../domain/ship.ts";
import type { Waypoint } from "../domain/waypoint.ts";

/** Order in the request scheduler when the rate limit is the bottleneck; waiting requests age upwards. */
export type RequestPriority = "reconcile" | "command" | "trade" | "observe" | "background";

export interface RequestOptions {
  readonly priority: RequestPriority;
  /** `x-request-id` of a mutating request: `<job>:<attempt>`. */
  readonly requestId?: string;
  /** Gives the place in the queue back. Ignored once `beforeSend` has been called. */
  readonly signal?: AbortSignal;
  /** Awaited after the scheduler grants the slot and just before the socket write; a rejection means nothing is sent. */
  readonly beforeSend?: () => Promise<void>;
}

/** Every answer is a value; a call rejects only when `beforeSend` rejects or the signal aborts. */
export type ApiOutcome<T> =
  | {
      readonly outcome: "ok";
      readonly value: T;
      readonly sentAtMs: number;
      readonly receivedAtMs: number;
      /** Items of a list that do not fit the schema; `value` has the others. Absent when all do. */
      readonly unreadable?: readonly UnreadableItem[];
    }
  /** The game said no (4xx with an error code). Nothing changed on the server. */
  | { readonly outcome: "refused"; readonly refusal: ApiRefusal }
  /** Weather: certainly not processed; try again not before `retryAfterMs` (G12). */
  | {
      readonly outcome: "unavailable";
      readonly reason: "rateLimited" | "network" | "server" | "maintenance" | "tokenRejected" | "eraOver" | "readOnly";
      readonly detail: string;
      readonly retryAfterMs: number;
    }
  /** A mutating request left us and no usable answer came: it may or may not have been processed. */
  | { readonly outcome: "unknown"; readonly detail: string; readonly sentAtMs: number }
  /** An answer that does not fit the schema; for a mutation the effect has happened. */
  | { readonly outcome: "malformed"; readonly operation: string; readonly field: string; readonly detail: string };

export interface UnreadableItem {
  /** Place in the whole list, counted from 0. */
  readonly index: number;
  readonly field: string;
  readonly detail: string;
}

interface ApiRefusal {
  readonly operation: string;
  readonly status: number;
  readonly code: number;
  /** Our name of the code from the error table, e.g. `insufficientFuel`. */
  readonly name: string;
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** The code speaks of ship, cargo, credits or contract state: re-read before going on (G11). */
  readonly restate: boolean;
}

export interface AgentState {
  readonly symbol: string;
  readonly credits: number;
  readonly headquarters: string;
  readonly shipCount: number;
}

export interface ServerStatus {
  readonly resetDate: string;
  /** Set by our simulator only: N game seconds pass per second. 1 for the real game. */
  readonly gameSpeed: number;
  readonly simulator: boolean;
}

export interface TradeResult {
  readonly agentCredits: number;
  readonly ship: Pick<ShipState, "cargo" | "cargoUnits" | "cargoCapacity">;
  readonly transaction: MarketTransaction;
}

export interface MarketTransaction {
  readonly waypoint: string;
  readonly ship: string;
  readonly good: string;
  readonly side: "PURCHASE" | "SELL";
  readonly units: number;
  readonly unitPriceCredits: number;
  readonly totalCredits: number;
  readonly atMs: number;
}

export interface MarketState {
  readonly listing: MarketListing;
  /** Empty when no ship of ours is there. */
  readonly quotes: readonly Quote[];
  readonly transactions: readonly MarketTransaction[];
}

export interface ShipyardState {
  readonly waypoint: string;
  readonly shipTypes: readonly string[];
  /** Empty when no ship of ours is there. */
  readonly hulls: readonly {
    readonly type: string;
    readonly askCredits: number;
    readonly speed: number;
    readonly cargoCapacity: number;
    readonly fuelCapacity: number;
  }[];
}

interface ShipPurchase {
  readonly agentCredits: number;
  readonly ship: ShipState;
  readonly priceCredits: number;
}

/** The game's answer to orbit and dock does not speak of fuel. */
interface PostureResult {
  readonly ship: Pick<ShipState, "nav" | "waypoint" | "arrivalAtMs" | "flightMode" | "system">;
}

export interface NavigateResult {
  readonly ship: Pick<ShipState, "nav" | "waypoint" | "arrivalAtMs" | "fuelUnits" | "flightMode" | "system">;
}

interface RefuelResult {
  readonly agentCredits: number;
  readonly fuelUnits: number;
  readonly totalCredits: number;
}

/** The operations bosun uses, one method each, named as the game names them. */
export interface SpaceApi {
  status(options: RequestOptions): Promise<ApiOutcome<ServerStatus>>;
  myAgent(options: RequestOptions): Promise<ApiOutcome<AgentState>>;
  /** All pages. */
  myShips(options: RequestOptions): Promise<ApiOutcome<readonly ShipState[]>>;
  ship(symbol: string, options: RequestOptions): Promise<ApiOutcome<ShipState>>;
  /** All pages. */
  waypoints(system: string, options: RequestOptions): Promise<ApiOutcome<readonly Waypoint[]>>;
  market(waypoint: string, options: RequestOptions): Promise<ApiOutcome<MarketState>>;
  shipyard(waypoint: string, options: RequestOptions): Promise<ApiOutcome<ShipyardState>>;
  /** exportToImportMap: good → its inputs. */
  supplyChain(options: RequestOptions): Promise<ApiOutcome<Readonly<Record<string, readonly string[]>>>>;
  orbit(ship: string, options: RequestOptions): Promise<ApiOutcome<PostureResult>>;
  dock(ship: string, options: RequestOptions): Promise<ApiOutcome<PostureResult>>;
  navigate(ship: string, waypoint: string, options: RequestOptions): Promise<ApiOutcome<NavigateResult>>;
  setFlightMode(ship: string, mode: FlightMode, options: RequestOptions): Promise<ApiOutcome<NavigateResult>>;
  /** `units` of ship fuel; fills up when absent. */
  refuel(ship: string, units: number | undefined, options: RequestOptions): Promise<ApiOutcome<RefuelResult>>;
  purchase(ship: string, good: string, units: number, options: RequestOptions): Promise<ApiOutcome<TradeResult>>;
  sell(ship: string, good: string, units: number, options: RequestOptions): Promise<ApiOutcome<TradeResult>>;
  purchaseShip(type: string, waypoint: string, options: RequestOptions): Promise<ApiOutcome<ShipPurchase>>;
  /** The request budget as `bosun status` shows it. */
  budget(): RequestBudget;
}

export interface RequestBudget {
  readonly queued: number;
  readonly sent: number;
  readonly rateLimited: number;
  readonly perSecondLimit: number;
  readonly usedLastMinute: number;
}
