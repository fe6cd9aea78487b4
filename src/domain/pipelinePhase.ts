/** Where a pipeline stands, in one word for people. */
export type PipelinePhase =
  | "planning"
  | "trading"
  | "feeding"
  | "producing"
  | "collecting"
  | "selling"
  | "windingUp"
  | "completed"
  | "failed"
  | "cancelled";

/** A task as its row has it. */
export interface PhaseTask {
  readonly type: string;
  readonly status: string;
  /** Bought or collected already. */
  readonly cargoAboard: boolean;
}

/** `windsUp`: it has a reason to end and tasks that still sell; so does one whose tasks have all ended. A chain feeds, lets the factory produce, collects and sells. */
export function pipelinePhase(status: string, tasks: readonly PhaseTask[], windsUp: boolean): PipelinePhase {
  return PHASE_OF_STATUS[status] ?? (windsUp ? "windingUp" : workOf(tasks));
}

/** EXECUTING has none: its tasks tell. */
const PHASE_OF_STATUS: Readonly<Record<string, PipelinePhase>> = {
  PLANNING: "planning",
  COMPLETED: "completed",
  FAILED: "failed",
  CANCELLED: "cancelled",
};

const ENDED: ReadonlySet<string> = new Set(["COMPLETED", "FAILED", "CANCELLED"]);
const DELIVERS: ReadonlySet<string> = new Set(["ACQUIRE_DELIVER", "COLLECT_DELIVER"]);

function workOf(tasks: readonly PhaseTask[]): PipelinePhase {
  const open = tasks.filter(({ status }) => !ENDED.has(status));
  if (open.length === 0) return "windingUp";
  if (!tasks.some(({ type }) => DELIVERS.has(type))) return open.some(({ cargoAboard }) => cargoAboard) ? "selling" : "trading";
  if (open.some(({ type, status }) => DELIVERS.has(type) && status !== "PENDING")) return "feeding";
  const underWay = open.find(({ status }) => status !== "PENDING");
  if (underWay === undefined) return "producing";
  return underWay.cargoAboard ? "selling" : "collecting";
}
