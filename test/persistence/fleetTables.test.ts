import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fleetTables } from "../../src/persistence/fleetTables.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";

const AGENT = "agent/2026-11-21/BOSUN";

describe("the fleet's read model", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.cleanup());

  it.each(fleetTables)("has the table $name with its key and columns [R000-30] [R002-88] [R004-13] [H9]", async (table) => {
    const key = await database.pool.query(
      `select a.attname as name from pg_index i cross join unnest(i.indkey) with ordinality k(attnum, place)
       join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
       where i.indrelid = to_regclass($1) and i.indisprimary order by k.place`,
      [table.name],
    );
    expect(key.rows.map((row) => row.name)).toEqual(table.key);
    expect(table.key[0]).toBe("agent");
    const columns = await database.pool.query(
      `select column_name as name, is_nullable = 'YES' or column_default is not null as optional
       from information_schema.columns where table_name = $1 and is_identity = 'NO'`,
      [table.name],
    );
    // No actor writes the end of its own era.
    const fillsItself = new Set(["player_id", "id", "era_ended_at"].filter((name) => !table.key.includes(name)));
    const found: readonly { name: string; optional: boolean }[] = columns.rows.filter(
      (row) => !table.key.includes(row.name) && !fillsItself.has(row.name),
    );
    expect(new Set(found.map((row) => row.name))).toEqual(new Set(table.columns));
    expect(new Set(found.filter((row) => !row.optional).map((row) => row.name))).toEqual(new Set(table.required));
  });

  it("gives each agent one player number, whoever writes first [R004-19] [G8]", async () => {
    const insert = "insert into manufacturing_pipelines (agent, id, product_good) values ($1, $2, 'FABRICS') returning player_id";
    const first = await database.pool.query(insert, [AGENT, "p1"]);
    const second = await database.pool.query(insert, [AGENT, "p2"]);
    const other = await database.pool.query(insert, ["agent/2026-12-01/BOSUN", "p1"]);
    expect(second.rows[0].player_id).toBe(first.rows[0].player_id);
    expect(other.rows[0].player_id).not.toBe(first.rows[0].player_id);
    const players = await database.pool.query("select id, agent_symbol, reset_date from players where agent = $1", [AGENT]);
    expect(players.rows).toEqual([{ id: first.rows[0].player_id, agent_symbol: "BOSUN", reset_date: "2026-11-21" }]);
  });

  it("refuses a second active owner of a ship and keeps the first [G9] [R003-13] [R004-10]", async () => {
    const claim = "insert into ship_assignments (agent, ship_symbol, container_id) values ($1, 'S-1', $2)";
    await database.pool.query(claim, [AGENT, "task/1"]);
    await expect(database.pool.query(claim, [AGENT, "task/2"])).rejects.toMatchObject({ code: "23P01" });
    const active = await database.pool.query(
      "select container_id from ship_assignments where ship_symbol = 'S-1' and status = 'active'",
    );
    expect(active.rows).toEqual([{ container_id: "task/1" }]);
  });

  it("hands a ship over in one statement, whichever row is written first [G9]", async () => {
    await database.pool.query("insert into ship_assignments (agent, ship_symbol, container_id) values ($1, 'S-2', 'old')", [
      AGENT,
    ]);
    await database.pool.query(
      `insert into ship_assignments (agent, ship_symbol, container_id, status) values ($1, 'S-2', 'new', 'active'), ($1, 'S-2', 'old', 'idle')
       on conflict (agent, ship_symbol, container_id) do update set status = excluded.status`,
      [AGENT],
    );
    const rows = await database.pool.query(
      "select container_id, status from ship_assignments where ship_symbol = 'S-2' order by 1",
    );
    expect(rows.rows).toEqual([
      { container_id: "new", status: "active" },
      { container_id: "old", status: "idle" },
    ]);
  });

  it("answers the query of seed 004 with one row per running tour [R004-11]", async () => {
    const tour = `${AGENT}/tour/S-3`;
    await database.pool.query(
      `insert into bosun.actors (address, scope, kind, kind_version, generation, status, version, incarnation, input, updated_at_ms)
       values ($1, $2, 'tour', 1, 0, 'active', 1, 1, '{}', 0)`,
      [tour, AGENT],
    );
    await database.pool.query(
      `insert into tours (agent, ship_symbol, address, system, markets) values ($1, 'S-3', $2, 'X1-TS98', '["X1-TS98-A1"]')`,
      [AGENT, tour],
    );
    await database.pool.query(
      "insert into ship_assignments (agent, ship_symbol, container_id, operation) values ($1, 'S-3', $2, 'command')",
      [AGENT, tour],
    );
    const rows = await database.pool.query(
      `SELECT sa.ship_symbol, sa.container_id, c.config::jsonb->'params'->>'system' as system FROM ship_assignments sa
       JOIN containers c ON sa.container_id = c.container_id AND sa.player_id = c.player_id
       WHERE sa.operation = 'command' AND c.status IN ('RUNNING', 'STARTING', 'STARTED') AND c.command_type = 'ScoutTourCommand'`,
    );
    expect(rows.rows).toEqual([{ ship_symbol: "S-3", container_id: tour, system: "X1-TS98" }]);
  });
});
