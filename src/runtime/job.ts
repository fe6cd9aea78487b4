import type { z } from "zod";
import type { Address } from "./address.ts";
import type { RowChange } from "./readModel.ts";

/**
 * A job is invoked promise logic made durable. It makes at most one mutating request (G5):
 * queued → sent (a durable checkpoint just before the socket write) → settled. A queued job is always safe to repeat.
 * A job found `sent` after a crash is settled by its retry class.
 */
export type JobRetry =
  /** Repeating is harmless (reads, idempotent commands). */
  | "safe"
  /** Evidence first: `reconcile` says whether the request took effect. */
  | "reconcile"
  /** Neither: the machine receives an error named `OutcomeUnknown`. */
  | "never";

export interface JobContext<Checkpoint = unknown> {
  readonly address: Address;
  readonly jobId: string;
  /** Counted from 1; weather (rate limit, outage, interruption) does not count. */
  readonly attempt: number;
  /** `<job>:<attempt>`, the value of the `x-request-id` header. */
  readonly requestId: string;
  /** Aborted when the job is cancelled before it was sent, or the daemon quiesces while it is queued. Never after `checkpoint`. */
  readonly signal: AbortSignal;
  nowMs(): number;
  /** Makes the job `sent` with the facts that a reconciliation needs. Rejects, and nothing may be sent, when the job is no longer ours. */
  checkpoint(facts: Checkpoint): Promise<void>;
}

export type ReconcileVerdict<Output> =
  | { readonly verdict: "done"; readonly output: Output }
  | { readonly verdict: "notDone" }
  | { readonly verdict: "unknown"; readonly reason: string };

export interface JobSpec<Input = unknown, Output = unknown, Checkpoint = unknown> {
  readonly retry: JobRetry;
  /** Input must be JSON; parsed at enqueue so that a bad input fails the transition that asked. */
  readonly input?: z.ZodType<Input>;
  /** From `sent` (or from the start of a safe job), after which a new attempt may begin. */
  readonly timeoutMs: number;
  /** Attempts before the error reaches the machine; 1 when absent. Only a thrown, non-weather error uses one up. */
  readonly maxAttempts?: number;
  run(input: Input, context: JobContext<Checkpoint>): Promise<Output>;
  reconcile?(input: Input, checkpoint: Checkpoint, context: JobContext<Checkpoint>): Promise<ReconcileVerdict<Output>>;
  /** Physical facts of a settled job (ledger rows), written even when nobody wants the result any more (G13). Pure. */
  facts?(settled: {
    readonly address: Address;
    readonly jobId: string;
    readonly input: Input;
    readonly output: Output;
    readonly atMs: number;
  }): readonly RowChange[];
}

/** Thrown by a job that cannot go on because of weather (G12): it waits and costs no attempt. */
export class JobWaiting extends Error {
  override readonly name = "JobWaiting";
  readonly retryAfterMs: number;
  constructor(reason: string, retryAfterMs: number) {
    super(reason);
    this.retryAfterMs = retryAfterMs;
  }
}
