import { beforeEach, describe, expect, it } from "vitest";
import { assign, fromPromise, setup } from "xstate";
import { z } from "zod";
import type { ActorKind } from "../../src/runtime/kind.ts";
import type { ReadModelTable } from "../../src/runtime/readModel.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { useHosts } from "../support/hostBed.ts";
import { quickRestart, SCOPE, until } from "../support/hostFixture.ts";

const { started, spawned, rows } = useHosts(["facts"]);
const facts: ReadModelTable = { name: "facts", key: ["agent", "job"], nature: "fact" };
const job = fromPromise<unknown, unknown>(() => Promise.reject(new Error("replaced by a job")));

/** Buys once for each GO; the test answers when it likes. */
class Shop {
  readonly answers: ((output: unknown) => void)[] = [];
  #sent: () => void = () => {};
  tell: (jobId: string) => string = (jobId) => jobId;
  /** The database refuses what the actor makes of a result. */
  refused = false;

  kind(retry: "never" | "reconcile", timeoutMs: number): ActorKind {
    return {
      kind: "buyer",
      version: 1,
      input: z.unknown(),
      restart: quickRestart,
      machine: setup({ types: { context: {} as { heard: string } }, actors: { job } }).createMachine({
        context: { heard: "" },
        initial: "idle",
        states: {
          idle: { on: { GO: "buying" } },
          buying: {
            on: { CANCEL: "idle" },
            invoke: {
              id: "j",
              src: "job",
              onDone: { target: "idle", actions: assign({ heard: "done" }) },
              onError: { target: "idle", actions: assign({ heard: ({ event }) => (event.error as Error).name }) },
            },
          },
        },
      }),
      events: { GO: z.object({}), CANCEL: z.object({}) },
      jobs: {
        job: {
          retry,
          timeoutMs,
          run: async (_input: never, context) => {
            await context.checkpoint(null as never);
            return await new Promise((resolve) => {
              this.answers.push(resolve);
              this.#sent();
            });
          },
          reconcile: () => Promise.resolve({ verdict: "unknown" as const, reason: "no evidence" }),
          facts: ({ jobId }: { jobId: string }) => [
            { op: "upsert" as const, table: "facts", row: { agent: SCOPE, job: this.tell(jobId) } },
          ],
        },
      },
      project: ({ agent, address, after }) => {
        const { heard } = after.context as { heard: string };
        return heard === "done" && this.refused ? [{ op: "upsert", table: "facts", row: { agent, job: "NO", address } }] : [];
      },
    };
  }

  sent(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#sent = () => {
        if (this.answers.length >= count) resolve();
      };
      this.#sent();
    });
  }
}

/** Resolves at the dead letter of a job's facts. */
function buried(runtime: Runtime): Promise<string> {
  return new Promise((resolve) => {
    runtime.observe((notice) => {
      if (notice.notice === "deadLetter" && notice.reason === "facts") resolve(notice.id);
    });
  });
}

describe("the facts of a job", () => {
  beforeEach(async () => {
    await rows("CREATE TABLE public.facts (agent text, job text CHECK (job <> 'NO'), PRIMARY KEY (agent, job))");
  });

  it("are written also when its answer comes after its time and its outcome was given up [G13] [H6]", async () => {
    for (const retry of ["never", "reconcile"] as const) {
      const shop = new Shop();
      const runtime = await started([shop.kind(retry, 30)], { tables: [facts] });
      const address = await spawned(runtime, retry, "buyer");
      await runtime.send({ to: address, event: { type: "GO" } });
      await until(runtime, address, ({ context }) => (context as { heard: string }).heard === "OutcomeUnknown");
      expect(await rows("SELECT * FROM public.facts")).toEqual([]);
      shop.answers[0]?.({ bought: 1 });
      await new Promise((resolve) => setImmediate(resolve));
      await runtime.stop({ withinMs: 2_000 });
      expect(await rows("SELECT job FROM public.facts")).toEqual([{ job: expect.stringContaining(`${address}:`) }]);
      await rows("DELETE FROM public.facts");
    }
  });

  it("that cannot be told are a dead letter with the job's output, and nobody can be sent them [G13]", async () => {
    const shop = new Shop();
    shop.tell = () => {
      throw new Error("cannot tell");
    };
    const runtime = await started([shop.kind("never", 60_000)], { tables: [facts] });
    const letter = buried(runtime);
    const address = await spawned(runtime, "a", "buyer");
    await runtime.send({ to: address, event: { type: "GO" } });
    await shop.sent(1);
    shop.answers[0]?.({ bought: 1 });
    await until(runtime, address, ({ context }) => (context as { heard: string }).heard === "done");
    const id = await letter;
    const [stored] = await rows("SELECT id, address, event, reason, detail FROM bosun.dead_letters");
    expect(stored).toMatchObject({ id, address, reason: "facts", detail: "Error: cannot tell" });
    expect(JSON.parse(String(stored?.["event"]))).toMatchObject({ jobId: id.replace(/:facts$/, ""), output: { bought: 1 } });
    expect(runtime.stats().deadLetters).toBe(1);
    expect(await runtime.replayDeadLetter(id)).toBe("unknown");
  });

  it("that the database refuses are a dead letter, and the row of a job that nobody waits for goes [G7] [G13]", async () => {
    const shop = new Shop();
    shop.tell = () => "NO";
    const runtime = await started([shop.kind("never", 60_000)], { tables: [facts] });
    const letter = buried(runtime);
    const address = await spawned(runtime, "a", "buyer");
    await runtime.send({ to: address, event: { type: "GO" } });
    await shop.sent(1);
    await runtime.send({ to: address, event: { type: "CANCEL" } });
    expect(await rows("SELECT orphaned FROM bosun.jobs")).toEqual([{ orphaned: true }]);
    shop.answers[0]?.({ bought: 1 });
    const id = await letter;
    await runtime.stop({ withinMs: 2_000 });
    const [stored] = await rows("SELECT id, event, reason FROM bosun.dead_letters");
    expect(stored).toMatchObject({ id, reason: "facts" });
    expect(String(stored?.["event"])).toContain('"job":"NO"');
    expect(await rows("SELECT * FROM bosun.jobs")).toEqual([]);
  });
});

describe("the facts of a job whose settling commit is refused", () => {
  beforeEach(async () => {
    await rows("CREATE TABLE public.facts (agent text, job text CHECK (job <> 'NO'), address text, PRIMARY KEY (agent, job))");
  });

  async function bought(shop: Shop): Promise<{ runtime: Runtime; address: string; letter: Promise<string> }> {
    const runtime = await started([shop.kind("never", 60_000)], { tables: [facts] });
    const letter = buried(runtime);
    const address = await spawned(runtime, "a", "buyer");
    await runtime.send({ to: address, event: { type: "GO" } });
    await shop.sent(1);
    shop.answers[0]?.({ bought: 1 });
    return { runtime, address, letter };
  }

  it("are written on their own when the actor's own rows are at fault [G7] [G13] [H4]", async () => {
    const shop = new Shop();
    shop.refused = true;
    const { runtime, address } = await bought(shop);
    // It fails, and is told after its restart that nobody can know: the class is never.
    const view = await until(runtime, address, ({ context }) => (context as { heard: string }).heard !== "");
    expect(view).toMatchObject({ context: { heard: "OutcomeUnknown" }, restarts: 1, lastError: { name: "CommitRefused" } });
    expect(await rows("SELECT job FROM public.facts")).toEqual([{ job: expect.stringContaining(`${address}:`) }]);
    expect(await rows("SELECT id FROM bosun.dead_letters")).toEqual([]);
    expect(shop.answers).toHaveLength(1);
  });

  it("are a dead letter when they are at fault themselves, and the actor goes on with its result [G7] [G13] [H4]", async () => {
    const shop = new Shop();
    shop.tell = () => "NO";
    const { runtime, address, letter } = await bought(shop);
    const view = await until(runtime, address, ({ context }) => (context as { heard: string }).heard !== "");
    expect(view).toMatchObject({ context: { heard: "done" }, restarts: 0, status: "active" });
    const id = await letter;
    const [stored] = await rows("SELECT id, event, reason, detail FROM bosun.dead_letters");
    expect(stored).toMatchObject({ id, reason: "facts", detail: expect.stringContaining("23514") });
    expect(JSON.parse(String(stored?.["event"]))).toMatchObject({ facts: [{ table: "facts", row: { job: "NO" } }] });
    expect(runtime.stats().deadLetters).toBe(1);
  });

  it("are not lost when everything is at fault [G7] [G13] [H4]", async () => {
    const shop = new Shop();
    shop.refused = true;
    shop.tell = () => "NO";
    const { runtime, address, letter } = await bought(shop);
    await until(runtime, address, ({ context }) => (context as { heard: string }).heard === "OutcomeUnknown");
    expect(await rows("SELECT id, reason FROM bosun.dead_letters")).toEqual([{ id: await letter, reason: "facts" }]);
  });
});

describe("an operator's restart afresh", () => {
  it("waits for what was sent, so that nothing is asked for twice at once [G5] [H6]", async () => {
    await rows("CREATE TABLE public.facts (agent text, job text, PRIMARY KEY (agent, job))");
    const shop = new Shop();
    const runtime = await started([shop.kind("never", 60_000)], { tables: [facts] });
    const address = await spawned(runtime, "a", "buyer");
    await runtime.send({ to: address, event: { type: "GO" } });
    await shop.sent(1);
    expect(await runtime.restart(address, "afresh")).toBe("restarting");
    const waiting = await until(runtime, address, ({ status, incarnation }) => status === "backingOff" || incarnation === 2);
    expect(waiting).toMatchObject({ status: "backingOff", incarnation: 1 });
    expect(await runtime.send({ to: address, event: { type: "GO" } })).toMatchObject({ outcome: "stored" });
    expect(shop.answers).toHaveLength(1);
    shop.answers[0]?.({ bought: 1 });
    const view = await until(runtime, address, ({ incarnation, value }) => incarnation === 2 && value === "buying");
    expect(view.status).toBe("active");
    expect(await rows("SELECT count(*)::int AS n FROM public.facts")).toEqual([{ n: 1 }]);
    await shop.sent(2);
    shop.answers[1]?.({ bought: 2 });
    await until(runtime, address, ({ context }) => (context as { heard: string }).heard === "done");
    expect(await rows("SELECT count(*)::int AS n FROM public.facts")).toEqual([{ n: 2 }]);
  });
});
