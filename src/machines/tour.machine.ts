import { assign, enqueueActions, setup } from "xstate";
import type { ShipState } from "../domain/ship.ts";
import { nowOf, sendToAddress } from "../runtime/authoring.ts";
import { type Scope, shipOf } from "./addresses.ts";
import type { FleetEvent } from "./fleetEvents.ts";
import { declaredLogic } from "./jobLogic.ts";
import type { ShipAnswer } from "./shipProtocol.ts";

/**
 * Keeps market quotes fresh with one ship. Invariants: it holds the ship's claim for as long as it lives; a stop counts only when the
 * ship has answered from there; a tour of fixed stops ends after the last and gives the ship back.
 */
export interface TourInput {
  readonly scope: Scope;
  readonly ship: string;
  /** Visited in order, then the tour ends; null: the stop that is needed most, for ever. */
  readonly stops: readonly string[] | null;
  /** Between two stops, wall milliseconds. */
  readonly pauseMs: number;
}

export interface TourContext {
  readonly scope: Scope;
  readonly address: string;
  readonly symbol: string;
  readonly ship: ShipState | null;
  readonly stops: readonly string[] | null;
  /** Asked for by others: goes before everything else. */
  readonly errands: readonly string[];
  readonly next: string | null;
  readonly visits: number;
  readonly commands: number;
  readonly pauseMs: number;
  readonly failures: number;
  readonly startedAtMs: number;
}

export type TourEvent = { readonly type: "tour.visit"; readonly waypoint: string } | ShipAnswer;

/** `waypoint` null: nowhere to go yet. */
export interface StopAnswer {
  readonly waypoint: string | null;
}

export const tourMachine = setup({
  types: {
    context: {} as TourContext,
    events: {} as TourEvent,
    input: {} as TourInput,
    emitted: {} as FleetEvent,
  },
  actors: { pickStop: declaredLogic<StopAnswer, { ship: ShipState }>() },
  delays: {
    pause: ({ context }) => context.pauseMs,
    patience: ({ context }) => context.pauseMs + 2_000 * 2 ** Math.min(5, context.failures),
  },
  actions: {
    claim: enqueueActions(({ context, enqueue }) => {
      const claim = { type: "ship.claim", claimant: context.address, purpose: "tour" };
      enqueue(sendToAddress(shipOf(context.scope, context.symbol), claim));
    }),
    takeShip: assign(({ event }) => (event.type === "ship.granted" ? { ship: event.ship } : {})),
    takePlanned: assign(({ context }) => {
      const errand = context.errands[0];
      if (errand !== undefined) return { next: errand, errands: context.errands.slice(1) };
      return { next: context.stops?.[0] ?? null, stops: context.stops?.slice(1) ?? null };
    }),
    takePicked: assign(({ event }) => ({ next: (event as unknown as { output: StopAnswer }).output.waypoint })),
    travel: enqueueActions(({ context, enqueue }) => {
      const commandId = `${context.commands + 1}`;
      enqueue.assign({ commands: context.commands + 1 });
      enqueue(
        sendToAddress(shipOf(context.scope, context.symbol), {
          type: "ship.command",
          claimant: context.address,
          command: { kind: "travel", commandId, waypoint: context.next ?? "" },
        }),
      );
    }),
    arrive: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "ship.arrived") return;
      enqueue.assign({ ship: event.ship, visits: context.visits + 1, failures: 0 });
      enqueue.emit({ type: "tour.stopReached", ship: context.symbol, waypoint: event.ship.waypoint });
    }),
    stumble: assign(({ context, event }) => ({
      failures: context.failures + 1,
      ship: event.type === "ship.commandFailed" ? event.ship : context.ship,
    })),
    addErrand: assign(({ context, event }) =>
      event.type === "tour.visit" && !context.errands.includes(event.waypoint)
        ? { errands: [...context.errands, event.waypoint] }
        : {},
    ),
    release: enqueueActions(({ context, enqueue }) => {
      const release = { type: "ship.release", claimant: context.address, reason: "completed" };
      enqueue(sendToAddress(shipOf(context.scope, context.symbol), release));
    }),
  },
  guards: {
    planned: ({ context }) => context.errands.length > 0 || (context.stops?.length ?? 0) > 0,
    finished: ({ context }) => context.stops !== null && context.stops.length === 0,
    nowhere: ({ event }) => (event as unknown as { output: StopAnswer }).output.waypoint === null,
    isMine: ({ context, event }) => "commandId" in event && event.commandId === `${context.commands}`,
  },
}).createMachine({
  id: "tour",
  context: ({ input, self, ...rest }) => ({
    scope: input.scope,
    address: self.id,
    symbol: input.ship,
    ship: null,
    stops: input.stops,
    errands: [],
    next: null,
    visits: 0,
    commands: 0,
    pauseMs: input.pauseMs,
    failures: 0,
    startedAtMs: nowOf(rest),
  }),
  initial: "claiming",
  on: { "tour.visit": { actions: "addErrand" }, "ship.lost": ".ended" },
  states: {
    claiming: {
      entry: "claim",
      on: { "ship.granted": { target: "choosing", actions: "takeShip" }, "ship.refused": "refused" },
    },
    refused: {
      always: { guard: ({ context }) => context.stops !== null, target: "ended" },
      after: { patience: "claiming" },
    },
    choosing: {
      always: [
        { guard: "planned", target: "travelling", actions: "takePlanned" },
        { guard: "finished", target: "ended", actions: "release" },
        { target: "picking" },
      ],
    },
    picking: {
      invoke: {
        id: "pickStop",
        src: "pickStop",
        input: ({ context }) => {
          if (context.ship === null) throw new Error(`the tour of ${context.symbol} has no ship`);
          return { ship: context.ship };
        },
        onDone: [
          { guard: "nowhere", target: "pausing" },
          { target: "travelling", actions: "takePicked" },
        ],
        onError: { target: "stumbling", actions: "stumble" },
      },
    },
    travelling: {
      entry: "travel",
      on: {
        "ship.arrived": { guard: "isMine", target: "pausing", actions: "arrive" },
        "ship.commandFailed": { guard: "isMine", target: "stumbling", actions: "stumble" },
      },
    },
    pausing: {
      always: { guard: "finished", target: "choosing" },
      after: { pause: "choosing" },
      on: { "tour.visit": { target: "choosing", actions: "addErrand" } },
    },
    stumbling: { after: { patience: "claiming" } },
    ended: { type: "final" },
  },
});
