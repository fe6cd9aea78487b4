/**
 * The task entity and its state machine as a pure table [R002-47 to R002-60], with the phase marks of seed 000.
 * Invariants: phase marks only ever rise; a failed or rolled back task with cargo aboard keeps its ship; interruption costs no retry.
 */

/** Fused types: the cargo stays on its ship. */
export type TaskType = "ACQUIRE_DELIVER" | "COLLECT_DELIVER" | "COLLECT_SELL" | "LIQUIDATE";
export type TaskStatus = "PENDING" | "READY" | "ASSIGNED" | "EXECUTING" | "COMPLETED" | "FAILED" | "CANCELLED";
export type PhaseKind = "ACQUIRE" | "DELIVER" | "COLLECT" | "SELL";

/** Times are epoch milliseconds of the runtime clock. */
export interface Task {
  readonly id: string;
  /** Absent: LIQUIDATE or orphan. */
  readonly pipelineId: string | undefined;
  readonly type: TaskType;
  readonly status: TaskStatus;
  readonly good: string;
  /** 0 fills the hold. */
  readonly units: number;
  /** Where phase one happens; absent for LIQUIDATE. */
  readonly sourceMarket: string | undefined;
  /** Where phase two happens; absent: bound at departure to the best market. */
  readonly targetMarket: string | undefined;
  /** Output good of the factory at `targetMarket` that a delivery feeds. */
  readonly feedsGood: string | undefined;
  /** True when phase one waits for HIGH supply at `sourceMarket` after the deliveries (a fabricated good). */
  readonly awaitsProduction: boolean;
  readonly dependsOn: readonly string[];
  readonly priority: number;
  readonly assignedShip: string | undefined;
  /** The ship whose hold has this task's cargo: only it may continue. */
  readonly affinityShip: string | undefined;
  readonly acquirePhaseCompleted: boolean;
  readonly collectPhaseCompleted: boolean;
  readonly phaseCompletedAtMs: number | undefined;
  readonly actualUnits: number;
  readonly totalCostCredits: number;
  readonly totalRevenueCredits: number;
  /** What the fuel that its ships burnt has cost, on top of the cost. */
  readonly fuelCredits: number;
  readonly retryCount: number;
  readonly maxRetries: number;
  readonly errorMessage: string | undefined;
  readonly createdAtMs: number;
  readonly readyAtMs: number | undefined;
  readonly startedAtMs: number | undefined;
  readonly completedAtMs: number | undefined;
}

export type TaskChange =
  | { readonly change: "markReady"; readonly atMs: number }
  | { readonly change: "assign"; readonly ship: string }
  | { readonly change: "start"; readonly atMs: number }
  | { readonly change: "complete"; readonly atMs: number }
  | { readonly change: "fail"; readonly atMs: number; readonly error: string; readonly holdsCargo: boolean }
  | { readonly change: "rollbackAssignment" }
  /** Only where the worker cannot be rehydrated; keeps the phase marks. */
  | { readonly change: "rollbackExecution"; readonly holdsCargo: boolean }
  | { readonly change: "cancel"; readonly atMs: number; readonly reason: string };

export type TaskTransition =
  | { readonly outcome: "changed"; readonly task: Task }
  | { readonly outcome: "illegal"; readonly message: string };

const LEGAL_FROM: Readonly<Record<TaskChange["change"], readonly TaskStatus[]>> = {
  markReady: ["PENDING"],
  assign: ["READY"],
  start: ["ASSIGNED"],
  complete: ["EXECUTING"],
  fail: ["READY", "ASSIGNED", "EXECUTING"],
  rollbackAssignment: ["ASSIGNED"],
  rollbackExecution: ["EXECUTING"],
  cancel: ["PENDING", "READY", "ASSIGNED", "EXECUTING"],
};

/** The one way a task changes; an illegal change is a value that says what cannot be done. */
export function changeTask(task: Task, change: TaskChange): TaskTransition {
  if (!LEGAL_FROM[change.change].includes(task.status)) {
    return { outcome: "illegal", message: `cannot ${change.change} task ${task.id} in status ${task.status}` };
  }
  return { outcome: "changed", task: applyChange(task, change) };
}

export function isTerminal(status: TaskStatus): boolean {
  return status === "COMPLETED" || status === "FAILED" || status === "CANCELLED";
}

/** The two phases of a fused task, in order. */
export function phasesOf(type: TaskType): readonly PhaseKind[] {
  switch (type) {
    case "ACQUIRE_DELIVER":
      return ["ACQUIRE", "DELIVER"];
    case "COLLECT_DELIVER":
      return ["COLLECT", "DELIVER"];
    case "COLLECT_SELL":
      return ["COLLECT", "SELL"];
    case "LIQUIDATE":
      return ["SELL"];
  }
}

/** Marks phase one as done with `units` of the good aboard (any quantity counts, none does not); a mark is never taken back [R000-27]. */
export function markFirstPhase(task: Task, unitsAboard: number, atMs: number): Task {
  if (unitsAboard <= 0 || shouldSkipToSecondPhase(task)) return task;
  const marked = { ...task, phaseCompletedAtMs: atMs };
  switch (task.type) {
    case "ACQUIRE_DELIVER":
      return { ...marked, acquirePhaseCompleted: true };
    case "COLLECT_DELIVER":
    case "COLLECT_SELL":
      return { ...marked, collectPhaseCompleted: true };
    case "LIQUIDATE":
      return task;
  }
}

/** [R000-28] LIQUIDATE has one phase and never skips. */
export function shouldSkipToSecondPhase(task: Pick<Task, "type" | "acquirePhaseCompleted" | "collectPhaseCompleted">): boolean {
  switch (task.type) {
    case "ACQUIRE_DELIVER":
      return task.acquirePhaseCompleted;
    case "COLLECT_DELIVER":
    case "COLLECT_SELL":
      return task.collectPhaseCompleted;
    case "LIQUIDATE":
      return false;
  }
}

/** PENDING → READY: all dependencies done and, for a fabricated good, its supply HIGH (both) [R002-53]. */
export function isReady(task: Task, completed: ReadonlySet<string>, supplyIsHigh: boolean): boolean {
  if (task.status !== "PENDING" || !task.dependsOn.every((id) => completed.has(id))) return false;
  return !task.awaitsProduction || supplyIsHigh || shouldSkipToSecondPhase(task);
}

function applyChange(task: Task, change: TaskChange): Task {
  switch (change.change) {
    case "markReady":
      return { ...task, status: "READY", readyAtMs: change.atMs };
    case "assign":
      return { ...task, status: "ASSIGNED", assignedShip: change.ship };
    case "start":
      return { ...task, status: "EXECUTING", startedAtMs: change.atMs };
    case "complete":
      return { ...task, status: "COMPLETED", completedAtMs: change.atMs, assignedShip: undefined, affinityShip: undefined };
    case "fail":
      return failed(task, change);
    case "rollbackAssignment":
      return { ...task, status: "READY", assignedShip: undefined };
    case "rollbackExecution":
      return {
        ...task,
        status: "READY",
        assignedShip: undefined,
        affinityShip: change.holdsCargo ? task.assignedShip : undefined,
      };
    case "cancel":
      return { ...task, status: "CANCELLED", completedAtMs: change.atMs, errorMessage: change.reason, assignedShip: undefined };
  }
}

/** Three attempts in total with maxRetries 3; `completedAtMs` is set on the terminal failure only [R002-56]. */
function failed(task: Task, change: Extract<TaskChange, { change: "fail" }>): Task {
  const retryCount = task.retryCount + 1;
  const holder = task.assignedShip ?? task.affinityShip;
  const common = {
    ...task,
    retryCount,
    errorMessage: change.error,
    assignedShip: undefined,
    affinityShip: change.holdsCargo ? holder : undefined,
  };
  if (retryCount < task.maxRetries) return { ...common, status: "PENDING" };
  return { ...common, status: "FAILED", completedAtMs: change.atMs };
}
