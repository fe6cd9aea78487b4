import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { assign, setup } from "xstate";
import { z } from "zod";
import { readBreadcrumb } from "../../src/runtime/breadcrumb.ts";
import type { ActorKind } from "../../src/runtime/kind.ts";
import { useHosts } from "../support/hostBed.ts";
import { quickRestart, SCOPE, until } from "../support/hostFixture.ts";

const { started, spawned, rows } = useHosts();

let directory: string;
let breadcrumbPath: string;
/** Who was named in the breadcrumb while each message was in transition, by message. */
let named: Map<string, string[]>;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "bosun-suspects-"));
  breadcrumbPath = join(directory, "transition");
  named = new Map();
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Looks at the breadcrumb in the middle of each transition, as a process that ends there would leave it. */
const watcher: ActorKind = {
  kind: "watcher",
  version: 1,
  input: z.unknown(),
  restart: quickRestart,
  jobs: {},
  events: { ADD: z.object({ id: z.string() }) },
  machine: setup({ types: { context: {} as { n: number }, events: {} as { type: "ADD"; id: string } } }).createMachine({
    context: { n: 0 },
    on: {
      ADD: {
        actions: assign(({ context, event }) => {
          named.set(
            event.id,
            readBreadcrumb(breadcrumbPath).map(({ messageId }) => messageId),
          );
          return { n: context.n + 1 };
        }),
      },
    },
  }),
};

/** Who was named at each of its wakings: it fails at the first, tried twice as any failure is, and is awake after its restart. */
let wakings: string[][] = [];
beforeEach(() => {
  wakings = [];
});

const sleeper: ActorKind = {
  kind: "sleeper",
  version: 1,
  input: z.unknown(),
  // Long enough to leave it mail meanwhile.
  restart: { ...quickRestart, backoff: { ...quickRestart.backoff, initialMs: 300 } },
  jobs: {},
  events: { ADD: z.object({ id: z.string() }) },
  machine: setup({}).createMachine({
    initial: "asleep",
    on: { ADD: {} },
    states: {
      asleep: {
        after: {
          3600000: {
            target: "awake",
            actions: assign(() => {
              wakings.push(readBreadcrumb(breadcrumbPath).map(({ messageId }) => messageId));
              if (wakings.length < 3) throw new Error("it cannot wake yet");
              return {};
            }),
          },
        },
      },
      awake: {},
    },
  }),
};

const add = (to: string, id: string) => ({ to, id, event: { type: "ADD", id } });

async function leaveMail(address: string, ids: readonly string[]): Promise<void> {
  for (const [index, id] of ids.entries()) {
    await rows(
      `INSERT INTO bosun.inbox (id, address, scope, commit_no, idx, type, body, at_ms)
       VALUES ('${id}', '${address}', '${SCOPE}', 1, ${index}, 'message', '${JSON.stringify({ type: "ADD", id })}', 0)`,
    );
  }
}

describe("messages that are tried together", () => {
  it("are named together before the first of them, and none is named afterwards [G7] [H8]", async () => {
    const runtime = await started([watcher], { breadcrumbPath });
    const [a, b] = [await spawned(runtime, "a", "watcher"), await spawned(runtime, "b", "watcher")];
    await Promise.all([add(a, "a1"), add(a, "a2"), add(b, "b1")].map((message) => runtime.send(message)));
    expect(Object.fromEntries(named)).toEqual({ a1: ["a1", "a2", "b1"], a2: ["a1", "a2", "b1"], b1: ["a1", "a2", "b1"] });
    expect(readBreadcrumb(breadcrumbPath)).toEqual([]);
  });

  it("are named only when they can be met again: an id that nobody chose ends with its process [H8]", async () => {
    const runtime = await started([watcher], { breadcrumbPath });
    const address = await spawned(runtime, "a", "watcher");
    await Promise.all([
      runtime.send(add(address, "chosen")),
      runtime.send({ to: address, event: { type: "ADD", id: "unnamed" } }),
    ]);
    expect(named.get("unnamed")).toEqual(["chosen"]);
  });

  it("are suspected together at an unclean end, and from then on tried one by one [G7] [G12] [H8]", async () => {
    const first = await started([watcher]);
    const [a, b] = [await spawned(first, "a", "watcher"), await spawned(first, "b", "watcher")];
    await first.stop({ withinMs: 1_000 });
    await leaveMail(a, ["a1", "a2"]);
    await leaveMail(b, ["b1", "b2"]);
    writeFileSync(
      breadcrumbPath,
      `+${JSON.stringify([
        [a, "a1"],
        [a, "a2"],
        [b, "b1"],
      ])}\n`,
    );
    const second = await started([watcher], { breadcrumbPath });
    await until(second, a, ({ context }) => Object(context).n === 2);
    await until(second, b, ({ context }) => Object(context).n === 2);
    expect(Object.fromEntries(named)).toMatchObject({ a1: ["a1"], a2: ["a2"], b1: ["b1"] });
    expect(await rows("SELECT message_id, count FROM bosun.attempts ORDER BY message_id")).toEqual(
      ["a1", "a2", "b1"].map((message_id) => ({ message_id, count: 1 })),
    );
    expect(await rows("SELECT id FROM bosun.dead_letters")).toEqual([]);
  });

  it("are suspected no more once they are settled: later mail is tried in groups again [H8]", async () => {
    const first = await started([watcher]);
    const a = await spawned(first, "a", "watcher");
    await first.stop({ withinMs: 1_000 });
    await leaveMail(a, ["a1"]);
    writeFileSync(breadcrumbPath, `+${JSON.stringify([[a, "a1"]])}\n`);
    const second = await started([watcher], { breadcrumbPath });
    await until(second, a, ({ context }) => Object(context).n === 1);
    await Promise.all([add(a, "a2"), add(a, "a3")].map((message) => second.send(message)));
    expect(Object.fromEntries(named)).toMatchObject({ a1: ["a1"], a2: ["a2", "a3"], a3: ["a2", "a3"] });
  });

  it("keep being suspected when they are offered again, as a timer is after its actor failed at it [G4] [H8]", async () => {
    const first = await started([sleeper]);
    const address = await spawned(first, "s", "sleeper");
    await first.stop({ withinMs: 1_000 });
    const [timer] = await rows(`UPDATE bosun.timers SET due_at_ms = 0 WHERE address = '${address}' RETURNING id, generation`);
    const messageId = `timer:${String(timer?.["id"])}:${String(timer?.["generation"])}`;
    writeFileSync(breadcrumbPath, `+${JSON.stringify([[address, messageId]])}\n`);
    const second = await started([sleeper], { breadcrumbPath });
    await until(second, address, ({ status }) => status === "backingOff");
    expect(await second.send(add(address, "s1"))).toMatchObject({ outcome: "stored" });
    await until(second, address, ({ value }) => value === "awake");
    expect(wakings).toEqual([[messageId], [messageId], [messageId]]);
  });
});
