import { randomInt, randomUUID } from "node:crypto";
import { performance } from "node:perf_hooks";
import type { Clock, Environment, Logger } from "../runtime/environment.ts";

/** The real world as the runtime sees it. The only place where the program reads clock and chance of the machine. */
export function createSystemEnvironment(logger: Logger): Environment {
  return {
    clock: createSystemClock(),
    random: { nextSeed: () => randomInt(0, 2 ** 32) },
    ids: { nextId: () => randomUUID() },
    logger,
  };
}

/** A longer setTimeout would fire at once. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** Epoch milliseconds that never run backwards, even when the machine's clock is set back. */
function createSystemClock(): Clock {
  let latestMs = 0;
  const nowMs = (): number => {
    latestMs = Math.max(latestMs, Date.now());
    return latestMs;
  };
  return {
    nowMs,
    wakeAt(dueAtMs, wake) {
      let timer: NodeJS.Timeout | undefined;
      const wait = (): void => {
        const leftMs = dueAtMs - nowMs();
        // setTimeout may fire a millisecond early, so it looks again.
        timer = setTimeout(() => (nowMs() >= dueAtMs ? wake() : wait()), Math.min(Math.max(0, leftMs), LONGEST_TIMEOUT_MS));
      };
      wait();
      return () => clearTimeout(timer);
    },
  };
}

/** A stopwatch for reports to people. */
export function startStopwatch(): () => number {
  const startedAt = performance.now();
  return () => Math.round(performance.now() - startedAt);
}
