import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assign, createActor, createMachine, fromPromise, initialTransition, setup, transition } from "xstate";
import { z } from "zod";
import { decodeSnapshot, encodeSnapshot } from "../../src/runtime/codec.ts";
import { encodeError } from "../../src/runtime/encodedError.ts";
import { jsonProblem } from "../../src/runtime/json.ts";
import type { ActorSnapshot, RegisteredKind } from "../../src/runtime/registeredKind.ts";
import type { ActorInstant } from "../../src/runtime/step.ts";
import { after, apply, born, effectsOf, failureOf, kindOf, registered } from "./testKind.ts";

const job = fromPromise(() => Promise.resolve(1));

function decode(kind: RegisteredKind, text: string): ActorSnapshot {
  const result = decodeSnapshot(kind, text);
  if (result.decoded === "refused") throw new Error(result.error.message);
  return result.snapshot;
}

function restarted(kind: RegisteredKind, actor: ActorInstant): ActorInstant {
  return { ...actor, snapshot: decode(kind, encodeSnapshot(kind, actor.snapshot)) };
}

function refusal(kind: RegisteredKind, text: string): string {
  const result = decodeSnapshot(kind, text);
  return result.decoded === "refused" ? `${result.error.name}: ${result.error.message}` : "decoded";
}

describe("a snapshot as text and back [H1]", () => {
  it("revives history, which naive resolveState either loses or breaks on", () => {
    const machine = createMachine({
      id: "m.v1",
      initial: "p",
      states: {
        p: { initial: "p1", states: { p1: { on: { NEXT: "p2" } }, p2: {}, back: { type: "history" } }, on: { OUT: "o" } },
        o: { on: { BACK: "p.back" } },
      },
    });
    const away = transition(machine, transition(machine, initialTransition(machine)[0], { type: "NEXT" })[0], { type: "OUT" })[0];
    const persisted = JSON.parse(JSON.stringify(machine.getPersistedSnapshot(away))) as { historyValue: never };
    expect(() =>
      transition(machine, machine.resolveState({ value: "o", historyValue: persisted.historyValue }), { type: "BACK" }),
    ).toThrow(/not iterable/);
    expect(transition(machine, machine.resolveState({ value: "o" }), { type: "BACK" })[0].value).toEqual({ p: "p1" });

    const kind = registered(kindOf(machine, { kind: "m", events: ["NEXT", "OUT", "BACK"] }));
    const out = restarted(kind, after(kind, after(kind, born(kind), "NEXT"), "OUT"));
    expect(after(kind, out, "BACK").snapshot.value).toEqual({ p: "p2" });
  });

  it("keeps the children, so that leaving their state still stops them", () => {
    const machine = setup({ actors: { job } }).createMachine({
      id: "m",
      initial: "a",
      states: { a: { invoke: { src: "job", id: "j" }, on: { OUT: "b" } }, b: {} },
    });
    const kind = registered(kindOf(machine, { events: ["OUT"], jobs: ["job"] }));
    expect(effectsOf(apply(kind, restarted(kind, born(kind)), "OUT"))).toEqual([{ type: "stopChild", id: "j" }]);
  });

  it("keeps status and output of a done actor", () => {
    const machine = createMachine({
      id: "m",
      initial: "a",
      states: { a: { on: { END: "z" } }, z: { type: "final" } },
      output: { ok: true },
    });
    const kind = registered(kindOf(machine, { events: ["END"] }));
    expect(restarted(kind, after(kind, born(kind), "END")).snapshot).toMatchObject({ status: "done", output: { ok: true } });
  });

  it("brings back any JSON context exactly [trap 16]", () => {
    const machine = createMachine({
      id: "m",
      context: { data: null as unknown },
      on: { SET: { actions: assign({ data: ({ event }) => Reflect.get(event, "data") as unknown }) } },
    });
    const kind = registered(kindOf(machine, { events: ["SET"] }));
    const actor = born(kind);
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false } as never), (data) => {
        fc.pre(jsonProblem(data) === undefined && !Object.is(data, -0) && !JSON.stringify(data).includes("__proto__"));
        const set = after(kind, actor, "SET", { data });
        expect(restarted(kind, set).snapshot.context).toEqual(JSON.parse(JSON.stringify(set.snapshot.context)));
      }),
      { numRuns: 200 },
    );
  });

  it("parses anew each time: nothing of a snapshot is shared with the next [trap 14] [trap 15]", () => {
    const kind = registered(kindOf(createMachine({ id: "m", context: { list: [1] } })));
    const text = encodeSnapshot(kind, born(kind).snapshot);
    const first = decode(kind, text).context as { list: number[] };
    first.list.push(2);
    expect(decode(kind, text).context).toEqual({ list: [1] });
  });
});

describe("what cannot be stored fails the step, with its path [trap 13] [trap 16] [H4]", () => {
  class Cargo {
    units = 3;
  }
  const circular: Record<string, unknown> = {};
  circular["self"] = circular;
  const values: readonly (readonly [string, () => unknown, RegExp])[] = [
    ["a Date", () => new Date(0), /context\.data\.deep\[0\]: a Date/],
    ["a Map", () => new Map([[1, 2]]), /a Map or Set/],
    ["a Set", () => new Set([1]), /a Map or Set/],
    ["a BigInt", () => 1n, /a bigint cannot be stored; use a string/],
    ["NaN", () => Number.NaN, /NaN is not JSON/],
    ["Infinity", () => Infinity, /Infinity is not JSON/],
    ["a function", () => () => 1, /a function cannot be stored/],
    ["a symbol", () => Symbol("x"), /a symbol cannot be stored/],
    ["undefined in an array", () => undefined, /undefined in an array becomes null/],
    ["an Error", () => new Error("x"), /an Error becomes \{\}/],
    ["a class instance", () => new Cargo(), /an instance of Cargo/],
    ["an actor reference", () => createActor(createMachine({})), /an actor reference cannot be stored; keep its address/],
    ["NUL", () => "a\u0000b", /NUL or a lone surrogate/],
    ["a lone surrogate", () => "a\ud800b", /NUL or a lone surrogate/],
    ["a key with NUL", () => ({ "\u0000": 1 }), /the key "\\u0000"/],
    ["a circle", () => circular, /deeper than 100 levels, or circular/],
  ];
  const machine = createMachine({
    id: "m",
    context: { data: null as unknown },
    on: { SET: { actions: assign({ data: ({ event }) => ({ deep: [(Reflect.get(event, "make") as () => unknown)()] }) }) } },
  });
  const kind = registered(kindOf(machine, { events: ["SET"] }), [], {});
  it.each(values)("%s", (_, make, message) => {
    expect(failureOf(apply(kind, born(kind), "SET", { make }))).toMatch(message);
  });

  it("accepts whole surrogate pairs, and properties that are undefined", () => {
    const set = after(kind, born(kind), "SET", { make: () => ({ ship: "🚀", gone: undefined }) });
    expect(restarted(kind, set).snapshot.context).toEqual({ data: { deep: [{ ship: "🚀" }] } });
  });

  it("does not lose an Error: JSON would make {} of it", () => {
    expect(JSON.stringify(new Error("lost"))).toBe("{}");
    const error = Object.assign(new TypeError("bad\u0000 name"), { code: 42, data: { field: "x" } });
    expect(encodeError(error)).toMatchObject({ name: "TypeError", message: "bad\ufffd name", code: 42, data: { field: "x" } });
    expect(encodeError({ name: "X", message: "y" })).toEqual({ name: "X", message: "y" });
    expect(encodeError("plain")).toEqual({ name: "Error", message: "plain" });
    expect(encodeError(undefined)).toMatchObject({ name: "Error" });
    expect(jsonProblem(encodeError(Object.assign(new Error("\ud800"), { data: new Map() })))).toBeUndefined();
  });
});

describe("a machine that has changed since the snapshot was stored [trap 8] [trap 9]", () => {
  const old = registered(
    kindOf(createMachine({ id: "m", type: "parallel", context: { n: 1 }, states: { x: { initial: "x1", states: { x1: {} } } } })),
  );
  const text = encodeSnapshot(old, born(old).snapshot);
  const states = { x: { initial: "x1", states: { x1: {} } }, y: { initial: "y1", states: { y1: {} } } };
  const grown = createMachine({ id: "m", type: "parallel", context: { n: 1 }, states });

  it("refuses a new region, which naive resolveState enters without its entry actions", () => {
    expect(grown.resolveState({ value: { x: "x1" }, context: { n: 1 } }).value).toEqual({ x: "x1", y: "y1" });
    expect(refusal(registered(kindOf(grown)), text)).toMatch(
      /not a whole state of the machine.*raise the version of m and add a migration/,
    );
  });

  it("refuses a state that is gone", () => {
    const renamed = createMachine({
      id: "m",
      type: "parallel",
      context: { n: 1 },
      states: { x: { initial: "x2", states: { x2: {} } } },
    });
    expect(refusal(registered(kindOf(renamed)), text)).toMatch(/^SnapshotRefused: .*x1/);
  });

  it("migrates step by step and says from where", () => {
    const kind = registered(
      kindOf(grown, {
        version: 3,
        migrations: {
          1: ({ value, context }) => ({ value: { ...(value as object), y: "y1" }, context }),
          2: ({ value, context }) => ({ value, context: { ...(context as object), n: 2 } }),
        },
      }),
    );
    expect(decodeSnapshot(kind, text)).toMatchObject({
      decoded: "ok",
      migratedFrom: 1,
      snapshot: { value: { x: "x1", y: "y1" }, context: { n: 2 } },
    });
  });

  it("refuses a gap in the migrations, a throwing one and a newer snapshot", () => {
    expect(refusal(registered(kindOf(grown, { version: 3, migrations: { 1: (state) => state } })), text)).toMatch(
      /no migration from version 2 to 3/,
    );
    const throwing = kindOf(grown, {
      version: 2,
      migrations: {
        1: () => {
          throw new Error("cannot");
        },
      },
    });
    expect(refusal(registered(throwing), text)).toMatch(/cannot/);
    const newer = registered(kindOf(old.kind.machine, { version: 2 }));
    expect(refusal(old, encodeSnapshot(newer, born(newer).snapshot))).toMatch(
      /stored by version 2 of m, this program knows version 1/,
    );
  });

  it("refuses a context that no longer fits its schema", () => {
    expect(refusal(registered(kindOf(old.kind.machine, { context: z.object({ n: z.string() }) })), text)).toMatch(
      /context does not fit the schema: n: Invalid input: expected string, received number$/,
    );
  });

  it("refuses a child whose job or kind is no longer registered, for which a parent would wait for ever", () => {
    const machine = setup({ actors: { job } }).createMachine({
      id: "p",
      initial: "a",
      states: { a: { invoke: { src: "job", id: "j" } } },
    });
    const before = registered(kindOf(machine, { jobs: ["job"] }));
    const without = registered(kindOf(createMachine({ id: "p", initial: "a", states: { a: {} } })));
    expect(refusal(without, encodeSnapshot(before, born(before).snapshot))).toMatch(
      /its child "j" needs the job "job", which is not registered/,
    );
  });

  it.each(["", "{", "null", "{}", '{"kindVersion":1,"status":"stopped","value":{},"context":{},"children":[],"history":{}}'])(
    "refuses the damaged text %j without throwing [trap 17]",
    (damaged) => {
      expect(refusal(old, damaged)).toMatch(/^SnapshotRefused: .+$/);
      expect(refusal(old, damaged)).not.toContain("\n");
    },
  );
});
