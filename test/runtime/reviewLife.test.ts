import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { assign, fromPromise, setup } from "xstate";
import { z } from "zod";
import { createRuntimeStore } from "../../src/persistence/runtime.store.ts";
import type { ActorKind } from "../../src/runtime/kind.ts";
import type { ReadModelTable } from "../../src/runtime/readModel.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import type { RuntimeStore } from "../../src/runtime/store.ts";
import { useHosts } from "../support/hostBed.ts";
import { hostOn, quickRestart, SCOPE, until } from "../support/hostFixture.ts";
import { silentLogger } from "../support/silentLogger.ts";

const job = fromPromise<unknown, unknown>(() => Promise.reject(new Error("replaced by a job")));
const common = { version: 1, input: z.unknown(), restart: quickRestart, jobs: {} } as const;
const slowRestart = { ...quickRestart, backoff: { ...quickRestart.backoff, initialMs: 150 } };

const { started, spawned, rows, database } = useHosts(["claims"]);

/** The host's store with some operations replaced. */
function storeWith(replace: (store: RuntimeStore) => Partial<RuntimeStore>): RuntimeStore {
  const store = createRuntimeStore({ url: database().url, pool: database().pool, tables: [], logger: silentLogger });
  return { ...store, ...replace(store) };
}

const cutConnection = (): Promise<unknown> =>
  database().pool.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'bosun commit loop' AND datname = current_database()",
  );

const kid: ActorKind = {
  ...common,
  kind: "kid",
  machine: setup({}).createMachine({
    initial: "playing",
    states: { playing: { on: { HOME: "home" } }, home: { type: "final" } },
    output: "tired",
  }),
  events: { HOME: z.object({}) },
};

/** Waits for its kid and for a job; `onDone` of the kid runs `take`, the job runs `run`. */
function parentOf(take: () => void, run: () => Promise<unknown>): ActorKind {
  return {
    ...common,
    kind: "parent",
    restart: slowRestart,
    machine: setup({ types: { context: {} as { heard: string } }, actors: { kid: kid.machine, job } }).createMachine({
      context: { heard: "" },
      initial: "busy",
      states: {
        busy: {
          invoke: [
            {
              id: "k",
              src: "kid",
              onDone: {
                target: "over",
                actions: assign({
                  heard: ({ event }) => {
                    take();
                    return String(event.output);
                  },
                }),
              },
            },
            { id: "j", src: "job" },
          ],
        },
        over: {},
      },
    }),
    events: {},
    jobs: { job: { retry: "safe", timeoutMs: 60_000, run } },
  };
}

describe("a child that is done", () => {
  it("while its parent backs off is not started again: the parent hears of it when it is back [G5] [H5] [H9]", async () => {
    let fails = true;
    const parent = parentOf(
      () => {},
      () => (fails ? Promise.reject(new Error("no")) : new Promise(() => {})),
    );
    const runtime = await started([kid, parent]);
    const address = `${SCOPE}/p`;
    await runtime.spawn({ address, kind: "parent", input: null });
    await until(runtime, address, ({ status }) => status === "backingOff");
    fails = false;
    await runtime.send({ to: `${address}/k`, event: { type: "HOME" } });
    const view = await until(runtime, address, ({ value }) => value === "over");
    expect(view.context).toEqual({ heard: "tired" });
    expect(await runtime.view(`${address}/k`)).toMatchObject({ status: "done", incarnation: 1 });
  });

  it("tells its end again to a parent that failed over it, and does not do its work twice [G5] [H8]", async () => {
    let broken = true;
    const parent = parentOf(
      () => {
        if (broken) throw new Error("cannot take it");
      },
      () => new Promise(() => {}),
    );
    const runtime = await started([kid, parent]);
    const address = await spawned(runtime, "p", "parent");
    await runtime.send({ to: `${address}/k`, event: { type: "HOME" } });
    await until(runtime, address, ({ status }) => status === "backingOff");
    broken = false;
    expect((await until(runtime, address, ({ value }) => value === "over")).context).toEqual({ heard: "tired" });
    expect(await runtime.view(`${address}/k`)).toMatchObject({ status: "done", incarnation: 1 });
  });
});

describe("a life that cannot begin", () => {
  it("is begun again, never resumed from the snapshot of the one before [H5] [H7]", async () => {
    let broken = false;
    let runs = 0;
    const starter: ActorKind = {
      ...common,
      kind: "starter",
      machine: setup({ types: { context: {} as { got: unknown } }, actors: { job } }).createMachine({
        context: () => {
          if (broken) throw new Error("cannot begin");
          return { got: null };
        },
        initial: "busy",
        states: {
          busy: {
            invoke: { id: "j", src: "job", onDone: { target: "over", actions: assign({ got: ({ event }) => event.output }) } },
          },
          over: {},
        },
      }),
      events: {},
      restart: slowRestart,
      jobs: {
        job: { retry: "safe", timeoutMs: 60_000, run: () => ((runs += 1) === 1 ? new Promise(() => {}) : Promise.resolve(runs)) },
      },
    };
    const runtime = await started([starter]);
    const address = await spawned(runtime, "s", "starter");
    broken = true;
    await runtime.restart(address, "afresh");
    await until(runtime, address, ({ status }) => status === "backingOff");
    broken = false;
    expect((await until(runtime, address, ({ value }) => value === "over")).context).toEqual({ got: 2 });
  });
});

const claims: ReadModelTable = { name: "claims", key: ["agent", "ship"], nature: "derived" };

/** Writes a claim at CLAIM, and one of its own after half a second. */
const claimer: ActorKind = {
  ...common,
  kind: "claimer",
  restart: slowRestart,
  machine: setup({ types: { context: {} as { ship: string | null; n: number } } }).createMachine({
    context: { ship: null, n: 0 },
    initial: "waiting",
    states: {
      waiting: { after: { 100: { target: "claimed", actions: assign({ ship: "LATE" }) } } },
      claimed: {},
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

describe("a commit that the database refuses", () => {
  beforeEach(async () => {
    await database().pool.query(
      "CREATE TABLE public.claims (agent text, ship text, owner text, PRIMARY KEY (agent, ship)); ALTER TABLE public.claims ADD CHECK (ship <> 'NO')",
    );
  });

  it("for a text too long for an index fails its message alone [G7] [H4]", async () => {
    const runtime = await started([claimer], { tables: [claims] });
    const [a, b] = [await spawned(runtime, "a", "claimer"), await spawned(runtime, "b", "claimer")];
    const [long, other] = await Promise.all([
      runtime.send({ to: a, event: { type: "CLAIM", ship: randomBytes(8_000).toString("hex") } }),
      runtime.send({ to: b, event: { type: "ADD" } }),
    ]);
    expect([long.receipt, other.receipt]).toEqual(["refused", "accepted"]);
  });

  it("offers the timer again that it was about [G4] [H4]", async () => {
    await database().pool.query("ALTER TABLE public.claims ADD CONSTRAINT late CHECK (ship <> 'LATE')");
    const runtime = await started([claimer], { tables: [claims] });
    const address = await spawned(runtime, "a", "claimer");
    await until(runtime, address, ({ status }) => status === "backingOff");
    await database().pool.query("ALTER TABLE public.claims DROP CONSTRAINT late");
    expect((await until(runtime, address, ({ value }) => value === "claimed")).context).toMatchObject({ ship: "LATE" });
  });

  it("of one actor does not take a row with it that another wrote in the same batch [G7] [H4] [H13]", async () => {
    const runtime = await started([claimer], { tables: [claims] });
    const [a, b] = [await spawned(runtime, "a", "claimer"), await spawned(runtime, "b", "claimer")];
    await database().pool.query("UPDATE bosun.actors SET version = version + 100 WHERE address = $1", [b]);
    const claim = { type: "CLAIM", ship: "ONE" };
    const [first] = await Promise.all([a, b].map((to) => runtime.send({ to, event: claim })));
    expect(first).toMatchObject({ receipt: "accepted" });
    expect(await rows("SELECT owner FROM public.claims WHERE ship = 'ONE'")).toEqual([{ owner: a }]);
  });

  it("leaves the breadcrumb empty, so that nobody is taken to hang [G7] [H8]", async () => {
    const directory = mkdtempSync(join(tmpdir(), "bosun-crumb-"));
    try {
      const breadcrumbPath = join(directory, "inflight");
      const runtime = await started([claimer], { tables: [claims], breadcrumbPath });
      const address = await spawned(runtime, "a", "claimer");
      await until(runtime, address, ({ value }) => value === "claimed");
      const events = [{ type: "ADD" }, { type: "CLAIM", ship: "NO" }, { type: "ADD" }];
      const receipts = await Promise.all(events.map((event) => runtime.send({ to: address, event })));
      expect(receipts.map(({ receipt }) => receipt)).toEqual(["accepted", "refused", "accepted"]);
      expect(readFileSync(breadcrumbPath, "utf8").startsWith("-")).toBe(true);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe("the ownership", () => {
  const counter: ActorKind = { ...claimer, kind: "counter", project: () => [] };

  it("goes on when a takeover succeeds but its answer is lost, and when a renewal answers late [G6] [H3] [H12]", async () => {
    let losesAnswer = false;
    let releaseRenewal: () => void = () => {};
    const renewing = new Promise<void>((resolve) => {
      releaseRenewal = resolve;
    });
    let asked: () => void = () => {};
    const renewalAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    let renewals = 0;
    const store = storeWith((store) => ({
      acquire: async (claim) => {
        const acquired = await store.acquire(claim);
        if (!losesAnswer) return acquired;
        losesAnswer = false;
        throw new Error("the connection broke");
      },
      renew: async () => {
        renewals += 1;
        if (renewals > 1) return await store.renew();
        asked();
        await renewing;
        return "lost";
      },
    }));
    let fenced = false;
    const runtime = await started([counter], { store, limits: { leaseMs: 300 }, onFenced: () => (fenced = true) });
    const to = await spawned(runtime, "a", "counter");
    await renewalAsked;
    losesAnswer = true;
    await cutConnection();
    expect(await runtime.send({ to, event: { type: "ADD" } })).toMatchObject({ receipt: "accepted" });
    releaseRenewal();
    expect(await runtime.send({ to, event: { type: "ADD" } })).toMatchObject({ receipt: "accepted" });
    expect(fenced).toBe(false);
    expect((await runtime.view(to))?.context).toMatchObject({ n: 2 });
  });

  it("is not taken back by a host that somebody has succeeded in between [G6] [H3]", async () => {
    let fence: () => void = () => {};
    const fenced = new Promise<void>((resolve) => {
      fence = resolve;
    });
    const runtime = await started([counter], { onFenced: () => fence() });
    const to = await spawned(runtime, "a", "counter");
    await database().pool.query("UPDATE bosun.ownership SET epoch = epoch + 1, holder = 'another', released = true");
    const before = await rows("SELECT epoch FROM bosun.ownership");
    await cutConnection();
    expect(await runtime.send({ to, event: { type: "ADD" } })).toMatchObject({ receipt: "refused", reason: "stopping" });
    await fenced;
    expect(await rows("SELECT epoch FROM bosun.ownership")).toEqual(before);
  });

  it("is given back by a host that is stopped while it starts [H16]", async () => {
    const first = hostOn(database(), [counter]);
    const [starting] = await Promise.allSettled([first.start(), first.stop({ withinMs: 100 })]);
    expect(starting.status).toBe("rejected");
    const second = await started([counter], { limits: { acquireWaitMs: 1_000 } });
    expect(await spawned(second, "a", "counter")).toBe(`${SCOPE}/a`);
  });
});

describe("a watchdog that is overdue after a crash", () => {
  it("lets its job have one attempt first [G4] [G12] [H11]", async () => {
    let answer: (() => Promise<unknown>) | undefined;
    const guarded: ActorKind = {
      ...common,
      kind: "guarded",
      machine: setup({ actors: { job } }).createMachine({
        initial: "busy",
        states: {
          busy: { invoke: { id: "j", src: "job", onDone: "done" }, after: { 60000: "timedOut" } },
          done: {},
          timedOut: {},
        },
      }),
      events: {},
      jobs: { job: { retry: "safe", timeoutMs: 5_000, run: () => answer?.() ?? new Promise(() => {}) } },
    };
    const first = await started([guarded]);
    const address = await spawned(first, "a", "guarded");
    await first.stop({ withinMs: 10 });
    await database().pool.query("UPDATE bosun.timers SET due_at_ms = due_at_ms - 600000");
    answer = () => new Promise((resolve) => setTimeout(resolve, 60, 1));
    const second = await started([guarded]);
    expect((await until(second, address, ({ value }) => value !== "busy")).value).toBe("done");
  });
});

describe("memory and disk", () => {
  it("keep no actor that has ended, however often it is looked at", async () => {
    const runtime = await started([kid]);
    const to = await spawned(runtime, "k", "kid");
    await runtime.send({ to, event: { type: "HOME" } });
    await until(runtime, to, ({ status }) => status === "done");
    for (let look = 0; look < 3; look++) await runtime.view(to);
    expect(await runtime.send({ to, event: { type: "HOME" } })).toMatchObject({ receipt: "refused", reason: "unknownAddress" });
    expect(runtime.stats().actors).toBe(0);
  });

  it("list the living alone when asked, and no more than asked", async () => {
    const runtime = await started([kid]);
    const [a, b, c] = [
      await spawned(runtime, "a", "kid"),
      await spawned(runtime, "b", "kid"),
      await spawned(runtime, "c", "kid"),
    ];
    await runtime.send({ to: b, event: { type: "HOME" } });
    await until(runtime, b, ({ status }) => status === "done");
    const listed = async (filter: Parameters<Runtime["list"]>[0]) => (await runtime.list(filter)).map(({ address }) => address);
    expect(await listed({})).toEqual([a, b, c]);
    expect(await listed({ living: true })).toEqual([a, c]);
    expect(await listed({ living: true, limit: 1 })).toEqual([a]);
    expect(await listed({ living: true, under: b })).toEqual([]);
  });

  it("are rid of all old journal rows in one round, however many there are [H17]", async () => {
    await database().pool.query(
      `INSERT INTO bosun.journal (address, commit_no, idx, version, outcome, cause, at_ms, seed, event, kind_version)
       SELECT 'x', n, 0, n, 'applied', '', 0, 0, '{}', 1 FROM generate_series(1, 12000) n`,
    );
    const store = storeWith(() => ({}));
    const keep = { nowMs: 1, dedupBeforeMs: 0, outboxBeforeMs: 0, outboxMaxRows: 10 };
    const bounds = { ...keep, journalBeforeMs: 1, journalMaxRows: 1_000_000 };
    expect(await store.maintain(bounds)).toMatchObject({ journalRows: 12_000, more: false });
  });
});
