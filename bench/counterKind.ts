import { type AnyStateMachine, assign, fromPromise, raise, setup, spawnChild, stopChild } from "xstate";
import { z } from "zod";
import { type ActorKind, defineActorKind, defineJob } from "../src/runtime/kind.ts";

export interface Add {
  readonly type: "ADD";
  readonly id: string;
  readonly n: number;
}

type CounterEvent =
  | Add
  | { readonly type: "RING" }
  | { readonly type: "xstate.done.actor.effect"; readonly actorId: string; readonly output: unknown };

/**
 * The counter of the workload "N durable counters": each event moves a machine of two states and adds to a count, every tenth has a job do
 * one external effect, every hundredth sets a timer of 50 ms.
 */
export function counterMachine(effect: (n: number) => Promise<void>): AnyStateMachine {
  return setup({
    types: { context: {} as { count: number; rings: number }, events: {} as CounterEvent },
    actors: { effect: fromPromise<void, { n: number }>(({ input }) => effect(input.n)) },
    guards: {
      isTenth: ({ event }) => numberOf(event) % 10 === 0,
      isHundredth: ({ event }) => numberOf(event) % 100 === 0,
    },
    actions: {
      add: assign({ count: ({ context, event }) => context.count + numberOf(event) }),
      startEffect: spawnChild("effect", {
        id: ({ event }) => `effect-${numberOf(event)}`,
        input: ({ event }) => ({ n: numberOf(event) }),
      }),
      setTimer: raise({ type: "RING" }, { id: "ring", delay: 50 }),
    },
  }).createMachine({
    id: "counter",
    context: { count: 0, rings: 0 },
    on: {
      RING: { actions: assign({ rings: ({ context }) => context.rings + 1 }) },
      // XState itself keeps children that have ended; a snapshot that grows would make the naive way slower than it is.
      "xstate.done.actor.*": { actions: stopChild(({ event }) => event.actorId) },
    },
    initial: "even",
    states: { even: { on: { ADD: toggleTo("odd") } }, odd: { on: { ADD: toggleTo("even") } } },
  });
}

function toggleTo<State extends string>(target: State) {
  return [
    { guard: "isHundredth", target, actions: ["add", "startEffect", "setTimer"] },
    { guard: "isTenth", target, actions: ["add", "startEffect"] },
    { target, actions: "add" },
  ] as const;
}

function numberOf(event: CounterEvent): number {
  return event.type === "ADD" ? event.n : 0;
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
