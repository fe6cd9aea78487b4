/*
 * What happens to a durable actor that failed. Invariants:
 * - Each actor has its own ladder, snapshot → afresh → quarantine; two unlucky ships never add up to an escalation (G7).
 * - Pure: the host stores the returned history in the commit that carries the decision out.
 * - Waiting is not failing: an outage never comes here (G12).
 */
import type { FailureCause, FailureHistory, RestartSpec, Supervision, SupervisionDecision } from "../runtime/supervision.ts";
import { backoffDelayMs, failuresInRun } from "./backoff.ts";
import { countRestart, inWindow } from "./restartWindow.ts";

/** The policy that the host asks. One for all actors; everything particular is in the kind's RestartSpec. */
export function createSupervision(): Supervision {
  return { decide };
}

/** A history is stored with its actor, so it must stay small whatever a RestartSpec says. */
const MOST_TIMES_KEPT = 64;

function decide(failure: Parameters<Supervision["decide"]>[0]): SupervisionDecision {
  const { spec, history, cause, nowMs, random } = failure;
  if (spec.type === "temporary") return giveUp(history, `a temporary actor is not restarted: ${describeCause(cause)}`);
  if (cause.kind === "snapshot") return giveUp(history, `its stored state cannot be read: ${cause.error.message}`);

  const count = countRestart(spec, history.failuresAtMs, nowMs);
  const run = failuresInRun(spec.backoff, history.failuresAtMs, nowMs);
  if (!count.exceeded) {
    const failuresAtMs = [...inWindow(history.failuresAtMs, memoryMs(spec), nowMs), nowMs].slice(-MOST_TIMES_KEPT);
    return restart("snapshot", { ...history, failuresAtMs }, backoffDelayMs(spec.backoff, run, random));
  }
  const recentAfreshAtMs = inWindow(history.afreshAtMs, afreshMemoryMs(spec), nowMs);
  if (spec.afresh && recentAfreshAtMs.length === 0) {
    const climbed = { failuresAtMs: [], afreshAtMs: [nowMs], restarts: history.restarts };
    return restart("afresh", climbed, backoffDelayMs(spec.backoff, run, random));
  }
  const rungs = spec.afresh ? "from its snapshot and afresh" : "from its snapshot";
  const within = `more than ${spec.maxRestarts} failures within ${spec.withinMs / 1000} s`;
  return giveUp(history, `restarted ${rungs}, and again ${within}: ${describeCause(cause)}`);
}

/** Backoff may look further back than intensity does. */
function memoryMs(spec: RestartSpec): number {
  return Math.max(spec.withinMs, spec.backoff.resetAfterMs);
}

/** A restart afresh has been of no use if the next run of failures begins within one window (and the longest wait) after it. */
function afreshMemoryMs(spec: RestartSpec): number {
  return 2 * spec.withinMs + spec.backoff.maxMs;
}

function restart(from: "snapshot" | "afresh", history: FailureHistory, afterMs: number): SupervisionDecision {
  return { decision: "restart", from, afterMs, history: { ...history, restarts: history.restarts + 1 } };
}

function giveUp(history: FailureHistory, reason: string): SupervisionDecision {
  return { decision: "giveUp", history, reason };
}

function describeCause(cause: FailureCause): string {
  const what = cause.kind === "job" ? `job ${cause.childId}` : cause.kind;
  return `${what} failed with ${cause.error.name}: ${cause.error.message}`;
}
