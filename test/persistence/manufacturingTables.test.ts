import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";

const AGENT = "agent/2026-11-21/BOSUN";
const CHECK_VIOLATION = "23514";
const NOT_NULL_VIOLATION = "23502";
const UNIQUE_VIOLATION = "23505";

type Row = Readonly<Record<string, unknown>>;

describe("the tables of manufacturing, on Postgres", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.cleanup());

  async function insert(table: string, row: Row): Promise<Row> {
    const columns = Object.keys(row);
    const values = columns.map((_, index) => `$${index + 1}`).join(", ");
    const { rows } = await database.pool.query<Row>(
      `insert into ${table} (${columns.join(", ")}) values (${values}) returning *`,
      Object.values(row),
    );
    return rows[0] ?? {};
  }

  /** Index definitions without names, as `(columns) WHERE …`. */
  async function indexes(table: string): Promise<readonly string[]> {
    const { rows } = await database.pool.query<{ indexdef: string }>("select indexdef from pg_indexes where tablename = $1", [
      table,
    ]);
    return rows.map(({ indexdef }) => indexdef.slice(indexdef.indexOf("USING btree ") + "USING btree ".length));
  }

  const pipeline = (rest: Row = {}): Row => ({ agent: AGENT, id: "p1", product_good: "FABRICS", ...rest });
  const task = (rest: Row = {}): Row => ({
    agent: AGENT,
    id: "t1",
    task_type: "ACQUIRE_DELIVER",
    status: "PENDING",
    good: "FABRICS",
    ...rest,
  });

  it("a pipeline begins as PLANNING, without money, now, and knows its player [R002-87]", async () => {
    const before = Date.now();
    const row = await insert("manufacturing_pipelines", pipeline());
    expect(row).toMatchObject({
      status: "PLANNING",
      total_cost: "0",
      total_revenue: "0",
      net_profit: "0",
      started_at: null,
      completed_at: null,
    });
    expect(row["player_id"]).toEqual(expect.any(Number));
    expect(Math.abs(Number(row["created_at"]) - before)).toBeLessThan(60_000);
  });

  it.each([["product_good"], ["expected_price"], ["status"], ["created_at"], ["total_cost"]])(
    "a pipeline has its %s [R002-87]",
    async (column) => {
      const row = pipeline({ id: `null-${column}`, [column]: null });
      await expect(insert("manufacturing_pipelines", row)).rejects.toMatchObject({ code: NOT_NULL_VIOLATION, column });
    },
  );

  it("a pipeline is in one of five states, CANCELLED among them, and there once [R002-87] [R002-91]", async () => {
    for (const status of ["PLANNING", "EXECUTING", "COMPLETED", "FAILED", "CANCELLED"])
      await insert("manufacturing_pipelines", pipeline({ id: `as-${status}`, status }));
    await expect(insert("manufacturing_pipelines", pipeline({ id: "odd", status: "RUNNING" }))).rejects.toMatchObject({
      code: CHECK_VIOLATION,
    });
    await expect(insert("manufacturing_pipelines", pipeline({ id: "as-FAILED" }))).rejects.toMatchObject({
      code: UNIQUE_VIOLATION,
    });
    expect(await indexes("manufacturing_pipelines")).toEqual(expect.arrayContaining(["(status)", "(player_id)"]));
  });

  it("a task begins with nothing done and three attempts [R002-88]", async () => {
    expect(await insert("manufacturing_tasks", task())).toMatchObject({
      quantity: 0,
      actual_quantity: 0,
      priority: 0,
      retry_count: 0,
      max_retries: 3,
      total_cost: "0",
      total_revenue: "0",
      acquire_phase_completed: false,
      collect_phase_completed: false,
      assigned_ship: null,
      error_message: null,
    });
  });

  it("a task has one of the known types and states, and a good [R002-88]", async () => {
    for (const [column, value] of Object.entries({ task_type: "MINE", status: "DONE" }))
      await expect(insert("manufacturing_tasks", task({ id: `odd-${column}`, [column]: value }))).rejects.toMatchObject({
        code: CHECK_VIOLATION,
      });
    await expect(insert("manufacturing_tasks", task({ id: "no-good", good: null }))).rejects.toMatchObject({
      code: NOT_NULL_VIOLATION,
      column: "good",
    });
  });

  it("tasks are found by pipeline, state, ship, and the READY ones by priority [R002-88]", async () => {
    expect(await indexes("manufacturing_tasks")).toEqual(
      expect.arrayContaining([
        "(pipeline_id)",
        "(status)",
        "(assigned_ship)",
        "(status, priority DESC) WHERE (status = 'READY'::text)",
      ]),
    );
  });

  it("has a place for tasks without a pipeline, for LIQUIDATE, the fused types and CANCELLED [R002-91]", async () => {
    for (const type of [
      "ACQUIRE",
      "DELIVER",
      "COLLECT",
      "SELL",
      "LIQUIDATE",
      "ACQUIRE_DELIVER",
      "COLLECT_DELIVER",
      "COLLECT_SELL",
    ]) {
      const row = await insert("manufacturing_tasks", task({ id: `as-${type}`, task_type: type, status: "CANCELLED" }));
      expect(row["pipeline_id"]).toBeNull();
    }
  });

  it("a dependency is there once, and is found from both ends [R002-89]", async () => {
    const edge = { agent: AGENT, task_id: "t3", depends_on_id: "t1" };
    await insert("manufacturing_task_dependencies", edge);
    await insert("manufacturing_task_dependencies", { ...edge, depends_on_id: "t2" });
    await expect(insert("manufacturing_task_dependencies", edge)).rejects.toMatchObject({ code: UNIQUE_VIOLATION });
    await expect(insert("manufacturing_task_dependencies", { ...edge, depends_on_id: null })).rejects.toMatchObject({
      code: NOT_NULL_VIOLATION,
    });
    expect(await indexes("manufacturing_task_dependencies")).toEqual(
      expect.arrayContaining(["(agent, task_id, depends_on_id)", "(depends_on_id)"]),
    );
  });

  it("a factory's state begins unfed and not ready, its inputs as JSON [R002-90]", async () => {
    const factory = { agent: AGENT, factory_symbol: "X1-F", output_good: "FABRICS", pipeline_id: "p1" };
    expect(await insert("manufacturing_factory_states", factory)).toMatchObject({
      required_inputs: [],
      delivered_inputs: {},
      all_inputs_delivered: false,
      ready_for_collection: false,
      current_supply: null,
      previous_supply: null,
      inputs_completed_at: null,
      ready_at: null,
    });
    const none = { ...factory, pipeline_id: "p3", required_inputs: null };
    await expect(insert("manufacturing_factory_states", none)).rejects.toMatchObject({ code: NOT_NULL_VIOLATION });
    expect(await indexes("manufacturing_factory_states")).toContain(
      "(ready_for_collection) WHERE (ready_for_collection = false)",
    );
  });

  it("there is one such row per factory, product and pipeline [R002-90] [R002-91]", async () => {
    const factory = { agent: AGENT, factory_symbol: "X1-G", output_good: "FABRICS", pipeline_id: "p1" };
    await insert("manufacturing_factory_states", factory);
    await expect(insert("manufacturing_factory_states", factory)).rejects.toMatchObject({ code: UNIQUE_VIOLATION });
    await insert("manufacturing_factory_states", { ...factory, pipeline_id: "p2" });
    await insert("manufacturing_factory_states", { ...factory, output_good: "CLOTHING" });
    await insert("manufacturing_factory_states", { ...factory, agent: "agent/2026-12-01/BOSUN" });
  });
});
