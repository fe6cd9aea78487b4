import { assembleBatch, OwnedRows } from "./batch.ts";
import type { Cell, Item } from "./cell.ts";
import type { CheckpointRequest } from "./chore.ts";
import type { Commit } from "./commitNumber.ts";
import { composeAlone, composeFailure } from "./compose.ts";
import { encodeError } from "./encodedError.ts";
import type { HostCore } from "./hostCore.ts";
import { unload } from "./loader.ts";
import { answerStopping, putBack, refuseIngress } from "./mailbox.ts";
import { route } from "./routing.ts";
import { type CommitBatch, type CommitResult, dedupKey, HOST_OWNER } from "./store.ts";
import type { Unit } from "./unit.ts";
import { cellsOf, halves, type Work } from "./work.ts";
import { writtenWork } from "./writtenWork.ts";

/** What writing asks of the rest of the host. */
export interface WriterPort {
  nextCommit(): Commit;
  /** Makes a won unit visible: memory, mailboxes, jobs, timers, notices. */
  publish(unit: Unit, born: ReadonlySet<string>, atMs: number): void;
  /** The connection was lost: takes a new epoch, waiting as long as it must. False when another host has taken the scope. */
  reacquire(): Promise<boolean>;
  fenced(): void;
  /** An actor is free again. */
  markReady(cell: Cell): void;
  /** The batch was not simply written; nothing may be composed ahead until it is settled. */
  troubled(): void;
  /** May not have been written: goes into a later batch. */
  again(work: Pick<Work, "chores" | "checkpoints">): void;
}

/**
 * Writes one batch to its end, whatever the database says: committed, fenced, a refused row (bisected until the culprit is alone), or
 * unknown (settled by a new epoch and the stored versions). Nothing is published before its commit (G1), and when `write` has ended every actor
 * of the batch is free.
 */
export class BatchWriter {
  readonly #core: HostCore;
  readonly #port: WriterPort;

  constructor(core: HostCore, port: WriterPort) {
    this.#core = core;
    this.#port = port;
  }

  /** Looks up the receivers of the units' messages; when the database is away their items go back and wait for it. */
  async routed(units: readonly Unit[], commit: Commit): Promise<boolean> {
    try {
      await route(this.#core, units, commit);
      return true;
    } catch (error) {
      this.#core.environment.logger.warn({ error: encodeError(error).message }, "receivers could not be looked up; waiting");
      this.putBack(units);
      if (!(await this.#port.reacquire())) this.#port.fenced();
      return false;
    }
  }

  /** Writes routed units, chores and checkpoints. The statement is on its way when this returns its promise. */
  async write(work: Work, commit: Commit): Promise<void> {
    for (const cell of cellsOf(this.#core, work)) cell.inFlight = true;
    try {
      await this.#commit(work, commit);
    } catch (error) {
      // A fault of ours: memory may no longer say what the rows say, and only a new start from the rows makes that good.
      this.#core.environment.logger.error(
        { error: encodeError(error) },
        "a batch could not be brought to its end; the host stops",
      );
      this.#port.troubled();
      this.#loseScope(work);
    }
  }

  /** Gives back units that were not written. */
  putBack(units: readonly Unit[]): void {
    for (const unit of units) {
      unit.cell.inFlight = false;
      unit.cell.snapshot = undefined;
      putBack(unit.cell, unit.items);
      this.#port.markReady(unit.cell);
    }
  }

  #mayWrite(): boolean {
    const { phase } = this.#core;
    return phase === "open" || phase === "stopping";
  }

  async #commit(work: Work, commit: Commit): Promise<void> {
    const batch = this.#batchOf(work, commit);
    const writing = this.#core.store.commit(batch);
    this.#core.crashPoint?.("commit.during");
    const result = await writing;
    if (result.result === "committed") this.#committed(work, result, false);
    else await this.#notCommitted(work, result, (refusal) => this.#bisect(work, commit, refusal));
  }

  async #notCommitted(
    work: Work,
    result: Exclude<CommitResult, Committed>,
    refused: (refusal: Refusal) => Promise<void> | void,
  ): Promise<void> {
    this.#port.troubled();
    switch (result.result) {
      case "fenced":
        this.#loseScope(work);
        return;
      case "rejected":
        await refused(result);
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
    const { counters } = this.#core;
    counters.commits += 1;
    const held = cellsOf(this.#core, work);
    const nowMs = this.#core.environment.clock.nowMs();
    for (const cell of held) cell.inFlight = false;
    for (const unit of work.units) {
      if (!result.lost.has(unit.address)) {
        counters.events += unit.items.length;
        this.#port.publish(unit, result.born, nowMs);
      } else this.#lost(unit, result);
    }
    for (const request of work.checkpoints) this.#answer(request, result.checkpoints.has(request.jobId), nowMs);
    for (const chore of work.chores) chore.committed(result, afterUnknown || chore.repeated);
    for (const cell of held) {
      this.#port.markReady(cell);
      unload(this.#core, cell);
    }
  }

  #answer(request: CheckpointRequest, kept: boolean, sentAtMs: number): void {
    const { jobId, address, childId, attempt, facts } = request;
    const jobs = this.#core.cells.get(address)?.jobs;
    const row = jobs?.get(childId);
    if (kept && row?.id === jobId) jobs?.set(childId, { ...row, state: "sent", attempt, checkpoint: facts, sentAtMs });
    request.answer(kept);
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
    cell.snapshot = undefined;
    if (duplicates > 0) return;
    this.#core.environment.logger.error(
      { address: cell.address, version: cell.version },
      "an actor was changed by somebody else under our epoch; it is quarantined in memory until the next start",
    );
    cell.status = "quarantined";
    refuseIngress(cell, "the actor is quarantined");
  }

  /** Nothing was written because of some row: halves are tried until the culprit is alone (H4). */
  async #bisect(work: Work, commit: Commit, refusal: Refusal): Promise<void> {
    const size = work.units.length + work.chores.length + work.checkpoints.length;
    if (size > 1) {
      const [left, right] = halves(work);
      await this.#commit(left, commit);
      if (this.#mayWrite()) await this.#commit(right, this.#port.nextCommit());
      else this.#release(right);
      return;
    }
    const message = `${refusal.code}: ${refusal.message}`;
    this.#core.environment.logger.error(
      { code: refusal.code, reason: refusal.message, actor: work.units[0]?.address },
      "the database refused a row",
    );
    for (const request of work.checkpoints) request.answer(false);
    for (const chore of work.chores) chore.rejected(message);
    if (work.units.length === 0) this.#free(work);
    for (const unit of work.units) await this.#refused(unit, refusal);
  }

  /** The commit error is a failure of that actor, and of the one item that caused it. */
  async #refused(unit: Unit, refusal: Refusal): Promise<void> {
    const { cell } = unit;
    putBack(cell, unit.items);
    cell.snapshot = undefined;
    const commit = this.#port.nextCommit();
    if (unit.items.length > 1) {
      for (let left = unit.items.length; left > 0 && this.#mayWrite(); left--) {
        const next = this.#port.nextCommit();
        const single = composeAlone(this.#core, cell, next);
        if (single === undefined) return;
        cell.inFlight = true;
        if (!(await this.routed([single], next))) return;
        await this.#commit({ units: [single], chores: [], checkpoints: [] }, next);
      }
      return;
    }
    if (this.#withoutFacts(cell)) return;
    const error = { name: "CommitRefused", message: refusal.message, code: refusal.code };
    const failing = composeFailure(this.#core, cell, error, commit);
    if (!(await this.routed([failing], commit))) return;
    await this.#commitFailure(failing, commit);
  }

  /**
   * A job's facts are true whatever becomes of its actor (G13): they are written on their own first, and the result is tried once more
   * without them. True when there were any, and the actor is free again.
   */
  #withoutFacts(cell: Cell): boolean {
    const [item] = cell.queue;
    if (cell.orders.length > 0 || item?.type !== "settled" || item.settled.facts.length === 0 || item.keepFacts === undefined)
      return false;
    item.keepFacts();
    cell.queue[0] = { type: "settled", settled: { ...item.settled, facts: [] } };
    cell.inFlight = false;
    this.#port.markReady(cell);
    return true;
  }

  async #commitFailure(failing: Unit, commit: Commit): Promise<void> {
    const work: Work = { units: [failing], chores: [], checkpoints: [] };
    const result = await this.#core.store.commit(this.#batchOf(work, commit));
    if (result.result === "committed") this.#committed(work, result, false);
    else await this.#notCommitted(work, result, (refusal) => this.#quarantineInMemory(failing, refusal));
  }

  #quarantineInMemory({ cell, items }: Unit, refusal: Refusal): void {
    const { address } = cell;
    this.#core.environment.logger.error({ address, result: refusal }, "the failure of an actor could not be stored");
    cell.inFlight = false;
    putBack(cell, items);
    cell.status = "quarantined";
    refuseIngress(cell, refusal.message);
  }

  /** Written or not? A new epoch ends every doubt (the old backend is gone), then the stored versions say it (H3). */
  async #settleUnknown(work: Work, message: string): Promise<void> {
    this.#core.environment.logger.warn({ message }, "the commit connection was lost; taking a new epoch");
    for (;;) {
      if (!(await this.#port.reacquire())) {
        this.#loseScope(work);
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
    const { written, unwritten, born } = await writtenWork(this.#core.store, work);
    this.putBack(unwritten.units);
    for (const chore of unwritten.chores) chore.repeated = true;
    this.#port.again(unwritten);
    this.#free({ units: [], chores: work.chores, checkpoints: work.checkpoints });
    const result: Committed = { result: "committed", lost: new Set(), born, duplicates: new Set(), checkpoints: new Set() };
    this.#committed(written, result, true);
  }

  #free(work: Work): void {
    for (const cell of cellsOf(this.#core, work)) {
      cell.inFlight = false;
      this.#port.markReady(cell);
    }
  }

  #loseScope(work: Work): void {
    this.#release(work);
    this.#port.fenced();
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
type Refusal = Extract<CommitResult, { result: "rejected" }>;
