import type { Address } from "./address.ts";
import type { StampedEvent } from "./event.ts";

/**
 * What one transition asks for, in the runtime's words. Nothing here has happened yet: the commit loop turns effects into rows
 * and only then acts on the rows (G1). Produced by `step` from XState's action list, already net-folded per id: a re-entry
 * that cancels and starts the same timer, job or child yields stop and start of that id with the start last.
 */
export type Effect =
  | {
      readonly type: "startTimer";
      readonly id: string;
      readonly delayMs: number;
      readonly event: { readonly type: string } & Readonly<Record<string, unknown>>;
      /** Receiver of a delayed send; the actor itself when absent. */
      readonly to?: Address;
      /** A watchdog counts only while the jobs of its state could run (G4); a deadline counts always. */
      readonly nature: "deadline" | "watchdog";
    }
  | { readonly type: "cancelTimer"; readonly id: string }
  | { readonly type: "startJob"; readonly id: string; readonly src: string; readonly input: unknown }
  | {
      readonly type: "startChild";
      readonly id: string;
      readonly kind: string;
      readonly address: Address;
      readonly input: unknown;
    }
  /** Stops whatever runs under this child id: a job or a child actor. */
  | { readonly type: "stopChild"; readonly id: string }
  | { readonly type: "send"; readonly to: Address; readonly event: { readonly type: string } & Readonly<Record<string, unknown>> }
  | { readonly type: "emit"; readonly event: { readonly type: string } & Readonly<Record<string, unknown>> }
  | { readonly type: "log"; readonly label: string | undefined; readonly value: unknown };

/** A child of an actor as its row remembers it. `generation` is the version of the actor that created it (G5). */
export interface ChildRef {
  readonly id: string;
  readonly src: string;
  readonly nature: "job" | "actor";
  readonly generation: number;
  readonly address: Address;
}

/** One macrostep of one actor. `failed` leaves the actor untouched; its effects are never performed. */
export type StepResult<Snapshot> =
  | {
      readonly outcome: "advanced";
      readonly snapshot: Snapshot;
      readonly status: "active" | "done";
      readonly output: unknown;
      readonly effects: readonly Effect[];
    }
  /** A declared event that the current state does not handle: journalled, nothing else. */
  | { readonly outcome: "ignored"; readonly event: StampedEvent }
  /** An event type or payload the kind does not declare: a dead letter. */
  | { readonly outcome: "undeclared"; readonly event: StampedEvent; readonly reason: string }
  /** The transition threw or ended in status `error`. */
  | { readonly outcome: "failed"; readonly error: EncodedError };

/** An error as it is stored and sent: XState's own encoding would be `{}`. */
export interface EncodedError {
  readonly name: string;
  readonly message: string;
  readonly code?: string | number;
  readonly data?: unknown;
  readonly stack?: string;
}
