import { assign, setup, spawnChild } from "xstate";
import type { Scope } from "./addresses.ts";
import { chartMachine } from "./chart.machine.ts";
import type { Observation } from "./shipProtocol.ts";

/**
 * What is known of the markets, and how old it is. Quotes themselves live in the market book and the table `market_quotes`, which the
 * projection of each observation writes; this snapshot holds the times only.
 */
export interface UniverseContext {
  readonly scope: Scope;
  readonly system: string;
  /** When each market was last seen with prices. */
  readonly seenAtMs: Readonly<Record<string, number>>;
  readonly observations: number;
}

export type UniverseEvent = {
  readonly type: "universe.marketObserved";
  readonly observation: Observation;
  /** The ship that was there; null for a poll. */
  readonly ship: string | null;
};

export const universeMachine = setup({
  types: {
    context: {} as UniverseContext,
    events: {} as UniverseEvent,
    input: {} as { readonly scope: Scope; readonly system: string },
  },
  actors: { chart: chartMachine },
}).createMachine({
  id: "universe",
  context: ({ input }) => ({ scope: input.scope, system: input.system, seenAtMs: {}, observations: 0 }),
  entry: spawnChild("chart", { id: "chart", input: ({ context }: { context: UniverseContext }) => ({ system: context.system }) }),
  initial: "observing",
  states: {
    observing: {
      on: {
        "universe.marketObserved": {
          actions: assign(({ context, event }) => {
            const { waypoint, quotes, atMs } = event.observation;
            if (quotes.length === 0) return { observations: context.observations + 1 };
            return { observations: context.observations + 1, seenAtMs: { ...context.seenAtMs, [waypoint]: atMs } };
          }),
        },
      },
    },
  },
});
