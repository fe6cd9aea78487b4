import { afterEach, expect, it } from "vitest";
import type { Bus, BusState, PublishOutcome } from "../../src/messaging/bus.ts";
import { type OutboxEntry, type Relay, startRelay } from "../../src/messaging/relay.ts";
import type { RuntimeNotice } from "../../src/runtime/runtime.ts";
import { busEnvironment } from "./busRig.ts";

const SCOPE = "agent/2026-11-21/BOSUN";
const TASK = `${SCOPE}/coordinator/pipeline/1/task/2`;

/** A bus whose weather a test decides; what it took stays visible. */
function weatherBus() {
  const taken: { subject: string; id: string | undefined; payload: unknown }[] = [];
  const listeners = new Set<(state: BusState) => void>();
  let state: BusState = { state: "connected", detail: "", jetStream: false };
  const bus: Bus = {
    transport: "nats",
    state: () => state,
    onState(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async publish(subject, payload, options): Promise<PublishOutcome> {
      if (state.state !== "connected") return { outcome: "unavailable" };
      if (subject.endsWith("TOO_LARGE")) return { outcome: "refused", reason: "too large" };
      taken.push({ subject, payload, id: options?.id });
      return { outcome: "published" };
    },
    subscribe: () => () => undefined,
    serve: async () => undefined,
    request: async () => ({ reply: "error", code: 503, description: "" }),
    close: async () => undefined,
  };
  const set = (next: BusState): void => {
    state = next;
    for (const listener of listeners) listener(next);
  };
  return {
    bus,
    taken,
    goDown: () => set({ state: "disconnected", detail: "", sinceMs: 0 }),
    comeBack: () => set({ state: "connected", detail: "", jetStream: false }),
  };
}

function memoryOutbox(entries: OutboxEntry[]) {
  return {
    entries,
    takeOutbox: async (limit: number) => entries.slice(0, limit),
    ackOutbox: async (ids: readonly string[]) =>
      void entries.splice(0, entries.length, ...entries.filter((entry) => !ids.includes(entry.id))),
  };
}

function entry(version: number, type = "SOLD"): OutboxEntry {
  return { id: `row-${version}`, address: TASK, version, index: 0, event: JSON.stringify({ type, units: version }), atMs: 1_000 };
}

function transition(version: number, value: unknown): RuntimeNotice {
  const event = { type: "NEXT" };
  return { notice: "transition", address: TASK, kind: "task", version, atMs: 1_000, event, value, context: {}, status: "active" };
}

let relay: Relay | undefined;
afterEach(() => relay?.stop({ withinMs: 1_000 }));

it("publishes the outbox in order under address:version:index and acknowledges what was taken", async () => {
  const { bus, taken } = weatherBus();
  const outbox = memoryOutbox([entry(1), entry(2), entry(3, "TOO_LARGE"), entry(4)]);
  relay = startRelay({ scope: SCOPE, bus, outbox, environment: busEnvironment() });
  await expect.poll(() => outbox.entries).toEqual([]);
  expect(taken.map(({ id }) => id)).toEqual([`${TASK}:1:0`, `${TASK}:2:0`, `${TASK}:4:0`]);
  expect(taken[0]).toMatchObject({
    subject: "bosun.BOSUN.event.SOLD",
    payload: {
      agent: SCOPE,
      event: "event.SOLD",
      address: TASK,
      at: "1970-01-01T00:00:01.000Z",
      data: { type: "SOLD", units: 1 },
    },
  });
  expect(relay.stats()).toEqual({ published: 3, waiting: 0, dropped: 1 });
});

it("keeps the outbox while the bus is down and goes on when it is back [G12]", async () => {
  const { bus, taken, goDown, comeBack } = weatherBus();
  goDown();
  const outbox = memoryOutbox([entry(1)]);
  relay = startRelay({ scope: SCOPE, bus, outbox, environment: busEnvironment() });
  relay.observe({ notice: "emitted", address: TASK, version: 1, index: 0, event: { type: "SOLD" }, atMs: 1 });
  await new Promise((resolve) => setImmediate(resolve));
  expect([outbox.entries.length, taken.length]).toEqual([1, 0]);
  comeBack();
  await expect.poll(() => outbox.entries).toEqual([]);
  expect(taken).toHaveLength(1);
});

it("publishes what another scope has left under the subject and the name of that scope", async () => {
  const { bus, taken } = weatherBus();
  const old = "agent/2026-11-14/RIVAL/treasury";
  const outbox = memoryOutbox([{ ...entry(1), address: old }, entry(2)]);
  relay = startRelay({ scope: SCOPE, bus, outbox, environment: busEnvironment() });
  await expect.poll(() => outbox.entries).toEqual([]);
  expect(taken).toMatchObject([
    { subject: "bosun.RIVAL.event.SOLD", payload: { agent: "agent/2026-11-14/RIVAL", address: old } },
    { subject: "bosun.BOSUN.event.SOLD", payload: { agent: SCOPE, address: TASK } },
  ]);
});

it("tells lifecycle, task and supervision events, each state of a task once", async () => {
  const { bus, taken } = weatherBus();
  relay = startRelay({ scope: SCOPE, bus, environment: busEnvironment() });
  const about = { address: TASK, kind: "task", atMs: 1_000 };
  relay.observe({ notice: "started", parent: SCOPE, ...about });
  relay.observe(transition(2, { executing: "buying" }));
  relay.observe(transition(3, { executing: "buying" }));
  relay.observe({ ...transition(4, "idle"), kind: "ship" } as RuntimeNotice);
  relay.observe({ notice: "failed", error: { name: "Error", message: "x" }, decision: "quarantine", afterMs: 0, ...about });
  relay.observe({ notice: "emitted", address: TASK, version: 5, index: 1, event: { type: "SOLD" }, atMs: 1 });
  relay.observe({ notice: "jobSettled", address: TASK, jobId: "j", src: "buy", how: "done", atMs: 1 });
  relay.observe({ notice: "jobSettled", address: TASK, jobId: "k", src: "buy", how: "reconciledDone", atMs: 1 });
  relay.observe({ notice: "ended", status: "done", ...about });
  await expect
    .poll(() => taken.map(({ subject }) => subject))
    .toEqual([
      "bosun.BOSUN.lifecycle.started",
      "bosun.BOSUN.task.executing-buying",
      "bosun.BOSUN.supervision.failed",
      "bosun.BOSUN.event.SOLD",
      "bosun.BOSUN.job.reconciledDone",
      "bosun.BOSUN.lifecycle.ended",
    ]);
  expect(new Set(taken.map(({ id }) => id)).size).toBe(taken.length);
});

it("bounds what waits in memory and counts what it dropped", async () => {
  const { bus, taken, goDown, comeBack } = weatherBus();
  goDown();
  relay = startRelay({ scope: SCOPE, bus, environment: busEnvironment() });
  for (let version = 0; version < 1_200; version += 1) relay.observe(transition(version, `s${version}`));
  expect(relay.stats()).toEqual({ published: 0, waiting: 1_000, dropped: 200 });
  comeBack();
  await expect.poll(() => taken.length).toBe(1_000);
  expect(taken[0]?.subject).toBe("bosun.BOSUN.task.s200");
});

it("publishes what is left when it stops, and does not hang on a bus that is down", async () => {
  const { bus, taken, goDown } = weatherBus();
  const first = startRelay({ scope: SCOPE, bus, outbox: memoryOutbox([entry(1)]), environment: busEnvironment() });
  first.observe(transition(1, "done"));
  await first.stop({ withinMs: 2_000 });
  expect(taken).toHaveLength(2);
  goDown();
  const second = startRelay({ scope: SCOPE, bus, environment: busEnvironment() });
  second.observe(transition(1, "done"));
  await second.stop({ withinMs: 2_000 });
  expect(second.stats().waiting).toBe(1);
});
