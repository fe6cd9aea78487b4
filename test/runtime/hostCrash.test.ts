import { describe, expect, it } from "vitest";
import { assign, fromPromise, sendParent, sendTo, setup, spawnChild } from "xstate";
import { z } from "zod";
import { createHost } from "../../src/runtime/host.ts";
import type { JobContext } from "../../src/runtime/job.ts";
import type { ActorKind } from "../../src/runtime/kind.ts";
import type { ReadModelTable } from "../../src/runtime/readModel.ts";
import { createKindRegistry } from "../../src/runtime/registry.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import type { RuntimeStore } from "../../src/runtime/store.ts";
import { quickRestart, SCOPE, testSupervision } from "../support/hostFixture.ts";
import { createMemoryStore, MemoryDatabase } from "../support/memoryStore.ts";
import { silentLogger } from "../support/silentLogger.ts";
import { createVirtualClock, type VirtualClock } from "../support/virtualClock.ts";

const CHILDREN = 3;
const ledger: ReadModelTable = { name: "ledger", key: ["agent", "job_id"], nature: "fact" };

/** The outside world: what it was asked to do, by whom. It outlives every process. */
class World {
  readonly done = new Map<string, number>();
  /** The process that lives now; what a dead one still does in this test never happened. */
  process = 0;

  async buy(process: number, jobId: string, checkpoint: () => Promise<void>): Promise<string> {
    await checkpoint();
    if (process !== this.process) return await new Promise(() => {});
    this.done.set(jobId, (this.done.get(jobId) ?? 0) + 1);
    await Promise.resolve();
    if (process !== this.process) return await new Promise(() => {});
    return `bought by ${jobId}`;
  }
}

/** A boss that starts buyers; each waits, buys twice, tells its boss and ends; the boss ends when all have ended. */
function kinds(world: World, process: number): readonly ActorKind[] {
  const buyer = setup({
    types: { context: {} as { bought: string[]; index: number }, input: {} as number },
    delays: { rest: ({ context }) => 1_000 + 7 * context.index },
    actors: { buy: fromPromise(() => Promise.reject(new Error("replaced by the job"))) },
  }).createMachine({
    context: ({ input }) => ({ bought: [], index: input }),
    initial: "waiting",
    states: {
      waiting: { on: { GO: "resting" } },
      resting: { after: { rest: "first" } },
      first: {
        invoke: {
          id: "buy",
          src: "buy",
          onDone: {
            target: "second",
            actions: assign({ bought: ({ context, event }) => [...context.bought, String(event.output)] }),
          },
        },
      },
      second: {
        invoke: {
          id: "buy",
          src: "buy",
          onDone: {
            target: "told",
            actions: assign({ bought: ({ context, event }) => [...context.bought, String(event.output)] }),
          },
        },
      },
      told: { entry: sendParent({ type: "BOUGHT" }), after: { 500: "end" } },
      end: { type: "final" },
    },
    output: ({ context }) => context.bought,
  });
  const boss = setup({
    types: { context: {} as { told: number; outputs: string[] } },
    actors: { buyer },
  }).createMachine({
    context: { told: 0, outputs: [] },
    entry: [
      spawnChild("buyer", { id: "b0", input: 0 }),
      spawnChild("buyer", { id: "b1", input: 1 }),
      spawnChild("buyer", { id: "b2", input: 2 }),
      sendTo("b0", { type: "GO" }),
      sendTo("b1", { type: "GO" }),
      sendTo("b2", { type: "GO" }),
    ],
    initial: "working",
    states: {
      working: {
        always: { guard: ({ context }) => context.outputs.length === CHILDREN * 2, target: "over" },
        on: {
          BOUGHT: { actions: assign({ told: ({ context }) => context.told + 1 }) },
          ...Object.fromEntries(
            Array.from({ length: CHILDREN }, (_, index) => [
              `xstate.done.actor.b${index}`,
              {
                actions: assign({
                  outputs: ({ context, event }) => [...context.outputs, ...(event as unknown as { output: string[] }).output],
                }),
              },
            ]),
          ),
        },
      },
      over: { type: "final" },
    },
    output: ({ context }) => context,
  });
  const common = { version: 1, input: z.unknown(), restart: quickRestart } as const;
  return [
    { ...common, kind: "boss", machine: boss, events: { BOUGHT: z.object({}) }, jobs: {} },
    {
      ...common,
      kind: "buyer",
      machine: buyer,
      events: { GO: z.object({}) },
      jobs: {
        buy: {
          retry: "reconcile",
          timeoutMs: 5_000,
          run: (_input: unknown, context: JobContext<never>) =>
            world.buy(process, context.jobId, () => context.checkpoint({} as never)),
          reconcile: (_input: unknown, _facts: unknown, context: JobContext<never>) =>
            Promise.resolve(
              world.done.has(context.jobId)
                ? { verdict: "done" as const, output: `bought by ${context.jobId}` }
                : { verdict: "notDone" as const },
            ),
          facts: ({ jobId }: { jobId: string }) => [
            { op: "upsert" as const, table: "ledger", row: { agent: SCOPE, job_id: jobId } },
          ],
        },
      },
    },
  ];
}

interface Life {
  readonly runtime: Runtime;
  readonly gates: { count: number };
}

/** A process: its host, and the gate at which it dies. */
function live(
  database: MemoryDatabase,
  world: World,
  clock: VirtualClock,
  dieAt: number,
  died: () => void,
  wrap: (store: RuntimeStore) => RuntimeStore = (store) => store,
): Life {
  world.process += 1;
  const { process } = world;
  const gates = { count: 0 };
  let dead = false;
  const gate = async (): Promise<void> => {
    gates.count += 1;
    if (gates.count === dieAt) {
      dead = true;
      world.process += 1;
      died();
    }
    if (dead) await new Promise(() => {});
  };
  let seed = 1;
  const runtime = createHost({
    scope: SCOPE,
    kinds: createKindRegistry(kinds(world, process)),
    store: wrap(createMemoryStore(database, gate, [ledger])),
    supervision: testSupervision,
    environment: {
      clock,
      random: { nextSeed: () => (seed = (seed * 16_807) % 2_147_483_647) },
      ids: { nextId: () => `id-${process}-${(seed += 1)}` },
      logger: silentLogger,
    },
    transitionWatchdog: false,
    limits: { maintenanceEveryMs: 3_600_000, foreignMailPollMs: 3_600_000 },
  });
  return { runtime, gates };
}

async function begin(life: Life): Promise<void> {
  await life.runtime.start();
  await life.runtime.spawn({ address: `${SCOPE}/boss`, kind: "boss", input: null });
}

/** Lives and dies until the boss has ended; returns the number of gates that the first life passed. */
async function run(deaths: readonly number[]): Promise<{ database: MemoryDatabase; world: World; gates: number }> {
  const database = new MemoryDatabase();
  const world = new World();
  const clock = createVirtualClock();
  const over = (): boolean => database.actors.get(`${SCOPE}/boss`)?.status === "done";
  let firstGates = 0;
  for (const dieAt of [...deaths, Number.POSITIVE_INFINITY]) {
    let dead = false;
    const life = live(database, world, clock, dieAt, () => {
      dead = true;
    });
    begin(life).catch((error: unknown) => {
      throw error;
    });
    await clock.runUntil(() => dead || over(), 600_000);
    if (firstGates === 0) firstGates = life.gates.count;
    if (!dead) break;
  }
  return { database, world, gates: firstGates };
}

/** What must hold in the end, whatever happened on the way. */
function account(database: MemoryDatabase, world: World) {
  const boss = database.actors.get(`${SCOPE}/boss`);
  const { context } = JSON.parse(boss?.snapshot ?? "{}") as { context?: { told: number; outputs: string[] } };
  return {
    status: boss?.status,
    told: context?.told,
    outputs: new Set(context?.outputs).size,
    purchases: [...world.done.values()],
    ledgerRows: database.model.size,
    leftOver: [...database.timers.keys(), ...database.jobs.keys(), ...database.inbox.keys(), ...database.deadLetters.keys()],
  };
}

const ALL_WELL: ReturnType<typeof account> = {
  status: "done",
  told: CHILDREN,
  outputs: CHILDREN * 2,
  purchases: Array.from({ length: CHILDREN * 2 }, () => 1),
  ledgerRows: CHILDREN * 2,
  leftOver: [],
};

describe("a host that dies", () => {
  it("loses nothing and does nothing twice, whatever await it dies at [G1] [G2] [G4] [G5] [H3] [H6] [R000-47]", async () => {
    const whole = await run([]);
    expect(account(whole.database, whole.world)).toEqual(ALL_WELL);
    expect(whole.gates).toBeGreaterThan(40);
    for (let dieAt = 1; dieAt <= whole.gates; dieAt++) {
      const { database, world } = await run([dieAt]);
      expect({ where: `died at gate ${dieAt}`, ...account(database, world) }).toEqual({
        where: `died at gate ${dieAt}`,
        ...ALL_WELL,
      });
    }
  });

  it("survives deaths during its recoveries too [G1] [G5] [R002-98]", async () => {
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return 1 + (seed % below);
    };
    for (let round = 0; round < 60; round++) {
      const deaths = Array.from({ length: 5 }, () => random(30));
      const { database, world } = await run(deaths);
      expect({ where: `round ${round}, deaths at ${deaths.join(", ")}`, ...account(database, world) }).toEqual({
        where: `round ${round}, deaths at ${deaths.join(", ")}`,
        ...ALL_WELL,
      });
    }
  });

  it("settles every commit whose answer was lost, written or not [G6] [H3]", async () => {
    for (const written of [true, false]) {
      for (let lostAt = 1; lostAt <= 40; lostAt++) {
        const database = new MemoryDatabase();
        const world = new World();
        const clock = createVirtualClock();
        let commits = 0;
        const losing = (store: RuntimeStore): RuntimeStore => ({
          ...store,
          commit: async (batch) => {
            commits += 1;
            if (commits % lostAt !== 0 || commits > 200) return await store.commit(batch);
            if (written) await store.commit(batch);
            return { result: "unknown", message: "the connection was lost" };
          },
        });
        // With lostAt 1 nothing would ever be answered.
        if (lostAt === 1) commits = 190;
        const beginning = begin(live(database, world, clock, Number.POSITIVE_INFINITY, () => {}, losing));
        await clock.runUntil(() => database.actors.get(`${SCOPE}/boss`)?.status === "done", 600_000);
        await beginning;
        expect({
          where: `every ${lostAt}th answer lost, ${written ? "written" : "not written"}`,
          ...account(database, world),
        }).toEqual({ where: `every ${lostAt}th answer lost, ${written ? "written" : "not written"}`, ...ALL_WELL });
      }
    }
  });
});
