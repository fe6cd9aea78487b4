/** The pipeline entity and its pure transitions [R002-61 to R002-63]. An EXECUTING pipeline always has a task left to do. */
import { isTerminal, type Task } from "./taskState.ts";

export type PipelineStatus = "PLANNING" | "EXECUTING" | "COMPLETED" | "FAILED" | "CANCELLED";

/** Times are epoch milliseconds of the runtime clock. */
export interface PipelineState {
  readonly id: string;
  readonly productGood: string;
  readonly sellMarket: string;
  readonly expectedBidCredits: number;
  readonly status: PipelineStatus;
  /** Set when a task failed for good: siblings finish or liquidate, nothing more is bought. */
  readonly failing: string | undefined;
  readonly createdAtMs: number;
  readonly startedAtMs: number | undefined;
  readonly completedAtMs: number | undefined;
  readonly totalCostCredits: number;
  readonly totalRevenueCredits: number;
  readonly totalFuelCredits: number;
}

/** Revenue − cost, of goods and of fuel [R002-61]. */
export function netProfitCredits(
  pipeline: Pick<PipelineState, "totalCostCredits" | "totalRevenueCredits" | "totalFuelCredits">,
): number {
  return pipeline.totalRevenueCredits - pipeline.totalCostCredits - pipeline.totalFuelCredits;
}

export function startPipeline(pipeline: PipelineState, atMs: number): PipelineState {
  return pipeline.status === "PLANNING" ? { ...pipeline, status: "EXECUTING", startedAtMs: atMs } : pipeline;
}

/** What the tasks say about the pipeline: money summed, COMPLETED with its last SELL (at least one), FAILED when a task failed for good and nothing runs any more. */
export function settlePipeline(pipeline: PipelineState, tasks: readonly Task[], atMs: number): PipelineState {
  const summed: PipelineState = {
    ...pipeline,
    totalCostCredits: tasks.reduce((sum, task) => sum + task.totalCostCredits, 0),
    totalRevenueCredits: tasks.reduce((sum, task) => sum + task.totalRevenueCredits, 0),
    totalFuelCredits: tasks.reduce((sum, task) => sum + task.fuelCredits, 0),
    failing: pipeline.failing ?? tasks.find((task) => task.status === "FAILED")?.errorMessage,
  };
  if (summed.status !== "EXECUTING") return summed;
  const sells = tasks.filter((task) => task.type === "COLLECT_SELL");
  // One of several trips that was not worth it any more takes nothing from the others.
  const sold = sells.some((task) => task.status === "COMPLETED");
  if (sold && sells.every((task) => task.status === "COMPLETED" || task.status === "CANCELLED"))
    return { ...summed, status: "COMPLETED", completedAtMs: atMs };
  if (tasks.every((task) => isTerminal(task.status))) return { ...summed, status: "FAILED", completedAtMs: atMs };
  return summed;
}

/** Tasks to cancel when a pipeline is failing: not begun, or ready without cargo. Tasks with cargo aboard go on to their second phase. */
export function tasksToCancel(tasks: readonly Task[]): readonly string[] {
  return tasks
    .filter((task) => (task.status === "PENDING" || task.status === "READY") && task.affinityShip === undefined)
    .map((task) => task.id);
}
