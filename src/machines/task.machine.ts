import { assign } from "xstate";
import { DEFAULT_WORK_POLICY } from "../domain/workPolicy.ts";
import { nowOf } from "../runtime/authoring.ts";
import { taskSetup } from "./task.setup.ts";
import type { TaskInput } from "./taskProtocol.ts";
import { nextTaskStep, type TaskContext, type TaskStep, unitsAboard } from "./taskSteps.ts";

const stepIs = (step: TaskStep["step"]) => (args: { context: TaskContext }) => nextTaskStep(args.context).step === step;

const onCancelBeforeWork = { target: "#task.cancelled", actions: ["cancel" as const] };

/**
 * The worker of one task: buys at one market and sells at another with one ship. Invariants: the phase mark is durable before the ship
 * leaves the source and is never taken back; what is next is derived from the hold, so a repeat of anything is harmless; a task that
 * ends with cargo aboard hands ship and cargo to the coordinator in the same commit (G10); interruption costs no retry.
 */
export const taskMachine = taskSetup.createMachine({
  id: "task",
  context: ({ input, self, ...rest }) => initialContext(input, self.id, nowOf(rest)),
  initial: "beginning",
  output: ({ context }) => ({ task: context.task }),
  on: {
    "task.waitNoLonger": { actions: "waitNoLonger" },
    "task.orphaned": [
      { guard: "holdsCargo", target: ".cancelled", actions: ["releaseAllMoney", "cancel", "handOver"] },
      { target: ".cancelled", actions: ["releaseAllMoney", "letShipGo", "cancel"] },
    ],
  },
  states: {
    beginning: {
      always: [
        { guard: "preassigned", target: "assigned" },
        { guard: "bornReady", target: "ready", actions: "markReady" },
        { target: "pending" },
      ],
    },
    pending: {
      always: { guard: "mayEnd", target: "cancelled", actions: "cancel" },
      on: {
        "ship.granted": { actions: "giveShipBack" },
        "task.makeReady": { target: "ready", actions: "markReady" },
        "task.adopt": { target: "assigned", actions: ["markReady", "takeShip"] },
        "task.cancel": onCancelBeforeWork,
      },
    },
    ready: {
      entry: "offer",
      always: { guard: "mayEnd", target: "cancelled", actions: "cancel" },
      on: {
        "ship.granted": { actions: "giveShipBack" },
        "task.assign": { target: "assigned", actions: "takeShip" },
        "task.adopt": { target: "assigned", actions: "takeShip" },
        "task.cancel": onCancelBeforeWork,
      },
      // The offer of a new life may have been cleared away with those of the old one.
      after: { offerAgain: { target: "ready", reenter: true } },
    },
    assigned: {
      entry: "claim",
      on: {
        "ship.granted": [{ guard: "isAwaited", target: "executing", actions: "startExecution" }, { actions: "giveShipBack" }],
        "ship.refused": { target: "ready", actions: "rollbackAssignment" },
        "ship.lost": { target: "ready", actions: "rollbackAssignment" },
        "task.cancel": { actions: "askToCancel" },
      },
      after: { answer: { target: "ready", actions: ["takeClaimBack", "rollbackAssignment"] } },
    },
    executing: {
      initial: "deciding",
      on: {
        "task.cancel": { actions: "askToCancel" },
        "task.standBack": { actions: "askToStandBack" },
        "ship.granted": { guard: "isAnother", actions: "giveShipBack" },
        "ship.lost": { target: "failing", actions: "loseShip" },
      },
      states: {
        deciding: {
          always: [
            { guard: "hasFailed", target: "#task.failing" },
            { guard: stepIs("goToSource"), target: "moving" },
            { guard: stepIs("reserve"), target: "reserving" },
            { guard: stepIs("purchase"), target: "trading" },
            { guard: stepIs("markPhase"), target: "deciding", reenter: true, actions: ["markPhase", "releaseMoney"] },
            { guard: stepIs("chooseSink"), target: "choosingSink" },
            { guard: stepIs("goToSink"), target: "moving" },
            { guard: stepIs("sell"), target: "trading" },
            {
              guard: stepIs("complete"),
              target: "#task.completed",
              actions: ["complete", "releaseMoney", "letShipGo", "sayCompleted"],
            },
            { guard: stepIs("wait"), target: "#task.standingBack" },
            { target: "#task.cancelled", actions: ["releaseMoney", "cancel", "letShipGo"] },
          ],
        },
        moving: {
          entry: "command",
          on: {
            "ship.arrived": { guard: "isMine", target: "deciding", actions: "takeArrival" },
            "ship.commandFailed": [
              { guard: "notOurs", target: "#task.assigned", actions: ["releaseAllMoney", "claimAgain"] },
              { guard: "isMine", target: "deciding", actions: "takeFailure" },
            ],
          },
        },
        reserving: {
          entry: "reserve",
          on: {
            "treasury.granted": { target: "deciding", actions: "takeGrant" },
            "treasury.refused": { target: "deciding", actions: "takeRefusal" },
          },
        },
        trading: {
          entry: "command",
          on: {
            "ship.traded": { guard: "isMine", target: "deciding", actions: "takeTrade" },
            "ship.commandFailed": [
              { guard: "notOurs", target: "#task.assigned", actions: ["releaseAllMoney", "claimAgain"] },
              { guard: "isMine", target: "deciding", actions: "takeFailure" },
            ],
          },
        },
        choosingSink: {
          invoke: {
            id: "chooseSink",
            src: "chooseSink",
            input: ({ context }) => ({
              good: context.task.good,
              units: context.ship === null ? 0 : unitsAboard(context.ship, context.task.good),
              from: context.ship?.waypoint ?? "",
              speed: context.ship?.speed ?? 1,
              fuelCapacity: context.ship?.fuelCapacity ?? 0,
              seen: context.quotes.filter(({ good }) => good === context.task.good),
            }),
            onDone: [
              { guard: "noSink", target: "holding", actions: "takeSink" },
              { target: "deciding", actions: "takeSink" },
            ],
            onError: { target: "holding" },
          },
        },
        // No known market buys it: the cargo stays ours, and we look again when more is known.
        holding: { after: { patience: "choosingSink" } },
      },
    },
    /** Not now: the ship goes back, the task waits to be made ready again. With cargo aboard it keeps the ship and waits for a sink. */
    standingBack: {
      always: [
        { guard: "holdsOwnCargo", target: "executing.holding" },
        { target: "pending", actions: ["releaseMoney", "letShipGo", "rollBack", "tellPending"] },
      ],
    },
    failing: {
      entry: ["releaseAllMoney", "failAttempt"],
      always: [
        {
          guard: ({ context }) => context.task.status === "FAILED" && context.ship !== null && context.ship.cargoUnits > 0,
          target: "failed",
          actions: "handOver",
        },
        { guard: "isFinal", target: "failed", actions: "letShipGo" },
        { guard: "holdsCargo", target: "retryingWithCargo" },
        { target: "backingOff", actions: "letShipGo" },
      ],
    },
    retryingWithCargo: {
      after: {
        patience: {
          target: "assigned",
          actions: assign(({ context }) => ({
            task: {
              ...context.task,
              status: "ASSIGNED" as const,
              assignedShip: context.task.affinityShip ?? context.ship?.symbol,
            },
            failure: null,
            sink: null,
          })),
        },
      },
      on: { "task.cancel": { actions: "askToCancel" }, "ship.lost": { target: "failing", actions: "loseShip" } },
    },
    backingOff: {
      after: { patience: { target: "pending", actions: [assign({ failure: null, ship: null }), "tellPending"] } },
      on: { "ship.granted": { actions: "giveShipBack" }, "task.cancel": onCancelBeforeWork },
    },
    completed: { type: "final", entry: "sayGone" },
    failed: { type: "final", entry: ["sayGone", "sayFailed"] },
    cancelled: { type: "final", entry: ["sayGone", "sayCancelled"] },
  },
});

function initialContext(input: TaskInput, address: string, nowMs: number): TaskContext {
  const { expected, work = DEFAULT_WORK_POLICY } = input;
  const units = Math.max(1, input.units);
  const averageAsk = expected === null ? 0 : expected.costCredits / units;
  const averageBid = expected === null ? 0 : expected.revenueCredits / units;
  return {
    scope: input.scope,
    address,
    parent: address.slice(0, address.lastIndexOf("/task/")),
    task: {
      id: input.id,
      pipelineId: input.pipelineId ?? undefined,
      type: input.type,
      status: input.ship === null ? "PENDING" : "ASSIGNED",
      good: input.good,
      units: input.units,
      sourceMarket: input.source ?? undefined,
      targetMarket: input.target ?? undefined,
      feedsGood: input.feedsGood ?? undefined,
      awaitsProduction: input.awaitsProduction,
      dependsOn: input.dependsOn,
      priority: input.priority,
      assignedShip: input.ship ?? undefined,
      affinityShip: input.affinityShip ?? undefined,
      acquirePhaseCompleted: false,
      collectPhaseCompleted: false,
      phaseCompletedAtMs: undefined,
      actualUnits: 0,
      totalCostCredits: 0,
      totalRevenueCredits: 0,
      fuelCredits: input.fuelCredits ?? 0,
      retryCount: 0,
      maxRetries: work.maxRetries,
      errorMessage: undefined,
      createdAtMs: nowMs,
      readyAtMs: input.ship === null ? undefined : nowMs,
      startedAtMs: undefined,
      completedAtMs: undefined,
    },
    maxAskCredits: averageBid > averageAsk ? Math.min(0.98 * averageBid, 1.4 * averageAsk) : 1.15 * averageAsk,
    expectedCostCredits: expected?.costCredits ?? 0,
    expectedRevenueCredits: expected?.revenueCredits ?? 0,
    creditsPerShipSecond:
      expected === null ? 0 : (expected.revenueCredits - expected.costCredits) / Math.max(1, expected.shipSeconds),
    allowBurn: input.allowBurn ?? true,
    ...(input.maxApproachCredits === undefined ? {} : { maxApproachCredits: input.maxApproachCredits }),
    tradeSize: work.tradeSize,
    ship: null,
    quotes: [],
    arrivedAt: null,
    commandId: null,
    commands: 0,
    reservedCredits: 0,
    stopBuying: null,
    broke: false,
    sink: input.type === "LIQUIDATE" ? null : input.target,
    firstBidCredits: null,
    replans: 0,
    stumbles: 0,
    sellAnyway: false,
    cancelRequested: null,
    stopped: false,
    standBack: undefined,
    boughtUnits: 0,
    soldUnits: 0,
    failure: null,
  };
}
