/**
 * One clock for everything in a process: hours pass as fast as their work is done.
 *
 * Invariants:
 * - Time moves only at rest: nothing holds the clock, nothing waits for its turn, and the event loop has no callback due. Then it moves to the
 *   earliest wake-up, never past it, and never back.
 * - One thing at a time: wake-ups of one instant run in the order of their dates, then of their asking, and each one's consequences come to
 *   rest before the next. So the order of everything is a function of what was asked for, not of how fast machine, sockets and database are.
 * - Work that the event loop does not know of (a statement, a request) must hold the clock while it is under way; nothing here waits for
 *   a while and hopes.
 */
import type { Clock } from "../../src/runtime/environment.ts";

export interface VirtualClock extends Clock {
  /** The same time for code that runs within held work: while its wake-up is pending, that work does not hold the clock. */
  readonly within: Clock;
  /** Time stands still until the returned function is called, which may be more than once. */
  hold(): () => void;
  /** Holds until `work` has settled; passes on how it did. */
  during<T>(work: Promise<T>): Promise<T>;
  /** Begins `work` when all else is at rest, one after the other in the order of asking, and holds until it has settled. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
  /** Lets time pass until `work` has settled and all is at rest. Rejects when it does not settle although nothing is left to do. */
  run<T>(work: Promise<T>): Promise<T>;
  /** Resolves at that time; only while the clock runs. */
  reach(atMs: number): Promise<void>;
  readonly counts: { readonly wakes: number; readonly turns: number };
}

interface Run {
  settled: boolean;
  readonly end: () => void;
  readonly expectNews: () => void;
}

interface Wake {
  readonly dueAtMs: number;
  readonly wake: () => void;
}

/** `patienceMs`: real time after which a standstill without any wake-up counts as the end. */
export function createVirtualClock(startMs: number, { patienceMs = 5_000 } = {}): VirtualClock {
  const wakes = new Set<Wake>();
  const turns: (() => void)[] = [];
  const counts = { wakes: 0, turns: 0 };
  let nowMs = startMs;
  let holds = 0;
  let looking = false;
  let running: Run | undefined;

  /** Asks for a look at the next turn of the event loop, when every promise that is settled now has had its say. */
  function look(): void {
    if (looking || running === undefined || holds > 0) return;
    looking = true;
    looks += 1;
    setImmediate(() => {
      looking = false;
      looks -= 1;
      goOn();
    });
  }

  function goOn(): void {
    if (running === undefined || holds > 0) return;
    if (isEventLoopBusy()) return look();
    const turn = turns.shift();
    if (turn !== undefined) return turn();
    if (running.settled) {
      const { end } = running;
      running = undefined;
      return end();
    }
    const next = earliest(wakes);
    // Something outside may still bring news, such as a thread that ends; time cannot pass meanwhile.
    if (next === undefined) return running.expectNews();
    wakes.delete(next);
    nowMs = Math.max(nowMs, next.dueAtMs);
    counts.wakes += 1;
    look();
    next.wake();
  }

  function hold(): () => void {
    let held = true;
    holds += 1;
    return () => {
      if (!held) return;
      held = false;
      holds -= 1;
      look();
    };
  }

  function wakeAt(dueAtMs: number, wake: () => void): () => void {
    if (Number.isNaN(dueAtMs)) throw new RangeError("a wake-up needs a time");
    const entry = { dueAtMs, wake };
    wakes.add(entry);
    look();
    return () => wakes.delete(entry);
  }

  function during<T>(work: Promise<T>): Promise<T> {
    return work.finally(hold());
  }

  return {
    nowMs: () => nowMs,
    wakeAt,
    within: {
      nowMs: () => nowMs,
      wakeAt(dueAtMs, wake) {
        if (holds === 0) throw new Error("nothing holds the clock here");
        holds -= 1;
        let lent = true;
        const takeBack = (): void => {
          if (lent) holds += 1;
          lent = false;
        };
        const cancel = wakeAt(dueAtMs, () => {
          takeBack();
          wake();
        });
        return () => {
          cancel();
          takeBack();
        };
      },
    },
    hold,
    during,
    inTurn: (work) =>
      new Promise((resolve, reject) => {
        turns.push(() => {
          counts.turns += 1;
          const release = hold();
          Promise.resolve().then(work).finally(release).then(resolve, reject);
        });
        look();
      }),
    run: (work) =>
      new Promise((resolve, reject) => {
        if (running !== undefined) throw new Error("the clock runs already");
        let patience: NodeJS.Timeout | undefined;
        const run: Run = {
          settled: false,
          end: () => {
            clearTimeout(patience);
            work.then(resolve, reject);
          },
          expectNews: () => {
            clearTimeout(patience);
            const { wakes: before } = counts;
            patience = setTimeout(() => {
              if (running !== run || counts.wakes > before) return;
              running = undefined;
              reject(new Error(`nothing happens any more at ${new Date(nowMs).toISOString()}`));
            }, patienceMs);
          },
        };
        running = run;
        const settle = (): void => {
          run.settled = true;
          look();
        };
        work.then(settle, settle);
        look();
      }),
    reach: (atMs) => new Promise((resolve) => void wakeAt(atMs, resolve)),
    counts,
  };
}

function earliest(wakes: ReadonlySet<Wake>): Wake | undefined {
  let first: Wake | undefined;
  for (const wake of wakes) if (first === undefined || wake.dueAtMs < first.dueAtMs) first = wake;
  return first;
}

/** The immediates by which clocks look: those of another clock of this process are no work of ours. */
let looks = 0;

/** Called from an immediate: promises have settled, so what may still be due are other immediates and the file system. */
function isEventLoopBusy(): boolean {
  const resources = process.getActiveResourcesInfo();
  const immediates = resources.filter((resource) => resource === "Immediate").length;
  return immediates > looks || resources.some((resource) => resource.startsWith("FSReq"));
}
