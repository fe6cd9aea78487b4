import type { OwnedRows } from "./batch.ts";
import { BatchWriter, type WriterPort } from "./batchWriter.ts";
import type { Cell } from "./cell.ts";
import type { CheckpointRequest, Chore } from "./chore.ts";
import { Draft } from "./draft.ts";
import { encodeError } from "./encodedError.ts";
import type { HostCore } from "./hostCore.ts";
import { answerStopping, nextItem } from "./mailbox.ts";
import { dedupKey } from "./store.ts";
import type { Unit } from "./unit.ts";

/** What the loop asks of the rest of the host. */
export type LoopPort = Pick<WriterPort, "nextCommit" | "publish" | "reacquire" | "fenced">;

/**
 * The only writer of a scope. Group commit without a timer: alone, an event commits at once; while a statement is on its way, the next batch
 * is composed from the actors that are not part of it. Invariants:
 * - At most one statement is on its way, and batches are written in the order in which they were begun.
 * - An actor is held (`inFlight`) by at most one batch, from its composing until it is published or given back; what comes for it meanwhile
 *   waits. An actor whose job the host itself writes (a checkpoint, a result to keep) is held by that batch too.
 * - So a draft composed ahead depends on nothing that the statement before it may change: a transition sees its own actor alone. Whatever
 *   looks at others (where messages go, births, external ids, checkpoints) is decided when the draft is sealed, after the batch before it was published.
 * - A draft lives only beside a statement that succeeds: on a refused row, a lost connection or a new epoch it is given back and composed again.
 * - A message born in a batch is not consumed before that batch is durable; nothing is published before its commit (G1).
 */
export class CommitLoop {
  readonly #core: HostCore;
  readonly #port: LoopPort;
  readonly #writer: BatchWriter;
  #ready: Cell[] = [];
  #chores: Chore[] = [];
  #checkpoints: CheckpointRequest[] = [];
  #draft: Draft | undefined;
  /** A statement is on its way, and nothing is wrong with it. */
  #mayComposeAhead = false;
  #running = false;
  #scheduled = false;
  #idle: (() => void)[] = [];

  constructor(core: HostCore, port: LoopPort) {
    this.#core = core;
    this.#port = port;
    this.#writer = new BatchWriter(core, {
      ...port,
      markReady: (cell) => this.markReady(cell),
      troubled: () => this.#giveDraftBack(),
      again: ({ chores, checkpoints }) => {
        this.#chores.unshift(...chores);
        this.#checkpoints.unshift(...checkpoints);
      },
    });
  }

  /** Looks at the cell's mail in the next batch. */
  markReady(cell: Cell): void {
    if (cell.ready || cell.inFlight || nextItem(cell, cell.status) === undefined) return;
    cell.ready = true;
    this.#ready.push(cell);
    this.kick();
  }

  addChore(chore: Chore): void {
    this.#chores.push(chore);
    this.kick();
  }

  addCheckpoint(request: CheckpointRequest): void {
    this.#checkpoints.push(request);
    this.kick();
  }

  kick(): void {
    if (this.#scheduled || (this.#running && !this.#mayComposeAhead)) return;
    this.#scheduled = true;
    // One turn of the event loop lets everybody who was just answered ask again, so that they share the next commit.
    setImmediate(() => {
      this.#scheduled = false;
      if (!this.#running) void this.#run();
      else if (this.#mayComposeAhead) this.#composeAhead();
    });
  }

  /** Resolves when nothing is waiting to be written. */
  async drained(): Promise<void> {
    if (!this.#running && !this.#scheduled && !this.#hasWork()) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Refuses whatever still waits. */
  abandon(): void {
    this.#giveDraftBack();
    for (const cell of this.#core.cells.values()) {
      for (const item of cell.queue) answerStopping(item);
    }
    for (const request of this.#checkpoints.splice(0)) request.answer(false);
    for (const chore of this.#chores.splice(0)) chore.rejected("the host has stopped");
    this.#ready = [];
  }

  #hasWork(): boolean {
    return this.#ready.length + this.#chores.length + this.#checkpoints.length > 0 || this.#draft !== undefined;
  }

  #mayWrite(): boolean {
    const { phase } = this.#core;
    return phase === "open" || phase === "stopping";
  }

  async #run(): Promise<void> {
    this.#running = true;
    try {
      while (this.#mayWrite() && this.#hasWork()) await this.#writeNext();
    } catch (error) {
      this.#core.environment.logger.error(
        { error: encodeError(error) },
        "the commit loop failed; it goes on with the next batch",
      );
    } finally {
      this.#running = false;
      this.#mayComposeAhead = false;
      if (!this.#mayWrite()) this.abandon();
      else if (this.#hasWork()) this.kick();
      if (!this.#hasWork()) for (const resolve of this.#idle.splice(0)) resolve();
    }
  }

  async #writeNext(): Promise<void> {
    const draft = this.#draft ?? new Draft(this.#port.nextCommit());
    this.#draft = undefined;
    this.#ready = draft.fill(this.#core, this.#ready, AT_ONCE);
    const { units, commit } = draft;
    if (!(await this.#writer.routed(units, commit))) return;
    const work = { units, chores: this.#takeChores(units), checkpoints: this.#takeCheckpoints(units) };
    if (units.length + work.chores.length + work.checkpoints.length === 0) return;
    const written = this.#writer.write(work, commit);
    this.#mayComposeAhead = true;
    if (this.#ready.length > 0) this.kick();
    try {
      await written;
    } finally {
      this.#mayComposeAhead = false;
    }
  }

  /** In slices, so that the database's answer is taken as soon as it comes. */
  #composeAhead(): void {
    if (this.#ready.length === 0) return;
    const draft = this.#draft ?? new Draft(this.#port.nextCommit());
    this.#ready = draft.fill(this.#core, this.#ready, draft.events + SLICE);
    this.#draft = draft.units.length === 0 ? undefined : draft;
    if (this.#ready.length > 0 && !draft.isFull(this.#core)) this.kick();
  }

  #giveDraftBack(): void {
    this.#mayComposeAhead = false;
    const draft = this.#draft;
    this.#draft = undefined;
    if (draft !== undefined) this.#writer.putBack(draft.units);
  }

  /** What a statement cannot tell apart within itself goes into one batch only once: an external id, a birth, a dead letter. */
  #takeChores(units: readonly Unit[]): Chore[] {
    const waiting = this.#chores.splice(0);
    if (waiting.length === 0) return waiting;
    const taken = new Set(units.flatMap((unit) => uniqueKeys(unit.rows)));
    const now: Chore[] = [];
    for (const chore of waiting) {
      const keys = uniqueKeys(chore.rows);
      if (keys.some((key) => taken.has(key))) {
        this.#chores.push(chore);
        continue;
      }
      for (const key of keys) taken.add(key);
      now.push(chore);
    }
    return now;
  }

  /** Only jobs that this batch leaves wanted and queued may become sent; one statement must not touch a row twice. */
  #takeCheckpoints(units: readonly Unit[]): CheckpointRequest[] {
    const requests = this.#checkpoints.splice(0);
    if (requests.length === 0) return requests;
    const changed = new Map(units.map((unit) => [unit.address, unit]));
    const now: CheckpointRequest[] = [];
    for (const request of requests) {
      const unit = changed.get(request.address);
      const row = (unit?.jobs ?? this.#core.cells.get(request.address)?.jobs)?.get(request.childId);
      if (row === undefined || row.id !== request.jobId || row.generation !== request.generation) request.answer(false);
      else if (unit?.rows.jobsSet.has(request.jobId) === true) this.#checkpoints.push(request);
      else now.push(request);
    }
    return now;
  }
}

/** Events composed while the database has nothing to do, before the statement goes. */
const AT_ONCE = 128;
/** Events composed in one turn of the event loop while a statement is on its way. */
const SLICE = 32;

function uniqueKeys(rows: OwnedRows): string[] {
  return [
    ...rows.dedup.map((row) => `message ${dedupKey(row.address, row.messageId)}`),
    ...rows.births.map((row) => `birth ${row.address}`),
    ...rows.deadLettersOff.map((row) => `letter ${row.id}`),
  ];
}
