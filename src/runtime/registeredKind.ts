import type { AnyMachineSnapshot, AnyStateMachine } from "xstate";
import type { ChildRef } from "./effect.ts";
import type { ActorKind } from "./kind.ts";

/** A kind that passed registration: only machines with the closed list of constructs get here. Made by `registerKind`. */
export interface RegisteredKind {
  readonly name: string;
  readonly kind: ActorKind;
  /** The kind's machine with every actor source replaced by a stub and a bound on microsteps; the only machine the runtime runs. */
  readonly machine: AnyStateMachine;
  /** Timer ids of the `after`s that stand in a state with an invoke: watchdogs, not deadlines (G4). */
  readonly watchdogs: ReadonlySet<string>;
  /** Child ids that belong to the configuration of a state, not to a spawnChild. */
  readonly invokeIds: ReadonlySet<string>;
  /** Names of the kinds that the machine starts as children, as far as its configuration shows them. */
  readonly childKinds: ReadonlySet<string>;
  /** The kind of a child source that is no job; undefined when no such kind is registered. */
  childKind(src: string): RegisteredKind | undefined;
  /** Whether contexts are deep-frozen after each transition, so that a mutation in an assign fails at once. */
  readonly freeze: boolean;
}

/** XState's snapshot with plain child references instead of actors. Kept in memory between transitions, never mutated. */
export interface ActorSnapshot {
  readonly status: "active" | "done";
  readonly value: unknown;
  readonly context: unknown;
  readonly output: unknown;
  readonly children: Readonly<Record<string, ChildRef>>;
  readonly historyValue: Readonly<Record<string, readonly { readonly id: string }[]>>;
}

/** The XState view of a snapshot of ours. The only differences are the types of children and history, which XState does not check. */
export function asMachineSnapshot(snapshot: ActorSnapshot): AnyMachineSnapshot {
  return snapshot as unknown as AnyMachineSnapshot;
}
