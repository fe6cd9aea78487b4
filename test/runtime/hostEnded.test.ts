import { beforeEach, describe, expect, it, vi } from "vitest";
import { assign, setup, spawnChild, stopChild } from "xstate";
import { z } from "zod";
import type { ActorKind } from "../../src/runtime/kind.ts";
import type { ReadModelTable } from "../../src/runtime/readModel.ts";
import { useHosts } from "../support/hostBed.ts";
import { quickRestart, SCOPE, until } from "../support/hostFixture.ts";

const { started, spawned, rows, database } = useHosts(["shown"]);
const shown: ReadModelTable = { name: "shown", key: ["agent", "id"], nature: "derived" };
const restart = { ...quickRestart, maxRestarts: 0, afresh: false };

let isBroken = true;

/** A worker whose row says what it does, and who keeps no id in its address from which the key could be built. */
const worker: ActorKind = {
  kind: "worker",
  version: 1,
  input: z.unknown(),
  jobs: {},
  restart,
  events: { WORK: z.object({}), FAIL: z.object({}) },
  machine: setup({ types: { context: {} as { id: string } } }).createMachine({
    context: { id: "T-1" },
    initial: "ready",
    states: { ready: { on: { WORK: "executing" } }, executing: {} },
    on: {
      FAIL: {
        actions: assign(() => {
          if (isBroken) throw new Error("it broke\n  → at id");
          return {};
        }),
      },
    },
  }),
  project: ({ agent, address, after }) => [
    {
      op: "upsert",
      table: "shown",
      row: { agent, id: "T-1", worker: address, status: String(after.value), because: null },
    },
  ],
  projectEnded: ({ agent, address, how, because, last }) =>
    last === undefined
      ? [{ op: "update", table: "shown", where: { agent, worker: address }, set: { status: how, because } }]
      : [{ op: "upsert", table: "shown", row: { agent, id: "T-1", worker: address, status: how, because } }],
};

const parent: ActorKind = {
  kind: "parent",
  version: 1,
  input: z.unknown(),
  jobs: {},
  restart,
  events: { STOP: z.object({}) },
  machine: setup({ actors: { worker: worker.machine } }).createMachine({
    entry: spawnChild("worker", { id: "w" }),
    // It lives on without a worker that was given up.
    on: { STOP: { actions: stopChild("w") }, "xstate.error.actor.w": { actions: assign({}) } },
  }),
};

beforeEach(() => {
  isBroken = true;
  return database().pool.query(
    "CREATE TABLE public.shown (agent text NOT NULL, id text NOT NULL, worker text NOT NULL, status text NOT NULL, because text, PRIMARY KEY (agent, id))",
  );
});
const shownRow = async () => (await rows("SELECT status, because FROM public.shown"))[0];
const options = { tables: [shown] };

describe("the rows of an actor that ends without a transition of its own", () => {
  it("say so in the commit that gives it up, and show its state again after an operator's restart [G9] [G10] [R000-03]", async () => {
    const runtime = await started([worker], options);
    const address = await spawned(runtime, "a", "worker");
    await runtime.send({ to: address, event: { type: "WORK" } });
    expect(await shownRow()).toEqual({ status: "executing", because: null });
    await runtime.stop({ withinMs: 500 });
    await rows(`INSERT INTO bosun.timers (scope, address, id, generation, idx, due_at_ms, nature, event)
                VALUES ('${SCOPE}', '${address}', 'late', 1, 0, 0, 'deadline', '{"type":"FAIL"}')`);
    const second = await started([worker], options);
    await until(second, address, ({ status }) => status === "quarantined");
    expect(await shownRow()).toEqual({ status: "givenUp", because: "it broke" });
    expect((await second.view(address))?.lastError?.message).toBe("it broke\n  → at id");
    // The timer that it failed at is offered again.
    isBroken = false;
    await second.restart(address, "snapshot");
    await until(second, address, ({ status }) => status === "active");
    expect(await shownRow()).toEqual({ status: "executing", because: null });
  });

  it("are found without their key when the last state cannot be read [G7] [G9] [R000-03]", async () => {
    const first = await started([worker], options);
    const address = await spawned(first, "a", "worker");
    await first.send({ to: address, event: { type: "WORK" } });
    await first.stop({ withinMs: 500 });
    await rows(`UPDATE bosun.actors SET snapshot = '{"oops' WHERE address = '${address}'`);
    const second = await started([worker], options);
    await until(second, address, ({ status }) => status === "quarantined");
    expect(await shownRow()).toMatchObject({ status: "givenUp" });
    // A restart that fails changes nothing, and says so.
    const told: unknown[] = [];
    second.observe((notice) => void told.push(notice));
    await second.restart(address, "snapshot");
    await until(second, address, () => told.length > 0);
    expect(told).toMatchObject([{ notice: "failed", address, decision: "quarantine", error: { name: "SnapshotRefused" } }]);
    expect(await second.view(address)).toMatchObject({ status: "quarantined" });
    expect(await second.dismiss(address)).toBe("needed");
  });

  it("stay as they were when an operator dismisses one in quarantine whose parent has ended [G7] [G9]", async () => {
    const first = await started([parent, worker], options);
    const address = await spawned(first, "p", "parent");
    const child = `${address}/w`;
    await until(first, child, ({ status }) => status === "active");
    expect(await first.dismiss(child)).toBe("notQuarantined");
    await first.stop({ withinMs: 500 });
    await rows(`UPDATE bosun.actors SET snapshot = '{"oops' WHERE address = '${child}'`);
    const second = await started([parent, worker], options);
    await until(second, child, ({ status }) => status === "quarantined");
    expect(await second.dismiss(child)).toBe("needed");
    await second.stop({ withinMs: 500 });
    await rows(`UPDATE bosun.actors SET status = 'done' WHERE address = '${address}'`);
    const third = await started([parent, worker], options);
    expect(await third.dismiss(child)).toBe("dismissing");
    await until(third, child, ({ status }) => status === "stopped");
    expect(await shownRow()).toMatchObject({ status: "givenUp" });
    expect(await third.dismiss(child)).toBe("unknownAddress");
    await third.stop({ withinMs: 500 });
    const fourth = await started([parent, worker], options);
    expect(await fourth.list({ living: true })).toEqual([]);
  });

  it("stay as they were when an operator dismisses one that its living parent has given up too, whose last words are heard [G7] [G10]", async () => {
    const heir: ActorKind = {
      kind: "heir",
      version: 1,
      input: z.unknown(),
      jobs: {},
      restart,
      events: { LEFT: z.object({ address: z.string() }) },
      machine: setup({ types: { context: {} as { left: unknown } } }).createMachine({
        context: { left: null },
        on: { LEFT: { actions: assign(({ event }) => ({ left: event["address"] })) } },
      }),
    };
    const to = `${SCOPE}/h`;
    const spared: ActorKind = { ...worker, onDismissed: ({ address }) => [{ to, event: { type: "LEFT", address } }] };
    const kinds = [parent, spared, heir];
    const first = await started(kinds, options);
    await spawned(first, "h", "heir");
    const child = `${await spawned(first, "p", "parent")}/w`;
    await until(first, child, ({ status }) => status === "active");
    await first.stop({ withinMs: 500 });
    await rows(`UPDATE bosun.actors SET snapshot = '{"oops' WHERE address = '${child}'`);
    const second = await started(kinds, options);
    await until(second, child, ({ status }) => status === "quarantined");
    await vi.waitFor(async () => expect(await second.dismiss(child)).toBe("dismissing"));
    await until(second, child, ({ status }) => status === "stopped");
    await until(second, to, ({ context }) => (context as { left: unknown }).left === child);
    expect(await shownRow()).toMatchObject({ status: "givenUp" });
    expect(await second.view(`${SCOPE}/p`)).toMatchObject({ status: "active" });
  });

  it("say of a child that lives on below one whose state cannot be read that it was stopped, when that one is dismissed [G7] [G10]", async () => {
    const spared: ActorKind = { ...parent, onDismissed: () => [] };
    const first = await started([spared, worker], options);
    const address = await spawned(first, "p", "parent");
    const child = `${address}/w`;
    await until(first, child, ({ status }) => status === "active");
    await first.stop({ withinMs: 500 });
    await rows(`UPDATE bosun.actors SET snapshot = '{"oops' WHERE address = '${address}'`);
    const second = await started([spared, worker], options);
    await until(second, address, ({ status }) => status === "quarantined");
    expect(await second.view(child)).toMatchObject({ status: "active" });
    expect(await second.dismiss(address)).toBe("dismissing");
    await until(second, child, ({ status }) => status === "stopped");
    expect(await shownRow()).toEqual({ status: "stopped", because: "its parent stopped it" });
    expect(await second.list({ living: true })).toEqual([]);
  });

  it("say that its parent stopped it [G9] [R000-03]", async () => {
    const runtime = await started([parent, worker], options);
    const address = await spawned(runtime, "p", "parent");
    await until(runtime, `${address}/w`, ({ status }) => status === "active");
    await runtime.send({ to: address, event: { type: "STOP" } });
    await until(runtime, `${address}/w`, ({ status }) => status === "stopped");
    expect(await shownRow()).toEqual({ status: "stopped", because: "its parent stopped it" });
  });
});
