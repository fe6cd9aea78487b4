import { describe, expect, it } from "vitest";
import { assign, fromPromise, sendParent, setup } from "xstate";
import { z } from "zod";
import type { ActorKind } from "../../src/runtime/kind.ts";
import { useHosts } from "../support/hostBed.ts";
import { quickRestart, until } from "../support/hostFixture.ts";

const never = fromPromise<unknown, unknown>(() => Promise.reject(new Error("replaced by a job")));
const common = { version: 1, input: z.unknown(), restart: quickRestart, jobs: {} } as const;

const { started, spawned, rows } = useHosts();

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

  it("keep their address over lives; the version never goes back [G8] [H9] [R004-01]", async () => {
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
