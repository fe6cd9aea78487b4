/**
 * "N durable counters": acknowledged means applied and durable. In one run, on one embedded Postgres with fsync on: the durable runtime, raw
 * Postgres (one transaction per event, and batches of 500), and the naive way: createActor, one UPDATE of its snapshot after every transition,
 * acknowledged after that save. The naive way is measured through one connection, like for like with the runtime's single commit connection,
 * and through pg's default pool of ten; the target is judged on the first, both ratios are printed.
 *   npm run bench:runtime [-- --json] [-- --quick]
 */
import { join } from "node:path";
import pg from "pg";
import { createActor } from "xstate";
import { createRuntimeStore } from "../src/persistence/runtime.store.ts";
import { createHost } from "../src/runtime/host.ts";
import { createKindRegistry } from "../src/runtime/registry.ts";
import type { Runtime } from "../src/runtime/runtime.ts";
import { createSystemEnvironment } from "../src/runtime/systemEnvironment.ts";
import { createSupervision } from "../src/supervisor/ladder.ts";
import { type Row, report, round } from "./benchReport.ts";
import { type BenchServer, quiet, startBenchServer } from "./benchServer.ts";
import { type Measurement, measureClosedLoop, rowOf } from "./closedLoop.ts";
import { counterKind, counterMachine } from "./counterKind.ts";

const SECONDS = process.argv.includes("--quick") ? 2 : 5;
const BATCH = 500;
const PG_DEFAULT_POOL = 10;
const payload = JSON.stringify({
  value: { parity: "even", effects: "idle", clock: {} },
  context: { count: 1, rings: 0, last: 0 },
  children: [],
});

/** The external effect: something asynchronous outside the process's turn. */
const effect = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function openHost(server: BenchServer, scope: string): Promise<Runtime> {
  const { database, directory } = server;
  const runtime = createHost({
    scope,
    kinds: createKindRegistry([counterKind(effect)]),
    store: createRuntimeStore({ url: database.url, pool: database.pool, tables: [], logger: quiet }),
    supervision: createSupervision(),
    environment: createSystemEnvironment(quiet),
    breadcrumbPath: join(directory, "transition.breadcrumb"),
  });
  await runtime.start();
  return runtime;
}

async function measureDurable(server: BenchServer, actors: number): Promise<Measurement> {
  const scope = `bench/${actors}`;
  const runtime = await openHost(server, scope);
  const address = (actor: number): string => `${scope}/counter/${actor}`;
  await spawnCounters(
    runtime,
    Array.from({ length: actors }, (_, actor) => address(actor)),
  );
  const measured = await measureClosedLoop(actors, SECONDS, async (actor, n) => {
    const receipt = await runtime.send({ to: address(actor), event: { type: "ADD", id: `${actor}-${n}`, n } });
    if (receipt.receipt !== "accepted" || receipt.outcome !== "applied")
      throw new Error(`not applied: ${JSON.stringify(receipt)}`);
  });
  const sample = await runtime.view(address(0));
  await runtime.stop({ withinMs: 5000 });
  if (Reflect.get(Object(sample?.context), "count") === 0) throw new Error("the counters did not count");
  return measured;
}

/** Resolves when all of them have taken their first step. */
async function spawnCounters(runtime: Runtime, addresses: readonly string[]): Promise<void> {
  const waiting = new Set(addresses);
  const allActive = new Promise<void>((resolve) => {
    const stop = runtime.observe((notice) => {
      if (notice.notice === "transition") waiting.delete(notice.address);
      if (waiting.size > 0) return;
      stop();
      resolve();
    });
  });
  await Promise.all(addresses.map((address) => runtime.spawn({ address, kind: "counter", input: {} })));
  await allActive;
}

async function prepareRaw(pool: pg.Pool): Promise<void> {
  await pool.query("CREATE TABLE bench_state (address text PRIMARY KEY, version int NOT NULL, snapshot text NOT NULL)");
  await pool.query(
    "CREATE TABLE bench_events (address text NOT NULL, n int NOT NULL, event text NOT NULL, PRIMARY KEY (address, n))",
  );
}

async function addRawActors(pool: pg.Pool, way: string, actors: number): Promise<void> {
  await pool.query("TRUNCATE bench_state, bench_events");
  await pool.query("INSERT INTO bench_state SELECT $1 || i, 0, $2 FROM generate_series(0, $3 - 1) i", [way, payload, actors]);
}

/** What a careful author writes by hand: the event and the new state in one transaction. */
async function measureTransactions(pool: pg.Pool, actors: number): Promise<Measurement> {
  await addRawActors(pool, "raw", actors);
  return await measureClosedLoop(actors, SECONDS, async (actor, n) => {
    const client = await pool.connect();
    try {
      await client.query("BEGIN");
      await client.query({
        name: "raw-event",
        text: "INSERT INTO bench_events VALUES ($1, $2, $3)",
        values: [`raw${actor}`, n, payload],
      });
      await client.query({
        name: "raw-state",
        text: "UPDATE bench_state SET version = $2, snapshot = $3 WHERE address = $1",
        values: [`raw${actor}`, n, payload],
      });
      await client.query("COMMIT");
    } finally {
      client.release();
    }
  });
}

/** The most Postgres gives: batches of 500 events as one statement, nothing computed in between. */
async function measureBatches(pool: pg.Pool): Promise<Measurement> {
  await addRawActors(pool, "batch", BATCH);
  const addresses = Array.from({ length: BATCH }, (_, actor) => `batch${actor}`);
  const payloads = addresses.map(() => payload);
  const measured = await measureClosedLoop(1, SECONDS, async (_, n) => {
    await pool.query({
      name: "batch",
      text: `WITH events AS (INSERT INTO bench_events SELECT a, $3, e FROM unnest($1::text[], $2::text[]) AS t (a, e))
        UPDATE bench_state SET version = $3, snapshot = e FROM unnest($1::text[], $2::text[]) AS t (a, e) WHERE address = a`,
      values: [addresses, payloads, n],
    });
  });
  return { ...measured, eventsPerSecond: measured.eventsPerSecond * BATCH, cpuMsPerThousand: measured.cpuMsPerThousand / BATCH };
}

/** What most people write: a live actor, its snapshot saved after each transition; effects and timers run before anything is safe. */
async function measureNaive(server: BenchServer, actors: number, connections: number): Promise<Measurement> {
  await addRawActors(server.database.pool, "naive", actors);
  const pool = new pg.Pool({ connectionString: server.database.url, max: connections });
  const machine = counterMachine(effect);
  const live = Array.from({ length: actors }, (_, index) => {
    const actor = createActor(machine).start();
    let saved: Promise<unknown> = Promise.resolve();
    actor.subscribe(() => {
      saved = pool.query({
        name: "naive",
        text: "UPDATE bench_state SET version = version + 1, snapshot = $2 WHERE address = $1",
        values: [`naive${index}`, JSON.stringify(actor.getPersistedSnapshot())],
      });
    });
    return { actor, saved: () => saved };
  });
  const measured = await measureClosedLoop(actors, SECONDS, async (index, n) => {
    const target = live[index];
    target?.actor.send({ type: "ADD", id: `${index}-${n}`, n });
    await target?.saved();
  });
  for (const { actor, saved } of live) {
    actor.stop();
    await saved();
  }
  await pool.end();
  return measured;
}

const server = await startBenchServer();
try {
  const { pool } = server.database;
  await prepareRaw(pool);
  const rows: Row[] = [];
  const measure = async (way: string, actors: number, run: () => Promise<Measurement>): Promise<Measurement> => {
    const measured = await run();
    rows.push(rowOf(way, actors, measured));
    return measured;
  };
  const rawOne = await measure("raw transaction", 1, () => measureTransactions(pool, 1));
  const one = await measure("bosun", 1, () => measureDurable(server, 1));
  await measure("naive, 1 connection", 1, () => measureNaive(server, 1, 1));
  await measure("raw transaction", 1000, () => measureTransactions(pool, 1000));
  await measure("raw batches of 500", 500, () => measureBatches(pool));
  const naive = await measure("naive, 1 connection", 1000, () => measureNaive(server, 1000, 1));
  const pooled = await measure("naive, pool of 10", 1000, () => measureNaive(server, 1000, PG_DEFAULT_POOL));
  await measure("bosun", 200, () => measureDurable(server, 200));
  const thousand = await measure("bosun", 1000, () => measureDurable(server, 1000));
  await measure("bosun", 5000, () => measureDurable(server, 5000));
  const timesPooled = round(thousand.eventsPerSecond / pooled.eventsPerSecond);
  rows.push({ way: "bosun / naive with a pool of 10", N: 1000, "events/s": `${timesPooled} times` });
  report("runtime", rows, [
    { name: "events/s at N=1000", measured: thousand.eventsPerSecond, reach: 10_000, better: "higher" },
    {
      name: "times naive at N=1000, one connection each",
      measured: thousand.eventsPerSecond / naive.eventsPerSecond,
      reach: 8,
      better: "higher",
    },
    { name: "raw transactions per event at N=1 (p50)", measured: one.p50Ms / rawOne.p50Ms, reach: 1.5, better: "lower" },
  ]);
} finally {
  await server.cleanup();
}
