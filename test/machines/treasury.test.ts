import { describe, expect, it } from "vitest";
import { DEFAULT_FLEET_POLICY } from "../../src/domain/fleetPolicy.ts";
import type { TreasuryContext } from "../../src/machines/treasuryProtocol.ts";
import { DrivenActor, SCOPE, shipState, T0 } from "./driver.ts";

const ASKER = `${SCOPE}/coordinator/pipeline/p1/task/t1`;
function treasury(): DrivenActor {
  return new DrivenActor("treasury", `${SCOPE}/treasury`, {
    scope: SCOPE,
    floorCredits: 5_000,
    fleetPolicy: DEFAULT_FLEET_POLICY,
  });
}
const observed = (credits: number, sentAtMs: number) => ({ type: "treasury.creditsObserved", credits, sentAtMs });
const reserve = (id: string, credits: number, minCredits = 1) => ({
  type: "treasury.reserve",
  id,
  asker: ASKER,
  credits,
  minCredits,
  purpose: "test",
});

describe("the treasury", () => {
  it("grants nothing while the balance is unknown [G14]", () => {
    expect(treasury().send(reserve("a", 1)).sent("treasury.refused")).toMatchObject([{ to: ASKER, reason: "balanceUnknown" }]);
  });

  it("remembers what it refused, with the figures, the latest first [G14]", () => {
    const actor = treasury()
      .send(observed(6_000, T0))
      .send(reserve("a", 50_000, 2_000))
      .send(reserve("b", 9_000, 3_000));
    expect(actor.context<TreasuryContext>().lastRefusals).toMatchObject([
      { purpose: "test", reason: "belowFloor", askedCredits: 3_000, availableCredits: 1_000 },
      { askedCredits: 2_000 },
    ]);
    for (let index = 0; index < 20; index += 1) actor.send(reserve(`more-${index}`, 9_000, 9_000));
    expect(actor.context<TreasuryContext>()).toMatchObject({ refusals: 22, lastRefusals: { length: 10 } });
  });

  it("keeps to another floor from the moment that it is configured [G14]", () => {
    const actor = treasury().send(observed(105_000, T0));
    actor.send({ type: "treasury.configure", floorCredits: 90_000, fleetPolicy: DEFAULT_FLEET_POLICY });
    expect(actor.send(reserve("a", 80_000)).sent("treasury.granted")).toMatchObject([{ credits: 15_000 }]);
  });

  it("takes the reading that was sent later, in whatever order answers arrive [G14]", () => {
    const actor = treasury()
      .send(observed(100_000, T0 + 10))
      .send(observed(900_000, T0 + 5));
    expect(actor.context<TreasuryContext>().purse.liveCredits).toBe(100_000);
  });

  it("never grants the same credits twice, and less than asked only down to what is of use [G14]", () => {
    const actor = treasury().send(observed(105_000, T0));
    expect(actor.send(reserve("a", 80_000)).sent("treasury.granted")).toMatchObject([{ credits: 80_000 }]);
    expect(actor.send(reserve("b", 80_000)).sent("treasury.granted")).toMatchObject([{ credits: 20_000 }]);
    expect(actor.send(reserve("c", 80_000, 500)).sent("treasury.refused")).toMatchObject([{ availableCredits: 0 }]);
    actor.send({ type: "treasury.release", id: "a" });
    expect(actor.send(reserve("c", 80_000, 500)).sent("treasury.granted")).toMatchObject([{ credits: 80_000 }]);
  });

  it("frees what an actor that is gone had reserved", () => {
    const actor = treasury().send(observed(105_000, T0)).send(reserve("a", 100_000));
    actor.send({ type: "treasury.releaseOwner", owner: ASKER });
    expect(actor.context<TreasuryContext>().purse.reservations).toEqual([]);
  });

  it("buys one hull at a time where a ship of ours has just been, with the money set aside [H6] [G14]", () => {
    const actor = treasury().send(observed(600_000, T0));
    actor.send({ type: "treasury.fleetCounted", fleet: { traders: 1, probes: 4 } });
    const demand = { creditsPerHour: 500_000, referenceLift: 1_440, idleTraders: 0, markets: 20 };
    actor.send({ type: "treasury.demandMeasured", demand });
    const hull = { type: "SHIP_LIGHT_HAULER", askCredits: 270_000, speed: 15, cargoCapacity: 80, fuelCapacity: 600 };
    const seen = { type: "treasury.shipyardSeen", waypoint: "X1-A-Y", hulls: [hull], ship: "S-1", atMs: T0 };
    expect(actor.send(seen).jobs()).toEqual(["purchaseHull"]);
    expect(actor.context<TreasuryContext>().purse.reservations).toMatchObject([{ id: "hull", credits: 270_000 }]);
    expect(actor.send(seen).jobs()).toEqual([]);
    const value = { agentCredits: 330_000, ship: shipState({ symbol: "S-2" }), priceCredits: 270_000 };
    actor.finish("purchaseHull", { result: "ok", value, sentAtMs: T0 + 1 });
    expect(actor.sent("agent.shipBought")).toMatchObject([{ to: SCOPE, ship: { symbol: "S-2" } }]);
    expect(actor.context<TreasuryContext>().purse).toMatchObject({ liveCredits: 330_000, reservations: [] });
  });

  it("asks for eyes where the hull it wants is sold and none of ours is", () => {
    const actor = treasury().send({ type: "treasury.fleetCounted", fleet: { traders: 1, probes: 0 } });
    actor.send({ type: "treasury.demandMeasured", demand: { creditsPerHour: 0, referenceLift: 1, idleTraders: 0, markets: 20 } });
    const probe = { type: "SHIP_PROBE", askCredits: 21_000, speed: 9, cargoCapacity: 0, fuelCapacity: 0 };
    actor.send({ type: "treasury.shipyardSeen", waypoint: "X1-A-Y", hulls: [probe], ship: "S-1", atMs: T0 });
    actor.nowMs = T0 + 60_000;
    actor.send(observed(600_000, actor.nowMs));
    expect(actor.jobs()).toEqual([]);
    expect(actor.sent("agent.eyesWanted")).toMatchObject([{ waypoint: "X1-A-Y" }]);
  });

  it("counts what evidence says was paid until a balance asked for later shows it [G14]", () => {
    const actor = treasury().send(observed(105_000, T0));
    actor.send({ type: "treasury.paid", credits: 60_000, sentAtMs: T0 + 5 });
    expect(actor.send(reserve("a", 80_000)).sent("treasury.granted")).toMatchObject([{ credits: 40_000 }]);
    actor.send({ type: "treasury.release", id: "a" }).send(observed(45_000, T0 + 10));
    actor.send({ type: "treasury.paid", credits: 10_000, sentAtMs: T0 + 7 });
    expect(actor.context<TreasuryContext>().purse.liveCredits).toBe(45_000);
  });

  it("frees what all workers of a pipeline that is gone had reserved, and of no other [G14]", () => {
    const actor = treasury().send(observed(305_000, T0)).send(reserve("a", 100_000));
    const other = `${SCOPE}/coordinator/pipeline/p11/task/t1`;
    actor.send({ ...reserve("b", 100_000), asker: other });
    actor.send({ type: "treasury.releaseOwner", owner: `${SCOPE}/coordinator/pipeline/p1` });
    expect(actor.context<TreasuryContext>().purse.reservations).toMatchObject([{ owner: other }]);
  });
});
