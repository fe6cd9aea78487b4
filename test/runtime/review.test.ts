import { describe, expect, it } from "vitest";
import { assign, setup } from "xstate";
import { z } from "zod";
import { sendToAddress } from "../../src/runtime/authoring.ts";
import type { ActorKind } from "../../src/runtime/kind.ts";
import { createKindRegistry } from "../../src/runtime/registry.ts";
import { useHosts } from "../support/hostBed.ts";
import { quickRestart, SCOPE, until } from "../support/hostFixture.ts";

const common = { version: 1, input: z.unknown(), restart: quickRestart, jobs: {} } as const;

const { started, spawned, rows, database } = useHosts(["claims"]);

const kid: ActorKind = {
  ...common,
  kind: "kid",
  machine: setup({ types: { context: {} as { lives: number } } }).createMachine({
    context: { lives: 0 },
    initial: "playing",
    states: { playing: { on: { HOME: "home" } }, home: { type: "final" } },
    output: "tired",
  }),
  events: { HOME: z.object({}) },
};

/** Has a kid while it is busy; over when the kid has come home. Its job fails once it is asked to. */
const parent: ActorKind = {
  ...common,
  kind: "parent",
  machine: setup({ actors: { kid: kid.machine } }).createMachine({
    initial: "idle",
    states: {
      idle: { on: { GO: "busy" } },
      busy: { invoke: { id: "k", src: "kid", onDone: "over" }, on: { BACK: "idle" } },
      over: { on: { GO: "busy" } },
    },
  }),
  events: { GO: z.object({}), BACK: z.object({}) },
};

describe("events folded into one commit", () => {
  it("start and stop a child that is never left behind [G5] [H9]", async () => {
    const runtime = await started([kid, parent]);
    const to = await spawned(runtime, "p", "parent");
    await Promise.all(["GO", "BACK"].map((type) => runtime.send({ to, event: { type } })));
    expect((await runtime.view(to))?.value).toBe("idle");
    expect((await until(runtime, `${to}/k`, ({ status }) => status === "stopped")).status).toBe("stopped");
  });

  it("start a child again under the generation that its parent waits for [G5] [H9]", async () => {
    const runtime = await started([kid, parent]);
    const to = await spawned(runtime, "p", "parent");
    await Promise.all(["GO", "BACK", "GO"].map((type) => runtime.send({ to, event: { type } })));
    await until(runtime, `${to}/k`, ({ status, incarnation }) => status === "active" && incarnation === 2);
    // Once more with a child that has lived before and lives now.
    await Promise.all(["BACK", "GO", "BACK"].map((type) => runtime.send({ to, event: { type } })));
    await until(runtime, `${to}/k`, ({ status }) => status === "stopped");
    await Promise.all(["GO", "BACK", "GO"].map((type) => runtime.send({ to, event: { type } })));
    await until(runtime, `${to}/k`, ({ status, incarnation }) => status === "active" && incarnation >= 4);
    await runtime.send({ to: `${to}/k`, event: { type: "HOME" } });
    expect((await until(runtime, to, ({ value }) => value === "over")).value).toBe("over");
  });
});

/** Counts; spoils its context half-way. */
const sleeper: ActorKind = {
  ...common,
  kind: "sleeper",
  machine: setup({ types: { context: {} as { n: number; notes: string[] } } }).createMachine({
    context: () => ({ n: 0, notes: [] }),
    on: {
      ADD: { actions: assign({ n: ({ context }) => context.n + 1 }) },
      SPOIL: {
        actions: assign(({ context }) => {
          context.notes.push("spoilt");
          throw new Error("half-way");
        }),
      },
    },
  }),
  events: { ADD: z.object({}), SPOIL: z.object({}) },
};

describe("messages from outside", () => {
  it("of one id to two actors are two messages, also when they must wait [G2]", async () => {
    const runtime = await started([sleeper]);
    const [a, b] = [await spawned(runtime, "a", "sleeper"), await spawned(runtime, "b", "sleeper")];
    await database().pool.query("UPDATE bosun.actors SET status = 'quarantined'");
    await runtime.stop({ withinMs: 1_000 });
    const second = await started([sleeper]);
    for (const to of [a, b])
      expect(await second.send({ to, event: { type: "ADD" }, id: "m" })).toMatchObject({ outcome: "stored" });
    expect((await rows("SELECT address FROM bosun.inbox ORDER BY address")).map(({ address }) => address)).toEqual([a, b]);
    await second.restart(a, "snapshot");
    await until(second, a, ({ context }) => (context as { n: number }).n === 1);
    await second.stop({ withinMs: 1_000 });
    const third = await started([sleeper]);
    await third.restart(b, "snapshot");
    expect((await until(third, b, ({ context }) => (context as { n: number }).n === 1)).context).toMatchObject({ n: 1 });
  });

  it("of one id that come at once to an actor that must wait are one message [G2]", async () => {
    const runtime = await started([sleeper]);
    const to = await spawned(runtime, "a", "sleeper");
    await database().pool.query("UPDATE bosun.actors SET status = 'quarantined'");
    await runtime.stop({ withinMs: 1_000 });
    const second = await started([sleeper]);
    const receipts = await Promise.all([1, 2, 3].map(() => second.send({ to, event: { type: "ADD" }, id: "m" })));
    expect(receipts.map(({ receipt }) => receipt).sort()).toEqual(["accepted", "duplicate", "duplicate"]);
    await second.restart(to, "snapshot");
    await until(second, to, ({ status }) => status === "active");
    await second.send({ to, event: { type: "ADD" } });
    expect((await second.view(to))?.context).toMatchObject({ n: 2 });
  });

  it("leave nothing behind when their transition throws half-way [H5] [H10]", async () => {
    const runtime = await started([sleeper], { kinds: createKindRegistry([sleeper]) });
    const to = await spawned(runtime, "a", "sleeper");
    await Promise.all(["ADD", "SPOIL", "ADD"].map((type) => runtime.send({ to, event: { type } })));
    expect((await runtime.view(to))?.context).toEqual({ n: 2, notes: [] });
    await runtime.send({ to, event: { type: "SPOIL" } });
    await runtime.send({ to, event: { type: "ADD" } });
    expect((await runtime.view(to))?.context).toEqual({ n: 3, notes: [] });
  });

  it("spawn one actor, however many ask at once [G8]", async () => {
    const runtime = await started([sleeper]);
    const address = `${SCOPE}/a`;
    const answers = await Promise.all([1, 2, 3].map(() => runtime.spawn({ address, kind: "sleeper", input: null })));
    expect(answers.sort()).toEqual(["created", "exists", "exists"]);
    await until(runtime, address, ({ status }) => status === "active");
    await runtime.send({ to: address, event: { type: "ADD" } });
    expect((await runtime.view(address))?.context).toMatchObject({ n: 1 });
  });

  it("replay a dead letter once, however often it is asked for at once [G2]", async () => {
    const runtime = await started([sleeper]);
    const to = await spawned(runtime, "a", "sleeper");
    await database().pool.query(
      `INSERT INTO bosun.dead_letters (id, scope, address, sender, event, reason, detail, at_ms) VALUES ('x', $1, $2, NULL, '{"type":"ADD"}', 'failed', '', 0)`,
      [SCOPE, to],
    );
    expect((await Promise.all([1, 2, 3].map(() => runtime.replayDeadLetter("x")))).sort()).toContain("replayed");
    await runtime.send({ to, event: { type: "ADD" } });
    expect((await runtime.view(to))?.context).toMatchObject({ n: 2 });
  });
});

/** Tells the receiver what it is told; remembers the order. */
const relay: ActorKind = {
  ...common,
  kind: "relay",
  machine: setup({ types: { context: {} as { heard: number[] } } }).createMachine({
    context: () => ({ heard: [] }),
    on: {
      TELL: { actions: sendToAddress(`${SCOPE}/b`, ({ event }) => ({ type: "HEAR", n: Number(event["n"]) })) },
      HEAR: { actions: assign({ heard: ({ context, event }) => [...context.heard, Number(event["n"])] }) },
    },
  }),
  events: { TELL: z.object({ n: z.number() }), HEAR: z.object({ n: z.number() }) },
};

describe("the order of mail", () => {
  it("is that of the sender's commits, over folds and restarts [G3] [H10]", async () => {
    const numbers = Array.from({ length: 60 }, (_, n) => n);
    let runtime = await started([relay], { limits: { maxFold: 7 } });
    const [a, b] = [await spawned(runtime, "a", "relay"), await spawned(runtime, "b", "relay")];
    for (const half of [numbers.slice(0, 30), numbers.slice(30)]) {
      await Promise.all(half.map((n) => runtime.send({ to: a, event: { type: "TELL", n } })));
      await runtime.stop({ withinMs: 1_000 });
      runtime = await started([relay], { limits: { maxFold: 7 } });
    }
    const view = await until(runtime, b, ({ context }) => (context as { heard: number[] }).heard.length >= numbers.length);
    expect(view.context).toEqual({ heard: numbers });
  });

  it("leaves no row behind that another daemon's slower commit makes visible after a later one [H10]", async () => {
    const runtime = await started([relay], { limits: { foreignMailPollMs: 20 } });
    const b = await spawned(runtime, "b", "relay");
    const post = (id: string, commitNo: number): Promise<unknown> =>
      database().pool.query(
        `INSERT INTO bosun.inbox (id, address, scope, commit_no, idx, type, body, sender, at_ms, foreign_mail)
         VALUES ($1, $2, $3, $4, 0, 'message', $5, 'agent/2026-11-21/OTHER/x', 0, true)`,
        [id, b, SCOPE, commitNo, JSON.stringify({ type: "HEAR", n: commitNo })],
      );
    await post("late", 9);
    await until(runtime, b, ({ context }) => (context as { heard: number[] }).heard.length === 1);
    await post("early", 4);
    const view = await until(runtime, b, ({ context }) => (context as { heard: number[] }).heard.length === 2);
    expect(view.context).toEqual({ heard: [9, 4] });
    expect(await rows("SELECT id FROM bosun.inbox")).toEqual([]);
  });
});
