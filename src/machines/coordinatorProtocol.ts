import type { ReadyTask } from "../domain/assignment.ts";
import type { Commitment } from "../domain/commitment.ts";
import type { ShipState } from "../domain/ship.ts";
import type { Scope } from "./addresses.ts";
import type { FleetTiming } from "./fleetSettings.ts";
import type { PipelinePlan } from "./pipelineProtocol.ts";
import type { Demand } from "./treasuryProtocol.ts";

/** What the coordinator is born with, remembers, hears, and asks its one job. */
export interface CoordinatorInput {
  readonly scope: Scope;
  readonly timing: FleetTiming;
  readonly maxFabrications: number;
}

export interface CoordinatorContext extends CoordinatorInput {
  readonly address: string;
  readonly idle: Readonly<Record<string, ShipState>>;
  /** By task address. */
  readonly ready: Readonly<Record<string, ReadyTask>>;
  readonly pipelines: Readonly<Record<string, RunningPipeline>>;
  /** What tasks of running pipelines will still buy and sell, by task address. */
  readonly committed: Readonly<Record<string, readonly Commitment[]>>;
  /** By child id. */
  readonly liquidations: Readonly<Record<string, { readonly ship: string; readonly good: string }>>;
  readonly scouts: Readonly<Record<string, string>>;
  /** What came to nothing, by opportunity (`<kind>:<product>`): until when it is left alone. */
  readonly cooling: Readonly<Record<string, number>>;
  readonly counter: number;
  readonly wanted: boolean;
}

interface RunningPipeline {
  readonly product: string;
  readonly kind: "trade" | "fabricate";
  /** What it will spend at first; 0 once it has begun to. */
  readonly earmarkedCredits: number;
  /** When a chain would be done by its plan; after that it yields to plain trade in its product. */
  readonly dueAtMs: number;
}

export type CoordinatorEvent =
  | { readonly type: "coordinator.shipIdle"; readonly symbol: string; readonly ship: ShipState }
  | { readonly type: "coordinator.shipGone"; readonly symbol: string }
  | { readonly type: "coordinator.taskReady"; readonly task: ReadyTask }
  | { readonly type: "coordinator.taskLoaded"; readonly task: string }
  | { readonly type: "coordinator.taskGone"; readonly task: string }
  /** Everything at or below this address has been given up or stopped. */
  | { readonly type: "coordinator.actorsGone"; readonly address: string }
  | { readonly type: "coordinator.cargoOrphaned"; readonly ship: ShipState; readonly because: string }
  | { readonly type: "coordinator.review" }
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
  /** Waypoints that scouts are on their way to. */
  readonly scouting: readonly string[];
}

export interface DispatchAnswer {
  readonly assignments: readonly { readonly task: string; readonly ship: string }[];
  readonly pipelines: readonly { readonly plan: PipelinePlan; readonly task: string; readonly ship: string }[];
  readonly scouts: readonly { readonly ship: string; readonly waypoint: string }[];
  /** Products of late chains that plain trade would pay more for now. */
  readonly yields: readonly string[];
  readonly demand: Demand;
}
