import { describe, expect, it } from "vitest";
import type { TourContext } from "../../src/machines/tourProtocol.ts";
import { fleetTables } from "../../src/persistence/fleetTables.ts";
import type { ActorKind } from "../../src/runtime/kind.ts";
import type { ActorView, Runtime } from "../../src/runtime/runtime.ts";
import { createSupervision } from "../../src/supervisor/ladder.ts";
import { SCOPE, shipState, T0 } from "../machines/driver.ts";
import { useHosts } from "../support/hostBed.ts";
import { until } from "../support/hostFixture.ts";
import { idleKinds } from "./support/idleKinds.ts";

const { started, rows } = useHosts();

// Nothing is charted, so no ship has anywhere to go and no request is made.
const fleet = idleKinds();

/** The fleet's kinds, of which one cannot be shown after an event while it is broken. */
function breakable(name: string, event: RegExp) {
  const breaking = { isOn: false };
  const kinds = fleet.map((kind): ActorKind => {
    if (kind.kind !== name) return kind;
    const project: ActorKind["project"] = (args) => {
      if (breaking.isOn && event.test(args.event.type)) throw new Error(`broken by ${args.event.type}`);
      return kind.project?.(args) ?? [];
    };
    return { ...kind, project };
  });
  return { breaking, kinds };
}

/** A probe on its tour: the claim is granted and shown. */
async function touring(runtime: Runtime, name: string): Promise<{ readonly tour: string; readonly ship: string }> {
  const [tour, ship] = [`${SCOPE}/tour/${name}`, `${SCOPE}/ship/${name}`];
  await runtime.spawn({ address: ship, kind: "ship", input: { scope: SCOPE, ship: shipState({ symbol: name }), asOfMs: T0 } });
  await runtime.spawn({ address: tour, kind: "tour", input: { scope: SCOPE, ship: name, stops: null, pauseMs: 200 } });
  await until(runtime, tour, holdsItsShip);
  return { tour, ship };
}

const holdsItsShip = ({ context }: ActorView) => (context as TourContext | undefined)?.holding === "ship";
const claimOf = (name: string) =>
  rows(
    `SELECT sa.container_id, sa.status, sa.assigned_at, sa.released_at, c.status AS container FROM ship_assignments sa
     JOIN containers c ON c.container_id = sa.container_id AND c.player_id = sa.player_id WHERE sa.ship_symbol = '${name}'`,
  );

describe("the claim on a ship", () => {
  const options = { tables: fleetTables, supervision: createSupervision() };

  it("is as it was after every kind of restart of its owner and of the ship, whatever the cause [G8] [R004-17] [R004-01]", async () => {
    const { breaking, kinds } = breakable("tour", /actor\.pickStop$/);
    let runtime = await started(kinds, options);
    let restarted: readonly string[] = [];
    runtime.observe((notice) => {
      if (notice.notice === "failed") breaking.isOn = false;
      if (notice.notice === "restarted") restarted = [...restarted, notice.address];
    });
    const { tour, ship } = await touring(runtime, "P-1");
    const claim = await claimOf("P-1");
    expect(claim).toMatchObject([{ container_id: tour, status: "active", released_at: null, container: "RUNNING" }]);
    const livesAgain = async (address: string, restart: () => unknown) => {
      restarted = [];
      await restart();
      await until(runtime, address, ({ status }) => status === "active" && restarted.includes(address));
      await until(runtime, tour, holdsItsShip);
      expect(await claimOf("P-1")).toEqual(claim);
    };
    await livesAgain(tour, () => {
      breaking.isOn = true;
    });
    await livesAgain(tour, () => runtime.restart(tour, "snapshot"));
    await livesAgain(tour, () => runtime.restart(tour, "afresh"));
    await livesAgain(ship, () => runtime.restart(ship, "snapshot"));
    await runtime.stop({ withinMs: 500 });
    expect(await claimOf("P-1")).toEqual(claim);
    runtime = await started(fleet, options);
    await until(runtime, tour, holdsItsShip);
    expect(await claimOf("P-1")).toEqual(claim);
  });

  it("whose release breaks the ship is told as a dead letter, hides nothing of its owner's end, and ends when that is replayed [G7] [R003-05]", async () => {
    const { breaking, kinds } = breakable("ship", /^ship\.release$/);
    const runtime = await started(kinds, options);
    const { tour, ship } = await touring(runtime, "P-2");
    breaking.isOn = true;
    expect(await runtime.send({ to: tour, event: { type: "tour.stop" } })).toMatchObject({ outcome: "applied" });
    const letters = () => rows(`SELECT id, detail FROM bosun.dead_letters WHERE address = '${ship}'`);
    await expect.poll(letters).toMatchObject([{ detail: "Error: broken by ship.release" }]);
    expect(await rows("SELECT status FROM tours WHERE ship_symbol = 'P-2'")).toEqual([{ status: "leaving" }]);
    expect(await claimOf("P-2")).toMatchObject([{ container_id: tour, status: "idle" }]);
    expect((await runtime.view(ship))?.status).toBe("active");

    breaking.isOn = false;
    await runtime.replayDeadLetter(String((await letters())[0]?.["id"]));
    expect((await until(runtime, tour, ({ status }) => status === "done")).context).toMatchObject({ ending: "stopped" });
    expect((await runtime.view(ship))?.context).toMatchObject({ claim: null });
  });
});
