import type { Clock } from "../../src/runtime/environment.ts";

/** The real clock: sidecars are real processes. */
export const wallClock: Clock = {
  nowMs: () => Date.now(),
  wakeAt(dueAtMs, wake) {
    const timer = setTimeout(wake, Math.max(0, dueAtMs - Date.now()));
    return () => clearTimeout(timer);
  },
};
