import type { BackoffSpec } from "../runtime/supervision.ts";

/**
 * How long to wait before restart number `failures` (from 1) of a run of failures: exponential from `initialMs`, never above `maxMs`, of
 * which the share `jitter` is random, so that children that fell together do not rise together. `random` is 0 ≤ random < 1.
 */
export function backoffDelayMs(spec: BackoffSpec, failures: number, random: number): number {
  const exponent = Math.min(Math.max(failures - 1, 0), 64);
  const fullMs = Math.min(spec.maxMs, spec.initialMs * spec.factor ** exponent);
  return Math.round(fullMs * (1 - spec.jitter) + fullMs * spec.jitter * random);
}

/**
 * The length of the run of failures that ends now, counting this one: a quiet time of `resetAfterMs` ends a run.
 * `earlierAtMs` are the times of earlier failures, oldest first.
 */
export function failuresInRun(spec: BackoffSpec, earlierAtMs: readonly number[], nowMs: number): number {
  let run = 1;
  let laterMs = nowMs;
  for (const atMs of earlierAtMs.toReversed()) {
    if (laterMs - atMs >= spec.resetAfterMs) break;
    run += 1;
    laterMs = atMs;
  }
  return run;
}
