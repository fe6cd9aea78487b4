import type { Address } from "./address.ts";
import type { EncodedError } from "./effect.ts";

/** permanent: always restarted; transient: only after a failure; temporary: never. */
export type RestartType = "permanent" | "transient" | "temporary";

export interface RestartSpec {
  readonly type: RestartType;
  /** More than `maxRestarts` failures within `withinMs` climb one rung: from snapshot → afresh → quarantine. */
  readonly maxRestarts: number;
  readonly withinMs: number;
  readonly backoff: BackoffSpec;
  /** Whether the rung `afresh` (initial state from the stored input, after reconciliation) is allowed. */
  readonly afresh: boolean;
}

export interface BackoffSpec {
  readonly initialMs: number;
  readonly maxMs: number;
  readonly factor: number;
  /** Share of the delay that is random, 0 to 1. */
  readonly jitter: number;
  /** Quiet time after which the count starts again. */
  readonly resetAfterMs: number;
}

/** What is stored of a durable child's failures. */
export interface FailureHistory {
  /** Times of failures from snapshot within the window, oldest first. */
  readonly failuresAtMs: readonly number[];
  readonly afreshAtMs: readonly number[];
  readonly restarts: number;
}

export type FailureCause =
  | { readonly kind: "transition"; readonly error: EncodedError }
  | { readonly kind: "job"; readonly childId: string; readonly error: EncodedError }
  | { readonly kind: "commit"; readonly error: EncodedError }
  | { readonly kind: "snapshot"; readonly error: EncodedError };

export type SupervisionDecision =
  | {
      readonly decision: "restart";
      readonly from: "snapshot" | "afresh";
      readonly afterMs: number;
      readonly history: FailureHistory;
    }
  | { readonly decision: "giveUp"; readonly history: FailureHistory; readonly reason: string };

/** The port through which the host asks what to do with a failed actor. Pure; src/supervisor implements it. */
export interface Supervision {
  decide(failure: {
    readonly address: Address;
    readonly kind: string;
    readonly spec: RestartSpec;
    readonly history: FailureHistory;
    readonly cause: FailureCause;
    readonly nowMs: number;
    /** 0 ≤ random < 1, for jitter. */
    readonly random: number;
  }): SupervisionDecision;
}
