import type { Address } from "./address.ts";
import { decodeSnapshot } from "./codec.ts";
import type { EncodedError } from "./effect.ts";
import { encodeError } from "./encodedError.ts";
import type { RowChange } from "./readModel.ts";
import type { ActorSnapshot, RegisteredKind } from "./registeredKind.ts";
import type { ActorStatus, IngressMessage, Receipt } from "./runtime.ts";
import type { ActorRow, InboxRow, JobRow, TimerRow } from "./store.ts";
import type { FailureHistory } from "./supervision.ts";

/**
 * One actor in memory: what its rows say as of the last commit, and the mail that waits for it. Only `publish` changes the committed
 * part, after the commit that made it true.
 */
export interface Cell {
  readonly address: Address;
  readonly kindName: string;
  /** Undefined when this program has no such kind; the actor is quarantined. */
  readonly kind: RegisteredKind | undefined;
  readonly parent: Address | undefined;
  readonly childId: string | undefined;
  generation: number;
  status: ActorStatus;
  version: number;
  incarnation: number;
  kindVersion: number;
  input: string;
  /** The stored text: the truth to go back to after a failed transition or commit (H5). */
  text: string | undefined;
  /** The parsed text, made at first use. */
  snapshot: ActorSnapshot | undefined;
  lifecycle: Lifecycle;
  updatedAtMs: number;
  /** By timer id. */
  timers: Map<string, TimerRow>;
  /** Wanted jobs by child id. */
  jobs: Map<string, JobRow>;
  /** Orders from parents, operators and supervision; they go before the mail. */
  readonly orders: Item[];
  readonly queue: Item[];
  /** Part of the batch that is being committed. */
  inFlight: boolean;
  ready: boolean;
  /** How long its jobs could not run, for its watchdogs (G4). */
  readonly weather: { waiting: number; sinceMs: number; totalMs: number };
}

/** What is stored of an actor's failures, restarts and quarantine. */
export interface Lifecycle {
  readonly history: FailureHistory;
  readonly lastError?: EncodedError;
  readonly backoffUntilMs?: number;
  readonly restartFrom?: "snapshot" | "afresh";
  /** The stored snapshot is of a life whose timers, jobs and children are gone: only `afresh` can go on from here. */
  readonly snapshotOver?: boolean;
}

export type Item =
  | { readonly type: "mail"; readonly row: InboxRow }
  /** From outside and not stored yet: its first commit is the one that applies it. */
  | { readonly type: "ingress"; readonly ingress: Ingress }
  | { readonly type: "timer"; readonly id: string; readonly generation: number }
  /** `keepFacts` writes its facts on their own, should the database refuse them together with the actor's transition (G13). */
  | { readonly type: "settled"; readonly settled: SettledJob; readonly keepFacts?: () => void }
  | { readonly type: "begin" }
  /** Looks whether the stored snapshot can be read; an actor whose cannot is quarantined. */
  | { readonly type: "verify" }
  /** An operator ends an actor in quarantine that nobody waits for. */
  | { readonly type: "dismiss" }
  | { readonly type: "restart"; readonly from: "snapshot" | "afresh"; readonly by: "supervision" | "operator" };

export interface Ingress {
  readonly message: IngressMessage;
  readonly messageId: string;
  /** Whether the caller chose the id, so that it must be remembered. */
  readonly remembered: boolean;
  readonly atMs: number;
  readonly answer: (receipt: Receipt) => void;
}

export interface SettledJob {
  readonly jobId: string;
  readonly childId: string;
  readonly src: string;
  readonly generation: number;
  readonly outcome: SettledOutcome;
  readonly how: "done" | "error" | "reconciledDone" | "reconciledNotDone" | "unknown";
  readonly facts: readonly RowChange[];
}

export type SettledOutcome =
  | { readonly settled: "done"; readonly output: unknown }
  | { readonly settled: "error"; readonly error: EncodedError };

export const NO_FAILURES: FailureHistory = { failuresAtMs: [], afreshAtMs: [], restarts: 0 };

export function cellOf(row: ActorRow, kind: RegisteredKind | undefined): Cell {
  return {
    address: row.address,
    kindName: row.kind,
    kind,
    parent: row.parent ?? undefined,
    childId: row.childId ?? undefined,
    generation: row.generation,
    status: row.status,
    version: row.version,
    incarnation: row.incarnation,
    kindVersion: row.kindVersion,
    input: row.input,
    text: row.snapshot ?? undefined,
    snapshot: undefined,
    lifecycle: row.lifecycle === null ? { history: NO_FAILURES } : parseLifecycle(row.lifecycle),
    updatedAtMs: row.updatedAtMs,
    timers: new Map(),
    jobs: new Map(),
    orders: [],
    queue: [],
    inFlight: false,
    ready: false,
    weather: { waiting: 0, sinceMs: 0, totalMs: 0 },
  };
}

// Our own writing; a row that somebody edited by hand must not stop the boot of all others.
function parseLifecycle(text: string): Lifecycle {
  try {
    const stored = JSON.parse(text) as Partial<Lifecycle>;
    return { history: NO_FAILURES, ...stored };
  } catch (error) {
    return { history: NO_FAILURES, lastError: encodeError(error) };
  }
}

export type SnapshotOf =
  | { readonly found: "snapshot"; readonly snapshot: ActorSnapshot }
  | { readonly found: "none" }
  | { readonly found: "refused"; readonly error: EncodedError };

/** The cell's committed snapshot, parsed at first use. */
export function snapshotOf(cell: Cell): SnapshotOf {
  if (cell.snapshot !== undefined) return { found: "snapshot", snapshot: cell.snapshot };
  if (cell.kind === undefined) return { found: "refused", error: unknownKind(cell.kindName) };
  if (cell.text === undefined) return { found: "none" };
  const decoded = decodeSnapshot(cell.kind, cell.text);
  if (decoded.decoded === "refused") return { found: "refused", error: decoded.error };
  cell.snapshot = decoded.snapshot;
  return { found: "snapshot", snapshot: decoded.snapshot };
}

export function unknownKind(name: string): EncodedError {
  return { name: "UnknownKind", message: `this program has no actor kind "${name}"` };
}

export function isEnded(status: ActorStatus): boolean {
  return status === "done" || status === "stopped";
}
