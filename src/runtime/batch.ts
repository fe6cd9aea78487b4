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
  readonly timersSet = new Map<string, Owned<TimerRow>>();
  readonly timersOff = new Set<string>();
  readonly jobsSet = new Map<string, Owned<JobRow>>();
  readonly jobsOff = new Set<string>();
  readonly journal: Owned<JournalRow>[] = [];
  readonly outbox: Owned<OutboxRow>[] = [];
  readonly deadLetters: Owned<DeadLetterRow>[] = [];
  readonly deadLettersOff: Owned<{ readonly id: string }>[] = [];
  readonly dedup: Owned<DedupRow>[] = [];
  readonly rows: Owned<{ readonly change: RowChange }>[] = [];
  readonly checkpoints: Checkpoint[] = [];

  constructor(owner: Address) {
    this.owner = owner;
  }
}

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
    journal: [] as Owned<JournalRow>[],
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
    batch.births.push(...rows.births);
    batch.inboxIn.push(...rows.inboxIn);
    batch.inboxOut.push(...rows.inboxOut);
    batch.timersSet.push(...rows.timersSet.values());
    for (const id of rows.timersOff) batch.timersOff.push({ owner, address: owner, id });
    // What an actor makes of its job goes before what the host would note about it; one statement touches a row once.
    const mayTouch = (id: string): boolean => owner !== HOST_OWNER || !jobsOfActors.has(id);
    for (const [id, row] of rows.jobsSet) if (mayTouch(id)) batch.jobsSet.push(row);
    for (const id of rows.jobsOff) if (mayTouch(id)) batch.jobsOff.push({ owner, id });
    batch.checkpoints.push(...rows.checkpoints);
    batch.journal.push(...rows.journal);
    batch.outbox.push(...rows.outbox);
    batch.deadLetters.push(...rows.deadLetters);
    batch.deadLettersOff.push(...rows.deadLettersOff);
    batch.dedup.push(...rows.dedup);
    batch.rows.push(...rows.rows);
  }
  return batch;
}
