import { encodeError } from "./encodedError.ts";
import { type Actors, deliver } from "./publish.ts";

const MAX_SLICES = 50;

/** Background upkeep: mail from other daemons, sweeps and retention. Its failures are weather; the next round tries again. */
export class Maintenance {
  readonly #actors: Actors;
  readonly #cancels = new Set<() => void>();
  readonly #underway = new Set<Promise<void>>();
  readonly #seenForeign = new Set<string>();
  #running = false;
  #looking = false;
  #lookAgain = false;

  constructor(actors: Actors) {
    this.#actors = actors;
  }

  /** Mail that the boot has put into mailboxes. */
  alreadyDelivered(ids: readonly string[]): void {
    for (const id of ids) this.#seenForeign.add(id);
  }

  start(): void {
    const { limits } = this.#actors.core;
    this.#running = true;
    this.#every(limits.foreignMailPollMs, () => this.#lookForMail());
    this.#every(limits.maintenanceEveryMs, () => this.#maintain());
    void this.#attempt(() => this.#maintain());
  }

  /** Not at the next poll but now. */
  mailCame(): void {
    if (this.#running) void this.#attempt(() => this.#lookForMail());
  }

  /** Resolves when the statement that is on its way has come back: nothing of a stopped host must meet its successor's. */
  async stop(): Promise<void> {
    this.#running = false;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
    await Promise.all(this.#underway);
  }

  #every(everyMs: number, work: () => Promise<void>): void {
    const { clock } = this.#actors.core.environment;
    const cancel = clock.wakeAt(clock.nowMs() + everyMs, () => {
      this.#cancels.delete(cancel);
      void this.#attempt(work).then(() => {
        if (this.#running) this.#every(everyMs, work);
      });
    });
    this.#cancels.add(cancel);
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    const attempt = this.#try(work);
    this.#underway.add(attempt);
    await attempt;
    this.#underway.delete(attempt);
  }

  async #try(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#actors.core.environment.logger.warn(
        { error: encodeError(error).message },
        "upkeep did not succeed; it is tried again",
      );
    }
  }

  /** One look at a time, or the older of two would take for new what the other has seen consumed. Who comes meanwhile gets one more look. */
  async #lookForMail(): Promise<void> {
    if (this.#looking) {
      this.#lookAgain = true;
      return;
    }
    this.#looking = true;
    try {
      do {
        this.#lookAgain = false;
        await this.#takeForeignMail();
      } while (this.#lookAgain && this.#running);
    } finally {
      this.#looking = false;
    }
  }

  /** Rows are consumed one by one, never by a cursor: a row may become visible after a later one (H10). */
  async #takeForeignMail(): Promise<void> {
    const rows = await this.#actors.core.store.loadForeignMail();
    const present = new Set(rows.map((row) => row.id));
    for (const id of this.#seenForeign) if (!present.has(id)) this.#seenForeign.delete(id);
    if (!this.#running) return;
    for (const row of rows) {
      if (this.#seenForeign.has(row.id)) continue;
      this.#seenForeign.add(row.id);
      deliver(this.#actors, row);
    }
  }

  /** In small slices, as many as there is work for: what came in since the last round must not outgrow the slices. */
  async #maintain(): Promise<void> {
    for (let slice = 0; slice < MAX_SLICES && (await this.#maintainSlice()); slice++) if (!this.#running) return;
  }

  async #maintainSlice(): Promise<boolean> {
    const { core, notices } = this.#actors;
    const { limits } = core;
    const nowMs = core.environment.clock.nowMs();
    const report = await core.store.maintain({
      nowMs,
      journalBeforeMs: nowMs - limits.journalRetentionMs,
      journalMaxRows: limits.journalMaxRows,
      dedupBeforeMs: nowMs - limits.dedupHorizonMs,
      outboxBeforeMs: nowMs - limits.outboxRetentionMs,
      outboxMaxRows: limits.outboxMaxRows,
    });
    core.counters.deadLetters += report.sweptToDeadLetters.length;
    notices.add(
      report.sweptToDeadLetters.map(({ id, address }) => ({
        notice: "deadLetter",
        id,
        to: address,
        reason: "ended",
        atMs: nowMs,
      })),
    );
    return report.more;
  }
}
