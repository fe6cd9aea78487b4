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

  it("has claims that are active or idle, with their times and the reason of their release [R004-13]", async () => {
    const insert = (ship: string, row: string) =>
      database.pool.query(
        `insert into ship_assignments (agent, ship_symbol, container_id, status, released_at, release_reason)
         values ($1, $2, 'task/1', ${row}) returning *`,
        [AGENT, ship],
      );
    const { rows } = await insert("S-4", "default, default, default");
    expect(rows).toMatchObject([{ ship_symbol: "S-4", container_id: "task/1", status: "active", released_at: null }]);
    expect(rows[0]).toMatchObject({ player_id: expect.any(Number), assigned_at: expect.any(Date), release_reason: null });
    const released = await insert("S-5", "'idle', now(), 'completed'");
    expect(released.rows).toMatchObject([{ status: "idle", released_at: expect.any(Date), release_reason: "completed" }]);
    await expect(insert("S-6", "'released', now(), 'completed'")).rejects.toMatchObject({ code: "23514" });
    await expect(insert("S-6", "null, now(), 'completed'")).rejects.toMatchObject({ code: "23502" });
  });

  it("has one container per actor, with its state and command type, the latter in the configuration too [R004-12]", async () => {
    const agent = "agent/2026-12-03/BOSUN";
    const states = [
      ["active", "running", "RUNNING"],
      ["active", "claiming", "STARTING"],
      ["active", "waiting", "STOPPED"],
      ["active", "leaving", "STOPPED"],
      ["starting", "running", "STARTING"],
      ["backingOff", "running", "STARTING"],
      ["quarantined", "failed", "FAILED"],
      ["stopped", "stopped", "STOPPED"],
      ["done", "completed", "STOPPED"],
    ] as const;
    for (const [index, [status, tourStatus]] of states.entries()) await playTour(agent, `S-${index}`, status, tourStatus);
    await insertActor(`${agent}/coordinator`, agent, "coordinator", "active");
    const { rows } = await database.pool.query(
      "select container_id, status, command_type, config::jsonb as config from containers where agent = $1 order by container_id",
      [agent],
    );
    expect(rows).toMatchObject([
      { container_id: `${agent}/coordinator`, status: "RUNNING", command_type: "coordinator" },
      ...states.map(([, , status], index) => ({
        container_id: `${agent}/tour/S-${index}`,
        status,
        command_type: "ScoutTourCommand",
        config: {
          command_type: "ScoutTourCommand",
          params: { system: "X1-TS98", ship_symbol: `S-${index}`, markets: ["X1-TS98-A1"] },
        },
      })),
    ]);
  });

  it("answers the query of seed 004 with one row per running tour [R004-11]", async () => {
    const agent = "agent/2026-12-02/BOSUN";
    const begun = [
      ["S-1", "active", "running"],
      ["S-2", "active", "running"],
      ["S-3", "active", "claiming"],
      ["S-4", "active", "waiting"],
      ["S-5", "quarantined", "failed"],
    ] as const;
    for (const [ship, status, tourStatus] of begun) await playTour(agent, ship, status, tourStatus);
    await playTour("agent/2026-12-04/BOSUN", "S-1", "active", "running");
    const { rows: players } = await database.pool.query("select id from players where agent = $1", [agent]);
    const { rows } = await database.pool.query(
      `SELECT sa.ship_symbol, sa.container_id, c.config::jsonb->'params'->>'system' as system FROM ship_assignments sa
       JOIN containers c ON sa.container_id = c.container_id AND sa.player_id = c.player_id
       WHERE sa.player_id = $1 AND sa.operation = 'command' AND c.status IN ('RUNNING', 'STARTING', 'STARTED')
         AND c.command_type = 'ScoutTourCommand' ORDER BY 1`,
      [players[0].id],
    );
    expect(rows).toEqual(
      ["S-1", "S-2", "S-3"].map((ship) => ({ ship_symbol: ship, container_id: `${agent}/tour/${ship}`, system: "X1-TS98" })),
    );
  });

  async function insertActor(address: string, agent: string, kind: string, status: string): Promise<void> {
    await database.pool.query(
      `insert into bosun.actors (address, scope, kind, kind_version, generation, status, version, incarnation, input, updated_at_ms)
       values ($1, $2, $3, 1, 0, $4, 1, 1, '{}', 0)`,
      [address, agent, kind, status],
    );
  }

  /** A tour with its claim, in these states. */
  async function playTour(agent: string, ship: string, status: string, tourStatus: string): Promise<void> {
    const address = `${agent}/tour/${ship}`;
    await insertActor(address, agent, "tour", status);
    await database.pool.query(
      `insert into tours (agent, ship_symbol, address, system, markets, status) values ($1, $2, $3, 'X1-TS98', '["X1-TS98-A1"]', $4)`,
      [agent, ship, address, tourStatus],
    );
    await database.pool.query(
      "insert into ship_assignments (agent, ship_symbol, container_id, operation) values ($1, $2, $3, 'command')",
      [agent, ship, address],
    );
  }
});
