import { assign, enqueueActions, setup } from "xstate";
import { nowOf, sendToAddress } from "../runtime/authoring.ts";
import { isAtOrBelow, shipOf, treasuryOf } from "./addresses.ts";
import type {
  CoordinatorContext,
  CoordinatorEvent,
  CoordinatorInput,
  DispatchAnswer,
  DispatchInput,
} from "./coordinatorProtocol.ts";
import { commitmentsByTask, isCovered, liquidate, outside, patienceFor, without } from "./coordinatorSteps.ts";
import type { FleetEvent } from "./fleetEvents.ts";
import { declaredLogic } from "./jobLogic.ts";
import { pipelineMachine } from "./pipeline.machine.ts";
import type { PipelineOutput } from "./pipelineProtocol.ts";
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
    takeIdle: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "coordinator.shipIdle") return;
      const { ship, symbol } = event;
      const stranded = ship.cargo.filter((item) => item.units > 0 && !isCovered(context, symbol, item.good));
      if (stranded.length > 0) {
        const { firstChild: _, ...begun } = liquidate(context, ship, stranded, enqueue);
        enqueue.assign(begun);
        return;
      }
      enqueue.assign({ idle: { ...context.idle, [symbol]: ship }, wanted: true });
    }),
    takeOrphan: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "coordinator.cargoOrphaned") return;
      const { ship } = event;
      const stranded = ship.cargo.filter((item) => item.units > 0);
      const { firstChild: child, ...begun } = liquidate(context, ship, stranded, enqueue);
      enqueue.assign(begun);
      if (child === undefined) return;
      const to = `${context.address}/${child}`;
      enqueue(
        sendToAddress(shipOf(context.scope, ship.symbol), {
          type: "ship.transfer",
          from: context.address,
          to,
          purpose: "LIQUIDATE",
        }),
      );
    }),
    forgetShip: assign(({ context, event }) =>
      event.type === "coordinator.shipGone" ? { idle: without(context.idle, event.symbol) } : {},
    ),
    takeReady: assign(({ context, event }) =>
      event.type === "coordinator.taskReady" ? { ready: { ...context.ready, [event.task.id]: event.task }, wanted: true } : {},
    ),
    noteLoaded: assign(({ context, event }) => {
      if (event.type !== "coordinator.taskLoaded") return {};
      const left = (context.committed[event.task] ?? []).filter((item) => item.side === "sell");
      const id = Object.keys(context.pipelines).find((key) => event.task.startsWith(`${context.address}/pipeline/${key}/`));
      const pipeline = id === undefined ? undefined : context.pipelines[id];
      return {
        committed: { ...context.committed, [event.task]: left },
        ...(id === undefined || pipeline === undefined
          ? {}
          : { pipelines: { ...context.pipelines, [id]: { ...pipeline, earmarkedCredits: 0 } } }),
      };
    }),
    dropTask: assign(({ context, event }) =>
      event.type === "coordinator.taskGone"
        ? { ready: without(context.ready, event.task), committed: without(context.committed, event.task) }
        : {},
    ),
    dropActors: assign(({ context, event }) => {
      if (event.type !== "coordinator.actorsGone") return {};
      return { ready: outside(context.ready, event.address), committed: outside(context.committed, event.address) };
    }),
    want: assign({ wanted: true }),
    apply: enqueueActions((args) => {
      const { context, event, enqueue } = args;
      const answer = (event as unknown as { output: DispatchAnswer }).output;
      let { idle, ready, pipelines, committed, scouts, counter } = context;
      for (const { task, ship } of answer.assignments) {
        if (!(ship in idle) || !(task in ready)) continue;
        idle = without(idle, ship);
        ready = without(ready, task);
        enqueue(sendToAddress(task, { type: "task.assign", ship }));
      }
      for (const { plan, task, ship } of answer.pipelines) {
        if (!(ship in idle)) continue;
        idle = without(idle, ship);
        counter += 1;
        const id = `p${counter}`;
        const { product, kind, economics } = plan;
        const dueAtMs = Math.round(nowOf(args) + economics.elapsedSeconds * context.timing.gameSecondMs);
        pipelines = { ...pipelines, [id]: { product, kind, earmarkedCredits: economics.capitalCredits, dueAtMs } };
        committed = { ...committed, ...commitmentsByTask(`${context.address}/pipeline/${id}`, plan) };
        const { scope, timing } = context;
        enqueue.spawnChild("pipeline", {
          id: `pipeline/${id}`,
          input: { scope, id, plan, first: { task, ship }, patienceMs: patienceFor(plan, timing) },
        });
      }
      for (const { ship, waypoint } of answer.scouts) {
        if (!(ship in idle)) continue;
        idle = without(idle, ship);
        counter += 1;
        const id = `scout/${counter}`;
        scouts = { ...scouts, [id]: waypoint };
        enqueue.spawnChild("tour", { id, input: { scope: context.scope, ship, stops: [waypoint], pauseMs: 0 } });
      }
      for (const [id, { kind, product }] of Object.entries(context.pipelines)) {
        if (kind !== "fabricate" || !answer.yields.includes(product)) continue;
        const to = `${context.address}/pipeline/${id}`;
        // With its last worker gone it is ending, and may have ended.
        if (!Object.keys(committed).some((task) => isAtOrBelow(task, to))) continue;
        enqueue(sendToAddress(to, { type: "pipeline.yield", reason: "late, and plain trade pays now" }));
      }
      enqueue.assign({ idle, ready, pipelines, committed, scouts, counter });
      enqueue(sendToAddress(treasuryOf(context.scope), { type: "treasury.demandMeasured", demand: answer.demand }));
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
        product === undefined || output?.status === "COMPLETED"
          ? context.cooling
          : { ...context.cooling, [`${kind}:${product}`]: nowOf(args) + context.timing.productCooldownMs };
      const address = `${context.address}/${child}`;
      const ready = outside(context.ready, address);
      const committed = outside(context.committed, address);
      return { pipelines: without(context.pipelines, id), ready, committed, cooling, wanted: true };
    }),
    forgetCooled: assign((args) => {
      const nowMs = nowOf(args);
      return { cooling: Object.fromEntries(Object.entries(args.context.cooling).filter(([, untilMs]) => untilMs > nowMs)) };
    }),
  },
  guards: {
    hasWork: ({ context }) => context.wanted && Object.keys(context.idle).length > 0,
  },
}).createMachine({
  id: "coordinator",
  context: ({ input, self }) => ({
    ...input,
    address: self.id,
    idle: {},
    ready: {},
    pipelines: {},
    committed: {},
    liquidations: {},
    scouts: {},
    cooling: {},
    counter: 0,
    wanted: true,
  }),
  initial: "waiting",
  on: {
    "coordinator.shipIdle": { actions: "takeIdle" },
    "coordinator.shipGone": { actions: "forgetShip" },
    "coordinator.taskReady": { actions: "takeReady" },
    "coordinator.taskLoaded": { actions: "noteLoaded" },
    "coordinator.taskGone": { actions: "dropTask" },
    "coordinator.actorsGone": { actions: "dropActors" },
    "coordinator.cargoOrphaned": { actions: "takeOrphan" },
    "coordinator.review": { actions: "want" },
    // The ship has confirmed that stranded cargo is ours until its LIQUIDATE task takes over.
    "ship.granted": {},
    "ship.refused": {},
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
          scouting: Object.values(context.scouts),
        }),
        onDone: { target: "waiting", actions: "apply" },
        onError: "waiting",
      },
    },
  },
});
