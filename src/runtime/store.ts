import type { Address } from "./address.ts";
import type { Suspect } from "./breadcrumb.ts";
import type { RowChange } from "./readModel.ts";
import type { ActorFilter, ActorStatus } from "./runtime.ts";

/**
 * The port between the host and its database. One `commit` is one atomic unit: either all rows of an actor's unit are written or
 * none, and nothing is written under an epoch that has passed (G6). Failures that a host must tell apart are values.
 *
 * `owner` of a row names the actor whose compare-and-set it depends on; HOST_OWNER depends on the epoch alone.
 */
export interface RuntimeStore {
  /** Connects and takes a new epoch. Waits for a living holder's lease to run out, at most `waitMs`. */
  acquire(claim: OwnershipClaim): Promise<Acquired>;
  /** Gives the ownership back, so that a successor need not wait. */
  release(): Promise<void>;
  /** Extends the lease; `lost` when another epoch has begun. Rejects when the database is away. */
  renew(): Promise<"kept" | "lost">;
  commit(batch: CommitBatch): Promise<CommitResult>;
  /** Every living actor of the scope with its mail, timers and jobs, each list in its order of processing. */
  loadScope(): Promise<ScopeRows>;
  /** Rows of single actors, in any status. */
  loadActors(addresses: readonly Address[]): Promise<readonly ActorRow[]>;
  listActors(filter: ActorFilter): Promise<readonly ActorRow[]>;
  /** Mail that other daemons wrote for actors of this scope since the last look. */
  loadForeignMail(): Promise<readonly InboxRow[]>;
  /** Waiting messages of these ids, whoever they are for. */
  loadMail(ids: readonly string[]): Promise<readonly InboxRow[]>;
  deadLetter(id: string): Promise<DeadLetterRow | undefined>;
  countDeadLetters(): Promise<number>;
  /** Counts one more unclean end against each of these messages. */
  countAttempts(suspects: readonly Suspect[], atMs: number): Promise<void>;
  takeOutbox(limit: number): Promise<readonly OutboxRow[]>;
  ackOutbox(ids: readonly string[]): Promise<void>;
  /** Sweeps mail of ended actors to the dead letters and enforces the bounds of journal, dedup and outbox. */
  maintain(bounds: MaintenanceBounds): Promise<MaintenanceReport>;
  close(): Promise<void>;
}

export const HOST_OWNER = "";

export interface OwnershipClaim {
  readonly scope: Address;
  /** Unique per host instance. */
  readonly holder: string;
  readonly leaseMs: number;
  readonly waitMs: number;
  /** The holder has lost its connection only: refused as soon as anybody else has owned the scope in between. */
  readonly continues?: boolean;
}

export type Acquired =
  | {
      readonly acquired: "yes";
      readonly epoch: number;
      /** How long nobody has owned the scope; watchdog timers have been moved on by it. */
      readonly downtimeMs: number;
      /** Whether the previous holder left without releasing. */
      readonly unclean: boolean;
    }
  | { readonly acquired: "no"; readonly heldBy: string };

export interface ActorRow {
  readonly address: Address;
  readonly kind: string;
  readonly kindVersion: number;
  readonly parent: Address | null;
  readonly childId: string | null;
  /** Version of the parent that created it; 0 for a root. */
  readonly generation: number;
  readonly status: ActorStatus;
  readonly version: number;
  readonly incarnation: number;
  readonly input: string;
  readonly snapshot: string | null;
  /** JSON of Lifecycle; null when it never failed. */
  readonly lifecycle: string | null;
  readonly updatedAtMs: number;
}

/** Fields that are null keep their stored value. */
export interface ActorUpdate {
  readonly address: Address;
  readonly expectedVersion: number;
  readonly version: number;
  readonly status: ActorStatus;
  readonly incarnation: number;
  readonly kindVersion: number;
  readonly snapshot: string | null;
  readonly lifecycle: string | null;
  readonly input: string | null;
  readonly generation: number | null;
  readonly atMs: number;
}

export type InboxType =
  | "message"
  /** A child's end, for its parent. */
  | "done"
  | "error"
  /** From a parent to its child: begin (again) with `body` as input, or end. */
  | "start"
  | "stop";

export interface InboxRow {
  readonly id: string;
  readonly address: Address;
  readonly commitNo: number;
  readonly index: number;
  readonly type: InboxType;
  readonly body: string;
  readonly sender: string | null;
  readonly childId: string | null;
  readonly generation: number | null;
  readonly atMs: number;
}

export interface TimerRow {
  readonly address: Address;
  readonly id: string;
  readonly generation: number;
  readonly index: number;
  readonly dueAtMs: number;
  readonly nature: "deadline" | "watchdog";
  readonly event: string;
  readonly to: Address | null;
}

export type JobState = "queued" | "sent" | "settled" | "failed";

export interface JobRow {
  readonly id: string;
  readonly address: Address;
  readonly childId: string;
  readonly src: string;
  readonly input: string;
  readonly generation: number;
  readonly state: JobState;
  readonly attempt: number;
  readonly checkpoint: string | null;
  readonly sentAtMs: number | null;
  /** JSON of SettledOutcome, once settled while its actor could not take it. */
  readonly result: string | null;
  /** Nobody wants the result any more; its facts are still recorded (G13). */
  readonly orphaned: boolean;
}

export type JournalOutcome =
  | "applied"
  | "ignored"
  | "stale"
  | "deadLetter"
  | "failed"
  | "started"
  | "restarted"
  | "stopped"
  | "gaveUp";

/** Its commit number is that of the batch. */
export interface JournalRow {
  readonly address: Address;
  readonly index: number;
  readonly version: number;
  readonly outcome: JournalOutcome;
  readonly cause: string;
  readonly generation: number | null;
  readonly atMs: number;
  readonly seed: number;
  readonly event: string;
  readonly value: string | null;
  readonly contextHash: string | null;
  /** The whole snapshot, every 50 versions. */
  readonly keyframe: string | null;
  readonly kindVersion: number;
}

export interface OutboxRow {
  readonly id: string;
  readonly address: Address;
  readonly version: number;
  readonly index: number;
  readonly event: string;
  readonly atMs: number;
}

export interface DeadLetterRow {
  readonly id: string;
  readonly address: Address;
  readonly sender: string | null;
  readonly event: string;
  readonly reason: string;
  readonly detail: string;
  readonly atMs: number;
}

export interface Checkpoint {
  readonly jobId: string;
  readonly generation: number;
  readonly attempt: number;
  readonly facts: string;
  readonly sentAtMs: number;
}

export type Owned<Row> = Row & { readonly owner: Address };

export interface CommitBatch {
  readonly commitNo: number;
  readonly updates: readonly ActorUpdate[];
  readonly births: readonly Owned<ActorRow>[];
  readonly inboxIn: readonly Owned<InboxRow>[];
  readonly inboxOut: readonly Owned<{ readonly id: string }>[];
  readonly timersSet: readonly Owned<TimerRow>[];
  readonly timersOff: readonly Owned<{ readonly address: Address; readonly id: string }>[];
  readonly jobsSet: readonly Owned<JobRow>[];
  readonly jobsOff: readonly Owned<{ readonly id: string }>[];
  readonly checkpoints: readonly Checkpoint[];
  /** Each written only if its actor is. */
  readonly journal: readonly JournalRow[];
  readonly outbox: readonly Owned<OutboxRow>[];
  readonly deadLetters: readonly Owned<DeadLetterRow>[];
  readonly deadLettersOff: readonly Owned<{ readonly id: string }>[];
  /** External ids consumed by this batch. A unit with a known id is not written at all. */
  readonly dedup: readonly Owned<DedupRow>[];
  readonly rows: readonly Owned<{ readonly change: RowChange }>[];
}

export interface DedupRow {
  readonly address: Address;
  readonly messageId: string;
  readonly atMs: number;
}

export type CommitResult =
  | {
      readonly result: "committed";
      /** Actors that were not written: their version was another, or one of their external ids was known. */
      readonly lost: ReadonlySet<Address>;
      /** Addresses that exist now because of this batch. */
      readonly born: ReadonlySet<Address>;
      /** Keys (`dedupKey`) that were known before. */
      readonly duplicates: ReadonlySet<string>;
      readonly checkpoints: ReadonlySet<string>;
    }
  /** Another epoch has begun; nothing was written. */
  | { readonly result: "fenced" }
  /** A row was refused (SQLSTATE 21, 22, 23, 42); nothing was written. */
  | { readonly result: "rejected"; readonly code: string; readonly message: string }
  /** The connection went away: it may have been written or not. Acquire again, then re-read. */
  | { readonly result: "unknown"; readonly message: string };

/** The key of an external id in `CommitResult.duplicates`. */
export function dedupKey(address: Address, messageId: string): string {
  return `${address} ${messageId}`;
}

export interface ScopeRows {
  readonly actors: readonly ActorRow[];
  readonly inbox: readonly InboxRow[];
  readonly timers: readonly TimerRow[];
  readonly jobs: readonly JobRow[];
  /** Messages that were in a transition when the process ended, with how often. */
  readonly attempts: readonly { readonly address: Address; readonly messageId: string; readonly count: number }[];
}

export interface MaintenanceBounds {
  /** On the runtime clock, as all other times here. */
  readonly nowMs: number;
  readonly journalBeforeMs: number;
  readonly journalMaxRows: number;
  readonly dedupBeforeMs: number;
  readonly outboxBeforeMs: number;
  readonly outboxMaxRows: number;
}

export interface MaintenanceReport {
  readonly sweptToDeadLetters: readonly { readonly id: string; readonly address: Address }[];
  readonly journalRows: number;
  readonly outboxDropped: number;
  /** The bounds of one round were reached: there is more to do. */
  readonly more: boolean;
}
