import { afterAll, afterEach, beforeAll } from "vitest";
import type { ActorKind } from "../../src/runtime/kind.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { hostOn, SCOPE, until } from "./hostFixture.ts";
import { createTestDatabase, type TestDatabase } from "./testDatabase.ts";

/** Hosts on one real database for a test file; each test begins with empty tables and leaves no host behind. */
export interface HostBed {
  readonly started: (kinds: readonly ActorKind[], options?: Parameters<typeof hostOn>[2]) => Promise<Runtime>;
  /** Spawns and waits for the first commit. Returns the address. */
  readonly spawned: (runtime: Runtime, id: string, kind: string, input?: unknown) => Promise<string>;
  readonly rows: (sql: string) => Promise<Record<string, unknown>[]>;
  /** The database of the file; open from the first test on. */
  readonly database: () => TestDatabase;
}

/** Call at the top of a test file. `tables` are the read-model tables that its tests create in `public`. */
export function useHosts(tables: readonly string[] = []): HostBed {
  let database: TestDatabase | undefined;
  let running: Runtime[] = [];
  const open = (): TestDatabase => {
    if (database === undefined) throw new Error("the test database is not open yet");
    return database;
  };
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterEach(async () => {
    for (const runtime of running) await runtime.stop({ withinMs: 1_000 });
    running = [];
    await open().pool.query(
      `TRUNCATE bosun.ownership, bosun.leases, bosun.actors, bosun.inbox, bosun.timers, bosun.jobs, bosun.journal, bosun.outbox,
         bosun.dead_letters, bosun.dedup, bosun.attempts`,
    );
    for (const table of tables) await open().pool.query(`DROP TABLE IF EXISTS public.${table}`);
  });
  afterAll(() => open().cleanup());
  return {
    database: open,
    async started(kinds, options = {}) {
      const runtime = hostOn(open(), kinds, options);
      running.push(runtime);
      await runtime.start();
      return runtime;
    },
    async spawned(runtime, id, kind, input = null) {
      const address = `${SCOPE}/${id}`;
      await runtime.spawn({ address, kind, input });
      await until(runtime, address, (view) => view.status !== "starting");
      return address;
    },
    async rows(sql) {
      return (await open().pool.query<Record<string, unknown>>(sql)).rows;
    },
  };
}
