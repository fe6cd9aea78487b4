import { describe, expect, it } from "vitest";
import type { PipelineContext } from "../../src/machines/pipelineProtocol.ts";
import { task as taskOf } from "../domain/fixtures/builders.ts";
import { DrivenActor, SCOPE } from "./driver.ts";
import { IRON_PLAN } from "./ironTrade.ts";

const ADDRESS = `${SCOPE}/coordinator/pipeline/p1`;
function pipeline(): DrivenActor {
  const first = { task: "t1", ship: "S-1" };
  return new DrivenActor("pipeline", ADDRESS, {
    scope: SCOPE,
    id: "p1",
    plan: IRON_PLAN,
    first,
    patienceMs: 60_000,
    gameSecondMs: 1_000 / 60,
  });
}
const task = taskOf({
  id: "p1.t1",
  pipelineId: "p1",
  type: "COLLECT_SELL",
  good: "IRON",
  status: "EXECUTING",
  assignedShip: "S-1",
});
const lost = (unitsAboard: number, change: Partial<typeof task> = {}) => ({
  type: "pipeline.workerLost",
  child: "task/t1",
  task: { ...task, ...change },
  unitsAboard,
});
const freed = (hasCargo: boolean) => ({ type: "pipeline.shipFreed", child: "task/t1", hasCargo });
const tasksOf = (actor: DrivenActor) => actor.context<PipelineContext>().tasks;

describe("a pipeline whose worker was given up", () => {
  it("begins the task anew at the same address, READY for any ship, when nothing was bought [G8] [R000-20]", () => {
    const actor = pipeline().send(lost(0)).fail("task/t1", "Quarantined");
    expect(actor.children("task")).toMatchObject([{ address: `${ADDRESS}/task/t1`, input: { id: "p1.t1", ship: null } }]);
    expect(actor.sent("task.makeReady")).toMatchObject([{ to: `${ADDRESS}/task/t1` }]);
    expect(tasksOf(actor)).toMatchObject([{ status: "READY", retryCount: 0 }]);
    expect(actor.emitted("task.rolledBack")).toMatchObject([{ task: "p1.t1" }]);
    expect(actor.sent("coordinator.taskGone")).toEqual([]);
  });

  it("begins a collection anew that waits for HIGH no longer, where its chain does not [R002-53]", () => {
    const plan = { ...IRON_PLAN, tasks: IRON_PLAN.tasks.map((planned) => ({ ...planned, awaitsProduction: true })) };
    const input = { scope: SCOPE, id: "p1", plan, first: null, patienceMs: 60_000, gameSecondMs: 1_000 / 60 };
    const actor = new DrivenActor("pipeline", ADDRESS, input).send({ type: "pipeline.yield" });
    actor.send(lost(0, { awaitsProduction: true })).fail("task/t1", "Quarantined");
    expect(actor.children("task")).toMatchObject([{ input: { id: "p1.t1", awaitsProduction: false } }]);
    expect(actor.sent("task.makeReady")).toMatchObject([{ to: `${ADDRESS}/task/t1` }]);
  });

  it("does nothing twice: with cargo aboard, or once sold, the task has failed with what it cost", () => {
    for (const message of [lost(12, { totalCostCredits: 900 }), lost(0, { actualUnits: 40, totalCostCredits: 900 })]) {
      const actor = pipeline().send(message).fail("task/t1", "Quarantined");
      expect(actor.children("task")).toEqual([]);
      expect(actor.output).toMatchObject({ status: "FAILED" });
      expect(tasksOf(actor)).toMatchObject([{ status: "FAILED", totalCostCredits: message.task.totalCostCredits }]);
    }
  });

  it("waits for the word of the ship when the worker left nothing readable [R000-22]", () => {
    const empty = pipeline().fail("task/t1", "SnapshotRefused");
    expect([empty.value, empty.children("task")]).toEqual(["running", []]);
    expect(empty.send(freed(false)).children("task")).toHaveLength(1);
    const full = pipeline().fail("task/t1", "SnapshotRefused").send(freed(true));
    expect([full.children("task"), full.status]).toEqual([[], "done"]);
  });

  it("takes it that there was no ship when none speaks, and hears only the first word", () => {
    const actor = pipeline().fail("task/t1", "SnapshotRefused");
    const timer = actor.timers().find(({ event }) => event.type === "pipeline.shipFreed");
    expect(timer).toMatchObject({ id: "doubt/task/t1", delayMs: 30_000, event: freed(false) });
    actor.send(freed(false));
    expect(actor.send(freed(false)).children("task")).toEqual([]);
  });

  it("does nothing before the ship has spoken that is still buying, however long that takes, and also when winding up [G10]", () => {
    const pending = { type: "pipeline.purchasePending", child: "task/t1" };
    const buying = () => pipeline().fail("task/t1", "SnapshotRefused").send(pending);
    const stopped = buying().effects.filter(({ type }) => type === "cancelTimer");
    expect(stopped).toMatchObject([{ id: "doubt/task/t1" }]);
    expect(buying().send(freed(false)).children("task")).toHaveLength(1);
    const full = buying().send({ type: "pipeline.cancel", reason: "late" });
    expect([full.value, full.status]).toEqual(["windingUp", "active"]);
    full.send(freed(true));
    expect([full.children("task"), full.output]).toMatchObject([[], { status: "CANCELLED" }]);
  });

  it("gives a task up whose second worker fails as well", () => {
    const actor = pipeline().send(lost(0)).fail("task/t1", "Quarantined").fail("task/t1", "Quarantined");
    expect(actor.children("task")).toEqual([]);
    expect(tasksOf(actor)).toMatchObject([{ status: "FAILED" }]);
    expect(actor.status).toBe("done");
    const told = { to: `${SCOPE}/coordinator`, task: `${ADDRESS}/task/t1` };
    expect(actor.sent("coordinator.taskGone")).toMatchObject([told]);
  });
});
