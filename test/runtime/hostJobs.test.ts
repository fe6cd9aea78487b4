import { beforeEach, describe, expect, it } from "vitest";
import { assign, fromPromise, setup } from "xstate";
import { z } from "zod";
import { JobWaiting } from "../../src/runtime/job.ts";
import type { ActorKind } from "../../src/runtime/kind.ts";
import type { ReadModelTable } from "../../src/runtime/readModel.ts";
import type { Runtime, RuntimeNotice } from "../../src/runtime/runtime.ts";
import { useHosts } from "../support/hostBed.ts";
import { quickRestart, SCOPE, until } from "../support/hostFixture.ts";

const never = fromPromise<unknown, unknown>(() => Promise.reject(new Error("replaced by a job")));
const common = { version: 1, input: z.unknown(), restart: quickRestart, jobs: {} } as const;

const { started, spawned, rows } = useHosts(["facts"]);

function notices(runtime: Runtime): RuntimeNotice[] {
  const seen: RuntimeNotice[] = [];
  runtime.observe((notice) => seen.push(notice));
  return seen;
}

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
    await rows("CREATE TABLE public.facts (agent text, job text, PRIMARY KEY (agent, job))");
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

  it("found sent after a crash are settled by evidence, not repeated [G5] [H6] [R002-84]", async () => {
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

  it("wait out the weather without using up an attempt [G12] [R002-119]", async () => {
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
