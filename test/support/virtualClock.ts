import type { Clock } from "../../src/runtime/environment.ts";

/** Time that jumps to the next wake-up as soon as nothing else is to be done: hours pass in milliseconds, in a fixed order. */
export interface VirtualClock extends Clock {
  /** Lets everything run until `done`; throws when `untilMs` of virtual time have passed without it. */
  runUntil(done: () => boolean, forMs: number): Promise<void>;
}

export function createVirtualClock(startMs = 1_700_000_000_000): VirtualClock {
  let nowMs = startMs;
  let wakes: { readonly dueAtMs: number; readonly wake: () => void }[] = [];
  return {
    nowMs: () => nowMs,
    wakeAt(dueAtMs, wake) {
      const entry = { dueAtMs, wake };
      wakes.push(entry);
      return () => {
        wakes = wakes.filter((other) => other !== entry);
      };
    },
    async runUntil(done, forMs) {
      const endMs = nowMs + forMs;
      while (!done()) {
        // Four turns of the event loop: the host's commit loop asks for one between two commits.
        for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
        if (done()) return;
        const next = wakes.toSorted((a, b) => a.dueAtMs - b.dueAtMs)[0];
        if (next === undefined || next.dueAtMs > endMs) throw new Error("nothing happens any more");
        wakes = wakes.filter((other) => other !== next);
        nowMs = Math.max(nowMs, next.dueAtMs);
        next.wake();
      }
    },
  };
}
