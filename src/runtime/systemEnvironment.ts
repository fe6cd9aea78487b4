import { randomInt, randomUUID } from "node:crypto";
import type { Clock, Environment, Logger } from "./environment.ts";

/** The real world: time, randomness and ids of this machine. The only file of the runtime that asks for them. */
export function createSystemEnvironment(logger: Logger): Environment {
  return {
    clock: createSystemClock(),
    random: { nextSeed: () => randomInt(2 ** 32) },
    ids: { nextId: () => randomUUID() },
    logger,
  };
}

const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * Wall time that never runs backwards: a clock that was set back stands still until it has caught up. It follows the wall clock through
 * suspend, where a monotonic clock would stop.
 */
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
      const arm = (): void => {
        const leftMs = dueAtMs - nowMs();
        timer = setTimeout(leftMs <= LONGEST_TIMEOUT_MS ? check : arm, Math.min(Math.max(0, leftMs), LONGEST_TIMEOUT_MS));
      };
      // A timeout may come a millisecond early.
      const check = (): void => {
        if (nowMs() < dueAtMs) arm();
        else wake();
      };
      arm();
      return () => clearTimeout(timer);
    },
  };
}
