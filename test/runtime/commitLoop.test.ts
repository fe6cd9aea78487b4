import { describe, expect, it } from "vitest";
import { assign, createMachine } from "xstate";
import { createHost } from "../../src/runtime/host.ts";
import { createKindRegistry } from "../../src/runtime/registry.ts";
import type { Receipt, Runtime } from "../../src/runtime/runtime.ts";
import type { CommitBatch, RuntimeStore } from "../../src/runtime/store.ts";
import { createSystemEnvironment } from "../../src/runtime/systemEnvironment.ts";
import { SCOPE, silentLogger, testSupervision } from "../support/hostFixture.ts";
import { createMemoryStore, MemoryDatabase } from "../support/memoryStore.ts";
import { kindOf } from "./testKind.ts";

/** A host whose statements wait until the test lets them go, and which tells what it has computed. */
async function slowHost() {
  const computed: string[] = [];
  const batches: CommitBatch[] = [];
  const waiting: (() => void)[] = [];
  const fate = { held: false, next: "written" as "written" | "lost" };
  const machine = createMachine({
    id: "k",
    context: { n: 0 },
    on: {
      GO: {
        actions: assign(({ context, self }) => {
          computed.push(self.id.slice(SCOPE.length + 1));
          return { n: Reflect.get(context, "n") + 1 };
        }),
      },
    },
  });
  const inner = createMemoryStore(new MemoryDatabase());
  const store: RuntimeStore = {
    ...inner,
    async commit(batch) {
      batches.push(batch);
      if (fate.held) await new Promise<void>((resolve) => waiting.push(resolve));
      if (fate.next === "written") return await inner.commit(batch);
      fate.next = "written";
      return { result: "unknown", message: "lost" };
    },
  };
  const runtime = createHost({
    scope: SCOPE,
    kinds: createKindRegistry([kindOf(machine, { events: ["GO"] })], { freeze: true }),
    store,
    supervision: testSupervision,
    environment: createSystemEnvironment(silentLogger),
    transitionWatchdog: false,
  });
  await runtime.start();
  const started = new Set<string>();
  runtime.observe((notice) => {
    if (notice.notice === "started") started.add(notice.address);
  });
  for (const id of ["a", "b"]) await runtime.spawn({ address: `${SCOPE}/${id}`, kind: "k", input: {} });
  await turns(() => started.size === 2);
  return { runtime, computed, batches, waiting, fate };
}

async function turns(done: () => boolean): Promise<void> {
  for (let turn = 0; turn < 500 && !done(); turn++) await new Promise((resolve) => setImmediate(resolve));
}

function go(runtime: Runtime, id: string): Promise<Receipt> {
  return runtime.send({ to: `${SCOPE}/${id}`, event: { type: "GO" } });
}

describe("while a statement is on its way", () => {
  it("the next batch is composed from other actors, and written after it; its own actors wait [G1] [H10]", async () => {
    const { runtime, computed, batches, waiting, fate } = await slowHost();
    const before = batches.length;
    fate.held = true;
    const answers = [go(runtime, "a")];
    await turns(() => waiting.length === 1);
    answers.push(go(runtime, "a"), go(runtime, "b"));
    await turns(() => computed.length === 2);
    expect(computed).toEqual(["a", "b"]);
    expect(batches).toHaveLength(before + 1);
    fate.held = false;
    waiting[0]?.();
    expect((await Promise.all(answers)).map(({ receipt }) => receipt)).toEqual(["accepted", "accepted", "accepted"]);
    expect(batches.slice(before).map(({ updates }) => updates.map(({ address }) => address.at(-1)))).toEqual([["a"], ["b", "a"]]);
    await runtime.stop({ withinMs: 1_000 });
  });

  it("a batch composed ahead is given back and composed again when that statement's fate is unknown [G2] [H3]", async () => {
    const { runtime, computed, waiting, fate } = await slowHost();
    fate.held = true;
    const answers = [go(runtime, "a")];
    await turns(() => waiting.length === 1);
    answers.push(go(runtime, "b"));
    await turns(() => computed.includes("b"));
    const ahead = computed.length;
    expect(computed).toContain("b");
    fate.next = "lost";
    fate.held = false;
    waiting[0]?.();
    expect((await Promise.all(answers)).map(({ receipt }) => receipt)).toEqual(["accepted", "accepted"]);
    expect(computed.slice(ahead)).toContain("a");
    expect(computed.slice(ahead)).toContain("b");
    for (const id of ["a", "b"]) expect((await runtime.view(`${SCOPE}/${id}`))?.context).toEqual({ n: 1 });
    await runtime.stop({ withinMs: 1_000 });
  });
});
