/**
 * What a pipeline makes of a worker that supervision gave up [R000-20]. Invariants: a task is begun anew at most once, and only when
 * nothing was bought for it; as long as nobody knows what is aboard, the task is neither done again nor over.
 */
import { changeTask, shouldSkipToSecondPhase, type Task } from "../domain/taskState.ts";
import type { LostWorker, PipelineContext } from "./pipelineProtocol.ts";

/** How long a ship has to say that it was freed. When none does, the worker had none. */
export const SHIP_SPEAKS_WITHIN_MS = 30_000;

export type AfterLoss = "again" | "inDoubt" | "failed";

/** What becomes of the task of child `task/<N>`, whose worker has just been given up. */
export function afterLoss(context: PipelineContext, child: string): AfterLoss {
  if (context.begunAnew?.includes(child) === true) return "failed";
  const lost = context.lostWorkers?.[child];
  if (lost === undefined || lost.unitsAboard === null) return "inDoubt";
  return isUntouched(lost) ? "again" : "failed";
}

/** A new worker waits for its ship like the first: what it was ASSIGNED or EXECUTING is rolled back. */
export function rolledBack(task: Task): Task {
  switch (task.status) {
    case "ASSIGNED":
      return waiting(task, "rollbackAssignment");
    case "EXECUTING":
      return waiting(task, "rollbackExecution");
    case "PENDING":
    case "READY":
    case "FAILED":
    case "COMPLETED":
    case "CANCELLED":
      return { ...task, status: "PENDING" };
  }
}

function isUntouched({ task, unitsAboard }: LostWorker): boolean {
  return unitsAboard === 0 && task.actualUnits === 0 && !shouldSkipToSecondPhase(task);
}

function waiting(task: Task, change: "rollbackAssignment" | "rollbackExecution"): Task {
  const result = changeTask(task, change === "rollbackExecution" ? { change, holdsCargo: false } : { change });
  if (result.outcome === "illegal") throw new Error(result.message);
  return { ...result.task, status: "PENDING" };
}
