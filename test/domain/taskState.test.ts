import { describe, expect, it } from "vitest";
import {
  changeTask,
  isReady,
  markFirstPhase,
  phasesOf,
  shouldSkipToSecondPhase,
  type Task,
  type TaskChange,
  type TaskStatus,
  type TaskType,
} from "../../src/domain/taskState.ts";
import { NOW_MS, task } from "./fixtures/builders.ts";

const STATUSES: readonly TaskStatus[] = ["PENDING", "READY", "ASSIGNED", "EXECUTING", "COMPLETED", "FAILED", "CANCELLED"];
const TYPES: readonly TaskType[] = ["ACQUIRE_DELIVER", "COLLECT_DELIVER", "COLLECT_SELL", "LIQUIDATE"];
const LEGAL: readonly [TaskChange, TaskStatus, TaskStatus][] = [
  [{ change: "markReady", atMs: 1 }, "PENDING", "READY"],
  [{ change: "assign", ship: "S1" }, "READY", "ASSIGNED"],
  [{ change: "start", atMs: 2 }, "ASSIGNED", "EXECUTING"],
  [{ change: "complete", atMs: 3 }, "EXECUTING", "COMPLETED"],
  [{ change: "rollbackAssignment" }, "ASSIGNED", "READY"],
  [{ change: "rollbackExecution", holdsCargo: false }, "EXECUTING", "READY"],
];

describe("task state", () => {
  for (const [change, from, to] of LEGAL) {
    for (const status of STATUSES) {
      const legal = status === from;
      it(`${change.change} from ${status} is ${legal ? `legal and gives ${to}` : "illegal"} [R002-49] [R002-54] [R002-55]`, () => {
        const result = changeTask(task({ status, assignedShip: "S1" }), change);
        const message = `cannot ${change.change} task T1 in status ${status}`;
        expect(result).toMatchObject(legal ? { outcome: "changed", task: { status: to } } : { outcome: "illegal", message });
      });
    }
  }

  it("sets the time or the ship that belongs to each change [R002-55]", () => {
    expect(apply(task(), { change: "markReady", atMs: 5 }).readyAtMs).toBe(5);
    expect(apply(task({ status: "READY" }), { change: "assign", ship: "S9" }).assignedShip).toBe("S9");
    expect(apply(task({ status: "ASSIGNED" }), { change: "start", atMs: 6 }).startedAtMs).toBe(6);
    expect(apply(task({ status: "EXECUTING", assignedShip: "S9" }), { change: "complete", atMs: 7 })).toMatchObject({
      completedAtMs: 7,
      assignedShip: undefined,
    });
  });

  it("retries twice and fails on the third failure, completed only then [R002-56]", () => {
    const fail: TaskChange = { change: "fail", atMs: 9, error: "no berth", holdsCargo: false };
    const first = apply(task({ status: "EXECUTING", assignedShip: "S1" }), fail);
    expect(first).toMatchObject({
      status: "PENDING",
      retryCount: 1,
      assignedShip: undefined,
      completedAtMs: undefined,
      errorMessage: "no berth",
    });
    const second = apply({ ...first, status: "ASSIGNED" }, fail);
    expect(second).toMatchObject({ status: "PENDING", retryCount: 2 });
    expect(apply({ ...second, status: "READY" }, fail)).toMatchObject({ status: "FAILED", retryCount: 3, completedAtMs: 9 });
  });

  it.each(["PENDING", "COMPLETED", "FAILED", "CANCELLED"] as const)("does not fail from %s [R002-56]", (status) => {
    expect(changeTask(task({ status }), { change: "fail", atMs: 1, error: "x", holdsCargo: false }).outcome).toBe("illegal");
  });

  it("keeps the ship of a failed or rolled back task with cargo aboard [R002-59] [R000-24]", () => {
    const executing = task({ status: "EXECUTING", assignedShip: "S1" });
    expect(apply(executing, { change: "fail", atMs: 1, error: "x", holdsCargo: true }).affinityShip).toBe("S1");
    expect(apply(executing, { change: "fail", atMs: 1, error: "x", holdsCargo: false }).affinityShip).toBeUndefined();
    expect(apply(executing, { change: "rollbackExecution", holdsCargo: true }).affinityShip).toBe("S1");
  });

  it("costs no retry to roll back, and keeps the phase marks [R002-60] [R002-57] [R000-29]", () => {
    const executing = task({
      status: "EXECUTING",
      acquirePhaseCompleted: true,
      phaseCompletedAtMs: 4,
      retryCount: 1,
      assignedShip: "S1",
    });
    expect(apply(executing, { change: "rollbackExecution", holdsCargo: true })).toMatchObject({
      status: "READY",
      retryCount: 1,
      acquirePhaseCompleted: true,
      phaseCompletedAtMs: 4,
    });
    const collected = { collectPhaseCompleted: true, phaseCompletedAtMs: 4 };
    const collecting = task({ type: "COLLECT_SELL", status: "EXECUTING", assignedShip: "S1", ...collected });
    expect(apply(collecting, { change: "rollbackExecution", holdsCargo: false })).toMatchObject(collected);
  });

  it("gives up the ship of an assignment, and of an execution without cargo, that is rolled back [R002-57]", () => {
    const free = { status: "READY", assignedShip: undefined, affinityShip: undefined };
    const assigned = task({ status: "ASSIGNED", assignedShip: "S1" });
    expect(apply(assigned, { change: "rollbackAssignment" })).toMatchObject(free);
    const executing = task({ status: "EXECUTING", assignedShip: "S1" });
    expect(apply(executing, { change: "rollbackExecution", holdsCargo: false })).toMatchObject(free);
  });

  it("marks the phase of its type with the time, once, and only with the good aboard [R000-26] [R000-27] [R000-13]", () => {
    const acquire = markFirstPhase(task(), 40, 7);
    expect(acquire).toMatchObject({ acquirePhaseCompleted: true, collectPhaseCompleted: false, phaseCompletedAtMs: 7 });
    expect(markFirstPhase(acquire, 40, 99).phaseCompletedAtMs).toBe(7);
    for (const type of ["COLLECT_DELIVER", "COLLECT_SELL"] as const) {
      const collected = { collectPhaseCompleted: true, acquirePhaseCompleted: false, phaseCompletedAtMs: 7 };
      expect(markFirstPhase(task({ type }), 1, 7)).toMatchObject(collected);
    }
    const sale = task({ type: "LIQUIDATE" });
    expect(markFirstPhase(sale, 40, 7)).toEqual(sale);
    expect(markFirstPhase(task(), 0, 7)).toEqual(task());
  });

  it("skips to the second phase by the flag of its own type only [R000-28]", () => {
    const skips = (acquirePhaseCompleted: boolean, collectPhaseCompleted: boolean) =>
      TYPES.filter((type) => shouldSkipToSecondPhase({ type, acquirePhaseCompleted, collectPhaseCompleted }));
    expect(skips(false, false)).toEqual([]);
    expect(skips(true, false)).toEqual(["ACQUIRE_DELIVER"]);
    expect(skips(false, true)).toEqual(["COLLECT_DELIVER", "COLLECT_SELL"]);
    expect(skips(true, true)).not.toContain("LIQUIDATE");
  });

  it("makes a collection ready only when deliveries are done AND supply is high [R002-53] [R002-51]", () => {
    const collect = task({ type: "COLLECT_SELL", awaitsProduction: true, dependsOn: ["D1", "D2"] });
    expect(isReady(collect, new Set(["D1"]), true)).toBe(false);
    expect(isReady(collect, new Set(["D1", "D2"]), false)).toBe(false);
    expect(isReady(collect, new Set(["D1", "D2"]), true)).toBe(true);
    expect(isReady({ ...collect, status: "READY" }, new Set(["D1", "D2"]), true)).toBe(false);
  });

  it("does not ask for high supply again once collected [R000-32]", () => {
    const collected = task({ type: "COLLECT_SELL", awaitsProduction: true, collectPhaseCompleted: true });
    expect(isReady(collected, new Set(), false)).toBe(true);
  });

  it("cancels anything that is not over [R000-38]", () => {
    expect(
      apply(task({ status: "EXECUTING" }), { change: "cancel", atMs: 3, reason: "orphaned task - no pipeline" }),
    ).toMatchObject({
      status: "CANCELLED",
      errorMessage: "orphaned task - no pipeline",
    });
    expect(changeTask(task({ status: "COMPLETED" }), { change: "cancel", atMs: 3, reason: "x" }).outcome).toBe("illegal");
  });

  it("names the phases of each fused type [R002-47]", () => {
    expect(phasesOf("COLLECT_DELIVER")).toEqual(["COLLECT", "DELIVER"]);
    expect(phasesOf("LIQUIDATE")).toEqual(["SELL"]);
  });
});

function apply(before: Task, change: TaskChange): Task {
  const result = changeTask({ ...before, createdAtMs: NOW_MS }, change);
  if (result.outcome === "illegal") throw new Error(result.message);
  return result.task;
}
