import type { LiquidationRule } from "../domain/liquidation.ts";
import type { Quote } from "../domain/market.ts";
import type { Task, TaskType } from "../domain/taskState.ts";
import type { LegEconomics } from "../domain/tradeLeg.ts";
import type { WorkPolicy } from "../domain/workPolicy.ts";
import type { Scope } from "./addresses.ts";
import type { ShipAnswer } from "./shipProtocol.ts";
import type { TreasuryAnswer } from "./treasuryProtocol.ts";

/** What a task is born with, hears, asks its one job, and leaves behind. */
export interface TaskInput {
  readonly scope: Scope;
  readonly id: string;
  readonly pipelineId: string | null;
  readonly type: TaskType;
  readonly good: string;
  readonly units: number;
  readonly source: string | null;
  readonly target: string | null;
  readonly feedsGood: string | null;
  readonly awaitsProduction: boolean;
  readonly dependsOn: readonly string[];
  readonly priority: number;
  readonly expected: LegEconomics | null;
  /** Absent: it may. */
  readonly allowBurn?: boolean;
  /** Most that a ship may burn on the way to the source; absent: any. */
  readonly maxApproachCredits?: number;
  /** Begin at once with this ship. */
  readonly ship: string | null;
  /** The only ship that may take it: the cargo is aboard. */
  readonly affinityShip: string | null;
  /** What a worker before this one, which was given up, has used of fuel. */
  readonly fuelCredits?: number;
  /** By default the one of the domain. */
  readonly work?: WorkPolicy;
}

export type TaskEvent =
  | { readonly type: "task.makeReady" }
  | { readonly type: "task.assign"; readonly ship: string }
  /** What its factory has made is collected whatever the label is. */
  | { readonly type: "task.waitNoLonger" }
  /** `stopped`: by hand. */
  | { readonly type: "task.cancel"; readonly reason: string; readonly stopped?: boolean }
  /** Cargo for it is aboard this ship, which nobody has: begin with that, whatever it was waiting for. */
  | { readonly type: "task.adopt"; readonly ship: string }
  /** Foreign cargo fills the hold of its ship: the ship goes back before anything is bought. */
  | { readonly type: "task.standBack"; readonly reason: string }
  /** Its pipeline does not exist: it ends at once, and what is aboard is sold off. */
  | { readonly type: "task.orphaned" }
  | ShipAnswer
  | TreasuryAnswer;

export interface TaskOutput {
  readonly task: Task;
}

export interface SinkInput {
  readonly good: string;
  readonly units: number;
  readonly from: string;
  readonly speed: number;
  readonly fuelCapacity: number;
  /** What the ship sees where it is; what is known of markets may not show it yet. */
  readonly seen: readonly Quote[];
}
/** `waypoint` null: no market is known that buys the good. */
export interface SinkAnswer {
  readonly waypoint: string | null;
  /** How the market was found; null where none was. */
  readonly rule: LiquidationRule | null;
}
