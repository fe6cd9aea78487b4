import { assign, enqueueActions, setup } from "xstate";
import type { ShipState } from "../domain/ship.ts";
import { sendToAddress } from "../runtime/authoring.ts";
import { coordinatorOf, type Scope, shipOf, supplyMonitorOf, tourOf, treasuryOf } from "./addresses.ts";
import { coordinatorMachine } from "./coordinator.machine.ts";
import type { CargoVerdict } from "./coordinatorProtocol.ts";
import type { FleetEvent } from "./fleetEvents.ts";
import type { FleetSettings } from "./fleetSettings.ts";
import { declaredLogic } from "./jobLogic.ts";
import { shipMachine } from "./ship.machine.ts";
import type { ShipInput } from "./ship.setup.ts";
import { supplyMonitorMachine } from "./supplyMonitor.machine.ts";
import { tourMachine } from "./tour.machine.ts";
import type { TourInput } from "./tourProtocol.ts";
import { treasuryMachine } from "./treasury.machine.ts";
import { universeMachine } from "./universe.machine.ts";

/**
 * The root of an agent's scope. Finds the ships the game gives us and starts one actor for each; starts everything else once.
 * Invariants: a ship has one actor for as long as the agent's row lives; what fails below stays below (G7).
 */
interface AgentInput {
  readonly symbol: string;
}

export interface AgentReading {
  readonly credits: number;
  readonly headquarters: string;
  readonly ships: readonly ShipState[];
  /** What of the list could not be read, each with its reason; the ships that it stands for are left as they are. */
  readonly unread: readonly string[];
  readonly sentAtMs: number;
}

export interface AgentContext {
  readonly scope: Scope;
  readonly symbol: string;
  readonly headquarters: string | null;
  readonly credits: number | null;
  readonly ships: readonly string[];
  readonly tours: readonly string[];
  /** Probes that are lent, or whose own tour has ended: nobody can send them anywhere. */
  readonly away?: readonly string[];
  /** Probes whose own tour has ended. Absent before the first. */
  readonly tourless?: readonly string[];
  readonly started: boolean;
  /** Ships of ours that the last reading did not list; each has been told to look for itself. */
  readonly unlisted: readonly string[];
  /** The next reading is compared with what everybody does, and every ship is told its state in it; set at boot. */
  readonly reanchor: boolean;
  /** Our ships in that reading, while they are compared. */
  readonly found: readonly ShipState[];
  readonly foundAtMs: number;
  readonly troubled: readonly string[];
}

type AgentEvent =
  /** The daemon has started: compare everything with the game. */
  | { readonly type: "agent.booted" }
  | { readonly type: "agent.shipBought"; readonly ship: ShipState; readonly sentAtMs: number }
  /** `told`: the owner of its claim, who knows. */
  | { readonly type: "agent.shipLost"; readonly symbol: string; readonly told?: string | null }
  /** `asker` waits for an answer of this ship: is it there at all? */
  | { readonly type: "agent.shipSought"; readonly symbol: string; readonly asker: string }
  /** Everything at or below this address has been given up or stopped: ships, money and places of theirs are free. */
  | { readonly type: "agent.actorsGone"; readonly address: string; readonly reason?: string; readonly tell?: string }
  | { readonly type: "agent.eyesWanted"; readonly waypoint: string }
  /** An operator wants a probe, whose own tour has ended, back on it. */
  | { readonly type: "agent.tourWanted"; readonly symbol: string }
  /** A probe is away from its own tour, or back on it: only those on it can be sent somewhere. */
  | { readonly type: "agent.tourLent" | "agent.tourBack"; readonly symbol: string }
  /** An operator ended the own tour of this probe in its quarantine. */
  | { readonly type: "agent.tourDismissed"; readonly symbol: string };

/** The agent's machine for one set of settings, which are constants of the process (never of a snapshot). */
export function createAgentMachine(settings: FleetSettings) {
  const { timing, floorCredits, fleetPolicy, maxFabrications, work } = settings;
  return setup({
    types: {
      context: {} as AgentContext,
      events: {} as AgentEvent,
      input: {} as AgentInput,
      emitted: {} as FleetEvent,
    },
    actors: {
      readAgent: declaredLogic<AgentReading, Record<string, never>>(),
      reconcileCargo: declaredLogic<readonly CargoVerdict[], { readonly ships: readonly ShipState[] }>(),
      universe: universeMachine,
      treasury: treasuryMachine,
      "supply-monitor": supplyMonitorMachine,
      coordinator: coordinatorMachine,
      ship: shipMachine,
      tour: tourMachine,
    },
    delays: { discovery: timing.discoveryMs, retry: 2_000 },
    actions: {
      takeReading: enqueueActions(({ context, event, enqueue }) => {
        const reading = (event as unknown as { output: AgentReading }).output;
        const { scope } = context;
        if (!context.started) {
          const system = reading.ships[0]?.system ?? systemOf(reading.headquarters);
          enqueue.spawnChild("universe", { id: "universe", input: { scope, system } });
          enqueue.spawnChild("treasury", { id: "treasury", input: { scope, floorCredits, fleetPolicy } });
          enqueue.spawnChild("supply-monitor", {
            id: "supply-monitor",
            input: { scope, pollMs: timing.supplyPollMs, maxReadingAgeMs: timing.maxReadingAgeMs },
          });
          enqueue.spawnChild("coordinator", { id: "coordinator", input: { scope, timing, maxFabrications, work } });
        } else if (context.reanchor) {
          const pollMs = timing.supplyPollMs;
          const { maxReadingAgeMs } = timing;
          enqueue(sendToAddress(treasuryOf(scope), { type: "treasury.configure", floorCredits, fleetPolicy }));
          enqueue(sendToAddress(supplyMonitorOf(scope), { type: "supply.configure", pollMs, maxReadingAgeMs }));
          enqueue(sendToAddress(coordinatorOf(scope), { type: "coordinator.configure", timing, maxFabrications, work }));
        }
        enqueue(
          sendToAddress(treasuryOf(scope), {
            type: "treasury.creditsObserved",
            credits: reading.credits,
            sentAtMs: reading.sentAtMs,
          }),
        );
        const news = reading.ships.filter((ship) => !context.ships.includes(ship.symbol));
        for (const ship of news) startShip(context.scope, ship, reading.sentAtMs, enqueue);
        const listed = new Set(reading.ships.map((ship) => ship.symbol));
        const unlisted = context.ships.filter((symbol) => !listed.has(symbol));
        for (const symbol of unlisted) {
          if (!context.unlisted.includes(symbol)) enqueue(sendToAddress(shipOf(scope, symbol), { type: "ship.unlisted" }));
        }
        if (news.length > 0 || !context.started) {
          const traders = reading.ships.filter((ship) => ship.cargoCapacity > 0).length;
          const fleet = { traders, probes: reading.ships.length - traders };
          enqueue(sendToAddress(treasuryOf(scope), { type: "treasury.fleetCounted", fleet }));
        }
        enqueue.assign({
          started: true,
          reanchor: false,
          credits: reading.credits,
          headquarters: reading.headquarters,
          unlisted,
          ships: [...context.ships, ...news.map((ship) => ship.symbol)],
          tours: [...context.tours, ...news.filter(isProbe).map((ship) => ship.symbol)],
        });
      }),
      keepFound: enqueueActions(({ context, event, enqueue }) => {
        const { ships, unread, sentAtMs } = (event as unknown as { output: AgentReading }).output;
        enqueue.assign({ found: ships.filter(({ symbol }) => context.ships.includes(symbol)), foundAtMs: sentAtMs });
        for (const reason of unread) enqueue.emit({ type: "cargo.reconciliationFailed", reason });
      }),
      passOnVerdicts: enqueueActions(({ context, event, enqueue }) => {
        const verdicts = (event as unknown as { output: readonly CargoVerdict[] }).output;
        if (verdicts.length === 0) return;
        enqueue(sendToAddress(coordinatorOf(context.scope), { type: "coordinator.cargoFound", verdicts }));
      }),
      reanchorShips: enqueueActions(({ context, enqueue }) => {
        const { scope, found, foundAtMs: sentAtMs } = context;
        for (const ship of found) enqueue(sendToAddress(shipOf(scope, ship.symbol), { type: "ship.observed", ship, sentAtMs }));
        enqueue.assign({ found: [] });
      }),
      warnOfReading: enqueueActions(({ context, event, enqueue }) => {
        if (context.reanchor) enqueue.emit({ type: "cargo.reconciliationFailed", reason: messageOf(event) });
      }),
      warnOfReconciling: enqueueActions(({ event, enqueue }) => {
        enqueue.emit({ type: "cargo.reconciliationFailed", reason: messageOf(event) });
      }),
      takeBought: enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== "agent.shipBought" || context.ships.includes(event.ship.symbol)) return;
        startShip(context.scope, event.ship, event.sentAtMs, enqueue);
        enqueue.assign({
          ships: [...context.ships, event.ship.symbol],
          tours: isProbe(event.ship) ? [...context.tours, event.ship.symbol] : context.tours,
        });
      }),
      forgetShip: enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== "agent.shipLost") return;
        const { scope } = context;
        const { symbol } = event;
        const ships = context.ships.filter((other) => other !== symbol);
        const tours = context.tours.filter((other) => other !== symbol);
        enqueue.assign({ ships, tours });
        const fleet = { traders: ships.length - tours.length, probes: tours.length };
        enqueue(sendToAddress(treasuryOf(scope), { type: "treasury.fleetCounted", fleet }));
        enqueue(sendToAddress(coordinatorOf(scope), { type: "coordinator.shipGone", symbol, destroyed: true }));
        // While another has its probe, its own tour would ask for it for ever.
        const tour = tourOf(scope, symbol);
        if (!context.tours.includes(symbol) || context.tourless?.includes(symbol) === true || event.told === tour) return;
        enqueue(sendToAddress(tour, { type: "ship.lost", symbol, destroyed: true }));
      }),
      answerSeeker: enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== "agent.shipSought" || context.ships.includes(event.symbol)) return;
        enqueue(sendToAddress(event.asker, { type: "ship.lost", symbol: event.symbol, destroyed: true }));
      }),
      freeWhatWasTheirs: enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== "agent.actorsGone") return;
        const { scope } = context;
        const { address, reason, tell } = event;
        enqueue(sendToAddress(treasuryOf(scope), { type: "treasury.releaseOwner", owner: address }));
        enqueue(sendToAddress(coordinatorOf(scope), { type: "coordinator.actorsGone", address }));
        enqueue(sendToAddress(supplyMonitorOf(scope), { type: "supply.unwatch", watcher: address }));
        for (const symbol of context.ships) {
          enqueue(sendToAddress(shipOf(scope, symbol), { type: "ship.ownersGone", address, reason, tell }));
        }
      }),
      sendEyes: enqueueActions(({ context, event, enqueue }) => {
        const probe = context.tours.find((symbol) => context.away?.includes(symbol) !== true);
        if (event.type !== "agent.eyesWanted" || probe === undefined) return;
        enqueue(sendToAddress(tourOf(context.scope, probe), { type: "tour.visit", waypoint: event.waypoint }));
      }),
      noteEyes: assign(({ context, event }) => {
        const away = (context.away ?? []).filter((symbol) => !("symbol" in event) || symbol !== event.symbol);
        return { away: event.type === "agent.tourLent" ? [...away, event.symbol] : away };
      }),
      noteTourEnd: assign(({ context, event }) => {
        const child =
          event.type === "agent.tourDismissed"
            ? `tour/${event.symbol}`
            : (event as { type: string }).type.replace("xstate.done.actor.", "");
        const ended = context.tours.filter((symbol) => child === `tour/${symbol}`);
        if (ended.length === 0) return {};
        const withEnded = (symbols: readonly string[] = []) => [...new Set([...symbols, ...ended])];
        const troubled = context.troubled.filter((known) => known !== child);
        return { away: withEnded(context.away), tourless: withEnded(context.tourless), troubled };
      }),
      beginTour: enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== "agent.tourWanted") return;
        const { tours, tourless = [], away = [], scope } = context;
        const { symbol } = event;
        if (!tours.includes(symbol) || !tourless.includes(symbol)) return;
        startTour(scope, symbol, enqueue);
        const others = (symbols: readonly string[]) => symbols.filter((other) => other !== symbol);
        enqueue.assign({ away: others(away), tourless: others(tourless) });
      }),
      noteTrouble: enqueueActions(({ context, event, enqueue }) => {
        const child = (event as { type: string }).type.replace("xstate.error.actor.", "");
        enqueue.assign({ troubled: [...context.troubled.filter((known) => known !== child), child] });
        if (!child.startsWith("ship/")) return;
        // Nobody is given a ship that cannot answer.
        const symbol = child.slice("ship/".length);
        enqueue(sendToAddress(coordinatorOf(context.scope), { type: "coordinator.shipGone", symbol, destroyed: false }));
      }),
    },
    guards: { afterBoot: ({ context }) => context.reanchor },
  }).createMachine({
    id: "agent",
    context: ({ input, self }) => ({
      scope: self.id,
      symbol: input.symbol,
      headquarters: null,
      credits: null,
      ships: [],
      tours: [],
      unlisted: [],
      started: false,
      reanchor: false,
      found: [],
      foundAtMs: 0,
      troubled: [],
    }),
    initial: "reading",
    on: {
      "agent.shipBought": { actions: "takeBought" },
      "agent.shipLost": { actions: "forgetShip" },
      "agent.shipSought": { actions: "answerSeeker" },
      "agent.actorsGone": { actions: "freeWhatWasTheirs" },
      "agent.eyesWanted": { actions: "sendEyes" },
      "agent.tourWanted": { actions: "beginTour" },
      "agent.tourLent": { actions: "noteEyes" },
      "agent.tourBack": { actions: "noteEyes" },
      "agent.tourDismissed": { actions: "noteTourEnd" },
      "agent.booted": { target: ".reading", reenter: true, actions: assign({ reanchor: true }) },
      // A child that supervision gave up on is quarantined and listed there; the rest sails on (G7).
      "xstate.error.actor.*": { actions: "noteTrouble" },
      "xstate.done.actor.*": { actions: "noteTourEnd" },
    },
    states: {
      reading: {
        invoke: {
          id: "readAgent",
          src: "readAgent",
          input: {},
          onDone: [
            { guard: "afterBoot", target: "reconciling", actions: ["keepFound", "takeReading"] },
            { target: "waiting", actions: "takeReading" },
          ],
          onError: { target: "troubled", actions: "warnOfReading" },
        },
      },
      /** What is aboard is compared with what everybody does, before the ships themselves hear what the game shows. */
      reconciling: {
        invoke: {
          id: "reconcileCargo",
          src: "reconcileCargo",
          input: ({ context }) => ({ ships: context.found }),
          onDone: { target: "waiting", actions: ["passOnVerdicts", "reanchorShips"] },
          onError: { target: "waiting", actions: ["warnOfReconciling", "reanchorShips"] },
        },
      },
      waiting: { after: { discovery: "reading" } },
      troubled: { after: { retry: "reading" } },
    },
  });

  function startShip(scope: Scope, ship: ShipState, asOfMs: number, enqueue: Spawner): void {
    enqueue.spawnChild("ship", { id: `ship/${ship.symbol}`, input: { scope, ship, asOfMs } });
    if (isProbe(ship)) startTour(scope, ship.symbol, enqueue);
  }

  function startTour(scope: Scope, ship: string, enqueue: Spawner): void {
    enqueue.spawnChild("tour", { id: `tour/${ship}`, input: { scope, ship, stops: null, pauseMs: timing.tourPauseMs } });
  }
}

function messageOf(event: object): string {
  const { error } = event as { readonly error?: { readonly message?: string } };
  return error?.message ?? "the job failed";
}

interface Spawner {
  spawnChild(src: "ship", options: { id: string; input: ShipInput }): void;
  spawnChild(src: "tour", options: { id: string; input: TourInput }): void;
}

function isProbe(ship: ShipState): boolean {
  return ship.cargoCapacity === 0;
}

function systemOf(waypoint: string): string {
  return waypoint.split("-").slice(0, 2).join("-");
}
