/** The process that bench/recovery.bench.ts kills: it creates its actors, or finds them, applies one event, says so, and waits for its end. */
import { assign, fromPromise, setup } from "xstate";
import { z } from "zod";
import { openDatabase } from "../src/persistence/database.ts";
import { createRuntimeStore } from "../src/persistence/runtime.store.ts";
import { createHost } from "../src/runtime/host.ts";
import { defineActorKind, defineJob } from "../src/runtime/kind.ts";
import { createKindRegistry } from "../src/runtime/registry.ts";
import { createSystemEnvironment } from "../src/runtime/systemEnvironment.ts";
import { createSupervision } from "../src/supervisor/ladder.ts";
import { quiet } from "./benchServer.ts";

const [url = "", count = "0"] = process.argv.slice(2);
const actors = Number(count);
const scope = `recovery/${actors}`;

const machine = setup({
  types: { context: {} as { pokes: number; cargo: readonly { good: string; units: number }[] } },
  actors: { wait: fromPromise<null>(() => Promise.resolve(null)) },
}).createMachine({
  id: "waiter",
  context: { pokes: 0, cargo: Array.from({ length: 5 }, (_, index) => ({ good: `GOOD_${index}`, units: index })) },
  initial: "waiting",
  states: { waiting: { invoke: { src: "wait", id: "wait" }, after: { 3_600_000: "late" } }, late: {} },
  on: { POKE: { actions: assign({ pokes: ({ context }) => context.pokes + 1 }) } },
});

const kind = defineActorKind({
  kind: "waiter",
  version: 1,
  machine,
  input: z.object({}),
  events: { POKE: z.object({}) },
  jobs: { wait: defineJob<unknown, null>({ retry: "safe", timeoutMs: 3_600_000, run: () => new Promise<null>(() => {}) }) },
  restart: {
    type: "permanent",
    maxRestarts: 3,
    withinMs: 60_000,
    backoff: { initialMs: 100, maxMs: 1000, factor: 2, jitter: 0, resetAfterMs: 60_000 },
    afresh: true,
  },
});

const database = openDatabase({ url, logger: quiet });
const startedAt = performance.now();
const runtime = createHost({
  scope,
  kinds: createKindRegistry([kind]),
  store: createRuntimeStore({ url, pool: database.pool, tables: [], logger: quiet }),
  supervision: createSupervision(),
  environment: createSystemEnvironment(quiet),
});
const boot = await runtime.start();
const readyMs = performance.now() - startedAt;
if (boot.actors === 0) {
  const waiting = new Set(Array.from({ length: actors }, (_, index) => `${scope}/waiter/${index}`));
  const allActive = new Promise<void>((resolve) => {
    runtime.observe((notice) => {
      if (notice.notice === "transition" && waiting.delete(notice.address) && waiting.size === 0) resolve();
    });
  });
  const addresses = [...waiting];
  while (addresses.length > 0) {
    await Promise.all(addresses.splice(0, 500).map((address) => runtime.spawn({ address, kind: "waiter", input: {} })));
  }
  await allActive;
}
const receipt = await runtime.send({ to: `${scope}/waiter/${actors - 1}`, event: { type: "POKE" } });
if (receipt.receipt !== "accepted" || receipt.outcome !== "applied")
  throw new Error(`the first event was not applied: ${JSON.stringify(receipt)}`);
const firstEventMs = performance.now() - startedAt;
const rssMb = process.memoryUsage.rss() / 2 ** 20;
console.log(JSON.stringify({ actors: boot.actors, jobs: boot.jobsResumed, timers: boot.timers, readyMs, firstEventMs, rssMb }));
