import type { ReadyTask } from "../domain/assignment.ts";
import type { CargoDecision } from "../domain/cargoReconciliation.ts";
import type { Commitment } from "../domain/commitment.ts";
import type { ShipState } from "../domain/ship.ts";
import type { WorkPolicy } from "../domain/workPolicy.ts";
import type { Scope } from "./addresses.ts";
import type { FleetTiming } from "./fleetSettings.ts";
import type { PipelinePlan } from "./pipelineProtocol.ts";
import type { StoppedProducts } from "./stoppedProducts.ts";
import type { Demand } from "./treasuryProtocol.ts";

/** What the coordinator is born with, remembers, hears, and asks its one job. */
export interface CoordinatorInput {
  readonly scope: Scope;
  readonly timing: FleetTiming;
  readonly maxFabrications: number;
  /** By default the one of the domain. */
  readonly work?: WorkPolicy;
}

export interface CoordinatorContext extends CoordinatorInput {
  readonly work: WorkPolicy;
  readonly address: string;
  readonly idle: Readonly<Record<string, ShipState>>;
  /** By task address. */
  readonly ready: Readonly<Record<string, OfferedTask>>;
  /** The ship that a task was given since it began to offer itself, by task address: what it offered before that is out of date. */
  readonly given: Readonly<Record<string, string>>;
  /** Ships with cargo that nobody has, asked for on behalf of the task that takes it, by symbol. */
  readonly adopting: Readonly<Record<string, { readonly task: string /** It was READY. */; readonly offered: boolean }>>;
  readonly pipelines: Readonly<Record<string, RunningPipeline>>;
  /** What tasks of running pipelines will still buy and sell, by task address. */
  readonly committed: Readonly<Record<string, readonly Commitment[]>>;
  /** By child id. */
  readonly liquidations: Readonly<Record<string, { readonly ship: string; readonly good: string }>>;
  readonly scouts: Readonly<Record<string, string>>;
  /** Destroyed ships; symbols are never used again. Absent before the first. */
  readonly lostShips?: readonly string[];
  /** What came to nothing, by opportunity (`<kind>:<product>`): until when it is left alone. */
  readonly cooling: Readonly<Record<string, number>>;
  /** What the fleet does not begin by itself, because somebody stopped it. */
  readonly stoppedByHand: StoppedProducts;
  /** Pipelines that somebody asked for and that have neither begun nor been refused, by the order's id. */
  readonly orders: Readonly<Record<string, PipelineOrder>>;
  /** Orders that came to nothing, the latest first. */
  readonly refusedOrders: readonly RefusedOrder[];
  readonly counter: number;
  readonly wanted: boolean;
}

export interface RefusedOrder {
  readonly product: string | null;
  readonly reason: string;
  readonly detail: string;
  readonly atMs: number;
}

/** Somebody wants a pipeline. */
export interface PipelineOrder {
  readonly id: string;
  /** Null: the best that pays. */
  readonly product: string | null;
  readonly kind: "any" | "trade" | "fabricate";
  /** Also a product that is left alone, and one chain more than the fleet would have. */
  readonly force: boolean;
  readonly placedAtMs: number;
  /** Why it has not begun; null before it was looked at. */
  readonly waitsFor: string | null;
}

/** `good` is what it trades: such cargo that nobody has may come to it. */
export type OfferedTask = ReadyTask & { readonly good: string };

/** A decision about cargo, with the address of the task that it is about. */
export type CargoVerdict = CargoDecision & { readonly to: string | null };

interface RunningPipeline {
  readonly product: string;
  readonly kind: "trade" | "fabricate";
  /** What it will spend at first; 0 once it has begun to. */
  readonly earmarkedCredits: number;
  /** When a chain would be done by its plan; after that it waits no longer where plain trade in its product pays. */
  readonly dueAtMs: number;
}

export type CoordinatorEvent =
  | { readonly type: "coordinator.shipIdle"; readonly symbol: string; readonly ship: ShipState }
  /** `destroyed`: for good, and with it whatever waits for its cargo. */
  | { readonly type: "coordinator.shipGone"; readonly symbol: string; readonly destroyed: boolean }
  /** `again`: it has been waiting since its last offer, as far as it knows. */
  | { readonly type: "coordinator.taskReady"; readonly task: ReadyTask; readonly good: string; readonly again?: boolean }
  /** After a start: what to do about the cargo that the game shows aboard. */
  | { readonly type: "coordinator.cargoFound"; readonly verdicts: readonly CargoVerdict[] }
  | { readonly type: "coordinator.taskLoaded"; readonly task: string }
  | { readonly type: "coordinator.taskGone"; readonly task: string }
  /** Everything at or below this address has been given up or stopped. */
  | { readonly type: "coordinator.actorsGone"; readonly address: string }
  | { readonly type: "coordinator.cargoOrphaned"; readonly ship: ShipState; readonly because: string }
  | { readonly type: "coordinator.review" }
  /** After a start of the daemon, whose configuration may be another; pipelines keep the one that they began with. */
  | {
      readonly type: "coordinator.configure";
      readonly timing: FleetTiming;
      readonly maxFabrications: number;
      readonly work: WorkPolicy;
    }
  /** Begin a pipeline of this product (null: the best) as soon as a ship is free, or say why not. A stop of the product ends as it begins. */
  | {
      readonly type: "coordinator.start";
      readonly order: string;
      readonly product: string | null;
      readonly kind: PipelineOrder["kind"];
      readonly force: boolean;
    }
  /**
   * End these pipelines and drop the orders for this product: nothing more is bought, what is aboard is sold. The fleet does not begin
   * `products` by itself for this long (null: until somebody starts them).
   */
  | {
      readonly type: "coordinator.stop";
      readonly pipelines: readonly string[];
      readonly product: string | null;
      readonly reason: string;
      readonly products?: readonly string[];
      readonly forGameSeconds?: number | null;
    }
  | { readonly type: "ship.granted"; readonly ship: ShipState }
  | { readonly type: "ship.refused"; readonly symbol: string; readonly owner: string };

export interface DispatchInput {
  readonly idle: readonly ShipState[];
  readonly ready: readonly ReadyTask[];
  readonly activeProducts: readonly string[];
  readonly activeFabrications: number;
  /** Chains at work, and when each should be done. */
  readonly chains: readonly { readonly product: string; readonly dueAtMs: number }[];
  readonly maxFabrications: number;
  readonly commitments: readonly Commitment[];
  /** Credits that running pipelines count on and have not yet asked the purse for. */
  readonly earmarkedCredits: number;
  readonly cooling: readonly string[];
  /** Products that are begun by nobody's order but their own. Absent in one that was asked before there were such. */
  readonly stopped?: readonly string[];
  /** Waypoints that scouts are on their way to. */
  readonly scouting: readonly string[];
  readonly orders: readonly PipelineOrder[];
}

export interface DispatchAnswer {
  readonly assignments: readonly { readonly task: string; readonly ship: string }[];
  readonly pipelines: readonly {
    readonly plan: PipelinePlan;
    readonly task: string;
    readonly ship: string;
    /** The order that it fulfils. */
    readonly order?: string;
  }[];
  readonly scouts: readonly { readonly ship: string; readonly waypoint: string }[];
  /** Products of late chains that plain trade would pay more for now. */
  readonly yields: readonly string[];
  /** Orders that do not begin now. */
  readonly orders: readonly ({ readonly id: string } & (
    | { readonly verdict: "waits"; readonly detail: string }
    | { readonly verdict: "refused"; readonly reason: string; readonly detail: string }
  ))[];
  readonly demand: Demand;
}
