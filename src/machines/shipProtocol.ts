import type { MarketListing, Quote } from "../domain/market.ts";
import type { RouteLeg } from "../domain/route.ts";
import type { FlightMode, ShipState } from "../domain/ship.ts";

/**
 * What a ship hears, does and answers. Only the holder of the claim may command; every command carries an id and gets exactly one
 * answer: `ship.arrived`, `ship.traded` or `ship.commandFailed`.
 */
export interface Claim {
  readonly owner: string;
  readonly purpose: string;
  readonly sinceMs: number;
}

/** For the ledger: on whose behalf money moves. */
export interface Memo {
  readonly task: string;
  readonly pipeline: string | null;
}

export type ShipCommand = TravelCommand | TradeCommand;

interface TravelCommand {
  readonly kind: "travel";
  readonly commandId: string;
  readonly waypoint: string;
  /** Who pays for the fuel of the way; null once whoever asked for it has no claim any more. */
  readonly memo: Memo | null;
  /** Absent: it may. */
  readonly allowBurn?: boolean;
}

interface TradeCommand {
  readonly kind: "purchase" | "sell";
  readonly commandId: string;
  readonly waypoint: string;
  readonly good: string;
  /** At most one trade volume; the ship makes one request of it. */
  readonly units: number;
  readonly memo: Memo;
}

export type ShipEvent =
  | { readonly type: "ship.claim"; readonly claimant: string; readonly purpose: string }
  | { readonly type: "ship.transfer"; readonly from: string; readonly to: string; readonly purpose: string }
  /** `answer`: the claimant wants to hear `ship.released`, whether or not the ship was still its own. */
  | { readonly type: "ship.release"; readonly claimant: string; readonly reason: string; readonly answer?: boolean }
  /**
   * Everything at or below this address has been given up or stopped: a claim of theirs ends. `tell` is the pipeline that does not know
   * whether anything was bought, and waits for `pipeline.shipFreed`.
   */
  | { readonly type: "ship.ownersGone"; readonly address: string; readonly reason?: string; readonly tell?: string }
  | { readonly type: "ship.command"; readonly claimant: string; readonly command: ShipCommand }
  | { readonly type: "ship.observed"; readonly ship: ShipState; readonly sentAtMs: number }
  /** The game did not list it among our ships: look whether it is there at all. */
  | { readonly type: "ship.unlisted" };

/** A refusal as a job hands it to the machine: the part of the API's answer that decisions need. */
export interface Refusal {
  /** From the API's error table. */
  readonly name: string;
  readonly message: string;
}

/** How a mutating job ended. `unclear`: no evidence either way; the ship re-reads itself. */
export type Settled<Value> =
  | { readonly result: "ok"; readonly value: Value; readonly sentAtMs: number }
  | { readonly result: "refused"; readonly refusal: Refusal }
  | { readonly result: "unclear"; readonly detail: string };

export interface NavValue {
  readonly ship: Pick<ShipState, "nav" | "waypoint" | "arrivalAtMs" | "fuelUnits" | "flightMode" | "system">;
}

export interface RefuelValue {
  readonly agentCredits: number | undefined;
  readonly fuelUnits: number;
  readonly totalCredits: number;
}

export interface TradeValue {
  /** Unknown when the trade was reconciled from evidence. */
  readonly agentCredits: number | undefined;
  readonly ship: Pick<ShipState, "cargo" | "cargoUnits" | "cargoCapacity">;
  readonly units: number;
  readonly unitPriceCredits: number;
  readonly totalCredits: number;
  readonly atMs: number;
}

export interface ShipReading {
  readonly found: boolean;
  readonly ship: ShipState | undefined;
  readonly sentAtMs: number;
}

export interface HullOffer {
  readonly type: string;
  readonly askCredits: number;
  readonly speed: number;
  readonly cargoCapacity: number;
  readonly fuelCapacity: number;
}

export interface Observation {
  readonly waypoint: string;
  /** Absent where there is no market. */
  readonly listing: MarketListing | undefined;
  readonly quotes: readonly Quote[];
  /** Absent where there is no shipyard, or none of our ships to see its prices. */
  readonly hulls: readonly HullOffer[] | undefined;
  readonly atMs: number;
}

/** Inputs of the ship's jobs; each carries all that the port needs. */
export interface ShipJobInput {
  readonly ship: ShipState;
}
export interface NavigateInput extends ShipJobInput {
  readonly waypoint: string;
}
export interface FlightModeInput extends ShipJobInput {
  readonly mode: FlightMode;
}
export interface RefuelInput extends ShipJobInput {
  readonly memo: Memo | null;
}
export interface TradeInput extends ShipJobInput {
  readonly good: string;
  readonly units: number;
  readonly memo: Memo;
}
export interface RouteInput extends ShipJobInput {
  readonly waypoint: string;
  /** Absent: it may. */
  readonly allowBurn?: boolean;
}
export type PlannedRoute =
  | { readonly outcome: "route"; readonly legs: readonly RouteLeg[] }
  | { readonly outcome: "noRoute"; readonly detail: string };

/** Why a claim ends whose worker could not be brought back [R000-23]. */
export const TASK_RECOVERY = "task_recovery";

/** Why a claim ends whose worker an operator ended in its quarantine. */
export const DISMISSED = "dismissed";

/** Why work ends whose ship the game no longer knows. */
export const SHIP_DESTROYED = "the ship is destroyed";

/** To the pipeline `tell` of a worker that was given up: its ship is still buying for it, and `shipFreed` follows in any case. */
export function purchasePending(worker: string, tell: string) {
  return { type: "pipeline.purchasePending", child: worker.slice(tell.length + 1) };
}
/** To the pipeline `tell` of a worker that was given up: its ship has been taken back. */
export function shipFreed(worker: string, tell: string, hasCargo: boolean) {
  return { type: "pipeline.shipFreed", child: worker.slice(tell.length + 1), hasCargo };
}

/** What the claimant hears. */
export type ShipAnswer =
  | { readonly type: "ship.granted"; readonly ship: ShipState }
  | { readonly type: "ship.refused"; readonly symbol: string; readonly owner: string }
  | { readonly type: "ship.released"; readonly symbol: string }
  | {
      readonly type: "ship.arrived";
      readonly commandId: string;
      readonly ship: ShipState;
      readonly quotes: readonly Quote[];
      /** What the fuel burnt on the way has cost. */
      readonly fuelCredits: number;
    }
  | {
      readonly type: "ship.traded";
      readonly commandId: string;
      readonly side: "purchase" | "sell";
      readonly good: string;
      readonly units: number;
      readonly totalCredits: number;
      readonly ship: ShipState;
      /** Quotes of the market after the trade. */
      readonly quotes: readonly Quote[];
    }
  | {
      readonly type: "ship.commandFailed";
      readonly commandId: string;
      readonly reason: string;
      readonly detail: string;
      readonly ship: ShipState;
      readonly quotes: readonly Quote[];
      /** What the fuel burnt before it failed has cost. */
      readonly fuelCredits: number;
    }
  /**
   * `destroyed`: the game no longer knows it. Else its actor was given up, and may come back with ship and cargo. `fuelCredits`: burnt by
   * the command that gets no other answer.
   */
  | { readonly type: "ship.lost"; readonly symbol: string; readonly destroyed: boolean; readonly fuelCredits: number };
