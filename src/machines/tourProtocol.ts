import type { ShipState } from "../domain/ship.ts";
import type { Scope } from "./addresses.ts";
import type { ShipAnswer } from "./shipProtocol.ts";

/** What a tour is born with, remembers, hears, and asks its one job. */
export interface TourInput {
  readonly scope: Scope;
  readonly ship: string;
  /** Visited in order, then the tour ends; null: for ever. */
  readonly stops: readonly string[] | null;
  /** Between two stops, wall milliseconds. */
  readonly pauseMs: number;
  /** Its round, for a tour that an operator ordered. Absent, and no stops either: whichever market needs eyes most. */
  readonly patrol?: Patrol;
}

/** A round that is flown again and again. */
export interface Patrol {
  readonly system: string;
  /** Closed: begins and ends with the same waypoint where it has more than one. */
  readonly order: readonly string[];
  readonly totalDistance: number;
  readonly algorithm: string;
  readonly calculatedAtMs: number;
  /** A market is looked at again only after so long, wall milliseconds. */
  readonly revisitMs: number;
}

export interface TourContext {
  readonly scope: Scope;
  readonly address: string;
  readonly symbol: string;
  readonly ship: ShipState | null;
  readonly stops: readonly string[] | null;
  readonly patrol: Patrol | null;
  readonly progress: PatrolProgress;
  /** The markets that a tour without a round looks after. */
  readonly share: readonly string[];
  /** Asked for by others: goes before everything else. */
  readonly errands: readonly string[];
  readonly next: string | null;
  readonly visits: number;
  /** Of the command whose answer is awaited; no other answer counts. */
  readonly commandId: string | null;
  readonly pauseMs: number;
  readonly failures: number;
  readonly startedAtMs: number;
  readonly holding: TourHolding;
  readonly ending: TourEnding | null;
  /** How often in a row the ship answered neither that it is claimed nor that it is given back. Absent before the first time. */
  readonly silences?: number;
}

/** `asking`: for the first time. `without`: another has the ship, or was lent it, and nothing is done here until it is back. */
type TourHolding = "asking" | "ship" | "without" | "lent";
/** `unanswered`: the ship did not answer its claim. */
export type TourEnding = "completed" | "stopped" | "refused" | "unanswered" | "lost";

export interface PatrolProgress {
  /** Index of the stop to visit next. */
  readonly at: number;
  readonly rounds: number;
  readonly visitedAtMs: Readonly<Record<string, number>>;
}

export type TourEvent =
  | { readonly type: "tour.visit"; readonly waypoint: string }
  /** An operator ends it. */
  | { readonly type: "tour.stop" }
  /** The ship goes to `to` for a time, in one step. */
  | { readonly type: "tour.lend"; readonly to: string }
  /** A ship that was lent is free again. */
  | { readonly type: "tour.takeBack" }
  | ShipAnswer;

export interface StopAnswer {
  /** Null: nowhere to go yet. */
  readonly waypoint: string | null;
  readonly share: readonly string[];
}

/** What the ship is told, and its claim's row says. */
export function releaseReason({ ending }: TourContext): string {
  return ending === "stopped" || ending === "unanswered" ? ending : "completed";
}

/** The different stops of a round. */
export function stopsOf({ order }: Patrol): readonly string[] {
  return order.length > 1 && order.at(0) === order.at(-1) ? order.slice(0, -1) : order;
}
