import { performance } from "node:perf_hooks";

/** A stopwatch for reports to people. */
export function startStopwatch(): () => number {
  const startedAt = performance.now();
  return () => Math.round(performance.now() - startedAt);
}
