import type { ReadModelTable } from "../../src/runtime/readModel.ts";
import {
  type Acquired,
  type ActorRow,
  type CommitBatch,
  type CommitResult,
  type DeadLetterRow,
  dedupKey,
  HOST_OWNER,
  type InboxRow,
  type JobRow,
  type JournalRow,
  type OutboxRow,
  type RuntimeStore,
  type TimerRow,
} from "../../src/runtime/store.ts";

/**
 * A model of the Postgres store: the same contract on plain maps, one commit at a time. Every operation passes a gate before and after it
 * takes effect, where a test ends the "process": the operation then never returns, as in a process that was killed.
 */
export class MemoryDatabase {
  epoch = 0;
  released = true;
  readonly actors = new Map<string, ActorRow>();
  readonly inbox = new Map<string, InboxRow>();
  readonly timers = new Map<string, TimerRow>();
  readonly jobs = new Map<string, JobRow>();
  readonly journal: JournalRow[] = [];
  readonly outbox = new Map<string, OutboxRow>();
  readonly deadLetters = new Map<string, DeadLetterRow>();
  readonly dedup = new Set<string>();
  readonly attempts = new Map<string, { address: string; messageId: string; count: number }>();
  readonly model = new Map<string, Record<string, unknown>>();
}

/** Called at each gate; a promise that never resolves is a process that died there. */
export type Gate = (name: string) => Promise<void>;

export function createMemoryStore(
  database: MemoryDatabase,
  gate: Gate = () => Promise.resolve(),
  tables: readonly ReadModelTable[] = [],
): RuntimeStore {
  let epoch = -1;
  const within = async <Result>(name: string, operation: () => Result): Promise<Result> => {
    await gate(`${name} before`);
    const result = operation();
    await gate(`${name} after`);
    return result;
  };
  return {
    acquire: () =>
      within("acquire", (): Acquired => {
        const unclean = !database.released;
        database.released = false;
        database.epoch += 1;
        epoch = database.epoch;
        return { acquired: "yes", epoch, downtimeMs: 0, unclean };
      }),
    release: () =>
      within("release", () => {
        if (epoch === database.epoch) database.released = true;
      }),
    renew: () => within("renew", () => (epoch === database.epoch ? "kept" : "lost")),
    commit: (batch) => within("commit", () => commit(database, batch, epoch, tables)),
    loadScope: () =>
      within("loadScope", () => ({
        actors: [...database.actors.values()].filter((row) => row.status !== "done" && row.status !== "stopped"),
        inbox: [...database.inbox.values()].sort((a, b) => a.commitNo - b.commitNo || a.index - b.index),
        timers: [...database.timers.values()],
        jobs: [...database.jobs.values()],
        attempts: [...database.attempts.values()],
      })),
    loadActors: (addresses) => within("loadActors", () => addresses.flatMap((address) => database.actors.get(address) ?? [])),
    listActors: () => within("listActors", () => [...database.actors.values()]),
    loadForeignMail: () => within("loadForeignMail", () => []),
    loadMail: (ids) => within("loadMail", () => ids.flatMap((id) => database.inbox.get(id) ?? [])),
    deadLetter: (id) => within("deadLetter", () => database.deadLetters.get(id)),
    countDeadLetters: () => within("countDeadLetters", () => database.deadLetters.size),
    countAttempts: (suspects) =>
      within("countAttempts", () => {
        for (const { address, messageId } of suspects) {
          const key = dedupKey(address, messageId);
          const count = (database.attempts.get(key)?.count ?? 0) + 1;
          database.attempts.set(key, { address, messageId, count });
        }
      }),
    takeOutbox: (limit) => within("takeOutbox", () => [...database.outbox.values()].slice(0, limit)),
    ackOutbox: (ids) => within("ackOutbox", () => ids.forEach((id) => database.outbox.delete(id))),
    maintain: () => within("maintain", () => ({ sweptToDeadLetters: [], journalRows: 0, outboxDropped: 0, more: false })),
    close: () => Promise.resolve(),
  };
}

function commit(database: MemoryDatabase, batch: CommitBatch, epoch: number, tables: readonly ReadModelTable[]): CommitResult {
  if (epoch !== database.epoch) return { result: "fenced" };
  const duplicates = new Set(
    batch.dedup.map((row) => dedupKey(row.address, row.messageId)).filter((key) => database.dedup.has(key)),
  );
  const blocked = new Set(
    batch.dedup.filter((row) => duplicates.has(dedupKey(row.address, row.messageId))).map((row) => row.owner),
  );
  const won = new Set<string>();
  for (const update of batch.updates) {
    const row = database.actors.get(update.address);
    if (row?.version !== update.expectedVersion || blocked.has(update.address)) continue;
    won.add(update.address);
    database.actors.set(row.address, {
      ...row,
      version: update.version,
      status: update.status,
      incarnation: update.incarnation,
      kindVersion: update.kindVersion,
      snapshot: update.snapshot ?? row.snapshot,
      lifecycle: update.lifecycle ?? row.lifecycle,
      input: update.input ?? row.input,
      generation: update.generation ?? row.generation,
      updatedAtMs: update.atMs,
    });
  }
  const mine = <Row extends { readonly owner: string }>(rows: readonly Row[]): Row[] =>
    rows.filter((row) => row.owner === HOST_OWNER || won.has(row.owner));
  const born = new Set<string>();
  for (const { owner: _owner, ...row } of mine(batch.births)) {
    if (database.actors.has(row.address)) continue;
    database.actors.set(row.address, row);
    born.add(row.address);
  }
  for (const { owner, ...row } of mine(batch.inboxIn)) {
    if (owner === HOST_OWNER && duplicates.has(row.id)) continue;
    database.inbox.set(row.id, row);
  }
  for (const row of mine(batch.dedup)) database.dedup.add(dedupKey(row.address, row.messageId));
  for (const row of mine(batch.inboxOut)) database.inbox.delete(row.id);
  for (const row of mine(batch.timersOff)) database.timers.delete(`${row.address} ${row.id}`);
  for (const { owner: _owner, ...row } of mine(batch.timersSet)) database.timers.set(`${row.address} ${row.id}`, row);
  for (const row of mine(batch.jobsOff)) database.jobs.delete(row.id);
  for (const { owner: _owner, ...row } of mine(batch.jobsSet)) database.jobs.set(row.id, row);
  const checkpoints = new Set<string>();
  for (const sent of batch.checkpoints) {
    const row = database.jobs.get(sent.jobId);
    if (row === undefined || row.generation !== sent.generation || row.orphaned) continue;
    const { attempt, facts, sentAtMs } = sent;
    database.jobs.set(row.id, { ...row, state: "sent", attempt, checkpoint: facts, sentAtMs });
    checkpoints.add(row.id);
  }
  for (const row of batch.journal) if (won.has(row.address)) database.journal.push(row);
  for (const { owner: _owner, ...row } of mine(batch.outbox)) database.outbox.set(row.id, row);
  for (const row of mine(batch.deadLettersOff)) database.deadLetters.delete(row.id);
  for (const { owner: _owner, ...row } of mine(batch.deadLetters)) database.deadLetters.set(row.id, row);
  for (const { change } of mine(batch.rows)) applyChange(database, change, tables);
  const lost = new Set(batch.updates.map((update) => update.address).filter((address) => !won.has(address)));
  return { result: "committed", lost, born, duplicates, checkpoints };
}

function applyChange(
  database: MemoryDatabase,
  change: CommitBatch["rows"][number]["change"],
  tables: readonly ReadModelTable[],
): void {
  const table = tables.find((one) => one.name === change.table);
  if (table === undefined) throw new TypeError(`unknown table ${change.table}`);
  if (change.op === "update") throw new TypeError("the memory store finds rows by their key only");
  const values: Readonly<Record<string, unknown>> = change.op === "upsert" ? change.row : change.key;
  const key = `${table.name} ${table.key.map((column) => JSON.stringify(values[column])).join(" ")}`;
  if (change.op === "delete") database.model.delete(key);
  else if (table.nature !== "fact" || !database.model.has(key)) {
    database.model.set(key, { ...database.model.get(key), ...values });
  }
}
