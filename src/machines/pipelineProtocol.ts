import type { SupplyLevel } from "../domain/market.ts";
import type { PipelineState } from "../domain/pipelineState.ts";
import type { Plan } from "../domain/plan.ts";
import type { Task } from "../domain/taskState.ts";
import type { WorkPolicy } from "../domain/workPolicy.ts";
import type { Scope } from "./addresses.ts";

/** What a pipeline is born with, remembers, hears and leaves behind. */
export interface PipelineInput {
  readonly scope: Scope;
  readonly id: string;
  readonly plan: PipelinePlan;
  /** Begin at once: this task with this ship. */
  readonly first: { readonly task: string; readonly ship: string } | null;
  /** Wall milliseconds until a pipeline that got nowhere is cancelled. */
  readonly patienceMs: number;
  /** Wall milliseconds of a game second. */
  readonly gameSecondMs: number;
  /** By default the one of the domain. */
  readonly work?: WorkPolicy;
}

/** The part of a plan that outlives planning; the reasons of rejected nodes stay with the planner. */
export type PipelinePlan = Pick<
  Plan,
  "product" | "kind" | "sellMarket" | "expectedBidCredits" | "units" | "tasks" | "economics"
> & {
  /** Absent in what an earlier version stored. */
  readonly feedWorthCredits?: number;
  readonly factories: readonly (Plan["factories"][number] & {
    readonly supply: SupplyLevel | null;
    readonly supplySeenAtMs: number | null;
  })[];
};

export interface PipelineContext {
  readonly scope: Scope;
  readonly address: string;
  readonly plan: PipelinePlan;
  readonly first: PipelineInput["first"];
  readonly state: PipelineState;
  readonly tasks: readonly Task[];
  /** Factories whose product may be collected, by factory key. */
  readonly collectable: Readonly<Record<string, boolean>>;
  /** What factories were last heard to say, by factory key. */
  readonly judged?: Readonly<Record<string, { readonly reason: string | null; readonly supply: SupplyLevel | null }>>;
  /** Workers that were given up, by child id. */
  readonly lostWorkers?: Readonly<Record<string, LostWorker>>;
  /** Children whose worker was given up and left nothing readable, or may have been buying: whether anything was bought, their ship will tell. */
  readonly inDoubt?: readonly string[];
  /** Children that have had a second worker. */
  readonly begunAnew?: readonly string[];
  readonly patienceMs: number;
  readonly gameSecondMs: number;
  readonly work: WorkPolicy;
  readonly reason: string | null;
  /** By hand. */
  readonly stopped: boolean;
  /** Factory actors that may still send us something. */
  readonly watchedFactories: number;
}

/** The last state of a worker that was given up. */
export interface LostWorker {
  readonly task: Task;
  /** Of the task's own good, as the worker last knew; null where a purchase may be under way, and its ship will tell. */
  readonly unitsAboard: number | null;
}

export type PipelineEvent =
  /** Comes before the error of a worker that was given up with a state that can be read. */
  | ({ readonly type: "pipeline.workerLost"; readonly child: string } & LostWorker)
  /** The ship of a worker that was given up is still buying for it: `pipeline.shipFreed` follows. */
  | { readonly type: "pipeline.purchasePending"; readonly child: string }
  /**
   * A ship was taken back from a worker that was given up; or, by our own clock, there was none. `hasCargo`: also where the ship itself was
   * given up before it knew.
   */
  | { readonly type: "pipeline.shipFreed"; readonly child: string; readonly hasCargo: boolean }
  | { readonly type: "pipeline.taskPending"; readonly task: string }
  | {
      readonly type: "pipeline.factoryJudged";
      readonly waypoint: string;
      readonly good: string;
      readonly ready: boolean;
      readonly reason: string | null;
      readonly supply: SupplyLevel | null;
    }
  /** Plain trade in its product pays now: a chain that has only to collect waits for HIGH no longer, and takes what there is. */
  | { readonly type: "pipeline.yield" }
  /** The factory's market exports its product no more: nothing can come of the chain. */
  | { readonly type: "pipeline.factoryClosed"; readonly waypoint: string; readonly good: string }
  /** The last word of a factory actor. */
  | { readonly type: "pipeline.factoryDismissed"; readonly waypoint: string; readonly good: string }
  | { readonly type: "pipeline.cancel"; readonly reason: string }
  /** By hand: as cancelled, and its ships are let go as stopped. */
  | { readonly type: "pipeline.stop"; readonly reason: string };

export interface PipelineOutput {
  readonly id: string;
  readonly product: string;
  readonly status: PipelineState["status"];
  readonly netProfitCredits: number;
  /** Its goods, fuel apart, lost more than a chain may, or it was stopped by hand: its product is left alone for a while, whatever became of it. */
  readonly leaveAlone: boolean;
  readonly reason: string | null;
}
