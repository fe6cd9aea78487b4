import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { assign, emit, fromPromise, sendParent, setup } from "xstate";
import { z } from "zod";
import { sendToAddress } from "../../src/runtime/authoring.ts";
import { JobWaiting } from "../../src/runtime/job.ts";
import type { ActorKind } from "../../src/runtime/kind.ts";
import type { ReadModelTable } from "../../src/runtime/readModel.ts";
import type { Runtime, RuntimeNotice } from "../../src/runtime/runtime.ts";
import { hostOn, quickRestart, SCOPE, until } from "../support/hostFixture.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";

const never = fromPromise<unknown, unknown>(() => Promise.reject(new Error("replaced by a job")));
const common = { version: 1, input: z.unknown(), restart: quickRestart, jobs: {} } as const;

let database: TestDatabase;
let running: Runtime[];
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(() => {
  running = [];
});
afterEach(async () => {
  for (const runtime of running) await runtime.stop({ withinMs: 1_000 });
  await database.pool.query(
    `TRUNCATE bosun.ownership, bosun.leases, bosun.actors, bosun.inbox, bosun.timers, bosun.jobs, bosun.journal, bosun.outbox,
       bosun.dead_letters, bosun.dedup, bosun.attempts; DROP TABLE IF EXISTS public.claims, public.facts`,
  );
});
afterAll(() => database.cleanup());

async function started(kinds: readonly ActorKind[], options: Parameters<typeof hostOn>[2] = {}): Promise<Runtime> {
  const runtime = hostOn(database, kinds, options);
  running.push(runtime);
  await runtime.start();
  return runtime;
}

async function spawned(runtime: Runtime, id: string, kind: string, input: unknown = null): Promise<string> {
  const address = `${SCOPE}/${id}`;
  await runtime.spawn({ address, kind, input });
  await until(runtime, address, (view) => view.status !== "starting");
  return address;
}

async function rows(sql: string): Promise<Record<string, unknown>[]> {
  return (await database.pool.query<Record<string, unknown>>(sql)).rows;
}

function notices(runtime: Runtime): RuntimeNotice[] {
  const seen: RuntimeNotice[] = [];
  runtime.observe((notice) => seen.push(notice));
  return seen;
}

/** Counts; throws at BOOM; writes a claim row at CLAIM; sends at TELL; emits at SAY. */
const teller: ActorKind = {
  ...common,
  kind: "teller",
  machine: setup({ types: { context: {} as { n: number; claim: string | null } } }).createMachine({
    context: { n: 0, claim: null },
    initial: "on",
    states: {
      on: {
        on: {
          ADD: { actions: assign({ n: ({ context }) => context.n + 1 }) },
          BOOM: {
            actions: assign(() => {
              throw new Error("boom");
            }),
          },
          CLAIM: { actions: assign({ claim: ({ event }) => String(event["ship"]) }) },
          TELL: { actions: sendToAddress(({ event }) => String(event["to"]), { type: "ADD" }) },
          LATER: { actions: sendToAddress(({ event }) => String(event["to"]), { type: "ADD" }, { id: "later", delay: 5 }) },
          SAY: { actions: emit(() => ({ type: "said", words: "hello" })) },
        },
      },
    },
  }),
  events: {
    ADD: z.object({}),
    BOOM: z.object({}),
    CLAIM: z.object({ ship: z.string() }),
    TELL: z.object({ to: z.string() }),
    LATER: z.object({ to: z.string() }),
    SAY: z.object({}),
    UNUSED: z.object({}),
  },
  project: ({ agent, address, after }) => {
    const { claim } = after.context as { claim: string | null };
    return claim === null ? [] : [{ op: "upsert", table: "claims", row: { agent, owner: address, ship: claim } }];
  },
};
const claims: ReadModelTable = { name: "claims", key: ["agent", "owner"], nature: "derived" };

async function createClaims(): Promise<void> {
  await database.pool.query(
    "CREATE TABLE public.claims (agent text, owner text, ship text, PRIMARY KEY (agent, owner)); CREATE UNIQUE INDEX ON public.claims (ship)",
  );
}

describe("a batch", () => {
  it("lets one refused row fail its actor alone [G7] [G9] [H4]", async () => {
    await createClaims();
    const runtime = await started([teller], { tables: [claims] });
    const addresses = await Promise.all(["a", "b", "c", "d"].map((id) => spawned(runtime, id, "teller")));
    const ships = ["S1", "S2", "S1", "S3"];
    const receipts = await Promise.all(
      addresses.map((to, index) => runtime.send({ to, event: { type: "CLAIM", ship: ships[index] } })),
    );
    expect(receipts.map(({ receipt }) => receipt).sort()).toEqual(["accepted", "accepted", "accepted", "refused"]);
    expect(await rows("SELECT ship FROM public.claims ORDER BY ship")).toEqual([{ ship: "S1" }, { ship: "S2" }, { ship: "S3" }]);
    const letters = await rows("SELECT reason FROM bosun.dead_letters");
    expect(letters).toEqual([{ reason: "commit" }]);
    for (const address of addresses) {
      await until(runtime, address, (view) => view.status === "active");
      expect(await runtime.send({ to: address, event: { type: "ADD" } })).toMatchObject({ receipt: "accepted" });
    }
  });

  it("writes nothing of an actor whose row has moved on, and says so [H4]", async () => {
    const runtime = await started([teller]);
    const address = await spawned(runtime, "a", "teller");
    await database.pool.query("UPDATE bosun.actors SET version = version + 5");
    const before = await rows("SELECT count(*)::int AS n FROM bosun.journal");
    expect(await runtime.send({ to: address, event: { type: "SAY" } })).toMatchObject({ receipt: "refused" });
    expect(await rows("SELECT count(*)::int AS n FROM bosun.journal")).toEqual(before);
    expect(await rows("SELECT * FROM bosun.outbox")).toEqual([]);
    expect((await runtime.view(address))?.status).toBe("quarantined");
  });

  it("goes on under a new epoch when its connection is cut [G6] [G12] [H3]", async () => {
    const runtime = await started([teller]);
    const address = await spawned(runtime, "a", "teller");
    for (let round = 0; round < 3; round++) {
      const sending = Promise.all(Array.from({ length: 20 }, () => runtime.send({ to: address, event: { type: "ADD" } })));
      await database.pool.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'bosun commit loop' AND datname = current_database()",
      );
      expect((await sending).every(({ receipt }) => receipt === "accepted")).toBe(true);
    }
    expect((await runtime.view(address))?.context).toMatchObject({ n: 60 });
    expect(Number((await rows("SELECT epoch FROM bosun.ownership"))[0]?.["epoch"])).toBeGreaterThan(1);
  });
});

describe("messages", () => {
  it("reach the living and become dead letters else, replayable ones [G3] [H9]", async () => {
    const runtime = await started([teller]);
    const [a, b] = [await spawned(runtime, "a", "teller"), await spawned(runtime, "b", "teller")];
    await runtime.send({ to: a, event: { type: "TELL", to: b } });
    await runtime.send({ to: a, event: { type: "LATER", to: b } });
    await until(runtime, b, (view) => (view.context as { n: number }).n === 2);
    await runtime.send({ to: a, event: { type: "TELL", to: `${SCOPE}/late` } });
    const [letter] = await rows("SELECT id, reason, address FROM bosun.dead_letters");
    expect(letter).toMatchObject({ reason: "unknownAddress", address: `${SCOPE}/late` });
    expect(runtime.stats().deadLetters).toBe(1);
    const late = await spawned(runtime, "late", "teller");
    expect(await runtime.replayDeadLetter(String(letter?.["id"]))).toBe("replayed");
    await until(runtime, late, (view) => (view.context as { n: number }).n === 1);
    expect(await runtime.replayDeadLetter(String(letter?.["id"]))).toBe("unknown");
    expect(runtime.stats().deadLetters).toBe(0);
  });

  it("that make their actor throw are dead; it lives on without a restart counted [G7] [H8]", async () => {
    const runtime = await started([teller]);
    const address = await spawned(runtime, "a", "teller");
    const [first, boom, last] = await Promise.all([
      runtime.send({ to: address, event: { type: "ADD" } }),
      runtime.send({ to: address, event: { type: "BOOM" } }),
      runtime.send({ to: address, event: { type: "ADD" } }),
    ]);
    expect(first).toMatchObject({ receipt: "accepted" });
    expect(boom).toMatchObject({ receipt: "refused", reason: "invalid" });
    expect(last).toMatchObject({ receipt: "accepted" });
    expect(await runtime.view(address)).toMatchObject({ status: "active", context: { n: 2 }, restarts: 0 });
  });

  it("from outside are refused with a reason when they cannot be meant [G2] [H4] [H8]", async () => {
    const runtime = await started([teller]);
    const to = await spawned(runtime, "a", "teller");
    const reasonOf = async (message: Parameters<Runtime["send"]>[0]): Promise<unknown> => {
      const receipt = await runtime.send(message);
      return receipt.receipt === "refused" ? receipt.reason : receipt.receipt;
    };
    expect(await reasonOf({ to: `${SCOPE}/nobody`, event: { type: "ADD" } })).toBe("unknownAddress");
    expect(await reasonOf({ to: "agent/other/one", event: { type: "ADD" } })).toBe("unknownAddress");
    expect(await reasonOf({ to: "bad address", event: { type: "ADD" } })).toBe("invalid");
    expect(await reasonOf({ to, event: { type: "xstate.stop" } })).toBe("invalid");
    expect(await reasonOf({ to, event: { type: "" } })).toBe("invalid");
    expect(await reasonOf({ to, event: { type: "HUH" } })).toBe("undeclared");
    expect(await reasonOf({ to, event: { type: "CLAIM", ship: 4 } })).toBe("invalid");
    expect(await reasonOf({ to, event: { type: "CLAIM", ship: "a\u0000b" } })).toBe("invalid");
    expect(await reasonOf({ to, event: { type: "CLAIM", ship: "\ud800" } })).toBe("invalid");
    expect(await reasonOf({ to, event: { type: "ADD" }, id: "\u0000" })).toBe("invalid");
    expect(await reasonOf({ to, event: { type: "ADD" }, issuedAtMs: Date.now() - 8 * 86_400_000 })).toBe("expired");
    expect(await rows("SELECT * FROM bosun.dead_letters")).toEqual([]);
  });

  it("that ended the process twice are dead before they are tried again [G7] [H8]", async () => {
    const directory = mkdtempSync(join(tmpdir(), "bosun-crumb-"));
    const breadcrumbPath = join(directory, "transition");
    try {
      const first = await started([teller]);
      const address = await spawned(first, "a", "teller");
      await first.stop({ withinMs: 1_000 });
      await database.pool.query(
        `INSERT INTO bosun.inbox (id, address, scope, commit_no, idx, type, body, at_ms) VALUES ('poison', '${address}', '${SCOPE}', 1, 0, 'message', '{"type":"ADD"}', 0)`,
      );
      await database.pool.query(`INSERT INTO bosun.attempts VALUES ('${address}', 'poison', '${SCOPE}', 1, 0)`);
      writeFileSync(breadcrumbPath, `+${JSON.stringify([address, "poison"])}\n`);
      const second = await started([teller], { breadcrumbPath });
      await second.send({ to: address, event: { type: "ADD" } });
      expect((await second.view(address))?.context).toMatchObject({ n: 1 });
      expect(await rows("SELECT id, reason FROM bosun.dead_letters")).toEqual([{ id: "poison", reason: "poison" }]);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

/** A purchase whose answer the test gives; `paid` is the world's own account of it. */
class Shop {
  readonly paid: string[] = [];
  readonly waiting: ((how: "answer" | "fail" | "weather") => void)[] = [];
  evidence: "done" | "notDone" | "unknown" = "notDone";
  reconciled = 0;
  onSent: () => void = () => {};

  kind(retry: "safe" | "reconcile" | "never", restart: Partial<ActorKind["restart"]> = {}): ActorKind {
    return {
      ...common,
      kind: "buyer",
      restart: { ...quickRestart, ...restart },
      machine: setup({ types: { context: {} as { got: unknown; error: unknown } }, actors: { buy: never } }).createMachine({
        context: { got: null, error: null },
        initial: "idle",
        states: {
          idle: { on: { GO: "buying", RISKY: "risking" } },
          buying: {
            on: { CANCEL: "idle" },
            invoke: {
              id: "buy",
              src: "buy",
              onDone: { target: "idle", actions: assign({ got: ({ event }) => event.output }) },
              onError: { target: "idle", actions: assign({ error: ({ event }) => (event.error as Error).name }) },
            },
          },
          risking: {
            invoke: { id: "buy", src: "buy", onDone: { target: "idle", actions: assign({ got: ({ event }) => event.output }) } },
          },
        },
      }),
      events: { GO: z.object({}), CANCEL: z.object({}), RISKY: z.object({}) },
      jobs: {
        buy: {
          retry,
          timeoutMs: 200,
          run: async (_input: never, context) => {
            await context.checkpoint({ before: 1 } as never);
            this.paid.push(context.requestId);
            const how = await new Promise<"answer" | "fail" | "weather">((resolve) => {
              this.waiting.push(resolve);
              this.onSent();
            });
            if (how === "weather") throw new JobWaiting("the server is away", 1);
            if (how === "fail") throw new Error("no such good");
            return { bought: context.jobId };
          },
          reconcile: () => {
            this.reconciled += 1;
            if (this.evidence === "done") return Promise.resolve({ verdict: "done" as const, output: { bought: "seen" } });
            if (this.evidence === "unknown") return Promise.resolve({ verdict: "unknown" as const, reason: "cannot tell" });
            return Promise.resolve({ verdict: "notDone" as const });
          },
          facts: ({ jobId }: { jobId: string }) => [{ op: "upsert" as const, table: "facts", row: { agent: SCOPE, job: jobId } }],
        },
      },
    };
  }

  sent(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.onSent = () => {
        if (this.waiting.length >= count) resolve();
      };
      this.onSent();
    });
  }

  answer(how: "answer" | "fail" | "weather" = "answer"): void {
    this.waiting.splice(0).forEach((resolve) => resolve(how));
  }
}

const facts: ReadModelTable = { name: "facts", key: ["agent", "job"], nature: "fact" };

describe("jobs", () => {
  beforeEach(async () => {
    await database.pool.query("CREATE TABLE public.facts (agent text, job text, PRIMARY KEY (agent, job))");
  });

  it("that were sent and are cancelled still record their facts [G5] [G13] [H6]", async () => {
    const shop = new Shop();
    const runtime = await started([shop.kind("reconcile")], { tables: [facts] });
    const address = await spawned(runtime, "a", "buyer");
    await runtime.send({ to: address, event: { type: "GO" } });
    await shop.sent(1);
    await runtime.send({ to: address, event: { type: "CANCEL" } });
    expect(await rows("SELECT state, orphaned FROM bosun.jobs")).toEqual([{ state: "sent", orphaned: true }]);
    shop.answer();
    const stopped = await runtime.stop({ withinMs: 2_000 });
    expect(stopped.abandonedJobs).toBe(0);
    expect(await rows("SELECT count(*)::int AS n FROM public.facts")).toEqual([{ n: 1 }]);
    expect(await rows("SELECT * FROM bosun.jobs")).toEqual([]);
  });

  it("found sent after a crash are settled by evidence, not repeated [G5] [H6]", async () => {
    const shop = new Shop();
    const first = await started([shop.kind("reconcile")], { tables: [facts] });
    const address = await spawned(first, "a", "buyer");
    await first.send({ to: address, event: { type: "GO" } });
    await shop.sent(1);
    await first.stop({ withinMs: 0 });
    shop.evidence = "done";
    const second = await started([shop.kind("reconcile")], { tables: [facts] });
    const view = await until(second, address, ({ context }) => (context as { got: unknown }).got !== null);
    expect(view.context).toMatchObject({ got: { bought: "seen" } });
    expect(shop.paid).toHaveLength(1);
    expect(await rows("SELECT count(*)::int AS n FROM public.facts")).toEqual([{ n: 1 }]);
  });

  it("that did not take effect are repeated only after the request can no longer arrive [G5] [H6]", async () => {
    const shop = new Shop();
    const first = await started([shop.kind("reconcile")], { tables: [facts] });
    const address = await spawned(first, "a", "buyer");
    await first.send({ to: address, event: { type: "GO" } });
    await shop.sent(1);
    const [sent] = await rows("SELECT sent_at_ms FROM bosun.jobs");
    await first.stop({ withinMs: 0 });
    shop.waiting.length = 0;
    const second = await started([shop.kind("reconcile")], { tables: [facts] });
    await shop.sent(1);
    expect(Date.now()).toBeGreaterThanOrEqual(Number(sent?.["sent_at_ms"]) + 200);
    expect(shop.reconciled).toBeGreaterThanOrEqual(2);
    shop.answer();
    await until(second, address, ({ context }) => (context as { got: unknown }).got !== null);
    expect(shop.paid).toHaveLength(2);
  });

  it("of class never end in OutcomeUnknown after a crash [G5]", async () => {
    const shop = new Shop();
    const first = await started([shop.kind("never")], { tables: [facts] });
    const address = await spawned(first, "a", "buyer");
    await first.send({ to: address, event: { type: "GO" } });
    await shop.sent(1);
    await first.stop({ withinMs: 0 });
    const second = await started([shop.kind("never")], { tables: [facts] });
    const view = await until(second, address, ({ context }) => (context as { error: unknown }).error !== null);
    expect(view.context).toMatchObject({ error: "OutcomeUnknown" });
    expect(shop.paid).toHaveLength(1);
  });

  it("wait out the weather without using up an attempt [G12]", async () => {
    const shop = new Shop();
    const runtime = await started([shop.kind("safe")], { tables: [facts] });
    const address = await spawned(runtime, "a", "buyer");
    await runtime.send({ to: address, event: { type: "GO" } });
    for (let storm = 0; storm < 3; storm++) {
      await shop.sent(1);
      shop.answer("weather");
    }
    await shop.sent(1);
    shop.answer();
    await until(runtime, address, ({ context }) => (context as { got: unknown }).got !== null);
    expect(new Set(shop.paid).size).toBe(1);
  });

  it("whose error nobody handles climb the ladder: snapshot, afresh, quarantine [G7] [H5] [H7]", async () => {
    const shop = new Shop();
    const runtime = await started([shop.kind("safe", { maxRestarts: 1 })], { tables: [facts] });
    const seen = notices(runtime);
    const address = await spawned(runtime, "a", "buyer");
    await runtime.send({ to: address, event: { type: "RISKY" } });
    await shop.sent(1);
    shop.answer("fail");
    // From the snapshot: the job runs again, under the same id and a new generation.
    await shop.sent(1);
    expect((await runtime.view(address))?.value).toBe("risking");
    expect(shop.paid[1]).toBe(shop.paid[0]?.replace(/1$/, "2"));
    shop.answer("fail");
    await until(runtime, address, (view) => view.status === "active" && view.incarnation === 2);
    expect((await runtime.view(address))?.value).toBe("idle");
    await runtime.send({ to: address, event: { type: "RISKY" } });
    await shop.sent(1);
    shop.answer("fail");
    await shop.sent(1);
    shop.answer("fail");
    await until(runtime, address, (view) => view.status === "quarantined");
    expect(seen.flatMap((notice) => (notice.notice === "failed" ? [notice.decision] : []))).toEqual([
      "snapshot",
      "afresh",
      "snapshot",
      "quarantine",
    ]);
    const stored = await runtime.send({ to: address, event: { type: "GO" } });
    expect(stored).toMatchObject({ receipt: "accepted", outcome: "stored" });
    expect(await runtime.restart(address, "afresh")).toBe("restarting");
    await shop.sent(1);
    shop.answer();
    await until(runtime, address, ({ context }) => (context as { got: unknown }).got !== null);
  });
});

describe("children", () => {
  const childMachine = setup({ types: { context: {} as { heard: number } }, actors: { fail: never } }).createMachine({
    context: { heard: 0 },
    initial: "on",
    states: {
      on: {
        after: { 600_000: "end" },
        on: {
          HI: { actions: assign({ heard: ({ context }) => context.heard + 1 }) },
          END: "end",
          FAIL: "failing",
        },
      },
      failing: { invoke: { id: "fail", src: "fail" } },
      end: { entry: sendParent({ type: "BYE" }), type: "final" },
    },
  });
  const child: ActorKind = {
    ...common,
    kind: "child",
    machine: childMachine,
    events: { HI: z.object({}), END: z.object({}), FAIL: z.object({}) },
    jobs: { fail: { retry: "safe", timeoutMs: 100, run: () => Promise.reject(new Error("it is broken")) } },
    restart: { ...quickRestart, type: "temporary" },
    onGiveUp: ({ parent }) => (parent === undefined ? [] : [{ to: parent, event: { type: "LOST" } }]),
  };
  const parent: ActorKind = {
    ...common,
    kind: "parent",
    machine: setup({
      types: { context: {} as { bye: number; done: number; lost: number; failed: string | null } },
      actors: { child: childMachine },
    }).createMachine({
      context: { bye: 0, done: 0, lost: 0, failed: null },
      initial: "off",
      on: {
        BYE: { actions: assign({ bye: ({ context }) => context.bye + 1 }) },
        LOST: { actions: assign({ lost: ({ context }) => context.lost + 1 }) },
      },
      states: {
        off: { on: { ON: "on" } },
        on: {
          on: { OFF: "off", AGAIN: { target: "on", reenter: true } },
          invoke: {
            id: "kid",
            src: "child",
            onDone: { target: "off", actions: assign({ done: ({ context }) => context.done + 1 }) },
            onError: { target: "off", actions: assign({ failed: ({ event }) => (event.error as Error).message }) },
          },
        },
      },
    }),
    events: { ON: z.object({}), OFF: z.object({}), AGAIN: z.object({}), BYE: z.object({}), LOST: z.object({}) },
  };

  it("keep their address over lives; the version never goes back [G8] [H9]", async () => {
    const runtime = await started([parent, child]);
    const address = await spawned(runtime, "p", "parent");
    const kid = `${address}/kid`;
    await runtime.send({ to: address, event: { type: "ON" } });
    const first = await until(runtime, kid, (view) => view.status === "active");
    await runtime.send({ to: address, event: { type: "OFF" } });
    await until(runtime, kid, (view) => view.status === "stopped");
    expect(await rows("SELECT * FROM bosun.timers")).toEqual([]);
    expect(await runtime.send({ to: kid, event: { type: "HI" } })).toMatchObject({
      receipt: "refused",
      reason: "unknownAddress",
    });
    await runtime.send({ to: address, event: { type: "ON" } });
    const second = await until(runtime, kid, (view) => view.status === "active" && view.incarnation === 2);
    expect(second.version).toBeGreaterThan(first.version);
    await runtime.send({ to: address, event: { type: "AGAIN" } });
    await until(runtime, kid, (view) => view.status === "active" && view.incarnation === 3);
    await runtime.send({ to: kid, event: { type: "END" } });
    const view = await until(runtime, address, ({ value }) => value === "off");
    expect(view.context).toMatchObject({ bye: 1, done: 1 });
  });

  it("that are given up tell their parent in one commit [G10] [H7]", async () => {
    const runtime = await started([parent, child]);
    const address = await spawned(runtime, "p", "parent");
    await runtime.send({ to: address, event: { type: "ON" } });
    await until(runtime, `${address}/kid`, (view) => view.status === "active");
    await runtime.send({ to: `${address}/kid`, event: { type: "FAIL" } });
    const view = await until(
      runtime,
      address,
      ({ value, context }) => value === "off" && (context as { lost: number }).lost === 1,
    );
    expect(view.context).toMatchObject({ failed: "it is broken", done: 0 });
    expect((await runtime.view(`${address}/kid`))?.status).toBe("quarantined");
  });
});

describe("a boot", () => {
  it("quarantines an actor whose snapshot is damaged; the rest sails on [G7]", async () => {
    const first = await started([teller]);
    const [bad, good] = [await spawned(first, "bad", "teller"), await spawned(first, "good", "teller")];
    await first.stop({ withinMs: 1_000 });
    await database.pool.query(`UPDATE bosun.actors SET snapshot = '{"oops' WHERE address = '${bad}'`);
    const second = await started([teller]);
    await until(second, bad, (view) => view.status === "quarantined");
    expect((await second.view(bad))?.lastError?.name).toBe("SnapshotRefused");
    expect(await second.send({ to: good, event: { type: "ADD" } })).toMatchObject({ receipt: "accepted" });
    expect((await second.list()).map(({ status }) => status).sort()).toEqual(["active", "quarantined"]);
  });

  it("quarantines an actor of a kind that this program does not have [G7]", async () => {
    const first = await started([teller]);
    const address = await spawned(first, "a", "teller");
    await first.stop({ withinMs: 1_000 });
    const second = await started([]);
    const view = await until(second, address, ({ status }) => status === "quarantined");
    expect(view.lastError?.name).toBe("UnknownKind");
  });

  it("fires an overdue timer once and moves watchdogs on by the time that nobody ran [G4] [H11]", async () => {
    const sleeper: ActorKind = {
      ...common,
      kind: "sleeper",
      machine: setup({ types: { context: {} as { fired: number } }, actors: { wait: never } }).createMachine({
        context: { fired: 0 },
        type: "parallel",
        states: {
          deadline: {
            initial: "a",
            states: {
              a: { after: { 50: { target: "b", actions: assign({ fired: ({ context }) => context.fired + 1 }) } } },
              b: {},
            },
          },
          watched: {
            initial: "a",
            states: { a: { invoke: { id: "wait", src: "wait" }, after: { 300_000: "b" } }, b: {} },
          },
        },
      }),
      events: {},
      jobs: { wait: { retry: "safe", timeoutMs: 600_000, run: () => new Promise(() => {}) } },
    };
    const first = await started([sleeper]);
    const address = await spawned(first, "s", "sleeper");
    const [before] = await rows("SELECT due_at_ms FROM bosun.timers WHERE nature = 'watchdog'");
    await first.stop({ withinMs: 0 });
    await database.pool.query("UPDATE bosun.leases SET alive_at = alive_at - interval '1 hour'");
    await database.pool.query("UPDATE bosun.timers SET due_at_ms = due_at_ms - 3600000");
    const second = await started([sleeper]);
    const view = await until(second, address, ({ context }) => (context as { fired: number }).fired === 1);
    expect(view.value).toEqual({ deadline: "b", watched: "a" });
    const [after] = await rows("SELECT due_at_ms FROM bosun.timers WHERE nature = 'watchdog'");
    expect(Number(after?.["due_at_ms"])).toBeGreaterThanOrEqual(Number(before?.["due_at_ms"]));
    expect(await rows("SELECT count(*)::int AS n FROM bosun.timers")).toEqual([{ n: 1 }]);
  });
});

describe("records", () => {
  it("of a host say what happened, with keyframes, and publications in order [H15] [H17]", async () => {
    const runtime = await started([teller], { limits: { keyframeEvery: 5 } });
    const address = await spawned(runtime, "a", "teller");
    for (let count = 0; count < 6; count++) await runtime.send({ to: address, event: { type: "ADD" } });
    await runtime.send({ to: address, event: { type: "SAY" } });
    await runtime.send({ to: address, event: { type: "SAY" } });
    await runtime.send({ to: address, event: { type: "UNUSED" } });
    const journal = await rows(
      "SELECT version::int, outcome, event, keyframe IS NOT NULL AS key FROM bosun.journal ORDER BY commit_no, idx",
    );
    expect(journal).toHaveLength(10);
    expect(journal.map((row) => row["outcome"])).toEqual(["started", ...Array.from({ length: 8 }, () => "applied"), "ignored"]);
    expect(journal.filter((row) => row["key"] === true).map((row) => row["version"])).toEqual([1, 6]);
    expect(await rows("SELECT event, version::int FROM bosun.outbox ORDER BY commit_no, idx")).toEqual([
      { event: '{"type":"said","words":"hello"}', version: 8 },
      { event: '{"type":"said","words":"hello"}', version: 9 },
    ]);
  });
});
