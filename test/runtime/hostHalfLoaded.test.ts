import { expect, it } from "vitest";
import { assign, setup } from "xstate";
import { z } from "zod";
import type { ActorKind } from "../../src/runtime/kind.ts";
import { useHosts } from "../support/hostBed.ts";
import { quickRestart, until } from "../support/hostFixture.ts";

const { started, spawned, rows } = useHosts();

/** Has something to do at every start: its timer is overdue. */
const sleeper: ActorKind = {
  kind: "sleeper",
  version: 1,
  input: z.unknown(),
  jobs: {},
  restart: quickRestart,
  events: {},
  machine: setup({ types: { context: {} as { n: number } } }).createMachine({
    context: { n: 0 },
    initial: "asleep",
    states: {
      asleep: { after: { 3600000: { target: "awake", actions: assign({ n: ({ context }) => context.n + 1 }) } } },
      awake: {},
    },
  }),
};

it.each(["actors", "inbox", "timers", "jobs", "attempts", "dead_letters"])(
  "ends a start that cannot read bosun.%s with an error, runs nothing on the rest, and goes on once it can [R000-18]",
  async (table) => {
    const first = await started([sleeper]);
    const address = await spawned(first, "a", "sleeper");
    await first.stop({ withinMs: 500 });
    await rows("UPDATE bosun.timers SET due_at_ms = 0");
    const written = "SELECT (SELECT max(version) FROM bosun.actors) AS version, (SELECT count(*) FROM bosun.journal) AS steps";
    const before = await rows(written);

    await rows(`ALTER TABLE bosun.${table} RENAME TO away`);
    try {
      await expect(started([sleeper])).rejects.toThrow(`relation "bosun.${table}" does not exist`);
    } finally {
      await rows(`ALTER TABLE bosun.away RENAME TO ${table}`);
    }
    expect(await rows(written)).toEqual(before);

    const next = await started([sleeper]);
    expect((await until(next, address, ({ value }) => value === "awake")).context).toEqual({ n: 1 });
  },
);
