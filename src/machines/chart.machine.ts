import { assign, setup } from "xstate";
import type { MarketListing } from "../domain/market.ts";
import type { SupplyChainMap } from "../domain/supplyChain.ts";
import type { Waypoint } from "../domain/waypoint.ts";
import { declaredLogic } from "./jobLogic.ts";

/**
 * What never changes between resets: waypoints, what each market lists, the supply chain. Read once, kept in this one snapshot, so that
 * observations (which commit often) carry none of it.
 */
export interface ChartContext {
  readonly system: string;
  readonly waypoints: readonly Waypoint[];
  readonly chain: SupplyChainMap;
  readonly listings: readonly MarketListing[];
  readonly failures: number;
}

export interface SystemReading {
  readonly waypoints: readonly Waypoint[];
  readonly chain: SupplyChainMap;
}

export const chartMachine = setup({
  types: {
    context: {} as ChartContext,
    events: {} as { readonly type: "chart.refresh" },
    input: {} as { readonly system: string },
  },
  actors: {
    readSystem: declaredLogic<SystemReading, { system: string }>(),
    readListings: declaredLogic<readonly MarketListing[], { waypoints: readonly string[] }>(),
  },
  delays: { retry: ({ context }) => 2_000 * 2 ** Math.min(5, context.failures) },
}).createMachine({
  id: "chart",
  context: ({ input }) => ({ system: input.system, waypoints: [], chain: {}, listings: [], failures: 0 }),
  initial: "readingSystem",
  states: {
    readingSystem: {
      invoke: {
        id: "readSystem",
        src: "readSystem",
        input: ({ context }) => ({ system: context.system }),
        onDone: {
          target: "readingListings",
          actions: assign(({ event }) => ({ waypoints: event.output.waypoints, chain: event.output.chain })),
        },
        onError: { target: "resting", actions: assign(({ context }) => ({ failures: context.failures + 1 })) },
      },
    },
    readingListings: {
      invoke: {
        id: "readListings",
        src: "readListings",
        input: ({ context }) => ({
          waypoints: context.waypoints
            .filter((waypoint) => waypoint.traits.includes("MARKETPLACE"))
            .map((waypoint) => waypoint.symbol),
        }),
        onDone: { target: "charted", actions: assign(({ event }) => ({ listings: event.output, failures: 0 })) },
        onError: { target: "resting", actions: assign(({ context }) => ({ failures: context.failures + 1 })) },
      },
    },
    resting: { after: { retry: "readingSystem" } },
    charted: { on: { "chart.refresh": "readingSystem" } },
  },
});
