import { afterEach, describe, expect, it } from "vitest";
import { audit, emitted } from "./support/fleetEvidence.ts";
import { type FleetRig, startFleetRig } from "./support/fleetRig.ts";

let rig: FleetRig | undefined;
afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

/** Ships whose tasks tell of more fuel than was ever paid for: each credit of a refuel is burnt once. */
async function overburntShips(fleet: FleetRig) {
  return await fleet.rows(`SELECT t.assigned_ship, sum(t.fuel_cost)::int AS told, coalesce(max(l.paid), 0)::int AS paid
    FROM manufacturing_tasks t LEFT JOIN
      (SELECT agent, ship, -sum(total_credits) AS paid FROM ledger WHERE kind = 'refuel' GROUP BY agent, ship) l
      ON l.agent = t.agent AND l.ship = t.assigned_ship
    WHERE t.assigned_ship IS NOT NULL GROUP BY t.assigned_ship HAVING sum(t.fuel_cost) > coalesce(max(l.paid), 0)`);
}

/** Pipelines that are over with another profit than the ledger has for their goods, less fuel. */
async function wrongProfits(fleet: FleetRig) {
  return await fleet.rows(`SELECT p.id, p.net_profit::int AS told, coalesce(sum(l.total_credits), 0)::int AS booked
    FROM manufacturing_pipelines p LEFT JOIN ledger l
      ON l.agent = p.agent AND l.pipeline_id = p.id AND l.kind <> 'refuel'
    WHERE p.status = 'COMPLETED' GROUP BY p.id, p.net_profit, p.fuel_cost
    HAVING p.net_profit <> coalesce(sum(l.total_credits), 0) - p.fuel_cost`);
}

describe("the fleet, from a fresh agent on the real host, Postgres and simulator", { timeout: 60_000 }, () => {
  it("earns, and books, ledger and purse agree to the credit, over two restarts in mid-flight [G1] [G5] [G10] [R000-04] [R000-05] [R002-118]", async () => {
    rig = await startFleetRig({ speed: 240, seed: 1 });
    await emitted(rig, "trade.bought", 1);
    await rig.restart();
    await emitted(rig, "task.completed", 1);
    await rig.restart();
    await emitted(rig, "task.completed", 3);

    const report = await audit(rig);
    expect(report.violations).toEqual([]);
    expect(report.purchasesInBooks).toBeGreaterThan(1);
    const [profit] = await rig.rows("SELECT sum(total_credits)::int AS credits FROM ledger WHERE kind <> 'hull'");
    expect(profit?.["credits"]).toBeGreaterThan(0);
    expect([await overburntShips(rig), await wrongProfits(rig)]).toEqual([[], []]);
    expect(rig.runtime.stats().deadLetters).toBe(0);
    expect(rig.notices.filter((notice) => notice.notice === "failed")).toEqual([]);
  });

  it("feeds factories from a fleet of ten, each ship under one claim of a living actor [G9] [R002-01] [R004-02] [R004-03]", async () => {
    // In its first hours a fleet of ten trades: here whatever can be made is made.
    rig = await startFleetRig({ speed: 240, seed: 2, fleet: "TEN", config: { fabricationShare: 0 } });
    await emitted(rig, "task.delivered", 2);
    const claims = await rig.rows(
      "SELECT ship_symbol, count(*)::int AS n FROM ship_assignments WHERE status = 'active' GROUP BY 1 HAVING count(*) > 1",
    );
    expect(claims).toEqual([]);
    const running = await rig.rows(
      "SELECT DISTINCT p.id FROM manufacturing_pipelines p JOIN manufacturing_tasks t ON t.pipeline_id = p.id WHERE t.feeds_good IS NOT NULL",
    );
    expect(running.length).toBeGreaterThan(0);
    const tours = await rig.rows(
      "SELECT a.ship_symbol FROM ship_assignments a JOIN containers c ON c.container_id = a.container_id AND c.player_id = a.player_id WHERE a.operation = 'command' AND c.status IN ('RUNNING', 'STARTING', 'STARTED') AND c.command_type = 'ScoutTourCommand' AND a.status = 'active'",
    );
    expect(tours.length).toBeGreaterThanOrEqual(3);
    expect((await audit(rig)).violations).toEqual([]);
    expect([await overburntShips(rig), await wrongProfits(rig)]).toEqual([[], []]);
  });
});
