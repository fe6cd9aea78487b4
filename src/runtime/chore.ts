import { OwnedRows } from "./batch.ts";
import { type CommitResult, HOST_OWNER } from "./store.ts";

/** A write of the host itself that needs no actor's compare-and-set: ingress mail, births of roots, settled orphans. Safe to repeat. */
export interface Chore {
  readonly rows: OwnedRows;
  committed(result: Extract<CommitResult, { result: "committed" }>, afterUnknown: boolean): void;
  rejected(message: string): void;
  /** An earlier try may have been written: the connection was lost. Not so for mail, which is looked up before it is tried again. */
  repeated: boolean;
}

export function createChore(handlers: Pick<Chore, "committed" | "rejected">): Chore {
  return { rows: new OwnedRows(HOST_OWNER), repeated: false, ...handlers };
}

/** A job that asks to become `sent`. */
export interface CheckpointRequest {
  readonly jobId: string;
  readonly address: string;
  readonly childId: string;
  readonly generation: number;
  readonly attempt: number;
  readonly facts: string;
  answer(kept: boolean): void;
}
