import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { assign, fromPromise, setup } from "xstate";
import { z } from "zod";
import type { ActorKind } from "../../src/runtime/kind.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { hostOn, quickRestart, SCOPE, until } from "../support/hostFixture.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";

const counter: ActorKind = {
  kind: "counter",
  version: 1,
  machine: setup({ types: { context: {} as { n: number } } }).createMachine({
    context: { n: 0 },
    initial: "on",
    states: { on: { on: { ADD: { actions: assign({ n: ({ context }) => context.n + 1 }) } } } },
  }),
  input: z.unknown(),
  events: { ADD: z.object({}), NOTHING: z.object({}) },
  jobs: {},
  restart: quickRestart,
};

const worker: ActorKind = {
  kind: "worker",
  version: 1,
  machine: setup({
    types: { context: {} as { got: unknown } },
    actors: { double: fromPromise<number, number>(() => Promise.reject(new Error("never run"))) },
  }).createMachine({
    context: { got: null },
    initial: "idle",
    states: {
      idle: { on: { GO: "busy" } },
      busy: {
        invoke: {
          id: "j",
          src: "double",
          input: 21,
          onDone: { target: "rest", actions: assign({ got: ({ event }) => event.output }) },
        },
      },
      rest: { after: { 20: "over" } },
      over: { type: "final" },
    },
  }),
  input: z.unknown(),
  events: { GO: z.object({}) },
  jobs: { double: { retry: "safe", timeoutMs: 1_000, run: (input: number) => Promise.resolve(input * 2) } },
  restart: quickRestart,
};

let database: TestDatabase;
let running: Runtime[];
beforeEach(async () => {
  database = await createTestDatabase();
  running = [];
});
afterEach(async () => {
  for (const runtime of running) await runtime.stop({ withinMs: 1_000 });
  await database.cleanup();
});

async function started(...args: Parameters<typeof hostOn> extends [unknown, ...infer Rest] ? Rest : never): Promise<Runtime> {
  const runtime = hostOn(database, ...args);
  running.push(runtime);
  await runtime.start();
  return runtime;
}

describe("a host", () => {
  it("applies each message once and goes on from the database after a restart [G1] [G2] [R002-58] [R002-83]", async () => {
    const first = await started([counter]);
    const address = `${SCOPE}/c`;
    expect(await first.spawn({ address, kind: "counter", input: null })).toBe("created");
    expect(await first.spawn({ address, kind: "counter", input: null })).toBe("exists");
    await until(first, address, (view) => view.status === "active");
    expect(await first.send({ to: address, event: { type: "ADD" }, id: "m1" })).toMatchObject({
      receipt: "accepted",
      outcome: "applied",
    });
    expect(await first.send({ to: address, event: { type: "ADD" }, id: "m1" })).toEqual({
      receipt: "duplicate",
      messageId: "m1",
    });
    expect(await first.send({ to: address, event: { type: "NOTHING" } })).toMatchObject({
      receipt: "accepted",
      outcome: "ignored",
    });
    await first.stop({ withinMs: 1_000 });

    const second = await started([counter]);
    expect(await second.send({ to: address, event: { type: "ADD" }, id: "m1" })).toEqual({
      receipt: "duplicate",
      messageId: "m1",
    });
    expect(await second.send({ to: address, event: { type: "ADD" }, id: "m2" })).toMatchObject({ receipt: "accepted" });
    expect((await second.view(address))?.context).toEqual({ n: 2 });
  });

  it("has stored a change before the next act: a job finds the row of its actor in the state that began it [R002-58]", async () => {
    const address = `${SCOPE}/looks`;
    const seen: unknown[] = [];
    const look = async (): Promise<number> => {
      const { rows } = await database.pool.query(
        "SELECT snapshot::json -> 'value' AS value FROM bosun.actors WHERE address = $1",
        [address],
      );
      return seen.push(rows[0]?.value);
    };
    const runtime = await started([{ ...worker, jobs: { double: { retry: "safe", timeoutMs: 1_000, run: look } } }]);
    await runtime.spawn({ address, kind: "worker", input: null });
    await until(runtime, address, (view) => view.status === "active");
    await runtime.send({ to: address, event: { type: "GO" } });
    await expect.poll(() => seen).toEqual(["busy"]);
  });

  it("runs a job from its row, then a timer, to the end", async () => {
    const runtime = await started([worker]);
    const address = `${SCOPE}/w`;
    await runtime.spawn({ address, kind: "worker", input: null });
    await until(runtime, address, (view) => view.status === "active");
    await runtime.send({ to: address, event: { type: "GO" } });
    const view = await until(runtime, address, ({ status }) => status === "done");
    expect(view.context).toEqual({ got: 42 });
  });
});
