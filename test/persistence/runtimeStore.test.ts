import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createRuntimeStore } from "../../src/persistence/runtime.store.ts";
import type { ReadModelTable } from "../../src/runtime/readModel.ts";
import type { CommitBatch, OutboxRow, Owned, RuntimeStore } from "../../src/runtime/store.ts";
import { silentLogger } from "../support/silentLogger.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";

const EMPTY: CommitBatch = {
  commitNo: 1,
  updates: [],
  births: [],
  inboxIn: [],
  inboxOut: [],
  timersSet: [],
  timersOff: [],
  jobsSet: [],
  jobsOff: [],
  checkpoints: [],
  journal: [],
  outbox: [],
  deadLetters: [],
  deadLettersOff: [],
  dedup: [],
  rows: [],
};

const quotes: ReadModelTable = { name: "quotes", key: ["agent", "good"], nature: "derived" };
const wide: ReadModelTable = { name: "wide", key: ["agent", "run"], nature: "derived" };
const deeds: ReadModelTable = { name: "deeds", key: ["agent", "job"], nature: "fact" };

let database: TestDatabase;
let stores: RuntimeStore[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
  await database.pool.query(
    `CREATE TABLE public.quotes (agent text, good text, ask integer DEFAULT 7, seen timestamptz, note jsonb, PRIMARY KEY (agent, good));
     CREATE TABLE public.deeds (agent text, job text, credits integer, PRIMARY KEY (agent, job))`,
  );
});
afterEach(async () => {
  for (const store of stores) await store.close();
  stores = [];
  await database.pool.query(
    "TRUNCATE bosun.ownership, bosun.leases, bosun.actors, bosun.inbox, bosun.journal, bosun.outbox, bosun.dead_letters, public.quotes, public.deeds",
  );
});
afterAll(() => database.cleanup());

function newStore(): RuntimeStore {
  const store = createRuntimeStore({
    url: database.url,
    pool: database.pool,
    tables: [quotes, deeds, wide],
    logger: silentLogger,
  });
  stores.push(store);
  return store;
}

async function owner(scope = "s", leaseMs = 10_000): Promise<RuntimeStore> {
  const store = newStore();
  await store.acquire({ scope, holder: `holder ${stores.length}`, leaseMs, waitMs: 0 });
  return store;
}

const said = (id: string, index: number, atMs = 1): Owned<OutboxRow> => ({
  owner: "",
  id,
  address: "s/a",
  version: 1,
  index,
  event: `{"type":"said","id":"${id}"}`,
  atMs,
});

async function outboxIds(): Promise<string[]> {
  const { rows } = await database.pool.query<{ id: string }>("SELECT id FROM bosun.outbox ORDER BY commit_no, idx");
  return rows.map(({ id }) => id);
}

describe("ownership", () => {
  it("of a living holder is respected until its lease runs out, then the old one is fenced [G6] [H3] [H12]", async () => {
    const first = await owner("s", 400);
    const second = newStore();
    expect(await second.acquire({ scope: "s", holder: "b", leaseMs: 10_000, waitMs: 0 })).toMatchObject({ acquired: "no" });
    expect(await first.commit({ ...EMPTY, outbox: [said("one", 0)] })).toMatchObject({ result: "committed" });
    expect(await second.acquire({ scope: "s", holder: "b", leaseMs: 10_000, waitMs: 5_000 })).toMatchObject({
      acquired: "yes",
      epoch: 2,
      unclean: true,
    });
    expect((await first.commit({ ...EMPTY, outbox: [said("two", 1)] })).result).not.toBe("committed");
    expect(await first.renew()).toBe("lost");
    expect(await outboxIds()).toEqual(["one"]);
  });

  it("that was given back is taken at once [H12]", async () => {
    const first = await owner("s", 60_000);
    await first.release();
    const second = newStore();
    expect(await second.acquire({ scope: "s", holder: "b", leaseMs: 10_000, waitMs: 0 })).toMatchObject({
      acquired: "yes",
      unclean: false,
    });
  });

  it("of a process that has died on this host is taken at once [H12]", async () => {
    const first = await owner("s", 60_000);
    await database.pool.query("UPDATE bosun.ownership SET pid = 2147483646");
    const second = newStore();
    expect(await second.acquire({ scope: "s", holder: "b", leaseMs: 10_000, waitMs: 2_000 })).toMatchObject({ acquired: "yes" });
    expect((await first.commit({ ...EMPTY, outbox: [said("late", 0)] })).result).not.toBe("committed");
  });

  it("waits for a batch of the old owner that is still running [G6] [H3]", async () => {
    const first = await owner("s", 60_000);
    await first.release();
    // A zombie: it has taken the row FOR SHARE and its client has stopped.
    const zombie = new pg.Client({ connectionString: database.url, application_name: "bosun commit loop" });
    zombie.on("error", () => {});
    await zombie.connect();
    await zombie.query("BEGIN");
    await zombie.query("SELECT 1 FROM bosun.ownership WHERE scope = 's' FOR SHARE");
    const { rows } = await zombie.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
    const second = newStore();
    const taking = second.acquire({ scope: "s", holder: "b", leaseMs: 10_000, waitMs: 8_000 });
    await until(async () => (await waiting(rows[0]?.pid ?? 0)) > 0);
    await zombie.query("ROLLBACK");
    expect(await taking).toMatchObject({ acquired: "yes", epoch: 2 });
    await zombie.end();
  });

  it("fences a batch even in the middle of a takeover [G6] [H3]", async () => {
    const first = await owner();
    const rival = new pg.Client({ connectionString: database.url });
    await rival.connect();
    await rival.query("BEGIN");
    await rival.query("UPDATE bosun.ownership SET epoch = epoch + 1");
    const committing = first.commit({ ...EMPTY, outbox: [said("zombie", 0)] });
    const { rows } = await rival.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
    await until(async () => (await waiting(rows[0]?.pid ?? 0)) > 0);
    await rival.query("COMMIT");
    await rival.end();
    expect(await committing).toEqual({ result: "fenced" });
    expect(await outboxIds()).toEqual([]);
  });
});

/** How many backends wait for `pid`. */
async function waiting(pid: number): Promise<number> {
  const { rows } = await database.pool.query<{ n: number }>(
    "SELECT count(*)::int AS n FROM pg_stat_activity WHERE $1 = ANY(pg_blocking_pids(pid))",
    [pid],
  );
  return rows[0]?.n ?? 0;
}

async function until(test: () => Promise<boolean>): Promise<void> {
  while (!(await test()));
}

describe("read-model rows", () => {
  it("of one key are folded, left-out columns keep their value, facts are written once [H13]", async () => {
    const store = await owner();
    const upsert = (row: Readonly<Record<string, string | number | null | { x: number }>>, table = "quotes") => ({
      owner: "",
      change: { op: "upsert" as const, table, row },
    });
    const result = await store.commit({
      ...EMPTY,
      rows: [
        upsert({ agent: "s", good: "FUEL", ask: 10 }),
        upsert({ agent: "s", good: "FUEL", seen: "2026-11-21T10:00:00Z", note: { x: 1 } }),
        upsert({ agent: "s", good: "IRON", seen: null }),
        upsert({ agent: "s", good: "GOLD", ask: 3 }),
        { owner: "", change: { op: "delete", table: "quotes", key: { agent: "s", good: "GOLD" } } },
        upsert({ agent: "s", job: "j", credits: 1 }, "deeds"),
        upsert({ agent: "s", job: "j", credits: 2 }, "deeds"),
      ],
    });
    expect(result).toMatchObject({ result: "committed" });
    await store.commit({
      ...EMPTY,
      rows: [upsert({ agent: "s", job: "j", credits: 3 }, "deeds"), upsert({ agent: "s", good: "FUEL", ask: 11 })],
    });
    const { rows } = await database.pool.query(
      "SELECT good, ask, seen IS NOT NULL AS seen, note FROM public.quotes ORDER BY good",
    );
    expect(rows).toEqual([
      { good: "FUEL", ask: 11, seen: true, note: { x: 1 } },
      { good: "IRON", ask: 7, seen: false, note: null },
    ]);
    expect((await database.pool.query("SELECT credits FROM public.deeds")).rows).toEqual([{ credits: 1 }]);
  });

  it("of a table that is not registered, or without their key, are refused and nothing is written [H13]", async () => {
    const store = await owner();
    const bad = { owner: "", change: { op: "upsert" as const, table: "pg_class", row: { agent: "s" } } };
    expect(await store.commit({ ...EMPTY, outbox: [said("x", 0)], rows: [bad] })).toMatchObject({ result: "rejected" });
    const keyless = { owner: "", change: { op: "upsert" as const, table: "quotes", row: { agent: "s" } } };
    expect(await store.commit({ ...EMPTY, outbox: [said("x", 0)], rows: [keyless] })).toMatchObject({ result: "rejected" });
    const unknownColumn = {
      owner: "",
      change: { op: "upsert" as const, table: "quotes", row: { agent: "s", good: "A", nope: 1 } },
    };
    expect(await store.commit({ ...EMPTY, outbox: [said("x", 0)], rows: [unknownColumn] })).toMatchObject({ result: "rejected" });
    expect(await outboxIds()).toEqual([]);
    expect(await store.commit({ ...EMPTY, outbox: [said("x", 0)] })).toMatchObject({ result: "committed" });
  });
});

describe("prepared statements", () => {
  /** Commits a row whose columns are those of the bits of `shape`: each is a statement text of its own. */
  const commitShape = async (store: RuntimeStore, shape: number): Promise<void> => {
    const row: Record<string, string | number> = { agent: "s", run: 1 };
    for (let bit = 0; bit < 9; bit++) if ((shape & (1 << bit)) !== 0) row[`c${bit}`] = 1;
    const result = await store.commit({ ...EMPTY, rows: [{ owner: "", change: { op: "upsert", table: "wide", row } }] });
    expect(result).toMatchObject({ result: "committed" });
  };
  /** What the commit connection held when the last shape was committed, its own statement among it. */
  const held = async (): Promise<{ names: number; runs: number }> => {
    const { rows } = await database.pool.query<{ names: number; runs: number }>("SELECT names, runs FROM public.held");
    return rows[0] ?? { names: -1, runs: -1 };
  };
  beforeAll(() =>
    database.pool.query(
      `CREATE TABLE public.wide (agent text, run integer, ${Array.from({ length: 9 }, (_, bit) => `c${bit} integer`).join(", ")}, PRIMARY KEY (agent, run));
       CREATE TABLE public.held (names integer, runs integer);
       CREATE FUNCTION public.look() RETURNS trigger LANGUAGE plpgsql AS $look$ BEGIN
         DELETE FROM public.held;
         INSERT INTO public.held SELECT count(*), coalesce(sum(generic_plans + custom_plans) FILTER (WHERE statement = current_query()), 0)
           FROM pg_prepared_statements;
         RETURN NULL; END $look$;
       CREATE TRIGGER look AFTER INSERT OR UPDATE ON public.wide FOR EACH ROW EXECUTE FUNCTION public.look()`,
    ),
  );

  it("are bounded, and a shape that becomes hot late gets its turn [H4]", async () => {
    const store = await owner();
    for (let shape = 1; shape <= 200; shape++) {
      await commitShape(store, shape);
      await commitShape(store, shape);
    }
    expect((await held()).names).toBeLessThanOrEqual(120);
    const late = 400;
    for (let run = 1; run <= 5; run++) await commitShape(store, late);
    const then = await held();
    expect(then.names).toBeGreaterThan(60);
    expect(then.names).toBeLessThanOrEqual(120);
    // Parsed once for itself, prepared at the second run.
    expect(then.runs).toBe(4);
    await commitShape(store, 200);
    expect((await held()).runs).toBe(2);
    // Long given up: it has to be seen twice again.
    await commitShape(store, 1);
    expect((await held()).runs).toBe(0);
    await commitShape(store, 1);
    expect((await held()).runs).toBe(1);
  });

  it("that the server refused to parse are given up without harm", async () => {
    const store = await owner();
    const bad = { owner: "", change: { op: "upsert" as const, table: "wide", row: { agent: "s", run: 1, nope: 1 } } };
    for (let run = 0; run < 3; run++) expect(await store.commit({ ...EMPTY, rows: [bad] })).toMatchObject({ result: "rejected" });
    for (let shape = 1; shape <= 130; shape++) for (let run = 0; run < 2; run++) await commitShape(store, shape);
    expect((await held()).names).toBeLessThanOrEqual(120);
  });
});

const KEEP_ALL = {
  nowMs: 7_000,
  journalBeforeMs: 0,
  journalMaxRows: 1e9,
  dedupBeforeMs: 0,
  outboxBeforeMs: 0,
  outboxMaxRows: 1e9,
};

describe("upkeep", () => {
  it("drops the oldest publications behind a marker that counts them [H15]", async () => {
    const store = await owner();
    await store.commit({ ...EMPTY, outbox: Array.from({ length: 10 }, (_, index) => said(`m${index}`, index)) });
    expect((await store.maintain({ ...KEEP_ALL, outboxMaxRows: 4 })).outboxDropped).toBe(6);
    const taken = await store.takeOutbox(100);
    expect(JSON.parse(taken[0]?.event ?? "")).toEqual({ type: "bosun.gap", missing: 6 });
    expect(taken.slice(1).map(({ id }) => id)).toEqual(["m6", "m7", "m8", "m9"]);
    // The marker itself may be dropped later; what it counted is not forgotten.
    await store.maintain({ ...KEEP_ALL, outboxMaxRows: 2 });
    const [marker, ...rest] = await store.takeOutbox(100);
    expect(JSON.parse(marker?.event ?? "")).toEqual({ type: "bosun.gap", missing: 8 });
    await store.ackOutbox([marker, ...rest].flatMap((row) => row?.id ?? []));
    expect(await outboxIds()).toEqual([]);
  });

  it("marks the loss of one publication too, and never drops a marker alone [H15]", async () => {
    const store = await owner();
    await store.commit({ ...EMPTY, outbox: [said("m0", 0), said("m1", 1), said("m2", 2)] });
    expect((await store.maintain({ ...KEEP_ALL, outboxMaxRows: 2 })).outboxDropped).toBe(1);
    const [marker, ...rest] = await store.takeOutbox(100);
    expect(JSON.parse(marker?.event ?? "")).toEqual({ type: "bosun.gap", missing: 1 });
    expect(marker?.atMs).toBe(KEEP_ALL.nowMs);
    expect(rest.map(({ id }) => id)).toEqual(["m1", "m2"]);
    // Two events and a marker are one row too many: the marker stays until an event must go as well, also when it is old.
    expect((await store.maintain({ ...KEEP_ALL, outboxMaxRows: 2 })).outboxDropped).toBe(0);
    await store.commit({ ...EMPTY, commitNo: 2, outbox: [said("m3", 0)] });
    expect((await store.maintain({ ...KEEP_ALL, outboxMaxRows: 2 })).outboxDropped).toBe(2);
    expect(JSON.parse((await store.takeOutbox(1))[0]?.event ?? "")).toEqual({ type: "bosun.gap", missing: 2 });
    await store.ackOutbox(["m2", "m3"]);
    expect((await store.maintain({ ...KEEP_ALL, outboxBeforeMs: Date.now() + 1_000 })).outboxDropped).toBe(0);
    expect(JSON.parse((await store.takeOutbox(1))[0]?.event ?? "")).toEqual({ type: "bosun.gap", missing: 2 });
  });

  it("drops old journal rows, keeps each actor's last keyframe, and writes none of an actor that its commit does not write [H17]", async () => {
    const store = await owner();
    await database.pool.query(
      `INSERT INTO bosun.actors (address, scope, kind, kind_version, generation, status, version, incarnation, input, updated_at_ms)
       VALUES ('s/a', 's', 'k', 1, 0, 'active', 0, 1, 'null', 0)`,
    );
    const row = (index: number, keyframe: string | null) => ({
      address: "s/a",
      index: 0,
      version: index,
      outcome: "applied" as const,
      cause: "test",
      generation: null,
      atMs: index,
      seed: 1,
      event: "{}",
      value: null,
      contextHash: null,
      keyframe,
      kindVersion: 1,
    });
    for (const [index, keyframe] of ["first", null, "second", null, null].entries()) {
      const version = index + 1;
      const update = {
        address: "s/a",
        expectedVersion: index,
        version,
        status: "active",
        incarnation: 1,
        kindVersion: 1,
      } as const;
      const kept = { snapshot: null, lifecycle: null, input: null, generation: null, atMs: version };
      const updates = [{ ...update, ...kept }];
      await store.commit({ ...EMPTY, commitNo: version, updates, journal: [row(version, keyframe)] });
    }
    await store.commit({ ...EMPTY, commitNo: 6, journal: [row(6, "of an actor that this commit does not write")] });
    await store.maintain({ ...KEEP_ALL, journalBeforeMs: 5 });
    const { rows } = await database.pool.query("SELECT version::int FROM bosun.journal ORDER BY commit_no");
    expect(rows).toEqual([{ version: 3 }, { version: 5 }]);
  });

  it("empties the rows of actors that ended long ago, once nobody can ask for what they held; their versions stay [G5] [G8]", async () => {
    const store = await owner();
    await database.pool.query(
      `INSERT INTO bosun.actors (address, scope, kind, kind_version, parent, child_id, generation, status, version, incarnation, input, snapshot,
         updated_at_ms)
       SELECT 's/' || id, 's', 'k', 1, parent, id, 1, status, 7, 2, '{"n":1}', '{}', at_ms FROM (VALUES
         ('root', NULL, 'active', 1), ('sick', NULL, 'quarantined', 1), ('old', 's/root', 'done', 1), ('young', 's/root', 'done', 90),
         ('untold', 's/root', 'done', 1), ('again', 's/root', 'stopped', 1), ('ofsick', 's/sick', 'done', 1)) AS x (id, parent, status, at_ms)`,
    );
    await database.pool.query(
      `INSERT INTO bosun.inbox (id, address, scope, commit_no, idx, type, body, child_id, at_ms)
       VALUES ('1', 's/root', 's', 1, 0, 'done', '{}', 'untold', 1), ('2', 's/again', 's', 1, 1, 'start', '{}', NULL, 1)`,
    );
    await database.pool.query(
      `INSERT INTO bosun.journal (address, commit_no, idx, version, outcome, cause, at_ms, seed, event, keyframe, kind_version)
       SELECT 's/' || id, 1, 0, 1, 'applied', 'test', 1, 1, '{}', 'last', 1 FROM unnest(ARRAY['old', 'young', 'root']) AS id`,
    );
    await store.maintain({ ...KEEP_ALL, journalBeforeMs: 50 });
    const emptied = await database.pool.query(
      "SELECT address, version::int, incarnation, input FROM bosun.actors WHERE snapshot IS NULL",
    );
    expect(emptied.rows).toEqual([{ address: "s/old", version: 7, incarnation: 2, input: "null" }]);
    const { rows } = await database.pool.query("SELECT address FROM bosun.journal ORDER BY address");
    expect(rows).toEqual([{ address: "s/root" }, { address: "s/young" }]);
  });

  it("lists the living, and of the ended as many of the latest as are asked for [H17]", async () => {
    const store = await owner();
    await database.pool.query(
      `INSERT INTO bosun.actors (address, scope, kind, kind_version, generation, status, version, incarnation, input, updated_at_ms)
       SELECT address, 's', 'k', 1, 0, status, 1, 1, 'null', at_ms FROM (VALUES ('s/a', 'done', 5), ('s/b', 'stopped', 9),
         ('s/c', 'done', 7), ('s/d', 'active', 1), ('s/e', 'quarantined', 1)) AS x (address, status, at_ms)`,
    );
    const listed = async (filter: Parameters<RuntimeStore["listActors"]>[0]) =>
      (await store.listActors(filter)).map(({ address }) => address.slice(2)).join("");
    expect(await listed({})).toBe("abcde");
    expect(await listed({ latestEnded: 2 })).toBe("bcde");
    expect(await listed({ latestEnded: 0 })).toBe("de");
    expect(await listed({ living: true })).toBe("de");
  });

  it("lists mail whose receiver ended before it was read, and leaves that of a revival [H9]", async () => {
    const store = await owner();
    const mail = (id: string, address: string, type: "message" | "start" | "done") => ({
      owner: "",
      id,
      address,
      commitNo: 1,
      index: 0,
      type,
      body: '{"type":"HI"}',
      sender: null,
      childId: null,
      generation: null,
      atMs: 1,
    });
    await database.pool.query(
      `INSERT INTO bosun.actors (address, scope, kind, kind_version, generation, status, version, incarnation, input, updated_at_ms)
       VALUES ('s/ended', 's', 'k', 1, 0, 'done', 1, 1, 'null', 0), ('s/again', 's', 'k', 1, 0, 'stopped', 1, 1, 'null', 0)`,
    );
    await store.commit({
      ...EMPTY,
      inboxIn: [
        mail("a", "s/ended", "message"),
        mail("b", "s/ended", "done"),
        mail("c", "s/again", "start"),
        mail("d", "s/again", "message"),
      ],
    });
    expect((await store.maintain(KEEP_ALL)).sweptToDeadLetters).toEqual([{ id: "a", address: "s/ended" }]);
    const { rows } = await database.pool.query("SELECT id FROM bosun.inbox ORDER BY id");
    expect(rows).toEqual([{ id: "c" }, { id: "d" }]);
    expect(await store.countDeadLetters()).toBe(1);
  });
});
