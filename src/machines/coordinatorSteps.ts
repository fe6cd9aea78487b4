import { LIQUIDATE_PRIORITY } from "../domain/cargoReconciliation.ts";
import type { Commitment } from "../domain/commitment.ts";
import { commitmentsOf } from "../domain/planEconomics.ts";
import type { ShipState } from "../domain/ship.ts";
import { isAtOrBelow } from "./addresses.ts";
import type { CoordinatorContext } from "./coordinatorProtocol.ts";
import type { FleetEvent } from "./fleetEvents.ts";
import type { FleetTiming } from "./fleetSettings.ts";
import type { PipelinePlan } from "./pipelineProtocol.ts";
import type { TaskInput } from "./taskProtocol.ts";

/** One LIQUIDATE task per item; the first takes the ship now, the others when it is free again. */
export function liquidate(
  context: CoordinatorContext,
  ship: ShipState,
  items: readonly { good: string; units: number }[],
  enqueue: Spawner,
) {
  let { counter, liquidations } = context;
  let firstChild: string | undefined;
  for (const { good, units } of items) {
    counter += 1;
    const child = `liquidate/${counter}`;
    liquidations = { ...liquidations, [child]: { ship: ship.symbol, good } };
    enqueue.emit({ type: "cargo.liquidating", ship: ship.symbol, good, units });
    enqueue.spawnChild("task", {
      id: child,
      input: {
        scope: context.scope,
        id: `liquidate-${counter}`,
        pipelineId: null,
        type: "LIQUIDATE",
        good,
        units,
        source: null,
        target: null,
        feedsGood: null,
        awaitsProduction: false,
        dependsOn: [],
        priority: LIQUIDATE_PRIORITY,
        expected: null,
        ship: firstChild === undefined ? ship.symbol : null,
        affinityShip: ship.symbol,
      },
    });
    firstChild ??= child;
  }
  return { counter, liquidations, idle: without(context.idle, ship.symbol), firstChild };
}

/** Half as long again as planned, and a production tick: a chain that is later than that blocks its product for better work. */
export function patienceFor({ economics }: PipelinePlan, timing: FleetTiming): number {
  const gameSeconds = LATE_SHARE * economics.elapsedSeconds + LATE_SECONDS;
  return Math.min(timing.pipelinePatienceMs, Math.round(gameSeconds * timing.gameSecondMs));
}

const LATE_SHARE = 1.5;
const LATE_SECONDS = 1_800;

/** Whether a LIQUIDATE task has that cargo already. */
export function isCovered(context: CoordinatorContext, ship: string, good: string): boolean {
  return Object.values(context.liquidations).some((item) => item.ship === ship && item.good === good);
}

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

interface Spawner {
  spawnChild(src: "task", options: { id: string; input: TaskInput }): void;
  emit(event: FleetEvent): void;
}
