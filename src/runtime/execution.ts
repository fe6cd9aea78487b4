import type { Address } from "./address.ts";
import type { SettledJob } from "./cell.ts";
import type { EncodedError } from "./effect.ts";
import type { JobSpec } from "./job.ts";
import type { RowChange } from "./readModel.ts";
import type { JobRow } from "./store.ts";

/** What the runner asks of the host. */
export interface JobPort {
  /** Durable and fenced when it resolves to true; false when nobody wants the job any more. */
  checkpoint(row: JobRow, attempt: number, facts: string): Promise<boolean>;
  settled(row: JobRow, settled: SettledJob): void;
  /** The job of an actor that no longer wants it has come to its end. */
  orphanSettled(row: JobRow, facts: readonly RowChange[]): void;
  /** An attempt that was given up has succeeded after all; its job has gone on and keeps its row. */
  lateFacts(row: JobRow, facts: readonly RowChange[]): void;
  /** What the job did could not be told as rows. */
  factsLost(row: JobRow, output: unknown, error: EncodedError): void;
  /** Whether the lease surely holds at this instant. */
  leaseHolds(): boolean;
  weather(address: Address, waiting: boolean): void;
}

/** One job in this process. Its row is the truth; this is only the promise that runs for it. */
export interface Execution {
  row: JobRow;
  /** The registry pairs each job with its own types; the row's text was made from a value that passed its schema. */
  readonly spec: JobSpec<unknown, unknown, unknown>;
  attempt: number;
  readonly lastAttempt: number;
  cancelled: boolean;
  orphaned: boolean;
  /** A request may have left: from the checkpoint until a verdict says otherwise. */
  sent: boolean;
  facts: unknown;
  sentAtMs: number;
  controller: AbortController;
  /** Inside `run`: after `sent`, a request may be on the wire. */
  running: boolean;
  wake: (() => void) | undefined;
}
