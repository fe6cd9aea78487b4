import type { Address } from "./address.ts";
import type { Environment } from "./environment.ts";
import type { KindRegistry } from "./registry.ts";
import type { RuntimeStore, ScopeRows } from "./store.ts";
import type { Supervision } from "./supervision.ts";

export interface HostOptions {
  /** The scope of ownership; every address of this host lies within it. */
  readonly scope: Address;
  readonly kinds: KindRegistry;
  readonly store: RuntimeStore;
  readonly supervision: Supervision;
  readonly environment: Environment;
  /** File that names the message in transition, so that a crash can be counted against it (H8). None is written when absent. */
  readonly breadcrumbPath?: string;
  /** Kills the process when one transition hangs. On unless false. */
  readonly transitionWatchdog?: boolean;
  readonly limits?: Partial<HostLimits>;
  /** Called at the named points of a commit or job, so that a chaos run can end the process exactly there. */
  readonly crashPoints?: (point: CrashPoint) => void;
  /**
   * Once at each start: the scope is owned, its actors are read, and nothing of it runs yet. Who compares or repairs what other programs
   * read does it here. A rejection fails the start.
   */
  readonly beforeOpen?: (found: Pick<ScopeRows, "actors" | "inbox"> & { readonly epoch: number }) => Promise<void>;
  /** Another host has taken the scope: nothing more is written or sent by this one. */
  readonly onFenced?: () => void;
  /** Mail for actors of that other scope has become durable; its host finds it at its next look, or at once when it is told. */
  readonly onForeignMail?: (scope: Address) => void;
}

export type CrashPoint = "job.beforeSend" | "job.afterResponse" | "commit.during" | "boot.recovering";

export interface HostLimits {
  readonly maxBatchEvents: number;
  readonly maxBatchBytes: number;
  /** Waiting events of one actor that go into one batch. */
  readonly maxFold: number;
  /** Depth from which outside messages are refused as busy. */
  readonly maxMailbox: number;
  readonly keyframeEvery: number;
  readonly leaseMs: number;
  /** How long `start` waits for a living owner of the scope. */
  readonly acquireWaitMs: number;
  readonly transitionTimeoutMs: number;
  /** How long an external id is remembered, and the age from which a dated message is expired (G2). */
  readonly dedupHorizonMs: number;
  readonly journalRetentionMs: number;
  readonly journalMaxRows: number;
  readonly outboxRetentionMs: number;
  readonly outboxMaxRows: number;
  readonly maintenanceEveryMs: number;
  readonly foreignMailPollMs: number;
}

const DAY_MS = 86_400_000;

export const DEFAULT_LIMITS: HostLimits = {
  maxBatchEvents: 400,
  maxBatchBytes: 4 * 1024 * 1024,
  maxFold: 16,
  maxMailbox: 1_000,
  keyframeEvery: 50,
  leaseMs: 10_000,
  acquireWaitMs: 30_000,
  transitionTimeoutMs: 10_000,
  dedupHorizonMs: 7 * DAY_MS,
  journalRetentionMs: 2 * DAY_MS,
  journalMaxRows: 2_000_000,
  outboxRetentionMs: DAY_MS,
  outboxMaxRows: 100_000,
  maintenanceEveryMs: 60_000,
  foreignMailPollMs: 1_000,
};
