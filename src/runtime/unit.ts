import type { Address } from "./address.ts";
import { OwnedRows } from "./batch.ts";
import { type Cell, type Item, isEnded, type Lifecycle, snapshotOf } from "./cell.ts";
import { encodeSnapshot, type StateTexts, stateTexts } from "./codec.ts";
import type { Effect } from "./effect.ts";
import type { ActorSnapshot } from "./registeredKind.ts";
import type { ActorStatus, Receipt, RuntimeNotice } from "./runtime.ts";
import type { ActorUpdate, JobRow, JournalOutcome, TimerRow } from "./store.ts";

/**
 * What one actor does in one batch: a tentative copy of its state and the rows that will make it true. The cell is untouched until
 * the commit has won; if it loses, the unit is thrown away and its items go back to the head of the mailbox.
 */
export class Unit {
  readonly cell: Cell;
  readonly rows: OwnedRows;
  readonly items: Item[] = [];
  readonly receipts: { readonly answer: (receipt: Receipt) => void; readonly receipt: Receipt }[] = [];
  readonly notices: RuntimeNotice[] = [];
  readonly logs: Extract<Effect, { type: "log" }>[] = [];
  /** Jobs that lose their actor: queued ones end, sent ones settle for their facts alone. */
  readonly unwantedJobs: JobRow[] = [];
  /** Sends and starts whose receivers are looked up before the commit (H9). */
  readonly sends: PendingSend[] = [];
  readonly starts: PendingStart[] = [];
  readonly stops: PendingStop[] = [];
  /** Queued jobs of an actor that is being quarantined: they stay rows, but do not run. */
  readonly pausedJobs: JobRow[] = [];

  version: number;
  status: ActorStatus;
  incarnation: number;
  generation: number | undefined;
  input: string | undefined;
  snapshot: ActorSnapshot | undefined;
  snapshotChanged = false;
  lifecycle: Lifecycle;
  timers: Map<string, TimerRow>;
  jobs: Map<string, JobRow>;
  bytes = 0;
  #copied = { timers: false, jobs: false };

  constructor(cell: Cell) {
    this.cell = cell;
    this.rows = new OwnedRows(cell.address);
    this.version = cell.version;
    this.status = cell.status;
    this.incarnation = cell.incarnation;
    this.lifecycle = cell.lifecycle;
    this.timers = cell.timers;
    this.jobs = cell.jobs;
    const stored = snapshotOf(cell);
    this.snapshot = stored.found === "snapshot" ? stored.snapshot : undefined;
  }

  get address(): Address {
    return this.cell.address;
  }

  setTimer(row: TimerRow): void {
    this.#ownTimers().set(row.id, row);
    this.rows.setTimer(row);
    this.bytes += row.event.length;
  }

  dropTimer(id: string): void {
    if (!this.timers.has(id)) return;
    this.#ownTimers().delete(id);
    this.rows.dropTimer(id, this.cell.timers.has(id));
  }

  setJob(row: JobRow): void {
    this.#ownJobs().set(row.childId, row);
    this.rows.setJob(row);
    this.bytes += row.input.length;
  }

  /** The row goes: its result is applied by this very commit, or the job never left the queue. */
  removeJob(row: JobRow): void {
    this.#ownJobs().delete(row.childId);
    this.rows.dropJob(row.id, this.cell.jobs.get(row.childId)?.id === row.id);
  }

  /** Cancellation: before `sent` the job is dropped, afterwards it settles and its facts are recorded (G13). */
  abandonJob(row: JobRow): void {
    const settled = this.cell.queue.find((item) => item.type === "settled" && item.settled.jobId === row.id);
    if (settled?.type === "settled") {
      for (const change of settled.settled.facts) this.rows.rows.push({ owner: this.address, change });
      this.removeJob(row);
      return;
    }
    if (row.state === "sent") {
      this.#ownJobs().delete(row.childId);
      this.rows.setJob({ ...row, orphaned: true });
      this.unwantedJobs.push({ ...row, orphaned: true });
      return;
    }
    this.removeJob(row);
    if (this.cell.jobs.get(row.childId)?.id === row.id) this.unwantedJobs.push(row);
  }

  dropAllTimers(): void {
    for (const id of Array.from(this.timers.keys())) this.dropTimer(id);
  }

  abandonAllJobs(): void {
    for (const row of Array.from(this.jobs.values())) this.abandonJob(row);
  }

  setSnapshot(snapshot: ActorSnapshot): void {
    this.snapshot = snapshot;
    this.snapshotChanged = true;
  }

  /** The compare-and-set row. Encodes the snapshot once, whatever number of events were folded into it. */
  finish(atMs: number): ActorUpdate {
    const text = this.encoded();
    const { cell } = this;
    // Every unit has a version of its own, so that after a lost connection the stored version says whether it was written (H3).
    if (this.version === cell.version) this.version += 1;
    return {
      address: cell.address,
      expectedVersion: cell.version,
      version: this.version,
      status: this.status,
      incarnation: this.incarnation,
      kindVersion: cell.kind?.kind.version ?? cell.kindVersion,
      snapshot: text ?? null,
      lifecycle: this.lifecycle === cell.lifecycle ? null : JSON.stringify(this.lifecycle),
      input: this.input ?? null,
      generation: this.generation ?? null,
      atMs,
    };
  }

  /** Text of the changed snapshot, made once. */
  encoded(): string | undefined {
    if (!this.snapshotChanged || this.snapshot === undefined || this.cell.kind === undefined) return undefined;
    const made = this.#textsOf(this.snapshot);
    made.whole ??= encodeSnapshot(this.cell.kind, this.snapshot, made.parts);
    return made.whole;
  }

  /** State value and context as JSON, made once for the journal and for the snapshot. */
  stateTexts(): StateTexts | undefined {
    return this.snapshot === undefined ? undefined : this.#textsOf(this.snapshot).parts;
  }

  #textsOf(snapshot: ActorSnapshot): MadeTexts {
    if (this.#made?.of !== snapshot) this.#made = { of: snapshot, parts: stateTexts(snapshot), whole: undefined };
    return this.#made;
  }

  #made: MadeTexts | undefined;

  get ended(): boolean {
    return isEnded(this.status);
  }

  #ownTimers(): Map<string, TimerRow> {
    if (!this.#copied.timers) {
      this.timers = new Map(this.timers);
      this.#copied.timers = true;
    }
    return this.timers;
  }

  #ownJobs(): Map<string, JobRow> {
    if (!this.#copied.jobs) {
      this.jobs = new Map(this.jobs);
      this.#copied.jobs = true;
    }
    return this.jobs;
  }
}

/** The JSON of one snapshot. */
interface MadeTexts {
  readonly of: ActorSnapshot;
  readonly parts: StateTexts;
  whole: string | undefined;
}

export interface PendingSend {
  readonly id: string;
  readonly index: number;
  readonly to: Address;
  readonly body: string;
  readonly type: "message" | "done" | "error";
  readonly childId: string | null;
  readonly generation: number | null;
  readonly atMs: number;
}

export interface PendingStart {
  readonly id: string;
  readonly index: number;
  readonly address: Address;
  readonly childId: string;
  readonly kind: string;
  /** Undefined keeps the stored input of an address that has lived before. */
  readonly input: string | undefined;
  readonly generation: number;
  readonly atMs: number;
  /** The parent has come back from its snapshot: a child that lives goes on, one that is done tells its end again. */
  readonly revives: boolean;
}

export interface PendingStop {
  readonly id: string;
  readonly index: number;
  readonly address: Address;
  readonly childId: string;
  readonly generation: number;
  readonly atMs: number;
}

export interface Journalled {
  readonly outcome: JournalOutcome;
  readonly cause: string;
  readonly generation: number | null;
  readonly event: { readonly type: string } & Readonly<Record<string, unknown>>;
  readonly at: number;
  readonly seed: number;
}
