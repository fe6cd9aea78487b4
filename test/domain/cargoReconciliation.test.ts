import { describe, expect, it } from "vitest";
import { type CargoDecision, reconcileCargo } from "../../src/domain/cargoReconciliation.ts";
import { liquidateTask } from "../../src/domain/planTasks.ts";
import type { Task } from "../../src/domain/taskState.ts";
import { NOW_MS, ship, task } from "./fixtures/builders.ts";

const DIAMONDS = { good: "DIAMONDS", units: 40 };
const GOLD = { good: "GOLD", units: 3 };
const reconcile = (ships: Parameters<typeof ship>[], tasks: readonly Task[]): readonly CargoDecision[] =>
  reconcileCargo({ ships: ships.map((args) => ship(...args)), tasks, livePipelines: ["P1"] });

describe("cargo reconciliation", () => {
  it("leaves ships with an empty hold alone [R002-99]", () => {
    expect(
      reconcile([["S1"], ["S2", [{ good: "GOLD", units: 0 }]]], [task({ assignedShip: "S1", status: "EXECUTING" })]),
    ).toEqual([]);
  });

  it("resumes the ship's own task when its good is aboard, any quantity [R002-100] [R000-13]", () => {
    const own = task({ assignedShip: "S1", status: "EXECUTING" });
    expect(reconcile([["S1", [{ good: "DIAMONDS", units: 1 }]]], [own])).toEqual([
      { action: "resume", ship: "S1", taskId: "T1", markPhase: true },
    ]);
  });

  it("liquidates cargo that does not match the task, also before an acquisition [R002-101] [R002-103]", () => {
    const own = task({ assignedShip: "S1", status: "EXECUTING" });
    expect(reconcile([["S1", [GOLD]]], [own])).toEqual([
      { action: "liquidate", ship: "S1", item: GOLD, because: "mismatched", inTheWayOf: "T1" },
    ]);
    expect(reconcile([["S1", [DIAMONDS, GOLD]]], [own])).toEqual([
      { action: "resume", ship: "S1", taskId: "T1", markPhase: true },
      { action: "liquidate", ship: "S1", item: GOLD, because: "mismatched" },
    ]);
  });

  it("gives orphaned cargo to a free task for it, one ship each [R002-102] [R002-116]", () => {
    for (const status of ["PENDING", "READY"] as const)
      expect(
        reconcile(
          [
            ["S2", [DIAMONDS]],
            ["S1", [DIAMONDS]],
          ],
          [task({ status })],
        ),
      ).toEqual([
        { action: "adopt", ship: "S1", taskId: "T1", item: DIAMONDS },
        { action: "liquidate", ship: "S2", item: DIAMONDS, because: "orphaned" },
      ]);
  });

  it("does not take a task away from another ship [R002-102]", () => {
    const others = task({ status: "EXECUTING", assignedShip: "S9" });
    expect(reconcile([["S1", [DIAMONDS]]], [others])).toMatchObject([{ action: "liquidate", because: "orphaned" }]);
  });

  it("liquidates what a completed task left behind, item by item [R002-117] [R002-104]", () => {
    const done = task({ status: "COMPLETED" });
    expect(reconcile([["S1", [GOLD, DIAMONDS]]], [done])).toEqual([
      { action: "liquidate", ship: "S1", item: DIAMONDS, because: "orphaned" },
      { action: "liquidate", ship: "S1", item: GOLD, because: "orphaned" },
    ]);
  });

  it("creates nothing twice when run again [R000-39] [R002-98]", () => {
    const liquidate = liquidateTask({ id: "L1", ship: "S1", good: "DIAMONDS", units: 40, nowMs: NOW_MS });
    expect(reconcile([["S1", [DIAMONDS]]], [liquidate])).toEqual([
      { action: "covered", ship: "S1", item: DIAMONDS, taskId: "L1" },
    ]);
  });

  it("cancels an orphaned task in the same decision that liquidates its cargo, and keeps the ship [R000-34] [R000-35] [R000-37]", () => {
    const orphan = task({ pipelineId: "GONE", assignedShip: "S1", status: "EXECUTING" });
    expect(reconcile([["S1", [DIAMONDS]]], [orphan])).toEqual([
      { action: "liquidate", ship: "S1", item: DIAMONDS, because: "orphaned" },
      { action: "cancelOrphan", taskId: "T1", ship: "S1", releaseShip: false, reason: "orphaned task - no pipeline" },
    ]);
  });

  it("releases the ship of an orphaned task only when its hold is known to be empty [R000-38] [R000-22]", () => {
    const orphan = task({ pipelineId: undefined, assignedShip: "S1", status: "EXECUTING" });
    expect(reconcile([["S1"]], [orphan])).toMatchObject([{ action: "cancelOrphan", releaseShip: true }]);
    expect(reconcile([], [orphan])).toMatchObject([{ action: "cancelOrphan", releaseShip: false }]);
  });

  it("makes a LIQUIDATE task READY with its ship and priority 100 [R002-105] [R002-106]", () => {
    expect(liquidateTask({ id: "L1", ship: "S1", good: "GOLD", units: 3, nowMs: NOW_MS })).toMatchObject({
      type: "LIQUIDATE",
      status: "READY",
      affinityShip: "S1",
      assignedShip: undefined,
      priority: 100,
      pipelineId: undefined,
      targetMarket: undefined,
    });
  });
});
