import { assign, enqueueActions, setup } from "xstate";
import { cargoText, type ScoutingOrder, type ScoutingRefusal } from "../domain/scouting.ts";
import { sendToAddress } from "../runtime/authoring.ts";
import { coordinatorOf, shipOf, tourOf } from "./addresses.ts";
import type { FleetEvent } from "./fleetEvents.ts";
import { declaredLogic } from "./jobLogic.ts";
import {
  type ScoutingAnswer,
  type ScoutingContext,
  type ScoutingEvent,
  type ScoutingInput,
  tourOfShip,
} from "./scoutingProtocol.ts";
import { tourMachine } from "./tour.machine.ts";

/** A ship, or the tour that shall lend it, that does not answer in this time is not waited for. */
const ANSWER_MS = 4_000;
/** A ship that is waited for without limit is asked after so often: one that is destroyed answers nobody. */
const SEEK_MS = 60_000;

/** The acts of an order, by name; scouting.machine.ts says when each is done. */
export const scoutingSetup = setup({
  types: {
    context: {} as ScoutingContext,
    events: {} as ScoutingEvent,
    input: {} as ScoutingInput,
    emitted: {} as FleetEvent,
  },
  actors: {
    planScouting: declaredLogic<ScoutingAnswer, { readonly order: ScoutingOrder; readonly agentSymbol: string }>(),
    tour: tourMachine,
  },
  delays: { answer: ANSWER_MS, seek: SEEK_MS },
  actions: {
    takePlan: assign(({ event }) => {
      const { pauseMs, revisitMs, calculatedAtMs, ...plan } = outputOf(event);
      if (plan.outcome === "refused") return { refusals: plan.refusals };
      return { pauseMs, revisitMs, calculatedAtMs, tours: plan.tours };
    }),
    notePlanless: assign(({ context }) => ({
      refusals: [refusal("notPlanned", context.order.system, "the tours could not be planned; the daemon's log says why")],
    })),
    askForShips: enqueueActions(({ context, enqueue }) => {
      const { scope, address, tours } = context;
      for (const { ship } of tours) {
        enqueue(sendToAddress(shipOf(scope, ship), { type: "ship.claim", claimant: address, purpose: "scouting" }));
      }
      enqueue.assign({ asked: Object.fromEntries(tours.map(({ ship }) => [ship, "claim" as const])) });
    }),
    takeShip: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "ship.granted") return;
      const { ship } = event;
      const { [ship.symbol]: how, ...asked } = context.asked;
      const borrowed = how === "loan" ? [...context.borrowed, ship.symbol] : context.borrowed;
      enqueue.assign({ asked, borrowed, held: [...context.held, ship.symbol] });
      if (ship.cargoUnits > 0) {
        enqueue.assign({ refusals: [...context.refusals, refusal("shipHoldsCargo", ship.symbol, cargoText(ship))] });
      }
      // Nobody shall plan with it; a ship that comes back says so itself.
      enqueue(
        sendToAddress(coordinatorOf(context.scope), { type: "coordinator.shipGone", symbol: ship.symbol, destroyed: false }),
      );
    }),
    takeRefusal: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "ship.refused") return;
      const { symbol, owner } = event;
      const { scope, address } = context;
      if (context.asked[symbol] === "claim" && owner === tourOf(scope, symbol)) {
        enqueue(sendToAddress(owner, { type: "tour.lend", to: address }));
        enqueue.assign({ asked: { ...context.asked, [symbol]: "loan" } });
        return;
      }
      const { [symbol]: _, ...asked } = context.asked;
      enqueue.assign({ asked, refusals: [...context.refusals, busy(scope, symbol, owner)] });
    }),
    noteLost: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "ship.lost") return;
      const { [event.symbol]: _, ...asked } = context.asked;
      enqueue.assign({
        asked,
        held: context.held.filter((ship) => ship !== event.symbol),
        refusals: [...context.refusals, refusal("shipLost", event.symbol, "it is lost")],
      });
    }),
    noteSilent: assign(({ context }) => ({
      refusals: [
        ...context.refusals,
        ...Object.keys(context.asked).map((ship) =>
          refusal("shipSilent", ship, "it does not answer; look at it with bosun actors"),
        ),
      ],
    })),
    /** Everything that we have goes back; what has not answered yet goes back when it does. */
    giveBack: enqueueActions(({ context, enqueue }) => {
      for (const ship of context.held) enqueue(sendToAddress(shipOf(context.scope, ship), releaseOf(context)));
      const returns = Object.fromEntries(context.held.map((ship) => [ship, "return" as const]));
      enqueue.assign({ asked: { ...context.asked, ...returns }, held: [] });
    }),
    seekSilent: enqueueActions(({ context, enqueue }) => {
      const { scope, address: asker, asked } = context;
      for (const symbol of Object.keys(asked)) enqueue(sendToAddress(scope, { type: "agent.shipSought", symbol, asker }));
    }),
    giveBackLate: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "ship.granted") return;
      const { symbol } = event.ship;
      const borrowed = context.asked[symbol] === "loan" ? [...context.borrowed, symbol] : context.borrowed;
      enqueue(sendToAddress(shipOf(context.scope, symbol), releaseOf(context)));
      enqueue.assign({ asked: { ...context.asked, [symbol]: "return" }, borrowed });
    }),
    noteReturned: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "ship.released" && event.type !== "ship.refused" && event.type !== "ship.lost") return;
      const { [event.symbol]: _, ...asked } = context.asked;
      enqueue.assign({ asked });
      // Of a ship that is destroyed its own tour hears from the agent.
      if (!context.borrowed.includes(event.symbol) || (event.type === "ship.lost" && event.destroyed)) return;
      enqueue(sendToAddress(tourOf(context.scope, event.symbol), { type: "tour.takeBack" }));
    }),
    /** Ship and tour in one step: the ship is handed over in the commit that starts the tour. */
    deploy: enqueueActions(({ context, enqueue }) => {
      const { scope, address, order, pauseMs, revisitMs, calculatedAtMs } = context;
      for (const { ship, ...plan } of context.tours) {
        const to = tourOfShip(address, ship);
        const patrol = { ...plan, system: order.system, calculatedAtMs, revisitMs };
        enqueue.spawnChild("tour", { id: `tour/${ship}`, input: { scope, ship, stops: null, pauseMs, patrol } });
        enqueue(sendToAddress(shipOf(scope, ship), { type: "ship.transfer", from: address, to, purpose: "tour" }));
      }
      const ships = context.tours.map(({ ship }) => ship);
      enqueue.assign({ held: [], touring: ships, beginning: ships });
    }),
    noteUnderWay: assign(({ context, event }) =>
      event.type === "scouting.underWay" ? { beginning: context.beginning.filter((ship) => ship !== event.ship) } : {},
    ),
    dropTour: enqueueActions(({ context, event, enqueue }) => {
      const ship =
        event.type === "scouting.tourDismissed"
          ? event.symbol
          : (event as { readonly type: string }).type.replace("xstate.done.actor.tour/", "");
      const others = (other: string) => other !== ship;
      enqueue.assign({ touring: context.touring.filter(others), beginning: context.beginning.filter(others) });
      if (!context.borrowed.includes(ship)) return;
      enqueue(sendToAddress(tourOf(context.scope, ship), { type: "tour.takeBack" }));
    }),
    giveUpTour: enqueueActions(({ context, event, enqueue }) => {
      const ship = (event as { readonly type: string }).type.replace("xstate.error.actor.tour/", "");
      if (context.borrowed.includes(ship)) enqueue(sendToAddress(tourOf(context.scope, ship), { type: "tour.takeBack" }));
    }),
    sayDeployed: assign(({ context }) => ({
      verdict: {
        outcome: "deployed" as const,
        tours: context.tours.map((tour) => ({ ...tour, container: tourOfShip(context.address, tour.ship) })),
      },
    })),
    sayRefused: assign(({ context }) => ({ verdict: { outcome: "refused" as const, refusals: context.refusals } })),
  },
  guards: {
    isPartlyRefused: ({ context }) => Object.keys(context.asked).length === 0 && context.refusals.length > 0,
    planRefused: ({ event }) => outputOf(event).outcome === "refused",
    allAnswered: ({ context }) => Object.keys(context.asked).length === 0,
    allBegun: ({ context }) => context.beginning.length === 0,
    noneTouring: ({ context }) => context.touring.length === 0,
  },
});

function busy(scope: string, symbol: string, owner: string): ScoutingRefusal {
  const works = owner.startsWith(`${scope}/`) ? owner.slice(scope.length + 1) : owner;
  if (!works.startsWith("scouting/")) return refusal("shipBusy", symbol, `it works for ${works || "another"}`);
  return refusal("shipOnTour", symbol, `it is on the tour ${works}; bosun tours stop ${symbol} ends that`);
}

function refusal(reason: ScoutingRefusal["reason"], subject: string, detail: string): ScoutingRefusal {
  return { reason, subject, detail };
}

function releaseOf({ address }: ScoutingContext) {
  return { type: "ship.release", claimant: address, reason: "cancelled", answer: true };
}

/** Named actions see the union of all events; that it is the job's completion, the state that names the action knows. */
function outputOf(event: object): ScoutingAnswer {
  return (event as { output: ScoutingAnswer }).output;
}
