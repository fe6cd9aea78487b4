import { randomUUID } from "node:crypto";
import type { Clock, Environment, Logger } from "./environment.ts";

/** The real world: time, randomness and ids of this machine. The only file of the runtime that asks for them. */
export function createSystemEnvironment(logger: Logger): Environment {
  return {
    clock: createSystemClock(),
    // Jitter and dice: nothing that anybody could gain by guessing, and each event takes one.
    random: { nextSeed: () => Math.floor(Math.random() * 2 ** 32) },
    ids: { nextId: () => randomUUID() },
    logger,
  };
}

const WALL_TICK_MS = 5;
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * Wall time that never runs backwards and never stands still: where the wall clock was set back, the monotonic clock carries on from the
 * last time told, or leases and timers would wait until the wall has caught up. Through suspend, where a monotonic clock stops, it follows
 * the wall clock.
 */
function createSystemClock(): Clock {
  let latestMs = 0;
  let latestAt = performance.now();
  const nowMs = (): number => {
    const at = performance.now();
    const carriedMs = latestMs + (at - latestAt);
    const wallMs = Date.now();
    // The wall clock counts whole milliseconds; a difference below that is no setting back.
    latestMs = wallMs >= carriedMs - WALL_TICK_MS ? Math.max(latestMs, wallMs) : carriedMs;
    latestAt = at;
    return Math.floor(latestMs);
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
