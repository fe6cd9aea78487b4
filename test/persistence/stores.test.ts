import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { countDeadLetters, countRestarts, listActors, listDeadLetters } from "../../src/persistence/actors.store.ts";
import { endAssignment, listHeldShips } from "../../src/persistence/assignments.store.ts";
import { findPlayer, listCargoHolds } from "../../src/persistence/fleet.store.ts";
import { readLedgerTotals } from "../../src/persistence/ledger.store.ts";
import { countTasksByStatus, listFactories, listPipelines, listTasks } from "../../src/persistence/manufacturing.store.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";

const AGENT = "agent/2026-11-21/BOSUN";
const OTHER = "agent/2026-12-01/BOSUN";

describe("what the stores answer", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.cleanup());

  /** Writes rows as the actors' commits do. */
  async function insert(table: string, rows: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
    for (const row of rows) {
      const columns = Object.keys(row);
      const values = columns.map((_, index) => `$${index + 1}`).join(", ");
      await database.pool.query(`insert into ${table} (${columns.join(", ")}) values (${values})`, Object.values(row));
    }
  }

  it("sums the ledger by kind; hulls are investment, and other agents' money is not ours [H9]", async () => {
    const at = (minute: number) => new Date(Date.UTC(2026, 10, 21, 12, minute));
    await insert("ledger", [
      {
        agent: AGENT,
        job_id: "1",
        at: at(0),
        kind: "purchase",
        total_credits: -4_000,
        units: 40,
        unit_price: 100,
        good: "FABRICS",
        ship: "S-1",
      },
      { agent: AGENT, job_id: "2", at: at(10), kind: "sale", total_credits: 9_000 },
      { agent: AGENT, job_id: "3", at: at(20), kind: "refuel", total_credits: -72 },
      { agent: AGENT, job_id: "4", at: at(30), kind: "hull", total_credits: -300_000 },
      { agent: OTHER, job_id: "1", at: at(30), kind: "sale", total_credits: 1_000_000 },
    ]);
    expect(await readLedgerTotals(database, AGENT)).toEqual({
      purchasesCredits: -4_000,
      salesCredits: 9_000,
      refuelsCredits: -72,
      hullsCredits: -300_000,
      operatingProfitCredits: 4_928,
    });
  });

  it("lists pipelines with their progress, tasks with what they wait for, and counts by state", async () => {
    await insert("manufacturing_pipelines", [
      {
        agent: AGENT,
        id: "p1",
        product_good: "CLOTHING",
        status: "EXECUTING",
        total_cost: 100,
        total_revenue: 350,
        fuel_cost: 30,
        net_profit: 220,
        plan: JSON.stringify({ feedWorthCredits: 2_400 }),
      },
      { agent: AGENT, id: "p2", product_good: "FABRICS", status: "FAILED", reason: "no margin" },
    ]);
    const task = { agent: AGENT, pipeline_id: "p1", good: "FABRICS" };
    await insert("manufacturing_tasks", [
      { ...task, id: "t1", task_type: "ACQUIRE_DELIVER", status: "COMPLETED", acquire_phase_completed: true },
      { ...task, id: "t2", task_type: "ACQUIRE_DELIVER", status: "EXECUTING", assigned_ship: "S-1" },
      { ...task, id: "t3", task_type: "COLLECT_SELL", status: "PENDING" },
      { ...task, id: "l1", pipeline_id: null, task_type: "LIQUIDATE", status: "READY" },
      { ...task, id: "t4", agent: OTHER, task_type: "COLLECT_SELL", status: "PENDING" },
    ]);
    await insert("manufacturing_task_dependencies", [
      { agent: AGENT, task_id: "t3", depends_on_id: "t2" },
      { agent: AGENT, task_id: "t3", depends_on_id: "t1" },
    ]);
    const executing = await listPipelines(database, AGENT, { status: ["EXECUTING"] });
    expect(executing).toMatchObject([
      { id: "p1", tasks: 3, tasksCompleted: 1, fuelCredits: 30, netProfitCredits: 220, expectedProfitCredits: undefined },
    ]);
    expect(executing[0]?.feedWorthCredits).toBe(2_400);
    expect((await listPipelines(database, AGENT, { status: ["FAILED"] }))[0]?.feedWorthCredits).toBe(0);
    expect((await listPipelines(database, AGENT)).map((pipeline) => pipeline.id).toSorted()).toEqual(["p1", "p2"]);
    // A row of before fuel was counted says so.
    expect(await listPipelines(database, AGENT, { status: ["FAILED"] })).toMatchObject([{ id: "p2", fuelCredits: undefined }]);
    expect(await countTasksByStatus(database, AGENT)).toEqual({ COMPLETED: 1, EXECUTING: 1, PENDING: 1, READY: 1 });
    expect(await listTasks(database, AGENT, { status: ["PENDING"] })).toMatchObject([
      { id: "t3", dependsOn: ["t1", "t2"], cargoAboard: false },
    ]);
    expect(await listTasks(database, AGENT, { status: ["READY"] })).toMatchObject([{ id: "l1", cargoAboard: true }]);
    expect((await listTasks(database, AGENT, { pipelineId: "p1" })).map((found) => [found.id, found.cargoAboard])).toEqual([
      ["t1", true],
      ["t2", false],
      ["t3", false],
    ]);
    await insert("manufacturing_factory_states", [
      { agent: AGENT, factory_symbol: "X1-A1", output_good: "FABRICS", pipeline_id: "p1", current_supply: "HIGH" },
      { agent: AGENT, factory_symbol: "X1-A2", output_good: "IRON", pipeline_id: "p2" },
    ]);
    expect(await listFactories(database, AGENT, ["p1"])).toMatchObject([
      { waypoint: "X1-A1", pipelineId: "p1", supply: "HIGH", readyForCollection: false },
    ]);
    expect(await listFactories(database, AGENT, [])).toEqual([]);
  });

  it("lists the tasks of a chain in their order, the tenth after the ninth", async () => {
    const agent = "agent/x/LONG";
    const ids = ["p1.t2", "p1.t9", "p1.t10"];
    const task = { agent, good: "IRON", task_type: "ACQUIRE_DELIVER", status: "READY", created_at: new Date(1_000) };
    await insert("manufacturing_tasks", [...ids, "p1.t11"].map((id) => ({ ...task, id })).toReversed());
    await insert(
      "manufacturing_task_dependencies",
      ids.map((id) => ({ agent, task_id: "p1.t11", depends_on_id: id })),
    );
    const tasks = await listTasks(database, agent);
    expect(tasks.map(({ id }) => id)).toEqual([...ids, "p1.t11"]);
    expect(tasks.at(-1)?.dependsOn).toEqual(ids);
  });

  it("lists what ended last first", async () => {
    const ended = { agent: "agent/x/ENDED", good: "IRON", task_type: "COLLECT_SELL", status: "CANCELLED" };
    await insert("manufacturing_tasks", [
      { ...ended, id: "old", completed_at: new Date(1_000) },
      { ...ended, id: "new", completed_at: new Date(3_000) },
      { ...ended, id: "middle", completed_at: new Date(2_000) },
    ]);
    const latest = await listTasks(database, "agent/x/ENDED", { status: ["CANCELLED"], latestEnded: 2 });
    expect(latest.map(({ id, completedAtMs }) => [id, completedAtMs])).toEqual([
      ["new", 3_000],
      ["middle", 2_000],
    ]);
  });

  it("finds who works with which ship, whose owner no longer lives, and ends one once, for the epoch that runs [G6] [R002-73] [R003-16]", async () => {
    const actor = {
      scope: AGENT,
      kind: "task",
      kind_version: 1,
      generation: 0,
      version: 1,
      incarnation: 1,
      input: "{}",
      updated_at_ms: 5,
    };
    await insert("bosun.actors", [
      { ...actor, address: `${AGENT}/task/1`, status: "active" },
      { ...actor, address: `${AGENT}/task/2`, status: "done" },
    ]);
    await insert("ship_assignments", [
      { agent: AGENT, ship_symbol: "S-1", container_id: `${AGENT}/task/1` },
      { agent: AGENT, ship_symbol: "S-2", container_id: `${AGENT}/task/2` },
      { agent: AGENT, ship_symbol: "S-3", container_id: `${AGENT}/task/2`, status: "idle", release_reason: "completed" },
    ]);
    const held = await listHeldShips(database, AGENT);
    expect(held.map(({ ship, owner, ownerStatus }) => [ship, owner, ownerStatus])).toEqual([
      ["S-1", `${AGENT}/task/1`, "active"],
      ["S-2", `${AGENT}/task/2`, "gone"],
    ]);
    await insert("bosun.ownership", [{ scope: AGENT, epoch: 3, holder: "h", host: "here", pid: 1, backend_pid: 1 }]);
    const ended = { ship: "S-2", owner: `${AGENT}/task/2`, reason: "manual_cleanup" };
    expect(await endAssignment(database, { scope: AGENT, epoch: 2 }, ended)).toBe("fenced");
    expect(await listHeldShips(database, AGENT)).toHaveLength(2);
    expect(await endAssignment(database, { scope: AGENT, epoch: 3 }, ended)).toBe("ended");
    expect(await endAssignment(database, { scope: AGENT, epoch: 3 }, ended)).toBe("notActive");
    expect((await listHeldShips(database, AGENT)).map(({ ship }) => ship)).toEqual(["S-1"]);
  });

  it("shows actors and dead letters, unreadable ones too [G7]", async () => {
    const actor = {
      scope: OTHER,
      kind: "ship",
      kind_version: 1,
      generation: 0,
      version: 3,
      incarnation: 2,
      input: "{}",
      updated_at_ms: 5,
    };
    const history = { failuresAtMs: [], afreshAtMs: [], restarts: 4 };
    await insert("bosun.actors", [
      {
        ...actor,
        address: `${OTHER}/a`,
        status: "quarantined",
        lifecycle: JSON.stringify({ history, lastError: { name: "TypeError", message: "x" } }),
      },
      { ...actor, address: `${OTHER}/b`, status: "active", lifecycle: "{broken" },
      { ...actor, address: `${OTHER}/c`, status: "stopped" },
    ]);
    expect(await listActors(database, OTHER)).toMatchObject([
      { address: `${OTHER}/a`, status: "quarantined", restarts: 4, lastError: "TypeError: x", version: 3 },
      { address: `${OTHER}/b`, status: "active", restarts: 0, lastError: "its lifecycle cannot be read" },
    ]);
    expect(await listActors(database, OTHER, { withEnded: true })).toHaveLength(3);
    expect(await countRestarts(database, OTHER)).toBe(4);
    const letter = { scope: OTHER, address: "nowhere", reason: "unknownAddress", detail: "" };
    await insert("bosun.dead_letters", [
      { ...letter, id: "1", event: '{"type":"HELLO"}', at_ms: 1 },
      { ...letter, id: "2", event: "not json", at_ms: 2 },
    ]);
    expect(await countDeadLetters(database, OTHER)).toBe(2);
    expect((await listDeadLetters(database, OTHER, 10)).map((found) => found.eventType)).toEqual(["(unreadable)", "HELLO"]);
  });

  it("lists holds, and the player with its credits", async () => {
    await insert("cargo_holds", [{ agent: AGENT, ship_symbol: "S-1", good: "FABRICS", units: 3, reason: "no market" }]);
    await database.pool.query("update players set credits = 175000 where agent = $1", [AGENT]);
    expect(await listCargoHolds(database, AGENT)).toEqual([{ ship: "S-1", good: "FABRICS", units: 3, reason: "no market" }]);
    expect(await findPlayer(database, AGENT)).toMatchObject({ symbol: "BOSUN", resetDate: "2026-11-21", credits: 175_000 });
    expect(await findPlayer(database, "agent/x/NOBODY")).toBeUndefined();
  });
});
