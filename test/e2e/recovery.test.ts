import { describe, expect, it } from "vitest";
import { type HeldFleet, type HeldTask, heldFleet, SHIP } from "./heldFleet.ts";

/**
 * The daemon is killed for real at named moments of a task, and started again. Afterwards database and books must tell the same story: each
 * task done once, each unit sold, nobody left over.
 */
const fleet: HeldFleet = heldFleet();

/** The ship has bought and not yet left. */
const LEAVES_LOADED = `NEW.src IN ('orbit', 'navigate') AND EXISTS (SELECT 1 FROM ships s JOIN manufacturing_tasks t ON t.agent = s.agent
  AND t.assigned_ship = s.ship_symbol WHERE s.cargo_units > 0 AND t.collect_phase_completed AND s.waypoint = t.source_market)`;

async function assignment() {
  const [row] = await fleet.rows<{ container_id: string; assigned_at: Date }>(
    "SELECT container_id, assigned_at FROM ship_assignments WHERE status = 'active' AND ship_symbol = $1",
    [SHIP],
  );
  return row;
}

/** It is done, with one purchase of what it sold, and everything is accounted for. */
async function expectDoneOnce(id: string): Promise<void> {
  const [task] = await fleet.until<{ actual_quantity: number; retry_count: number }>(
    "SELECT actual_quantity, retry_count FROM manufacturing_tasks WHERE id = $1 AND status = 'COMPLETED'",
    [id],
  );
  expect(await fleet.moved(id)).toEqual({ bought: 40, sold: 40 });
  expect(task).toEqual({ actual_quantity: 40, retry_count: 0 });
  expect((await fleet.audit()).violations).toEqual([]);
}

describe("a daemon that ends in the middle of a task", { timeout: 60_000 }, () => {
  it("mid-navigation, by kill -9: the worker goes on with the same ship under the same claim, and sells [R002-114] [R000-54] [R000-56]", async () => {
    const task = await fleet.underWay();
    await fleet.kill();
    const before = await assignment();
    expect(before?.container_id).toBe(task.worker_address);

    const daemon = await fleet.sailing();
    await daemon.line(({ msg }) => msg === `Restarted worker for task ${task.id} on ship ${SHIP}`);
    await expectDoneOnce(task.id);
    const [row] = await fleet.rows<{ assigned_at: Date }>("SELECT assigned_at FROM ship_assignments WHERE container_id = $1", [
      task.worker_address,
    ]);
    expect(row?.assigned_at).toEqual(before?.assigned_at);
  });

  it("after the purchase and before the departure: it flies and sells, and buys nothing again [R002-115] [R000-53] [R002-100]", async () => {
    await fleet.holdBefore("bosun.jobs", LEAVES_LOADED);
    const [task] = await fleet.rows<HeldTask>("SELECT id, status FROM manufacturing_tasks WHERE status = 'EXECUTING'");
    const [ship] = await fleet.rows<{ nav_status: string }>("SELECT nav_status FROM ships WHERE ship_symbol = $1", [SHIP]);
    expect([task?.status, ship?.nav_status]).toEqual(["EXECUTING", "DOCKED"]);
    await fleet.kill();

    const daemon = await fleet.sailing();
    const id = task?.id ?? "";
    await daemon.line(({ msg }) => msg === `Resuming task ${id} for ship ${SHIP} with existing cargo`);
    await expectDoneOnce(id);
  });

  it.each([
    [
      "between the task's assignment and the ship's claim",
      "ship_assignments",
      "NEW.status = 'active' AND NEW.operation = 'COLLECT_SELL'",
      ["ASSIGNED", null],
    ],
    [
      "between the ship's claim and the worker's start",
      "manufacturing_tasks",
      "NEW.status = 'EXECUTING' AND NOT EXISTS (SELECT 1 FROM manufacturing_tasks m WHERE m.id = NEW.id AND m.status = 'EXECUTING')",
      ["ASSIGNED", "claimed"],
    ],
  ])("%s: neither is left without the other [R002-113] [R003-18]", async (_name, table, condition, state) => {
    await fleet.holdBefore(table, condition);
    const [task] = await fleet.rows<HeldTask>(
      "SELECT id, status, worker_address FROM manufacturing_tasks WHERE status = 'ASSIGNED'",
    );
    await fleet.kill();
    const claim = await assignment();
    expect([task?.status, claim?.container_id === task?.worker_address ? "claimed" : null]).toEqual(state);

    await fleet.sailing();
    await expectDoneOnce(task?.id ?? "");
  });

  it("by SIGTERM: states and claims are kept, no task fails, cargo is sold and the ship works on [R000-06] [R000-57] [R000-65]", async () => {
    const task = await fleet.underWay();
    const claim = await assignment();
    expect(await fleet.stop()).toBe(0);

    const daemon = await fleet.sailing();
    await daemon.line(({ msg }) => msg === "State recovery complete");
    await expectDoneOnce(task.id);
    expect(claim?.container_id).toBe(task.worker_address);
    const failed = await fleet.rows("SELECT id FROM manufacturing_tasks WHERE status = 'FAILED' OR retry_count > 0");
    expect(failed).toEqual([]);
    expect(daemon.lines().filter(({ type }) => type === "task.failed")).toEqual([]);
    await fleet.until(
      "SELECT 1 FROM manufacturing_tasks WHERE status = 'EXECUTING' AND created_at > (SELECT completed_at FROM manufacturing_tasks WHERE id = $1)",
      [task.id],
    );
  });
});
