import { describe, expect, it } from "vitest";
import type { AgentContext } from "../../src/machines/agent.machine.ts";
import { DrivenActor, SCOPE, shipState, T0 } from "./driver.ts";

const probe = shipState({ symbol: "P-1", role: "SATELLITE", cargoCapacity: 0, fuelCapacity: 0, fuelUnits: 0 });
const trader = shipState({ symbol: "S-1" });
const reading = (ships = [trader, probe]) => ({ credits: 175_000, headquarters: "X1-A-1", ships, unread: [], sentAtMs: T0 });

function agent(): DrivenActor {
  return new DrivenActor("agent", SCOPE, { symbol: "TEST" });
}
function sailing(): DrivenActor {
  return agent().finish("readAgent", reading());
}

describe("the agent", () => {
  it("starts every part once, and one actor per ship, with eyes for each probe [G8]", () => {
    const actor = sailing();
    for (const kind of ["universe", "treasury", "supply-monitor", "coordinator"]) expect(actor.children(kind)).toHaveLength(1);
    expect(actor.children("ship").map((child) => child.address)).toEqual([`${SCOPE}/ship/S-1`, `${SCOPE}/ship/P-1`]);
    expect(actor.children("tour").map((child) => child.address)).toEqual([`${SCOPE}/tour/P-1`]);
    const again = actor.fire(actor.timers()[0]?.event.type ?? "").finish("readAgent", reading());
    expect([...again.children("ship"), ...again.children("coordinator"), ...again.children("tour")]).toEqual([]);
    expect(again.sent("treasury.creditsObserved")).toMatchObject([{ credits: 175_000, sentAtMs: T0 }]);
  });

  it("tells the keepers the configuration of this start once, as theirs may be of an earlier one [R002-70]", () => {
    const configured = (actor: DrivenActor) =>
      ["treasury.configure", "supply.configure", "coordinator.configure"].map((type) => actor.sent(type).length);
    const actor = sailing();
    expect(configured(actor)).toEqual([0, 0, 0]);
    actor.send({ type: "agent.booted" }).finish("readAgent", reading());
    expect(configured(actor)).toEqual([1, 1, 1]);
    actor.finish("reconcileCargo", []);
    actor.fire(actor.timers()[0]?.event.type ?? "").finish("readAgent", reading());
    expect(configured(actor)).toEqual([0, 0, 0]);
  });

  it("reads its ships again after the interval, in the time of the universe [R002-70]", () => {
    // 120 s of the game at 60 to 1.
    const [timer] = sailing().timers();
    expect(timer).toMatchObject({ delayMs: 2_000 });
    expect(
      sailing()
        .fire(timer?.event.type ?? "")
        .jobs(),
    ).toEqual(["readAgent"]);
  });

  it("tells every ship its state in the first reading after a start, and only then [G11] [R002-86] [R002-99]", () => {
    const actor = sailing().send({ type: "agent.booted" });
    expect(actor.jobs()).toEqual(["readAgent"]);
    actor.finish("readAgent", reading());
    expect([actor.jobs(), actor.sent("ship.observed")]).toEqual([["reconcileCargo"], []]);
    const verdict = { action: "resume", ship: "S-1", taskId: "p1.t1", markPhase: true, to: "x" };
    actor.finish("reconcileCargo", [verdict]);
    expect(actor.sent("coordinator.cargoFound")).toMatchObject([{ to: `${SCOPE}/coordinator`, verdicts: [verdict] }]);
    expect(actor.sent("ship.observed").map(({ to }) => to)).toEqual([`${SCOPE}/ship/S-1`, `${SCOPE}/ship/P-1`]);
    actor.fire(actor.timers()[0]?.event.type ?? "").finish("readAgent", reading());
    expect(actor.sent("ship.observed")).toEqual([]);
  });

  it("warns of ships that cannot be read and of a comparison that fails, and goes on with the others [R002-96] [R002-99]", () => {
    const actor = sailing().send({ type: "agent.booted" });
    actor.finish("readAgent", { ...reading(), unread: ["ship 3 of the list: nav: missing"] });
    expect(actor.emitted("cargo.reconciliationFailed")).toMatchObject([{ reason: "ship 3 of the list: nav: missing" }]);
    actor.fail("reconcileCargo", "the book is torn");
    expect(actor.emitted("cargo.reconciliationFailed")).toMatchObject([{ reason: "the book is torn" }]);
    expect(actor.sent("ship.observed")).toHaveLength(2);
    expect(actor.send({ type: "agent.booted" }).fail("readAgent", "no").emitted("cargo.reconciliationFailed")).toHaveLength(1);
  });

  it("looks again when the game cannot be read, and starts nothing before [G12]", () => {
    const actor = agent().fail("readAgent", "weather");
    expect(actor.children("coordinator")).toEqual([]);
    expect(actor.fire(actor.timers()[0]?.event.type ?? "").jobs()).toEqual(["readAgent"]);
  });

  it("tells a ship once that the game does not list it any more, so that it looks for itself [R002-120]", () => {
    const actor = sailing();
    const read = (ships: (typeof trader)[]) =>
      actor.send({ type: "agent.booted" }).finish("readAgent", reading(ships)).sent("ship.unlisted");
    expect(read([probe])).toMatchObject([{ to: `${SCOPE}/ship/S-1` }]);
    expect(read([probe])).toEqual([]);
    expect(read([probe, trader])).toEqual([]);
    expect(read([probe])).toHaveLength(1);
  });

  it("begins with a bought ship once, however often it hears of it [G2]", () => {
    const ship = shipState({ symbol: "S-2" });
    const actor = sailing().send({ type: "agent.shipBought", ship, sentAtMs: T0 });
    expect(actor.children("ship").map((child) => child.address)).toEqual([`${SCOPE}/ship/S-2`]);
    expect(actor.send({ type: "agent.shipBought", ship, sentAtMs: T0 }).children("ship")).toEqual([]);
  });

  it("takes ships that are lost or given up away from whoever gives out work [G9]", () => {
    const actor = sailing().fail("ship/S-1", "sunk");
    expect(actor.sent("coordinator.shipGone")).toMatchObject([{ to: `${SCOPE}/coordinator`, symbol: "S-1", destroyed: false }]);
    expect(actor.context<AgentContext>().troubled).toEqual(["ship/S-1"]);
    actor.send({ type: "agent.shipLost", symbol: "P-1" });
    expect(actor.context<AgentContext>()).toMatchObject({ ships: ["S-1"], tours: [] });
    expect(actor.sent("coordinator.shipGone")).toMatchObject([{ symbol: "P-1", destroyed: true }]);
    expect(actor.sent("treasury.fleetCounted")).toMatchObject([{ fleet: { traders: 1, probes: 0 } }]);
  });

  it("tells the own tour of a destroyed probe that another had, unless that knows, or has ended [R002-120]", () => {
    const lost = (actor: DrivenActor, told: string | null) =>
      actor.send({ type: "agent.shipLost", symbol: "P-1", told }).sent("ship.lost");
    const tour = `${SCOPE}/tour/P-1`;
    expect(lost(sailing(), `${SCOPE}/scouting/k1/tour/P-1`)).toMatchObject([{ to: tour, symbol: "P-1", destroyed: true }]);
    expect(lost(sailing(), null)).toHaveLength(1);
    expect(lost(sailing(), tour)).toEqual([]);
    expect(lost(sailing().finish("tour/P-1", undefined), null)).toEqual([]);
    expect(sailing().send({ type: "agent.shipLost", symbol: "S-1", told: null }).sent("ship.lost")).toEqual([]);
  });

  it("says of a ship that somebody waits for when it is none of ours any more", () => {
    const sought = { type: "agent.shipSought", symbol: "P-1", asker: `${SCOPE}/scouting/k1` };
    const actor = sailing().send(sought);
    expect(actor.sent("ship.lost")).toEqual([]);
    actor.send({ type: "agent.shipLost", symbol: "P-1", told: null }).send(sought);
    expect(actor.sent("ship.lost")).toMatchObject([{ to: sought.asker, symbol: "P-1", destroyed: true }]);
  });

  it("frees ships, money, offers and watches of everything at or below an address that is gone [G9] [G10] [G14]", () => {
    const address = `${SCOPE}/coordinator/pipeline/p1`;
    const actor = sailing().send({ type: "agent.actorsGone", address });
    expect(actor.sent("ship.ownersGone").map(({ to }) => to)).toEqual([`${SCOPE}/ship/S-1`, `${SCOPE}/ship/P-1`]);
    expect(actor.sent("treasury.releaseOwner")).toMatchObject([{ owner: address }]);
    expect(actor.sent("coordinator.actorsGone")).toMatchObject([{ address }]);
    expect(actor.sent("supply.unwatch")).toMatchObject([{ watcher: address }]);
  });

  it("sends a probe to the yard where a hull is wanted", () => {
    const actor = sailing().send({ type: "agent.eyesWanted", waypoint: "X1-A-Y" });
    expect(actor.sent("tour.visit")).toMatchObject([{ to: `${SCOPE}/tour/P-1`, waypoint: "X1-A-Y" }]);
  });

  it("begins the own tour of a probe again when an operator wants it, once, and only where it has ended", () => {
    const want = (actor: DrivenActor, symbol = "P-1") =>
      actor
        .send({ type: "agent.tourWanted", symbol })
        .children("tour")
        .map(({ address }) => address);
    const actor = sailing();
    expect(want(actor)).toEqual([]);
    actor.finish("tour/P-1", undefined);
    expect(want(actor, "S-1")).toEqual([]);
    expect(want(actor)).toEqual([`${SCOPE}/tour/P-1`]);
    expect(want(actor)).toEqual([]);
    expect(actor.send({ type: "agent.eyesWanted", waypoint: "X1-A-Y" }).sent("tour.visit")).toHaveLength(1);
    expect(actor.context<AgentContext>()).toMatchObject({ away: [], tourless: [] });
  });

  it("counts the own tour of a probe as ended that was dismissed in its quarantine, and begins it again when that is wanted [G10]", () => {
    const actor = sailing().fail("tour/P-1", "broken");
    expect(actor.context<AgentContext>().troubled).toEqual(["tour/P-1"]);
    const wanted = { type: "agent.tourWanted", symbol: "P-1" };
    expect(actor.send(wanted).children("tour")).toEqual([]);
    actor.send({ type: "agent.tourDismissed", symbol: "P-1" });
    expect(actor.context<AgentContext>()).toMatchObject({ away: ["P-1"], tourless: ["P-1"], troubled: [] });
    expect(
      actor
        .send(wanted)
        .children("tour")
        .map(({ address }) => address),
    ).toEqual([`${SCOPE}/tour/P-1`]);
  });

  it("begins no tour again of a probe that is destroyed, and leaves another whose tour has ended as it is", () => {
    const second = { ...probe, symbol: "P-2" };
    const ended = () =>
      agent()
        .finish("readAgent", reading([probe, second]))
        .finish("tour/P-1", undefined)
        .finish("tour/P-2", undefined);
    const actor = ended().send({ type: "agent.tourWanted", symbol: "P-1" });
    expect(actor.context<AgentContext>()).toMatchObject({ away: ["P-2"], tourless: ["P-2"] });
    const gone = ended().send({ type: "agent.shipLost", symbol: "P-1", told: null });
    expect(gone.send({ type: "agent.tourWanted", symbol: "P-1" }).children("tour")).toEqual([]);
  });

  it("sends no probe anywhere that is lent, or whose tour has ended, until it is back", () => {
    const visit = (actor: DrivenActor) => actor.send({ type: "agent.eyesWanted", waypoint: "X1-A-Y" }).sent("tour.visit");
    const actor = sailing();
    expect(visit(actor.send({ type: "agent.tourLent", symbol: "P-1" }))).toEqual([]);
    expect(visit(actor.send({ type: "agent.tourBack", symbol: "P-1" }))).toHaveLength(1);
    expect(visit(actor.finish("tour/P-1", undefined))).toEqual([]);
  });
});
