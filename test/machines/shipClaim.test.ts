import { describe, expect, it } from "vitest";
import { projectShip } from "../../src/actors/ship.projection.ts";
import type { ShipContext } from "../../src/machines/shipSteps.ts";
import { DrivenActor, SCOPE, shipState, T0 } from "./driver.ts";

const ADDRESS = `${SCOPE}/ship/S-1`;
const OWNER = `${SCOPE}/tour/S-1`;
const NEXT = `${SCOPE}/scouting/k1`;

function claimed(): DrivenActor {
  const ship = new DrivenActor("ship", ADDRESS, { scope: SCOPE, ship: shipState(), asOfMs: T0 });
  return ship.send({ type: "ship.claim", claimant: OWNER, purpose: "tour" });
}
const transfer = (from: string) => ({ type: "ship.transfer", from, to: NEXT, purpose: "scouting" });
const ownerOf = (actor: DrivenActor) => actor.context<ShipContext>().claim?.owner;

/** The rows of its claims that the ship's commit of `event` writes. */
function claimRows(actor: DrivenActor, event: { readonly type: string } & Readonly<Record<string, unknown>>) {
  const state = () => ({ value: actor.value, context: actor.context<ShipContext>(), status: "active" as const });
  const before = state();
  actor.send(event);
  const stamped = { ...event, at: T0, seed: 1 };
  const rows = projectShip({ address: ADDRESS, agent: SCOPE, version: 2, atMs: T0, before, after: state(), event: stamped });
  return rows.flatMap((change) => (change.op === "upsert" && change.table === "ship_assignments" ? [change.row] : []));
}

describe("the claim of a ship", () => {
  it("goes from one owner to the next in one step and one commit, and the next hears it [R004-04]", () => {
    const actor = claimed();
    expect(claimRows(actor, transfer(OWNER))).toMatchObject([
      { container_id: OWNER, status: "idle", release_reason: "transferred" },
      { container_id: NEXT, status: "active", operation: "scouting", released_at: null, release_reason: null },
    ]);
    expect(actor.sent("ship.granted")).toMatchObject([{ to: NEXT }]);
    expect(ownerOf(actor)).toBe(NEXT);
  });

  it("stays where it is when the giver does not have it any more, and the asker hears who has [R004-05] [R003-11]", () => {
    const actor = claimed();
    const before = actor.context<ShipContext>();
    expect(claimRows(actor, transfer(`${SCOPE}/coordinator/scout/1`))).toEqual([]);
    expect(actor.context<ShipContext>()).toEqual(before);
    expect(actor.sent("ship.refused")).toMatchObject([{ to: NEXT, symbol: "S-1", owner: OWNER }]);
    const released = claimed().send({ type: "ship.release", claimant: OWNER, reason: "completed" });
    expect(claimRows(released, transfer(OWNER))).toEqual([]);
    expect([ownerOf(released), released.sent("ship.granted")]).toEqual([undefined, []]);
    expect(released.sent("ship.refused")).toMatchObject([{ to: NEXT, owner: "" }]);
  });

  it("says how it ended: as its owner says, failed with its owner, stopped with what was above [R003-03] [R003-12]", () => {
    const endings = [
      { type: "ship.release", claimant: OWNER, reason: "stopped" },
      { type: "ship.ownersGone", address: OWNER },
      { type: "ship.ownersGone", address: SCOPE },
    ];
    expect(endings.map((event) => claimRows(claimed(), event)[0]?.["release_reason"])).toEqual(["stopped", "failed", "stopped"]);
  });

  it("that it never heard of is given back too: the ship says that it is free [G9]", () => {
    const idle = new DrivenActor("ship", ADDRESS, { scope: SCOPE, ship: shipState(), asOfMs: T0 });
    idle.send({ type: "ship.release", claimant: OWNER, reason: "unanswered", answer: true });
    expect(idle.sent("ship.released")).toMatchObject([{ to: OWNER }]);
    expect(idle.sent("coordinator.shipIdle")).toMatchObject([{ to: `${SCOPE}/coordinator`, symbol: "S-1" }]);
    const held = claimed().send({ type: "ship.release", claimant: NEXT, reason: "unanswered", answer: true });
    expect(held.sent("coordinator.shipIdle")).toEqual([]);
  });

  it("is acknowledged when its end is asked for so, also by an owner of the past, as the last word to it [R003-10]", () => {
    const actor = claimed();
    const release = { type: "ship.release", claimant: OWNER, reason: "stopped", answer: true };
    expect(actor.send(release).sent("ship.released")).toMatchObject([{ to: OWNER, symbol: "S-1" }]);
    expect(actor.send(release).sent("ship.released")).toHaveLength(1);
    expect(actor.send({ ...release, answer: false }).sent("ship.released")).toEqual([]);
  });
});
