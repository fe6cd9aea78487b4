/** A plan's first durable values: the tasks and factory states of a new pipeline. */

import { LIQUIDATE_PRIORITY } from "./cargoReconciliation.ts";
import type { Plan } from "./plan.ts";
import type { Task } from "./taskState.ts";
import { DEFAULT_WORK_POLICY } from "./workPolicy.ts";

/** One PENDING task per planned task, ids `<pipeline>.<t1…>`; dependencies refer to those. */
export function tasksOfPlan(
  plan: Pick<Plan, "tasks">,
  pipelineId: string,
  nowMs: number,
  maxRetries = DEFAULT_WORK_POLICY.maxRetries,
): readonly Task[] {
  return plan.tasks.map((planned) => ({
    ...blankTask(`${pipelineId}.${planned.id}`, nowMs, maxRetries),
    pipelineId,
    type: planned.type,
    good: planned.good,
    units: planned.units,
    sourceMarket: planned.source,
    targetMarket: planned.target,
    feedsGood: planned.feedsGood,
    awaitsProduction: planned.awaitsProduction,
    dependsOn: planned.dependsOn.map((id) => `${pipelineId}.${id}`),
    priority: planned.priority,
  }));
}

/** READY with ship affinity from the start: no illegal detour over ASSIGNED [R002-105] [R002-106]. The market is bound at departure. */
export function liquidateTask(init: {
  readonly id: string;
  readonly ship: string;
  readonly good: string;
  readonly units: number;
  readonly nowMs: number;
}): Task {
  return {
    ...blankTask(init.id, init.nowMs, DEFAULT_WORK_POLICY.maxRetries),
    type: "LIQUIDATE",
    status: "READY",
    good: init.good,
    units: init.units,
    priority: LIQUIDATE_PRIORITY,
    affinityShip: init.ship,
    readyAtMs: init.nowMs,
  };
}

function blankTask(id: string, nowMs: number, maxRetries: number): Task {
  return {
    id,
    pipelineId: undefined,
    type: "LIQUIDATE",
    status: "PENDING",
    good: "",
    units: 0,
    sourceMarket: undefined,
    targetMarket: undefined,
    feedsGood: undefined,
    awaitsProduction: false,
    dependsOn: [],
    priority: 0,
    assignedShip: undefined,
    affinityShip: undefined,
    acquirePhaseCompleted: false,
    collectPhaseCompleted: false,
    phaseCompletedAtMs: undefined,
    actualUnits: 0,
    totalCostCredits: 0,
    totalRevenueCredits: 0,
    fuelCredits: 0,
    retryCount: 0,
    maxRetries,
    errorMessage: undefined,
    createdAtMs: nowMs,
    readyAtMs: undefined,
    startedAtMs: undefined,
    completedAtMs: undefined,
  };
}
