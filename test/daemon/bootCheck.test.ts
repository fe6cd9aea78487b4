import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkRows } from "../../src/daemon/bootCheck.ts";
import { createRecovery, type Tell } from "../../src/daemon/recovery.ts";
import type { Database } from "../../src/persistence/database.ts";
import { fleetTables } from "../../src/persistence/fleetTables.ts";
import { createRuntimeStore } from "../../src/persistence/runtime.store.ts";
import { createKindRegistry } from "../../src/runtime/registry.ts";
import type { IngressMessage } from "../../src/runtime/runtime.ts";
import type { RuntimeStore } from "../../src/runtime/store.ts";
import { createSystemEnvironment } from "../../src/runtime/systemEnvironment.ts";
import { emitted } from "../actors/support/fleetEvidence.ts";
import { type FleetRig, SCOPE, startFleetRig } from "../actors/support/fleetRig.ts";
import { idleKinds } from "../actors/support/idleKinds.ts";
import { silentLogger } from "../support/silentLogger.ts";

const kinds = createKindRegistry(idleKinds({ gameTime: { speed: 240 } }));

describe("the check of the rows at the start, on what a real fleet left behind", { timeout: 60_000 }, () => {
  let rig: FleetRig;
  let store: RuntimeStore;

  beforeAll(async () => {
    rig = await startFleetRig({ speed: 240, seed: 1, fleet: "TEN" });
    await emitted(rig, "trade.bought", 2);
    await rig.runtime.stop({ withinMs: 0 });
    store = createRuntimeStore({ url: rig.database.url, pool: rig.database.pool, tables: fleetTables, logger: silentLogger });
  }, 60_000);
  afterAll(async () => {
    await store.close();
    await rig.close();
  });

  const load = async () => {
    const acquired = await store.acquire({ scope: SCOPE, holder: "check", leaseMs: 60_000, waitMs: 20_000 });
    return { epoch: acquired.acquired === "yes" ? acquired.epoch : 0, ...(await store.loadScope()) };
  };
  const check = async () => {
    const { epoch, actors } = await load();
    const findings = await checkRows({ database: rig.database, kinds, scope: SCOPE, epoch, actors, atMs: Date.now() });
    return findings.map(({ table, row, what, done }) => `${done} ${table} ${row}: ${what}`);
  };
  const recover = async (database: Pick<Database, "pool">, change: Partial<Awaited<ReturnType<typeof load>>> = {}) => {
    const lines: { readonly level: string; readonly text: string; readonly fields: object | undefined }[] = [];
    const { clock } = createSystemEnvironment(silentLogger);
    const tell: Tell = (level, text, fields) => void lines.push({ level, text, fields });
    const recovery = createRecovery({ database, kinds, scope: SCOPE, clock, tell });
    await recovery.beforeOpen({ ...(await load()), ...change });
    const sent: IngressMessage[] = [];
    const summary = await recovery.afterStart({
      send: (message) => {
        sent.push(message);
        return Promise.resolve({ receipt: "accepted", messageId: "1", outcome: "stored" });
      },
    });
    return { recovery, lines, summary, sent };
  };
  const edit = (sql: string) => rig.database.pool.query(sql);
  const one = async (sql: string) => (await rig.rows(sql))[0] ?? {};

  it("finds nothing wrong with rows that nobody has touched", async () => {
    expect(await check()).toEqual([]);
  });

  it("tells what it found and which workers go on, each once [R000-15] [R002-92] [R002-97]", async () => {
    const { lines, summary } = await recover(rig.database);
    const [work] = await rig.rows(
      `SELECT (SELECT count(*)::int FROM manufacturing_pipelines WHERE completed_at IS NULL) AS pipelines,
         (SELECT count(*)::int FROM manufacturing_tasks WHERE completed_at IS NULL) AS tasks`,
    );
    expect(summary).toMatchObject({ ...work, findings: [] });
    expect(lines.filter(({ text }) => text === "Recovering manufacturing state from database...")).toHaveLength(1);
    expect(lines.filter(({ level }) => level !== "info")).toEqual([]);
    const workers = await rig.rows(
      "SELECT id, assigned_ship FROM manufacturing_tasks WHERE status IN ('ASSIGNED', 'EXECUTING') ORDER BY id",
    );
    const named = lines.flatMap(({ text }) => (text.startsWith("Restarted worker") ? [text] : []));
    expect(named.sort()).toEqual(
      workers.map(({ id, assigned_ship }) => `Restarted worker for task ${String(id)} on ship ${String(assigned_ship)}`).sort(),
    );
    expect(workers.length).toBeGreaterThan(0);
    expect(lines.at(-1)).toEqual({
      level: "info",
      text: "State recovery complete",
      fields: { pipelines: summary?.pipelines, tasks_in_queue: summary?.tasksInQueue, factory_states: summary?.factoryStates },
    });
  });

  it("counts what is not complete [R002-93] [R002-94]", async () => {
    const { lines, summary } = await recover(rig.database);
    const texts = lines.map(({ text }) => text);
    expect(texts).toContain(`Found ${summary?.pipelines} incomplete pipelines`);
    expect(texts).toContain(`Found ${summary?.tasks} incomplete tasks`);
    expect(summary?.pipelines).toBeGreaterThan(0);
  });

  it("says of a pipeline that is over which workers of it are still in quarantine, and how they are dismissed [G7]", async () => {
    const { actors } = await load();
    const parent = actors.find(({ kind, parent: of }) => kind === "task" && of?.includes("/pipeline/") === true)?.parent ?? "";
    const workers = actors.filter((actor) => actor.parent === parent).map(({ address }) => address);
    const without = actors.filter(({ address }) => address !== parent);
    const quarantined = without.map((actor) => (actor.parent === parent ? { ...actor, status: "quarantined" as const } : actor));
    const told = async (change: typeof actors) =>
      (await recover(rig.database, { actors: change })).lines.flatMap(({ text }) =>
        text.startsWith(`Pipeline ${parent} does not live`) ? [text] : [],
      );
    expect(await told(quarantined)).toEqual([
      `Pipeline ${parent} does not live, and workers of it are in quarantine: bosun dismiss ends each (${workers.join(", ")})`,
    ]);
    expect(await told(without)).toEqual([`Pipeline ${parent} does not live, and tasks of it do: they are ended`]);
  });

  it("says that looking failed, and lets the fleet go on all the same [R000-17] [G7]", async () => {
    const broken = { pool: { query: () => Promise.reject(new Error("no such table")) } } as unknown as Pick<Database, "pool">;
    const { lines, summary } = await recover(broken);
    expect(lines).toContainEqual({ level: "bad", text: "Failed to restart workers: no such table", fields: undefined });
    expect(summary).toMatchObject({
      workers: lines.filter(({ text }) => text.startsWith("Restarted worker")).length,
      findings: [],
    });
    expect(lines.at(-1)?.text).toBe("State recovery complete");
  });

  it("repairs rows that contradict their actors, from the actors, and tells each [R000-34]", async () => {
    const task = await one("SELECT id, pipeline_id FROM manufacturing_tasks WHERE status = 'EXECUTING' ORDER BY id LIMIT 1");
    const ship = await one("SELECT ship_symbol, container_id FROM ship_assignments WHERE status = 'active' ORDER BY 1 LIMIT 1");
    await edit(
      `UPDATE manufacturing_tasks SET status = 'COMPLETED', completed_at = now(), total_cost = 7 WHERE id = '${String(task["id"])}'`,
    );
    await edit(`DELETE FROM manufacturing_pipelines WHERE id = '${String(task["pipeline_id"])}'`);
    await edit(
      `UPDATE ship_assignments SET container_id = '${SCOPE}/coordinator/pipeline/p999/task/t1' WHERE ship_symbol = '${String(ship["ship_symbol"])}' AND status = 'active'`,
    );
    await edit(
      `UPDATE ships SET cargo = '[{"good": "GOLD", "units": 9}]', cargo_units = 9 WHERE ship_symbol = '${String(ship["ship_symbol"])}'`,
    );
    await edit("UPDATE players SET credits = 1, headquarters = 'X1-NO-1'");

    const told = await check();
    expect(told).toContainEqual(
      expect.stringMatching(`^repaired manufacturing_tasks ${String(task["id"])}: .*status COMPLETED, its actor says EXECUTING`),
    );
    expect(told).toContain(
      `repaired manufacturing_pipelines ${String(task["pipeline_id"])}: its actor lives, the row is missing`,
    );
    expect(told).toContainEqual(
      expect.stringMatching(/^ended ship_assignments \S+ \S+\/p999\/task\/t1: status active: its owner does not live$/),
    );
    expect(told).toContainEqual(expect.stringMatching(/^repaired ship_assignments /));
    expect(told).toContainEqual(expect.stringMatching(/^repaired ships \S+: .*cargo/));
    expect(told).toContainEqual(expect.stringMatching(/^repaired players .*headquarters X1-NO-1/));
    expect(await one(`SELECT status, completed_at FROM manufacturing_tasks WHERE id = '${String(task["id"])}'`)).toEqual({
      status: "EXECUTING",
      completed_at: null,
    });
    expect(
      await one(
        `SELECT container_id FROM ship_assignments WHERE ship_symbol = '${String(ship["ship_symbol"])}' AND status = 'active'`,
      ),
    ).toEqual({ container_id: ship["container_id"] });
    expect(await check()).toEqual([]);
  });

  it("ends what no actor does, with the reason of an orphan, and removes what never was [R000-34] [R000-38]", async () => {
    await edit(`INSERT INTO manufacturing_tasks (agent, id, pipeline_id, task_type, status, good, assigned_ship) VALUES
      ('${SCOPE}', 'p777.t1', 'p777', 'COLLECT_SELL', 'EXECUTING', 'IRON', 'TESTER-1'), ('${SCOPE}', 'lone', NULL, 'ACQUIRE', 'READY', 'IRON', NULL)`);
    await edit(
      `INSERT INTO manufacturing_pipelines (agent, id, product_good, status) VALUES ('${SCOPE}', 'p778', 'IRON', 'EXECUTING')`,
    );
    await edit(
      `INSERT INTO manufacturing_task_dependencies VALUES ('${SCOPE}', 'p777.t1', 'nobody'), ('${SCOPE}', 'p1.t1', 'lone')`,
    );
    await edit(
      `INSERT INTO manufacturing_factory_states (agent, factory_symbol, output_good, pipeline_id) VALUES ('${SCOPE}', 'X1-NO-1', 'GOLD', 'p777')`,
    );
    await edit(`INSERT INTO ships (agent, ship_symbol) VALUES ('${SCOPE}', 'GHOST-1')`);
    await edit(`INSERT INTO cargo_holds (agent, ship_symbol, good, units) VALUES ('${SCOPE}', 'TESTER-1', 'UNOBTAINIUM', 5)`);

    const told = await check();
    expect(told).toContain("ended manufacturing_tasks p777.t1: status EXECUTING: orphaned task - no pipeline");
    expect(told).toContain("ended manufacturing_tasks lone: status READY: orphaned task - no pipeline");
    expect(told).toContain("ended manufacturing_pipelines p778: status EXECUTING: nobody runs this pipeline");
    expect(told).toContain("removed manufacturing_task_dependencies p777.t1 nobody: it names a task that does not exist");
    expect(told).toContain("removed manufacturing_factory_states X1-NO-1 GOLD p777: no such factory was ever watched");
    expect(told).toContain("removed ships GHOST-1: there is no such ship");
    expect(told).toContain("removed cargo_holds TESTER-1 UNOBTAINIUM: nobody holds this cargo on purpose");
    expect(await one("SELECT status, error_message FROM manufacturing_tasks WHERE id = 'p777.t1'")).toEqual({
      status: "CANCELLED",
      error_message: "orphaned task - no pipeline",
    });
    expect(await check()).toEqual([]);
  });

  it("leaves the rows of actors whose state nobody can read, and says why once for each actor [R000-34] [G7]", async () => {
    const [claim] = await rig.rows(
      `SELECT a.ship_symbol, a.container_id, t.id, t.pipeline_id FROM ship_assignments a JOIN manufacturing_tasks t ON t.worker_address = a.container_id
       WHERE a.status = 'active' AND t.status = 'EXECUTING' ORDER BY 1 LIMIT 1`,
    );
    const [tour] = await rig.rows("SELECT address FROM tours WHERE ended_at IS NULL ORDER BY 1 LIMIT 1");
    const { ship_symbol: ship, container_id: worker, id, pipeline_id: pipeline } = claim ?? {};
    await edit(
      `INSERT INTO cargo_holds (agent, ship_symbol, good, units) VALUES ('${SCOPE}', '${String(ship)}', 'UNOBTAINIUM', 5)`,
    );
    await edit(`INSERT INTO manufacturing_task_dependencies VALUES ('${SCOPE}', '${String(id)}', 'gone')`);
    const pipelineOf = `${SCOPE}/coordinator/pipeline/${String(pipeline)}`;
    const torn = [`${SCOPE}/ship/${String(ship)}`, String(worker), pipelineOf, String(tour?.["address"])];
    const whole = await rig.rows(
      `SELECT address, snapshot FROM bosun.actors WHERE address IN (${torn.map((address) => `'${address}'`).join(", ")})`,
    );
    expect(whole).toHaveLength(torn.length);
    const rowsOfAll = async () => ({
      assignments: await rig.rows("SELECT * FROM ship_assignments ORDER BY ship_symbol, container_id"),
      tasks: await rig.rows("SELECT * FROM manufacturing_tasks ORDER BY id"),
      pipelines: await rig.rows("SELECT * FROM manufacturing_pipelines ORDER BY id"),
      dependencies: await rig.rows("SELECT * FROM manufacturing_task_dependencies ORDER BY task_id, depends_on_id"),
      tours: await rig.rows("SELECT * FROM tours ORDER BY address"),
      holds: await rig.rows("SELECT * FROM cargo_holds ORDER BY ship_symbol, good"),
    });
    const before = await rowsOfAll();
    await rig.database.pool.query("UPDATE bosun.actors SET snapshot = '{\"torn' WHERE address = ANY($1)", [torn]);

    const told = await check();
    expect(await rowsOfAll()).toEqual(before);
    const names = told.map((line) => line.slice(0, line.indexOf(": ")));
    expect([...names].sort()).toEqual(
      [
        `left cargo_holds ${String(ship)} UNOBTAINIUM`,
        `left manufacturing_pipelines ${String(pipeline)}`,
        `left manufacturing_task_dependencies ${String(id)} gone`,
        `left manufacturing_tasks ${String(id)}`,
        `left ship_assignments ${String(ship)} ${String(worker)}`,
        `left tours ${String(tour?.["address"])}`,
      ].sort(),
    );
    for (const address of torn) {
      const reasons = told.filter((line) => line.includes(`the state of ${address} cannot be read: `));
      expect(reasons).toHaveLength(1);
    }
    expect(told.filter((line) => line.endsWith("cannot be read"))).toHaveLength(2);
    for (const { address, snapshot } of whole)
      await rig.database.pool.query("UPDATE bosun.actors SET snapshot = $2 WHERE address = $1", [address, snapshot]);
    expect((await check()).map((line) => line.slice(0, line.indexOf(":"))).sort()).toEqual([
      `removed cargo_holds ${String(ship)} UNOBTAINIUM`,
      `removed manufacturing_task_dependencies ${String(id)} gone`,
    ]);
  });

  it("tells each row that was wrong, however many: the status holds the first fifty and their number [R000-34]", async () => {
    await edit(`INSERT INTO ships (agent, ship_symbol) SELECT '${SCOPE}', 'GHOST-' || n FROM generate_series(1, 60) AS n`);
    const { lines, summary } = await recover(rig.database);
    const told = lines.flatMap(({ text }) => (text.includes(" contradicts its actor: ") ? [text] : []));
    expect(told).toHaveLength(60);
    expect(new Set(told).size).toBe(60);
    expect(summary?.findings).toHaveLength(50);
    expect(summary?.findingsTotal).toBe(60);
    expect(lines.map(({ text }) => text).filter((text) => text.includes("more rows"))).toEqual([]);
  });

  it("lets go of what a start found once it has been told", async () => {
    const { recovery, summary } = await recover(rig.database);
    expect(summary).toBeDefined();
    expect(await recovery.afterStart({ send: () => Promise.reject(new Error("told twice")) })).toBeUndefined();
  });

  it("asks an actor that has ended how it ended, and leaves alone what no row can hold [G7]", async () => {
    const worker = await one(
      "SELECT address, snapshot FROM bosun.actors WHERE kind = 'task' AND status = 'active' ORDER BY address LIMIT 1",
    );
    const snapshot = JSON.parse(String(worker["snapshot"]));
    const { id } = snapshot.context.task;
    const rewrite = (context: object, value: unknown, status: string) =>
      rig.database.pool.query("UPDATE bosun.actors SET status = $3, snapshot = $2 WHERE address = $1", [
        worker["address"],
        JSON.stringify({ ...snapshot, context, value, status: status === "done" ? "done" : "active" }),
        status,
      ]);
    await rewrite(
      { ...snapshot.context, task: { ...snapshot.context.task, status: "CANCELLED", errorMessage: "dry" } },
      "cancelled",
      "done",
    );
    expect(await check()).toContainEqual(
      expect.stringMatching(`^repaired manufacturing_tasks ${id}: status \\w+, its actor ended as CANCELLED`),
    );
    await rewrite(
      { ...snapshot.context, task: { ...snapshot.context.task, totalCostCredits: "a lot" } },
      snapshot.value,
      "active",
    );
    expect(await check()).toContainEqual(expect.stringMatching(`^left manufacturing_tasks ${id}: its actor's state fits no row`));
  });

  it("ends the claim of an owner that does not live, unless its last word is still to be heard [R003-18] [G9]", async () => {
    const [claim] = await rig.rows(
      "SELECT ship_symbol, container_id FROM ship_assignments WHERE status = 'active' ORDER BY 1 LIMIT 1",
    );
    const address = `${SCOPE}/ship/${String(claim?.["ship_symbol"])}`;
    const dead = `${SCOPE}/coordinator/scout/999`;
    const actors = (await load()).actors.map((actor) =>
      actor.address === address
        ? {
            ...actor,
            snapshot: actor.snapshot?.replace(`"owner":"${String(claim?.["container_id"])}"`, `"owner":"${dead}"`) ?? null,
          }
        : actor,
    );
    const word = {
      id: "m",
      commitNo: 0,
      index: 0,
      type: "message",
      body: "{}",
      childId: null,
      generation: null,
      atMs: 0,
    } as const;
    const ends = ({ sent }: Awaited<ReturnType<typeof recover>>) => sent.filter(({ event }) => event.type === "ship.ownersGone");
    expect(ends(await recover(rig.database, { actors, inbox: [{ ...word, address, sender: dead }] }))).toEqual([]);
    const alone = await recover(rig.database, { actors, inbox: [] });
    expect(ends(alone)).toMatchObject([{ to: address, event: { address: dead, reason: "owner_missing" } }]);
    const text = `Ship ${String(claim?.["ship_symbol"])} is assigned to ${dead}, which does not live: the assignment ends`;
    expect(alone.lines.map((line) => line.text)).toContain(text);
  });
});
