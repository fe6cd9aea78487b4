import { describe, expect, it } from "vitest";
import type { ScoutingContext } from "../../src/machines/scoutingProtocol.ts";
import { DrivenActor, loaded, SCOPE, shipState, T0 } from "./driver.ts";

const ADDRESS = `${SCOPE}/scouting/k1`;
const order = { ships: ["S-1", "S-2"], system: "X1-A", markets: ["X1-A-2", "X1-A-3"] };
const plan = { totalDistance: 0, algorithm: "nearest-neighbour-2opt" };
const planned = {
  outcome: "planned",
  tours: [
    { ship: "S-1", order: ["X1-A-2"], ...plan },
    { ship: "S-2", order: ["X1-A-3"], ...plan },
  ],
  pauseMs: 10,
  revisitMs: 60_000,
  calculatedAtMs: T0,
};
const granted = (symbol: string) => ({ type: "ship.granted", ship: shipState({ symbol }) });
const refused = (symbol: string, owner: string) => ({ type: "ship.refused", symbol, owner });
const released = (symbol: string) => ({ type: "ship.released", symbol });
const verdictOf = (actor: DrivenActor) => actor.context<ScoutingContext>().verdict;

function asking(): DrivenActor {
  return new DrivenActor("scouting", ADDRESS, { scope: SCOPE, order }).finish("planScouting", planned);
}

describe("an order to scout", () => {
  it("claims every ship first, then hands each over in the commit that starts its tour [R004-08]", () => {
    const actor = asking();
    expect(actor.sent("ship.claim").map(({ to }) => to)).toEqual([`${SCOPE}/ship/S-1`, `${SCOPE}/ship/S-2`]);
    expect(actor.send(granted("S-1")).children("tour")).toEqual([]);
    actor.send(granted("S-2"));
    const addresses = [`${ADDRESS}/tour/S-1`, `${ADDRESS}/tour/S-2`];
    expect(actor.children("tour").map(({ address }) => address)).toEqual(addresses);
    expect(actor.sent("ship.transfer")).toMatchObject(
      ["S-1", "S-2"].map((ship) => ({
        to: `${SCOPE}/ship/${ship}`,
        from: ADDRESS,
        purpose: "tour",
      })),
    );
    expect(verdictOf(actor)).toBeNull();
    actor.send({ type: "scouting.underWay", ship: "S-1" }).send({ type: "scouting.underWay", ship: "S-2" });
    expect(verdictOf(actor)).toMatchObject({ outcome: "deployed", tours: [{ container: addresses[0] }, { ship: "S-2" }] });
  });

  it("starts nothing without all its ships: what it got goes back, and it says who has the other [R003-13] [R004-09]", () => {
    const actor = asking().send(granted("S-1"));
    actor.send(refused("S-2", `${SCOPE}/coordinator/pipeline/p1/task/t1`));
    expect(actor.children("tour")).toEqual([]);
    expect(actor.sent("ship.release")).toMatchObject([{ to: `${SCOPE}/ship/S-1`, reason: "cancelled", answer: true }]);
    expect(verdictOf(actor)).toMatchObject({ outcome: "refused", refusals: [{ reason: "shipBusy", subject: "S-2" }] });
    expect(actor.status).toBe("active");
    expect(actor.send(released("S-1")).status).toBe("done");
  });

  it("borrows a probe from its own tour, and sends that on when the ship is free again [R004-04]", () => {
    const actor = asking()
      .send(granted("S-1"))
      .send(refused("S-2", `${SCOPE}/tour/S-2`));
    expect(actor.sent("tour.lend")).toMatchObject([{ to: `${SCOPE}/tour/S-2` }]);
    actor.send(granted("S-2"));
    expect(actor.children("tour")).toHaveLength(2);
    actor.send({ type: "scouting.underWay", ship: "S-1" }).send({ type: "scouting.underWay", ship: "S-2" });
    expect(actor.finish("tour/S-1", undefined).sent("tour.takeBack")).toEqual([]);
    expect(actor.finish("tour/S-2", undefined).sent("tour.takeBack")).toMatchObject([{ to: `${SCOPE}/tour/S-2` }]);
    expect(actor.status).toBe("done");
  });

  it("ends with a tour that was dismissed in its quarantine, not with one that was given up and may be restarted [G10]", () => {
    const actor = asking().send(granted("S-1")).send(granted("S-2")).finish("tour/S-1", undefined);
    expect(actor.fail("tour/S-2", "broken").status).toBe("active");
    expect(actor.send({ type: "scouting.tourDismissed", symbol: "S-2" }).status).toBe("done");
  });

  it("names the tour that a ship is on already, and cargo that came aboard meanwhile", () => {
    const actor = asking().send(refused("S-1", `${SCOPE}/scouting/k0/tour/S-1`));
    actor.send({ type: "ship.granted", ship: loaded("IRON", 5, { symbol: "S-2" }) });
    expect(verdictOf(actor)).toMatchObject({
      refusals: [
        { reason: "shipOnTour", detail: expect.stringContaining("bosun tours stop S-1") },
        { reason: "shipHoldsCargo", detail: "it has 5 IRON aboard" },
      ],
    });
  });

  it("does not end before a late answer could still reach it: no ship is left with a dead owner [G9] [R003-18]", () => {
    const actor = asking()
      .send(granted("S-1"))
      .send(refused("S-2", `${SCOPE}/tour/S-2`));
    actor.fire(actor.timers()[0]?.event.type ?? "xstate.after.answer.scouting.asking");
    expect(verdictOf(actor)).toMatchObject({ refusals: [{ reason: "shipSilent", subject: "S-2" }] });
    actor.send(released("S-1"));
    expect(actor.status).toBe("active");
    actor.send(granted("S-2"));
    expect(actor.sent("ship.release")).toMatchObject([{ to: `${SCOPE}/ship/S-2` }]);
    actor.send(released("S-2"));
    expect(actor.sent("tour.takeBack")).toMatchObject([{ to: `${SCOPE}/tour/S-2` }]);
    expect(actor.status).toBe("done");
  });

  it("asks after ships that do not answer, and ends when one that it waits for is destroyed [R002-120] [R003-18]", () => {
    const actor = asking()
      .send(refused("S-1", `${SCOPE}/tour/S-1`))
      .send(granted("S-1"))
      .send(refused("S-2", `${SCOPE}/tour/S-2`));
    actor.fire("xstate.after.answer.scouting.asking");
    const [seek] = actor.timers();
    expect(seek).toMatchObject({ delayMs: 60_000 });
    actor.fire(seek?.event.type ?? "");
    const asker = { to: SCOPE, asker: ADDRESS };
    const sought = [
      { ...asker, symbol: "S-2" },
      { ...asker, symbol: "S-1" },
    ];
    expect(actor.sent("agent.shipSought")).toMatchObject(sought);
    expect([actor.sent("ship.release"), actor.timers().length]).toEqual([[], 1]);
    const lost = (symbol: string) => ({ type: "ship.lost", symbol, destroyed: true });
    actor.send(lost("S-1"));
    expect([actor.sent("tour.takeBack"), actor.status]).toEqual([[], "active"]);
    expect(actor.send(lost("S-2")).status).toBe("done");
  });

  it("that cannot be carried out is answered with the reasons, and asks for no ship", () => {
    const refusals = [{ reason: "unknownShip", subject: "S-9", detail: "we have no ship of this name" }];
    const actor = new DrivenActor("scouting", ADDRESS, { scope: SCOPE, order });
    actor.finish("planScouting", { outcome: "refused", refusals, pauseMs: 1, revisitMs: 1, calculatedAtMs: T0 });
    expect(actor.sent("ship.claim")).toEqual([]);
    expect(verdictOf(actor)).toEqual({ outcome: "refused", refusals });
    expect(actor.status).toBe("done");
    const broken = new DrivenActor("scouting", ADDRESS, { scope: SCOPE, order }).fail("planScouting", "broke");
    expect(verdictOf(broken)).toMatchObject({ refusals: [{ reason: "notPlanned" }] });
  });
});
