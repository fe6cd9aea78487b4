/**
 * What the coordinator makes of its dispatcher's answer. Invariant: the answer was decided on what was known when it was asked, so work is given
 * only where that still holds: the ship is idle, the task waits, the product was not stopped meanwhile.
 */
import { isAtOrBelow, treasuryOf } from "./addresses.ts";
import { settleOrders } from "./coordinatorOrders.ts";
import type { CoordinatorContext, DispatchAnswer } from "./coordinatorProtocol.ts";
import { commitmentsByTask, patienceFor, without } from "./coordinatorSteps.ts";
import type { FleetEvent } from "./fleetEvents.ts";
import type { PipelineInput } from "./pipelineProtocol.ts";
import type { TourInput } from "./tourProtocol.ts";

/** What the coordinator can do in one transition. */
interface Acts {
  readonly send: (to: string, message: { readonly type: string } & Readonly<Record<string, unknown>>) => void;
  readonly startPipeline: (id: string, input: PipelineInput) => void;
  readonly startTour: (id: string, input: TourInput) => void;
  readonly emit: (event: FleetEvent) => void;
}

type Begun = DispatchAnswer["pipelines"][number];

/** What it knows then. */
export function afterDispatch(
  context: CoordinatorContext,
  answer: DispatchAnswer,
  nowMs: number,
  acts: Acts,
): CoordinatorContext {
  let now = context;
  for (const { task, ship } of answer.assignments) {
    if (ship in now.idle && task in now.ready) now = giveTask(now, task, ship, acts);
  }
  const fulfilled = new Map<string, string>();
  for (const begun of answer.pipelines) {
    if (!(begun.ship in now.idle) || wasStopped(context, begun)) continue;
    now = beginPipeline(now, begun, nowMs, acts);
    if (begun.order !== undefined) fulfilled.set(begun.order, `p${now.counter}`);
  }
  for (const { ship, waypoint } of answer.scouts) {
    if (ship in now.idle) now = sendScout(now, ship, waypoint, acts);
  }
  for (const [id, { kind, product }] of Object.entries(context.pipelines)) {
    const to = `${context.address}/pipeline/${id}`;
    if (kind === "fabricate" && answer.yields.includes(product) && hasWorkers(now.committed, to))
      acts.send(to, { type: "pipeline.yield" });
  }
  const orders = settleOrders(context, answer, fulfilled, { atMs: nowMs, emit: acts.emit });
  acts.send(treasuryOf(context.scope), { type: "treasury.demandMeasured", demand: answer.demand });
  return { ...now, ...orders };
}

/** With its last worker gone a pipeline is ending, and may have ended: nothing more is sent to it. */
export function hasWorkers(committed: CoordinatorContext["committed"], pipeline: string): boolean {
  return Object.keys(committed).some((task) => isAtOrBelow(task, pipeline));
}

function giveTask(context: CoordinatorContext, task: string, ship: string, acts: Acts): CoordinatorContext {
  acts.send(task, { type: "task.assign", ship });
  const { idle, ready, given } = context;
  return { ...context, idle: without(idle, ship), ready: without(ready, task), given: { ...given, [task]: ship } };
}

/** Its order, or its product, may have been stopped while a ship was looked for. */
function wasStopped(context: CoordinatorContext, begun: Begun): boolean {
  const { plan, order } = begun;
  if (order !== undefined && !(order in context.orders)) return true;
  return plan.product in context.stoppedByHand && !isNamed(context, begun);
}

/** A word that names the product is later than the stop; one that is refused leaves it. */
function isNamed({ orders }: CoordinatorContext, { plan, order }: Begun): boolean {
  return order !== undefined && orders[order]?.product === plan.product;
}

function beginPipeline(context: CoordinatorContext, begun: Begun, nowMs: number, acts: Acts): CoordinatorContext {
  const { plan, task, ship } = begun;
  const { scope, address, timing, work, stoppedByHand } = context;
  const counter = context.counter + 1;
  const id = `p${counter}`;
  const { product, kind, economics } = plan;
  const dueAtMs = Math.round(nowMs + economics.elapsedSeconds * timing.gameSecondMs);
  const patienceMs = patienceFor(plan, timing);
  const first = { task, ship };
  acts.startPipeline(`pipeline/${id}`, { scope, id, plan, first, patienceMs, gameSecondMs: timing.gameSecondMs, work });
  return {
    ...context,
    counter,
    idle: without(context.idle, ship),
    pipelines: { ...context.pipelines, [id]: { product, kind, earmarkedCredits: economics.capitalCredits, dueAtMs } },
    committed: { ...context.committed, ...commitmentsByTask(`${address}/pipeline/${id}`, plan) },
    stoppedByHand: isNamed(context, begun) ? without(stoppedByHand, product) : stoppedByHand,
  };
}

function sendScout(context: CoordinatorContext, ship: string, waypoint: string, acts: Acts): CoordinatorContext {
  const counter = context.counter + 1;
  const id = `scout/${counter}`;
  acts.startTour(id, { scope: context.scope, ship, stops: [waypoint], pauseMs: 0 });
  return { ...context, counter, idle: without(context.idle, ship), scouts: { ...context.scouts, [id]: waypoint } };
}
