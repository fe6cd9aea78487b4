import { describe, expect, it } from "vitest";
import { DrivenActor, SCOPE, shipState } from "./driver.ts";

const SHIP = `${SCOPE}/ship/S-1`;
function tour(stops: readonly string[] | null): DrivenActor {
  return new DrivenActor("tour", `${SCOPE}/tour/S-1`, { scope: SCOPE, ship: "S-1", stops, pauseMs: 10 });
}
const granted = { type: "ship.granted", ship: shipState() };
const arrived = (commandId: string) => ({ type: "ship.arrived", commandId, ship: shipState({ waypoint: "X1-A-2" }), quotes: [] });

describe("a tour", () => {
  it("claims its ship, goes where it is needed most, and goes on for ever [R004-03]", () => {
    const actor = tour(null);
    expect(actor.sent("ship.claim")).toMatchObject([{ to: SHIP, purpose: "tour" }]);
    expect(actor.send(granted).jobs()).toEqual(["pickStop"]);
    actor.finish("pickStop", { waypoint: "X1-A-2" });
    expect(actor.sent("ship.command")).toMatchObject([{ command: { kind: "travel", waypoint: "X1-A-2" } }]);
    expect(actor.send(arrived("1")).emitted("tour.stopReached")).toMatchObject([{ waypoint: "X1-A-2" }]);
    expect(actor.fire(actor.timers()[0]?.event.type ?? "").jobs()).toEqual(["pickStop"]);
  });

  it("runs an errand before anything else", () => {
    const actor = tour(null).send(granted).finish("pickStop", { waypoint: null });
    expect(actor.value).toBe("pausing");
    actor.send({ type: "tour.visit", waypoint: "X1-A-9" });
    expect(actor.sent("ship.command")).toMatchObject([{ command: { waypoint: "X1-A-9" } }]);
  });

  it("of fixed stops gives its ship back after the last and ends [R003-01]", () => {
    const actor = tour(["X1-A-2"]).send(granted).send(arrived("1"));
    expect(actor.sent("ship.release")).toMatchObject([{ to: SHIP, reason: "completed" }]);
    expect(actor.status).toBe("done");
  });

  it("asks again for a ship that another has, and ends with a ship that is lost [R003-13] [R004-07]", () => {
    const actor = tour(null).send({ type: "ship.refused", symbol: "S-1", owner: "x" });
    expect(actor.fire(actor.timers()[0]?.event.type ?? "").sent("ship.claim")).toHaveLength(1);
    expect(actor.send({ type: "ship.lost", symbol: "S-1" }).status).toBe("done");
  });
});
