import { describe, expect, it } from "vitest";
import type { ShipContext } from "../../src/machines/shipSteps.ts";
import { DrivenActor, quote, SCOPE, shipState, T0 } from "./driver.ts";

const OWNER = `${SCOPE}/coordinator/pipeline/p1/task/t1`;
const OTHER = `${SCOPE}/tour/S-1`;

function ship(state = shipState()): DrivenActor {
  return new DrivenActor("ship", `${SCOPE}/ship/S-1`, { scope: SCOPE, ship: state, asOfMs: T0 });
}
function claimed(state = shipState()): DrivenActor {
  return ship(state).send({ type: "ship.claim", claimant: OWNER, purpose: "COLLECT_SELL" });
}
const travel = (waypoint: string, commandId = "1") => ({
  type: "ship.command",
  claimant: OWNER,
  command: { kind: "travel", commandId, waypoint },
});
const memo = { task: "p1.t1", pipeline: "p1" };
const purchase = { kind: "purchase", commandId: "2", waypoint: "X1-A-1", good: "IRON", units: 20, memo };
const leg = { from: "X1-A-1", to: "X1-A-2", mode: "CRUISE", distance: 10, seconds: 22, fuelUnits: 10, refuelFirst: false };
const flying = {
  nav: "IN_TRANSIT",
  waypoint: "X1-A-2",
  arrivalAtMs: T0 + 5_000,
  fuelUnits: 390,
  flightMode: "CRUISE",
  system: "X1-A",
} as const;

describe("a ship", () => {
  it("is granted to one claimant and refuses another, who hears who has it [G9] [R003-13]", () => {
    const actor = claimed();
    expect(actor.sent("ship.granted")).toMatchObject([{ to: OWNER }]);
    actor.send({ type: "ship.claim", claimant: OTHER, purpose: "tour" });
    expect(actor.sent("ship.refused")).toMatchObject([{ to: OTHER, owner: OWNER }]);
    expect(actor.context<ShipContext>().claim?.owner).toBe(OWNER);
  });

  it("is not freed by an owner of the past, and twice released is released once [R003-10] [R003-11] [R003-12]", () => {
    const actor = claimed();
    actor.send({ type: "ship.release", claimant: OTHER, reason: "stopped" });
    expect(actor.context<ShipContext>().claim?.owner).toBe(OWNER);
    actor.send({ type: "ship.release", claimant: OWNER, reason: "completed" });
    expect(actor.context<ShipContext>().claim).toBeNull();
    expect(actor.sent("coordinator.shipIdle")).toHaveLength(1);
    actor.send({ type: "ship.release", claimant: OWNER, reason: "completed" });
    expect(actor.sent("coordinator.shipIdle")).toHaveLength(0);
  });

  it("plans, orbits, flies by a deadline on the game's arrival time, observes and answers once [G4]", () => {
    const actor = claimed(shipState({ nav: "DOCKED" })).send(travel("X1-A-2"));
    expect(actor.jobs()).toEqual(["planRoute"]);
    expect(actor.finish("planRoute", { outcome: "route", legs: [leg] }).jobs()).toEqual(["orbit"]);
    const inOrbit = { ...flying, nav: "IN_ORBIT", waypoint: "X1-A-1", arrivalAtMs: undefined };
    expect(actor.finish("orbit", { result: "ok", value: { ship: inOrbit }, sentAtMs: T0 }).jobs()).toEqual(["navigate"]);
    actor.finish("navigate", { result: "ok", value: { ship: flying }, sentAtMs: T0 });
    const [timer] = actor.timers();
    expect(timer).toMatchObject({ nature: "deadline" });
    expect(timer?.delayMs).toBeGreaterThanOrEqual(5_000);
    actor.nowMs = T0 + 5_200;
    expect(actor.fire(timer?.event.type ?? "").jobs()).toEqual(["observe"]);
    const listing = { waypoint: "X1-A-2", exports: [], imports: ["IRON"], exchange: [] };
    const quotes = [quote({ waypoint: "X1-A-2", type: "IMPORT" })];
    actor.finish("observe", { waypoint: "X1-A-2", listing, quotes, hulls: undefined, atMs: actor.nowMs });
    expect(actor.sent("ship.arrived")).toMatchObject([{ to: OWNER, commandId: "1", ship: { waypoint: "X1-A-2" } }]);
    expect(actor.sent("universe.marketObserved")).toHaveLength(1);
    expect(actor.value).toBe("resting");
  });

  it("sends no request to go where it is [R002-84] [R002-108] [G11]", () => {
    expect(claimed().send(travel("X1-A-1")).jobs()).toEqual(["observe"]);
  });

  it("docks before it buys, tells the purse, and answers with the prices after the trade [R002-75]", () => {
    const actor = claimed().send({ type: "ship.command", claimant: OWNER, command: purchase });
    expect(actor.jobs()).toEqual(["dock"]);
    const docked = { ...flying, nav: "DOCKED", waypoint: "X1-A-1", arrivalAtMs: undefined };
    expect(actor.finish("dock", { result: "ok", value: { ship: docked }, sentAtMs: T0 }).jobs()).toEqual(["purchase"]);
    const cargo = { cargo: [{ good: "IRON", units: 20 }], cargoUnits: 20, cargoCapacity: 40 };
    const value = { agentCredits: 9_000, ship: cargo, units: 20, unitPriceCredits: 100, totalCredits: 2_000, atMs: T0 };
    actor.finish("purchase", { result: "ok", value, sentAtMs: T0 + 7 });
    expect(actor.sent("treasury.creditsObserved")).toMatchObject([{ credits: 9_000, sentAtMs: T0 + 7 }]);
    const after = quote({ askCredits: 104 });
    actor.finish("observe", { waypoint: "X1-A-1", quotes: [after], atMs: T0 + 9 });
    expect(actor.sent("ship.traded")).toMatchObject([
      { commandId: "2", units: 20, totalCredits: 2_000, quotes: [{ askCredits: 104 }] },
    ]);
  });

  it("reads itself again after a refusal and adopts what the game says [G11]", () => {
    const actor = claimed()
      .send(travel("X1-A-2"))
      .finish("planRoute", { outcome: "route", legs: [leg] });
    actor.finish("navigate", { result: "refused", refusal: { name: "inTransitTo", message: "in transit" } });
    expect(actor.jobs()).toEqual(["readShip"]);
    actor.finish("readShip", { found: true, ship: shipState({ ...flying, nav: "IN_TRANSIT" }), sentAtMs: T0 });
    expect(actor.value).toBe("flying");
  });

  it("does not repeat what would be refused again: the commander hears why [R002-75]", () => {
    const docked = shipState({ nav: "DOCKED" });
    const actor = claimed(docked).send({ type: "ship.command", claimant: OWNER, command: purchase });
    actor.finish("purchase", { result: "refused", refusal: { name: "insufficientCreditsForCargo", message: "poor" } });
    actor.finish("readShip", { found: true, ship: docked, sentAtMs: T0 });
    expect(actor.sent("ship.commandFailed")).toMatchObject([{ to: OWNER, reason: "insufficientCreditsForCargo" }]);
  });

  it("takes commands from its claimant only and keeps one more waiting", () => {
    const actor = claimed().send(travel("X1-A-2"));
    actor.send({ ...travel("X1-A-3"), claimant: OTHER });
    expect(actor.sent("ship.commandFailed")).toMatchObject([{ to: OTHER, reason: "notYourShip" }]);
    actor.send(travel("X1-A-3", "2"));
    expect(actor.effects).toEqual([]);
    actor.send(travel("X1-A-4", "3"));
    expect(actor.sent("ship.commandFailed")).toMatchObject([{ reason: "busy", commandId: "3" }]);
  });

  it("that the game no longer knows says so to its claimant and ends [R002-120]", () => {
    const actor = claimed()
      .send(travel("X1-A-2"))
      .finish("planRoute", { outcome: "route", legs: [leg] });
    actor.finish("navigate", { result: "refused", refusal: { name: "unlisted", message: "no such ship" } });
    actor.finish("readShip", { found: false, sentAtMs: T0 });
    expect(actor.sent("ship.lost")).toMatchObject([{ to: OWNER, destroyed: true }]);
    expect(actor.sent("agent.shipLost")).toHaveLength(1);
    expect(actor.status).toBe("done");
  });

  it("looks for itself, at rest and in flight, when it is not among our ships any more [R002-120]", () => {
    const actor = ship().send({ type: "ship.unlisted" });
    expect(actor.jobs()).toEqual(["readShip"]);
    actor.finish("readShip", { found: true, ship: shipState(flying), sentAtMs: T0 });
    expect(actor.value).toBe("flying");
    expect(actor.send({ type: "ship.unlisted" }).jobs()).toEqual(["readShip"]);
    expect(actor.finish("readShip", { found: false, sentAtMs: T0 }).sent("agent.shipLost")).toHaveLength(1);
  });

  it("is free again when everything at or below an address is gone, and only then [G9] [R003-02]", () => {
    const actor = claimed();
    actor.send({ type: "ship.ownersGone", address: `${SCOPE}/coordinator/pipeline/p11` });
    expect(actor.context<ShipContext>().claim?.owner).toBe(OWNER);
    actor.send({ type: "ship.ownersGone", address: `${SCOPE}/coordinator/pipeline/p1` });
    expect(actor.context<ShipContext>().claim).toBeNull();
    expect(actor.sent("coordinator.shipIdle")).toHaveLength(1);
  });

  it("says why it is free when its worker could not be brought back, and whether anything was aboard [R000-20] [R000-23]", () => {
    const [pipeline] = OWNER.split("/task/");
    const gone = { type: "ship.ownersGone", address: OWNER, reason: "task_recovery" };
    expect(claimed().send(gone).sent("pipeline.shipFreed")).toEqual([]);
    const actor = claimed().send({ ...gone, tell: pipeline });
    expect(actor.emitted("ship.released")).toMatchObject([{ owner: OWNER, reason: "task_recovery" }]);
    expect(actor.sent("pipeline.shipFreed")).toMatchObject([{ to: pipeline, child: "task/t1", hasCargo: false }]);
  });

  it("stays assigned with cargo aboard: the coordinator has it, and sells it off [G10] [R000-20] [R000-21]", () => {
    const actor = claimed(shipState({ cargo: [{ good: "IRON", units: 5 }], cargoUnits: 5 }));
    actor.send({ type: "ship.ownersGone", address: OWNER, reason: "task_recovery" });
    expect(actor.context<ShipContext>().claim).toMatchObject({ owner: `${SCOPE}/coordinator`, purpose: "LIQUIDATE" });
    expect(actor.sent("coordinator.cargoOrphaned")).toMatchObject([{ ship: { cargoUnits: 5 }, because: "task_recovery" }]);
    expect(actor.emitted("ship.preserved")).toMatchObject([{ ship: "S-1", owner: OWNER }]);
    expect(actor.sent("coordinator.shipIdle")).toEqual([]);
  });

  it("is kept while nobody knows its hold: a purchase under way ends first [R000-22]", () => {
    const docked = shipState({ nav: "DOCKED" });
    const actor = claimed(docked).send({ type: "ship.command", claimant: OWNER, command: purchase });
    actor.send({ type: "ship.ownersGone", address: OWNER, reason: "task_recovery", tell: "agent/x" });
    expect(actor.context<ShipContext>().claim?.owner).toBe(OWNER);
    expect(actor.emitted("ship.released")).toEqual([]);
    const cargo = { cargo: [{ good: "IRON", units: 20 }], cargoUnits: 20, cargoCapacity: 40 };
    const value = { ship: cargo, units: 20, unitPriceCredits: 10, totalCredits: 200, agentCredits: 5_000, atMs: T0 };
    actor.finish("purchase", { result: "ok", value, sentAtMs: T0 });
    actor.finish("observe", { waypoint: "X1-A-1", quotes: [], atMs: T0 });
    expect(actor.context<ShipContext>().claim?.owner).toBe(`${SCOPE}/coordinator`);
    expect(actor.sent("pipeline.shipFreed")).toMatchObject([{ hasCargo: true }]);
  });

  it("tells the pipeline of a worker that is gone that it is still buying for it, and how that ended [G10] [R000-22]", () => {
    const [pipeline] = OWNER.split("/task/");
    const buying = () => {
      const actor = claimed(shipState({ nav: "DOCKED" })).send({ type: "ship.command", claimant: OWNER, command: purchase });
      return actor.send({ type: "ship.ownersGone", address: OWNER, reason: "task_recovery", tell: pipeline });
    };
    const actor = buying();
    expect(actor.sent("pipeline.purchasePending")).toMatchObject([{ to: pipeline, child: "task/t1" }]);
    const refusal = { name: "cargoFull", message: "no room" };
    actor.finish("purchase", { result: "refused", refusal }).finish("readShip", { found: true, ship: shipState(), sentAtMs: T0 });
    expect(actor.sent("pipeline.purchasePending")).toEqual([]);
    expect(actor.sent("pipeline.shipFreed")).toMatchObject([{ to: pipeline, child: "task/t1", hasCargo: false }]);
    const sunk = buying().finish("purchase", { result: "refused", refusal }).finish("readShip", { found: false, sentAtMs: T0 });
    expect(sunk.sent("agent.shipLost")).toMatchObject([{ symbol: "S-1", told: OWNER }]);
    expect(sunk.sent("pipeline.shipFreed")).toMatchObject([{ to: pipeline, child: "task/t1", hasCargo: false }]);
  });

  it("learns in flight what the game shows aboard, and nothing else [R002-99] [G11]", () => {
    const actor = ship(shipState(flying)).send({
      type: "ship.observed",
      ship: shipState({ cargo: [{ good: "GOLD", units: 3 }], cargoUnits: 3 }),
      sentAtMs: T0 + 1,
    });
    expect(actor.value).toBe("flying");
    expect(actor.context<ShipContext>().ship).toMatchObject({ ...flying, cargoUnits: 3, cargo: [{ good: "GOLD", units: 3 }] });
  });

  it("tells of the cargo that a purchase brought after its claim had ended [G10] [G13]", () => {
    const docked = shipState({ nav: "DOCKED" });
    const actor = claimed(docked).send({ type: "ship.command", claimant: OWNER, command: purchase });
    actor.send({ type: "ship.release", claimant: OWNER, reason: "failed" });
    const bought = { cargo: [{ good: "IRON", units: 20 }], cargoUnits: 20, cargoCapacity: 40 };
    const value = { agentCredits: undefined, ship: bought, units: 20, unitPriceCredits: 100, totalCredits: 2_000, atMs: T0 };
    actor.finish("purchase", { result: "ok", value, sentAtMs: T0 });
    expect(actor.sent("treasury.paid")).toMatchObject([{ credits: 2_000 }]);
    actor.finish("observe", { waypoint: "X1-A-1", listing: undefined, quotes: [], hulls: undefined, atMs: T0 });
    expect(actor.sent("coordinator.shipIdle")).toMatchObject([{ ship: { cargoUnits: 20 } }]);
  });
});
