import type { Address } from "./address.ts";
import type { RowChange } from "./readModel.ts";
import {
  type ActorRow,
  type ActorUpdate,
  type Checkpoint,
  type CommitBatch,
  type DeadLetterRow,
  type DedupRow,
  HOST_OWNER,
  type InboxRow,
  type JobRow,
  type JournalRow,
  type OutboxRow,
  type Owned,
  type TimerRow,
} from "./store.ts";

/** The rows that one owner contributes to a batch. */
export class OwnedRows {
  readonly owner: Address;
  readonly births: Owned<ActorRow>[] = [];
  readonly inboxIn: Owned<InboxRow>[] = [];
  readonly inboxOut: Owned<{ readonly id: string }>[] = [];
  readonly journal: JournalRow[] = [];
  readonly outbox: Owned<OutboxRow>[] = [];
  readonly deadLetters: Owned<DeadLetterRow>[] = [];
  readonly deadLettersOff: Owned<{ readonly id: string }>[] = [];
  readonly dedup: Owned<DedupRow>[] = [];
  readonly rows: Owned<{ readonly change: RowChange }>[] = [];
  readonly checkpoints: Checkpoint[] = [];
  // Most units have no timers and jobs; a map for each would be most of what a waiting unit weighs.
  #timersSet: Map<string, Owned<TimerRow>> | undefined;
  #timersOff: Set<string> | undefined;
  #jobsSet: Map<string, Owned<JobRow>> | undefined;
  #jobsOff: Set<string> | undefined;

  constructor(owner: Address) {
    this.owner = owner;
  }

  get timersSet(): ReadonlyMap<string, Owned<TimerRow>> {
    return this.#timersSet ?? NO_ROWS;
  }

  get timersOff(): ReadonlySet<string> {
    return this.#timersOff ?? NO_IDS;
  }

  get jobsSet(): ReadonlyMap<string, Owned<JobRow>> {
    return this.#jobsSet ?? NO_ROWS;
  }

  get jobsOff(): ReadonlySet<string> {
    return this.#jobsOff ?? NO_IDS;
  }

  setTimer(row: TimerRow): void {
    this.#timersSet ??= new Map();
    this.#timersSet.set(row.id, { ...row, owner: this.owner });
    this.#timersOff?.delete(row.id);
  }

  /** `isStored` tells whether a row of it is in the database. */
  dropTimer(id: string, isStored: boolean): void {
    this.#timersSet?.delete(id);
    if (!isStored) return;
    this.#timersOff ??= new Set();
    this.#timersOff.add(id);
  }

  setJob(row: JobRow): void {
    this.#jobsSet ??= new Map();
    this.#jobsSet.set(row.id, { ...row, owner: this.owner });
    this.#jobsOff?.delete(row.id);
  }

  dropJob(id: string, isStored: boolean): void {
    this.#jobsSet?.delete(id);
    if (!isStored) return;
    this.#jobsOff ??= new Set();
    this.#jobsOff.add(id);
  }
}

const NO_ROWS: ReadonlyMap<string, never> = new Map<string, never>();
const NO_IDS: ReadonlySet<string> = new Set();

/** All contributions as one commit. A timer or job that is set and taken away within the batch leaves only the net change (H4). */
export function assembleBatch(
  commitNo: number,
  contributions: readonly { readonly rows: OwnedRows; readonly update: ActorUpdate | undefined }[],
): CommitBatch {
  const batch = {
    commitNo,
    updates: [] as ActorUpdate[],
    births: [] as Owned<ActorRow>[],
    inboxIn: [] as Owned<InboxRow>[],
    inboxOut: [] as Owned<{ readonly id: string }>[],
    timersSet: [] as Owned<TimerRow>[],
    timersOff: [] as Owned<{ readonly address: Address; readonly id: string }>[],
    jobsSet: [] as Owned<JobRow>[],
    jobsOff: [] as Owned<{ readonly id: string }>[],
    checkpoints: [] as Checkpoint[],
    journal: [] as JournalRow[],
    outbox: [] as Owned<OutboxRow>[],
    deadLetters: [] as Owned<DeadLetterRow>[],
    deadLettersOff: [] as Owned<{ readonly id: string }>[],
    dedup: [] as Owned<DedupRow>[],
    rows: [] as Owned<{ readonly change: RowChange }>[],
  };
  const jobsOfActors = new Set<string>();
  for (const { rows } of contributions) {
    if (rows.owner === HOST_OWNER) continue;
    for (const id of rows.jobsSet.keys()) jobsOfActors.add(id);
    for (const id of rows.jobsOff) jobsOfActors.add(id);
  }
  for (const { rows, update } of contributions) {
    const { owner } = rows;
    if (update !== undefined) batch.updates.push(update);
    append(batch.births, rows.births);
    append(batch.inboxIn, rows.inboxIn);
    append(batch.inboxOut, rows.inboxOut);
    for (const row of rows.timersSet.values()) batch.timersSet.push(row);
    for (const id of rows.timersOff) batch.timersOff.push({ owner, address: owner, id });
    // What an actor makes of its job goes before what the host would note about it; one statement touches a row once.
    const mayTouch = (id: string): boolean => owner !== HOST_OWNER || !jobsOfActors.has(id);
    for (const [id, row] of rows.jobsSet) if (mayTouch(id)) batch.jobsSet.push(row);
    for (const id of rows.jobsOff) if (mayTouch(id)) batch.jobsOff.push({ owner, id });
    append(batch.checkpoints, rows.checkpoints);
    append(batch.journal, rows.journal);
    append(batch.outbox, rows.outbox);
    append(batch.deadLetters, rows.deadLetters);
    append(batch.deadLettersOff, rows.deadLettersOff);
    append(batch.dedup, rows.dedup);
    append(batch.rows, rows.rows);
  }
  return batch;
}

function append<Row>(to: Row[], rows: readonly Row[]): void {
  for (const row of rows) to.push(row);
}
