import { assign, emit, enqueueActions, setup } from "xstate";
import type { ShipState } from "../domain/ship.ts";
import { nowOf, sendToAddress } from "../runtime/authoring.ts";
import { coordinatorOf, type Scope, supplyMonitorOf, treasuryOf, universeOf } from "./addresses.ts";
import type { FleetEvent } from "./fleetEvents.ts";
import { declaredLogic } from "./jobLogic.ts";
import type {
  FlightModeInput,
  NavigateInput,
  NavValue,
  Observation,
  PlannedRoute,
  RefuelInput,
  RefuelValue,
  RouteInput,
  Settled,
  ShipEvent,
  ShipJobInput,
  ShipReading,
  TradeInput,
  TradeValue,
} from "./shipProtocol.ts";
import { failureOf, nextStep, type ShipContext, type ShipStep } from "./shipSteps.ts";

/**
 * One ship, and the only actor that commands it. Invariants: one claimant at a time, granted in this mailbox (G9); one mutating
 * request per job; every command gets exactly one answer; the game's answers alone change `ship` (G11).
 */
export interface ShipInput {
  readonly scope: Scope;
  readonly ship: ShipState;
  readonly asOfMs: number;
}

/** The game shows an arrival a moment after the time it announced. */
const ARRIVAL_MARGIN_MS = 120;
const TROUBLE_PAUSE_MS = 5_000;

const idleAgain = {
  command: null,
  legs: null,
  refuelledForLeg: false,
  problems: 0,
  problem: null,
  trade: null,
  observed: false,
} satisfies Partial<ShipContext>;

const machine = setup({
  types: {
    context: {} as ShipContext,
    events: {} as ShipEvent,
    input: {} as ShipInput,
    emitted: {} as FleetEvent,
  },
  actors: {
    planRoute: declaredLogic<PlannedRoute, RouteInput>(),
    dock: declaredLogic<Settled<NavValue>, ShipJobInput>(),
    orbit: declaredLogic<Settled<NavValue>, ShipJobInput>(),
    setFlightMode: declaredLogic<Settled<NavValue>, FlightModeInput>(),
    navigate: declaredLogic<Settled<NavValue>, NavigateInput>(),
    refuel: declaredLogic<Settled<RefuelValue>, RefuelInput>(),
    purchase: declaredLogic<Settled<TradeValue>, TradeInput>(),
    sell: declaredLogic<Settled<TradeValue>, TradeInput>(),
    readShip: declaredLogic<ShipReading, ShipJobInput>(),
    observe: declaredLogic<Observation, ShipJobInput>(),
  },
  delays: {
    arrival: (args) => Math.max(0, (args.context.ship.arrivalAtMs ?? 0) + ARRIVAL_MARGIN_MS - nowOf(args)),
    trouble: TROUBLE_PAUSE_MS,
  },
  actions: {
    takeSettledNav: enqueueActions((args) => {
      const { event, context, enqueue } = args;
      const settled = outputOf<Settled<NavValue>>(event);
      if (settled.result === "ok") {
        enqueue.assign({ ship: { ...context.ship, ...settled.value.ship }, shipAsOfMs: nowOf(args) });
      } else enqueue.assign(problemOf(context, settled));
    }),
    takeDeparture: enqueueActions((args) => {
      const { event, context, enqueue } = args;
      const settled = outputOf<Settled<NavValue>>(event);
      if (settled.result !== "ok") return enqueue.assign(problemOf(context, settled));
      const ship = { ...context.ship, ...settled.value.ship };
      enqueue.assign({
        ship,
        shipAsOfMs: nowOf(args),
        legs: context.legs?.slice(1) ?? null,
        refuelledForLeg: false,
        quotes: [],
      });
      enqueue.emit({ type: "ship.departed", ship: ship.symbol, waypoint: ship.waypoint, arrivalAtMs: ship.arrivalAtMs ?? null });
    }),
    takeRefuel: enqueueActions((args) => {
      const { event, context, enqueue } = args;
      const settled = outputOf<Settled<RefuelValue>>(event);
      if (settled.result !== "ok") return enqueue.assign(problemOf(context, settled));
      const { fuelUnits, agentCredits } = settled.value;
      enqueue.assign({ ship: { ...context.ship, fuelUnits }, shipAsOfMs: nowOf(args), refuelledForLeg: true });
      if (agentCredits !== undefined)
        enqueue(sendToAddress(treasuryOf(context.scope), creditsNow(agentCredits, settled.sentAtMs)));
    }),
    takeTrade: enqueueActions((args) => {
      const { event, context, enqueue } = args;
      const settled = outputOf<Settled<TradeValue>>(event);
      const { command } = context;
      if (settled.result !== "ok") return enqueue.assign(problemOf(context, settled));
      const trade = settled.value;
      enqueue.assign({ ship: { ...context.ship, ...trade.ship }, shipAsOfMs: nowOf(args), trade, observed: false });
      if (trade.agentCredits !== undefined)
        enqueue(sendToAddress(treasuryOf(context.scope), creditsNow(trade.agentCredits, settled.sentAtMs)));
      if (command === null || command.kind === "travel") return;
      enqueue.emit({
        type: command.kind === "purchase" ? "trade.bought" : "trade.sold",
        ship: context.ship.symbol,
        good: command.good,
        units: trade.units,
        waypoint: command.waypoint,
        unitPriceCredits: trade.unitPriceCredits,
        totalCredits: trade.totalCredits,
        task: command.memo.task,
        pipeline: command.memo.pipeline,
      });
    }),
    takeReading: enqueueActions(({ event, context, enqueue }) => {
      const reading = outputOf<ShipReading>(event);
      if (reading.ship === undefined) return;
      const moved = reading.ship.waypoint !== context.ship.waypoint;
      enqueue.assign({ ship: reading.ship, shipAsOfMs: reading.sentAtMs, ...(moved ? { legs: null, quotes: [] } : {}) });
    }),
    takeObservation: enqueueActions(({ event, context, enqueue }) => {
      const seen = outputOf<Observation>(event);
      enqueue.assign({ observed: true, quotes: seen.quotes });
      enqueue(
        sendToAddress(universeOf(context.scope), {
          type: "universe.marketObserved",
          observation: seen,
          ship: context.ship.symbol,
        }),
      );
      if (seen.quotes.length > 0) {
        enqueue(
          sendToAddress(supplyMonitorOf(context.scope), {
            type: "supply.observed",
            waypoint: seen.waypoint,
            quotes: seen.quotes,
          }),
        );
      }
      if (seen.hulls !== undefined && seen.hulls.length > 0) {
        enqueue(
          sendToAddress(treasuryOf(context.scope), {
            type: "treasury.shipyardSeen",
            waypoint: seen.waypoint,
            hulls: seen.hulls,
            ship: context.ship.symbol,
            atMs: seen.atMs,
          }),
        );
      }
    }),
    answer: enqueueActions(({ context, enqueue }) => {
      const { command, claim, ship, trade, quotes, queued } = context;
      if (command !== null && claim !== null) {
        const { commandId } = command;
        if (command.kind === "travel") enqueue(sendToAddress(claim.owner, { type: "ship.arrived", commandId, ship, quotes }));
        else if (trade !== null) {
          const { units, totalCredits } = trade;
          enqueue(
            sendToAddress(claim.owner, {
              type: "ship.traded",
              commandId,
              side: command.kind,
              good: command.good,
              units,
              totalCredits,
              ship,
              quotes,
            }),
          );
        }
      }
      enqueue.assign({ ...idleAgain, command: queued, queued: null });
    }),
    answerFailure: enqueueActions(({ context, enqueue }) => {
      const { command, claim, ship, quotes, queued } = context;
      if (command !== null && claim !== null) {
        const { commandId } = command;
        enqueue(sendToAddress(claim.owner, { type: "ship.commandFailed", commandId, ...failureOf(context), ship, quotes }));
        enqueue.emit({ type: "ship.commandFailed", ship: ship.symbol, command: command.kind, ...failureOf(context) });
      }
      enqueue.assign({ ...idleAgain, command: queued, queued: null });
    }),
    grant: enqueueActions((args) => {
      const { context, event, enqueue } = args;
      if (event.type !== "ship.claim") return;
      const { claim, ship } = context;
      if (claim !== null && claim.owner !== event.claimant) {
        enqueue(sendToAddress(event.claimant, { type: "ship.refused", symbol: ship.symbol, owner: claim.owner }));
        return;
      }
      enqueue.assign({ claim: { owner: event.claimant, purpose: event.purpose, sinceMs: claim?.sinceMs ?? nowOf(args) } });
      enqueue(sendToAddress(event.claimant, { type: "ship.granted", ship }));
    }),
    transfer: enqueueActions((args) => {
      const { context, event, enqueue } = args;
      if (event.type !== "ship.transfer") return;
      const { claim, ship } = context;
      if (claim === null || claim.owner !== event.from) {
        enqueue(sendToAddress(event.to, { type: "ship.refused", symbol: ship.symbol, owner: claim?.owner ?? "" }));
        return;
      }
      enqueue.assign({ claim: { owner: event.to, purpose: event.purpose, sinceMs: nowOf(args) }, queued: null });
      enqueue(sendToAddress(event.to, { type: "ship.granted", ship }));
    }),
    release: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "ship.release" || context.claim?.owner !== event.claimant) return;
      enqueue.assign({ claim: null, queued: null });
      enqueue.emit({ type: "ship.released", ship: context.ship.symbol, owner: event.claimant, reason: event.reason });
    }),
    tellIdle: enqueueActions(({ context, enqueue }) => {
      const { ship, claim, scope } = context;
      if (claim !== null || ship.cargoCapacity === 0) return;
      enqueue(sendToAddress(coordinatorOf(scope), { type: "coordinator.shipIdle", symbol: ship.symbol, ship }));
    }),
    enqueueCommand: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "ship.command") return;
      const { command } = event;
      const refuse = (reason: string) =>
        enqueue(
          sendToAddress(event.claimant, {
            type: "ship.commandFailed",
            commandId: command.commandId,
            reason,
            detail: `${context.ship.symbol} is claimed by ${context.claim?.owner ?? "nobody"}`,
            ship: context.ship,
            quotes: context.quotes,
          }),
        );
      if (context.claim?.owner !== event.claimant) return refuse("notYourShip");
      if (context.command === null) return enqueue.assign({ ...idleAgain, command });
      if (context.queued === null) return enqueue.assign({ queued: command });
      refuse("busy");
    }),
    adoptObserved: assign(({ context, event }) => {
      if (event.type !== "ship.observed" || event.sentAtMs <= context.shipAsOfMs) return {};
      return { ship: event.ship, shipAsOfMs: event.sentAtMs };
    }),
    countTrouble: assign(({ context }) => ({
      problems: context.problems + 1,
      problem: { name: "trouble", message: "a request ended without a clear outcome" },
    })),
    /** It may have happened: after a reading the commander decides anew from what is aboard, the command is never repeated here. */
    noteUnknownTrade: assign(({ context }) => ({
      problems: context.problems + 1,
      problem: { name: "outcomeUnknown", message: "no evidence says whether the trade took place" },
    })),
    sayLost: enqueueActions(({ context, enqueue }) => {
      const lost = { type: "ship.lost", symbol: context.ship.symbol } as const;
      if (context.claim !== null) enqueue(sendToAddress(context.claim.owner, lost));
      enqueue(sendToAddress(context.scope, { type: "agent.shipLost", symbol: context.ship.symbol }));
      enqueue.emit(lost);
      enqueue.assign({ claim: null, command: null, queued: null });
    }),
  },
  guards: {
    unclaimed: ({ context, event }) => event.type === "ship.release" && context.claim?.owner === event.claimant,
    settledOk: ({ event }) => outputOf<Settled<unknown>>(event).result === "ok",
    shipGone: ({ event }) => !outputOf<ShipReading>(event).found,
    // No prices where we thought we were: the ship is not there (yet).
    sawNothing: ({ event, context }) => {
      const seen = outputOf<Observation>(event);
      return seen.listing !== undefined && seen.quotes.length === 0 && context.trade === null && context.problems === 0;
    },
  },
});

const stepIs = (step: ShipStep) => (args: { context: ShipContext }) => nextStep(args.context) === step;

/** Where a failed mutation goes: what the game says now decides what is next (G11). */
const toDeciding = (action: "takeSettledNav" | "takeDeparture" | "takeRefuel" | "takeTrade") => ({
  onDone: [
    { guard: "settledOk" as const, target: "deciding", actions: action },
    { target: "reading", actions: action },
  ],
  onError: { target: "troubled", actions: action === "takeTrade" ? ("noteUnknownTrade" as const) : ("countTrouble" as const) },
});

export const shipMachine = machine.createMachine({
  id: "ship",
  context: ({ input }) => ({
    scope: input.scope,
    ship: input.ship,
    shipAsOfMs: input.asOfMs,
    claim: null,
    queued: null,
    quotes: [],
    ...idleAgain,
  }),
  initial: "deciding",
  entry: "tellIdle",
  on: {
    "ship.claim": { actions: "grant" },
    "ship.transfer": { actions: "transfer" },
    "ship.release": { guard: "unclaimed", actions: ["release", "tellIdle"] },
    "ship.command": { actions: "enqueueCommand" },
  },
  states: {
    deciding: {
      always: [
        { guard: stepIs("rest"), target: "resting" },
        { guard: stepIs("fly"), target: "flying" },
        { guard: stepIs("plan"), target: "planning" },
        { guard: stepIs("dock"), target: "docking" },
        { guard: stepIs("orbit"), target: "orbiting" },
        { guard: stepIs("refuel"), target: "refuelling" },
        { guard: stepIs("setMode"), target: "settingMode" },
        { guard: stepIs("navigate"), target: "navigating" },
        { guard: stepIs("purchase"), target: "purchasing" },
        { guard: stepIs("sell"), target: "selling" },
        { guard: stepIs("observe"), target: "observing" },
        { guard: stepIs("answer"), target: "answering" },
        { target: "failing" },
      ],
    },
    resting: {
      on: {
        "ship.command": { target: "deciding", actions: "enqueueCommand" },
        "ship.observed": { target: "deciding", actions: ["adoptObserved", "tellIdle"] },
      },
    },
    answering: { always: { target: "deciding", actions: "answer" } },
    failing: { always: { target: "deciding", actions: "answerFailure" } },
    flying: {
      after: {
        arrival: {
          target: "deciding",
          actions: [
            assign(({ context }) => ({
              ship: { ...context.ship, nav: "IN_ORBIT", arrivalAtMs: undefined } as ShipState,
              observed: false,
            })),
            emit(({ context }) => ({ type: "ship.arrived", ship: context.ship.symbol, waypoint: context.ship.waypoint })),
          ],
        },
      },
    },
    planning: {
      invoke: {
        id: "planRoute",
        src: "planRoute",
        input: ({ context }) => ({ ship: context.ship, waypoint: context.command?.waypoint ?? context.ship.waypoint }),
        onDone: [
          {
            guard: ({ event }) => event.output.outcome === "route",
            target: "deciding",
            actions: assign(({ event }) => ({
              legs: event.output.outcome === "route" ? event.output.legs : null,
              refuelledForLeg: false,
            })),
          },
          {
            target: "failing",
            actions: assign(({ event }) => ({
              problem: { name: "noRoute", message: event.output.outcome === "noRoute" ? event.output.detail : "" },
            })),
          },
        ],
        onError: { target: "troubled", actions: "countTrouble" },
      },
    },
    docking: {
      invoke: { id: "dock", src: "dock", input: ({ context }) => ({ ship: context.ship }), ...toDeciding("takeSettledNav") },
    },
    orbiting: {
      invoke: { id: "orbit", src: "orbit", input: ({ context }) => ({ ship: context.ship }), ...toDeciding("takeSettledNav") },
    },
    settingMode: {
      invoke: {
        id: "setFlightMode",
        src: "setFlightMode",
        input: ({ context }) => ({ ship: context.ship, mode: context.legs?.[0]?.mode ?? "CRUISE" }),
        ...toDeciding("takeSettledNav"),
      },
    },
    refuelling: {
      invoke: {
        id: "refuel",
        src: "refuel",
        input: ({ context }) => ({ ship: context.ship, memo: context.claim?.owner ?? "" }),
        ...toDeciding("takeRefuel"),
      },
    },
    navigating: {
      invoke: {
        id: "navigate",
        src: "navigate",
        input: ({ context }) => ({ ship: context.ship, waypoint: context.legs?.[0]?.to ?? context.ship.waypoint }),
        ...toDeciding("takeDeparture"),
      },
    },
    purchasing: {
      invoke: { id: "purchase", src: "purchase", input: ({ context }) => tradeInput(context), ...toDeciding("takeTrade") },
    },
    selling: {
      invoke: { id: "sell", src: "sell", input: ({ context }) => tradeInput(context), ...toDeciding("takeTrade") },
    },
    observing: {
      invoke: {
        id: "observe",
        src: "observe",
        input: ({ context }) => ({ ship: context.ship }),
        onDone: [
          { guard: "sawNothing", target: "reading", actions: "countTrouble" },
          { target: "deciding", actions: "takeObservation" },
        ],
        onError: { target: "troubled", actions: ["countTrouble", assign({ observed: true })] },
      },
    },
    reading: {
      invoke: {
        id: "readShip",
        src: "readShip",
        input: ({ context }) => ({ ship: context.ship }),
        onDone: [
          { guard: "shipGone", target: "lost" },
          { target: "deciding", actions: "takeReading" },
        ],
        onError: { target: "troubled", actions: "countTrouble" },
      },
    },
    troubled: { after: { trouble: "reading" } },
    lost: { type: "final", entry: "sayLost" },
  },
});

function tradeInput(context: ShipContext): TradeInput {
  const { command, ship } = context;
  if (command === null || command.kind === "travel") throw new Error(`${ship.symbol} trades without a trade command`);
  return { ship, good: command.good, units: command.units, memo: command.memo };
}

function problemOf(context: ShipContext, settled: Exclude<Settled<unknown>, { result: "ok" }>): Partial<ShipContext> {
  const problem = settled.result === "refused" ? settled.refusal : { name: "unclear", message: settled.detail };
  return { problems: context.problems + 1, problem, legs: null };
}

function creditsNow(credits: number, sentAtMs: number) {
  return { type: "treasury.creditsObserved", credits, sentAtMs };
}

/** Named actions see the union of all events; which job's completion it is, the state that names the action knows. */
function outputOf<Output>(event: object): Output {
  return (event as { output: Output }).output;
}
