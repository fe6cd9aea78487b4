/** A clock that a test moves by hand. Wake-ups run in due order, each at its own time. */
export interface ManualClock {
  nowMs(): number;
  wakeAt(dueAtMs: number, wake: () => void): () => void;
  /** Moves on, running what falls due; lets promises settle after each wake-up. */
  advance(byMs: number): Promise<void>;
  /** Due time of the next wake-up, if there is one. */
  nextDueAtMs(): number | undefined;
}

export function createManualClock(startMs = 1_000_000): ManualClock {
  let nowMs = startMs;
  const wakes = new Set<{ readonly dueAtMs: number; readonly wake: () => void }>();

  function next(): { readonly dueAtMs: number; readonly wake: () => void } | undefined {
    return [...wakes].sort((a, b) => a.dueAtMs - b.dueAtMs)[0];
  }

  return {
    nowMs: () => nowMs,
    wakeAt(dueAtMs, wake) {
      const entry = { dueAtMs, wake };
      wakes.add(entry);
      return () => wakes.delete(entry);
    },
    async advance(byMs) {
      const endMs = nowMs + byMs;
      await settle();
      for (let due = next(); due !== undefined && due.dueAtMs <= endMs; due = next()) {
        wakes.delete(due);
        nowMs = Math.max(nowMs, due.dueAtMs);
        due.wake();
        await settle();
      }
      nowMs = endMs;
      await settle();
    },
    nextDueAtMs: () => next()?.dueAtMs,
  };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 12; turn += 1) await Promise.resolve();
}
