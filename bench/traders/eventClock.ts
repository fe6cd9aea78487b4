/**
 * A wall clock that jumps from event to event.
 *
 * Invariants: time stands still while anything runs, and moves to the earliest date that someone waits for; dates of the same instant
 * are met in the order of asking. Everything that runs on it must wait for nothing else: no sockets, no files, no timers.
 */
import type { TraderClock } from "./wireAgent.ts";

export class EventClock implements TraderClock {
  #nowMs: number;
  readonly #dates: { atMs: number; meet: () => void }[] = [];

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  reach(atMs: number): Promise<void> {
    return new Promise((meet) => {
      const later = this.#dates.findIndex((date) => date.atMs > atMs);
      this.#dates.splice(later < 0 ? this.#dates.length : later, 0, { atMs, meet });
    });
  }

  /** Lets time pass until the work is done; passes on how it ended. */
  async run<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const end = () => {
      isDone = true;
    };
    work.then(end, end);
    for (;;) {
      // Every promise that is settled now has its say before time goes on.
      await new Promise((resolve) => setImmediate(resolve));
      if (isDone) return work;
      const next = this.#dates.shift();
      if (next === undefined) throw new Error("the work waits for something that no clock brings");
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.meet();
    }
  }
}
