import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { assign, setup } from "xstate";
import { z } from "zod";
import { createRuntimeStore } from "../../src/persistence/runtime.store.ts";
import type { ActorKind } from "../../src/runtime/kind.ts";
import type { ReadModelTable } from "../../src/runtime/readModel.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import type { CommitBatch, CommitResult } from "../../src/runtime/store.ts";
import { hostOn, quickRestart, SCOPE, until } from "../support/hostFixture.ts";
import { silentLogger } from "../support/silentLogger.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";

const claims: ReadModelTable = { name: "claims", key: ["agent", "ship"], nature: "derived" };
let broken = false;
const claimer: ActorKind = {
  kind: "claimer",
  version: 1,
  input: z.unknown(),
  restart: quickRestart,
  jobs: {},
  machine: setup({ types: { context: {} as { ship: string | null; n: number } } }).createMachine({
    context: () => {
      if (broken) throw new Error("cannot begin");
      return { ship: null, n: 0 };
    },
    on: {
      ADD: { actions: assign({ n: ({ context }) => context.n + 1 }) },
      CLAIM: { actions: assign({ ship: ({ event }) => String(event["ship"]) }) },
    },
  }),
  events: { ADD: z.object({}), CLAIM: z.object({ ship: z.string() }) },
  project: ({ agent, address, after }) => {
    const { ship } = after.context as { ship: string | null };
    return ship === null ? [] : [{ op: "upsert", table: "claims", row: { agent, ship, owner: address } }];
  },
};

let database: TestDatabase;
let running: Runtime[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
  await database.pool.query(
    "CREATE TABLE public.claims (agent text, ship text, owner text, PRIMARY KEY (agent, ship), CHECK (ship <> 'NO'))",
  );
});
afterEach(async () => {
  for (const runtime of running) await runtime.stop({ withinMs: 500 });
  running = [];
  await database.pool.query(
    `TRUNCATE bosun.ownership, bosun.leases, bosun.actors, bosun.inbox, bosun.timers, bosun.jobs, bosun.journal, bosun.outbox,
       bosun.dead_letters, bosun.dedup, bosun.attempts, public.claims`,
  );
});
afterAll(() => database.cleanup());

type Commit = (batch: CommitBatch) => Promise<CommitResult>;

async function started(change: (commit: Commit) => Commit, options: Parameters<typeof hostOn>[2] = {}): Promise<Runtime> {
  const store = createRuntimeStore({ url: database.url, pool: database.pool, tables: [claims], logger: silentLogger });
  const changed = change((batch) => store.commit(batch));
  const runtime = hostOn(database, [claimer], { store: { ...store, commit: changed }, ...options });
  running.push(runtime);
  await runtime.start();
  return runtime;
}

async function spawned(runtime: Runtime, id: string): Promise<string> {
  const address = `${SCOPE}/${id}`;
  await runtime.spawn({ address, kind: "claimer", input: null });
  await until(runtime, address, ({ status }) => status === "active");
  return address;
}

describe("a failure that is being written", () => {
  it("survives the loss of the connection at that moment, written or not [G6] [G7] [H3] [H4]", async () => {
    for (const written of [true, false]) {
      let lost = 0;
      const runtime = await started((commit) => async (batch) => {
        if (lost > 0 || batch.deadLetters.length === 0) return await commit(batch);
        lost += 1;
        if (written) await commit(batch);
        return { result: "unknown", message: "the answer was lost" };
      });
      const to = await spawned(runtime, written ? "a" : "b");
      expect(await runtime.send({ to, event: { type: "CLAIM", ship: "NO" } })).toMatchObject({
        receipt: "refused",
        reason: "invalid",
      });
      await until(runtime, to, ({ status }) => status === "active");
      expect(await runtime.send({ to, event: { type: "ADD" } })).toMatchObject({ receipt: "accepted", outcome: "applied" });
      expect(lost).toBe(1);
      await runtime.stop({ withinMs: 500 });
    }
  });
});

describe("a message that must wait, whose commit's answer is lost", () => {
  it("is kept once, and a repeat of it is told from it [G2] [H3]", async () => {
    for (const written of [true, false]) {
      let losses = 0;
      const change = (commit: Commit): Commit => {
        return async (batch) => {
          if (losses === 0 || batch.dedup.length === 0) return await commit(batch);
          losses -= 1;
          if (written) await commit(batch);
          return { result: "unknown", message: "the answer was lost" };
        };
      };
      const first = await started((commit) => commit);
      const to = await spawned(first, written ? "a" : "b");
      await first.stop({ withinMs: 500 });
      await database.pool.query("UPDATE bosun.actors SET status = 'quarantined'");
      const runtime = await started(change);
      const add = { to, event: { type: "ADD" }, id: "m" };
      losses = 1;
      expect(await runtime.send(add)).toMatchObject({ receipt: "accepted", outcome: "stored" });
      losses = 1;
      expect(await runtime.send(add)).toEqual({ receipt: "duplicate", messageId: "m" });
      losses = 1;
      expect(await runtime.send({ ...add, id: "n" })).toMatchObject({ receipt: "accepted", outcome: "stored" });
      expect(losses).toBe(0);
      expect(runtime.stats().mailboxDepth).toBe(2);
      await runtime.restart(to, "snapshot");
      await until(runtime, to, ({ status }) => status === "active");
      await runtime.send({ to, event: { type: "ADD" } });
      expect((await runtime.view(to))?.context).toMatchObject({ n: 3 });
      await runtime.stop({ withinMs: 500 });
    }
  });
});

describe("a fault of the host itself", () => {
  it("with one actor leaves the others alone [G7]", async () => {
    const runtime = await started((commit) => commit, {
      supervision: {
        decide: () => {
          throw new Error("cannot decide");
        },
      },
    });
    const [a, b] = [await spawned(runtime, "a"), await spawned(runtime, "b")];
    broken = true;
    await runtime.restart(a, "afresh");
    expect(await runtime.send({ to: b, event: { type: "ADD" } })).toMatchObject({ receipt: "accepted" });
    broken = false;
    expect(await runtime.view(a)).toMatchObject({ status: "quarantined", incarnation: 1 });
  });

  it("in writing stops it as one: whoever waits is answered, and a new start finds everything [G2] [G7]", async () => {
    let fence: () => void = () => {};
    const fenced = new Promise<void>((resolve) => {
      fence = resolve;
    });
    let breaks = false;
    const runtime = await started(
      (commit) => async (batch) => {
        if (breaks) throw new Error("a fault of ours");
        return await commit(batch);
      },
      { onFenced: () => fence() },
    );
    const to = await spawned(runtime, "a");
    breaks = true;
    expect(await runtime.send({ to, event: { type: "ADD" } })).toMatchObject({ receipt: "refused", reason: "stopping" });
    await fenced;
    await runtime.stop({ withinMs: 100 });
    const second = await started((commit) => commit);
    expect(await second.send({ to, event: { type: "ADD" } })).toMatchObject({ receipt: "accepted" });
    expect((await second.view(to))?.context).toMatchObject({ n: 1 });
  });
});
