import type { Task, TaskType } from "../domain/taskState.ts";
import type { LegEconomics } from "../domain/tradeLeg.ts";
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
  /** Begin at once with this ship. */
  readonly ship: string | null;
  /** The only ship that may take it: the cargo is aboard. */
  readonly affinityShip: string | null;
}

export type TaskEvent =
  | { readonly type: "task.makeReady" }
  | { readonly type: "task.assign"; readonly ship: string }
  | { readonly type: "task.cancel"; readonly reason: string }
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
}
/** `waypoint` null: no market is known that buys the good. */
export interface SinkAnswer {
  readonly waypoint: string | null;
}
