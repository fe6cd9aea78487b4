import type { ScoutingOrder, ScoutingPlan, ScoutingRefusal, ShipTour } from "../domain/scouting.ts";
import type { Scope } from "./addresses.ts";
import type { ShipAnswer } from "./shipProtocol.ts";

/** What an operator's order is born with, remembers, hears, and asks its one job. */
export interface ScoutingInput {
  readonly scope: Scope;
  readonly order: ScoutingOrder;
}

export interface ScoutingContext {
  readonly scope: Scope;
  readonly address: string;
  readonly order: ScoutingOrder;
  readonly tours: readonly ShipTour[];
  readonly pauseMs: number;
  readonly revisitMs: number;
  readonly calculatedAtMs: number;
  /** Ships whose answer is awaited: to our claim, to our wish to borrow it, or to our giving it back. */
  readonly asked: Readonly<Record<string, "claim" | "loan" | "return">>;
  /** Ships that are ours, or have been handed to their tours. */
  readonly held: readonly string[];
  /** Ships whose own tour gave them up for this order. */
  readonly borrowed: readonly string[];
  /** Ships whose tour has not ended. */
  readonly touring: readonly string[];
  /** Ships whose tour has not begun yet. */
  readonly beginning: readonly string[];
  readonly refusals: readonly ScoutingRefusal[];
  /** What the operator is told; null while it is being decided. */
  readonly verdict: ScoutingVerdict | null;
}

type ScoutingVerdict =
  | { readonly outcome: "deployed"; readonly tours: readonly DeployedTour[] }
  | { readonly outcome: "refused"; readonly refusals: readonly ScoutingRefusal[] };

interface DeployedTour extends ShipTour {
  /** Address of the tour. */
  readonly container: string;
}

export type ScoutingEvent =
  /** The tour of this ship has the ship. */
  | { readonly type: "scouting.underWay"; readonly ship: string }
  /** An operator ended the tour of this ship in its quarantine. */
  | { readonly type: "scouting.tourDismissed"; readonly symbol: string }
  /** A tour has ended, or was given up. */
  | { readonly type: `xstate.done.actor.tour/${string}` }
  | { readonly type: `xstate.error.actor.tour/${string}` }
  | ShipAnswer;

export type ScoutingAnswer = ScoutingPlan & {
  /** Of each tour, wall milliseconds. */
  readonly pauseMs: number;
  readonly revisitMs: number;
  readonly calculatedAtMs: number;
};

export const tourOfShip = (scouting: string, ship: string): string => `${scouting}/tour/${ship}`;
