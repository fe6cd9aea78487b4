import { describe, expect, it } from "vitest";
import type { CoordinatorContext } from "../../src/machines/coordinatorProtocol.ts";
import { DrivenActor, loaded, SCOPE, shipState } from "./driver.ts";

const ADDRESS = `${SCOPE}/coordinator`;
const SHIP = `${SCOPE}/ship/S-1`;
const TASK = `${ADDRESS}/pipeline/p1/task/t1`;
const timing = {
  gameSecondMs: 1000 / 60,
  discoveryMs: 1_000,
  dispatchMs: 1_000,
  supplyPollMs: 1_000,
  maxReadingAgeMs: 1_000,
  tourPauseMs: 10,
  pipelinePatienceMs: 60_000,
  productCooldownMs: 1_000,
};

function coordinator(): DrivenActor {
  return new DrivenActor("coordinator", ADDRESS, { scope: SCOPE, timing, maxFabrications: 2 });
}
const idle = (ship = shipState()) => ({ type: "coordinator.shipIdle", symbol: ship.symbol, ship });
const offer = (good: string) => ({
  type: "coordinator.taskReady",
  task: { id: TASK, priority: 10, startWaypoint: "X1-A-1", cargoUnits: 40, creditsPerShipSecond: 1, createdAtMs: 0 },
  good,
});
const found = (...verdicts: readonly object[]) => ({ type: "coordinator.cargoFound", verdicts });
const item = { good: "IRON", units: 5 };
const contextOf = (actor: DrivenActor) => actor.context<CoordinatorContext>();

describe("cargo that the coordinator finds", () => {
  it("goes with its ship to a READY task for it, once the ship is granted [R002-102] [R002-116]", () => {
    const actor = coordinator()
      .send(offer("IRON"))
      .send(idle(loaded("IRON", 5)));
    expect(actor.emitted("cargo.orphaned")).toMatchObject([{ ship: "S-1", cargo: "5 IRON", adoptedBy: "p1.t1" }]);
    expect(actor.sent("ship.claim")).toMatchObject([{ to: SHIP, claimant: ADDRESS }]);
    expect([actor.children("task"), contextOf(actor).idle]).toEqual([[], {}]);
    expect(actor.send(idle(loaded("IRON", 5))).effects).toEqual([]);
    actor.send({ type: "ship.granted", ship: loaded("IRON", 5) });
    expect(actor.sent("task.adopt")).toMatchObject([{ to: TASK, ship: "S-1" }]);
    expect(actor.sent("ship.transfer")).toMatchObject([{ to: SHIP, from: ADDRESS }]);
    const { adopting, ready } = contextOf(actor);
    expect({ adopting, ready }).toEqual({ adopting: {}, ready: {} });
  });

  it("is sold off when the task has found another ship before that, or takes other goods [R002-102]", () => {
    const late = coordinator()
      .send(offer("IRON"))
      .send(idle(loaded("IRON", 5)));
    late.send({ type: "coordinator.taskGone", task: TASK }).send({ type: "ship.granted", ship: loaded("IRON", 5) });
    expect(late.sent("task.adopt")).toEqual([]);
    expect(late.children("task").map((child) => child.input)).toMatchObject([{ type: "LIQUIDATE", good: "IRON" }]);
    expect(
      coordinator()
        .send(offer("GOLD"))
        .send(idle(loaded("IRON", 5)))
        .children("task"),
    ).toHaveLength(1);
  });

  it("in the way of a worker gets its LIQUIDATE task at once, and the worker stands back [R002-101] [R002-103]", () => {
    const verdict = { action: "liquidate", ship: "S-1", item, because: "mismatched", inTheWayOf: "p1.t1", to: TASK };
    const actor = coordinator().send(found(verdict));
    expect(actor.emitted("cargo.mismatched")).toMatchObject([{ ship: "S-1", cargo: "5 IRON" }]);
    expect(actor.children("task").map((child) => child.input)).toMatchObject([
      { ship: null, affinityShip: "S-1", priority: 100 },
    ]);
    expect(actor.sent("task.standBack")).toMatchObject([{ to: TASK, reason: "foreign cargo aboard: 5 IRON" }]);
    expect(actor.send(found(verdict)).children("task")).toEqual([]);
  });

  it("that its own task goes on with is only told [R002-100]", () => {
    const actor = coordinator().send(found({ action: "resume", ship: "S-1", taskId: "p1.t1", markPhase: true, to: TASK }));
    expect(actor.emitted("task.resumed")).toMatchObject([{ task: "p1.t1", ship: "S-1" }]);
    expect(actor.children("task")).toEqual([]);
  });

  it("of a task without a pipeline is left to the orphan, which hands it over as it ends [R000-34] [R000-39]", () => {
    const orphan = { action: "cancelOrphan", taskId: "p9.t1", ship: "S-1", releaseShip: false, reason: "", to: TASK };
    const actor = coordinator().send(found({ action: "liquidate", ship: "S-1", item, because: "orphaned", to: null }, orphan));
    expect(actor.sent("task.orphaned")).toMatchObject([{ to: TASK }]);
    expect(actor.children("task")).toEqual([]);
    actor.send({ type: "coordinator.cargoOrphaned", ship: loaded("IRON", 5), because: "orphaned" });
    expect(actor.children("task")).toHaveLength(1);
  });

  it("that is gone by the time the ship is ours leaves the ship free", () => {
    const actor = coordinator().send({ type: "coordinator.cargoOrphaned", ship: shipState(), because: "task_recovery" });
    expect(actor.sent("ship.release")).toMatchObject([{ to: SHIP, claimant: ADDRESS }]);
  });

  it("is sold off when its task's worker is gone before that, though the pipeline goes on with another [G9] [R002-102]", () => {
    const demand = { creditsPerHour: 0, referenceLift: 1, idleTraders: 0, markets: 0 };
    const task = { id: "t1", good: "IRON", source: "X1-A-1", target: "X1-A-2", units: 40 };
    const rest = { factories: [], sellMarket: "X1-A-2", expectedBidCredits: 1, units: 40 };
    const plan = { ...rest, product: "IRON", kind: "trade", tasks: [task], economics: { elapsedSeconds: 1, capitalCredits: 0 } };
    const begun = { assignments: [], pipelines: [{ plan, task: "t1", ship: "S-1" }], scouts: [], yields: [], orders: [], demand };
    const adopting = () =>
      coordinator()
        .send(idle())
        .finish("dispatch", begun)
        .send(found({ action: "adopt", ship: "S-2", taskId: "p1.t1", item, to: TASK }));
    const granted = { type: "ship.granted", ship: loaded("IRON", 5, { symbol: "S-2" }) };
    expect(adopting().send(granted).sent("task.adopt")).toHaveLength(1);
    const bereft = adopting().send({ type: "coordinator.actorsGone", address: TASK }).send(granted);
    expect(bereft.sent("task.adopt")).toEqual([]);
    expect(bereft.children("task").map((child) => child.input)).toMatchObject([{ type: "LIQUIDATE", good: "IRON" }]);
  });

  it("has a successor before the worker that was given up with it can be dismissed, and that one keeps it then [G9] [G10]", () => {
    const stranded = { type: "coordinator.cargoOrphaned", ship: loaded("IRON", 5), because: "task_recovery" };
    const actor = coordinator().send(stranded).fail("liquidate/1", "broken").send(stranded);
    expect(actor.children("task").map(({ id }) => id)).toEqual(["liquidate/2"]);
    expect(actor.sent("ship.transfer").at(-1)).toMatchObject({ to: SHIP, from: ADDRESS });
    actor.send({ type: "coordinator.actorsGone", address: `${ADDRESS}/liquidate/1` });
    expect(contextOf(actor).liquidations).toEqual({ "liquidate/2": { ship: "S-1", good: "IRON" } });
  });

  it("keeps a refused ship out of the books: nothing is adopted [R002-102]", () => {
    const actor = coordinator()
      .send(offer("IRON"))
      .send(idle(loaded("IRON", 5)));
    actor.send({ type: "ship.refused", symbol: "S-1", owner: TASK });
    expect(contextOf(actor).adopting).toEqual({});
    expect(Object.keys(contextOf(actor).ready)).toEqual([TASK]);
  });
});
