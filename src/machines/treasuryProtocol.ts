import type { FleetPolicy } from "../domain/fleetPolicy.ts";
import type { ShipState } from "../domain/ship.ts";
import type { TreasuryState } from "../domain/treasury.ts";
import type { Scope } from "./addresses.ts";
import type { HullOffer } from "./shipProtocol.ts";

/** What the purse is born with, remembers, hears and answers, and asks its one job. */
export interface TreasuryInput {
  readonly scope: Scope;
  readonly floorCredits: number;
  readonly fleetPolicy: FleetPolicy;
}

interface FleetCount {
  /** Ships with a hold. */
  readonly traders: number;
  /** Ships without one. */
  readonly probes: number;
}

interface HullWish {
  readonly shipType: string;
  readonly waypoint: string;
  readonly askCredits: number;
}

/** What the coordinator could do with one more ship. */
export interface Demand {
  /** Profit per game hour that a hull like `referenceLift` could earn with the best work nobody does. */
  readonly creditsPerHour: number;
  /** Hold × speed of the hull that the rate was planned for. */
  readonly referenceLift: number;
  readonly idleTraders: number;
  readonly markets: number;
}

interface YardReading {
  readonly waypoint: string;
  readonly hulls: readonly HullOffer[];
  readonly seenAtMs: number;
}

export interface TreasuryContext {
  readonly scope: Scope;
  readonly purse: TreasuryState;
  readonly creditsAsOfMs: number;
  readonly fleetPolicy: FleetPolicy;
  readonly fleet: FleetCount;
  readonly demand: Demand;
  readonly yards: Readonly<Record<string, YardReading>>;
  readonly wish: HullWish | null;
  readonly refusals: number;
  /** The latest first. */
  readonly lastRefusals: readonly SpendRefusal[];
}

interface SpendRefusal {
  readonly purpose: string;
  readonly reason: string;
  /** The least that would have been of use. */
  readonly askedCredits: number;
  readonly availableCredits: number;
  readonly atMs: number;
}

export type TreasuryEvent =
  | { readonly type: "treasury.creditsObserved"; readonly credits: number; readonly sentAtMs: number }
  /** Paid (negative: received) according to evidence: no answer told the balance. */
  | { readonly type: "treasury.paid"; readonly credits: number; readonly sentAtMs: number }
  /** Asks for up to `credits`; less than `minCredits` is of no use to the asker. */
  | {
      readonly type: "treasury.reserve";
      readonly id: string;
      readonly asker: string;
      readonly credits: number;
      readonly minCredits: number;
      readonly purpose: string;
    }
  | { readonly type: "treasury.spent"; readonly id: string; readonly credits: number }
  | { readonly type: "treasury.release"; readonly id: string }
  /** Drops what an actor that is gone, or one below it, had reserved. */
  | { readonly type: "treasury.releaseOwner"; readonly owner: string }
  | {
      readonly type: "treasury.shipyardSeen";
      readonly waypoint: string;
      readonly hulls: readonly HullOffer[];
      readonly ship: string;
      readonly atMs: number;
    }
  /** After a start of the daemon, whose configuration may be another. */
  | { readonly type: "treasury.configure"; readonly floorCredits: number; readonly fleetPolicy: FleetPolicy }
  | { readonly type: "treasury.fleetCounted"; readonly fleet: FleetCount }
  | { readonly type: "treasury.demandMeasured"; readonly demand: Demand };

/** What the asker hears. */
export type TreasuryAnswer =
  | { readonly type: "treasury.granted"; readonly id: string; readonly credits: number }
  | { readonly type: "treasury.refused"; readonly id: string; readonly reason: string; readonly availableCredits: number };

export interface PurchaseHullInput {
  readonly shipType: string;
  readonly waypoint: string;
  readonly askCredits: number;
}

export interface PurchaseHullValue {
  readonly agentCredits: number | undefined;
  readonly ship: ShipState;
  readonly priceCredits: number;
}
