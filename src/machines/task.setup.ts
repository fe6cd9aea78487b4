import { assign, enqueueActions, setup } from "xstate";
import { approachBudgetCredits } from "../domain/assignment.ts";
import { ORPHANED_TASK } from "../domain/cargoReconciliation.ts";
import type { LiquidationRule } from "../domain/liquidation.ts";
import { changeTask, markFirstPhase, type Task, type TaskChange } from "../domain/taskState.ts";
import { nowOf, sendToAddress } from "../runtime/authoring.ts";
import { coordinatorOf, shipOf, supplyMonitorOf, treasuryOf } from "./addresses.ts";
import type { FleetEvent } from "./fleetEvents.ts";
import { declaredLogic } from "./jobLogic.ts";
import { SHIP_DESTROYED } from "./shipProtocol.ts";
import { afterArrival, afterRefusedCommand, afterTrade, fuelled } from "./taskAnswers.ts";
import { commandFor, tellDelivery } from "./taskMessages.ts";
import type { SinkAnswer, SinkInput, TaskEvent, TaskInput, TaskOutput } from "./taskProtocol.ts";
import { nextTaskStep, quoteFor, type TaskContext, unitsAboard } from "./taskSteps.ts";

const SHIP_ANSWERS_WITHIN_MS = 60_000;
const OFFERS_AGAIN_AFTER_MS = 60_000;

/** The acts of a worker, by name; task.machine.ts says when each is done. */
export const taskSetup = setup({
  types: {
    context: {} as TaskContext,
    events: {} as TaskEvent,
    input: {} as TaskInput,
    output: {} as TaskOutput,
    emitted: {} as FleetEvent,
  },
  actors: { chooseSink: declaredLogic<SinkAnswer, SinkInput>() },
  delays: {
    /** A ship in quarantine does not answer; its mailbox keeps the claim, so it is taken back before another is asked. */
    answer: SHIP_ANSWERS_WITHIN_MS,
    offerAgain: OFFERS_AGAIN_AFTER_MS,
    /** Where no market buys the good, or the game keeps refusing: look again later. */
    patience: ({ context }) => 5_000 * 2 ** Math.min(5, context.task.retryCount + context.replans),
  },
  actions: {
    markReady: assign((args) => ({ task: changed(args.context.task, { change: "markReady", atMs: nowOf(args) }) })),
    offer: enqueueActions(({ context, event, enqueue }) => {
      const { task, allowBurn = true, maxApproachCredits, expectedCostCredits, expectedRevenueCredits } = context;
      enqueue(
        sendToAddress(coordinatorOf(context.scope), {
          type: "coordinator.taskReady",
          task: {
            id: context.address,
            priority: task.priority,
            startWaypoint: task.sourceMarket,
            cargoUnits: task.units,
            affinityShip: task.affinityShip,
            creditsPerShipSecond: context.creditsPerShipSecond,
            createdAtMs: task.createdAtMs,
            allowBurn,
            ...(maxApproachCredits === undefined
              ? {}
              : {
                  maxApproachCredits: approachBudgetCredits({
                    maxApproachCredits,
                    fuelCredits: task.fuelCredits,
                    expectedCostCredits,
                    expectedRevenueCredits,
                  }),
                }),
          },
          good: task.good,
          again: event.type.startsWith("xstate.after.offerAgain."),
        }),
      );
    }),
    takeShip: assign(({ context, event }) =>
      event.type === "task.assign" || event.type === "task.adopt"
        ? { task: changed(context.task, { change: "assign", ship: event.ship }) }
        : {},
    ),
    waitNoLonger: assign(({ context }) => ({ task: { ...context.task, awaitsProduction: false } })),
    askToStandBack: assign(({ event }) => (event.type === "task.standBack" ? { standBack: event.reason } : {})),
    claim: enqueueActions(({ context, enqueue }) => {
      const ship = context.task.assignedShip ?? "";
      enqueue(
        sendToAddress(shipOf(context.scope, ship), { type: "ship.claim", claimant: context.address, purpose: context.task.type }),
      );
    }),
    startExecution: enqueueActions((args) => {
      const { context, event, enqueue } = args;
      if (event.type !== "ship.granted") return;
      const task = changed(context.task, { change: "start", atMs: nowOf(args) });
      enqueue.assign({
        task,
        ship: event.ship,
        quotes: [],
        arrivedAt: null,
        commandId: null,
        stopBuying: null,
        broke: false,
        standBack: undefined,
        failure: null,
      });
      enqueue.emit({ type: "task.assigned", task: task.id, taskType: task.type, good: task.good, ship: event.ship.symbol });
    }),
    /** A ship that answers when nobody waits for it any more. */
    giveShipBack: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "ship.granted") return;
      const to = shipOf(context.scope, event.ship.symbol);
      enqueue(sendToAddress(to, { type: "ship.release", claimant: context.address, reason: "too late" }));
    }),
    /** Of a ship that has not answered. Where the claim was lost on its way there, only this lets the ship say that it is free. */
    takeClaimBack: enqueueActions(({ context, enqueue }) => {
      const { scope, address, task } = context;
      if (task.assignedShip === undefined) return;
      const release = { type: "ship.release", claimant: address, reason: "unanswered", answer: true };
      enqueue(sendToAddress(shipOf(scope, task.assignedShip), release));
    }),
    /** The ship says that it is not ours (our claim ended while we were stopped): asked for again before anything else. */
    claimAgain: assign(({ context }) => ({
      task: { ...context.task, status: "ASSIGNED" as const, assignedShip: context.ship?.symbol ?? context.task.assignedShip },
      ship: null,
      commandId: null,
    })),
    rollbackAssignment: assign(({ context }) => ({ task: changed(context.task, { change: "rollbackAssignment" }) })),
    reserve: enqueueActions(({ context, enqueue }) => {
      const next = nextTaskStep(context);
      if (next.step !== "reserve") return;
      const { credits, minCredits } = next;
      enqueue(
        sendToAddress(treasuryOf(context.scope), {
          type: "treasury.reserve",
          id: context.address,
          asker: context.address,
          credits,
          minCredits,
          purpose: `${context.task.type} ${context.task.good}`,
        }),
      );
    }),
    /** Whatever the purse has granted, or will: its answer may still be under way. */
    releaseAllMoney: enqueueActions(({ context, enqueue }) => {
      enqueue(sendToAddress(treasuryOf(context.scope), { type: "treasury.release", id: context.address }));
      enqueue.assign({ reservedCredits: 0 });
    }),
    releaseMoney: enqueueActions(({ context, enqueue }) => {
      if (context.reservedCredits === 0) return;
      enqueue(sendToAddress(treasuryOf(context.scope), { type: "treasury.release", id: context.address }));
      enqueue.assign({ reservedCredits: 0 });
    }),
    takeGrant: assign(({ event }) => (event.type === "treasury.granted" ? { reservedCredits: event.credits } : {})),
    takeRefusal: assign(({ event }) => (event.type === "treasury.refused" ? { broke: true, reservedCredits: 0 } : {})),
    command: enqueueActions(({ context, enqueue }) => {
      const { ship } = context;
      const commandId = `${context.commands + 1}`;
      const command = commandFor(context, commandId);
      if (ship === null || command === undefined) throw new Error(`no command for the step ${nextTaskStep(context).step}`);
      enqueue.assign({ commandId, commands: context.commands + 1 });
      enqueue(sendToAddress(shipOf(context.scope, ship.symbol), { type: "ship.command", claimant: context.address, command }));
    }),
    takeArrival: assign(({ context, event }) => (event.type === "ship.arrived" ? afterArrival(context, event) : {})),
    takeTrade: enqueueActions((args) => {
      const { context, event, enqueue } = args;
      if (event.type !== "ship.traded") return;
      enqueue.assign(afterTrade(context, event));
      if (event.side === "purchase")
        enqueue(
          sendToAddress(treasuryOf(context.scope), { type: "treasury.spent", id: context.address, credits: event.totalCredits }),
        );
      else tellDelivery(context, event, (message) => enqueue(sendToAddress(supplyMonitorOf(context.scope), message)));
    }),
    takeFailure: assign(({ context, event }) => (event.type === "ship.commandFailed" ? afterRefusedCommand(context, event) : {})),
    markPhase: enqueueActions((args) => {
      const { context, enqueue } = args;
      const aboard = context.ship === null ? 0 : unitsAboard(context.ship, context.task.good);
      const { task, cancelRequested } = context;
      const isWanted = cancelRequested === null || task.feedsGood === undefined;
      enqueue.assign({ task: markFirstPhase(task, aboard, nowOf(args)), sink: isWanted ? (task.targetMarket ?? null) : null });
      enqueue(sendToAddress(coordinatorOf(context.scope), { type: "coordinator.taskLoaded", task: context.address }));
      if (context.boughtUnits > 0 || context.ship === null) return;
      enqueue.emit({ type: "task.purchaseSkipped", task: task.id, ship: context.ship.symbol, good: task.good });
    }),
    takeSink: enqueueActions(({ context, event, enqueue }) => {
      const { waypoint, rule } = (event as unknown as { output: SinkAnswer }).output;
      const { sink, ship, task, replans } = context;
      sayMarket(context, waypoint, rule, (said) => enqueue.emit(said));
      const stays = waypoint !== null && waypoint === ship?.waypoint;
      enqueue.assign({ sink: waypoint, replans: replans + 1, firstBidCredits: null, sellAnyway: stays });
      // The ship is there and saw no price: going there again makes it look again.
      if (stays && quoteFor(context, task.good) === undefined) enqueue.assign({ arrivedAt: null });
      if (waypoint === null || stays || sink === null || sink !== ship?.waypoint) return;
      enqueue.emit({ type: "task.diverted", task: task.id, good: task.good, ship: ship.symbol, from: sink, to: waypoint });
    }),
    letShipGo: enqueueActions(({ context, event, enqueue }) => {
      const symbol = context.task.assignedShip ?? context.ship?.symbol;
      if (symbol === undefined) return;
      enqueue(
        sendToAddress(shipOf(context.scope, symbol), {
          type: "ship.release",
          claimant: context.address,
          reason: event.type === "task.orphaned" ? "orphaned_task" : releaseReason(context),
        }),
      );
    }),
    /** Ends with cargo aboard: the coordinator becomes its owner in this same commit. */
    handOver: enqueueActions(({ context, enqueue }) => {
      const { ship, task, scope, address } = context;
      if (ship === null) return;
      const to = coordinatorOf(scope);
      enqueue(sendToAddress(shipOf(scope, ship.symbol), { type: "ship.transfer", from: address, to, purpose: "LIQUIDATE" }));
      enqueue(sendToAddress(to, { type: "coordinator.cargoOrphaned", ship, because: task.errorMessage ?? "task failed" }));
    }),
    complete: assign((args) => ({ task: changed(args.context.task, { change: "complete", atMs: nowOf(args) }) })),
    sayCompleted: enqueueActions(({ context, enqueue }) => {
      const { task } = context;
      enqueue.emit({
        type: "task.completed",
        task: task.id,
        taskType: task.type,
        good: task.good,
        units: context.soldUnits,
        costCredits: task.totalCostCredits,
        revenueCredits: task.totalRevenueCredits,
        ship: context.ship?.symbol ?? "",
      });
      if (context.soldUnits > 0) return;
      enqueue.emit({ type: "task.nothingLeft", task: task.id, taskType: task.type, ship: context.ship?.symbol ?? "" });
    }),
    failAttempt: assign((args) => {
      const { context } = args;
      const holdsCargo = context.ship !== null && context.ship.cargoUnits > 0;
      const error = context.failure ?? "the ship is lost";
      return { task: changed(context.task, { change: "fail", atMs: nowOf(args), error, holdsCargo }) };
    }),
    rollBack: assign(({ context }) => {
      const next = nextTaskStep(context);
      const holdsCargo = context.ship !== null && unitsAboard(context.ship, context.task.good) > 0;
      const task = changed(context.task, { change: "rollbackExecution", holdsCargo });
      return {
        task: { ...task, status: "PENDING" as const, errorMessage: next.step === "wait" ? next.reason : undefined },
        ship: null,
      };
    }),
    cancel: assign((args) => {
      const { context, event } = args;
      const next = nextTaskStep(context);
      const asked =
        event.type === "task.cancel"
          ? event.reason
          : event.type === "task.orphaned"
            ? ORPHANED_TASK
            : (context.cancelRequested ?? undefined);
      const reason = asked ?? (next.step === "cancel" ? next.reason : "cancelled");
      return { task: changed(context.task, { change: "cancel", atMs: nowOf(args), reason }) };
    }),
    sayCancelled: enqueueActions(({ context, enqueue }) => {
      const { task } = context;
      enqueue.emit({
        type: "task.cancelled",
        task: task.id,
        taskType: task.type,
        good: task.good,
        reason: task.errorMessage ?? "",
      });
    }),
    sayFailed: enqueueActions(({ context, enqueue }) => {
      const { task } = context;
      enqueue.emit({ type: "task.failed", task: task.id, taskType: task.type, good: task.good, reason: task.errorMessage ?? "" });
    }),
    sayGone: sendToAddress(
      ({ context }: { context: TaskContext }) => coordinatorOf(context.scope),
      ({ context }: { context: TaskContext }) => ({
        type: "coordinator.taskGone",
        task: context.address,
      }),
    ),
    /** Cargo that was meant for a factory goes to the best market: nobody waits for it any more. */
    askToCancel: assign(({ context, event }) => {
      if (event.type !== "task.cancel") return {};
      const stopped = context.stopped || event.stopped === true;
      return { cancelRequested: event.reason, stopped, ...(context.task.feedsGood === undefined ? {} : { sink: null }) };
    }),
    tellPending: enqueueActions(({ context, enqueue }) => {
      if (context.task.pipelineId === null || context.task.pipelineId === undefined) return;
      enqueue(sendToAddress(context.parent, { type: "pipeline.taskPending", task: context.task.id }));
    }),
    /** What was aboard is lost with it: no retry can bring it back. With nothing aboard another ship may try. */
    loseShip: assign(({ context, event }) => {
      const { ship } = context;
      const task = event.type === "ship.lost" ? fuelled(context.task, event) : context.task;
      const carried = ship !== null && unitsAboard(ship, task.good) > 0;
      return {
        ship: null,
        failure: event.type === "ship.lost" && event.destroyed ? SHIP_DESTROYED : "the ship is lost",
        task: carried ? { ...task, retryCount: Math.max(task.retryCount, task.maxRetries - 1) } : task,
      };
    }),
  },
  guards: {
    isMine: ({ context, event }) => "commandId" in event && event.commandId === context.commandId,
    notOurs: ({ context, event }) =>
      event.type === "ship.commandFailed" && event.commandId === context.commandId && event.reason === "notYourShip",
    isAwaited: ({ context, event }) => event.type === "ship.granted" && event.ship.symbol === context.task.assignedShip,
    isAnother: ({ context, event }) => event.type === "ship.granted" && event.ship.symbol !== context.ship?.symbol,
    /** Nothing of ours is aboard any ship. */
    mayEnd: ({ context }) => context.cancelRequested !== null && context.task.affinityShip === undefined,
    hasFailed: ({ context }) => context.failure !== null,
    retriesLeft: ({ context }) => context.task.retryCount < context.task.maxRetries,
    holdsCargo: ({ context }) => context.ship !== null && context.ship.cargoUnits > 0,
    holdsOwnCargo: ({ context }) => context.ship !== null && unitsAboard(context.ship, context.task.good) > 0,
    isFinal: ({ context }) => context.task.status === "FAILED",
    preassigned: ({ context }) => context.task.assignedShip !== undefined,
    bornReady: ({ context }) => context.task.type === "LIQUIDATE",
    noSink: ({ event }) => (event as unknown as { output: SinkAnswer }).output.waypoint === null,
  },
});

/** The one way the entity changes; an illegal change is a bug of this machine and fails the transition. */
function changed(task: Task, change: TaskChange): Task {
  const result = changeTask(task, change);
  if (result.outcome === "illegal") throw new Error(result.message);
  return result.task;
}

/** Where stranded cargo goes is said when it is first known, that it cannot go anywhere once until something is found. */
function sayMarket(
  { task, ship, sink, replans }: TaskContext,
  waypoint: string | null,
  rule: LiquidationRule | null,
  say: (event: FleetEvent) => void,
): void {
  if (ship === null || (sink === null && replans > 0)) return;
  const found = { ship: ship.symbol, good: task.good, units: unitsAboard(ship, task.good) };
  if (waypoint === null) say({ type: "cargo.unsellable", ...found });
  else if (task.type === "LIQUIDATE" && sink === null && rule !== null)
    say({ type: "cargo.marketChosen", ...found, waypoint, rule });
}

function releaseReason(context: TaskContext): string {
  if (context.stopped) return "stopped";
  if (context.task.status === "COMPLETED") return "completed";
  if (context.task.status === "CANCELLED" || context.cancelRequested !== null) return "cancelled";
  return context.failure === null ? "waiting" : "failed";
}
