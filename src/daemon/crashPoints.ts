/**
 * Named moments at which a crash test ends the process for real: SIGKILL, no handler, no flush. Armed with BOSUN_CRASH_AT, for example
 * `job.beforeSend` or `commit.during:7` (the seventh time).
 */

import { nearest } from "../nearest.ts";
import type { CrashPoint } from "../runtime/hostOptions.ts";

export type AnyCrashPoint = CrashPoint | "api.afterWork";

const POINTS: readonly AnyCrashPoint[] = [
  "job.beforeSend",
  "api.afterWork",
  "job.afterResponse",
  "commit.during",
  "boot.recovering",
];

export interface ArmedCrash {
  readonly point: AnyCrashPoint;
  /** Which passage of the point; 1 is the first. */
  readonly passage: number;
}

/** Reads `<point>[:n]`; a sentence when it is neither. */
export function parseCrashAt(text: string): ArmedCrash | { readonly problem: string } {
  const [name = "", count = "1"] = text.split(":");
  const point = POINTS.find((known) => known === name);
  if (point === undefined) {
    const guess = nearest(name, POINTS);
    const hint = guess === undefined ? `One of: ${POINTS.join(", ")}.` : `Did you mean ${guess}?`;
    return { problem: `$BOSUN_CRASH_AT names the unknown point ${JSON.stringify(name.slice(0, 40))}. ${hint}` };
  }
  if (!/^[1-9]\d{0,8}$/.test(count)) return { problem: `$BOSUN_CRASH_AT must look like ${point}:3; the count is from 1.` };
  return { point, passage: Number(count) };
}

/** The hook that the runtime and the API client call at each point; undefined when nothing is armed, so that it costs nothing. */
export function createCrashPoints(armed: ArmedCrash | undefined): ((point: AnyCrashPoint) => void) | undefined {
  if (armed === undefined) return undefined;
  let passages = 0;
  return (point) => {
    if (point !== armed.point) return;
    passages += 1;
    if (passages < armed.passage) return;
    process.kill(process.pid, "SIGKILL");
    // The signal is delivered between two instructions of this thread at the latest here: nothing after the point may run.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  };
}
