import { describe, expect, it } from "vitest";
import type { Patrol, TourContext } from "../../src/machines/tourProtocol.ts";
import { DrivenActor, SCOPE, shipState, T0 } from "./driver.ts";

const SHIP = `${SCOPE}/ship/S-1`;
function tour(stops: readonly string[] | null): DrivenActor {
  return new DrivenActor("tour", `${SCOPE}/tour/S-1`, { scope: SCOPE, ship: "S-1", stops, pauseMs: 10 });
}
const granted = { type: "ship.granted", ship: shipState() };
/** The answer to the command that the tour has just given. */
function arrive(actor: DrivenActor): DrivenActor {
  const { command } = actor.sent("ship.command")[0] as unknown as { command: { commandId: string; waypoint: string } };
  const ship = shipState({ waypoint: command.waypoint });
  return actor.send({ type: "ship.arrived", commandId: command.commandId, ship, quotes: [] });
}
const nextTimer = (actor: DrivenActor) => actor.timers()[0]?.event.type ?? "";

describe("a tour", () => {
  it("claims its ship, goes where it is needed most, and goes on for ever", () => {
    const actor = tour(null);
    expect(actor.sent("ship.claim")).toMatchObject([{ to: SHIP, purpose: "tour" }]);
    expect(actor.send(granted).jobs()).toEqual(["pickStop"]);
    actor.finish("pickStop", { waypoint: "X1-A-2", share: ["X1-A-2", "X1-A-3"] });
    expect(actor.sent("ship.command")).toMatchObject([{ command: { kind: "travel", waypoint: "X1-A-2" } }]);
    expect(arrive(actor).emitted("tour.stopReached")).toMatchObject([{ waypoint: "X1-A-2" }]);
    expect(actor.fire(nextTimer(actor)).jobs()).toEqual(["pickStop"]);
  });

  it("runs an errand before anything else", () => {
    const actor = tour(null).send(granted).finish("pickStop", { waypoint: null, share: [] });
    expect(actor.value).toBe("pausing");
    actor.send({ type: "tour.visit", waypoint: "X1-A-9" });
    expect(actor.sent("ship.command")).toMatchObject([{ command: { waypoint: "X1-A-9" } }]);
  });

  it("of fixed stops gives its ship back after the last and ends [R003-01]", () => {
    const actor = arrive(tour(["X1-A-2"]).send(granted));
    expect(actor.sent("ship.release")).toMatchObject([{ to: SHIP, reason: "completed", answer: true }]);
    expect(actor.status).toBe("active");
    expect(actor.send({ type: "ship.released", symbol: "S-1" }).status).toBe("done");
  });

  it("asks a ship again that does not answer its claim, then takes the claim back and ends, and says so [G9] [R003-02]", () => {
    const actor = tour(["X1-A-2"]);
    const silence = () => actor.fire(nextTimer(actor));
    for (const _again of [1, 2]) {
      expect(silence().sent("ship.claim")).toMatchObject([{ to: SHIP, purpose: "tour" }]);
      expect(actor.emitted("tour.unanswered")).toMatchObject([{ ship: "S-1", asked: "claim", ends: false }]);
    }
    expect(silence().sent("ship.release")).toMatchObject([{ to: SHIP, reason: "unanswered", answer: true }]);
    expect(actor.emitted("tour.unanswered")).toMatchObject([{ ship: "S-1", asked: "claim", ends: true }]);
    const last = nextTimer(actor);
    // A ship that is back grants what it was asked first, and hears the release next.
    expect(actor.send(granted).jobs()).toEqual([]);
    expect(actor.fire(last).status).toBe("done");
    const gone = { type: "agent.actorsGone", to: SCOPE, address: `${SCOPE}/tour/S-1`, reason: "unanswered" };
    expect(actor.sent("agent.actorsGone")).toEqual([gone]);
    expect(actor.context<TourContext>().ending).toBe("unanswered");
  });

  it("counts a ship's silence from its last answer on, and when it was stopped meanwhile takes its claim back at once [G9] [R003-02]", () => {
    const actor = tour(null);
    for (const _silent of [1, 2]) actor.fire(nextTimer(actor));
    actor.send({ type: "ship.refused", symbol: "S-1", owner: "x" }).fire(nextTimer(actor));
    for (const _silent of [1, 2]) expect(actor.fire(nextTimer(actor)).sent("ship.claim")).toHaveLength(1);
    expect(actor.send(granted).value).toBe("picking");
    const stopped = tour(null).send({ type: "tour.stop" });
    expect(stopped.fire("xstate.after.silence.tour.claiming").sent("ship.release")).toMatchObject([{ reason: "stopped" }]);
    expect(stopped.send({ type: "ship.released", symbol: "S-1" }).status).toBe("done");
    expect(stopped.context<TourContext>().ending).toBe("stopped");
  });

  it("asks again for a ship that another has, and ends with a ship that is lost [R003-13] [R004-07]", () => {
    const actor = tour(null).send({ type: "ship.refused", symbol: "S-1", owner: "x" });
    expect(actor.fire(nextTimer(actor)).sent("ship.claim")).toHaveLength(1);
    expect(actor.send({ type: "ship.lost", symbol: "S-1", destroyed: true }).status).toBe("done");
  });
});

describe("a tour that an operator ordered", () => {
  const PATROL: Patrol = {
    system: "X1-A",
    order: ["X1-A-2", "X1-A-3", "X1-A-2"],
    totalDistance: 20,
    algorithm: "nearest-neighbour-2opt",
    calculatedAtMs: T0,
    revisitMs: 60_000,
  };
  const ADDRESS = `${SCOPE}/scouting/k1/tour/S-1`;
  const patrol = () => new DrivenActor("tour", ADDRESS, { scope: SCOPE, ship: "S-1", stops: null, pauseMs: 10, patrol: PATROL });
  const progressOf = (actor: DrivenActor) => actor.context<TourContext>().progress;

  it("says that it is under way once it has its ship, and flies its round again and again [R004-09]", () => {
    const actor = patrol();
    expect(actor.sent("ship.claim")).toMatchObject([{ to: SHIP, claimant: ADDRESS, purpose: "tour" }]);
    expect(actor.sent("scouting.underWay")).toEqual([]);
    actor.send(granted);
    expect(actor.sent("scouting.underWay")).toMatchObject([{ to: `${SCOPE}/scouting/k1`, ship: "S-1" }]);
    for (const [waypoint, rounds] of [
      ["X1-A-2", 0],
      ["X1-A-3", 1],
      ["X1-A-2", 1],
    ] as const) {
      expect(actor.sent("ship.command")).toMatchObject([{ command: { waypoint } }]);
      arrive(actor);
      expect(progressOf(actor).rounds).toBe(rounds);
      actor.fire(nextTimer(actor));
    }
    expect(actor.context<TourContext>().visits).toBe(3);
  });

  it("reads no market again before it is due", () => {
    const actor = arrive(patrol().send(granted));
    expect(actor.timers()).toMatchObject([{ delayMs: 10 }]);
    actor.fire(nextTimer(actor));
    actor.nowMs = T0 + 15_000;
    expect(arrive(actor).timers()).toMatchObject([{ delayMs: 45_000 }]);
  });

  it("counts a stop only by the answer to its own command", () => {
    const actor = patrol().send(granted);
    const ship = shipState({ waypoint: "X1-A-2" });
    actor.send({ type: "ship.arrived", commandId: "of the tour before", ship, quotes: [] });
    expect(actor.value).toBe("travelling");
    expect(actor.context<TourContext>().visits).toBe(0);
  });

  it("goes on with the stop after one that it cannot reach", () => {
    const actor = patrol().send(granted);
    const { commandId } = actor.context<TourContext>();
    actor.send({ type: "ship.commandFailed", commandId, reason: "noRoute", detail: "", ship: shipState(), quotes: [] });
    actor.fire(nextTimer(actor)).send(granted);
    expect(actor.sent("ship.command")).toMatchObject([{ command: { waypoint: "X1-A-3" } }]);
  });

  it("when stopped gives its ship back with that reason, and ends when the ship has heard it [R003-03] [R003-08] [R003-10]", () => {
    const actor = patrol().send(granted).send({ type: "tour.stop" });
    expect(actor.sent("ship.release")).toMatchObject([{ to: SHIP, claimant: ADDRESS, reason: "stopped", answer: true }]);
    expect(actor.send({ type: "tour.stop" }).sent("ship.release")).toEqual([]);
    expect(actor.send({ type: "ship.released", symbol: "S-1" }).status).toBe("done");
    expect(actor.context<TourContext>().ending).toBe("stopped");
  });

  it("asks a ship again that does not answer that it is given back, then leaves that to the agent, and says so [G9] [R003-02]", () => {
    const actor = patrol().send(granted).send({ type: "tour.stop" });
    const silence = () => actor.fire(nextTimer(actor));
    for (const _again of [1, 2]) {
      expect(silence().sent("ship.release")).toMatchObject([{ to: SHIP, reason: "stopped", answer: true }]);
      expect(actor.emitted("tour.unanswered")).toMatchObject([{ ship: "S-1", asked: "release", ends: false }]);
    }
    expect(silence().status).toBe("done");
    expect(actor.sent("agent.actorsGone")).toEqual([
      { type: "agent.actorsGone", to: SCOPE, address: ADDRESS, reason: "stopped" },
    ]);
    expect(actor.emitted("tour.unanswered")).toMatchObject([{ ends: true }]);
    expect(actor.context<TourContext>().ending).toBe("stopped");
    const heard = patrol().send(granted).send({ type: "tour.stop" });
    expect(heard.fire(nextTimer(heard)).send({ type: "ship.released", symbol: "S-1" }).status).toBe("done");
    expect(heard.sent("agent.actorsGone")).toEqual([]);
  });

  it("when stopped before it has its ship waits for the answer that is under way [R003-02]", () => {
    const asked = patrol().send({ type: "tour.stop" });
    expect(asked.status).toBe("active");
    expect(asked.send(granted).sent("ship.release")).toMatchObject([{ reason: "stopped" }]);
    const refused = patrol().send({ type: "tour.stop" }).send({ type: "ship.refused", symbol: "S-1", owner: "x" });
    expect(refused.status).toBe("done");
    const waiting = patrol().send({ type: "ship.refused", symbol: "S-1", owner: "x" }).send({ type: "tour.stop" });
    expect(waiting.status).toBe("done");
  });
});

describe("a probe's own tour", () => {
  const BORROWER = `${SCOPE}/scouting/k1`;
  const lent = () => tour(null).send(granted).send({ type: "tour.lend", to: BORROWER });

  it("lends its ship in one step, and takes it back when it is free [R004-04] [R004-07]", () => {
    const actor = lent();
    const [transfer] = actor.sent("ship.transfer");
    expect(transfer).toMatchObject({ to: SHIP, from: `${SCOPE}/tour/S-1`, purpose: "scouting" });
    expect(actor.sent("agent.tourLent")).toMatchObject([{ to: SCOPE, symbol: "S-1" }]);
    expect(actor.send({ type: "tour.takeBack" }).sent("ship.claim")).toHaveLength(1);
    expect(actor.send(granted).sent("agent.tourBack")).toMatchObject([{ symbol: "S-1" }]);
    expect(actor.value).toBe("picking");
  });

  it("ends when the ship that it lent is destroyed, and never asks for it again [R002-120]", () => {
    const own = new DrivenActor("tour", `${SCOPE}/tour/S-1`, { scope: SCOPE, ship: "S-1", stops: null, pauseMs: 10 });
    own.send(granted).send({ type: "tour.lend", to: `${SCOPE}/scouting/k1` });
    expect(own.value).toBe("lent");
    expect(own.send({ type: "ship.lost", symbol: "S-1", destroyed: true }).status).toBe("done");
  });

  it("that is refused its lent ship stays without it, and asks again by itself [R004-07]", () => {
    const actor = lent();
    actor.fire(nextTimer(actor)).send({ type: "ship.refused", symbol: "S-1", owner: BORROWER });
    expect(actor.value).toBe("lent");
    expect(actor.timers()).toMatchObject([{ delayMs: 60_000 }]);
  });
});
