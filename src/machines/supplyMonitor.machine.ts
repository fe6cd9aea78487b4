import { assign, enqueueActions, setup } from "xstate";
import { factoryKey } from "../domain/factory.ts";
import type { Quote, SupplyLevel } from "../domain/market.ts";
import { sendToAddress } from "../runtime/authoring.ts";
import { isAtOrBelow, type Scope, universeOf } from "./addresses.ts";
import { factoryMachine } from "./factory.machine.ts";
import { declaredLogic } from "./jobLogic.ts";
import type { Observation } from "./shipProtocol.ts";

/**
 * Watches the factories of running pipelines. Invariants: a reading reaches every factory of its market; one failing market never stops
 * the poll of the others (R002-78); a factory lives as long as its pipeline watches it.
 */
export interface SupplyMonitorInput {
  readonly scope: Scope;
  readonly pollMs: number;
  readonly maxReadingAgeMs: number;
}

interface Watch {
  /** Child id of the factory actor. */
  readonly child: string;
  readonly waypoint: string;
  readonly good: string;
  readonly watcher: string;
}

export interface SupplyMonitorContext extends SupplyMonitorInput {
  readonly address: string;
  readonly watches: readonly Watch[];
  /** Markets still to read in this round. */
  readonly round: readonly string[];
}

export type SupplyMonitorEvent =
  | {
      readonly type: "supply.watch";
      readonly pipelineId: string;
      readonly watcher: string;
      readonly waypoint: string;
      readonly good: string;
      readonly inputs: readonly { readonly good: string; readonly units: number }[];
      readonly supply: SupplyLevel | null;
      readonly supplySeenAtMs: number | null;
    }
  /** After a start of the daemon, whose configuration may be another. */
  | { readonly type: "supply.configure"; readonly pollMs: number; readonly maxReadingAgeMs: number }
  | { readonly type: "supply.unwatch"; readonly watcher: string }
  | { readonly type: "supply.observed"; readonly waypoint: string; readonly quotes: readonly Quote[] }
  | {
      readonly type: "supply.closeInput";
      readonly waypoint: string;
      readonly output: string;
      readonly good: string;
      readonly watcher: string;
    }
  | {
      readonly type: "supply.delivered";
      readonly waypoint: string;
      readonly output: string;
      readonly good: string;
      readonly units: number;
      readonly ship: string;
      readonly supplyAfter: SupplyLevel | null;
    };

export const supplyMonitorMachine = setup({
  types: {
    context: {} as SupplyMonitorContext,
    events: {} as SupplyMonitorEvent,
    input: {} as SupplyMonitorInput,
  },
  actors: {
    factory: factoryMachine,
    observeMarket: declaredLogic<Observation, { waypoint: string }>(),
  },
  delays: { poll: ({ context }) => context.pollMs },
  actions: {
    watch: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "supply.watch") return;
      const { pipelineId, watcher, waypoint, good, inputs, supply, supplySeenAtMs } = event;
      const child = `factory/${factoryKey(waypoint, good)}/${pipelineId}`;
      if (context.watches.some((watch) => watch.child === child)) return;
      enqueue.assign({ watches: [...context.watches, { child, waypoint, good, watcher }] });
      enqueue.spawnChild("factory", {
        id: child,
        input: { waypoint, good, pipelineId, watcher, inputs, supply, supplySeenAtMs, maxReadingAgeMs: context.maxReadingAgeMs },
      });
    }),
    configure: assign(({ event }) =>
      event.type === "supply.configure" ? { pollMs: event.pollMs, maxReadingAgeMs: event.maxReadingAgeMs } : {},
    ),
    unwatch: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "supply.unwatch") return;
      for (const watch of context.watches) {
        if (isAtOrBelow(watch.watcher, event.watcher))
          enqueue(sendToAddress(`${context.address}/${watch.child}`, { type: "factory.dismiss" }));
      }
      enqueue.assign({ watches: context.watches.filter((watch) => !isAtOrBelow(watch.watcher, event.watcher)) });
    }),
    passOn: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "supply.observed") return;
      for (const watch of context.watches) {
        if (watch.waypoint !== event.waypoint || event.quotes.length === 0) continue;
        enqueue(sendToAddress(`${context.address}/${watch.child}`, readingFor(watch, event.quotes)));
      }
    }),
    recordDelivery: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "supply.delivered") return;
      const { good, units, ship, supplyAfter } = event;
      for (const watch of context.watches) {
        if (watch.waypoint !== event.waypoint || watch.good !== event.output) continue;
        enqueue(
          sendToAddress(`${context.address}/${watch.child}`, { type: "factory.delivered", good, units, ship, supplyAfter }),
        );
      }
    }),
    closeInput: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "supply.closeInput") return;
      for (const watch of context.watches) {
        if (watch.waypoint !== event.waypoint || watch.good !== event.output || watch.watcher !== event.watcher) continue;
        enqueue(sendToAddress(`${context.address}/${watch.child}`, { type: "factory.closeInput", good: event.good }));
      }
    }),
    beginRound: assign(({ context }) => ({ round: [...new Set(context.watches.map((watch) => watch.waypoint))] })),
    nextInRound: assign(({ context }) => ({ round: context.round.slice(1) })),
    takeReading: enqueueActions(({ context, event, enqueue }) => {
      const seen = (event as unknown as { output: Observation }).output;
      for (const watch of context.watches) {
        if (watch.waypoint !== seen.waypoint) continue;
        const isListed = seen.listing === undefined || seen.listing.exports.includes(watch.good);
        const unseen = isListed ? { type: "factory.review" } : { type: "factory.unlisted" };
        const message = seen.quotes.length > 0 ? readingFor(watch, seen.quotes) : unseen;
        enqueue(sendToAddress(`${context.address}/${watch.child}`, message));
      }
      if (seen.quotes.length === 0) return;
      enqueue(sendToAddress(universeOf(context.scope), { type: "universe.marketObserved", observation: seen, ship: null }));
    }),
  },
  guards: { roundOver: ({ context }) => context.round.length === 0 },
}).createMachine({
  id: "supplyMonitor",
  context: ({ input, self }) => ({ ...input, address: self.id, watches: [], round: [] }),
  initial: "waiting",
  on: {
    "supply.watch": { actions: "watch" },
    "supply.configure": { actions: "configure" },
    "supply.unwatch": { actions: "unwatch" },
    "supply.observed": { actions: "passOn" },
    "supply.delivered": { actions: "recordDelivery" },
    "supply.closeInput": { actions: "closeInput" },
    // A factory that is dismissed or given up needs nothing more; its pipeline has ended or hears of it by its own patience.
    "xstate.done.actor.*": {},
    "xstate.error.actor.*": {},
  },
  states: {
    waiting: { after: { poll: { target: "polling", actions: "beginRound" } } },
    polling: { always: [{ guard: "roundOver", target: "waiting" }, { target: "reading" }] },
    reading: {
      invoke: {
        id: "observeMarket",
        src: "observeMarket",
        input: ({ context }) => ({ waypoint: context.round[0] ?? "" }),
        onDone: { target: "polling", actions: ["takeReading", "nextInRound"] },
        onError: { target: "polling", actions: "nextInRound" },
      },
    },
  },
});

/** Prices show all that a market trades: a product without one is not made there any more [R002-123]. */
function readingFor(watch: Watch, quotes: readonly Quote[]) {
  const own = quotes.filter((quote) => quote.good === watch.good);
  return own.length > 0 ? { type: "factory.observed", quotes: own } : { type: "factory.unlisted" };
}
