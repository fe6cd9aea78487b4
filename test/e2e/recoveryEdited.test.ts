import { describe, expect, it } from "vitest";
import { statusOf } from "./fleetWatch.ts";
import { type HeldFleet, type HeldTask, heldFleet, SHIP, UNWANTED } from "./heldFleet.ts";

/**
 * While the daemon is dead somebody changes what it finds: rows, stored states, and what is aboard a ship. Nothing of that may keep it from
 * starting, stand as it is, or go unsaid.
 */
const fleet: HeldFleet = heldFleet();

const ACTOR = "SELECT snapshot FROM bosun.actors WHERE address = $1";

/** Changes the stored state of an actor that does nothing now: no mail, jobs or timers are left to it. */
async function rewrite(address: string, change: (snapshot: Snapshot) => object): Promise<void> {
  const [row] = await fleet.rows<{ snapshot: string }>(ACTOR, [address]);
  const text = JSON.stringify(change(JSON.parse(row?.snapshot ?? "{}") as Snapshot));
  for (const table of ["inbox", "jobs", "timers"]) await fleet.rows(`DELETE FROM bosun.${table} WHERE address = $1`, [address]);
  await fleet.rows("UPDATE bosun.actors SET snapshot = $2 WHERE address = $1", [address, text]);
}

interface Snapshot {
  readonly context: Readonly<Record<string, unknown>> & { readonly task: object };
}

describe("a daemon that finds its database or its ships changed", { timeout: 60_000 }, () => {
  it("repairs and ends rows that contradict the actors, and bosun status lists them [R000-34] [R000-38] [R002-97]", async () => {
    const task = await fleet.underWay();
    await fleet.kill();
    const agent = fleet.scope();
    await fleet.rows("UPDATE manufacturing_tasks SET status = 'PENDING', pipeline_id = 'p999' WHERE id = $1", [task.id]);
    await fleet.rows(
      "INSERT INTO manufacturing_tasks (agent, id, pipeline_id, task_type, status, good, assigned_ship) VALUES ($1, 'stray', 'p999', 'COLLECT_SELL', 'EXECUTING', 'GOLD', $2)",
      [agent, SHIP],
    );
    await fleet.rows("INSERT INTO manufacturing_task_dependencies VALUES ($1, 'stray', 'nothing')", [agent]);
    await fleet.rows("UPDATE ship_assignments SET status = 'idle' WHERE status = 'active'");
    await fleet.rows("INSERT INTO ship_assignments (agent, ship_symbol, container_id) VALUES ($1, $2, 'agent/x/y/dead')", [
      agent,
      SHIP,
    ]);

    const daemon = await fleet.sailing();
    const { recovery } = await statusOf(fleet.dataDir);
    const told = recovery?.findings.map(({ table, row, done }) => `${done} ${table} ${row}`) ?? [];
    expect(told).toEqual(
      expect.arrayContaining([
        `repaired manufacturing_tasks ${task.id}`,
        "ended manufacturing_tasks stray",
        "removed manufacturing_task_dependencies stray nothing",
        `ended ship_assignments ${SHIP} agent/x/y/dead`,
        `repaired ship_assignments ${SHIP} ${task.worker_address}`,
      ]),
    );
    expect(daemon.lines().filter(({ msg }) => String(msg).startsWith("Row ")).length).toBe(told.length);
    await daemon.line(({ msg, pipelines }) => msg === "State recovery complete" && pipelines === recovery?.pipelines);
    await fleet.until("SELECT 1 FROM manufacturing_tasks WHERE id = $1 AND status = 'COMPLETED'", [task.id]);
    const [stray] = await fleet.rows("SELECT status, error_message FROM manufacturing_tasks WHERE id = 'stray'");
    expect(stray).toEqual({ status: "CANCELLED", error_message: "orphaned task - no pipeline" });
    expect((await fleet.audit()).violations).toEqual([]);
  });

  it("gives a task that lost its ship the ship with its cargo again [R002-116] [R002-102]", async () => {
    const task = await fleet.underWay();
    await fleet.kill();
    const idle = { claim: null, command: null, queued: null, legs: null, trade: null, problem: null, problems: 0 };
    await rewrite(`${fleet.scope()}/ship/${SHIP}`, (snapshot) => ({
      ...snapshot,
      value: "resting",
      children: [],
      context: { ...snapshot.context, ...idle, ship: { ...(snapshot.context["ship"] as object), nav: "IN_ORBIT" } },
    }));
    await rewrite(task.worker_address, (snapshot) => {
      const { assignedShip: _, ...rest } = snapshot.context.task as Record<string, unknown>;
      const context = { ...snapshot.context, task: { ...rest, status: "READY" }, ship: null, commandId: null };
      return { ...snapshot, value: "ready", children: [], context };
    });

    const daemon = await fleet.sailing();
    await daemon.line(
      ({ msg }) =>
        String(msg).startsWith(`Ship ${SHIP} has orphaned cargo: 40 `) && String(msg).endsWith(`task ${task.id} takes it`),
    );
    await fleet.until("SELECT 1 FROM manufacturing_tasks WHERE id = $1 AND status = 'COMPLETED'", [task.id]);
    expect(await fleet.moved(task.id)).toEqual({ bought: 40, sold: 40 });
    expect((await fleet.audit()).violations).toEqual([]);
  });

  it("ends a worker whose pipeline is gone, and sells what it carried under the same ship [R000-35] [R000-37] [R000-39]", async () => {
    const task = await fleet.underWay();
    await fleet.kill();
    const [pipeline] = task.worker_address.split("/task/");
    await fleet.rows("DELETE FROM bosun.actors WHERE address = $1", [pipeline ?? ""]);

    const daemon = await fleet.sailing();
    await daemon.line(({ msg }) => msg === `Pipeline ${pipeline} does not live, and tasks of it do: they are ended`);
    const [ended] = await fleet.until<{ error_message: string }>(
      "SELECT error_message FROM manufacturing_tasks WHERE id = $1 AND status = 'CANCELLED'",
      [task.id],
    );
    expect(ended?.error_message).toBe("orphaned task - no pipeline");
    const sales = await fleet.until<{ units: number }>(
      "SELECT quantity AS units FROM manufacturing_tasks WHERE task_type = 'LIQUIDATE' AND status = 'COMPLETED' AND created_at >= (SELECT completed_at FROM manufacturing_tasks WHERE id = $1)",
      [task.id],
    );
    expect(sales).toEqual([{ units: 40 }]);
    expect(daemon.lines().filter(({ msg }) => String(msg).startsWith(`Released ship assignment for ${SHIP}: orphaned`))).toEqual(
      [],
    );
    expect((await fleet.audit()).violations).toEqual([]);
  });

  it("replaces a worker whose state nobody can read: its empty ship is free, its task READY again [R000-16] [R000-20] [R000-23]", async () => {
    const [task] = await fleet.until<HeldTask>(
      `SELECT t.id, t.status, t.worker_address FROM manufacturing_tasks t JOIN ships s ON s.agent = t.agent AND s.ship_symbol = t.assigned_ship
       WHERE t.status = 'EXECUTING' AND t.task_type = 'COLLECT_SELL' AND NOT t.collect_phase_completed AND s.cargo_units = 0 AND s.nav_status = 'IN_TRANSIT'`,
    );
    await fleet.kill();
    await fleet.rows("UPDATE bosun.actors SET snapshot = '{\"torn' WHERE address = $1", [task?.worker_address ?? ""]);

    const daemon = await fleet.sailing();
    const failed = await daemon.line(({ msg }) => String(msg).startsWith(`Failed to restart worker for task ${task?.id}: `));
    expect(failed).toMatchObject({ level: 50 });
    await daemon.line(({ msg }) => String(msg).startsWith(`Task ${task?.id} is READY again`));
    await fleet.until("SELECT 1 FROM manufacturing_tasks WHERE id = $1 AND status = 'COMPLETED'", [task?.id ?? ""]);
    await daemon.line(({ msg }) => msg === `Released ship assignment for ${SHIP}: task_recovery`);
    expect((await fleet.audit()).violations).toEqual([]);
  });

  /** Last, since what is bought by hand is in no ledger of ours. */
  it("sells off cargo that no task knows of, and uses the ship again [R002-117] [R000-36] [R000-40]", async () => {
    await fleet.holdBefore("manufacturing_pipelines", "NOT EXISTS (SELECT 1 FROM manufacturing_pipelines p WHERE p.id = NEW.id)");
    await fleet.kill();
    await buyByHand(5);

    const daemon = await fleet.sailing();
    await daemon.line(({ msg }) => msg === `Ship ${SHIP} has orphaned cargo: 5 ${UNWANTED}`);
    const created = await daemon.line(({ msg }) => msg === `Created LIQUIDATE task for stranded 5 ${UNWANTED} on ship ${SHIP}`);
    expect(created).toMatchObject({ level: 40, ship: SHIP, good: UNWANTED, units: 5 });
    const [sale] = await fleet.until<{ id: string }>(
      "SELECT id FROM manufacturing_tasks WHERE task_type = 'LIQUIDATE' AND good = $1 AND status = 'COMPLETED' AND total_revenue > 0 AND priority = 100",
      [UNWANTED],
    );
    await fleet.until(
      `SELECT 1 FROM manufacturing_tasks t, manufacturing_tasks l WHERE l.id = $1 AND t.assigned_ship = $2 AND t.status = 'EXECUTING'
         AND t.task_type <> 'LIQUIDATE' AND t.started_at >= l.completed_at`,
      [sale?.id ?? "", SHIP],
    );
  });

  /** Past the daemon, as our agent, where the ship is. */
  async function buyByHand(units: number): Promise<void> {
    await fleet.play("POST", `/my/ships/${SHIP}/dock`);
    await fleet.play("POST", `/my/ships/${SHIP}/purchase`, { symbol: UNWANTED, units });
  }
});
