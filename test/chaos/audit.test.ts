import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";
import { createAudit, type Violation } from "./audit.ts";

const SCOPE = "agent/2026-11-21/BOSUN";
const TASK = `${SCOPE}/coordinator/task/1`;

/** A small honest world: one purchase aboard BOSUN-1, in books and ledger, owned by an executing task whose worker lives. */
interface World {
  readonly books: Record<string, unknown>[];
  readonly statements: string[];
}

function honestWorld(): World {
  return {
    books: [
      line(1, { operation: "register", requestId: null, credits: { before: null, after: 1_000 } }),
      line(2, purchase("job-1:1", { before: 1_000, after: 900 }, [], [{ good: "IRON", units: 10 }])),
    ],
    statements: [
      `INSERT INTO ledger (agent, job_id, ship, kind, good, units, unit_price, total_credits, waypoint)
       VALUES ('${SCOPE}', 'job-1', 'BOSUN-1', 'purchase', 'IRON', 10, 10, -100, 'X1-A-B2')`,
      actor(TASK, "active"),
      actor(`${SCOPE}/ship/BOSUN-1`, "active"),
      `INSERT INTO manufacturing_tasks (agent, id, task_type, status, good, assigned_ship, worker_address)
       VALUES ('${SCOPE}', '${TASK}', 'ACQUIRE_DELIVER', 'EXECUTING', 'IRON', 'BOSUN-1', '${TASK}')`,
      `INSERT INTO ship_assignments (agent, ship_symbol, container_id) VALUES ('${SCOPE}', 'BOSUN-1', '${TASK}')`,
    ],
  };
}

function line(seq: number, detail: Record<string, unknown>): Record<string, unknown> {
  return { seq, type: "mutation", wallTime: new Date(Date.now() - 60_000 + seq).toISOString(), agent: "BOSUN", ...detail };
}

function purchase(requestId: string | null, credits: object, before: unknown[], after: unknown[]): Record<string, unknown> {
  return {
    operation: "purchase",
    requestId,
    ship: "BOSUN-1",
    waypoint: "X1-A-B2",
    good: "IRON",
    units: 10,
    unitPrice: 10,
    total: 100,
    credits,
    cargo: { before: { inventory: before }, after: { inventory: after } },
  };
}

function actor(address: string, status: string): string {
  return `INSERT INTO bosun.actors (address, scope, kind, kind_version, generation, status, version, incarnation, input, updated_at_ms)
    VALUES ('${address}', '${SCOPE}', 'any', 1, 0, '${status}', 1, 1, '{}', 0)`;
}

function openJob(id: string, src: string): string {
  return `INSERT INTO bosun.jobs (id, address, scope, child_id, src, input, generation, state, attempt, orphaned)
    VALUES ('${id}', '${SCOPE}/ship/BOSUN-1', '${SCOPE}', 'c', '${src}', '{}', 1, 'sent', 1, false)`;
}

const again = (requestId: string): Record<string, unknown> =>
  line(3, purchase(requestId, { before: 900, after: 800 }, [{ good: "IRON", units: 10 }], [{ good: "IRON", units: 20 }]));

describe("the independent audit", () => {
  let database: TestDatabase;
  let client: pg.Client;
  let directory: string;
  beforeAll(async () => {
    database = await createTestDatabase();
    client = new pg.Client(database.url);
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await database.cleanup();
  });
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "bosun-audit-"));
  });
  afterEach(async () => {
    await client.query("TRUNCATE ledger, manufacturing_tasks, ship_assignments, cargo_holds, bosun.actors, bosun.jobs");
    await rm(directory, { recursive: true, force: true });
  });

  async function audit(world: World, patienceMs = 0) {
    const booksPath = join(directory, "books.jsonl");
    await writeFile(booksPath, world.books.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
    for (const statement of world.statements) await client.query(statement);
    return createAudit({ booksPath, databaseUrl: database.url, scope: SCOPE }).run({ patienceMs });
  }

  it("finds nothing in an honest world and counts what it saw", async () => {
    expect(await audit(honestWorld())).toEqual({
      violations: [],
      complete: true,
      purchasesAsked: 1,
      purchasesInBooks: 1,
      deals: 1,
      credits: 900,
    });
  });

  it("lets a request be under way: its job is open", async () => {
    const world = honestWorld();
    world.books.push({ ...again("job-2:1"), wallTime: new Date(Date.now() - 1_000).toISOString() });
    world.statements.push(openJob("job-2", "purchase"));
    expect((await audit(world)).violations).toEqual([]);
  });

  const planted: readonly (readonly [string, Violation["kind"], (world: World) => void])[] = [
    ["a purchase of whose job nothing is known", "creditsUnmatched", ({ books }) => books.push(again("job-2:1"))],
    ["a purchase without a request id", "creditsUnmatched", ({ books }) => books.push({ ...again("x"), requestId: null })],
    [
      "a job that never settles",
      "creditsUnmatched",
      ({ books, statements }) => {
        books.push({ ...again("job-2:1"), wallTime: new Date(Date.now() - 200_000).toISOString() });
        statements.push(openJob("job-2", "purchase"));
      },
    ],
    [
      "a ledger row of another amount",
      "creditsUnmatched",
      ({ statements }) => statements.push("UPDATE ledger SET total_credits = -99"),
    ],
    [
      "a ledger row for the wrong ship",
      "creditsUnmatched",
      ({ statements }) => statements.push("UPDATE ledger SET ship = 'BOSUN-2'"),
    ],
    [
      "a ledger row that the books do not know",
      "creditsUnmatched",
      ({ statements }) =>
        statements.push(
          `INSERT INTO ledger (agent, job_id, ship, kind, good, units, unit_price, total_credits, waypoint)
           VALUES ('${SCOPE}', 'job-9', 'BOSUN-1', 'sale', 'IRON', 1, 1, 1, 'X1-A-B2')`,
        ),
    ],
    [
      "books whose credits do not follow from each other",
      "creditsUnmatched",
      ({ books }) => books.push(line(3, { operation: "navigate", credits: { before: 950, after: 950 } })),
    ],
    ["books with a line missing", "creditsUnmatched", ({ books }) => books.push(line(9, { operation: "navigate" }))],
    ["a job applied twice", "appliedTwice", ({ books }) => books.push(again("job-1:2"))],
    [
      "cargo whose task has ended",
      "cargoWithoutOwner",
      ({ statements }) => statements.push("UPDATE manufacturing_tasks SET status = 'FAILED'"),
    ],
    [
      "cargo of another good than its task's",
      "cargoWithoutOwner",
      ({ statements }) => statements.push("UPDATE manufacturing_tasks SET good = 'COPPER'"),
    ],
    [
      "a hold of fewer units than are aboard",
      "cargoWithoutOwner",
      ({ statements }) =>
        statements.push(
          "UPDATE manufacturing_tasks SET status = 'CANCELLED'",
          `INSERT INTO cargo_holds (agent, ship_symbol, good, units) VALUES ('${SCOPE}', 'BOSUN-1', 'IRON', 9)`,
        ),
    ],
    [
      "an executing task whose worker is quarantined",
      "executingWithoutWorker",
      ({ statements }) => statements.push(`UPDATE bosun.actors SET status = 'quarantined' WHERE address = '${TASK}'`),
    ],
    [
      "an executing task without a worker",
      "executingWithoutWorker",
      ({ statements }) => statements.push("UPDATE manufacturing_tasks SET worker_address = NULL"),
    ],
    [
      "an assignment whose owner has ended",
      "assignmentWithoutOwner",
      ({ statements }) => statements.push(`DELETE FROM bosun.actors WHERE address = '${TASK}'`),
    ],
    [
      "a ship with cargo and no assignment",
      "idleWithCargo",
      ({ statements }) => statements.push("UPDATE ship_assignments SET status = 'idle'"),
    ],
  ];

  it("asks for each ship that was destroyed, with its cargo, as a loss in the ledger, and for no other [R002-120]", async () => {
    const destroyed = line(3, {
      operation: "adminShipsDestroy",
      requestId: null,
      ship: "BOSUN-1",
      cargo: { before: { inventory: [{ good: "IRON", units: 10 }] }, after: null },
    });
    const booked = (good: string | null, units: number): string =>
      `INSERT INTO ledger (agent, job_id, ship, kind, good, units, unit_price, total_credits, waypoint)
       VALUES ('${SCOPE}', 'loss ${good}', 'BOSUN-1', 'loss', ${good === null ? "NULL" : `'${good}'`}, ${units}, 0, 0, 'X1-A-B2')`;
    const kinds = async (world: World) => {
      await client.query("TRUNCATE ledger, manufacturing_tasks, ship_assignments, bosun.actors");
      return (await audit(world)).violations.map(({ kind }) => kind);
    };
    const { books, statements } = honestWorld();
    const sunk = [...books, destroyed];
    expect(await kinds({ books: sunk, statements: [...statements, booked(null, 1), booked("IRON", 10)] })).toEqual([]);
    expect(await kinds({ books: sunk, statements })).toEqual(["lossUnrecorded"]);
    expect(await kinds({ books: sunk, statements: [...statements, booked(null, 1)] })).toEqual(["lossUnrecorded"]);
    expect(await kinds({ books, statements: [...statements, booked(null, 1), booked("IRON", 10)] })).toEqual(["lossUnrecorded"]);
  });

  it.each(planted)("fails on %s", async (_name, kind, plant) => {
    const world = honestWorld();
    plant(world);
    const { violations } = await audit(world);
    expect(violations.map((violation) => violation.kind)).toContain(kind);
  });

  it("waits for ownership to settle", async () => {
    const world = honestWorld();
    world.statements.push("UPDATE ship_assignments SET status = 'idle'");
    const looking = audit(world, 5_000);
    await expect
      .poll(async () => (await client.query("SELECT 1 FROM ship_assignments WHERE status = 'idle'")).rows.length)
      .toBe(1);
    await client.query("UPDATE ship_assignments SET status = 'active'");
    expect((await looking).violations).toEqual([]);
  });

  it("accepts cargo that is held on purpose", async () => {
    const world = honestWorld();
    world.statements.push(
      "UPDATE manufacturing_tasks SET status = 'COMPLETED'",
      "UPDATE ship_assignments SET status = 'idle'",
      `INSERT INTO cargo_holds (agent, ship_symbol, good, units) VALUES ('${SCOPE}', 'BOSUN-1', 'IRON', 10)`,
    );
    expect((await audit(world)).violations).toEqual([]);
  });
});
