import { describe, expect, it } from "vitest";
import type { PipelineContext } from "../../src/machines/pipelineProtocol.ts";
import type { ShipContext } from "../../src/machines/shipSteps.ts";
import { commandFor } from "../../src/machines/taskMessages.ts";
import type { TaskContext } from "../../src/machines/taskSteps.ts";
import { task as taskOf } from "../domain/fixtures/builders.ts";
import { DrivenActor, loaded, quote, SCOPE, shipState, T0 } from "./driver.ts";
import { IRON_PLAN, IRON_WORKER } from "./ironTrade.ts";

/** Fuel from the tank to the profit of a pipeline: ship, worker and pipeline each by itself. */
const PIPELINE = `${SCOPE}/coordinator/pipeline/p1`;
const OWNER = `${PIPELINE}/task/t1`;
const HEIR = `${SCOPE}/coordinator/liquidate/l1`;
const memo = { task: "p1.t1", pipeline: "p1" };
const docked = (waypoint: string) => shipState({ nav: "DOCKED", waypoint, fuelUnits: 100 });
const leg = (from: string, to: string) => ({
  from,
  to,
  mode: "CRUISE",
  distance: 10,
  seconds: 22,
  fuelUnits: 10,
  refuelFirst: true,
});
const settled = (value: object) => ({ result: "ok", value, sentAtMs: T0 });
const paid = (totalCredits: number) => settled({ agentCredits: 9_000, fuelUnits: 400, totalCredits });
/** What a tenth of a full tank is worth that has cost 800, and of what is left of it when 360 more were paid to fill it up. */
const FIRST_WAY = 80;
const SECOND_WAY = 108;
const travel = (commandId: string, waypoint: string) => ({
  type: "ship.command",
  claimant: OWNER,
  command: { kind: "travel", commandId, waypoint, memo },
});

describe("a ship that burns fuel", () => {
  const refuelInput = (actor: DrivenActor) =>
    actor.effects.flatMap((effect) => (effect.type === "startJob" && effect.src === "refuel" ? [effect.input] : []));

  /** On a way of two legs, about to pay for the first. */
  function refuelling(): DrivenActor {
    const ship = new DrivenActor("ship", `${SCOPE}/ship/S-1`, { scope: SCOPE, ship: docked("X1-A-1"), asOfMs: T0 });
    ship.send({ type: "ship.claim", claimant: OWNER, purpose: "COLLECT_SELL" }).send(travel("1", "X1-A-3"));
    return ship.finish("planRoute", { outcome: "route", legs: [leg("X1-A-1", "X1-A-2"), leg("X1-A-2", "X1-A-3")] });
  }
  /** From the pump where it is to the next stop, in orbit there. */
  function flown(actor: DrivenActor, to: string): DrivenActor {
    const { ship } = actor.context<ShipContext>();
    const nav = { waypoint: ship.waypoint, fuelUnits: 400, flightMode: "CRUISE", system: "X1-A", arrivalAtMs: undefined };
    actor.finish("orbit", settled({ ship: { ...nav, nav: "IN_ORBIT" } }));
    actor.finish("navigate", settled({ ship: { ...nav, nav: "IN_TRANSIT", waypoint: to, fuelUnits: 360, arrivalAtMs: T0 } }));
    return actor.fire(actor.timers()[0]?.event.type ?? "");
  }
  function dockedNow(actor: DrivenActor): DrivenActor {
    const { ship } = actor.context<ShipContext>();
    const { waypoint, fuelUnits, flightMode, system } = ship;
    const value = { ship: { nav: "DOCKED", waypoint, fuelUnits, flightMode, system, arrivalAtMs: undefined } };
    return actor.finish("dock", settled(value));
  }
  const seen = (waypoint: string) => ({ waypoint, quotes: [quote({ waypoint })], atMs: T0 });

  it("names task and pipeline to the ledger as a purchase does, and tells what was burnt once, with its answer [R002-61] [G13]", () => {
    const actor = refuelling();
    expect(refuelInput(actor)).toMatchObject([{ memo }]);
    flown(actor.finish("refuel", paid(800)), "X1-A-2");
    dockedNow(actor);
    expect(refuelInput(actor)).toMatchObject([{ memo }]);
    flown(actor.finish("refuel", paid(360)), "X1-A-3").finish("observe", seen("X1-A-3"));
    const fuelCredits = FIRST_WAY + SECOND_WAY;
    expect(actor.sent("ship.arrived")).toMatchObject([{ to: OWNER, commandId: "1", fuelCredits }]);
    // Nothing is paid for twice, and nothing is lost: what was not burnt is in the tank.
    expect(actor.context<ShipContext>().tankCredits).toBe(800 + 360 - fuelCredits);
    actor.send(travel("2", "X1-A-3")).finish("observe", seen("X1-A-3"));
    expect(actor.sent("ship.arrived")).toMatchObject([{ commandId: "2", fuelCredits: 0 }]);
  });

  it("asks nothing for fuel that it was first seen with, nor for a refuel before it is burnt [R002-61]", () => {
    const actor = refuelling();
    flown(actor.finish("refuel", settled({ agentCredits: 9_000, fuelUnits: 400, totalCredits: 0 })), "X1-A-2");
    expect(actor.context<ShipContext>()).toMatchObject({ tankCredits: 0, fuelCredits: 0 });
    dockedNow(actor).finish("refuel", paid(360));
    expect(actor.context<ShipContext>()).toMatchObject({ tankCredits: 360, fuelCredits: 0 });
  });

  it("tells of it with a failure too, and never with the refusal of another command [R002-61]", () => {
    const actor = flown(refuelling().finish("refuel", paid(800)), "X1-A-2").send(travel("2", "X1-A-3"));
    expect(actor.send(travel("3", "X1-A-3")).sent("ship.commandFailed")).toMatchObject([{ reason: "busy", fuelCredits: 0 }]);
    actor.finish("dock", { result: "refused", refusal: { name: "invalidDestination", message: "nowhere" } });
    actor.finish("readShip", { found: true, ship: docked("X1-A-2"), sentAtMs: T0 });
    expect(actor.sent("ship.commandFailed")).toMatchObject([{ to: OWNER, commandId: "1", fuelCredits: FIRST_WAY }]);
  });

  it("tells of it when it is lost before it can answer", () => {
    const actor = flown(refuelling().finish("refuel", paid(800)), "X1-A-2");
    actor.finish("dock", { result: "refused", refusal: { name: "unlisted", message: "no such ship" } });
    expect(actor.finish("readShip", { found: false, sentAtMs: T0 }).sent("ship.lost")).toMatchObject([
      { to: OWNER, fuelCredits: FIRST_WAY },
    ]);
  });

  it.each([
    ["released", { type: "ship.release", claimant: OWNER, reason: "stopped" }],
    ["given away", { type: "ship.transfer", from: OWNER, to: HEIR, purpose: "LIQUIDATE" }],
    ["taken back", { type: "ship.ownersGone", address: OWNER }],
  ])("flies for nobody from where it was %s in mid-flight: the next who claims it hears of no fuel [R002-61]", (_how, end) => {
    const actor = flown(refuelling().finish("refuel", paid(800)), "X1-A-2").send(end);
    actor.send({ type: "ship.claim", claimant: HEIR, purpose: "LIQUIDATE" });
    dockedNow(actor);
    expect(refuelInput(actor)).toMatchObject([{ memo: null }]);
    flown(actor.finish("refuel", paid(360)), "X1-A-3").finish("observe", seen("X1-A-3"));
    expect(actor.sent("ship.arrived")).toMatchObject([{ to: HEIR, fuelCredits: 0 }]);
    expect(actor.context<ShipContext>().tankCredits).toBe(800 + 360 - FIRST_WAY - SECOND_WAY);
  });
});

describe("a ship told not to burn", () => {
  const routeInput = (command: object) => {
    const ship = new DrivenActor("ship", `${SCOPE}/ship/S-1`, { scope: SCOPE, ship: docked("X1-A-1"), asOfMs: T0 });
    ship.send({ type: "ship.claim", claimant: OWNER, purpose: "COLLECT_SELL" });
    const { command: plain, ...rest } = travel("1", "X1-A-3");
    ship.send({ ...rest, command: { ...plain, ...command } });
    return ship.effects.flatMap((effect) => (effect.type === "startJob" && effect.src === "planRoute" ? [effect.input] : []));
  };

  it("asks for a route without it, and for the fastest where nothing was said", () => {
    expect(routeInput({ allowBurn: false })).toMatchObject([{ waypoint: "X1-A-3", allowBurn: false }]);
    expect(routeInput({})).toMatchObject([{ waypoint: "X1-A-3", allowBurn: true }]);
  });
});

describe("the worker of a task", () => {
  const source = quote({ waypoint: "X1-A-1" });
  const under = (actor: DrivenActor) => ({ commandId: actor.context<TaskContext>().commandId });
  const fuelOf = (actor: DrivenActor) => actor.context<TaskContext>().task.fuelCredits;
  function executing(change: object = {}): DrivenActor {
    return new DrivenActor("task", OWNER, { ...IRON_WORKER, ...change }).send({ type: "ship.granted", ship: shipState() });
  }
  const arrived = (actor: DrivenActor, fuelCredits: number, state = shipState(), quotes = [source]) =>
    actor.send({ type: "ship.arrived", ...under(actor), ship: state, quotes, fuelCredits });

  it("says on whose behalf its ship flies, and sums what the fuel of all its ways has cost [R002-61]", () => {
    const actor = executing();
    expect(actor.sent("ship.command")).toMatchObject([{ command: { kind: "travel", memo } }]);
    arrived(actor, 72).send({ type: "treasury.granted", id: OWNER, credits: 50_000 });
    const ship = loaded("IRON", 40);
    const bought = { side: "purchase", good: "IRON", units: 40, totalCredits: 4_000, ship, quotes: [source] };
    actor.send({ type: "ship.traded", ...under(actor), ...bought });
    const sink = quote({ waypoint: "X1-A-2", type: "IMPORT", supply: "SCARCE", askCredits: 400, bidCredits: 200 });
    arrived(actor, 36, loaded("IRON", 40, { waypoint: "X1-A-2" }), [sink]);
    const sold = { side: "sell", good: "IRON", units: 40, totalCredits: 8_000, quotes: [sink] };
    actor.send({ type: "ship.traded", ...under(actor), ...sold, ship: shipState({ waypoint: "X1-A-2" }) });
    expect(actor.output).toMatchObject({ task: { status: "COMPLETED", totalCostCredits: 4_000, fuelCredits: 108 } });
  });

  it("offers itself with what its ship may still burn on the way, and lets it fly in the pace of its plan", () => {
    const offers = (actor: DrivenActor) => actor.sent("coordinator.taskReady").map(({ task }) => task);
    const waiting = (change: object) => new DrivenActor("task", OWNER, { ...IRON_WORKER, ship: null, ...change });
    const expected = { ...IRON_WORKER.expected, revenueCredits: 4_000 };
    const paced = { maxApproachCredits: 100, allowBurn: false, expected };
    const actor = waiting({ ...paced, fuelCredits: 30 }).send({ type: "task.makeReady" });
    expect(offers(actor)).toMatchObject([{ maxApproachCredits: 70, allowBurn: false }]);
    const spent = waiting({ ...paced, fuelCredits: 130 }).send({ type: "task.makeReady" });
    expect(offers(spent)).toMatchObject([{ maxApproachCredits: 0 }]);
    // What was burnt in vain does not leave a task without a ship that still earns something.
    const worthy = { ...paced, expected: { ...expected, revenueCredits: 4_080 }, fuelCredits: 130 };
    expect(offers(waiting(worthy).send({ type: "task.makeReady" }))).toMatchObject([{ maxApproachCredits: 40 }]);
    const free = offers(waiting({}).send({ type: "task.makeReady" }));
    expect(free).toMatchObject([{ allowBurn: true }]);
    expect(free[0]).not.toHaveProperty("maxApproachCredits");
    expect(executing({ allowBurn: false }).sent("ship.command")).toMatchObject([
      { command: { kind: "travel", allowBurn: false } },
    ]);
  });

  it("lets its ship burn where an earlier version stored nothing of a pace [G4]", () => {
    const { allowBurn, ...earlier } = executing().context<TaskContext>();
    expect(allowBurn).toBe(true);
    expect(commandFor(earlier, "9")).toMatchObject({ kind: "travel", allowBurn: true });
  });

  it("counts fuel of a way that failed, and nothing twice: an answer is counted under its own command only", () => {
    const actor = executing();
    const stale = under(actor);
    const failed = { type: "ship.commandFailed", reason: "noRoute", detail: "", ship: shipState(), quotes: [], fuelCredits: 72 };
    actor.send({ ...failed, ...stale });
    expect(fuelOf(actor)).toBe(72);
    expect(fuelOf(actor.send({ ...failed, ...stale }))).toBe(72);
    expect(fuelOf(actor.send({ type: "ship.arrived", ...stale, ship: shipState(), quotes: [], fuelCredits: 72 }))).toBe(72);
  });

  it("keeps it over attempts, over a lost ship, and from a worker before it", () => {
    const actor = executing({ fuelCredits: 10 }).send({ type: "ship.lost", symbol: "S-1", destroyed: false, fuelCredits: 5 });
    actor.fire(actor.timers()[0]?.event.type ?? "");
    expect(actor.context<TaskContext>().task).toMatchObject({ status: "PENDING", retryCount: 1, fuelCredits: 15 });
  });
});

describe("a pipeline", () => {
  const first = { task: "t1", ship: "S-1" };
  const pipeline = (worth: object = {}) =>
    new DrivenActor("pipeline", PIPELINE, {
      scope: SCOPE,
      id: "p1",
      plan: { ...IRON_PLAN, ...worth },
      first,
      patienceMs: 60_000,
    });
  const task = taskOf({ id: "p1.t1", pipelineId: "p1", type: "COLLECT_SELL", good: "IRON", status: "EXECUTING" });
  const done = (fuelCredits: number) => ({
    task: { ...task, status: "COMPLETED", actualUnits: 40, totalCostCredits: 1_000, totalRevenueCredits: 1_050, fuelCredits },
  });

  it("has earned what is left when its fuel is paid, and leaves no product alone for its fuel [R002-61]", () => {
    const good = pipeline().finish("task/t1", done(30));
    expect(good.emitted("pipeline.completed")).toMatchObject([{ costCredits: 1_000, fuelCredits: 30, netProfitCredits: 20 }]);
    expect(good.output).toMatchObject({ netProfitCredits: 20, leaveAlone: false });
    const dear = pipeline().finish("task/t1", done(101)).output;
    expect(dear).toMatchObject({ netProfitCredits: -51, leaveAlone: false, reason: expect.stringContaining("loss of 51") });
    const feeding = pipeline({ feedWorthCredits: 101 }).finish("task/t1", done(101)).output;
    expect(feeding).toMatchObject({ netProfitCredits: -51, reason: null });
  });

  it("takes the last word of a worker of an earlier version, which says nothing of fuel", () => {
    const { fuelCredits, ...earlier } = done(0).task;
    expect(fuelCredits).toBe(0);
    expect(pipeline().finish("task/t1", { task: earlier }).output).toMatchObject({ netProfitCredits: 50 });
  });

  it("gives a worker that begins anew what the fuel of the one before it has cost [G8] [R000-20]", () => {
    const lost = { type: "pipeline.workerLost", child: "task/t1", task: { ...task, fuelCredits: 72 } };
    const actor = pipeline()
      .send({ ...lost, unitsAboard: 0 })
      .fail("task/t1", "Quarantined");
    expect(actor.children("task")).toMatchObject([{ input: { id: "p1.t1", fuelCredits: 72 } }]);
    expect(actor.context<PipelineContext>().tasks).toMatchObject([{ fuelCredits: 72 }]);
    // It may have been buying: nothing is done again before its ship has told.
    const inDoubt = pipeline()
      .send({ ...lost, unitsAboard: null })
      .fail("task/t1", "Quarantined");
    expect(inDoubt.children("task")).toEqual([]);
    const freed = (hasCargo: boolean) => ({ type: "pipeline.shipFreed", child: "task/t1", hasCargo });
    expect(inDoubt.send(freed(false)).children("task")).toMatchObject([{ input: { fuelCredits: 72 } }]);
  });
});
