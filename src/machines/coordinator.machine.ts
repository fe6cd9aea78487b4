import { assign, enqueueActions, setup } from "xstate";
import { DEFAULT_WORK_POLICY } from "../domain/workPolicy.ts";
import { nowOf, sendToAddress } from "../runtime/authoring.ts";
import { afterCargoNews, withoutWorker } from "./coordinatorCargo.ts";
import { afterDispatch, hasWorkers } from "./coordinatorDispatch.ts";
import { dropOrders, withOrder } from "./coordinatorOrders.ts";
import type {
  CoordinatorContext,
  CoordinatorEvent,
  CoordinatorInput,
  DispatchAnswer,
  DispatchInput,
  PipelineOrder,
} from "./coordinatorProtocol.ts";
import { outside, without } from "./coordinatorSteps.ts";
import type { FleetEvent } from "./fleetEvents.ts";
import { declaredLogic } from "./jobLogic.ts";
import { pipelineMachine } from "./pipeline.machine.ts";
import type { PipelineOutput } from "./pipelineProtocol.ts";
import { SHIP_DESTROYED } from "./shipProtocol.ts";
import { STOPPED_BY_HAND, stillStopped, withStopped } from "./stoppedProducts.ts";
import { taskMachine } from "./task.machine.ts";
import { tourMachine } from "./tour.machine.ts";

/**
 * Gives work to idle ships: ready tasks first, then new pipelines, then a look at a market nobody has seen lately. Invariants: a ship is
 * offered once (it leaves `idle` when work is given, the ship's own mailbox has the last word); cargo that nobody is responsible for
 * becomes a LIQUIDATE task in the commit that learns of it (G10).
 */
export const coordinatorMachine = setup({
  types: {
    context: {} as CoordinatorContext,
    events: {} as CoordinatorEvent,
    input: {} as CoordinatorInput,
    emitted: {} as FleetEvent,
  },
  actors: {
    dispatch: declaredLogic<DispatchAnswer, DispatchInput>(),
    pipeline: pipelineMachine,
    task: taskMachine,
    tour: tourMachine,
  },
  delays: { dispatch: ({ context }) => context.timing.dispatchMs },
  actions: {
    takeCargo: enqueueActions((args) => {
      const { context, event, enqueue } = args;
      const change = afterCargoNews(context, event, nowOf(args), {
        send: (to, message) => enqueue(sendToAddress(to, message)),
        startTask: (id, input) => enqueue.spawnChild("task", { id, input }),
        emit: (said) => enqueue.emit(said),
      });
      enqueue.assign(change);
    }),
    takeRefused: assign(({ context, event }) =>
      event.type === "ship.refused" ? { adopting: without(context.adopting, event.symbol) } : {},
    ),
    forgetShip: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "coordinator.shipGone") return;
      enqueue.assign({ idle: without(context.idle, event.symbol) });
      if (!event.destroyed) return;
      enqueue.assign({ lostShips: [...(context.lostShips ?? []), event.symbol] });
      for (const { id, affinityShip } of Object.values(context.ready)) {
        if (affinityShip === event.symbol) enqueue(sendToAddress(id, { type: "task.cancel", reason: SHIP_DESTROYED }));
      }
    }),
    takeReady: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "coordinator.taskReady") return;
      const { task, good, again } = event;
      // Its cargo went down with the only ship that may take it.
      if (task.affinityShip !== undefined && context.lostShips?.includes(task.affinityShip) === true)
        return enqueue(sendToAddress(task.id, { type: "task.cancel", reason: SHIP_DESTROYED }));
      if (again === true && (task.id in context.ready || task.id in context.given)) return;
      enqueue.assign({
        ready: { ...context.ready, [task.id]: { ...task, good } },
        given: without(context.given, task.id),
        wanted: true,
      });
    }),
    noteLoaded: assign(({ context, event }) => {
      if (event.type !== "coordinator.taskLoaded") return {};
      const left = (context.committed[event.task] ?? []).filter((item) => item.side === "sell");
      const id = pipelineOf(context, event.task);
      const pipeline = id === undefined ? undefined : context.pipelines[id];
      return {
        committed: { ...context.committed, [event.task]: left },
        ...(id === undefined || pipeline === undefined
          ? {}
          : { pipelines: { ...context.pipelines, [id]: { ...pipeline, earmarkedCredits: 0 } } }),
      };
    }),
    dropTask: assign(({ context, event }) => {
      if (event.type !== "coordinator.taskGone") return {};
      const { task } = event;
      return {
        ready: without(context.ready, task),
        given: without(context.given, task),
        committed: without(context.committed, task),
      };
    }),
    dropActors: assign(({ context, event }) => {
      if (event.type !== "coordinator.actorsGone") return {};
      const { address } = event;
      const left = {
        ready: outside(context.ready, address),
        given: outside(context.given, address),
        adopting: withoutWorker(context.adopting, address),
      };
      // A worker may have a successor, with the same to buy and sell; where it has none, its pipeline says that the task has gone.
      return pipelineOf(context, address) === undefined ? { ...left, committed: outside(context.committed, address) } : left;
    }),
    want: assign({ wanted: true }),
    configure: assign(({ event }) => {
      if (event.type !== "coordinator.configure") return {};
      const { timing, maxFabrications, work } = event;
      return { timing, maxFabrications, work };
    }),
    takeOrder: assign((args) =>
      args.event.type === "coordinator.start"
        ? {
            orders: withOrder(args.context.orders, args.event, nowOf(args)),
            wanted: true,
          }
        : {},
    ),
    stopPipelines: enqueueActions((args) => {
      const { context, event, enqueue } = args;
      if (event.type !== "coordinator.stop") return;
      for (const id of event.pipelines) {
        const to = `${context.address}/pipeline/${id}`;
        if (hasWorkers(context.committed, to)) enqueue(sendToAddress(to, { type: "pipeline.stop", reason: event.reason }));
      }
      enqueue.assign(dropOrders(context, event, { atMs: nowOf(args), emit: (told) => enqueue.emit(told) }));
      const { products = [], forGameSeconds = null } = event;
      const forMs = forGameSeconds === null ? null : Math.round(forGameSeconds * context.timing.gameSecondMs);
      enqueue.assign({ stoppedByHand: withStopped(context.stoppedByHand, { products, forMs }, nowOf(args)) });
    }),
    apply: enqueueActions((args) => {
      const { context, event, enqueue } = args;
      const answer = (event as unknown as { output: DispatchAnswer }).output;
      const after = afterDispatch(context, answer, nowOf(args), {
        send: (to, message) => enqueue(sendToAddress(to, message)),
        startPipeline: (id, input) => enqueue.spawnChild("pipeline", { id, input }),
        startTour: (id, input) => enqueue.spawnChild("tour", { id, input }),
        emit: (said) => enqueue.emit(said),
      });
      enqueue.assign(after);
    }),
    noteChildEnd: assign((args) => {
      const { context } = args;
      const event = args.event as unknown as { readonly type: string; readonly output?: unknown };
      const child = event.type.replace(/^xstate\.(done|error)\.actor\./, "");
      const liquidations = without(context.liquidations, child);
      const scouts = without(context.scouts, child);
      if (!child.startsWith("pipeline/")) return { liquidations, scouts, wanted: true };
      const id = child.slice("pipeline/".length);
      const { product, kind } = context.pipelines[id] ?? {};
      const output = event.output as PipelineOutput | undefined;
      const cooling =
        product === undefined || (output?.status === "COMPLETED" && !output.leaveAlone) || output?.reason === STOPPED_BY_HAND
          ? context.cooling
          : { ...context.cooling, [`${kind}:${product}`]: nowOf(args) + context.timing.productCooldownMs };
      const address = `${context.address}/${child}`;
      const ready = outside(context.ready, address);
      const given = outside(context.given, address);
      const committed = outside(context.committed, address);
      return { pipelines: without(context.pipelines, id), ready, given, committed, cooling, wanted: true };
    }),
    forgetCooled: assign((args) => {
      const nowMs = nowOf(args);
      return {
        cooling: Object.fromEntries(Object.entries(args.context.cooling).filter(([, untilMs]) => untilMs > nowMs)),
        stoppedByHand: stillStopped(args.context.stoppedByHand, nowMs),
      };
    }),
  },
  guards: {
    hasWork: ({ context }) =>
      context.wanted && (Object.keys(context.idle).length > 0 || Object.values(context.orders).some(isNew)),
  },
}).createMachine({
  id: "coordinator",
  context: ({ input, self }) => ({
    ...input,
    work: input.work ?? DEFAULT_WORK_POLICY,
    address: self.id,
    idle: {},
    ready: {},
    given: {},
    pipelines: {},
    committed: {},
    liquidations: {},
    adopting: {},
    scouts: {},
    cooling: {},
    stoppedByHand: {},
    orders: {},
    refusedOrders: [],
    counter: 0,
    wanted: true,
  }),
  initial: "waiting",
  on: {
    "coordinator.shipIdle": { actions: "takeCargo" },
    "coordinator.shipGone": { actions: "forgetShip" },
    "coordinator.taskReady": { actions: "takeReady" },
    "coordinator.taskLoaded": { actions: "noteLoaded" },
    "coordinator.taskGone": { actions: "dropTask" },
    "coordinator.actorsGone": { actions: "dropActors" },
    "coordinator.cargoOrphaned": { actions: "takeCargo" },
    "coordinator.cargoFound": { actions: "takeCargo" },
    "coordinator.review": { actions: "want" },
    "coordinator.configure": { actions: "configure" },
    "coordinator.start": { actions: "takeOrder" },
    "coordinator.stop": { actions: "stopPipelines" },
    // Also confirms that stranded cargo is ours until its LIQUIDATE task takes over.
    "ship.granted": { actions: "takeCargo" },
    "ship.refused": { actions: "takeRefused" },
    "xstate.done.actor.*": { actions: "noteChildEnd" },
    "xstate.error.actor.*": { actions: "noteChildEnd" },
  },
  states: {
    waiting: {
      always: { guard: "hasWork", target: "dispatching" },
      after: { dispatch: { target: "waiting", reenter: true, actions: ["want", "forgetCooled"] } },
    },
    dispatching: {
      entry: assign({ wanted: false }),
      invoke: {
        id: "dispatch",
        src: "dispatch",
        input: ({ context }) => ({
          idle: Object.values(context.idle),
          ready: Object.values(context.ready),
          activeProducts: Object.values(context.pipelines).map((pipeline) => pipeline.product),
          activeFabrications: Object.values(context.pipelines).filter((pipeline) => pipeline.kind === "fabricate").length,
          chains: Object.values(context.pipelines)
            .filter((pipeline) => pipeline.kind === "fabricate")
            .map(({ product, dueAtMs }) => ({ product, dueAtMs })),
          maxFabrications: context.maxFabrications,
          commitments: Object.values(context.committed).flat(),
          earmarkedCredits: Object.values(context.pipelines).reduce((sum, pipeline) => sum + pipeline.earmarkedCredits, 0),
          cooling: Object.keys(context.cooling),
          stopped: Object.keys(context.stoppedByHand),
          scouting: Object.values(context.scouts),
          orders: Object.values(context.orders),
        }),
        onDone: { target: "waiting", actions: "apply" },
        onError: "waiting",
      },
    },
  },
});

/** Nobody has looked at it yet: that needs no idle ship. */
function isNew({ waitsFor }: PipelineOrder): boolean {
  return waitsFor === null;
}

/** The running pipeline that a worker belongs to, by its id. */
function pipelineOf({ address, pipelines }: CoordinatorContext, worker: string): string | undefined {
  return Object.keys(pipelines).find((id) => worker.startsWith(`${address}/pipeline/${id}/`));
}
