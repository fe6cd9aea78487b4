/**
 * A counter that survives kill -9: every 200 ms it has a job write its number to a file, up to ten. Kill it and start it again.
 *   node --import tsx examples/counter.ts DIRECTORY
 */
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { assign, fromPromise, setup } from "xstate";
import { z } from "zod";
import { defineActorKind, defineJob, openRuntime } from "../src/library.ts";

const dataDirectory = process.argv[2] ?? "counter-data";
const machine = setup({
  types: { context: {} as { n: number } },
  actors: { write: fromPromise<void, { n: number }>(() => Promise.resolve()) },
}).createMachine({
  id: "counter",
  context: { n: 0 },
  initial: "resting",
  states: {
    resting: { always: { guard: ({ context }) => context.n >= 10, target: "finished" }, after: { 200: "writing" } },
    writing: {
      entry: assign({ n: ({ context }) => context.n + 1 }),
      invoke: { src: "write", id: "write", input: ({ context }) => ({ n: context.n }), onDone: "resting" },
    },
    finished: { type: "final" },
  },
});
const counter = defineActorKind({
  kind: "counter",
  version: 1,
  machine,
  input: z.object({}),
  events: {},
  // A kill between the write and its commit writes a number twice: a job that is `safe` says that this does no harm.
  jobs: {
    write: defineJob<{ n: number }, null>({
      retry: "safe",
      timeoutMs: 1000,
      run: ({ n }) => appendFile(join(dataDirectory, "numbers"), `${n}\n`).then(() => null),
    }),
  },
  restart: {
    type: "transient",
    maxRestarts: 3,
    withinMs: 60_000,
    backoff: { initialMs: 100, maxMs: 5000, factor: 2, jitter: 0.1, resetAfterMs: 60_000 },
    afresh: true,
  },
});

const counting = await openRuntime({ dataDirectory, scope: "example", kinds: [counter] });
console.log(
  `ready in ${Math.round(counting.boot.tookMs)} ms with ${counting.boot.actors} actors, ${counting.boot.timers} timers`,
);
counting.runtime.observe((notice) => {
  if (notice.notice === "transition") console.log(JSON.stringify(notice.value), JSON.stringify(notice.context));
  if (notice.notice === "ended") void counting.close();
});
await counting.runtime.spawn({ address: "example/counter", kind: "counter", input: {} });
