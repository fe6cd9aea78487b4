import type { SupplyLevel } from "../domain/market.ts";
import type { PipelineState } from "../domain/pipelineState.ts";
import type { Plan } from "../domain/plan.ts";
import type { Task } from "../domain/taskState.ts";
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
}

/** The part of a plan that outlives planning; the reasons of rejected nodes stay with the planner. */
export type PipelinePlan = Pick<
  Plan,
  "product" | "kind" | "sellMarket" | "expectedBidCredits" | "units" | "tasks" | "economics"
> & {
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
  readonly patienceMs: number;
  readonly reason: string | null;
  /** Factory actors that may still send us something. */
  readonly watchedFactories: number;
}

export type PipelineEvent =
  | { readonly type: "pipeline.taskPending"; readonly task: string }
  | {
      readonly type: "pipeline.factoryJudged";
      readonly waypoint: string;
      readonly good: string;
      readonly ready: boolean;
      readonly reason: string | null;
      readonly supply: SupplyLevel | null;
    }
  /** Plain trade in its product pays now: ends a chain that only waits for production, whose product would be kept from the market. */
  | { readonly type: "pipeline.yield"; readonly reason: string }
  /** The last word of a factory actor. */
  | { readonly type: "pipeline.factoryDismissed"; readonly waypoint: string; readonly good: string }
  | { readonly type: "pipeline.cancel"; readonly reason: string };

export interface PipelineOutput {
  readonly id: string;
  readonly product: string;
  readonly status: PipelineState["status"];
  readonly netProfitCredits: number;
  readonly reason: string | null;
}
