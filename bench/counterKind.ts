import { type AnyStateMachine, assign, fromPromise, raise, setup } from "xstate";
import { z } from "zod";
import { type ActorKind, defineActorKind, defineJob } from "../src/runtime/kind.ts";

export interface Add {
  readonly type: "ADD";
  readonly id: string;
  readonly n: number;
}

/**
 * The counter of the workload "N durable counters": each event moves a two-state machine and adds to a count, every tenth has a job do
 * one external effect, every hundredth sets a timer of 50 ms.
 */
export function counterMachine(effect: (n: number) => Promise<void>): AnyStateMachine {
  return setup({
    types: { context: {} as { count: number; rings: number; last: number }, events: {} as Add | { type: "RING" } },
    actors: { effect: fromPromise<void, { n: number }>(({ input }) => effect(input.n)) },
  }).createMachine({
    id: "counter",
    type: "parallel",
    context: { count: 0, rings: 0, last: 0 },
    on: { RING: { actions: assign({ rings: ({ context }) => context.rings + 1 }) } },
    states: {
      parity: {
        initial: "even",
        states: {
          even: { on: { ADD: { target: "odd", actions: assign({ count: ({ context, event }) => context.count + event.n }) } } },
          odd: { on: { ADD: { target: "even", actions: assign({ count: ({ context, event }) => context.count + event.n }) } } },
        },
      },
      effects: {
        initial: "idle",
        states: {
          idle: {
            on: {
              ADD: {
                guard: ({ event }) => event.n % 10 === 0,
                target: "running",
                actions: assign({ last: ({ event }) => event.n }),
              },
            },
          },
          running: { invoke: { src: "effect", id: "effect", input: ({ context }) => ({ n: context.last }), onDone: "idle" } },
        },
      },
      clock: {
        on: { ADD: { guard: ({ event }) => event.n % 100 === 0, actions: raise({ type: "RING" }, { id: "ring", delay: 50 }) } },
      },
    },
  });
}

export function counterKind(effect: (n: number) => Promise<void>): ActorKind {
  return defineActorKind({
    kind: "counter",
    version: 1,
    machine: counterMachine(effect),
    input: z.object({}),
    events: { ADD: z.object({ id: z.string(), n: z.number() }) },
    jobs: {
      effect: defineJob<{ n: number }, null>({ retry: "safe", timeoutMs: 5000, run: ({ n }) => effect(n).then(() => null) }),
    },
    restart: {
      type: "permanent",
      maxRestarts: 3,
      withinMs: 60_000,
      backoff: { initialMs: 100, maxMs: 1000, factor: 2, jitter: 0, resetAfterMs: 60_000 },
      afresh: true,
    },
  });
}
