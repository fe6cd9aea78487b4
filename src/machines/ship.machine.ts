import { assign, emit } from "xstate";
import type { ShipState } from "../domain/ship.ts";
import { idleAgain, shipSetup } from "./ship.setup.ts";
import type { TradeInput } from "./shipProtocol.ts";
import { fuelMemo, nextStep, type ShipContext, type ShipStep } from "./shipSteps.ts";

const stepIs = (step: ShipStep) => (args: { context: ShipContext }) => nextStep(args.context) === step;

/** Where a failed mutation goes: what the game says now decides what is next (G11). */
const toDeciding = (action: "takeSettledNav" | "takeDeparture" | "takeRefuel" | "takeTrade") => ({
  onDone: [
    { guard: "settledOk" as const, target: "deciding", actions: action },
    { target: "reading", actions: action },
  ],
  onError: { target: "troubled", actions: action === "takeTrade" ? ("noteUnknownTrade" as const) : ("countTrouble" as const) },
});

/**
 * One ship, and the only actor that commands it. Invariants: one claimant at a time, granted in this mailbox (G9); one mutating
 * request per job; every command gets exactly one answer; the game's answers alone change `ship` (G11).
 */
export const shipMachine = shipSetup.createMachine({
  id: "ship",
  context: ({ input }) => ({
    scope: input.scope,
    ship: input.ship,
    shipAsOfMs: input.asOfMs,
    claim: null,
    claimEnds: undefined,
    queued: null,
    quotes: [],
    tankCredits: 0,
    ...idleAgain,
  }),
  initial: "deciding",
  entry: "tellIdle",
  on: {
    "ship.claim": { actions: "grant" },
    "ship.transfer": { actions: "transfer" },
    "ship.release": [
      { guard: "unclaimed", actions: ["release", "acknowledge", "tellIdle"] },
      // A claim that was lost on its way here: whoever gave the ship that work does not know that it is free.
      { guard: "answersFree", actions: ["acknowledge", "tellIdle"] },
      { actions: "acknowledge" },
    ],
    "ship.ownersGone": { guard: "ownerGone", actions: ["noteOwnerGone", "endClaimOfGone", "tellIdle"] },
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
        "ship.unlisted": "reading",
      },
    },
    answering: { always: { target: "deciding", actions: ["answer", "endClaimOfGone", "tellIdle"] } },
    failing: { always: { target: "deciding", actions: ["answerFailure", "endClaimOfGone", "tellIdle"] } },
    flying: {
      on: { "ship.unlisted": "reading", "ship.observed": { actions: "adoptHold" } },
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
        input: ({ context: { ship, command } }) => ({
          ship,
          waypoint: command?.waypoint ?? ship.waypoint,
          allowBurn: command?.kind !== "travel" || command.allowBurn !== false,
        }),
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
        input: ({ context }) => ({ ship: context.ship, memo: fuelMemo(context) }),
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
