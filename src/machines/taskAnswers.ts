import { shouldSkipToSecondPhase, type Task } from "../domain/taskState.ts";
import type { ShipAnswer } from "./shipProtocol.ts";
import { nextTaskStep, type TaskContext } from "./taskSteps.ts";

/** What a worker knows once its ship is where it was sent. */
export function afterArrival(context: TaskContext, event: Extract<ShipAnswer, { type: "ship.arrived" }>): Partial<TaskContext> {
  const { waypoint } = event.ship;
  const arrival = {
    task: fuelled(context.task, event),
    ship: event.ship,
    quotes: event.quotes,
    arrivedAt: waypoint,
    commandId: null,
    firstBidCredits: null,
  };
  const isAsked = context.cancelRequested !== null || context.stopBuying !== null;
  if (event.quotes.length > 0 || isAsked || nextTaskStep({ ...context, ...arrival }).step !== "cancel") return arrival;
  // A market that nobody saw says nothing of its goods: the attempt has failed, not the purchase.
  return { ...arrival, failure: `no prices were seen at ${waypoint}` };
}

/** What the fuel of a way has cost is part of what the task costs. */
export function fuelled(task: Task, { fuelCredits }: { readonly fuelCredits: number }): Task {
  return { ...task, fuelCredits: task.fuelCredits + fuelCredits };
}

/** What a worker knows after its ship has bought or sold. */
export function afterTrade(context: TaskContext, event: Extract<ShipAnswer, { type: "ship.traded" }>): Partial<TaskContext> {
  const { task } = context;
  const bought = event.side === "purchase";
  const sign = bought ? "totalCostCredits" : "totalRevenueCredits";
  const moved: Task = {
    ...task,
    [sign]: task[sign] + event.totalCredits,
    actualUnits: bought ? task.actualUnits + event.units : task.actualUnits,
  };
  return {
    task: moved,
    ship: event.ship,
    quotes: event.quotes,
    commandId: null,
    boughtUnits: context.boughtUnits + (bought ? event.units : 0),
    soldUnits: context.soldUnits + (bought ? 0 : event.units),
    firstBidCredits: bought
      ? context.firstBidCredits
      : (context.firstBidCredits ?? Math.round(event.totalCredits / Math.max(1, event.units))),
    reservedCredits: bought ? Math.max(0, context.reservedCredits - event.totalCredits) : context.reservedCredits,
  };
}

/** What a worker makes of a command that came to nothing: decide again, stop buying, look for another market, or fail this attempt. */
export function afterRefusedCommand(
  context: TaskContext,
  event: Extract<ShipAnswer, { type: "ship.commandFailed" }>,
): Partial<TaskContext> {
  const seen = {
    task: fuelled(context.task, event),
    ship: event.ship,
    quotes: event.quotes,
    commandId: null,
    stumbles: context.stumbles + 1,
  };
  const failure = `${event.reason}: ${event.detail}`;
  if (seen.stumbles > MAX_STUMBLES) return { ...seen, stumbles: 0, failure };
  // What the market or the purse will not give now is no failure of the task: it goes on with what is aboard.
  if (STOPS_BUYING.has(event.reason) && !shouldSkipToSecondPhase(context.task)) return { ...seen, stopBuying: event.reason };
  if (event.reason === "goodNotBoughtHere") return { ...seen, sink: null };
  // The answer carries the ship as the game shows it: decide again from that.
  if (RESTATED.has(event.reason)) return seen;
  return { ...seen, failure };
}

/** More refused commands than this in a row of decisions count as one failed attempt. */
const MAX_STUMBLES = 6;

const STOPS_BUYING: ReadonlySet<string> = new Set([
  "insufficientCreditsForCargo",
  "goodNotSoldHere",
  "unitsExceedTradeVolume",
  "cargoFull",
  "cargoWouldExceedLimit",
  "marketMissing",
]);
const RESTATED: ReadonlySet<string> = new Set([
  "outcomeUnknown",
  "notThere",
  "cargoItemMissing",
  "cargoUnitsMissing",
  "unitsExceedTradeVolume",
]);
