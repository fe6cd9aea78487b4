import type { Commitment } from "../domain/commitment.ts";
import { commitmentsOf } from "../domain/planEconomics.ts";
import { isAtOrBelow } from "./addresses.ts";
import type { FleetTiming } from "./fleetSettings.ts";
import type { PipelinePlan } from "./pipelineProtocol.ts";

/** Half as long again as planned, and a production tick: a chain that is later than that blocks its product for better work. */
export function patienceFor({ economics }: PipelinePlan, timing: FleetTiming): number {
  const gameSeconds = LATE_SHARE * economics.elapsedSeconds + LATE_SECONDS;
  return Math.min(timing.pipelinePatienceMs, Math.round(gameSeconds * timing.gameSecondMs));
}

const LATE_SHARE = 1.5;
const LATE_SECONDS = 1_800;

/** What each task of the plan will buy and sell, by the address it will have. */
export function commitmentsByTask(pipeline: string, plan: PipelinePlan): Readonly<Record<string, readonly Commitment[]>> {
  return Object.fromEntries(plan.tasks.map((task) => [`${pipeline}/task/${task.id}`, commitmentsOf({ tasks: [task] })]));
}

/** The entries but the one of `key`; the record itself when there is none. */
export function without<Value>(record: Readonly<Record<string, Value>>, key: string): Readonly<Record<string, Value>> {
  if (!(key in record)) return record;
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));
}

/** The entries whose key, an address, is neither this one nor below it. */
export function outside<Value>(record: Readonly<Record<string, Value>>, address: string): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => !isAtOrBelow(key, address)));
}
