import { assign, cancel, enqueueActions, setup } from "xstate";
import { factoryKey } from "../domain/factory.ts";
import { netProfitCredits, type PipelineState, settlePipeline, startPipeline, tasksToCancel } from "../domain/pipelineState.ts";
import { spareFuelCredits } from "../domain/planEconomics.ts";
import { tasksOfPlan } from "../domain/planTasks.ts";
import { isTerminal, type Task } from "../domain/taskState.ts";
import { DEFAULT_WORK_POLICY } from "../domain/workPolicy.ts";
import { nowOf, sendToAddress } from "../runtime/authoring.ts";
import { coordinatorOf, supplyMonitorOf } from "./addresses.ts";
import type { FleetEvent } from "./fleetEvents.ts";
import { failureBy, lateCollections, lossOf, readyTasks } from "./pipelineJudgement.ts";
import type { PipelineContext, PipelineEvent, PipelineInput, PipelineOutput, PipelinePlan } from "./pipelineProtocol.ts";
import { afterLoss, rolledBack, SHIP_SPEAKS_WITHIN_MS } from "./pipelineRecovery.ts";
import { waitedFor } from "./pipelineWait.ts";
import { taskMachine } from "./task.machine.ts";
import type { TaskInput, TaskOutput } from "./taskProtocol.ts";

/**
 * One product's task graph at work. Invariants: a pipeline that runs has a task left to do; a task is made ready when its dependencies are
 * done and, for a fabricated good, its factory is judged ready; on failure nothing more is bought and what is aboard is sold.
 */
export const pipelineMachine = setup({
  types: {
    context: {} as PipelineContext,
    events: {} as PipelineEvent,
    input: {} as PipelineInput,
    output: {} as PipelineOutput,
    emitted: {} as FleetEvent,
  },
  actors: { task: taskMachine },
  delays: { patience: ({ context }) => context.patienceMs, closing: 30_000 },
  actions: {
    begin: enqueueActions((args) => {
      const { context, enqueue } = args;
      const { scope, plan, state, first } = context;
      for (const planned of plan.tasks) {
        const ship = first?.task === planned.id ? first.ship : null;
        enqueue.spawnChild("task", { id: `task/${planned.id}`, input: inputOf(context, planned, ship) });
      }
      for (const factory of plan.factories) {
        const { waypoint, good, inputs, notImported, supply, supplySeenAtMs } = factory;
        if (notImported.length > 0) enqueue.emit({ type: "factory.inputsDiffer", factory: waypoint, good, notImported });
        enqueue(
          sendToAddress(supplyMonitorOf(scope), {
            type: "supply.watch",
            pipelineId: state.id,
            watcher: context.address,
            waypoint,
            good,
            inputs: inputs.filter((input) => input.units > 0),
            supply,
            supplySeenAtMs,
          }),
        );
      }
      const begun = context.tasks.map((task) =>
        first !== null && task.id === `${state.id}.${first.task}` ? { ...task, status: "ASSIGNED" as const } : task,
      );
      enqueue.assign({ state: startPipeline(state, nowOf(args)), tasks: begun });
      const fabricates = plan.kind === "fabricate";
      enqueue.emit({ type: "pipeline.started", pipeline: state.id, good: plan.product, fabricates, tasks: plan.tasks.length });
    }),
    makeReady: enqueueActions(({ context, enqueue }) => {
      const ready = readyTasks(context);
      if (ready.length === 0) return;
      for (const task of ready) enqueue(sendToAddress(taskAddress(context, task), { type: "task.makeReady" }));
      const ids = new Set(ready.map((task) => task.id));
      enqueue.assign({ tasks: context.tasks.map((task) => (ids.has(task.id) ? { ...task, status: "READY" as const } : task)) });
    }),
    notePending: assign(({ context, event }) => {
      if (event.type !== "pipeline.taskPending") return {};
      return { tasks: context.tasks.map((task) => (task.id === event.task ? { ...task, status: "PENDING" as const } : task)) };
    }),
    noteJudgement: assign(({ context, event }) => {
      if (event.type !== "pipeline.factoryJudged") return {};
      const { waypoint, good, ready, reason, supply } = event;
      const key = factoryKey(waypoint, good);
      return { collectable: { ...context.collectable, [key]: ready }, judged: { ...context.judged, [key]: { reason, supply } } };
    }),
    noteClosed: assign(({ context, event }) => {
      if (event.type !== "pipeline.factoryClosed") return {};
      const failing = `${event.waypoint} does not export ${event.good} any more`;
      return { state: { ...context.state, failing: context.state.failing ?? failing } };
    }),
    noteTaskEnd: enqueueActions((args) => {
      const { context, enqueue } = args;
      const event = args.event as unknown as { readonly type: string; readonly output?: TaskOutput };
      const child = childOf(args.event);
      const id = `${context.state.id}.${child.slice("task/".length)}`;
      const tasks = context.tasks.map((task) => {
        if (task.id !== id) return task;
        const last = context.lostWorkers?.[child]?.task ?? task;
        if (event.output !== undefined) return { ...NO_FUEL, ...event.output.task };
        return { ...last, status: "FAILED" as const, errorMessage: "the worker was given up" };
      });
      const ended = tasks.find((task) => task.id === id);
      const failing = ended === undefined ? undefined : (failureBy(ended, tasks) ?? lossOf({ ...context, tasks }));
      const state = settlePipeline({ ...context.state, failing: context.state.failing ?? failing }, tasks, nowOf(args));
      enqueue.assign({ tasks, state, inDoubt: context.inDoubt?.filter((other) => other !== child) ?? [] });
      // A worker that was given up can no longer say so itself.
      if (event.output === undefined)
        enqueue(
          sendToAddress(coordinatorOf(context.scope), { type: "coordinator.taskGone", task: `${context.address}/${child}` }),
        );
      if (ended?.feedsGood === undefined || ended.targetMarket === undefined) return;
      const open = tasks.some(
        (task) => !isTerminal(task.status) && task.good === ended.good && task.targetMarket === ended.targetMarket,
      );
      if (open) return;
      enqueue(
        sendToAddress(supplyMonitorOf(context.scope), {
          type: "supply.closeInput",
          waypoint: ended.targetMarket,
          output: ended.feedsGood,
          good: ended.good,
          watcher: context.address,
        }),
      );
    }),
    noteLost: assign(({ context, event }) => {
      if (event.type !== "pipeline.workerLost") return {};
      const { child, task, unitsAboard } = event;
      return { lostWorkers: { ...context.lostWorkers, [child]: { task, unitsAboard } } };
    }),
    /** Its ship says whether anything was bought, or that it is still buying; when no ship speaks, nothing was. */
    waitForShip: enqueueActions(({ context, event, enqueue }) => {
      const child = childOf(event);
      enqueue.assign({ inDoubt: [...(context.inDoubt ?? []), child] });
      const nothing = { type: "pipeline.shipFreed", child, hasCargo: false };
      enqueue(sendToAddress(context.address, nothing, { id: doubtOf(child), delay: SHIP_SPEAKS_WITHIN_MS }));
    }),
    /** However long the game takes: only the ship can end this wait. */
    waitForPurchase: cancel(({ event }) => doubtOf(childOf(event))),
    /** A new life at the same address (G8). */
    beginAnew: enqueueActions(({ context, event, enqueue }) => {
      const child = childOf(event);
      const planned = context.plan.tasks.find(({ id }) => child === `task/${id}`);
      if (planned === undefined) return;
      const id = `${context.state.id}.${planned.id}`;
      const lost = context.lostWorkers?.[child]?.task;
      const awaitsProduction = context.tasks.find((task) => task.id === id)?.awaitsProduction ?? planned.awaitsProduction;
      enqueue.assign({
        tasks: context.tasks.map((task) => (task.id === id ? { ...rolledBack(lost ?? task), awaitsProduction } : task)),
        begunAnew: [...(context.begunAnew ?? []), child],
        inDoubt: context.inDoubt?.filter((other) => other !== child) ?? [],
      });
      enqueue.spawnChild("task", {
        id: child,
        input: { ...inputOf(context, planned, null), awaitsProduction, fuelCredits: lost?.fuelCredits ?? 0 },
      });
      enqueue.emit({ type: "task.rolledBack", task: id, good: planned.good });
    }),
    stopBuying: enqueueActions(({ context, enqueue }) => {
      const reason = context.reason ?? context.state.failing ?? "cancelled";
      const whole = new Set(tasksToCancel(context.tasks));
      for (const task of context.tasks) {
        if (isTerminal(task.status)) continue;
        // A worker under way sells what is aboard and buys nothing more; one that has not begun ends at once.
        if (whole.has(task.id) || task.status === "ASSIGNED")
          enqueue(sendToAddress(taskAddress(context, task), { type: "task.cancel", reason, stopped: context.stopped }));
      }
    }),
    noteReason: assign((args) => {
      const { context, event } = args;
      return { reason: event.type === "pipeline.cancel" ? event.reason : (context.reason ?? waitedFor(context, nowOf(args))) };
    }),
    /** Its tasks collect what the factories have made, HIGH or not. */
    waitNoLonger: enqueueActions((args) => {
      const { context, event, enqueue } = args;
      const { state, plan } = context;
      const waiting = lateCollections(context.tasks);
      for (const task of waiting) enqueue(sendToAddress(taskAddress(context, task), { type: "task.waitNoLonger" }));
      enqueue.assign({
        tasks: context.tasks.map((task) => (waiting.includes(task) ? { ...task, awaitsProduction: false } : task)),
      });
      const reason = event.type === "pipeline.yield" ? "plain trade in it pays now" : waitedFor(context, nowOf(args));
      enqueue.emit({ type: "pipeline.waitsNoLonger", pipeline: state.id, good: plan.product, reason });
    }),
    noteStop: assign(({ event }) => (event.type === "pipeline.stop" ? { reason: event.reason, stopped: true } : {})),
    /** Stopped on purpose, or nothing was bought: no failure. */
    settleAsCancelled: assign((args) => {
      const { state, reason } = args.context;
      const untouched = state.totalCostCredits === 0;
      if (state.status !== "FAILED" || (reason === null && !untouched)) return {};
      return { state: { ...state, status: "CANCELLED" as const } };
    }),
    sayEnd: enqueueActions(({ context, enqueue }) => {
      const { state, plan, scope } = context;
      enqueue(sendToAddress(supplyMonitorOf(scope), { type: "supply.unwatch", watcher: context.address }));
      enqueue.emit({
        type: endOf(state),
        pipeline: state.id,
        good: plan.product,
        fabricates: plan.kind === "fabricate",
        costCredits: state.totalCostCredits,
        revenueCredits: state.totalRevenueCredits,
        fuelCredits: state.totalFuelCredits,
        netProfitCredits: netProfitCredits(state),
        reason: context.reason ?? state.failing ?? null,
      });
    }),
  },
  guards: {
    mayBeginAnew: ({ context, event }) => afterLoss(context, childOf(event)) === "again",
    isInDoubt: ({ context, event }) => afterLoss(context, childOf(event)) === "inDoubt",
    awaited: ({ context, event }) => context.inDoubt?.includes(childOf(event)) === true,
    nothingBought: ({ context, event }) =>
      event.type === "pipeline.shipFreed" && !event.hasCargo && context.inDoubt?.includes(event.child) === true,
    onlyCollects: ({ context }) => lateCollections(context.tasks).length > 0,
    unwatched: ({ context }) => context.watchedFactories === 0,
    allEnded: ({ context }) => context.tasks.every((task) => isTerminal(task.status)),
    failing: ({ context }) => context.state.failing !== undefined,
  },
}).createMachine({
  id: "pipeline",
  context: ({ input, self, ...rest }) => initialContext(input, self.id, nowOf(rest)),
  initial: "running",
  entry: "begin",
  output: ({ context }) => ({
    id: context.state.id,
    product: context.plan.product,
    status: context.state.status,
    netProfitCredits: netProfitCredits(context.state),
    leaveAlone: context.stopped || soldAtLoss(context),
    reason: context.reason ?? context.state.failing ?? null,
  }),
  on: {
    "pipeline.factoryJudged": { actions: ["noteJudgement"] },
    "pipeline.taskPending": { actions: ["notePending"] },
    "pipeline.workerLost": { actions: "noteLost" },
    "pipeline.purchasePending": { guard: "awaited", actions: "waitForPurchase" },
    // Too late to do it again: what was in doubt has failed.
    "pipeline.shipFreed": { guard: "awaited", actions: "noteTaskEnd" },
    "xstate.done.actor.*": { actions: "noteTaskEnd" },
    "xstate.error.actor.*": { actions: "noteTaskEnd" },
  },
  states: {
    running: {
      entry: "makeReady",
      always: [
        { guard: "allEnded", target: "closing" },
        { guard: "failing", target: "windingUp" },
      ],
      after: {
        patience: [
          { guard: "onlyCollects", target: "running", reenter: true, actions: "waitNoLonger" },
          { target: "windingUp", actions: "noteReason" },
        ],
      },
      on: {
        "pipeline.factoryJudged": { actions: ["noteJudgement", "makeReady"] },
        "pipeline.taskPending": { actions: ["notePending", "makeReady"] },
        "pipeline.factoryClosed": { actions: "noteClosed" },
        "pipeline.cancel": { target: "windingUp", actions: "noteReason" },
        "pipeline.stop": { target: "windingUp", actions: "noteStop" },
        // It has its patience once more, for the trip.
        "pipeline.yield": { guard: "onlyCollects", target: "running", reenter: true, actions: "waitNoLonger" },
        "xstate.done.actor.*": { actions: ["noteTaskEnd", "makeReady"] },
        "xstate.error.actor.*": [
          { guard: "mayBeginAnew", actions: ["beginAnew", "makeReady"] },
          { guard: "isInDoubt", actions: "waitForShip" },
          { actions: ["noteTaskEnd", "makeReady"] },
        ],
        "pipeline.shipFreed": [
          { guard: "nothingBought", actions: ["beginAnew", "makeReady"] },
          { guard: "awaited", actions: ["noteTaskEnd", "makeReady"] },
        ],
      },
    },
    windingUp: {
      entry: "stopBuying",
      always: { guard: "allEnded", target: "closing" },
      // A worker that had to give its ship back cannot be made ready any more: it is told again to end.
      on: {
        "pipeline.taskPending": { actions: ["notePending", "stopBuying"] },
        "pipeline.stop": { actions: ["noteStop", "stopBuying"] },
      },
    },
    /** All work is done; a factory that was given up will not answer. */
    closing: {
      entry: ["settleAsCancelled", "sayEnd"],
      always: { guard: "unwatched", target: "ended" },
      on: {
        "pipeline.factoryDismissed": {
          actions: assign(({ context }) => ({ watchedFactories: Math.max(0, context.watchedFactories - 1) })),
        },
      },
      after: { closing: "ended" },
    },
    ended: { type: "final" },
  },
});

/** By its goods alone: what a way has cost says little about a product. */
function soldAtLoss({ state, work }: Pick<PipelineContext, "state" | "work">): boolean {
  return state.totalRevenueCredits - state.totalCostCredits < -work.maxLossShare * state.totalCostCredits;
}

function initialContext(input: PipelineInput, address: string, nowMs: number): PipelineContext {
  const { plan, id, work = DEFAULT_WORK_POLICY } = input;
  return {
    scope: input.scope,
    address,
    plan,
    first: input.first,
    state: {
      id,
      productGood: plan.product,
      sellMarket: plan.sellMarket,
      expectedBidCredits: plan.expectedBidCredits,
      status: "PLANNING",
      failing: undefined,
      createdAtMs: nowMs,
      startedAtMs: undefined,
      completedAtMs: undefined,
      totalCostCredits: 0,
      totalRevenueCredits: 0,
      totalFuelCredits: 0,
    },
    tasks: tasksOfPlan(plan, id, nowMs, work.maxRetries),
    collectable: {},
    patienceMs: input.patienceMs,
    gameSecondMs: input.gameSecondMs,
    work,
    reason: null,
    stopped: false,
    watchedFactories: plan.factories.length,
  };
}

/** The last word of a worker that ended under an earlier version says nothing of fuel. */
const NO_FUEL = { fuelCredits: 0 };

/** The child that the event is about: its end, or its ship. */
function childOf(event: { readonly type: string }): string {
  if ("child" in event && typeof event.child === "string") return event.child;
  return event.type.slice(event.type.indexOf("task/"));
}

/** Its timer. */
function doubtOf(child: string): string {
  return `doubt/${child}`;
}

function inputOf(
  { scope, state, work, plan }: PipelineContext,
  planned: PipelinePlan["tasks"][number],
  ship: string | null,
): TaskInput {
  const { id, expected, feedsGood, dependsOn, approachCredits, ...rest } = planned;
  return {
    ...rest,
    ...(approachCredits === undefined ? {} : { maxApproachCredits: approachCredits + spareFuelCredits(plan) }),
    scope,
    id: `${state.id}.${id}`,
    pipelineId: state.id,
    dependsOn: dependsOn.map((dependency) => `${state.id}.${dependency}`),
    feedsGood: feedsGood ?? null,
    expected,
    ship,
    affinityShip: null,
    work,
  };
}

function taskAddress(context: PipelineContext, task: Task): string {
  return `${context.address}/task/${task.id.slice(context.state.id.length + 1)}`;
}

function endOf(state: PipelineState): "pipeline.completed" | "pipeline.failed" | "pipeline.cancelled" {
  if (state.status === "COMPLETED") return "pipeline.completed";
  return state.status === "CANCELLED" ? "pipeline.cancelled" : "pipeline.failed";
}
