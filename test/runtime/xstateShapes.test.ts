import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import {
  assign,
  cancel,
  createActor,
  createMachine,
  emit,
  enqueueActions,
  fromCallback,
  fromPromise,
  initialTransition,
  log,
  raise,
  sendParent,
  sendTo,
  setup,
  spawnChild,
  stopChild,
  transition,
} from "xstate";

/**
 * Every shape of XState that the runtime reads, pinned to the version it was read from. An upgrade of XState fails here first;
 * go through these before touching anything else.
 */
const job = fromPromise(() => Promise.resolve(1));

function actionsOf(
  machine: Parameters<typeof initialTransition>[0],
  type: string,
): { type: string; params: Record<string, unknown> }[] {
  const [snapshot] = initialTransition(machine);
  const [, actions] = transition(machine as never, snapshot as never, { type } as never);
  return actions as never;
}

describe("the shapes of XState that the runtime depends on [H1]", () => {
  it("is exactly version 5.33.3", () => {
    const manifest: unknown = JSON.parse(readFileSync(createRequire(import.meta.url).resolve("xstate/package.json"), "utf8"));
    expect(manifest).toMatchObject({ version: "5.33.3" });
  });

  it("lists raise, cancel, emit and log with the params that actions.ts reads", () => {
    const machine = createMachine({
      on: {
        GO: {
          actions: [
            raise({ type: "LATER" }, { id: "t", delay: 5 }),
            raise({ type: "NOW" }),
            cancel("t"),
            emit({ type: "news" }),
            log("text", "label"),
          ],
        },
      },
    });
    expect(actionsOf(machine, "GO").map(({ type, params }) => [type, params])).toEqual([
      ["xstate.raise", { event: { type: "LATER" }, id: "t", delay: 5 }],
      ["xstate.raise", { event: { type: "NOW" }, id: undefined, delay: undefined }],
      ["xstate.cancel", { sendId: "t" }],
      ["xstate.emit", { event: { type: "news" } }],
      ["xstate.log", { value: "text", label: "label" }],
    ]);
  });

  it("passes an object target of sendTo through and keeps the special target's name", () => {
    const target = { address: "a/b" };
    const machine = createMachine({
      on: {
        OBJECT: { actions: sendTo((() => target) as never, { type: "X" } as never, { id: "s", delay: 3 }) },
        INTERNAL: { actions: sendTo("#_internal" as never, { type: "X" } as never) },
      },
    });
    expect(actionsOf(machine, "OBJECT")[0]).toMatchObject({
      type: "xstate.sendTo",
      params: { to: target, event: { type: "X" }, id: "s", delay: 3 },
    });
    expect(actionsOf(machine, "INTERNAL")[0]?.params["targetId"]).toBe("#_internal");
  });

  it("carries the resolved id of a spawned child in actorRef.id and the raw one in params.id", () => {
    const machine = setup({ actors: { job } }).createMachine({
      on: { GO: { actions: [spawnChild("job", { id: () => "job-3", input: { a: 1 } }), stopChild("job-3")] } },
    });
    const [spawned, stopped] = actionsOf(machine, "GO");
    expect(spawned).toMatchObject({
      type: "xstate.spawnChild",
      params: { src: "job", input: { a: 1 }, actorRef: { id: "job-3" } },
    });
    expect(typeof spawned?.params["id"]).toBe("function");
    expect(stopped?.type).toBe("xstate.stopChild");
    expect(stopped?.params["id"]).toBe("job-3");
  });

  it("names the timer of an after by delay and state, and cancels it on exit", () => {
    const machine = createMachine({ id: "m", initial: "a", states: { a: { after: { 50: "b" }, on: { OUT: "b" } }, b: {} } });
    const [, started] = initialTransition(machine);
    expect(started[0]).toMatchObject({
      type: "xstate.raise",
      params: { id: "xstate.after.50.m.a", delay: 50, event: { type: "xstate.after.50.m.a" } },
    });
    expect(actionsOf(machine, "OUT")[0]).toMatchObject({ type: "xstate.cancel", params: { sendId: "xstate.after.50.m.a" } });
    expect(machine.states["a"]?.after[0]?.eventType).toBe("xstate.after.50.m.a");
  });

  it("lists a message to an invoked child before the child's start and patches its target afterwards", () => {
    const kid = createMachine({ id: "kid" });
    const machine = setup({ actors: { kid } }).createMachine({
      initial: "i",
      states: { i: { on: { GO: "a" } }, a: { entry: sendTo("k", { type: "HI" }), invoke: { src: "kid", id: "k" } } },
    });
    const actions = actionsOf(machine, "GO");
    expect(actions.map(({ type }) => type)).toEqual(["xstate.sendTo", "xstate.spawnChild"]);
    expect(actions[0]?.params["to"]).toMatchObject({ id: "k" });
  });

  it("flattens enqueueActions and names a custom action inside it", () => {
    const machine = createMachine({
      context: {},
      on: {
        GO: {
          actions: enqueueActions(({ enqueue }) => {
            enqueue.assign({});
            enqueue.emit({ type: "e" });
            enqueue(() => {});
          }),
        },
      },
    });
    expect(actionsOf(machine, "GO").map(({ type }) => type)).toEqual(["xstate.emit", "(anonymous)"]);
  });

  it("gives every action function `type` and `resolve`, which registration reads", () => {
    const builtin = {
      assign: assign({}),
      raise: raise({ type: "X" }),
      sendTo: sendTo("x" as never, { type: "X" } as never),
      sendParent: sendParent({ type: "X" }),
      emit: emit({ type: "e" }),
      log: log("x"),
      cancel: cancel("x"),
      spawnChild: spawnChild("x" as never),
      stopChild: stopChild("x"),
      enqueueActions: enqueueActions(() => {}),
    };
    const types = Object.values(builtin).map((action) => [Reflect.get(action, "type"), typeof Reflect.get(action, "resolve")]);
    expect(types).toEqual(
      ["assign", "raise", "sendTo", "sendTo", "emit", "log", "cancel", "spawnChild", "stopChild", "enqueueActions"].map(
        (name) => [`xstate.${name}`, "function"],
      ),
    );
  });

  it("tells promise logic from callback logic by how it settles", () => {
    const settle = (logic: { transition: unknown }) =>
      (logic.transition as (...args: unknown[]) => unknown)(
        { status: "active" },
        { type: "xstate.promise.resolve", data: 1 },
        {},
      );
    expect(settle(job)).toMatchObject({ status: "done", output: 1 });
    expect(() => settle(fromCallback(() => {}))).toThrow(TypeError);
  });

  it("gives resolveState no children and the history as it came", () => {
    const machine = createMachine({ id: "m", initial: "a", states: { a: {} } });
    const resolved = machine.resolveState({ value: "a", context: {}, historyValue: { "m.h": [{ id: "m.a" }] } } as never);
    expect(resolved.children).toEqual({});
    expect(resolved.historyValue).toEqual({ "m.h": [{ id: "m.a" }] });
    expect(machine.resolveState({ value: "a", context: {} }).historyValue).toEqual({});
  });

  it("has the fields of a snapshot that registeredKind.ts names", () => {
    const snapshot = createActor(createMachine({ id: "m", initial: "a", states: { a: {} } })).getSnapshot();
    expect(Object.keys(snapshot)).toEqual(
      expect.arrayContaining(["status", "value", "context", "output", "error", "children", "historyValue", "_nodes", "machine"]),
    );
  });

  it("drops a mutated maxIterations in provide, and reads it from options", () => {
    const machine = createMachine({ initial: "a", states: { a: { always: "b" }, b: { always: "a" } } });
    machine.options = { ...machine.options, maxIterations: 10 };
    expect(machine.provide({}).options.maxIterations).toBe(Infinity);
    expect(initialTransition(machine)[0]).toMatchObject({ status: "error" });
  });
});
