import { describe, expect, it } from "vitest";
import { assign, setup } from "xstate";
import { z } from "zod";
import type { ActorKind } from "../../src/runtime/kind.ts";
import { useHosts } from "../support/hostBed.ts";
import { quickRestart, SCOPE, until } from "../support/hostFixture.ts";

const { started, spawned, rows } = useHosts();
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
