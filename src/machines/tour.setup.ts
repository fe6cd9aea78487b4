import { assign, enqueueActions, setup } from "xstate";
import type { ShipState } from "../domain/ship.ts";
import { idOf, nowOf, sendToAddress } from "../runtime/authoring.ts";
import { type Scope, shipOf } from "./addresses.ts";
import type { FleetEvent } from "./fleetEvents.ts";
import { declaredLogic } from "./jobLogic.ts";
import {
  releaseReason,
  type StopAnswer,
  stopsOf,
  type TourContext,
  type TourEnding,
  type TourEvent,
  type TourInput,
} from "./tourProtocol.ts";

/** A ship that was lent is asked for again after so long even when nobody says that it is free. */
const LENT_CHECK_MS = 60_000;

/** A ship answers at once; one that broke at the question, or is being restarted, may answer the next. */
const SILENCE_MS = 60_000;
const ASKS = 3;

type Unanswered = Extract<FleetEvent, { type: "tour.unanswered" }>;

/** The acts of a tour, by name; tour.machine.ts says when each is done. */
export const tourSetup = setup({
  types: {
    context: {} as TourContext,
    events: {} as TourEvent,
    input: {} as TourInput,
    emitted: {} as FleetEvent,
  },
  actors: { pickStop: declaredLogic<StopAnswer, { ship: ShipState }>() },
  delays: {
    pause: (args) => Math.max(args.context.pauseMs, dueAtMs(args.context) - nowOf(args)),
    patience: ({ context }) => context.pauseMs + 2_000 * 2 ** Math.min(5, context.failures),
    lentCheck: LENT_CHECK_MS,
    silence: SILENCE_MS,
  },
  actions: {
    claim: enqueueActions(({ context, enqueue }) => {
      const claim = { type: "ship.claim", claimant: context.address, purpose: "tour" };
      enqueue(sendToAddress(shipOf(context.scope, context.symbol), claim));
    }),
    takeShip: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "ship.granted") return;
      const { holding, scope, symbol } = context;
      enqueue.assign({ ship: event.ship, holding: "ship" });
      if (holding === "lent") enqueue(sendToAddress(scope, { type: "agent.tourBack", symbol }));
      if (holding !== "asking" || context.patrol === null) return;
      enqueue(sendToAddress(parentOf(context), { type: "scouting.underWay", ship: symbol }));
      enqueue.emit({ type: "tour.began", ship: symbol, system: context.patrol.system, markets: stopsOf(context.patrol).length });
    }),
    doWithout: assign({ holding: "without", next: null, commandId: null }),
    lend: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "tour.lend") return;
      const { scope, symbol, address } = context;
      enqueue.assign({ holding: "lent", next: null, commandId: null });
      enqueue(sendToAddress(shipOf(scope, symbol), { type: "ship.transfer", from: address, to: event.to, purpose: "scouting" }));
      enqueue(sendToAddress(scope, { type: "agent.tourLent", symbol }));
    }),
    /** Our claim ends in any case: the ship answers the asker that it belongs to nobody, or to somebody else. */
    lendNoMore: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "tour.lend") return;
      const { scope, symbol, address } = context;
      enqueue(sendToAddress(shipOf(scope, symbol), { type: "ship.transfer", from: address, to: event.to, purpose: "scouting" }));
    }),
    takePlanned: assign(({ context }) => {
      const { errands, stops, patrol, progress } = context;
      const errand = errands[0];
      if (errand !== undefined) return { next: errand, errands: errands.slice(1) };
      if (patrol !== null) return { next: stopsOf(patrol)[progress.at] ?? null };
      return { next: stops?.[0] ?? null, stops: stops?.slice(1) ?? null };
    }),
    takePicked: assign(({ event }) => {
      const { waypoint, share } = outputOf(event);
      return { next: waypoint, share };
    }),
    travel: enqueueActions((args) => {
      const { context, enqueue } = args;
      const commandId = idOf(args, "travel");
      enqueue.assign({ commandId });
      enqueue(
        sendToAddress(shipOf(context.scope, context.symbol), {
          type: "ship.command",
          claimant: context.address,
          command: {
            kind: "travel",
            commandId,
            waypoint: context.next ?? "",
            memo: { task: context.address, pipeline: null },
          },
        }),
      );
    }),
    arrive: enqueueActions((args) => {
      const { context, event, enqueue } = args;
      if (event.type !== "ship.arrived") return;
      const { waypoint } = event.ship;
      const visitedAtMs = context.patrol === null ? {} : { ...context.progress.visitedAtMs, [waypoint]: nowOf(args) };
      enqueue.assign({
        ship: event.ship,
        visits: context.visits + 1,
        failures: 0,
        commandId: null,
        progress: { ...afterStop(context, waypoint), visitedAtMs },
      });
      enqueue.emit({ type: "tour.stopReached", ship: context.symbol, waypoint });
    }),
    /** A round goes on with the stop after the one that cannot be had now. */
    stumble: assign(({ context, event }) => ({
      failures: context.failures + 1,
      commandId: null,
      ship: event.type === "ship.commandFailed" ? event.ship : context.ship,
      progress: { ...context.progress, ...afterStop(context, context.next) },
    })),
    addErrand: assign(({ context, event }) =>
      event.type === "tour.visit" && !context.errands.includes(event.waypoint)
        ? { errands: [...context.errands, event.waypoint] }
        : {},
    ),
    endAs: assign((_, { ending }: { ending: TourEnding }) => ({ ending })),
    /** The ship says when it has heard it: so the tour does not end before its claim. */
    release: enqueueActions(({ context, enqueue }) => {
      const release = { type: "ship.release", claimant: context.address, reason: releaseReason(context), answer: true };
      enqueue.assign({ next: null, commandId: null });
      enqueue(sendToAddress(shipOf(context.scope, context.symbol), release));
    }),
    noteSilence: enqueueActions(({ context, enqueue }, said: Pick<Unanswered, "asked" | "ends">) => {
      enqueue.assign({ silences: (context.silences ?? 0) + 1 });
      enqueue.emit({ type: "tour.unanswered", ship: context.symbol, ...said });
    }),
    noteAnswer: assign(({ context }) => (context.silences === undefined ? {} : { silences: 0 })),
    /** The ship hears of the end of its owner what it did not take from the owner itself. */
    leaveToAgent: enqueueActions(({ context, enqueue }) => {
      const { scope, address, symbol } = context;
      enqueue(sendToAddress(scope, { type: "agent.actorsGone", address, reason: releaseReason(context) }));
      enqueue.emit({ type: "tour.unanswered", ship: symbol, asked: "release", ends: true });
    }),
  },
  guards: {
    planned: ({ context }) => context.errands.length > 0 || context.patrol !== null || (context.stops?.length ?? 0) > 0,
    finished: ({ context }) => context.stops !== null && context.stops.length === 0,
    isOneWay: ({ context }) => context.stops !== null,
    isStopping: ({ context }) => context.ending === "stopped",
    askedEnough: ({ context }) => (context.silences ?? 0) + 1 >= ASKS,
    isLent: ({ context }) => context.holding === "lent",
    roams: ({ context }) => context.patrol === null && context.stops === null,
    nowhere: ({ event }) => outputOf(event).waypoint === null,
    isMine: ({ context, event }) => "commandId" in event && event.commandId === context.commandId,
  },
});

/** Progress past `waypoint`, when that was the stop of the round whose turn it was. */
function afterStop({ patrol, progress }: TourContext, waypoint: string | null): Pick<TourContext["progress"], "at" | "rounds"> {
  const { at, rounds } = progress;
  const stops = patrol === null ? [] : stopsOf(patrol);
  if (stops.length === 0 || stops[at] !== waypoint) return { at, rounds };
  return at + 1 < stops.length ? { at: at + 1, rounds } : { at: 0, rounds: rounds + 1 };
}

/** When the next stop of the round is worth a look again. */
function dueAtMs({ patrol, progress, errands }: TourContext): number {
  if (patrol === null || errands.length > 0) return 0;
  const seenAtMs = progress.visitedAtMs[stopsOf(patrol)[progress.at] ?? ""];
  return seenAtMs === undefined ? 0 : seenAtMs + patrol.revisitMs;
}

function parentOf({ address }: TourContext): Scope {
  return address.slice(0, address.lastIndexOf("/tour/"));
}

/** Named actions see the union of all events; that it is the job's completion, the state that names the action knows. */
function outputOf(event: object): StopAnswer {
  return (event as { output: StopAnswer }).output;
}
