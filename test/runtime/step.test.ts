import { describe, expect, it } from "vitest";
import {
  assign,
  cancel,
  createActor,
  createMachine,
  emit,
  enqueueActions,
  forwardTo,
  fromPromise,
  initialTransition,
  raise,
  sendParent,
  sendTo,
  setup,
  spawnChild,
  stopChild,
  transition,
} from "xstate";
import { z } from "zod";
import { idOf, nowOf, randomOf, seedOf, sendToAddress } from "../../src/runtime/authoring.ts";
import { configurationProblem } from "../../src/runtime/configuration.ts";
import { initial } from "../../src/runtime/step.ts";
import { ADDRESS, after, apply, born, effectsOf, failureOf, kindOf, registered, snapshotOf } from "./testKind.ts";

// Where "naive" stands in a test, XState is used as its documentation suggests, to show what the runtime must not do.
const job = fromPromise(() => Promise.resolve(1));
const kid = createMachine({ id: "kid", context: ({ input }: { input: unknown }) => ({ input }) });

describe("messages [H1] [H9]", () => {
  const machine = createMachine({
    id: "m",
    context: { ship: "agent/2026-11-21/TEST/ship/A" },
    on: {
      STRING: { actions: sendTo("ship/A" as never, { type: "GO" } as never) },
      MISSING: {
        actions: sendTo((({ context }: { context: { nobody?: unknown } }) => context.nobody) as never, { type: "GO" } as never),
      },
      QUEUED_MISSING: {
        actions: enqueueActions(({ enqueue }) => enqueue.sendTo((() => undefined) as never, { type: "GO" } as never)),
      },
      SELF: { actions: sendTo(({ self }) => self, { type: "GO" }) },
      QUEUED_SELF: { actions: enqueueActions(({ enqueue, self }) => enqueue.sendTo(self, { type: "GO" })) },
      ADDRESS: {
        actions: sendToAddress(
          ({ context }) => context.ship,
          ({ event }) => ({ type: "GO", from: event.type }),
        ),
      },
      QUEUED: { actions: enqueueActions(({ enqueue }) => enqueue(sendToAddress("a/b", { type: "GO" }))) },
      LATER: { actions: sendToAddress("a/b", { type: "GO" }, { id: "later", delay: 50 }) },
      PARENT: { actions: sendParent({ type: "UP" }) },
      FORWARD: { actions: forwardTo((() => ({ address: "a/b" })) as never) },
      DATE: { actions: sendToAddress("a/b", () => ({ type: "GO", when: new Date(0) })) },
      RESERVED: { actions: sendToAddress("a/b", { type: "xstate.stop" }) },
      EMPTY: { actions: sendToAddress(() => "", { type: "GO" }) },
      EMIT: { actions: emit({ type: "news", n: 1 }) },
    },
  });
  const events = [
    "STRING",
    "MISSING",
    "QUEUED_MISSING",
    "SELF",
    "QUEUED_SELF",
    "ADDRESS",
    "QUEUED",
    "LATER",
    "PARENT",
    "FORWARD",
    "DATE",
    "RESERVED",
    "EMPTY",
    "EMIT",
  ];
  const kind = registered(kindOf(machine, { events }));
  const actor = born(kind);

  it("fails a send whose target is undefined, which naive XState sends to the actor itself [trap 13]", () => {
    const [, actions] = transition(machine, initialTransition(machine)[0], { type: "MISSING" });
    expect(actions[0]).toMatchObject({ type: "xstate.sendTo", params: { to: { id: expect.stringMatching(/^x:/) } } });
    expect(failureOf(apply(kind, actor, "MISSING"))).toMatch(/"GO" has no target/);
    expect(failureOf(apply(kind, actor, "QUEUED_MISSING"))).toMatch(/"GO" has no target/);
  });

  it("sends to the actor itself when that is what the machine says", () => {
    for (const type of ["SELF", "QUEUED_SELF"])
      expect(effectsOf(apply(kind, actor, type))).toEqual([{ type: "send", to: ADDRESS, event: { type: "GO" } }]);
  });

  it("fails a send to an unknown child and says to use sendToAddress", () => {
    expect(failureOf(apply(kind, actor, "STRING"))).toMatch(/Unable to send event to actor 'ship\/A'.*sendToAddress/);
  });

  it("sends to an address from actions, enqueueActions and after a delay", () => {
    expect(effectsOf(apply(kind, actor, "ADDRESS"))).toEqual([
      { type: "send", to: "agent/2026-11-21/TEST/ship/A", event: { type: "GO", from: "ADDRESS" } },
    ]);
    expect(effectsOf(apply(kind, actor, "QUEUED"))).toEqual([{ type: "send", to: "a/b", event: { type: "GO" } }]);
    expect(effectsOf(apply(kind, actor, "LATER"))).toEqual([
      { type: "startTimer", id: "later", delayMs: 50, event: { type: "GO" }, to: "a/b", nature: "deadline" },
    ]);
  });

  it("sends to the parent, which naive XState cannot on the pure path", () => {
    expect(() => transition(machine, initialTransition(machine)[0], { type: "PARENT" })).toThrow(/#_parent/);
    expect(effectsOf(apply(kind, actor, "PARENT"))).toEqual([
      { type: "send", to: "agent/2026-11-21/TEST", event: { type: "UP" } },
    ]);
    expect(effectsOf(apply(kind, { ...actor, parent: undefined }, "PARENT"))).toMatchObject([{ to: `${ADDRESS}/@no-parent` }]);
  });

  it("forwards the event as it came and publishes what is emitted", () => {
    expect(effectsOf(apply(kind, actor, "FORWARD", { n: 1 }))).toMatchObject([
      { type: "send", to: "a/b", event: { type: "FORWARD", n: 1 } },
    ]);
    expect(effectsOf(apply(kind, actor, "EMIT"))).toEqual([{ type: "emit", event: { type: "news", n: 1 } }]);
  });

  it("refuses what cannot be stored, reserved types and malformed addresses [trap 6]", () => {
    expect(failureOf(apply(kind, actor, "DATE"))).toMatch(/event\.when: a Date/);
    expect(failureOf(apply(kind, actor, "RESERVED"))).toMatch(/reserved for the runtime/);
    expect(failureOf(apply(kind, actor, "EMPTY"))).toMatch(/an address is empty/);
  });

  it("starts a child before the first message to it, which XState lists the other way round [H9]", () => {
    const parent = setup({ actors: { kid } }).createMachine({
      id: "p",
      initial: "i",
      states: { i: { on: { GO: "a" } }, a: { entry: sendTo("k", { type: "HI" }), invoke: { src: "kid", id: "k" } } },
    });
    const parentKind = registered(kindOf(parent, { events: ["GO"] }), [kindOf(kid)]);
    const actions = transition(parent, initialTransition(parent)[0], { type: "GO" })[1].map(({ type }) => type);
    expect(actions).toEqual(["xstate.sendTo", "xstate.spawnChild"]);
    expect(effectsOf(apply(parentKind, born(parentKind), "GO"))).toEqual([
      { type: "startChild", id: "k", kind: "kid", address: `${ADDRESS}/k`, input: undefined },
      { type: "send", to: `${ADDRESS}/k`, event: { type: "HI" } },
    ]);
  });
});

describe("jobs and children [H1] [H2] [G5]", () => {
  const machine = setup({
    types: { events: {} as { type: "SPAWN" | "STOP" | "TELL"; id: string } | { type: "OUT" | "BACK" | "AGAIN" | "THROUGH" } },
    actors: { job, kid },
  }).createMachine({
    id: "m",
    initial: "a",
    states: {
      a: {
        invoke: { src: "job", id: "j", input: { x: 1 }, onDone: "b", onError: "failed" },
        on: { OUT: "b", AGAIN: { target: "a", reenter: true }, THROUGH: "c" },
        after: { 1000: "b" },
      },
      b: {
        on: {
          BACK: "a",
          SPAWN: { actions: spawnChild("kid", { id: ({ event }) => event.id, input: { v: 7 } }) },
          STOP: { actions: stopChild(({ event }) => event.id) },
          TELL: { actions: sendTo(({ event }) => event.id, { type: "HI" }) },
        },
      },
      c: { invoke: { src: "job", id: "passing" }, after: { 9: "b" }, always: "b" },
      failed: {},
    },
  });
  const kind = registered(
    kindOf(machine, { events: ["OUT", "BACK", "AGAIN", "THROUGH", "SPAWN", "STOP", "TELL"], jobs: ["job"] }),
    [kindOf(kid, { input: z.object({ v: z.number() }) })],
  );
  const actor = born(kind);

  it("stops the job of a state that is left after a restart, which naive resolveState forgets", () => {
    const naive = machine.resolveState({ value: "a", context: {} });
    const [, actions] = transition(machine, naive, { type: "OUT" });
    expect(actions.map(({ type, params }) => [String(type), params])).toContainEqual(["xstate.stopChild", undefined]);
    expect(effectsOf(apply(kind, actor, "OUT"))).toEqual([
      { type: "stopChild", id: "j" },
      { type: "cancelTimer", id: "xstate.after.1000.m.a" },
    ]);
  });

  it("gives a child the version that creates it as generation", () => {
    expect(actor.snapshot.children).toEqual({
      j: { id: "j", src: "job", nature: "job", generation: 1, address: `${ADDRESS}/j` },
    });
    const again = after(kind, actor, "AGAIN");
    expect(again.snapshot.children["j"]?.generation).toBe(2);
  });

  it("folds a re-entry to one stop and one start per id, the start last", () => {
    expect(effectsOf(apply(kind, actor, "AGAIN")).map((effect) => effect.type)).toEqual([
      "stopChild",
      "startJob",
      "cancelTimer",
      "startTimer",
    ]);
  });

  it("folds a state that is entered and left in one macrostep to nothing of its own [H4]", () => {
    const effects = effectsOf(apply(kind, actor, "THROUGH"));
    expect(effects.filter((effect) => "id" in effect && effect.id === "passing")).toEqual([]);
    expect(effects.some((effect) => effect.type === "startTimer")).toBe(false);
  });

  it("applies a result once: the job leaves the actor's children, and a late result does nothing [H2]", () => {
    const late = transition(
      machine,
      transition(machine, transition(machine, initialTransition(machine)[0], { type: "OUT" })[0], { type: "BACK" })[0],
      { type: "xstate.done.actor.j", output: "old" } as never,
    )[0];
    expect(late.value).toBe("b");
    const settled = after(kind, actor, "xstate.done.actor.j", { output: 1 });
    expect(settled.snapshot.value).toBe("b");
    expect(settled.snapshot.children).toEqual({});
    expect(apply(kind, settled, "xstate.done.actor.j", { output: 1 }).outcome).toBe("ignored");
    expect(apply(kind, settled, "xstate.error.actor.j", { error: { name: "AbortError", message: "" } }).outcome).toBe("ignored");
  });

  it("does not stop a job that has just ended by itself", () => {
    expect(effectsOf(apply(kind, actor, "xstate.done.actor.j", { output: 1 }))).toEqual([
      { type: "cancelTimer", id: "xstate.after.1000.m.a" },
    ]);
  });

  it("hands an error to onError, and fails without one, with the child's own error", () => {
    expect(after(kind, actor, "xstate.error.actor.j", { error: { name: "Boom", message: "no fuel" } }).snapshot.value).toBe(
      "failed",
    );
    const bare = setup({ actors: { job } }).createMachine({ id: "bare", invoke: { src: "job", id: "j" } });
    const bareKind = registered(kindOf(bare, { jobs: ["job"] }));
    expect(apply(bareKind, born(bareKind), "xstate.error.actor.j", { error: { name: "Boom", message: "no fuel" } })).toEqual({
      outcome: "failed",
      error: { name: "Boom", message: "no fuel" },
    });
  });

  it("starts, addresses and stops a child whose id is computed", () => {
    const busy = after(kind, after(kind, actor, "OUT"), "SPAWN", { id: "task/1" });
    expect(busy.snapshot.children["task/1"]).toEqual({
      id: "task/1",
      src: "kid",
      nature: "actor",
      generation: 3,
      address: `${ADDRESS}/task/1`,
    });
    expect(effectsOf(apply(kind, busy, "TELL", { id: "task/1" }))).toEqual([
      { type: "send", to: `${ADDRESS}/task/1`, event: { type: "HI" } },
    ]);
    expect(effectsOf(apply(kind, busy, "STOP", { id: "task/1" }))).toEqual([{ type: "stopChild", id: "task/1" }]);
    expect(after(kind, busy, "STOP", { id: "task/1" }).snapshot.children).toEqual({});
  });

  it("lets a finished child go, so that snapshots do not grow [trap 19]", () => {
    let busy = after(kind, actor, "OUT");
    for (let n = 0; n < 20; n++) {
      busy = after(kind, busy, "SPAWN", { id: `task/${n}` });
      busy = after(kind, busy, "xstate.done.actor." + `task/${n}`, { output: null });
    }
    expect(busy.snapshot.children).toEqual({});
  });

  it("refuses an id that still runs, an id that is no address, and a missing one [trap 11] [trap 12]", () => {
    const idle = after(kind, actor, "OUT");
    const busy = after(kind, idle, "SPAWN", { id: "t" });
    expect(failureOf(apply(kind, busy, "SPAWN", { id: "t" }))).toMatch(/"t" belongs to a child that still runs/);
    expect(failureOf(apply(kind, idle, "SPAWN", { id: "a b" }))).toMatch(/child id "a b"/);
    expect(failureOf(apply(kind, idle, "SPAWN", {}))).toMatch(/give an explicit id/);
  });

  it("checks the input of a child against its kind's schema [trap 6]", () => {
    const strict = registered(kindOf(machine, { events: ["OUT", "SPAWN"], jobs: ["job"] }), [
      kindOf(kid, { input: z.object({ v: z.string() }) }),
    ]);
    expect(failureOf(apply(strict, after(strict, born(strict), "OUT"), "SPAWN", { id: "t" }))).toMatch(
      /the input of "t" \(kid\) does not fit/,
    );
  });

  it("never runs code of a child inside its parent's transition", () => {
    let calls = 0;
    const loud = createMachine({ id: "loud", context: () => ({ calls: ++calls }) });
    const parent = setup({ actors: { loud } }).createMachine({
      id: "p",
      on: { GO: { actions: spawnChild("loud", { id: "l" }) } },
    });
    transition(parent, initialTransition(parent)[0], { type: "GO" });
    expect(calls).toBe(1);
    const parentKind = registered(kindOf(parent, { events: ["GO"] }), [kindOf(loud)]);
    expect(effectsOf(apply(parentKind, born(parentKind), "GO"))).toHaveLength(1);
    expect(calls).toBe(1);
  });

  it("runs a context factory once per actor, not once per transition", () => {
    let calls = 0;
    const counted = createMachine({
      id: "counted",
      context: () => ({ calls: ++calls, n: 0 }),
      on: { GO: { actions: assign({ n: 1 }) } },
    });
    transition(counted, counted.resolveState({ value: {}, context: { calls: 0, n: 0 } }), { type: "GO" });
    expect(calls).toBe(1);
    const countedKind = registered(kindOf(counted, { events: ["GO"] }));
    calls = 0;
    after(countedKind, after(countedKind, born(countedKind), "GO"), "GO");
    expect(calls).toBe(1);
  });
});

describe("where XState itself loses its way [H1]", () => {
  it("replaces a job whose state is entered twice, of which naive XState runs both", () => {
    const machine = setup({ actors: { job } }).createMachine({
      id: "m",
      initial: "a",
      states: { a: { invoke: { src: "job", id: "j" }, on: { BACK: "#m.h" } }, h: { type: "history" } },
    });
    const [, actions] = transition(machine, initialTransition(machine)[0], { type: "BACK" });
    expect(actions.map(({ type }) => type)).toEqual(["xstate.spawnChild"]);
    const kind = registered(kindOf(machine, { events: ["BACK"], jobs: ["job"] }));
    const again = apply(kind, born(kind), "BACK");
    expect(effectsOf(again).map((effect) => effect.type)).toEqual(["stopChild", "startJob"]);
    expect(snapshotOf(again).children["j"]?.generation).toBe(2);
  });

  it("fails when states stay active that the state value does not show, since a restart would forget them", () => {
    const machine = createMachine({ id: "m", initial: "a", states: { a: { on: { GO: "b" } }, b: {} } });
    const [snapshot] = initialTransition(machine);
    expect(configurationProblem(snapshot)).toBeUndefined();
    const stray = { ...snapshot, _nodes: [...snapshot._nodes, machine.states["b"]] };
    expect(configurationProblem(stray as never)).toMatch(/its state is "a", but m, m.a, m.b are active/);
  });
});

describe("timers [H11] [G4]", () => {
  const machine = setup({
    actors: { job },
    delays: { computed: ({ event }) => Reflect.get(event, "ms") as number },
  }).createMachine({
    id: "m",
    initial: "idle",
    states: {
      idle: {
        on: {
          WORK: "working",
          WAIT: "waiting",
          ZERO: "zero",
          COMPUTED: "computed",
          GHOST: { actions: enqueueActions(({ enqueue }) => enqueue.raise({ type: "X" }, { delay: "ghost" as never })) },
          TWICE: { actions: [raise({ type: "IDLE" }, { delay: 10, id: "t" }), raise({ type: "IDLE" }, { delay: 20, id: "t" })] },
          PAIR: { actions: [raise({ type: "IDLE" }, { delay: 10 }), raise({ type: "IDLE" }, { delay: 20 })] },
          NOW: { actions: raise({ type: "WAIT" }) },
          CANCEL: { actions: cancel("t") },
        },
      },
      working: { invoke: { src: "job", id: "j" }, after: { 60_000: "idle" } },
      waiting: { after: { 60_000: "idle" } },
      zero: { after: { 0: "idle" } },
      computed: { after: { computed: "idle" } },
    },
  });
  const events = ["WORK", "WAIT", "ZERO", "COMPUTED", "GHOST", "TWICE", "PAIR", "NOW", "CANCEL"];
  const kind = registered(kindOf(machine, { events, jobs: ["job"] }));
  const actor = born(kind);

  it("makes an after beside an invoke a watchdog, and any other a deadline", () => {
    expect(effectsOf(apply(kind, actor, "WORK"))).toContainEqual({
      type: "startTimer",
      id: "xstate.after.60000.m.working",
      delayMs: 60_000,
      event: { type: "xstate.after.60000.m.working" },
      nature: "watchdog",
    });
    expect(effectsOf(apply(kind, actor, "WAIT"))).toMatchObject([{ type: "startTimer", nature: "deadline" }]);
  });

  it("keeps a delay of zero as a timer, and fires it as an own event", () => {
    expect(effectsOf(apply(kind, actor, "ZERO"))).toMatchObject([{ type: "startTimer", delayMs: 0 }]);
    const fired = apply(kind, after(kind, actor, "ZERO"), "xstate.after.0.m.zero");
    expect(snapshotOf(fired).value).toBe("idle");
    expect(effectsOf(fired)).toEqual([]);
  });

  it.each([Number.NaN, Infinity, -1])("fails a transition that computes the delay %s", (ms) => {
    expect(failureOf(apply(kind, actor, "COMPUTED", { ms }))).toMatch(/must be milliseconds ≥ 0/);
  });

  it("fails a delay that computes to nothing, which naive XState fires at once", () => {
    expect(transition(machine, initialTransition(machine)[0], { type: "COMPUTED" })[0].value).toBe("idle");
    expect(failureOf(apply(kind, actor, "COMPUTED"))).toMatch(/"computed" .*undefined/);
  });

  it("fails an undefined delay name inside enqueueActions", () => {
    expect(failureOf(apply(kind, actor, "GHOST"))).toMatch(/the delay "ghost" is not defined/);
  });

  it("replaces a timer of the same id, and keeps two without an id apart", () => {
    expect(effectsOf(apply(kind, actor, "TWICE"))).toMatchObject([{ id: "t", delayMs: 20 }]);
    const ids = effectsOf(apply(kind, actor, "PAIR")).map((effect) => ("id" in effect ? effect.id : ""));
    expect(new Set(ids).size).toBe(2);
  });

  it("does not list a raise without delay: it is already consumed", () => {
    const result = apply(kind, actor, "NOW");
    expect(snapshotOf(result).value).toBe("waiting");
    expect(effectsOf(result)).toHaveLength(1);
  });

  it("accepts an own timer's event that the kind declares to nobody", () => {
    expect(apply(kind, actor, "IDLE").outcome).toBe("undeclared");
    expect(apply(kind, actor, "IDLE", {}, "own").outcome).toBe("ignored");
  });
});

describe("which events reach the machine [H8]", () => {
  const machine = createMachine({
    id: "m",
    initial: "a",
    context: { n: 0 },
    states: { a: { on: { KNOWN: {}, END: "end" } }, end: { type: "final" } },
    on: { POKE: { actions: assign({ n: 9 }) } },
    output: ({ context }) => ({ n: context.n }),
  });
  const kind = registered(kindOf(machine, { events: ["KNOWN", "END", "POKE", "IDLE"] }));
  const actor = born(kind);

  it("tells a handled event that changes nothing from an unhandled one", () => {
    expect(apply(kind, actor, "KNOWN").outcome).toBe("advanced");
    expect(apply(kind, actor, "IDLE").outcome).toBe("ignored");
  });

  it.each(["xstate.stop", "xstate.init", "xstate.error.actor.x", "xstate.after.1.m.a", "*", ""])(
    "never feeds %j from outside",
    (type) => {
      expect(apply(kind, actor, type, {}, "message").outcome).toBe("undeclared");
    },
  );

  it("does not stop on a forged xstate.stop, as naive XState does", () => {
    expect(transition(machine, initialTransition(machine)[0], { type: "xstate.stop" })[0].status).toBe("stopped");
    expect(apply(kind, actor, "xstate.stop", {}, "own").outcome).toBe("undeclared");
  });

  it("checks the declared payload, and hands on what the schema made of it", () => {
    const echo = createMachine({
      id: "echo",
      context: { got: null as unknown },
      on: { SET: { actions: assign({ got: ({ event }) => Reflect.get(event, "n") as unknown }) } },
    });
    const echoKind = registered({ ...kindOf(echo), events: { SET: z.object({ n: z.number().default(3) }) } });
    expect(apply(echoKind, born(echoKind), "SET", { n: "x" })).toMatchObject({
      outcome: "undeclared",
      reason: expect.stringMatching(/payload of SET/),
    });
    expect(after(echoKind, born(echoKind), "SET").snapshot.context).toEqual({ got: 3 });
  });

  it("leaves a done actor alone, which naive XState goes on changing", () => {
    const [done] = transition(machine, initialTransition(machine)[0], { type: "END" });
    expect(transition(machine, done, { type: "POKE" })[0].context.n).toBe(9);
    const end = apply(kind, actor, "END");
    expect(end).toMatchObject({ outcome: "advanced", status: "done", output: { n: 0 } });
    expect(apply(kind, { ...actor, snapshot: snapshotOf(end) }, "POKE")).toMatchObject({
      outcome: "undeclared",
      reason: "the actor is done",
    });
  });

  it("bounds an endless loop of always, in a transition and at birth [trap 24]", () => {
    const config = { id: "loop", states: { i: { on: { GO: "a" } }, a: { always: "b" }, b: { always: "a" } } };
    const kindFor = (initialState: string) =>
      registered(kindOf(createMachine({ ...config, initial: initialState } as never), { events: ["GO"] }));
    const idle = kindFor("i");
    expect(failureOf(apply(idle, born(idle), "GO"))).toMatch(/Infinite loop/);
    expect(failureOf(initial(kindFor("a"), { address: ADDRESS, parent: undefined, version: 0 }, {}, { at: 0, seed: 0 }))).toMatch(
      /Infinite loop/,
    );
  });
});

describe("failing transitions [H5] [H14]", () => {
  it("performs nothing of a birth that throws half-way, where naive XState lists a spawn", () => {
    const machine = setup({ actors: { job } }).createMachine({
      id: "m",
      context: {},
      invoke: { src: "job", id: "j" },
      initial: "a",
      states: {
        a: {
          entry: assign(() => {
            throw new Error("boom");
          }),
        },
      },
    });
    const [snapshot, actions] = initialTransition(machine);
    expect([snapshot.status, actions.map(({ type }) => type)]).toEqual(["error", ["xstate.spawnChild"]]);
    const kind = registered(kindOf(machine, { jobs: ["job"] }));
    const result = initial(kind, { address: ADDRESS, parent: undefined, version: 0 }, {}, { at: 0, seed: 0 });
    expect(result).toMatchObject({ outcome: "failed", error: { name: "Error", message: "boom" } });
    expect(result).not.toHaveProperty("effects");
  });

  it("refuses an input that does not fit the kind's schema", () => {
    const kind = registered(kindOf(createMachine({ id: "m" }), { input: z.object({ ship: z.string() }) }));
    expect(failureOf(initial(kind, { address: ADDRESS, parent: undefined, version: 0 }, {}, { at: 0, seed: 0 }))).toMatch(
      /input does not fit the schema of m/,
    );
  });

  it("fails a custom action and a spawn in assign that only show during the transition", () => {
    const machine = setup({ actors: { job } }).createMachine({
      id: "m",
      context: {},
      on: {
        CUSTOM: { actions: enqueueActions(({ enqueue }) => enqueue(() => {})) },
        SPAWN: { actions: assign(({ spawn }) => ({ ref: spawn("job", { id: "z" }) })) },
        INLINE: { actions: enqueueActions(({ enqueue }) => enqueue.spawnChild(job as never, { id: "z" } as never)) },
        UNKNOWN: { actions: enqueueActions(({ enqueue }) => enqueue.spawnChild("ghost" as never, { id: "z" } as never)) },
      },
    });
    const kind = registered(kindOf(machine, { events: ["CUSTOM", "SPAWN", "INLINE", "UNKNOWN"], jobs: ["job"] }));
    expect(failureOf(apply(kind, born(kind), "CUSTOM"))).toMatch(/is not one of XState's own.*Make it a job/);
    expect(failureOf(apply(kind, born(kind), "SPAWN"))).toMatch(/use spawnChild/);
    expect(failureOf(apply(kind, born(kind), "INLINE"))).toMatch(/inline logic cannot be restored/);
    expect(failureOf(apply(kind, born(kind), "UNKNOWN"))).toMatch(/"ghost" is neither a job/);
  });

  it("finds a mutation in an assign at once when contexts are frozen, which otherwise changes the previous snapshot too [H5]", () => {
    const machine = createMachine({
      id: "m",
      context: { list: [1] },
      on: { GO: { actions: assign({ list: ({ context }) => (context.list.push(2), context.list) }) } },
    });
    const fresh = createMachine(machine.config);
    const [before] = initialTransition(fresh);
    transition(fresh, before, { type: "GO" });
    expect(before.context.list.length).toBeGreaterThan(1);
    const clean = createMachine({
      id: "m",
      context: () => ({ list: [1] }),
      on: { GO: { actions: assign({ list: ({ context }) => (context.list.push(2), context.list) }) } },
    });
    const kind = registered(kindOf(clean, { events: ["GO"] }));
    expect(failureOf(apply(kind, born(kind), "GO"))).toMatch(/not extensible/);
  });

  it("offers neither self.send, self.getSnapshot nor system", () => {
    const machine = createMachine({
      id: "m",
      context: {},
      on: {
        SEND: { actions: assign(({ self }) => (self.send({ type: "X" }), {})) },
        LOOK: { actions: assign(({ self }) => ({ a: self.getSnapshot() })) },
        SYSTEM: { actions: assign(({ system }) => ({ a: system.get("x") })) },
      },
    });
    const kind = registered(kindOf(machine, { events: ["SEND", "LOOK", "SYSTEM"] }));
    for (const type of ["SEND", "LOOK", "SYSTEM"])
      expect(failureOf(apply(kind, born(kind), type))).toMatch(/is not available in a durable/);
  });
});

describe("time and randomness [H17] [trap 25]", () => {
  const machine = createMachine({
    id: "m",
    context: (args) => ({ born: nowOf(args), seed: seedOf(args), at: [] as number[], id: "", dice: 0 }),
    initial: "a",
    states: {
      a: {
        on: {
          GO: { actions: raise({ type: "INNER" }) },
          INNER: {
            target: "b",
            guard: (args) => nowOf(args) === 2001,
            actions: assign({ at: (args) => [...args.context["at"], nowOf(args)] }),
          },
        },
      },
      b: {
        always: {
          target: "c",
          actions: assign({
            at: (args) => [...args.context["at"], nowOf(args)],
            id: (args) => idOf(args),
            dice: (args) => randomOf(args, "dice")(),
          }),
        },
      },
      c: {},
    },
  });
  const kind = registered(kindOf(machine, { events: ["GO"] }));

  it("stamps birth, raised events, guards and always alike, where naive events carry nothing", () => {
    expect(initialTransition(machine)[0]).toMatchObject({ status: "error" });
    const actor = born(kind);
    expect(actor.snapshot.context).toMatchObject({ born: 1000, seed: 7 });
    expect(after(kind, actor, "GO").snapshot.context).toMatchObject({
      at: [2001, 2001],
      id: expect.stringMatching(/^[0-9a-z]{12}$/),
    });
  });

  it("replays to the same state", () => {
    const once = after(kind, born(kind), "GO");
    expect(after(kind, born(kind), "GO").snapshot.context).toEqual(once.snapshot.context);
  });

  it("gives different salts and seeds different numbers", () => {
    const at = { event: { at: 5, seed: 1 } };
    expect(randomOf(at, "a")()).toBe(randomOf(at, "a")());
    expect(randomOf(at, "a")()).not.toBe(randomOf(at, "b")());
    expect(idOf(at)).not.toBe(idOf({ event: { at: 5, seed: 2 } }));
    const numbers = Array.from({ length: 1000 }, randomOf(at, "spread"));
    expect(numbers.every((n) => n >= 0 && n < 1)).toBe(true);
    expect(numbers.reduce((sum, n) => sum + n, 0) / 1000).toBeCloseTo(0.5, 1);
  });

  it("says how to test a machine in a live createActor", () => {
    expect(() => nowOf({ event: { type: "GO" } })).toThrow(/send events with `at` and `seed`/);
    const live = createActor(
      createMachine({ context: { at: 0 }, on: { GO: { actions: assign({ at: (args) => nowOf(args) }) } } }),
    ).start();
    live.send({ type: "GO", at: 9, seed: 1 } as never);
    expect(live.getSnapshot().context["at"]).toBe(9);
  });
});
