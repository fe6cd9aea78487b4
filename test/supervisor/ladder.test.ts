import { describe, expect, it } from "vitest";
import type { FailureCause, FailureHistory, RestartSpec } from "../../src/runtime/supervision.ts";
import { backoffDelayMs, failuresInRun } from "../../src/supervisor/backoff.ts";
import { createSupervision } from "../../src/supervisor/ladder.ts";
import { countRestart } from "../../src/supervisor/restartWindow.ts";

const backoff = { initialMs: 100, maxMs: 5_000, factor: 2, jitter: 0.5, resetAfterMs: 60_000 };
const spec: RestartSpec = { type: "permanent", maxRestarts: 2, withinMs: 10_000, backoff, afresh: true };
const fresh: FailureHistory = { failuresAtMs: [], afreshAtMs: [], restarts: 0 };
const boom: FailureCause = { kind: "transition", error: { name: "Error", message: "boom" } };

function fail(
  history: FailureHistory,
  nowMs: number,
  options: { spec?: RestartSpec; cause?: FailureCause; random?: number } = {},
) {
  return createSupervision().decide({
    address: "agent/r/a/ship/S-1",
    kind: "ship",
    spec: options.spec ?? spec,
    history,
    cause: options.cause ?? boom,
    nowMs,
    random: options.random ?? 0,
  });
}

/** Fails at each time in turn and tells which rung each failure led to. */
function climb(atMs: readonly number[], withSpec = spec): readonly string[] {
  let history = fresh;
  return atMs.map((nowMs) => {
    const decision = fail(history, nowMs, { spec: withSpec });
    history = decision.history;
    return decision.decision === "restart" ? decision.from : "quarantine";
  });
}

describe("the ladder of a durable actor", () => {
  it("climbs from snapshot to afresh to quarantine when failures go on [G7] [H7]", () => {
    expect(climb([0, 1_000, 2_000, 3_000, 4_000, 5_000])).toEqual([
      "snapshot",
      "snapshot",
      "afresh",
      "snapshot",
      "snapshot",
      "quarantine",
    ]);
  });

  it("stays on the first rung when failures are rarer than the window allows [H7]", () => {
    expect(climb([0, 9_000, 18_000, 27_000, 36_000])).toEqual(Array.from({ length: 5 }, () => "snapshot"));
  });

  it("may begin afresh again when the last time is long ago [H7]", () => {
    expect(climb([0, 1, 2, 100_000, 100_001, 100_002]).filter((rung) => rung === "afresh")).toHaveLength(2);
  });

  it("skips the rung afresh where it is not allowed [G10]", () => {
    expect(climb([0, 1, 2], { ...spec, afresh: false })).toEqual(["snapshot", "snapshot", "quarantine"]);
  });

  it("counts each actor for itself: what one did leaves another's decision alone [G7]", () => {
    let history = fresh;
    for (const nowMs of [0, 1, 2, 3, 4]) history = fail(history, nowMs).history;
    expect(fail(fresh, 5)).toMatchObject({ decision: "restart", from: "snapshot" });
  });

  it("quarantines an unreadable snapshot at once: beginning afresh would lose what it knew [G7]", () => {
    const cause: FailureCause = { kind: "snapshot", error: { name: "SyntaxError", message: "bad JSON" } };
    expect(fail(fresh, 0, { cause })).toEqual({
      decision: "giveUp",
      history: fresh,
      reason: "its stored state cannot be read: bad JSON",
    });
  });

  it("never restarts a temporary actor", () => {
    expect(fail(fresh, 0, { spec: { ...spec, type: "temporary" } })).toMatchObject({ decision: "giveUp" });
  });

  it("counts restarts over a whole life and keeps a bounded history", () => {
    let history = fresh;
    const tolerant = { ...spec, maxRestarts: 1_000_000, withinMs: 1e9 };
    for (let nowMs = 0; nowMs < 500; nowMs += 1) history = fail(history, nowMs, { spec: tolerant }).history;
    expect(history.restarts).toBe(500);
    expect(history.failuresAtMs.length).toBeLessThanOrEqual(64);
  });

  it("waits longer with each failure of a run, and shortly again after a quiet time", () => {
    const patient = { ...spec, maxRestarts: 100, withinMs: 1_000_000 };
    let history = fresh;
    const waits = [0, 1_000, 2_000, 3_000, 63_000, 64_000].map((nowMs) => {
      const decision = fail(history, nowMs, { spec: patient, random: 0.999_999 });
      history = decision.history;
      return decision.decision === "restart" ? decision.afterMs : undefined;
    });
    expect(waits).toEqual([100, 200, 400, 800, 100, 200]);
  });
});

describe("backoff", () => {
  it("never exceeds its cap, however long the run", () => {
    expect(backoffDelayMs(backoff, 10_000, 0.999_999)).toBe(5_000);
  });

  it("spreads a delay over its random share only", () => {
    expect([0, 0.5, 0.999_999].map((random) => backoffDelayMs(backoff, 3, random))).toEqual([200, 300, 400]);
  });

  it("counts back to the last quiet time", () => {
    expect(failuresInRun(backoff, [0, 1_000, 70_000, 71_000], 72_000)).toBe(3);
    expect(failuresInRun(backoff, [0], 60_000)).toBe(1);
  });
});

describe("the restart window", () => {
  it("allows maxRestarts within the window and forgets what is older", () => {
    const intensity = { maxRestarts: 1, withinMs: 5_000 };
    expect(countRestart(intensity, [0], 5_000)).toEqual({ atMs: [0, 5_000], exceeded: true });
    expect(countRestart(intensity, [0], 5_001)).toEqual({ atMs: [5_001], exceeded: false });
  });

  it("with maxRestarts 0 allows none", () => {
    expect(countRestart({ maxRestarts: 0, withinMs: 1 }, [], 0).exceeded).toBe(true);
  });
});
