import { describe, expect, it } from "vitest";
import type { TourContext } from "../../src/machines/tourProtocol.ts";
import { fleetTables } from "../../src/persistence/fleetTables.ts";
import type { Environment } from "../../src/runtime/environment.ts";
import type { ActorKind } from "../../src/runtime/kind.ts";
import type { ActorView, Runtime } from "../../src/runtime/runtime.ts";
import { createSystemEnvironment } from "../../src/runtime/systemEnvironment.ts";
import { createSupervision } from "../../src/supervisor/ladder.ts";
import { SCOPE, shipState, T0 } from "../machines/driver.ts";
import { useHosts } from "../support/hostBed.ts";
import { until } from "../support/hostFixture.ts";
import { silentLogger } from "../support/silentLogger.ts";
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

/** A minute is a fifth of a second. */
function hurried(): Environment {
  const environment = createSystemEnvironment(silentLogger);
  const { clock } = environment;
  const beginMs = clock.nowMs();
  return {
    ...environment,
    clock: {
      nowMs: () => beginMs + 300 * (clock.nowMs() - beginMs),
      wakeAt: (dueAtMs, wake) => clock.wakeAt(beginMs + Math.ceil((dueAtMs - beginMs) / 300), wake),
    },
  };
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

  it("that waits for a ship in quarantine is taken back by a tour that ends, so the ship is nobody's when it is back [G9] [G10] [R004-02]", async () => {
    const { breaking, kinds } = breakable("ship", /actor\.readShip$/);
    const once = kinds.map((kind) => (kind.kind === "ship" ? { ...kind, restart: { ...kind.restart, maxRestarts: 0 } } : kind));
    const runtime = await started(once, { ...options, environment: hurried() });
    const [agent, ship, tour] = [SCOPE, `${SCOPE}/ship/P-3`, `${SCOPE}/coordinator/scout/7`];
    const input = { scope: SCOPE, ship: shipState({ symbol: "P-3" }), asOfMs: T0 };
    await runtime.spawn({ address: ship, kind: "ship", input });
    breaking.isOn = true;
    await runtime.send({ to: ship, event: { type: "ship.unlisted" } });
    await until(runtime, ship, ({ status }) => status === "quarantined");
    await runtime.spawn({ address: tour, kind: "tour", input: { scope: SCOPE, ship: "P-3", stops: ["X1-A-2"], pauseMs: 200 } });
    await until(runtime, tour, ({ status }) => status === "done");

    breaking.isOn = false;
    await runtime.restart(ship, "snapshot");
    const left = () => rows(`SELECT count(*)::int AS n FROM bosun.inbox WHERE address = '${ship}'`);
    await expect.poll(left).toEqual([{ n: 0 }]);
    expect((await runtime.view(ship))?.context).toMatchObject({ claim: null });
    const claims = await rows("SELECT container_id, status, release_reason FROM ship_assignments WHERE ship_symbol = 'P-3'");
    expect(claims).toEqual([{ container_id: tour, status: "idle", release_reason: "unanswered" }]);
    const told = await rows(`SELECT event FROM bosun.dead_letters WHERE address = '${agent}'`);
    expect(told).toMatchObject([{ event: expect.stringContaining("agent.actorsGone") }]);
  });
});
