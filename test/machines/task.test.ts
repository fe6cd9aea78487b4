import { describe, expect, it } from "vitest";
import { DEFAULT_TRADE_SIZE } from "../../src/domain/tradeSize.ts";
import type { TaskContext } from "../../src/machines/taskSteps.ts";
import { DrivenActor, loaded, quote, SCOPE, shipState } from "./driver.ts";
import { IRON_WORKER } from "./ironTrade.ts";

const ADDRESS = `${SCOPE}/coordinator/pipeline/p1/task/t1`;
const SHIP = `${SCOPE}/ship/S-1`;
const SOURCE = "X1-A-1";
const SINK = "X1-A-2";
const input = IRON_WORKER;
const source = quote({ waypoint: SOURCE });
const sink = quote({ waypoint: SINK, type: "IMPORT", supply: "SCARCE", askCredits: 400, bidCredits: 200 });

function executing(change: Partial<typeof input> | { affinityShip: string } = {}): DrivenActor {
  return new DrivenActor("task", ADDRESS, { ...input, ...change }).send({ type: "ship.granted", ship: shipState() });
}
function taskOf(actor: DrivenActor) {
  return actor.context<TaskContext>().task;
}
function arrived(actor: DrivenActor, state = shipState(), quotes = [source]): DrivenActor {
  return actor.send({ type: "ship.arrived", commandId: commandOf(actor), ship: state, quotes });
}
function commandOf(actor: DrivenActor): string | null {
  return actor.context<TaskContext>().commandId;
}
function bought(actor: DrivenActor, units: number, quotes = [source]): DrivenActor {
  const state = loaded("IRON", units);
  return actor.send({
    type: "ship.traded",
    commandId: commandOf(actor),
    side: "purchase",
    good: "IRON",
    units,
    totalCredits: units * 100,
    ship: state,
    quotes,
  });
}
function granted(actor: DrivenActor, credits = 50_000): DrivenActor {
  return actor.send({ type: "treasury.granted", id: ADDRESS, credits });
}
/** With 40 IRON aboard, on the way to the sink. */
function underWay(change: Partial<typeof input> = {}): DrivenActor {
  return bought(bought(granted(arrived(executing(change))), 36), 40);
}

describe("the worker of a task", () => {
  it("claims its ship, and buys nothing before the purse has granted it [G14]", () => {
    const actor = new DrivenActor("task", ADDRESS, input);
    expect(actor.sent("ship.claim")).toMatchObject([{ to: SHIP, claimant: ADDRESS }]);
    actor.send({ type: "ship.granted", ship: shipState() });
    expect(actor.sent("ship.command")).toMatchObject([{ command: { kind: "travel", waypoint: SOURCE } }]);
    arrived(actor);
    expect(actor.sent("ship.command")).toEqual([]);
    expect(actor.sent("treasury.reserve")).toMatchObject([{ to: `${SCOPE}/treasury`, id: ADDRESS }]);
    expect(granted(actor).sent("ship.command")).toMatchObject([{ command: { kind: "purchase", units: 36 } }]);
  });

  it("marks its phase in the commit that sends the ship away, and gives back what it did not spend [R000-31] [R002-107]", () => {
    const actor = bought(granted(arrived(executing())), 36);
    expect(taskOf(actor).collectPhaseCompleted).toBe(false);
    bought(actor, 40);
    expect(taskOf(actor)).toMatchObject({ collectPhaseCompleted: true, status: "EXECUTING" });
    expect(actor.sent("ship.command")).toMatchObject([{ command: { kind: "travel", waypoint: SINK } }]);
    expect(actor.sent("treasury.release")).toHaveLength(1);
  });

  it("notes the units and the cost of each purchase, and of a command that came to nothing what failed [R002-75]", () => {
    const actor = bought(granted(arrived(executing())), 36);
    expect(taskOf(actor)).toMatchObject({ actualUnits: 36, totalCostCredits: 3_600 });
    const rest = { side: "purchase", good: "IRON", units: 4, totalCredits: 412, ship: loaded("IRON", 40), quotes: [source] };
    actor.send({ type: "ship.traded", commandId: commandOf(actor), ...rest });
    expect(taskOf(actor)).toMatchObject({ actualUnits: 40, totalCostCredits: 4_012 });
    const lost = executing();
    const failed = { reason: "noRoute", detail: "it is out of reach", ship: shipState(), quotes: [], fuelCredits: 0 };
    lost.send({ type: "ship.commandFailed", commandId: commandOf(lost), ...failed });
    expect(taskOf(lost)).toMatchObject({ retryCount: 1, errorMessage: "noRoute: it is out of reach", totalCostCredits: 0 });
  });

  it("sells by tranches, releases its ship and reports [R003-01] [R002-76]", () => {
    const actor = arrived(underWay(), loaded("IRON", 40, { waypoint: SINK }), [sink]);
    expect(actor.sent("ship.command")).toMatchObject([{ command: { kind: "sell", units: 40 } }]);
    const empty = shipState({ waypoint: SINK });
    const sold = { side: "sell", good: "IRON", units: 40, totalCredits: 8_000, ship: empty, quotes: [sink] };
    actor.send({ type: "ship.traded", commandId: commandOf(actor), ...sold });
    expect(actor.status).toBe("done");
    expect(actor.sent("ship.release")).toMatchObject([{ to: SHIP, reason: "completed" }]);
    expect(actor.output).toMatchObject({ task: { status: "COMPLETED", totalRevenueCredits: 8_000 } });
  });

  it("buys nothing when the price has moved past what the plan bears, and gives the ship back [R002-122]", () => {
    const actor = arrived(executing(), shipState(), [quote({ askCredits: 250 })]);
    expect(actor.sent("treasury.reserve")).toEqual([]);
    expect(actor.output).toMatchObject({ task: { status: "CANCELLED", totalCostCredits: 0 } });
    expect(actor.sent("ship.release")).toMatchObject([{ reason: "cancelled" }]);
  });

  it("with cargo aboard sells it before a cancellation ends it [R002-63]", () => {
    const actor = underWay().send({ type: "task.cancel", reason: "the chain loses" });
    expect(actor.status).toBe("active");
    arrived(actor, loaded("IRON", 40, { waypoint: SINK }), [sink]);
    expect(actor.sent("ship.command")).toMatchObject([{ command: { kind: "sell" } }]);
  });

  it("buys and tries as often as its configuration says [R002-25] [R002-56]", () => {
    const supplyShare = { ABUNDANT: 1, HIGH: 1, MODERATE: 0.1, LIMITED: 0.1, SCARCE: 0.1 };
    const work = { maxLossShare: 0.05, maxRetries: 5, tradeSize: { supplyShare, unknownSupplyShare: 0.4 } };
    const start = new DrivenActor("task", ADDRESS, { ...input, work }).send({ type: "ship.granted", ship: shipState() });
    const actor = arrived(start, shipState(), [quote({ waypoint: SOURCE, supply: "MODERATE", tradeVolume: 60 })]);
    actor.send({ type: "treasury.granted", id: ADDRESS, credits: 100_000 });
    expect(actor.sent("ship.command")).toMatchObject([{ command: { kind: "purchase", units: 6 } }]);
    expect(taskOf(actor).maxRetries).toBe(5);
  });

  it("stopped by hand sells what is aboard and lets its ship go as stopped [R003-08] [R003-03]", () => {
    const actor = underWay().send({ type: "task.cancel", reason: "stopped by hand", stopped: true });
    arrived(actor, loaded("IRON", 40, { waypoint: SINK }), [sink]);
    const empty = shipState({ waypoint: SINK });
    const sold = { side: "sell", good: "IRON", units: 40, totalCredits: 8_000, ship: empty, quotes: [sink] };
    actor.send({ type: "ship.traded", commandId: commandOf(actor), ...sold });
    expect(actor.sent("ship.release")).toMatchObject([{ to: SHIP, reason: "stopped" }]);
    const flying = executing().send({ type: "task.cancel", reason: "stopped by hand", stopped: true });
    expect(arrived(flying).sent("ship.release")).toMatchObject([{ reason: "stopped" }]);
    expect(flying.sent("treasury.reserve")).toEqual([]);
  });

  it("tries again later where its ship saw no prices, and fails with that reason, not with that of a good that is not sold", () => {
    const actor = executing();
    const reason = `no prices were seen at ${SOURCE}`;
    for (const attempt of [1, 2]) {
      arrived(actor, shipState(), []);
      expect([actor.value, taskOf(actor).retryCount, taskOf(actor).errorMessage]).toEqual(["backingOff", attempt, reason]);
      actor.fire(actor.timers()[0]?.event.type ?? "").send({ type: "task.makeReady" });
      actor.send({ type: "task.assign", ship: "S-1" }).send({ type: "ship.granted", ship: shipState() });
    }
    expect(arrived(actor, shipState(), []).status).toBe("done");
    expect(taskOf(actor)).toMatchObject({ status: "FAILED", errorMessage: reason });
    const unsold = arrived(executing(), shipState(), [quote({ waypoint: SOURCE, good: "COPPER" })]);
    expect(taskOf(unsold)).toMatchObject({ status: "CANCELLED", errorMessage: `IRON is not sold at ${SOURCE}` });
    const stopped = executing().send({ type: "task.cancel", reason: "stopped by hand", stopped: true });
    expect(taskOf(arrived(stopped, shipState(), []))).toMatchObject({ status: "CANCELLED", errorMessage: "stopped by hand" });
  });

  it("waits for HIGH at the factory without using up a retry [R002-111] [R002-60]", () => {
    const actor = executing({ awaitsProduction: true });
    arrived(actor, shipState(), [quote({ supply: "MODERATE" })]);
    expect(taskOf(actor)).toMatchObject({ status: "PENDING", retryCount: 0 });
    expect(actor.sent("ship.release")).toHaveLength(1);
    expect(actor.sent("pipeline.taskPending")).toMatchObject([{ task: "p1.t1" }]);
  });

  it("collects below HIGH once its chain waits no longer [R002-53]", () => {
    const actor = executing({ awaitsProduction: true }).send({ type: "task.waitNoLonger" });
    arrived(actor, shipState(), [quote({ supply: "MODERATE" })]);
    expect(taskOf(actor)).toMatchObject({ status: "EXECUTING", awaitsProduction: false });
    expect(actor.sent("treasury.reserve")).toHaveLength(1);
  });

  it("lets its ship go as soon as it has delivered, however long the product will take, and collects with none until then [R002-02]", () => {
    const feeding = { type: "ACQUIRE_DELIVER", feedsGood: "TOOLS" } as unknown as Partial<typeof input>;
    const product = quote({ waypoint: SINK, good: "TOOLS", supply: "SCARCE" });
    const actor = arrived(underWay(feeding), loaded("IRON", 40, { waypoint: SINK }), [sink, product]);
    const quotes = [{ ...sink, supply: "MODERATE" }, product];
    const sold = { side: "sell", good: "IRON", units: 40, totalCredits: 8_000, ship: shipState({ waypoint: SINK }), quotes };
    actor.send({ type: "ship.traded", commandId: commandOf(actor), ...sold });
    expect([actor.status, actor.timers()]).toEqual(["done", []]);
    expect(actor.sent("ship.release")).toMatchObject([{ to: SHIP, reason: "completed" }]);
    expect([...actor.sent("ship.command"), ...actor.sent("ship.transfer")]).toEqual([]);

    const collecting = { good: "TOOLS", awaitsProduction: true, dependsOn: ["p1.t1"], ship: null };
    const collector = new DrivenActor("task", `${SCOPE}/coordinator/pipeline/p1/task/t2`, { ...input, ...collecting });
    expect(collector.value).toBe("pending");
    expect([...collector.sent("ship.claim"), ...collector.sent("coordinator.taskReady")]).toEqual([]);
    collector.send({ type: "task.makeReady" });
    expect([collector.sent("coordinator.taskReady").length, collector.sent("ship.claim")]).toEqual([1, []]);
  });

  it("looks for another market when the bid has fallen by more than a quarter, and sells anyway where there is none", () => {
    const actor = arrived(underWay(), loaded("IRON", 40, { waypoint: SINK }), [sink]);
    const rest = loaded("IRON", 20, { waypoint: SINK });
    const fallen = { ...sink, bidCredits: 120 };
    const sold = { side: "sell", good: "IRON", units: 20, totalCredits: 4_000, ship: rest, quotes: [fallen] };
    actor.send({ type: "ship.traded", commandId: commandOf(actor), ...sold });
    expect(actor.jobs()).toEqual(["chooseSink"]);
    actor.finish("chooseSink", { waypoint: SINK });
    expect(actor.sent("ship.command")).toMatchObject([{ command: { kind: "sell", units: 20 } }]);
  });

  it("looks for another market when its planned one pays far less than planned, and says so [R002-122]", () => {
    const fallen = quote({ waypoint: SINK, type: "IMPORT", supply: "ABUNDANT", askCredits: 200, bidCredits: 100 });
    const actor = arrived(underWay(), loaded("IRON", 40, { waypoint: SINK }), [fallen]);
    expect(actor.jobs()).toEqual(["chooseSink"]);
    actor.finish("chooseSink", { waypoint: "X1-A-3" });
    expect(actor.emitted("task.diverted")).toMatchObject([{ ship: "S-1", good: "IRON", from: SINK, to: "X1-A-3" }]);
    expect(actor.sent("ship.command")).toMatchObject([{ command: { kind: "travel", waypoint: "X1-A-3" } }]);
  });

  it("sells an input to its factory at what that pays, and off at the best market once its chain has ended [R002-122] [R002-123]", () => {
    const fallen = quote({ waypoint: SINK, type: "IMPORT", supply: "ABUNDANT", askCredits: 200, bidCredits: 100 });
    const feeding = { type: "ACQUIRE_DELIVER", feedsGood: "TOOLS" } as unknown as Partial<typeof input>;
    const there = loaded("IRON", 40, { waypoint: SINK });
    expect(arrived(underWay(feeding), there, [fallen]).sent("ship.command")).toMatchObject([{ command: { kind: "sell" } }]);
    const actor = underWay(feeding).send({ type: "task.cancel", reason: "the factory has closed" });
    expect(arrived(actor, there, [fallen]).jobs()).toEqual(["chooseSink"]);
  });

  it("that fails for good with cargo hands ship and cargo to the coordinator in the same commit [G10]", () => {
    const actor = underWay();
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      const failed = { reason: "trouble", detail: "again", ship: loaded("IRON", 40), quotes: [] };
      actor.send({ type: "ship.commandFailed", commandId: commandOf(actor), ...failed });
      if (attempt === 3) break;
      expect(actor.value).toBe("retryingWithCargo");
      const timer = actor.timers()[0];
      actor.fire(timer?.event.type ?? "").send({ type: "ship.granted", ship: loaded("IRON", 40) });
      actor.finish("chooseSink", { waypoint: SINK });
    }
    expect(taskOf(actor).status).toBe("FAILED");
    const coordinator = `${SCOPE}/coordinator`;
    expect(actor.sent("ship.transfer")).toMatchObject([{ to: SHIP, from: ADDRESS }]);
    expect(actor.sent("coordinator.cargoOrphaned")).toMatchObject([{ to: coordinator, ship: { cargoUnits: 40 } }]);
    expect(actor.sent("ship.release")).toEqual([]);
  });

  it("without a market for its cargo holds it and looks again, never idle and never lost [R002-104] [R002-85] [R002-106]", () => {
    const liquidate = { type: "LIQUIDATE", pipelineId: null, source: null, target: null, expected: null, affinityShip: "S-1" };
    const actor = new DrivenActor("task", `${SCOPE}/coordinator/liquidate/1`, { ...input, ...liquidate });
    actor.send({ type: "ship.granted", ship: loaded("IRON", 5) });
    expect(actor.jobs()).toEqual(["chooseSink"]);
    actor.finish("chooseSink", { waypoint: null });
    expect(actor.value).toEqual({ executing: "holding" });
    expect(actor.fire(actor.timers()[0]?.event.type ?? "").jobs()).toEqual(["chooseSink"]);
  });

  it("looks again for a price where it saw none, however often, and sells when it sees one [R002-104] [R000-05]", () => {
    const liquidate = { type: "LIQUIDATE", pipelineId: null, source: null, target: null, expected: null, affinityShip: "S-1" };
    const actor = new DrivenActor("task", `${SCOPE}/coordinator/liquidate/1`, { ...input, ...liquidate });
    const ship = loaded("IRON", 5, { waypoint: SINK });
    const arrived = (quotes: readonly object[]) =>
      actor.send({ type: "ship.arrived", commandId: actor.context<TaskContext>().commandId, ship, quotes, fuelCredits: 0 });
    actor.send({ type: "ship.granted", ship });
    for (let look = 1; look <= 9; look += 1) {
      if (actor.jobs().length === 0) actor.fire(actor.timers()[0]?.event.type ?? "");
      actor.finish("chooseSink", { waypoint: SINK });
      expect(actor.sent("ship.command")).toMatchObject([{ command: { kind: "travel", waypoint: SINK } }]);
      arrived([]);
    }
    expect(actor.value).toEqual({ executing: "holding" });
    actor.fire(actor.timers()[0]?.event.type ?? "").finish("chooseSink", { waypoint: SINK });
    arrived([quote({ waypoint: SINK, type: "IMPORT", bidCredits: 200 })]);
    expect(actor.sent("ship.command")).toMatchObject([{ command: { kind: "sell", good: "IRON", units: 5 } }]);
  });

  it("that sells off is born assigned to its ship, or ready for that ship alone [R002-106]", () => {
    const liquidate = { type: "LIQUIDATE", pipelineId: null, source: null, target: null, expected: null, affinityShip: "S-1" };
    const born = (ship: string | null) => new DrivenActor("task", ADDRESS, { ...input, ...liquidate, ship });
    const [assigned, ready] = [born("S-1"), born(null)];
    expect([taskOf(assigned).status, assigned.sent("ship.claim")]).toMatchObject(["ASSIGNED", [{ to: SHIP }]]);
    expect([taskOf(ready).status, ready.sent("ship.claim")]).toEqual(["READY", []]);
    expect(ready.sent("coordinator.taskReady")).toMatchObject([{ task: { id: ADDRESS, affinityShip: "S-1" } }]);
  });

  it("does not wait for ever for a ship that never answers, and gives back one that answers too late [G9] [R002-112]", () => {
    const actor = new DrivenActor("task", ADDRESS, input);
    actor.fire(actor.timers()[0]?.event.type ?? "");
    expect(actor.sent("ship.release")).toMatchObject([{ to: SHIP, claimant: ADDRESS, reason: "unanswered", answer: true }]);
    expect(actor.sent("coordinator.taskReady")).toHaveLength(1);
    expect(taskOf(actor.send({ type: "ship.released", symbol: "S-1" }))).toMatchObject({ status: "READY", retryCount: 0 });
    actor.send({ type: "ship.granted", ship: shipState() });
    expect(actor.sent("ship.release")).toMatchObject([{ to: SHIP, claimant: ADDRESS }]);
    actor.send({ type: "task.assign", ship: "S-2" }).send({ type: "ship.granted", ship: shipState() });
    expect(actor.sent("ship.release")).toMatchObject([{ to: SHIP }]);
    expect(taskOf(actor).status).toBe("ASSIGNED");
    actor.send({ type: "ship.granted", ship: shipState({ symbol: "S-2" }) });
    expect(taskOf(actor).status).toBe("EXECUTING");
  });

  it("offers itself again while it waits for a ship, and says that it has before [G8] [R002-71]", () => {
    const actor = new DrivenActor("task", ADDRESS, { ...input, ship: null }).send({ type: "task.makeReady" });
    expect(actor.sent("coordinator.taskReady")).toMatchObject([{ task: { id: ADDRESS }, again: false }]);
    const [timer] = actor.timers();
    expect(timer).toMatchObject({ delayMs: 60_000 });
    actor.fire(timer?.event.type ?? "");
    expect(actor.sent("coordinator.taskReady")).toMatchObject([{ task: { id: ADDRESS }, again: true }]);
    expect(actor.timers()).toHaveLength(1);
    const refused = actor.send({ type: "task.assign", ship: "S-1" }).send({ type: "ship.refused", symbol: "S-1", owner: "x" });
    expect(refused.sent("coordinator.taskReady")).toMatchObject([{ again: false }]);
  });

  it("asks again for a ship that says it is not ours, before it commands anything else [G9] [G12] [R000-14] [R004-07]", () => {
    const actor = underWay();
    const state = loaded("IRON", 40);
    const refused = { reason: "notYourShip", detail: "claimed by nobody", ship: state, quotes: [] };
    actor.send({ type: "ship.commandFailed", commandId: commandOf(actor), ...refused });
    expect(actor.sent("ship.claim")).toMatchObject([{ to: SHIP, claimant: ADDRESS }]);
    expect(taskOf(actor)).toMatchObject({ status: "ASSIGNED", retryCount: 0, collectPhaseCompleted: true });
    actor.send({ type: "ship.granted", ship: state });
    expect(actor.sent("ship.command")).toMatchObject([{ command: { kind: "travel", waypoint: SINK } }]);
  });

  it("gives back the money that is on its way when its ship is lost [G14]", () => {
    const actor = arrived(executing());
    expect(actor.sent("treasury.reserve")).toHaveLength(1);
    actor.send({ type: "ship.lost", symbol: "S-1", destroyed: false });
    expect(actor.sent("treasury.release")).toMatchObject([{ to: `${SCOPE}/treasury`, id: ADDRESS }]);
  });

  it("fails for good when its cargo is destroyed with its ship, and tries another ship when nothing was aboard [R002-120]", () => {
    const destroyed = { type: "ship.lost", symbol: "S-1", destroyed: true };
    const empty = arrived(executing()).send(destroyed);
    expect([empty.value, empty.context<TaskContext>().task.status]).toEqual(["backingOff", "PENDING"]);
    const laden = underWay().send(destroyed);
    expect(laden.output).toMatchObject({ task: { status: "FAILED", errorMessage: "the ship is destroyed" } });
    expect([...laden.sent("ship.transfer"), ...laden.sent("coordinator.cargoOrphaned")]).toEqual([]);
  });

  it("lets its ship go once, whichever way it ends, and lets none go that it never had [R003-06] [R003-07]", () => {
    const work = { maxLossShare: 0.05, maxRetries: 1, tradeSize: DEFAULT_TRADE_SIZE };
    const trouble = { reason: "trouble", detail: "x", ship: shipState(), quotes: [] };
    const empty = {
      side: "sell",
      good: "IRON",
      units: 40,
      totalCredits: 8_000,
      ship: shipState({ waypoint: SINK }),
      quotes: [sink],
    };
    const selling = arrived(underWay(), loaded("IRON", 40, { waypoint: SINK }), [sink]);
    const last = new DrivenActor("task", ADDRESS, { ...input, work }).send({ type: "ship.granted", ship: shipState() });
    const stop = { type: "task.cancel", reason: "by hand", stopped: true };
    const ends = {
      completed: selling.send({ type: "ship.traded", commandId: commandOf(selling), ...empty }),
      failed: last.send({ type: "ship.commandFailed", commandId: commandOf(last), ...trouble }),
      cancelled: arrived(executing(), shipState(), [quote({ askCredits: 250 })]),
      stopped: arrived(executing().send(stop)),
      orphaned_task: executing().send({ type: "task.orphaned" }),
    };
    for (const [reason, actor] of Object.entries(ends)) {
      expect([reason, actor.status]).toEqual([reason, "done"]);
      expect(actor.sent("ship.release")).toMatchObject([{ to: SHIP, claimant: ADDRESS, reason }]);
    }
    const without = () => new DrivenActor("task", ADDRESS, { ...input, ship: null });
    for (const end of [stop, { type: "task.orphaned" }])
      for (const actor of [without(), without().send({ type: "task.makeReady" })]) {
        expect(actor.send(end).status).toBe("done");
        expect([...actor.sent("ship.release"), ...actor.sent("ship.transfer")]).toEqual([]);
      }
  });

  it("does one task, by its type, and takes no other afterwards [R002-74]", () => {
    const first = (change: object) =>
      new DrivenActor("task", ADDRESS, { ...input, ...change }).send({ type: "ship.granted", ship: loaded("IRON", 5) });
    const travel = { command: { kind: "travel", waypoint: SOURCE } };
    for (const type of ["ACQUIRE_DELIVER", "COLLECT_DELIVER", "COLLECT_SELL"])
      expect(first({ type }).sent("ship.command")).toMatchObject([travel]);
    const liquidating = first({ type: "LIQUIDATE", pipelineId: null, source: null, target: null, expected: null });
    expect([liquidating.sent("ship.command"), liquidating.jobs()]).toEqual([[], ["chooseSink"]]);
    const [acquired, collected] = ["ACQUIRE_DELIVER", "COLLECT_SELL"].map((type) => taskOf(underWay({ type })));
    expect(acquired).toMatchObject({ acquirePhaseCompleted: true, collectPhaseCompleted: false });
    expect(collected).toMatchObject({ acquirePhaseCompleted: false, collectPhaseCompleted: true });
    const ended = arrived(underWay(), shipState({ waypoint: SINK }), [sink]);
    expect(ended.status).toBe("done");
    expect(() => ended.send({ type: "task.assign", ship: "S-2" })).toThrow("the actor is done");
  });

  it("ends when it is refused the ship after it was told to end", () => {
    const actor = new DrivenActor("task", ADDRESS, input).send({ type: "task.cancel", reason: "the chain loses" });
    actor.send({ type: "ship.refused", symbol: "S-1", owner: "another" });
    expect(actor.output).toMatchObject({ task: { status: "CANCELLED", errorMessage: "the chain loses" } });
  });
});

describe("a worker whose cargo, ship or pipeline is not what it expects", () => {
  it("gives back a ship whose hold others fill before it has bought anything, and waits for another [R002-101] [R002-103]", () => {
    const actor = executing().send({ type: "task.standBack", reason: "foreign cargo aboard" });
    arrived(actor, loaded("GOLD", 3));
    expect(actor.value).toBe("pending");
    expect(actor.sent("ship.release")).toMatchObject([{ to: SHIP, reason: "waiting" }]);
    expect(actor.sent("pipeline.taskPending")).toHaveLength(1);
    expect(taskOf(actor).retryCount).toBe(0);
  });

  it("goes on with its own cargo, whatever else is aboard [R002-101]", () => {
    const actor = underWay().send({ type: "task.standBack", reason: "foreign cargo aboard" });
    expect(actor.value).toEqual({ executing: "moving" });
  });

  it("begins with cargo that is found for it, also before its turn, and buys nothing twice [R002-102] [R002-107] [R002-116]", () => {
    const actor = new DrivenActor("task", ADDRESS, { ...input, ship: null, dependsOn: ["p1.t0"] });
    expect(actor.send({ type: "task.adopt", ship: "S-1" }).sent("ship.claim")).toMatchObject([{ to: SHIP, claimant: ADDRESS }]);
    actor.send({ type: "ship.granted", ship: loaded("IRON", 40) });
    expect(actor.value).toEqual({ executing: "moving" });
    expect(taskOf(actor)).toMatchObject({ collectPhaseCompleted: true, totalCostCredits: 0 });
    expect(actor.emitted("task.purchaseSkipped")).toMatchObject([{ ship: "S-1", good: "IRON" }]);
  });

  it("gives a second ship back that comes to it while it works with its own", () => {
    const actor = executing().send({ type: "ship.granted", ship: shipState({ symbol: "S-2" }) });
    expect(actor.sent("ship.release")).toMatchObject([{ to: `${SCOPE}/ship/S-2`, claimant: ADDRESS }]);
  });

  it("is done when nothing is left to sell and the mark says that it was aboard [R002-109] [R002-110]", () => {
    for (const type of ["COLLECT_SELL", "ACQUIRE_DELIVER"]) {
      const actor = underWay({ type, feedsGood: null });
      arrived(actor, shipState({ waypoint: SINK }), [sink]);
      expect(actor.output).toMatchObject({ task: { status: "COMPLETED" } });
      expect(actor.emitted("task.nothingLeft")).toMatchObject([{ taskType: type, ship: "S-1" }]);
    }
    const unproven = arrived(executing(), shipState({ waypoint: SINK }), [sink]);
    expect(unproven.output).toBeUndefined();
  });

  it("ends when its pipeline does not exist: the empty ship is free as orphaned_task [R000-34] [R000-38]", () => {
    const actor = executing().send({ type: "task.orphaned" });
    expect(actor.output).toMatchObject({ task: { status: "CANCELLED", errorMessage: "orphaned task - no pipeline" } });
    expect(actor.sent("ship.release")).toMatchObject([{ to: SHIP, reason: "orphaned_task" }]);
    expect(new DrivenActor("task", ADDRESS, { ...input, ship: null }).send({ type: "task.orphaned" }).status).toBe("done");
  });

  it("hands ship and cargo over in the commit that ends it as an orphan [R000-35] [R000-37] [R000-39]", () => {
    const actor = underWay().send({ type: "task.orphaned" });
    expect(actor.status).toBe("done");
    expect(actor.sent("ship.transfer")).toMatchObject([{ to: SHIP, from: ADDRESS, purpose: "LIQUIDATE" }]);
    expect(actor.sent("coordinator.cargoOrphaned")).toMatchObject([{ ship: { cargoUnits: 40 } }]);
    expect(actor.sent("ship.release")).toEqual([]);
  });

  it("says once that stranded cargo has a market, which, and by what rule, or that it has none [R002-104] [R002-105]", () => {
    const liquidate = { type: "LIQUIDATE", pipelineId: null, source: null, target: null, expected: null, affinityShip: "S-1" };
    const holding = (): DrivenActor =>
      new DrivenActor("task", ADDRESS, { ...input, ...liquidate }).send({ type: "ship.granted", ship: loaded("IRON", 7) });
    const sold = holding().finish("chooseSink", { waypoint: SINK, rule: "anyImport" });
    expect(sold.emitted("cargo.marketChosen")).toMatchObject([{ units: 7, good: "IRON", waypoint: SINK, rule: "anyImport" }]);
    const kept = holding().finish("chooseSink", { waypoint: null, rule: null });
    expect(kept.emitted("cargo.unsellable")).toMatchObject([{ ship: "S-1", good: "IRON", units: 7 }]);
    kept.fire(kept.timers()[0]?.event.type ?? "").finish("chooseSink", { waypoint: null, rule: null });
    expect(kept.emitted("cargo.unsellable")).toEqual([]);
  });
});
