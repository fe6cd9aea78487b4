import { assign, enqueueActions, setup } from "xstate";
import { factoryKey } from "../domain/factory.ts";
import { netProfitCredits, type PipelineState, settlePipeline, startPipeline, tasksToCancel } from "../domain/pipelineState.ts";
import { tasksOfPlan } from "../domain/planTasks.ts";
import { isReady, isTerminal, type Task } from "../domain/taskState.ts";
import { nowOf, sendToAddress } from "../runtime/authoring.ts";
import { supplyMonitorOf } from "./addresses.ts";
import type { FleetEvent } from "./fleetEvents.ts";
import type { PipelineContext, PipelineEvent, PipelineInput, PipelineOutput } from "./pipelineProtocol.ts";
import { taskMachine } from "./task.machine.ts";
import type { TaskOutput } from "./taskProtocol.ts";

/** A chain whose finished tasks fell short of their plan by more than this share of the whole cost is stopped. */
const MAX_LOSS_SHARE = 0.05;

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
        const { id, expected, feedsGood, ...rest } = planned;
        enqueue.spawnChild("task", {
          id: `task/${id}`,
          input: {
            ...rest,
            scope,
            id: `${state.id}.${id}`,
            pipelineId: state.id,
            dependsOn: rest.dependsOn.map((dependency) => `${state.id}.${dependency}`),
            feedsGood: feedsGood ?? null,
            expected,
            ship: first?.task === id ? first.ship : null,
            affinityShip: null,
          },
        });
      }
      for (const factory of plan.factories) {
        const { waypoint, good, inputs, supply, supplySeenAtMs } = factory;
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
      return { collectable: { ...context.collectable, [factoryKey(event.waypoint, event.good)]: event.ready } };
    }),
    noteTaskEnd: enqueueActions((args) => {
      const { context, enqueue } = args;
      const event = args.event as unknown as { readonly type: string; readonly output?: TaskOutput };
      const child = event.type.slice(event.type.indexOf("task/"));
      const id = `${context.state.id}.${child.slice("task/".length)}`;
      const tasks = context.tasks.map((task) => {
        if (task.id !== id) return task;
        return event.output?.task ?? { ...task, status: "FAILED" as const, errorMessage: "the worker was given up" };
      });
      const ended = tasks.find((task) => task.id === id);
      const failing = ended === undefined ? undefined : (failureBy(ended, tasks) ?? lossOf({ ...context, tasks }));
      const state = settlePipeline({ ...context.state, failing: context.state.failing ?? failing }, tasks, nowOf(args));
      enqueue.assign({ tasks, state });
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
    stopBuying: enqueueActions(({ context, enqueue }) => {
      const reason = context.reason ?? context.state.failing ?? "cancelled";
      const whole = new Set(tasksToCancel(context.tasks));
      for (const task of context.tasks) {
        if (isTerminal(task.status)) continue;
        // A worker under way sells what is aboard and buys nothing more; one that has not begun ends at once.
        if (whole.has(task.id) || task.status === "ASSIGNED")
          enqueue(sendToAddress(taskAddress(context, task), { type: "task.cancel", reason }));
      }
    }),
    noteReason: assign(({ context, event }) => ({
      reason:
        event.type === "pipeline.cancel" || event.type === "pipeline.yield"
          ? event.reason
          : (context.reason ?? "nothing happened for too long"),
    })),
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
        netProfitCredits: netProfitCredits(state),
        reason: context.reason ?? state.failing ?? null,
      });
    }),
  },
  guards: {
    onlyWaits: ({ context }) =>
      context.tasks.every((task) => isTerminal(task.status) || (task.status === "PENDING" && task.awaitsProduction)),
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
    reason: context.reason ?? context.state.failing ?? null,
  }),
  on: {
    "pipeline.factoryJudged": { actions: ["noteJudgement"] },
    "pipeline.taskPending": { actions: ["notePending"] },
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
      after: { patience: { target: "windingUp", actions: "noteReason" } },
      on: {
        "pipeline.factoryJudged": { actions: ["noteJudgement", "makeReady"] },
        "pipeline.taskPending": { actions: ["notePending", "makeReady"] },
        "pipeline.cancel": { target: "windingUp", actions: "noteReason" },
        "pipeline.yield": { guard: "onlyWaits", target: "windingUp", actions: "noteReason" },
        "xstate.done.actor.*": { actions: ["noteTaskEnd", "makeReady"] },
        "xstate.error.actor.*": { actions: ["noteTaskEnd", "makeReady"] },
      },
    },
    windingUp: {
      entry: "stopBuying",
      always: { guard: "allEnded", target: "closing" },
      // A worker that had to give its ship back cannot be made ready any more: it is told again to end.
      on: { "pipeline.taskPending": { actions: ["notePending", "stopBuying"] } },
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

function initialContext(input: PipelineInput, address: string, nowMs: number): PipelineContext {
  const { plan, id } = input;
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
    },
    tasks: tasksOfPlan({ ...plan, root: NO_NODE, depth: 0, sellScore: 0, rejected: [] }, id, nowMs),
    collectable: {},
    patienceMs: input.patienceMs,
    reason: null,
    watchedFactories: plan.factories.length,
  };
}

/** `tasksOfPlan` reads the tasks only. */
const NO_NODE = { method: "BUY", good: "", sourceMarket: "", because: "supply", children: [] } as const;

function readyTasks(context: PipelineContext): readonly Task[] {
  const completed = new Set(context.tasks.filter((task) => isTerminal(task.status)).map((task) => task.id));
  return context.tasks.filter((task) => {
    const key = factoryKey(task.sourceMarket ?? "", task.good);
    return isReady(task, completed, context.collectable[key] ?? false);
  });
}

/** A delivery that brought nothing starves its factory; a task that failed for good fails the chain. */
function failureBy(ended: Task, tasks: readonly Task[]): string | undefined {
  if (ended.status === "FAILED") return ended.errorMessage ?? "a task failed";
  if (ended.status !== "CANCELLED" || ended.actualUnits > 0) return undefined;
  const siblings = tasks.filter((task) =>
    ended.feedsGood === undefined
      ? task.feedsGood === undefined
      : task.feedsGood !== undefined && task.good === ended.good && task.targetMarket === ended.targetMarket,
  );
  const fed = siblings.some((task) => task.id !== ended.id && (task.actualUnits > 0 || !isTerminal(task.status)));
  return fed ? undefined : (ended.errorMessage ?? "a task was cancelled");
}

function lossOf(context: PipelineContext): string | undefined {
  const { plan, state, tasks } = context;
  let realised = 0;
  let planned = 0;
  for (const item of plan.tasks) {
    const task = tasks.find((candidate) => candidate.id === `${state.id}.${item.id}`);
    if (task === undefined || task.status !== "COMPLETED") continue;
    realised += task.totalRevenueCredits - task.totalCostCredits;
    planned += item.expected.revenueCredits - item.expected.costCredits;
  }
  const shortfall = planned - realised;
  if (realised >= 0 || shortfall <= MAX_LOSS_SHARE * plan.economics.costCredits) return undefined;
  return `realised loss of ${-realised} credits where ${planned} was planned`;
}

function taskAddress(context: PipelineContext, task: Task): string {
  return `${context.address}/task/${task.id.slice(context.state.id.length + 1)}`;
}

function endOf(state: PipelineState): "pipeline.completed" | "pipeline.failed" | "pipeline.cancelled" {
  if (state.status === "COMPLETED") return "pipeline.completed";
  return state.status === "CANCELLED" ? "pipeline.cancelled" : "pipeline.failed";
}
