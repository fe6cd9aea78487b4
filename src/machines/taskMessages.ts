import type { ShipAnswer, ShipCommand } from "./shipProtocol.ts";
import { nextTaskStep, quoteFor, type TaskContext } from "./taskSteps.ts";

/** The command for the ship that the next step needs; none where the step needs none. */
export function commandFor(context: TaskContext, commandId: string): ShipCommand | undefined {
  const next = nextTaskStep(context);
  const { task, ship, allowBurn = true } = context;
  const memo = { task: task.id, pipeline: task.pipelineId ?? null };
  switch (next.step) {
    case "goToSource":
    case "goToSink":
      return { kind: "travel", commandId, waypoint: next.waypoint, memo, allowBurn };
    case "purchase":
    case "sell":
      return { kind: next.step, commandId, waypoint: ship?.waypoint ?? "", good: task.good, units: next.units, memo };
    case "reserve":
    case "markPhase":
    case "chooseSink":
    case "complete":
    case "wait":
    case "cancel":
      return undefined;
  }
}

/** Tells the supply monitor of units sold to the factory that the task feeds. */
export function tellDelivery(
  context: TaskContext,
  event: Extract<ShipAnswer, { type: "ship.traded" }>,
  send: (message: { readonly type: string } & Readonly<Record<string, unknown>>) => void,
): void {
  const { task } = context;
  if (task.feedsGood === undefined || event.ship.waypoint !== task.targetMarket) return;
  send({
    type: "supply.delivered",
    waypoint: event.ship.waypoint,
    output: task.feedsGood,
    good: event.good,
    units: event.units,
    ship: event.ship.symbol,
    supplyAfter: quoteFor({ quotes: event.quotes }, task.feedsGood)?.supply ?? null,
  });
}
