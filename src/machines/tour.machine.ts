import { nowOf } from "../runtime/authoring.ts";
import { tourSetup } from "./tour.setup.ts";

const withdraw = { type: "noteSilence", params: { asked: "claim", ends: true } } as const;

/**
 * Keeps market quotes fresh with one ship: as an operator's round, at a few stops, or wherever eyes are needed most. Invariants: it acts
 * only while it holds the ship's claim, and ends after that has ended, or by way of the agent, which ends it, where the ship does not answer,
 * be it to its claim or to its end; a stop counts only when the ship has answered from there; a ship that another has is asked for again, never taken.
 */
export const tourMachine = tourSetup.createMachine({
  id: "tour",
  context: ({ input, self, ...rest }) => ({
    scope: input.scope,
    address: self.id,
    symbol: input.ship,
    ship: null,
    stops: input.stops,
    patrol: input.patrol ?? null,
    progress: { at: 0, rounds: 0, visitedAtMs: {} },
    share: [],
    errands: [],
    next: null,
    visits: 0,
    commandId: null,
    pauseMs: input.pauseMs,
    failures: 0,
    startedAtMs: nowOf(rest),
    holding: "asking",
    ending: null,
  }),
  initial: "claiming",
  on: {
    "tour.visit": { actions: "addErrand" },
    "tour.stop": { target: ".leaving", actions: { type: "endAs", params: { ending: "stopped" } } },
    "tour.lend": { guard: "roams", target: ".lent", actions: "lend" },
    "ship.lost": { target: ".ended", actions: { type: "endAs", params: { ending: "lost" } } },
  },
  states: {
    claiming: {
      entry: "claim",
      on: {
        "ship.granted": [
          { guard: "isStopping", target: "leaving" },
          { target: "choosing", actions: ["takeShip", "noteAnswer"] },
        ],
        "ship.refused": [
          { guard: "isStopping", target: "ended" },
          { guard: "isLent", target: "lent", actions: "noteAnswer" },
          { guard: "isOneWay", target: "ended", actions: { type: "endAs", params: { ending: "refused" } } },
          { target: "waiting", actions: ["doWithout", "noteAnswer"] },
        ],
        // The ship's answer is under way, and decides whether there is something to give back.
        "tour.stop": { actions: { type: "endAs", params: { ending: "stopped" } } },
      },
      // The claim may lie in the mailbox of a ship in quarantine, to be granted when that is back: it is taken back before the tour ends.
      after: {
        silence: [
          { guard: "isStopping", target: "leaving", actions: withdraw },
          { guard: "askedEnough", target: "leaving", actions: [withdraw, { type: "endAs", params: { ending: "unanswered" } }] },
          { target: "claiming", reenter: true, actions: { type: "noteSilence", params: { asked: "claim", ends: false } } },
        ],
      },
    },
    waiting: {
      after: { patience: "claiming" },
      on: { "tour.stop": { target: "ended", actions: { type: "endAs", params: { ending: "stopped" } } } },
    },
    lent: {
      after: { lentCheck: "claiming" },
      on: {
        "tour.takeBack": "claiming",
        "tour.stop": { target: "ended", actions: { type: "endAs", params: { ending: "stopped" } } },
      },
    },
    choosing: {
      always: [
        { guard: "planned", target: "travelling", actions: "takePlanned" },
        { guard: "finished", target: "leaving", actions: { type: "endAs", params: { ending: "completed" } } },
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
          { guard: "nowhere", target: "pausing", actions: "takePicked" },
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
    leaving: {
      entry: "release",
      after: {
        silence: [
          { guard: "askedEnough", target: "ended", actions: "leaveToAgent" },
          { target: "leaving", reenter: true, actions: { type: "noteSilence", params: { asked: "release", ends: false } } },
        ],
      },
      on: {
        "ship.released": "ended",
        "tour.stop": {},
        "tour.lend": { actions: "lendNoMore" },
      },
    },
    ended: { type: "final" },
  },
});
