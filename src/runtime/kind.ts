import type { AnyStateMachine, ContextFrom } from "xstate";
import type { z } from "zod";
import type { Address } from "./address.ts";
import type { EncodedError } from "./effect.ts";
import type { StampedEvent } from "./event.ts";
import type { JobSpec } from "./job.ts";
import type { RowChange } from "./readModel.ts";
import type { RestartSpec } from "./supervision.ts";

/** What a projection sees of an actor before and after a transition. `context` is the machine's, already decoded. */
export interface ActorState<Context = unknown> {
  readonly value: unknown;
  readonly context: Context;
  readonly status: "active" | "done";
}

export interface ProjectArgs<Context = unknown> {
  readonly address: Address;
  /** Ownership scope, the first key column of every read-model table. */
  readonly agent: Address;
  readonly version: number;
  readonly atMs: number;
  readonly before: ActorState<Context> | undefined;
  readonly after: ActorState<Context>;
  readonly event: StampedEvent;
}

/**
 * The centre of the runtime: everything there is to know of one kind of actor. Registry, ingress validation, CLI, inspector and
 * migrations read this and keep no list of their own.
 */
export interface ActorKind<Context = unknown> {
  readonly kind: string;
  /** Raised when a stored snapshot of the old version needs a migration. */
  readonly version: number;
  readonly machine: AnyStateMachine;
  readonly input: z.ZodType;
  /** Declared events from outside the runtime, by type. The schema is of the payload without `type`, `at`, `seed`. */
  readonly events: Readonly<Record<string, z.ZodType>>;
  /** Checks a decoded context at load; a snapshot that fails is quarantined. */
  readonly context?: z.ZodType<Context>;
  /** Job logic by actor source name. Sources not named here must be names of registered kinds (child actors). */
  readonly jobs: Readonly<Record<string, JobSpec<never, unknown, never>>>;
  /** Pure; written in the transition's own commit. A throw counts as a failing transition. */
  project?(args: ProjectArgs<Context>): readonly RowChange[];
  readonly restart: RestartSpec;
  /**
   * Rows to write in the commit in which this actor ends without a transition of its own, so that none shows work that nobody does (G9, G10):
   * supervision gives it up, or its parent stops it. Pure. `last` is undefined when the stored state cannot be read. A restart after a
   * quarantine writes what `project` says of the restored state.
   */
  projectEnded?(args: {
    readonly address: Address;
    readonly agent: Address;
    readonly atMs: number;
    readonly how: "givenUp" | "stopped";
    /** In brief: one line. */
    readonly because: string;
    readonly last: ActorState<Context> | undefined;
  }): readonly RowChange[];
  /** Messages to send in the one commit in which supervision gives up on this actor (G10). Pure. */
  onGiveUp?(args: {
    readonly address: Address;
    readonly parent: Address | undefined;
    readonly last: ActorState<Context> | undefined;
    readonly error: EncodedError;
  }): readonly LastWord[];
  /**
   * Whether an operator may dismiss this actor from its quarantine although its parent lives, which must do well without it, or although it
   * is a root: the messages of the one commit in which it ends, to those who have something of it. `parent` is undefined when none lives.
   * Undefined, or no such hook: it is needed. Pure.
   */
  onDismissed?(args: { readonly address: Address; readonly parent: Address | undefined }): readonly LastWord[] | undefined;
  /** From a snapshot of version n (the key) to version n + 1. */
  readonly migrations?: Readonly<
    Record<number, (old: { value: unknown; context: unknown }) => { value: unknown; context: unknown }>
  >;
}

/** A message of an actor that speaks no more itself. */
export interface LastWord {
  readonly to: Address;
  readonly event: { readonly type: string } & Readonly<Record<string, unknown>>;
}

/** Types a kind's hooks by its machine's context. The checks are those of registration. */
export function defineActorKind<Machine extends AnyStateMachine>(
  kind: ActorKind<ContextFrom<Machine>> & { readonly machine: Machine },
): ActorKind<ContextFrom<Machine>> {
  return kind;
}

/** Types a job's `run`, `reconcile` and `facts` by its input, output and checkpoint, and forgets them: the runtime sees JSON. */
export function defineJob<Input, Output, Checkpoint = never>(
  spec: JobSpec<Input, Output, Checkpoint>,
): ActorKind["jobs"][string] {
  return spec as unknown as ActorKind["jobs"][string];
}
