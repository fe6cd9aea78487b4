import { assign, enqueueActions, setup } from "xstate";
import {
  closeInput,
  type FactoryState,
  initFactory,
  type Readiness,
  readiness,
  recordDelivery,
  updateSupply,
} from "../domain/factory.ts";
import type { Quote, SupplyLevel } from "../domain/market.ts";
import { nowOf, sendToAddress } from "../runtime/authoring.ts";
import type { FleetEvent } from "./fleetEvents.ts";

/**
 * One factory under one pipeline: what we delivered, what the market shows, and whether the product may be collected. Invariants: every
 * delivery is recorded, expected or not; readiness needs a reading younger than the age limit and says why when it lacks one (R002-79).
 */
export interface FactoryInputData {
  readonly waypoint: string;
  readonly good: string;
  readonly pipelineId: string;
  readonly watcher: string;
  readonly inputs: readonly { readonly good: string; readonly units: number }[];
  readonly supply: SupplyLevel | null;
  readonly supplySeenAtMs: number | null;
  readonly maxReadingAgeMs: number;
}

export interface FactoryContext {
  readonly factory: FactoryState;
  readonly watcher: string;
  readonly maxReadingAgeMs: number;
  readonly readiness: Readiness;
  /** The pipeline has been told that the product is exported no more. */
  readonly closed: boolean;
}

export type FactoryEvent =
  | {
      readonly type: "factory.delivered";
      readonly good: string;
      readonly units: number;
      readonly ship: string;
      readonly supplyAfter: SupplyLevel | null;
    }
  | { readonly type: "factory.observed"; readonly quotes: readonly Quote[] }
  | { readonly type: "factory.closeInput"; readonly good: string }
  /** The market does not export the product any more. */
  | { readonly type: "factory.unlisted" }
  /** From the monitor's poll: is the reading still young enough? */
  | { readonly type: "factory.review" }
  | { readonly type: "factory.dismiss" };

export const factoryMachine = setup({
  types: {
    context: {} as FactoryContext,
    events: {} as FactoryEvent,
    input: {} as FactoryInputData,
    emitted: {} as FleetEvent,
  },
  actions: {
    deliver: enqueueActions((args) => {
      const { context, event, enqueue } = args;
      if (event.type !== "factory.delivered") return;
      const { good, units, ship, supplyAfter } = event;
      const atMs = nowOf(args);
      const recorded = recordDelivery(context.factory, { good, units, ship, atMs });
      const seen = supplyAfter === null ? recorded.factory : updateSupply(recorded.factory, supplyAfter, atMs);
      enqueue.assign({ factory: seen });
      const { waypoint, good: output } = context.factory;
      if (recorded.unexpected) {
        enqueue.emit({ type: "factory.unexpectedDelivery", good, factory: waypoint, output });
      }
      enqueue.emit({ type: "task.delivered", good, units, factory: waypoint, output, supplyAfter });
    }),
    observe: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "factory.observed") return;
      const quote = event.quotes.find((item) => item.good === context.factory.good);
      if (quote === undefined) return;
      const before = context.factory.currentSupply;
      enqueue.assign({ factory: updateSupply(context.factory, quote.supply, quote.observedAtMs) });
      if (before === undefined || before === quote.supply) return;
      const ours = context.factory.inputs.some((input) => input.deliveredUnits > 0);
      const { waypoint, good } = context.factory;
      enqueue.emit({ type: "factory.supplyChanged", factory: waypoint, good, from: before, to: quote.supply, ours });
    }),
    close: assign((args) =>
      args.event.type === "factory.closeInput" ? { factory: closeInput(args.context.factory, args.event.good, nowOf(args)) } : {},
    ),
    tellClosed: enqueueActions(({ context, enqueue }) => {
      if (context.closed) return;
      const { waypoint, good } = context.factory;
      enqueue.assign({ closed: true });
      enqueue(sendToAddress(context.watcher, { type: "pipeline.factoryClosed", waypoint, good }));
      enqueue.emit({ type: "factory.closed", factory: waypoint, good });
    }),
    sayDismissed: sendToAddress(
      ({ context }: { context: FactoryContext }) => context.watcher,
      ({ context }: { context: FactoryContext }) => ({
        type: "pipeline.factoryDismissed",
        waypoint: context.factory.waypoint,
        good: context.factory.good,
      }),
    ),
    /** Tells the pipeline when readiness, or the reason for its lack, has changed. */
    judge: enqueueActions((args) => {
      const { context, enqueue } = args;
      const now = readiness(context.factory, nowOf(args), context.maxReadingAgeMs);
      const was = context.readiness;
      enqueue.assign({ readiness: now });
      if (was.ready === now.ready && (was.ready || now.ready || was.reason === now.reason)) return;
      const { waypoint, good, currentSupply } = context.factory;
      enqueue(
        sendToAddress(context.watcher, {
          type: "pipeline.factoryJudged",
          waypoint,
          good,
          ready: now.ready,
          reason: now.ready ? null : now.reason,
          supply: currentSupply ?? null,
        }),
      );
    }),
  },
}).createMachine({
  id: "factory",
  context: ({ input, ...rest }) => ({
    factory: initFactory({
      waypoint: input.waypoint,
      good: input.good,
      pipelineId: input.pipelineId,
      inputs: input.inputs,
      supply: input.supply ?? undefined,
      supplySeenAtMs: input.supplySeenAtMs ?? undefined,
      nowMs: nowOf(rest),
    }),
    watcher: input.watcher,
    maxReadingAgeMs: input.maxReadingAgeMs,
    readiness: { ready: false, reason: "inputsMissing", detail: "just begun" },
    closed: false,
  }),
  initial: "watched",
  states: {
    watched: {
      entry: "judge",
      on: {
        "factory.delivered": { actions: ["deliver", "judge"] },
        "factory.observed": { actions: ["observe", "judge"] },
        "factory.closeInput": { actions: ["close", "judge"] },
        "factory.review": { actions: "judge" },
        "factory.unlisted": { actions: "tellClosed" },
        // The last that its pipeline hears from it: after this nothing of ours can reach an ended pipeline.
        "factory.dismiss": { target: "dismissed", actions: "sayDismissed" },
      },
    },
    dismissed: { type: "final" },
  },
});
