import { describe, expect, it } from "vitest";
import { assign, setup } from "xstate";
import { z } from "zod";
import { sendToAddress } from "../../src/runtime/authoring.ts";
import type { ActorKind } from "../../src/runtime/kind.ts";
import type { ReadModelTable } from "../../src/runtime/readModel.ts";
import { useHosts } from "../support/hostBed.ts";
import { quickRestart, SCOPE, until } from "../support/hostFixture.ts";

const { started, spawned, rows } = useHosts(["shown"]);
const common = { version: 1, input: z.unknown(), jobs: {} } as const;
const restart = { ...quickRestart, maxRestarts: 0, afresh: false };

const sleeper: ActorKind = {
  ...common,
  kind: "sleeper",
  restart,
  machine: setup({ types: { context: {} as { n: number } } }).createMachine({
    context: { n: 0 },
    initial: "asleep",
    states: { asleep: { after: { 3600000: "awake" } }, awake: {} },
    on: { ADD: { actions: assign({ n: ({ context }) => context.n + 1 }) } },
  }),
  events: { ADD: z.object({}) },
};

/** What a process leaves behind that has ended twice in the transition of `messageId`. */
async function endedTwice(address: string, messageId: string): Promise<void> {
  await rows(`INSERT INTO bosun.attempts VALUES ('${address}', '${messageId}', '${SCOPE}', 2, ${Date.now()})`);
}

describe("a transition that ended the process twice", () => {
  it("of a timer fails its actor alone, is not run again and keeps the timer [G4] [G7] [H8]", async () => {
    const first = await started([sleeper]);
    const [a, b] = [await spawned(first, "a", "sleeper"), await spawned(first, "b", "sleeper")];
    await first.stop({ withinMs: 500 });
    const [timer] = await rows(`UPDATE bosun.timers SET due_at_ms = 0 WHERE address = '${a}' RETURNING id, generation`);
    await endedTwice(a, `timer:${String(timer?.["id"])}:${String(timer?.["generation"])}`);
    const second = await started([sleeper]);
    const view = await until(second, a, ({ status }) => status === "quarantined");
    expect(view).toMatchObject({ value: "asleep", lastError: { name: "ProcessEnded" } });
    expect(await rows(`SELECT id FROM bosun.timers WHERE address = '${a}'`)).toHaveLength(1);
    expect(await rows("SELECT * FROM bosun.dead_letters")).toEqual([]);
    expect(await second.send({ to: b, event: { type: "ADD" } })).toMatchObject({ outcome: "applied" });
  });

  it("of a birth quarantines the actor that cannot begin, and is not run again [G7] [H8]", async () => {
    await endedTwice(`${SCOPE}/a`, "begin:1");
    const runtime = await started([sleeper]);
    const address = await spawned(runtime, "a", "sleeper");
    const view = await until(runtime, address, ({ status }) => status === "quarantined");
    expect(view).toMatchObject({ incarnation: 1, lastError: { name: "ProcessEnded" } });
    const other = await spawned(runtime, "b", "sleeper");
    expect(await runtime.send({ to: other, event: { type: "ADD" } })).toMatchObject({ outcome: "applied" });
  });

  it("of a child's end fails the parent, which does not wait for ever [G7] [H8]", async () => {
    const kid: ActorKind = {
      ...common,
      kind: "kid",
      restart,
      machine: setup({}).createMachine({
        initial: "on",
        states: { on: { on: { END: "over" } }, over: { type: "final" } },
      }),
      events: { END: z.object({}) },
    };
    const parent: ActorKind = {
      ...common,
      kind: "parent",
      restart,
      machine: setup({ actors: { kid: kid.machine } }).createMachine({
        initial: "busy",
        states: { busy: { invoke: { id: "k", src: "kid", onDone: "over" } }, over: {} },
      }),
      events: {},
    };
    const first = await started([kid, parent]);
    const address = await spawned(first, "p", "parent");
    const child = await until(first, `${address}/k`, ({ status }) => status === "active");
    // The id of the end that the child's next version will tell.
    await first.stop({ withinMs: 500 });
    await endedTwice(address, `${address}/k:${child.version + 1}:done`);
    const second = await started([kid, parent]);
    await second.send({ to: `${address}/k`, event: { type: "END" } });
    const view = await until(second, address, ({ status, value }) => status === "quarantined" || value === "over");
    expect(view).toMatchObject({ status: "quarantined", lastError: { name: "ProcessEnded" } });
    expect(await rows("SELECT * FROM bosun.dead_letters")).toEqual([]);
  });
});

const shown: ReadModelTable = { name: "shown", key: ["agent", "owner"], nature: "derived" };

/** Counts and shows its count, which it cannot show after a JUMP; sends ADD at TELL. */
const counter: ActorKind = {
  ...common,
  kind: "counter",
  restart,
  machine: setup({ types: { context: {} as { n: number } } }).createMachine({
    context: { n: 0 },
    on: {
      ADD: { actions: assign({ n: ({ context }) => context.n + 1 }) },
      JUMP: { actions: [assign({ n: 100 }), sendToAddress(`${SCOPE}/b`, { type: "ADD" })] },
      TELL: { actions: sendToAddress(`${SCOPE}/b`, { type: "ADD" }) },
    },
  }),
  events: { ADD: z.object({}), JUMP: z.object({}), TELL: z.object({}) },
  project: ({ agent, address, after, event }) => {
    if (event.type === "JUMP") throw new Error("cannot be shown");
    return [{ op: "upsert", table: "shown", row: { agent, owner: address, n: (after.context as { n: number }).n } }];
  },
};

describe("a projection that throws", () => {
  it("fails that one transition: nothing of it stays, and the events around it are applied [G7] [H10] [H13]", async () => {
    await rows("CREATE TABLE public.shown (agent text, owner text, n integer, PRIMARY KEY (agent, owner))");
    const runtime = await started([counter], { tables: [shown] });
    const [a, b] = [await spawned(runtime, "a", "counter"), await spawned(runtime, "b", "counter")];
    const receipts = await Promise.all(["ADD", "JUMP", "ADD"].map((type) => runtime.send({ to: a, event: { type } })));
    expect(receipts).toMatchObject([
      { receipt: "accepted", outcome: "applied" },
      { receipt: "refused", reason: "invalid", detail: "Error: cannot be shown" },
      { receipt: "accepted", outcome: "applied" },
    ]);
    expect(await runtime.view(a)).toMatchObject({ status: "active", context: { n: 2 } });
    expect(await rows("SELECT address, reason, detail FROM bosun.dead_letters")).toEqual([
      { address: a, reason: "failed", detail: "Error: cannot be shown" },
    ]);
    await runtime.send({ to: b, event: { type: "ADD" } });
    expect(await rows("SELECT owner, n FROM public.shown ORDER BY owner")).toEqual([
      { owner: a, n: 2 },
      { owner: b, n: 1 },
    ]);
  });
});

describe("the mailbox of a quarantined actor", () => {
  it("is bounded: what other actors send beyond that is listed, and can be replayed [G2] [H9]", async () => {
    await rows("CREATE TABLE public.shown (agent text, owner text, n integer, PRIMARY KEY (agent, owner))");
    const first = await started([counter], { tables: [shown] });
    const [a, b] = [await spawned(first, "a", "counter"), await spawned(first, "b", "counter")];
    await first.stop({ withinMs: 500 });
    await rows(`UPDATE bosun.actors SET status = 'quarantined' WHERE address = '${b}'`);
    const runtime = await started([counter], { tables: [shown], limits: { maxMailbox: 3 } });
    for (let sent = 0; sent < 5; sent++) {
      expect(await runtime.send({ to: a, event: { type: "TELL" } })).toMatchObject({ outcome: "applied" });
    }
    expect(await runtime.send({ to: b, event: { type: "ADD" } })).toMatchObject({ receipt: "refused", reason: "busy" });
    expect(await rows(`SELECT count(*)::int AS n FROM bosun.inbox WHERE address = '${b}'`)).toEqual([{ n: 3 }]);
    const letters = await rows("SELECT id, address, sender, reason FROM bosun.dead_letters");
    expect(letters).toMatchObject(Array.from({ length: 2 }, () => ({ address: b, sender: a, reason: "mailboxFull" })));
    await runtime.restart(b, "snapshot");
    await until(runtime, b, ({ context }) => (context as { n: number }).n === 3);
    for (const { id } of letters) expect(await runtime.replayDeadLetter(String(id))).toBe("replayed");
    await until(runtime, b, ({ context }) => (context as { n: number }).n === 5);
  });
});
