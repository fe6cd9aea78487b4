import { describe, expect, it } from "vitest";
import { assign, createMachine, fromPromise, setup } from "xstate";
import { createHost } from "../../src/runtime/host.ts";
import type { JobContext } from "../../src/runtime/job.ts";
import type { ActorKind } from "../../src/runtime/kind.ts";
import type { ReadModelTable } from "../../src/runtime/readModel.ts";
import { createKindRegistry } from "../../src/runtime/registry.ts";
import type { Receipt, Runtime } from "../../src/runtime/runtime.ts";
import type { CommitBatch, RuntimeStore } from "../../src/runtime/store.ts";
import { createSystemEnvironment } from "../../src/runtime/systemEnvironment.ts";
import { SCOPE, testSupervision } from "../support/hostFixture.ts";
import { createMemoryStore, MemoryDatabase } from "../support/memoryStore.ts";
import { silentLogger } from "../support/silentLogger.ts";
import { kindOf } from "./testKind.ts";

const facts: ReadModelTable = { name: "facts", key: ["job"], nature: "fact" };

/** A host whose statements wait until the test lets them go, and which tells what it has computed. */
async function slowHost(others: readonly ActorKind[] = []) {
  const database = new MemoryDatabase();
  const computed: string[] = [];
  const batches: CommitBatch[] = [];
  const waiting: (() => void)[] = [];
  const fate = { held: false, next: "written" as "written" | "lost" };
  const machine = createMachine({
    id: "k",
    context: { n: 0 },
    on: {
      GO: {
        actions: assign(({ context, self }) => {
          computed.push(self.id.slice(SCOPE.length + 1));
          return { n: Reflect.get(context, "n") + 1 };
        }),
      },
    },
  });
  const inner = createMemoryStore(database, () => Promise.resolve(), [facts]);
  const store: RuntimeStore = {
    ...inner,
    async commit(batch) {
      batches.push(batch);
      if (fate.held) await new Promise<void>((resolve) => waiting.push(resolve));
      if (fate.next === "written") return await inner.commit(batch);
      fate.next = "written";
      return { result: "unknown", message: "lost" };
    },
  };
  const runtime = createHost({
    scope: SCOPE,
    kinds: createKindRegistry([kindOf(machine, { events: ["GO"] }), ...others], { freeze: true }),
    store,
    supervision: testSupervision,
    environment: createSystemEnvironment(silentLogger),
    transitionWatchdog: false,
  });
  await runtime.start();
  const started = new Set<string>();
  runtime.observe((notice) => {
    if (notice.notice === "started") started.add(notice.address);
  });
  for (const id of ["a", "b"]) await runtime.spawn({ address: `${SCOPE}/${id}`, kind: "k", input: {} });
  await turns(() => started.size === 2);
  return { runtime, database, computed, batches, waiting, fate };
}

async function turns(done: () => boolean): Promise<void> {
  for (let turn = 0; turn < 500 && !done(); turn++) await new Promise((resolve) => setImmediate(resolve));
}

function go(runtime: Runtime, id: string): Promise<Receipt> {
  return runtime.send({ to: `${SCOPE}/${id}`, event: { type: "GO" } });
}

describe("while a statement is on its way", () => {
  it("the next batch is composed from other actors, and written after it; its own actors wait [G1] [H10]", async () => {
    const { runtime, computed, batches, waiting, fate } = await slowHost();
    const before = batches.length;
    fate.held = true;
    const answers = [go(runtime, "a")];
    await turns(() => waiting.length === 1);
    answers.push(go(runtime, "a"), go(runtime, "b"));
    await turns(() => computed.length === 2);
    expect(computed).toEqual(["a", "b"]);
    expect(batches).toHaveLength(before + 1);
    fate.held = false;
    waiting[0]?.();
    expect((await Promise.all(answers)).map(({ receipt }) => receipt)).toEqual(["accepted", "accepted", "accepted"]);
    expect(batches.slice(before).map(({ updates }) => updates.map(({ address }) => address.at(-1)))).toEqual([["a"], ["b", "a"]]);
    await runtime.stop({ withinMs: 1_000 });
  });

  it("a batch composed ahead is given back and composed again when that statement's fate is unknown [G2] [H3]", async () => {
    const { runtime, computed, waiting, fate } = await slowHost();
    fate.held = true;
    const answers = [go(runtime, "a")];
    await turns(() => waiting.length === 1);
    answers.push(go(runtime, "b"));
    await turns(() => computed.includes("b"));
    const ahead = computed.length;
    expect(computed).toContain("b");
    fate.next = "lost";
    fate.held = false;
    waiting[0]?.();
    expect((await Promise.all(answers)).map(({ receipt }) => receipt)).toEqual(["accepted", "accepted"]);
    expect(computed.slice(ahead)).toContain("a");
    expect(computed.slice(ahead)).toContain("b");
    for (const id of ["a", "b"]) expect((await runtime.view(`${SCOPE}/${id}`))?.context).toEqual({ n: 1 });
    await runtime.stop({ withinMs: 1_000 });
  });
});

/** Buys at GO, and changes its mind at CANCEL. The test says when the job asks to be sent, and when the world answers. */
function shop() {
  const seen = { cancelled: 0, asked: 0, paid: 0 };
  const gates = { ask: () => {}, answer: () => {} };
  const asking = new Promise<void>((resolve) => {
    gates.ask = resolve;
  });
  const answering = new Promise<void>((resolve) => {
    gates.answer = resolve;
  });
  const machine = setup({ actors: { buy: fromPromise(() => Promise.reject(new Error("replaced by the job"))) } }).createMachine({
    id: "buyer",
    initial: "idle",
    states: {
      idle: { on: { GO: "buying" } },
      buying: {
        invoke: { id: "buy", src: "buy", onDone: "idle" },
        on: {
          CANCEL: {
            target: "idle",
            actions: assign(() => {
              seen.cancelled += 1;
              return {};
            }),
          },
        },
      },
    },
  });
  const kind: ActorKind = {
    ...kindOf(machine, { events: ["GO", "CANCEL"] }),
    jobs: {
      buy: {
        retry: "reconcile",
        timeoutMs: 60_000,
        run: async (_input: unknown, context: JobContext<never>) => {
          await asking;
          seen.asked += 1;
          await context.checkpoint({} as never);
          seen.paid += 1;
          await answering;
          return "bought";
        },
        reconcile: () => Promise.resolve({ verdict: "unknown" as const, reason: "nobody asks in this test" }),
        facts: ({ jobId }: { jobId: string }) => [{ op: "upsert" as const, table: "facts", row: { job: jobId } }],
      },
    },
  };
  return { kind, seen, gates };
}

describe("the job of an actor that changes its mind meanwhile", () => {
  const to = `${SCOPE}/buyer`;
  const cancel = { to, event: { type: "CANCEL" } };

  async function buying() {
    const { kind, seen, gates } = shop();
    const host = await slowHost([kind]);
    let started = false;
    host.runtime.observe((notice) => {
      if (notice.notice === "started") started = true;
    });
    await host.runtime.spawn({ address: to, kind: "buyer", input: {} });
    await turns(() => started);
    expect(await host.runtime.send({ to, event: { type: "GO" } })).toMatchObject({ outcome: "applied" });
    host.fate.held = true;
    return { ...host, seen, gates };
  }

  it("is cancelled behind its checkpoint when that is on its way: it is paid, and its facts are kept [G5] [G13] [H6]", async () => {
    const { runtime, database, batches, computed, waiting, fate, seen, gates } = await buying();
    gates.ask();
    await turns(() => waiting.length === 1);
    expect(batches.at(-1)?.checkpoints).toHaveLength(1);
    const answers = [runtime.send(cancel), go(runtime, "a")];
    await turns(() => computed.includes("a"));
    expect(computed).toEqual(["a"]);
    expect(seen).toEqual({ cancelled: 0, asked: 1, paid: 0 });
    fate.held = false;
    waiting[0]?.();
    expect((await Promise.all(answers)).map(({ receipt }) => receipt)).toEqual(["accepted", "accepted"]);
    expect(seen).toEqual({ cancelled: 1, asked: 1, paid: 1 });
    expect([...database.jobs.values()]).toMatchObject([{ state: "sent", orphaned: true }]);
    gates.answer();
    expect(await runtime.stop({ withinMs: 1_000 })).toMatchObject({ abandonedJobs: 0 });
    expect(database.model.size).toBe(1);
    expect(database.jobs.size).toBe(0);
  });

  it("is never sent when the cancellation was composed ahead of its checkpoint [G5] [H6]", async () => {
    const { runtime, database, batches, waiting, fate, seen, gates } = await buying();
    const answers = [go(runtime, "a")];
    await turns(() => waiting.length === 1);
    answers.push(runtime.send(cancel));
    await turns(() => seen.cancelled === 1);
    gates.ask();
    await turns(() => seen.asked === 1);
    fate.held = false;
    waiting[0]?.();
    expect((await Promise.all(answers)).map(({ receipt }) => receipt)).toEqual(["accepted", "accepted"]);
    expect(await runtime.stop({ withinMs: 1_000 })).toMatchObject({ abandonedJobs: 0 });
    expect(seen).toEqual({ cancelled: 1, asked: 1, paid: 0 });
    expect(batches.flatMap(({ checkpoints }) => checkpoints)).toEqual([]);
    expect([database.jobs.size, database.model.size]).toEqual([0, 0]);
  });
});
