import { assembleBatch, OwnedRows } from "./batch.ts";
import type { Cell, Item } from "./cell.ts";
import type { CheckpointRequest, Chore } from "./chore.ts";
import type { Commit } from "./commitNumber.ts";
import { composeUnit } from "./compose.ts";
import { encodeError } from "./encodedError.ts";
import { failCommit } from "./failure.ts";
import type { HostCore } from "./hostCore.ts";
import { unload } from "./loader.ts";
import { answerStopping, nextItem, putBack, refuseIngress, takeItem } from "./mailbox.ts";
import { route } from "./routing.ts";
import { type CommitBatch, type CommitResult, dedupKey, HOST_OWNER } from "./store.ts";
import { Unit } from "./unit.ts";
import { halves, type Work } from "./work.ts";

/** What the loop asks of the rest of the host. */
export interface LoopPort {
  nextCommit(): Commit;
  /** Makes a won unit visible: memory, mailboxes, jobs, timers, notices. */
  publish(unit: Unit, born: ReadonlySet<string>): void;
  /** After all units of a commit were published. */
  afterCommit(): void;
  /** The connection was lost: takes a new epoch, waiting as long as it must. False when another host has taken the scope. */
  reacquire(): Promise<boolean>;
  fenced(): void;
}

/**
 * The only writer of a scope. Group commit without a timer: what became ready while the previous commit was in flight goes into the
 * next; alone, an event commits at once. Invariants: an actor is in at most one batch at a time; a message born in a batch is not
 * consumed before that batch is durable; nothing is published before its commit (G1).
 */
export class CommitLoop {
  readonly #core: HostCore;
  readonly #port: LoopPort;
  #ready: Cell[] = [];
  #chores: Chore[] = [];
  #checkpoints: CheckpointRequest[] = [];
  #running = false;
  #scheduled = false;
  #idle: (() => void)[] = [];

  constructor(core: HostCore, port: LoopPort) {
    this.#core = core;
    this.#port = port;
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
    if (this.#running || this.#scheduled) return;
    this.#scheduled = true;
    // One turn of the event loop lets everybody who was just answered ask again, so that they share the next commit.
    setImmediate(() => {
      this.#scheduled = false;
      if (!this.#running) void this.#run();
    });
  }

  /** Resolves when nothing is waiting to be written. */
  async drained(): Promise<void> {
    if (!this.#running && !this.#scheduled && !this.#hasWork()) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Refuses whatever still waits. */
  abandon(): void {
    for (const cell of this.#core.cells.values()) {
      for (const item of cell.queue) answerStopping(item);
    }
    for (const request of this.#checkpoints.splice(0)) request.answer(false);
    for (const chore of this.#chores.splice(0)) chore.rejected("the host has stopped");
    this.#ready = [];
  }

  #hasWork(): boolean {
    return this.#ready.length > 0 || this.#chores.length > 0 || this.#checkpoints.length > 0;
  }

  #mayWrite(): boolean {
    const { phase } = this.#core;
    return phase === "open" || phase === "stopping";
  }

  async #run(): Promise<void> {
    this.#running = true;
    try {
      while (this.#mayWrite() && this.#hasWork()) await this.#commitNext();
    } catch (error) {
      this.#core.environment.logger.error(
        { error: encodeError(error) },
        "the commit loop failed; it goes on with the next batch",
      );
    } finally {
      this.#running = false;
      if (!this.#mayWrite()) this.abandon();
      else if (this.#hasWork()) this.kick();
      if (!this.#hasWork()) for (const resolve of this.#idle.splice(0)) resolve();
    }
  }

  async #commitNext(): Promise<void> {
    const commit = this.#port.nextCommit();
    const units = this.#compose(commit);
    const chores = this.#takeChores(units);
    const checkpoints = this.#takeCheckpoints(units);
    if (units.length === 0 && chores.length === 0 && checkpoints.length === 0) return;
    try {
      await route(this.#core, units, commit);
    } catch (error) {
      // The database is away: nothing was written, so everything waits for it.
      this.#core.environment.logger.warn({ error: encodeError(error).message }, "receivers could not be looked up; waiting");
      this.#putBack(units);
      this.#chores.unshift(...chores);
      this.#checkpoints.unshift(...checkpoints);
      if (!(await this.#port.reacquire())) this.#port.fenced();
      return;
    }
    await this.#commit({ units, chores, checkpoints }, commit);
    this.#port.afterCommit();
  }

  #compose(commit: Commit): Unit[] {
    const { limits, breadcrumb } = this.#core;
    const units: Unit[] = [];
    const cells = this.#ready;
    let events = 0;
    let bytes = 0;
    let taken = 0;
    for (const cell of cells) {
      if (events >= limits.maxBatchEvents || bytes >= limits.maxBatchBytes) break;
      taken += 1;
      cell.ready = false;
      const unit = composeUnit(this.#core, cell, commit, Math.min(limits.maxFold, limits.maxBatchEvents - events));
      if (unit === undefined) continue;
      cell.inFlight = true;
      units.push(unit);
      events += unit.items.length;
      bytes += unit.bytes + (unit.encoded()?.length ?? 0);
    }
    breadcrumb.leave();
    this.#ready = cells.slice(taken);
    return units;
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

  async #commit(work: Work, commit: Commit): Promise<void> {
    const batch = this.#batchOf(work, commit);
    const writing = this.#core.store.commit(batch);
    this.#core.crashPoint?.("commit.during");
    const result = await writing;
    switch (result.result) {
      case "committed":
        this.#committed(work, result, false);
        return;
      case "fenced":
        this.#release(work);
        this.#port.fenced();
        return;
      case "rejected":
        await this.#bisect(work, commit, result);
        return;
      case "unknown":
        await this.#settleUnknown(work, result.message);
    }
  }

  #batchOf(work: Work, commit: Commit): CommitBatch {
    const nowMs = this.#core.environment.clock.nowMs();
    const sent = new OwnedRows(HOST_OWNER);
    for (const { jobId, generation, attempt, facts } of work.checkpoints) {
      sent.checkpoints.push({ jobId, generation, attempt, facts, sentAtMs: nowMs });
    }
    return assembleBatch(commit.number, [
      ...work.units.map((unit) => ({ rows: unit.rows, update: unit.finish(nowMs) })),
      ...work.chores.map((chore) => ({ rows: chore.rows, update: undefined })),
      { rows: sent, update: undefined },
    ]);
  }

  #committed(work: Work, result: Committed, afterUnknown: boolean): void {
    const { counters, cells } = this.#core;
    counters.commits += 1;
    for (const unit of work.units) {
      unit.cell.inFlight = false;
      if (result.won.has(unit.address)) {
        counters.events += unit.items.length;
        this.#port.publish(unit, result.born);
      } else this.#lost(unit, result);
    }
    for (const request of work.checkpoints) {
      const kept = result.checkpoints.has(request.jobId);
      const cell = cells.get(request.address);
      const row = cell?.jobs.get(request.childId);
      if (kept && cell !== undefined && row?.id === request.jobId) {
        const sentAtMs = this.#core.environment.clock.nowMs();
        cell.jobs.set(row.childId, { ...row, state: "sent", attempt: request.attempt, checkpoint: request.facts, sentAtMs });
      }
      request.answer(kept);
    }
    for (const chore of work.chores) chore.committed(result, afterUnknown || chore.repeated);
    for (const unit of work.units) {
      this.markReady(unit.cell);
      unload(this.#core, unit.cell);
    }
  }

  /** The unit was not written: a known external id (it is answered and the rest is tried again), or a compare-and-set that must not lose. */
  #lost(unit: Unit, result: Committed): void {
    const { cell } = unit;
    const rest: Item[] = [];
    let duplicates = 0;
    for (const item of unit.items) {
      const isDuplicate =
        item.type === "ingress" &&
        item.ingress.remembered &&
        result.duplicates.has(dedupKey(cell.address, item.ingress.messageId));
      if (!isDuplicate) {
        rest.push(item);
        continue;
      }
      duplicates += 1;
      item.ingress.answer({ receipt: "duplicate", messageId: item.ingress.messageId });
    }
    putBack(cell, rest);
    if (duplicates > 0) return;
    this.#core.environment.logger.error(
      { address: cell.address, version: cell.version },
      "an actor was changed by somebody else under our epoch; it is quarantined in memory until the next start",
    );
    cell.status = "quarantined";
    refuseIngress(cell, "the actor is quarantined");
  }

  /** Nothing was written because of some row: halves are tried until the culprit is alone (H4). */
  async #bisect(work: Work, commit: Commit, rejection: Extract<CommitResult, { result: "rejected" }>): Promise<void> {
    const size = work.units.length + work.chores.length + work.checkpoints.length;
    if (size > 1) {
      const [left, right] = halves(work);
      await this.#commit(left, commit);
      if (this.#mayWrite()) await this.#commit(right, this.#port.nextCommit());
      else this.#release(right);
      return;
    }
    const message = `${rejection.code}: ${rejection.message}`;
    this.#core.environment.logger.error(
      { code: rejection.code, reason: rejection.message, actor: work.units[0]?.address },
      "the database refused a row",
    );
    for (const request of work.checkpoints) request.answer(false);
    for (const chore of work.chores) chore.rejected(message);
    for (const unit of work.units) await this.#refused(unit, rejection);
  }

  /** The commit error is a failure of that actor, and of the one item that caused it. */
  async #refused(unit: Unit, rejection: Extract<CommitResult, { result: "rejected" }>): Promise<void> {
    const { cell } = unit;
    putBack(cell, unit.items);
    cell.snapshot = undefined;
    const commit = this.#port.nextCommit();
    if (unit.items.length > 1) {
      for (let left = unit.items.length; left > 0 && this.#mayWrite(); left--) {
        const next = this.#port.nextCommit();
        const single = composeUnit(this.#core, cell, next, 1);
        this.#core.breadcrumb.leave();
        if (single === undefined) return;
        cell.inFlight = true;
        if (!(await this.#routed(single, next))) return;
        await this.#commit({ units: [single], chores: [], checkpoints: [] }, next);
      }
      return;
    }
    const error = { name: "CommitRefused", message: rejection.message, code: rejection.code };
    const failing = new Unit(cell);
    const item = takeItem(cell, cell.status);
    if (item !== undefined) failing.items.push(item);
    failCommit(this.#core, failing, item, error, commit);
    if (!(await this.#routed(failing, commit))) return;
    const result = await this.#core.store.commit(this.#batchOf({ units: [failing], chores: [], checkpoints: [] }, commit));
    if (result.result === "committed") {
      this.#committed({ units: [failing], chores: [], checkpoints: [] }, result, false);
      return;
    }
    cell.inFlight = false;
    this.#core.environment.logger.error({ address: cell.address, result }, "the failure of an actor could not be stored");
    if (result.result === "fenced") this.#port.fenced();
    else {
      putBack(cell, failing.items);
      cell.status = "quarantined";
      refuseIngress(cell, error.message);
    }
  }

  /** Looks up the receivers of one unit; when the database is away its items go back and wait for it. */
  async #routed(unit: Unit, commit: Commit): Promise<boolean> {
    try {
      await route(this.#core, [unit], commit);
      return true;
    } catch (error) {
      this.#core.environment.logger.warn({ error: encodeError(error).message }, "receivers could not be looked up; waiting");
      this.#putBack([unit]);
      if (!(await this.#port.reacquire())) this.#port.fenced();
      return false;
    }
  }

  /** Written or not? A new epoch ends every doubt (the old backend is gone), then the stored versions say it (H3). */
  async #settleUnknown(work: Work, message: string): Promise<void> {
    this.#core.environment.logger.warn({ message }, "the commit connection was lost; taking a new epoch");
    for (;;) {
      if (!(await this.#port.reacquire())) {
        this.#release(work);
        this.#port.fenced();
        return;
      }
      try {
        await this.#publishWhatWasWritten(work);
        return;
      } catch (error) {
        this.#core.environment.logger.warn({ error: encodeError(error).message }, "the database went away again");
      }
    }
  }

  async #publishWhatWasWritten(work: Work): Promise<void> {
    const births = work.units.flatMap((unit) => unit.rows.births.map((row) => row.address));
    const rows = await this.#core.store.loadActors([...work.units.map((unit) => unit.address), ...births]);
    const versions = new Map(rows.map((row) => [row.address, row.version]));
    const written = work.units.filter((unit) => versions.get(unit.address) === unit.version);
    const won = new Set(written.map((unit) => unit.address));
    const born = new Set(births.filter((address) => versions.has(address)));
    this.#putBack(work.units.filter((unit) => !won.has(unit.address)));
    for (const chore of work.chores) chore.repeated = true;
    this.#chores.unshift(...work.chores);
    this.#checkpoints.unshift(...work.checkpoints);
    this.#committed(
      { units: written, chores: [], checkpoints: [] },
      { result: "committed", won, born, duplicates: new Set(), checkpoints: new Set() },
      true,
    );
  }

  #putBack(units: readonly Unit[]): void {
    for (const unit of units) {
      unit.cell.inFlight = false;
      unit.cell.snapshot = undefined;
      putBack(unit.cell, unit.items);
      this.markReady(unit.cell);
    }
  }

  /** Lets go of work that will never be written by this host. */
  #release(work: Work): void {
    for (const unit of work.units) {
      unit.cell.inFlight = false;
      for (const item of unit.items) answerStopping(item);
    }
    for (const request of work.checkpoints) request.answer(false);
    for (const chore of work.chores) chore.rejected("the host has lost its ownership");
  }
}

type Committed = Extract<CommitResult, { result: "committed" }>;

function uniqueKeys(rows: OwnedRows): string[] {
  return [
    ...rows.dedup.map((row) => `message ${dedupKey(row.address, row.messageId)}`),
    ...rows.births.map((row) => `birth ${row.address}`),
    ...rows.deadLettersOff.map((row) => `letter ${row.id}`),
  ];
}
