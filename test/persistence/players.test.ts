import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { countDeadLetters, countRestarts, listActors, listDeadLetters } from "../../src/persistence/actors.store.ts";
import { listHeldShips } from "../../src/persistence/assignments.store.ts";
import { findPlayer, listCargoHolds } from "../../src/persistence/fleet.store.ts";
import { readLedgerTotals } from "../../src/persistence/ledger.store.ts";
import { countTasksByStatus, listFactories, listPipelines, listTasks } from "../../src/persistence/manufacturing.store.ts";
import { listRunningTours, listTours } from "../../src/persistence/tours.store.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";

/** One player after a reset: the same ships and the same ids in another era. */
const OURS = "agent/2026-11-21/BOSUN";
const THEIRS = "agent/2026-12-01/BOSUN";

describe("two players in one database", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.cleanup());

  /** A row in every table that is asked for, under keys that both players use. */
  async function play(agent: string, good: string): Promise<void> {
    const tour = `${agent}/tour/S-1`;
    const rows: readonly (readonly [table: string, row: Readonly<Record<string, unknown>>])[] = [
      ["manufacturing_pipelines", { id: "p1", product_good: good, status: "EXECUTING" }],
      ["manufacturing_tasks", { id: "t1", pipeline_id: "p1", good, task_type: "COLLECT_SELL", status: "READY" }],
      ["manufacturing_task_dependencies", { task_id: "t1", depends_on_id: `after ${good}` }],
      ["manufacturing_factory_states", { factory_symbol: "X1-T-F", output_good: good, pipeline_id: "p1" }],
      ["ship_assignments", { ship_symbol: "S-1", container_id: tour, operation: "command" }],
      ["cargo_holds", { ship_symbol: "S-1", good, units: good.length }],
      ["ledger", { job_id: "1", kind: "sale", total_credits: good.length }],
      ["tours", { ship_symbol: "S-1", address: tour, system: "X1-T", status: "running" }],
    ];
    for (const [table, row] of rows) await insert(table, { agent, ...row });
    const versions = { kind_version: 1, generation: 0, version: 1, incarnation: 1, updated_at_ms: 0 };
    const lifecycle = JSON.stringify({ history: { failuresAtMs: [], afreshAtMs: [], restarts: good.length } });
    await insert("bosun.actors", {
      ...versions,
      address: tour,
      scope: agent,
      kind: "tour",
      status: "active",
      input: "{}",
      lifecycle,
    });
    const letter = { id: `l1 of ${agent}`, address: tour, reason: "unknownAddress", detail: good, event: "{}", at_ms: 1 };
    await insert("bosun.dead_letters", { ...letter, scope: agent });
  }

  async function insert(table: string, row: Readonly<Record<string, unknown>>): Promise<void> {
    const columns = Object.keys(row);
    const values = columns.map((_, index) => `$${index + 1}`).join(", ");
    await database.pool.query(`insert into ${table} (${columns.join(", ")}) values (${values})`, Object.values(row));
  }

  /** Everything that a player is ever told from the tables. */
  async function toldTo(agent: string) {
    const player = await findPlayer(database, agent);
    return {
      player,
      pipelines: await listPipelines(database, agent),
      tasks: await listTasks(database, agent),
      counts: await countTasksByStatus(database, agent),
      factories: await listFactories(database, agent, ["p1"]),
      held: await listHeldShips(database, agent),
      holds: await listCargoHolds(database, agent),
      ledger: await readLedgerTotals(database, agent),
      tours: await listTours(database, agent, { ended: true }),
      running: await listRunningTours(database, { system: "X1-T", playerId: player?.id ?? -1 }),
      actors: await listActors(database, agent),
      restarts: await countRestarts(database, agent),
      letters: [await countDeadLetters(database, agent), await listDeadLetters(database, agent, 10)],
    };
  }

  it("are each told of their own rows only, also where both use the same ids [R004-19] [H9]", async () => {
    await play(OURS, "FABRICS");
    const alone = await toldTo(OURS);
    expect(Object.values(alone).filter((told) => told === undefined || (Array.isArray(told) && told.length === 0))).toEqual([]);
    await play(THEIRS, "IRON");
    expect(await toldTo(OURS)).toEqual(alone);
    const theirs = await toldTo(THEIRS);
    expect(theirs.player?.id).not.toBe(alone.player?.id);
    expect(theirs).toMatchObject({
      tasks: [{ id: "t1", good: "IRON", dependsOn: ["after IRON"] }],
      running: [{ container: `${THEIRS}/tour/S-1`, playerId: theirs.player?.id }],
      ledger: { salesCredits: 4 },
      restarts: 4,
    });
    expect(JSON.stringify(theirs)).not.toMatch(/2026-11-21|FABRICS/);
  });
});
