import { scoutingSetup } from "./scouting.setup.ts";

/**
 * One order of an operator to keep markets in sight. Invariants: all its ships or none, and every reason is told; a ship is claimed here
 * before its tour begins, and handed over in the commit that begins it; it ends only when nothing that it asked for can still reach it.
 */
export const scoutingMachine = scoutingSetup.createMachine({
  id: "scouting",
  context: ({ input, self }) => ({
    scope: input.scope,
    address: self.id,
    order: input.order,
    tours: [],
    pauseMs: 0,
    revisitMs: 0,
    calculatedAtMs: 0,
    asked: {},
    held: [],
    borrowed: [],
    touring: [],
    beginning: [],
    refusals: [],
    verdict: null,
  }),
  initial: "planning",
  // Its ship is given free, and an operator may restart it; until then it is its own tour's again.
  on: {
    "xstate.error.actor.*": { actions: "giveUpTour" },
    "scouting.tourDismissed": { actions: "dropTour" },
  },
  states: {
    planning: {
      invoke: {
        id: "planScouting",
        src: "planScouting",
        input: ({ context }) => ({ order: context.order, agentSymbol: context.scope.split("/").at(-1) ?? "" }),
        onDone: [
          { guard: "planRefused", target: "refused", actions: ["takePlan", "sayRefused"] },
          { target: "asking", actions: "takePlan" },
        ],
        onError: { target: "refused", actions: ["notePlanless", "sayRefused"] },
      },
    },
    asking: {
      entry: "askForShips",
      always: [
        { guard: "isPartlyRefused", target: "returning" },
        { guard: "allAnswered", target: "deploying" },
      ],
      on: {
        "ship.granted": { actions: "takeShip" },
        "ship.refused": { actions: "takeRefusal" },
        "ship.lost": { actions: "noteLost" },
      },
      after: { answer: { target: "returning", actions: "noteSilent" } },
    },
    /** Without a time limit: a late answer to an order that has ended would leave a ship with a dead owner (G9). */
    returning: {
      entry: ["sayRefused", "giveBack"],
      always: { guard: "allAnswered", target: "refused" },
      on: {
        "ship.granted": { actions: "giveBackLate" },
        "ship.released": { actions: "noteReturned" },
        "ship.refused": { actions: "noteReturned" },
        "ship.lost": { actions: "noteReturned" },
      },
      after: { seek: { target: "returning", reenter: true, actions: "seekSilent" } },
    },
    deploying: {
      entry: "deploy",
      always: { guard: "allBegun", target: "touring" },
      on: {
        "scouting.underWay": { actions: "noteUnderWay" },
        "xstate.done.actor.*": { actions: "dropTour" },
      },
      after: { answer: "touring" },
    },
    touring: {
      entry: "sayDeployed",
      always: { guard: "noneTouring", target: "ended" },
      on: { "xstate.done.actor.*": { actions: "dropTour" } },
    },
    ended: { type: "final" },
    refused: { type: "final" },
  },
});
