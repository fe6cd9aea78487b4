import { describe, expect, it } from "vitest";
import {
  assign,
  cancel,
  createMachine,
  emit,
  enqueueActions,
  forwardTo,
  fromCallback,
  fromObservable,
  fromPromise,
  log,
  not,
  raise,
  sendParent,
  sendTo,
  setup,
  spawnChild,
  stopChild,
} from "xstate";
import { sendToAddress } from "../../src/runtime/authoring.ts";
import type { ActorKind } from "../../src/runtime/kind.ts";
import { createKindRegistry, KindRefused, registerKind } from "../../src/runtime/registry.ts";
import { kindOf } from "./testKind.ts";

const job = fromPromise(() => Promise.resolve(1));

function problemsOf(...kinds: ActorKind[]): string {
  try {
    createKindRegistry(kinds);
  } catch (error) {
    if (error instanceof KindRefused) return error.message;
    throw error;
  }
  return "accepted";
}

describe("registration of a kind", () => {
  it("accepts the whole closed list [H14]", () => {
    const kid = createMachine({ id: "kid" });
    const machine = setup({ actors: { job, kid }, delays: { soon: 10 }, guards: { yes: () => true } }).createMachine({
      id: "all",
      type: "parallel",
      context: { n: 0 },
      states: {
        left: {
          initial: "a",
          states: {
            a: {
              entry: [
                assign({ n: 1 }),
                raise({ type: "X" }),
                raise({ type: "Y" }, { delay: "soon", id: "y" }),
                cancel("y"),
                emit({ type: "e" }),
                log("x"),
              ],
              after: { soon: "b", 100: { target: "b", guard: not("yes") } },
              invoke: [
                { src: "job", id: "j" },
                { src: "kid", id: "k" },
              ],
              on: {
                GO: {
                  actions: [
                    sendTo("k", { type: "HI" }),
                    forwardTo("k"),
                    sendParent({ type: "UP" }),
                    sendToAddress("a/b", { type: "OUT" }),
                  ],
                  guard: "yes",
                },
                "order.*": { actions: [spawnChild("kid", { id: () => "k2" }), stopChild("k2"), enqueueActions(() => {})] },
              },
            },
            b: { type: "final" },
            h: { type: "history", history: "deep" },
          },
        },
        right: { initial: "a", states: { a: { always: { guard: "yes", target: "b" } }, b: {} } },
      },
    });
    expect(problemsOf(kindOf(machine, { jobs: ["job"] }), kindOf(kid))).toBe("accepted");
  });

  const refusals: readonly (readonly [name: string, kind: () => ActorKind, message: RegExp])[] = [
    [
      "an inline action",
      () => kindOf(createMachine({ id: "m", initial: "a", states: { a: { entry: () => {} } } })),
      /m: state a, entry: the action .* a crash between commit and action.*Make it a job/,
    ],
    [
      "a named custom action",
      () => kindOf(setup({ actions: { beep: () => {} } }).createMachine({ id: "m", on: { GO: { actions: "beep" } } })),
      /state \(root\), on GO: the action "beep"/,
    ],
    [
      "an action that is not defined",
      () => kindOf(createMachine({ id: "m", exit: "ghost" })),
      /\(root\), exit: the action "ghost"/,
    ],
    [
      "an action on an initial transition",
      () => kindOf(createMachine({ id: "m", initial: { target: "a", actions: () => {} }, states: { a: {} } } as never)),
      /\(root\), initial: the action/,
    ],
    [
      "callback logic",
      () =>
        kindOf(setup({ actors: { cb: fromCallback(() => {}) } }).createMachine({ id: "m", invoke: { src: "cb", id: "c" } }), {
          jobs: ["cb"],
        }),
      /"cb" is a job, but .* other logic than fromPromise/,
    ],
    [
      "observable logic",
      () =>
        kindOf(
          setup({ actors: { ob: fromObservable(() => ({ subscribe: () => ({ unsubscribe() {} }) }) as never) } }).createMachine({
            id: "m",
            invoke: { src: "ob", id: "o" },
          }),
        ),
      /"ob" is neither a job nor a machine/,
    ],
    [
      "inline logic",
      () => kindOf(createMachine({ id: "m", invoke: { src: job, id: "j" } })),
      /invoke j: inline logic cannot be restored/,
    ],
    [
      "a missing invoke id",
      () => kindOf(setup({ actors: { job } }).createMachine({ id: "m", invoke: { src: "job" } }), { jobs: ["job"] }),
      /\(root\), invoke: give an explicit string id/,
    ],
    [
      "a missing spawn id",
      () => kindOf(setup({ actors: { job } }).createMachine({ id: "m", entry: spawnChild("job") }), { jobs: ["job"] }),
      /entry, spawnChild: give an explicit id/,
    ],
    ["a missing src", () => kindOf(createMachine({ id: "m", invoke: { id: "j" } } as never)), /invoke j: `src` is missing/],
    [
      "systemId",
      () =>
        kindOf(setup({ actors: { job } }).createMachine({ id: "m", invoke: { src: "job", id: "j", systemId: "s" } }), {
          jobs: ["job"],
        }),
      /systemId is not supported/,
    ],
    [
      "onSnapshot",
      () =>
        kindOf(setup({ actors: { job } }).createMachine({ id: "m", invoke: { src: "job", id: "j", onSnapshot: {} } }), {
          jobs: ["job"],
        }),
      /onSnapshot and syncSnapshot are not supported/,
    ],
    [
      "a bare wildcard",
      () => kindOf(createMachine({ id: "m", on: { "*": {} } })),
      /on "\*": this wildcard would also swallow timers/,
    ],
    [
      "a wildcard over the runtime's events",
      () => kindOf(createMachine({ id: "m", on: { "xstate.error.*": {} } })),
      /on "xstate.error.\*": this wildcard/,
    ],
    [
      "an undefined delay of an after",
      () => kindOf(createMachine({ id: "m", initial: "a", states: { a: { after: { missing: "a" } } } })),
      /state a, after missing: the delay "missing" is not defined/,
    ],
    [
      "an undefined delay of a raise",
      () => kindOf(createMachine({ id: "m", entry: raise({ type: "X" }, { delay: "missing" } as never) })),
      /entry: the delay "missing" is not defined/,
    ],
    [
      "an infinite delay",
      () =>
        kindOf(
          setup({ delays: { never: Infinity } }).createMachine({
            id: "m",
            initial: "a",
            states: { a: { after: { never: "a" } } },
          }),
        ),
      /the delay Infinity is not a number of milliseconds/,
    ],
    [
      "an undefined guard",
      () => kindOf(createMachine({ id: "m", on: { GO: { guard: "ghost" } } })),
      /the guard "ghost" is not defined/,
    ],
    [
      "a source that is neither job nor kind",
      () => kindOf(createMachine({ id: "m", invoke: { src: "ghost", id: "g" } })),
      /invoke g: the source "ghost" is neither a job of this kind nor a registered kind/,
    ],
    [
      "a reserved declared event",
      () => kindOf(createMachine({ id: "m" }), { events: ["xstate.stop"] }),
      /xstate.stop is reserved/,
    ],
    ["a bad version", () => kindOf(createMachine({ id: "m" }), { version: 0 }), /`version` must be an integer/],
  ];
  it.each(refusals)("refuses %s, and says where and what to do [H14] [trap 8] [trap 10] [trap 11]", (_, kind, message) => {
    expect(problemsOf(kind())).toMatch(message);
  });

  it("refuses a job that reconciles but has no reconcile() [G5]", () => {
    const kind = kindOf(createMachine({ id: "m" }));
    expect(problemsOf({ ...kind, jobs: { buy: { retry: "reconcile", timeoutMs: 1, run: () => Promise.resolve(1) } } })).toMatch(
      /the job buy says retry "reconcile" but has no reconcile/,
    );
  });

  it("lists every problem of every kind at once", () => {
    const bad = (id: string) => kindOf(createMachine({ id, entry: () => {}, on: { "*": {} } }));
    expect(problemsOf(bad("one"), bad("two")).split("\n")).toHaveLength(4);
  });

  it("refuses the same name twice", () => {
    expect(problemsOf(kindOf(createMachine({ id: "m" })), kindOf(createMachine({ id: "m" })))).toMatch(/"m" is registered twice/);
  });

  it("lets a parent of many hear of its children's ends by one descriptor", () => {
    const machine = createMachine({ id: "m", on: { "xstate.done.actor.*": {}, "xstate.error.actor.*": {} } });
    expect(problemsOf(kindOf(machine))).toBe("accepted");
  });

  it("lets a kind start itself as a child, alone", () => {
    const machine = createMachine({
      id: "tree",
      on: { GROW: { actions: spawnChild("tree" as never, { id: "leaf" } as never) } },
    });
    const kind = registerKind(kindOf(machine));
    expect(kind.childKind("tree")).toBe(kind);
    expect([...kind.childKinds]).toEqual(["tree"]);
  });
});
