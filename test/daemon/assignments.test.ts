import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import type { AssignmentsDesk } from "../../src/console/assignments.ts";
import { type AssignmentsDeskParts, createAssignmentsDesk, listAssignments } from "../../src/daemon/assignmentsDesk.ts";
import { createSystemEnvironment } from "../../src/runtime/systemEnvironment.ts";
import { audit, emitted } from "../actors/support/fleetEvidence.ts";
import { type FleetRig, SCOPE, startFleetRig } from "../actors/support/fleetRig.ts";
import { until } from "../support/hostFixture.ts";
import { silentLogger } from "../support/silentLogger.ts";

const GHOST = `${SCOPE}/coordinator/task/ghost`;

describe("assignments in an operator's hands", { timeout: 60_000 }, () => {
  let rig: FleetRig;
  let parts: AssignmentsDeskParts;
  let desk: AssignmentsDesk;

  beforeEach(async () => {
    rig = await startFleetRig({ speed: 240, seed: 2, fleet: "TEN" });
    const { runtime, database } = rig;
    parts = { runtime, database, scope: SCOPE, environment: createSystemEnvironment(silentLogger) };
    desk = createAssignmentsDesk(parts);
    await emitted(rig, "trade.bought", 2);
  });
  afterEach(() => rig.close());

  const rowsOf = (ship: string, owner: string) =>
    rig.rows(`SELECT status, release_reason FROM ship_assignments WHERE ship_symbol = '${ship}' AND container_id = '${owner}'`);
  const list = () => listAssignments(rig.database, SCOPE);
  const forge = () =>
    rig.rows(
      `INSERT INTO ship_assignments (agent, ship_symbol, container_id) VALUES ('${SCOPE}', 'FORGED-1', '${SCOPE}/tour/FORGED-1')`,
    );
  const heldBy = async (kind: "task" | "tour") => {
    const found = (await list()).find(({ owner }) => owner.includes(`/${kind}/`));
    if (found === undefined) throw new Error(`no ship is held by a ${kind}`);
    return found;
  };

  it("are freed where their owner is gone, counted, and nowhere else [R003-16]", async () => {
    const { ship, owner } = await heldBy("tour");
    // A claim whose owner never lived, and a row behind which there is no claim at all.
    await rig.runtime.send({
      to: `${SCOPE}/ship/${ship}`,
      event: { type: "ship.transfer", from: owner, to: GHOST, purpose: "tour" },
    });
    await forge();
    const before = await list();
    expect(
      before
        .filter(({ ownerStatus }) => ownerStatus === "gone")
        .map((line) => line.ship)
        .sort(),
    ).toEqual(["FORGED-1", ship].sort());

    const reply = await desk.clear({ ships: [], force: false });
    expect([...reply.cleared].sort((a, b) => a.ship.localeCompare(b.ship))).toEqual([
      { ship: "FORGED-1", owner: `${SCOPE}/tour/FORGED-1` },
      { ship, owner: GHOST },
    ]);
    expect(reply).toMatchObject({ handedOver: [], refused: [] });
    for (const { ship: freed, owner: gone } of reply.cleared)
      expect(await rowsOf(freed, gone)).toEqual([{ status: "idle", release_reason: "manual_cleanup" }]);
    const others = before.filter(({ ownerStatus }) => ownerStatus !== "gone").map((line) => `${line.ship} ${line.owner}`);
    expect(others.length).toBeGreaterThan(2);
    expect(await desk.clear({ ships: [], force: false })).toEqual({ cleared: [], handedOver: [], refused: [] });
  });

  it("stay as they are when another epoch has begun: the row is not ours to write any more [G6] [G9]", async () => {
    await forge();
    const { epoch, ...stats } = rig.runtime.stats();
    const outdated = createAssignmentsDesk({
      ...parts,
      runtime: { ...rig.runtime, stats: () => ({ ...stats, epoch: epoch - 1 }) },
    });
    await expect(outdated.clear({ ships: [], force: false })).rejects.toThrow(
      `FORGED-1 cannot be freed: the fleet does not own ${SCOPE} at this moment`,
    );
    expect(await rowsOf("FORGED-1", `${SCOPE}/tour/FORGED-1`)).toEqual([{ status: "active", release_reason: null }]);
    const { cleared } = await desk.clear({ ships: [], force: false });
    expect(cleared).toContainEqual({ ship: "FORGED-1", owner: `${SCOPE}/tour/FORGED-1` });
  });

  it("of living owners are refused, and with force handed over by the owner, who ends, with nothing orphaned [G9] [G10]", async () => {
    const { ship, owner } = await heldBy("task");
    const refused = await desk.clear({ ships: [ship, "NOBODY-9"], force: false });
    expect(refused).toEqual({
      cleared: [],
      handedOver: [],
      refused: [
        { ship, detail: expect.stringContaining("its owner lives (active)") },
        { ship: "NOBODY-9", detail: "nobody holds it" },
      ],
    });
    const forced = await desk.clear({ ships: [ship], force: true });
    expect(forced).toMatchObject({ cleared: [], handedOver: [{ ship, owner }], refused: [] });
    // What is aboard is sold first.
    const ended = await until(rig.runtime, owner, ({ status }) => status === "done", 30_000);
    expect(ended.context).toMatchObject({ stopped: true, ship: { cargoUnits: 0 } });
    await until(rig.runtime, `${SCOPE}/ship/${ship}`, ({ context }) => claimOf(context) !== owner);
    expect(await rowsOf(ship, owner)).toEqual([{ status: "idle", release_reason: "stopped" }]);
    expect((await audit(rig)).violations).toEqual([]);
  });
});

function claimOf(context: unknown): string | undefined {
  return z.object({ claim: z.object({ owner: z.string() }).nullable() }).parse(context).claim?.owner;
}
