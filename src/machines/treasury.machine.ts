import { assign, enqueueActions, setup } from "xstate";
import { decideHull } from "../domain/fleetPolicy.ts";
import { decideSpend, release, reserve, settleSpend, spendableCredits } from "../domain/treasury.ts";
import { nowOf, sendToAddress } from "../runtime/authoring.ts";
import { isAtOrBelow } from "./addresses.ts";
import type { FleetEvent } from "./fleetEvents.ts";
import { hullSituation } from "./hullSituation.ts";
import { declaredLogic } from "./jobLogic.ts";
import type { Settled } from "./shipProtocol.ts";
import type { PurchaseHullInput, PurchaseHullValue, TreasuryContext, TreasuryEvent, TreasuryInput } from "./treasuryProtocol.ts";

/**
 * The one purse. Invariants: every spend of the fleet is granted here, on live credits minus reservations above the floor, and an
 * unknown balance grants nothing (G14); of two readings the later *sent* counts; one hull purchase at a time.
 */
export const treasuryMachine = setup({
  types: {
    context: {} as TreasuryContext,
    events: {} as TreasuryEvent,
    input: {} as TreasuryInput,
    emitted: {} as FleetEvent,
  },
  actors: { purchaseHull: declaredLogic<Settled<PurchaseHullValue>, PurchaseHullInput>() },
  actions: {
    observeCredits: assign(({ context, event }) => {
      if (event.type !== "treasury.creditsObserved" || event.sentAtMs < context.creditsAsOfMs) return {};
      return { purse: { ...context.purse, liveCredits: event.credits }, creditsAsOfMs: event.sentAtMs };
    }),
    notePaid: assign(({ context, event }) => {
      const { liveCredits } = context.purse;
      // A balance asked for later shows it already.
      if (event.type !== "treasury.paid" || liveCredits === undefined || event.sentAtMs < context.creditsAsOfMs) return {};
      return { purse: { ...context.purse, liveCredits: liveCredits - event.credits } };
    }),
    decideReservation: enqueueActions((args) => {
      const { context, event, enqueue } = args;
      if (event.type !== "treasury.reserve") return;
      const { id, asker, purpose } = event;
      const others = release(context.purse, id);
      const credits = Math.floor(Math.min(event.credits, Math.max(event.minCredits, spendableCredits(others))));
      const decision = decideSpend(others, { id, credits });
      if (decision.outcome === "granted") {
        enqueue.assign({ purse: reserve(others, { id, owner: asker, credits: decision.credits }) });
        enqueue(sendToAddress(asker, { type: "treasury.granted", id, credits: decision.credits }));
        return;
      }
      const availableCredits = spendableCredits(others);
      const { reason } = decision;
      const refusal = { purpose, reason, askedCredits: event.minCredits, availableCredits, atMs: nowOf(args) };
      const lastRefusals = [refusal, ...context.lastRefusals].slice(0, REFUSALS_KEPT);
      enqueue.assign({ purse: others, refusals: context.refusals + 1, lastRefusals });
      enqueue(sendToAddress(asker, { type: "treasury.refused", id, reason, availableCredits }));
      enqueue.emit({ type: "treasury.refused", purpose, reason, availableCredits });
    }),
    noteSpent: assign(({ context, event }) => {
      if (event.type !== "treasury.spent" || context.purse.liveCredits === undefined) return {};
      return { purse: settleSpend(context.purse, event.id, event.credits, context.purse.liveCredits) };
    }),
    dropReservation: assign(({ context, event }) =>
      event.type === "treasury.release" ? { purse: release(context.purse, event.id) } : {},
    ),
    dropOwner: assign(({ context, event }) => {
      if (event.type !== "treasury.releaseOwner") return {};
      return {
        purse: {
          ...context.purse,
          reservations: context.purse.reservations.filter((held) => !isAtOrBelow(held.owner, event.owner)),
        },
      };
    }),
    seeShipyard: assign(({ context, event }) => {
      if (event.type !== "treasury.shipyardSeen") return {};
      const { waypoint, hulls, atMs } = event;
      return { yards: { ...context.yards, [waypoint]: { waypoint, hulls, seenAtMs: atMs } } };
    }),
    configure: assign(({ context, event }) => {
      if (event.type !== "treasury.configure") return {};
      return { purse: { ...context.purse, floorCredits: event.floorCredits }, fleetPolicy: event.fleetPolicy };
    }),
    noteDemand: assign(({ event }) => (event.type === "treasury.demandMeasured" ? { demand: event.demand } : {})),
    countFleet: assign(({ event }) => (event.type === "treasury.fleetCounted" ? { fleet: event.fleet } : {})),
    reviewWish: enqueueActions(({ context, enqueue }) => {
      const decision = decideHull(hullSituation(context), context.fleetPolicy);
      if (decision.decision === "wait") return enqueue.assign({ wish: null });
      const { type: shipType, waypoint, askCredits } = decision.offer;
      const wish = { shipType, waypoint, askCredits };
      const known = context.wish;
      enqueue.assign({ wish });
      // Somebody must stand at the yard to buy; asked once per wish.
      if (known?.waypoint === wish.waypoint && known.shipType === wish.shipType) return;
      enqueue(sendToAddress(context.scope, { type: "agent.eyesWanted", waypoint: wish.waypoint }));
    }),
    takeHull: enqueueActions(({ context, event, enqueue }) => {
      const settled = (event as unknown as { output: Settled<PurchaseHullValue> }).output;
      enqueue.assign({ purse: release(context.purse, HULL_RESERVATION), wish: null });
      if (settled.result !== "ok") return;
      const { ship, priceCredits, agentCredits } = settled.value;
      if (settled.sentAtMs >= context.creditsAsOfMs) {
        enqueue.assign(({ context: now }) => {
          const before = now.purse.liveCredits;
          const liveCredits = agentCredits ?? (before === undefined ? undefined : before - priceCredits);
          return {
            purse: { ...now.purse, liveCredits },
            creditsAsOfMs: agentCredits === undefined ? now.creditsAsOfMs : settled.sentAtMs,
          };
        });
      }
      const isProbe = ship.cargoCapacity === 0;
      enqueue.assign(({ context: now }) => ({
        fleet: { traders: now.fleet.traders + (isProbe ? 0 : 1), probes: now.fleet.probes + (isProbe ? 1 : 0) },
      }));
      enqueue(sendToAddress(context.scope, { type: "agent.shipBought", ship, sentAtMs: settled.sentAtMs }));
      enqueue.emit({
        type: "ship.purchased",
        ship: ship.symbol,
        shipType: shipTypeOf(context),
        waypoint: ship.waypoint,
        priceCredits,
      });
    }),
    reserveHull: assign(({ context }) =>
      context.wish === null
        ? {}
        : { purse: reserve(context.purse, { id: HULL_RESERVATION, owner: context.scope, credits: context.wish.askCredits }) },
    ),
    dropHull: assign(({ context }) => ({ purse: release(context.purse, HULL_RESERVATION), wish: null })),
  },
  guards: {
    /** A ship of ours has just been seen at the yard of the wish, and the purse allows it now. */
    canBuyHull: (args) => {
      const { context } = args;
      if (context.wish === null) return false;
      const yard = context.yards[context.wish.waypoint];
      if (yard === undefined || nowOf(args) - yard.seenAtMs > PRESENCE_MS) return false;
      return decideSpend(context.purse, { id: HULL_RESERVATION, credits: context.wish.askCredits }).outcome === "granted";
    },
  },
}).createMachine({
  id: "treasury",
  context: ({ input }) => ({
    scope: input.scope,
    purse: { liveCredits: undefined, reservations: [], floorCredits: input.floorCredits },
    creditsAsOfMs: 0,
    fleetPolicy: input.fleetPolicy,
    fleet: { traders: 0, probes: 0 },
    demand: { creditsPerHour: 0, referenceLift: 1, idleTraders: 0, markets: 0 },
    yards: {},
    wish: null,
    refusals: 0,
    lastRefusals: [],
  }),
  initial: "watching",
  on: {
    "treasury.creditsObserved": { actions: "observeCredits" },
    "treasury.paid": { actions: "notePaid" },
    "treasury.reserve": { actions: "decideReservation" },
    "treasury.spent": { actions: "noteSpent" },
    "treasury.release": { actions: "dropReservation" },
    "treasury.releaseOwner": { actions: "dropOwner" },
    "treasury.shipyardSeen": { actions: "seeShipyard" },
    "treasury.configure": { actions: "configure" },
    "treasury.fleetCounted": { actions: "countFleet" },
    "treasury.demandMeasured": { actions: "noteDemand" },
  },
  states: {
    watching: {
      on: {
        "treasury.creditsObserved": { target: "reviewing", actions: "observeCredits" },
        "treasury.shipyardSeen": { target: "reviewing", actions: "seeShipyard" },
      },
    },
    reviewing: {
      entry: "reviewWish",
      always: [{ guard: "canBuyHull", target: "buying" }, { target: "watching" }],
    },
    buying: {
      entry: "reserveHull",
      invoke: {
        id: "purchaseHull",
        src: "purchaseHull",
        input: ({ context }) => ({
          shipType: context.wish?.shipType ?? "",
          waypoint: context.wish?.waypoint ?? "",
          askCredits: context.wish?.askCredits ?? 0,
        }),
        onDone: { target: "watching", actions: "takeHull" },
        onError: { target: "watching", actions: "dropHull" },
      },
    },
  },
});

const HULL_RESERVATION = "hull";
const REFUSALS_KEPT = 10;
/** How long after a ship was seen at a yard we trust that it is still there; a refusal costs one request. */
const PRESENCE_MS = 2_000;

function shipTypeOf(context: TreasuryContext): string {
  return context.wish?.shipType ?? "UNKNOWN";
}
