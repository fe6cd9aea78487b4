import { assign, enqueueActions, setup } from "xstate";
import type { ShipState } from "../domain/ship.ts";
import { nowOf, sendToAddress } from "../runtime/authoring.ts";
import { coordinatorOf, isAtOrBelow, type Scope, supplyMonitorOf, treasuryOf, universeOf } from "./addresses.ts";
import type { FleetEvent } from "./fleetEvents.ts";
import { declaredLogic } from "./jobLogic.ts";
import {
  type FlightModeInput,
  type NavigateInput,
  type NavValue,
  type Observation,
  type PlannedRoute,
  purchasePending,
  type RefuelInput,
  type RefuelValue,
  type RouteInput,
  type Settled,
  type ShipEvent,
  type ShipJobInput,
  type ShipReading,
  shipFreed,
  type TradeInput,
  type TradeValue,
} from "./shipProtocol.ts";
import { burning, endOfClaim, failureOf, forNobody, type ShipContext } from "./shipSteps.ts";

/** The acts of a ship, by name; ship.machine.ts says when each is done. */
export interface ShipInput {
  readonly scope: Scope;
  readonly ship: ShipState;
  readonly asOfMs: number;
}

/** The game shows an arrival a moment after the time it announced. */
const ARRIVAL_MARGIN_MS = 120;
const TROUBLE_PAUSE_MS = 5_000;

export const idleAgain = {
  command: null,
  legs: null,
  refuelledForLeg: false,
  fuelCredits: 0,
  problems: 0,
  problem: null,
  trade: null,
  observed: false,
} satisfies Partial<ShipContext>;

export const shipSetup = setup({
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
        ...burning(context, ship.fuelUnits),
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
      const { fuelUnits, agentCredits, totalCredits } = settled.value;
      enqueue.assign({
        ship: { ...context.ship, fuelUnits },
        shipAsOfMs: nowOf(args),
        refuelledForLeg: true,
        tankCredits: context.tankCredits + totalCredits,
      });
      enqueue(sendToAddress(treasuryOf(context.scope), creditsAfter(agentCredits, totalCredits, settled.sentAtMs)));
    }),
    takeTrade: enqueueActions((args) => {
      const { event, context, enqueue } = args;
      const settled = outputOf<Settled<TradeValue>>(event);
      const { command } = context;
      if (settled.result !== "ok") return enqueue.assign(problemOf(context, settled));
      const trade = settled.value;
      enqueue.assign({ ship: { ...context.ship, ...trade.ship }, shipAsOfMs: nowOf(args), trade, observed: false });
      if (command === null || command.kind === "travel") return;
      const paid = command.kind === "purchase" ? trade.totalCredits : -trade.totalCredits;
      enqueue(sendToAddress(treasuryOf(context.scope), creditsAfter(trade.agentCredits, paid, settled.sentAtMs)));
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
      const { command, claim, ship, trade, quotes, queued, fuelCredits } = context;
      if (command !== null && claim !== null) {
        const { commandId } = command;
        if (command.kind === "travel")
          enqueue(sendToAddress(claim.owner, { type: "ship.arrived", commandId, ship, quotes, fuelCredits }));
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
      const { command, claim, ship, quotes, queued, fuelCredits } = context;
      if (command !== null && claim !== null) {
        const { commandId } = command;
        const failed = { type: "ship.commandFailed", commandId, ...failureOf(context), ship, quotes, fuelCredits };
        enqueue(sendToAddress(claim.owner, failed));
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
      enqueue.assign({
        claim: { owner: event.claimant, purpose: event.purpose, sinceMs: claim?.sinceMs ?? nowOf(args) },
        claimEnds: undefined,
      });
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
      enqueue.assign({
        ...forNobody(context),
        claim: { owner: event.to, purpose: event.purpose, sinceMs: nowOf(args) },
        claimEnds: undefined,
      });
      enqueue(sendToAddress(event.to, { type: "ship.granted", ship }));
    }),
    release: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "ship.release" || context.claim?.owner !== event.claimant) return;
      enqueue.assign({ ...forNobody(context), claim: null, claimEnds: undefined });
      enqueue.emit({ type: "ship.released", ship: context.ship.symbol, owner: event.claimant, reason: event.reason });
    }),
    noteOwnerGone: assign(({ context, event }) => {
      if (event.type !== "ship.ownersGone") return {};
      return { claimEnds: { reason: endOfClaim(event, context.claim?.owner ?? ""), tell: event.tell }, queued: null };
    }),
    /** With cargo aboard the ship stays assigned: the coordinator has it until a LIQUIDATE task takes over [R000-20] [R000-21]. */
    endClaimOfGone: enqueueActions((args) => {
      const { context, event, enqueue } = args;
      const { claim, claimEnds, ship, scope, command } = context;
      if (claim === null || claimEnds === undefined) return;
      const { reason, tell } = claimEnds;
      if (command?.kind === "purchase" && context.trade === null) {
        if (tell !== undefined) enqueue(sendToAddress(tell, purchasePending(claim.owner, tell)));
        return;
      }
      const heir = coordinatorOf(scope);
      const heirGone = event.type === "ship.ownersGone" && isAtOrBelow(heir, event.address);
      const preserved = ship.cargoUnits > 0 && !heirGone;
      enqueue.assign({
        ...forNobody(context),
        claim: preserved ? { owner: heir, purpose: "LIQUIDATE", sinceMs: nowOf(args) } : null,
        claimEnds: undefined,
      });
      if (tell !== undefined) enqueue(sendToAddress(tell, shipFreed(claim.owner, tell, ship.cargoUnits > 0)));
      if (preserved) {
        enqueue(sendToAddress(heir, { type: "coordinator.cargoOrphaned", ship, because: reason }));
        enqueue.emit({ type: "ship.preserved", ship: ship.symbol, owner: claim.owner });
      } else enqueue.emit({ type: "ship.released", ship: ship.symbol, owner: claim.owner, reason });
    }),
    /** What the claimant hears last from us: whatever we had to say before is under way already. */
    acknowledge: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "ship.release" || event.answer !== true) return;
      enqueue(sendToAddress(event.claimant, { type: "ship.released", symbol: context.ship.symbol }));
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
            // The command that burnt fuel has an answer of its own.
            fuelCredits: 0,
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
    /** In flight only what is aboard can surprise. */
    adoptHold: assign(({ context, event }) => {
      if (event.type !== "ship.observed" || event.sentAtMs <= context.shipAsOfMs) return {};
      const { cargo, cargoUnits, cargoCapacity } = event.ship;
      return { ship: { ...context.ship, cargo, cargoUnits, cargoCapacity }, shipAsOfMs: event.sentAtMs };
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
      const { claim, claimEnds } = context;
      const { symbol, cargoUnits } = context.ship;
      if (claim !== null) {
        const { fuelCredits } = context;
        enqueue(sendToAddress(claim.owner, { type: "ship.lost", symbol, destroyed: true, fuelCredits }));
        const tell = claimEnds?.tell;
        if (tell !== undefined) enqueue(sendToAddress(tell, shipFreed(claim.owner, tell, cargoUnits > 0)));
      }
      enqueue(sendToAddress(context.scope, { type: "agent.shipLost", symbol, told: claim?.owner ?? null }));
      enqueue.emit({ type: "ship.lost", symbol });
      enqueue.assign({ claim: null, command: null, queued: null });
    }),
  },
  guards: {
    unclaimed: ({ context, event }) => event.type === "ship.release" && context.claim?.owner === event.claimant,
    answersFree: ({ context, event }) => event.type === "ship.release" && event.answer === true && context.claim === null,
    ownerGone: ({ context, event }) =>
      event.type === "ship.ownersGone" && context.claim !== null && isAtOrBelow(context.claim.owner, event.address),
    settledOk: ({ event }) => outputOf<Settled<unknown>>(event).result === "ok",
    shipGone: ({ event }) => !outputOf<ShipReading>(event).found,
    // No prices where we thought we were: the ship is not there (yet).
    sawNothing: ({ event, context }) => {
      const seen = outputOf<Observation>(event);
      return seen.listing !== undefined && seen.quotes.length === 0 && context.trade === null && context.problems === 0;
    },
  },
});

function problemOf(context: ShipContext, settled: Exclude<Settled<unknown>, { result: "ok" }>): Partial<ShipContext> {
  const problem = settled.result === "refused" ? settled.refusal : { name: "unclear", message: settled.detail };
  return { problems: context.problems + 1, problem, legs: null };
}

/** The balance of the answer; where evidence stood in for the answer, what is known to have been paid. */
function creditsAfter(credits: number | undefined, paidCredits: number, sentAtMs: number) {
  return credits === undefined
    ? { type: "treasury.paid", credits: paidCredits, sentAtMs }
    : { type: "treasury.creditsObserved", credits, sentAtMs };
}

/** Named actions see the union of all events; which job's completion it is, the state that names the action knows. */
function outputOf<Output>(event: object): Output {
  return (event as { output: Output }).output;
}
