import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AnyStateMachine, fromPromise, SimulatedClock } from "xstate";
import type { Clock } from "../../src/runtime/environment.ts";
import { createHost } from "../../src/runtime/host.ts";
import { createKindRegistry, type KindRegistry } from "../../src/runtime/registry.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import type { TimerRow } from "../../src/runtime/store.ts";
import { createMemoryStore, MemoryDatabase } from "../support/memoryStore.ts";
import { silentLogger } from "../support/silentLogger.ts";
import { Live, type Observation, plain, SEED, type Stimulus, stimulus } from "./liveActor.ts";
import { EVENTS, randomMachine } from "./randomMachine.ts";
import { kindOf } from "./testKind.ts";

/**
 * The comparison of differential.test.ts with the whole host in the place of its smallest model: mailbox, commit loop, timers and jobs. After every
 * commit the process dies, before anybody hears of it, and its successor starts from the rows. The same semantics are excluded; deadlines are
 * whole milliseconds on both sides.
 */
const SCOPE = "agent/2026-11-21/TEST";
const ADDRESS = `${SCOPE}/a`;

/** XState's clock in whole milliseconds, as the rows of timers are. */
class WholeClock extends SimulatedClock {
  override setTimeout(fire: (...args: unknown[]) => void, delayMs: number): number {
    return super.setTimeout(fire, Math.ceil(delayMs));
  }
}

/** One process after another on the same rows. */
class Crashing {
  readonly database = new MemoryDatabase();
  readonly kinds: KindRegistry;
  crashes = 0;
  #nowMs = 0;
  #life = 0;
  #operations = 0;
  #wakes: { readonly dueAtMs: number; readonly wake: () => void }[] = [];
  #jobs = new Map<string, { readonly done: (output: unknown) => void; readonly failed: (error: unknown) => void }>();
  #runtime: Runtime | undefined;

  constructor(machine: AnyStateMachine) {
    const run = (_input: unknown, { jobId }: { readonly jobId: string }): Promise<unknown> =>
      new Promise((done, failed) => this.#jobs.set(jobId, { done, failed }));
    // A job that never becomes sent has no deadline; after a crash a watchdog gives it the time of one attempt, here none.
    const kind = kindOf(machine, { events: EVENTS });
    this.kinds = createKindRegistry([{ ...kind, jobs: { job: { retry: "never", timeoutMs: 0.001, run } } }], { freeze: true });
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  async start(): Promise<void> {
    this.#boot();
    await this.#quiet();
    void this.#runtime?.spawn({ address: ADDRESS, kind: "m", input: {} });
    await this.#quiet();
  }

  async send(type: string): Promise<void> {
    void this.#runtime?.send({ to: ADDRESS, event: { type } });
    await this.#quiet();
  }

  async settle(childId: string, ok: boolean, data: unknown): Promise<void> {
    const row = [...this.database.jobs.values()].find((job) => job.childId === childId && !job.orphaned);
    const job = row === undefined ? undefined : this.#jobs.get(row.id);
    if (job === undefined) throw new Error(`the job ${childId} does not run`);
    if (ok) job.done(data);
    else job.failed(data);
    await this.#quiet();
  }

  async waitUntil(ms: number): Promise<void> {
    this.#nowMs = ms;
    const due = this.#wakes.filter((wake) => wake.dueAtMs <= ms);
    this.#wakes = this.#wakes.filter((wake) => wake.dueAtMs > ms);
    for (const { wake } of due) wake();
    await this.#quiet();
  }

  /** The next timer due at or before `ms`; "tie" when two are due at the same time. */
  nextDue(ms: number): TimerRow | "tie" | undefined {
    const due = [...this.database.timers.values()].filter((row) => row.dueAtMs <= ms).sort((a, b) => a.dueAtMs - b.dueAtMs);
    return due[0] !== undefined && due[1]?.dueAtMs === due[0].dueAtMs ? "tie" : due[0];
  }

  jobIds(): readonly string[] {
    return [...this.database.jobs.values()].filter((job) => !job.orphaned).map((job) => job.childId);
  }

  /** Whether a transition has failed; what supervision then does is not compared. */
  get failed(): boolean {
    return this.database.journal.some(
      // A job's result that the machine cannot take comes back to it as an error, which it may survive (H8).
      ({ outcome, cause }) => ["deadLetter", "failed", "gaveUp"].includes(outcome) || cause.endsWith(" rejected"),
    );
  }

  observe(): Observation {
    if (this.failed) return { status: "error" };
    const row = this.database.actors.get(ADDRESS);
    const { value, context, output } = JSON.parse(row?.snapshot ?? "{}") as Observation;
    const emitted = [...this.database.outbox.values()].map(({ event }) => JSON.parse(event) as unknown);
    return plain({ status: row?.status ?? "none", value, context, output, emitted, jobs: this.jobIds().toSorted() });
  }

  #boot(): void {
    this.#life += 1;
    const life = this.#life;
    this.#wakes = [];
    this.#jobs = new Map();
    const clock: Clock = {
      nowMs: () => this.#nowMs,
      wakeAt: (dueAtMs, wake) => {
        const entry = { dueAtMs, wake };
        if (life === this.#life) this.#wakes.push(entry);
        return () => {
          this.#wakes = this.#wakes.filter((other) => other !== entry);
        };
      },
    };
    const gate = (name: string): Promise<void> => {
      this.#operations += 1;
      if (life !== this.#life) return new Promise(() => {});
      if (name !== "commit after") return Promise.resolve();
      this.crashes += 1;
      this.#boot();
      return new Promise(() => {});
    };
    let ids = 0;
    this.#runtime = createHost({
      scope: SCOPE,
      kinds: this.kinds,
      store: createMemoryStore(this.database, gate),
      supervision: { decide: ({ history }) => ({ decision: "giveUp", history, reason: "the comparison ends here" }) },
      environment: {
        clock,
        random: { nextSeed: () => SEED },
        ids: { nextId: () => `${life}-${ids++}` },
        logger: silentLogger,
      },
      transitionWatchdog: false,
    });
    void this.#runtime.start();
  }

  /** Until no life has asked its database for anything in eight turns of the event loop. */
  async #quiet(): Promise<void> {
    for (let still = 0, seen = this.#operations; still < 8; still = seen === this.#operations ? still + 1 : 0) {
      seen = this.#operations;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

function agree(durable: Crashing, live: Live): void {
  const { jobs, ...seen } = live.observe();
  expect(durable.observe()).toEqual(jobs === undefined ? seen : { ...seen, jobs: jobs.toSorted() });
}

/** Gives the stimulus to both; "excluded" when the run has met semantics that legally differ. */
async function stimulate(live: Live, durable: Crashing, given: Stimulus, number: number): Promise<"done" | "excluded"> {
  switch (given.type) {
    case "event":
      live.send(given.event);
      await durable.send(given.event);
      return live.isBroken() ? "excluded" : "done";
    case "settle": {
      const ids = durable.jobIds();
      const id = ids[given.pick % Math.max(1, ids.length)];
      if (id === undefined) return "done";
      const data = given.ok ? { result: number } : { name: "Refused", message: `refusal ${number}` };
      live.settle(id, given.ok, data);
      await durable.settle(id, given.ok, data);
      return live.isBroken() ? "excluded" : "done";
    }
    case "wait": {
      const until = durable.nowMs + given.ms;
      for (let timer = durable.nextDue(until); timer !== undefined; timer = durable.nextDue(until)) {
        if (timer === "tie") return "excluded";
        live.waitUntil(timer.dueAtMs);
        await durable.waitUntil(timer.dueAtMs);
        if (live.isBroken()) return "excluded";
        agree(durable, live);
        if (durable.failed) return "done";
      }
      live.waitUntil(until);
      await durable.waitUntil(until);
      return "done";
    }
  }
}

describe("the whole host and a live actor [H1] [H2] [G4]", () => {
  it("end in the same state, context and output, with a crash after every commit", async () => {
    const seen = { runs: 0, crashes: 0, timers: 0, jobs: 0, done: 0 };
    await fc.assert(
      fc.asyncProperty(fc.gen(), fc.array(stimulus, { minLength: 5, maxLength: 20 }), async (generate, stimuli) => {
        const choices: number[] = [];
        const choose = (bound: number): number => {
          const choice = generate(fc.nat, { max: bound - 1 });
          choices.push(choice);
          return choice;
        };
        const durable = new Crashing(
          randomMachine(
            choose,
            fromPromise(() => Promise.resolve()),
          ),
        );
        let replayed = 0;
        const live = new Live((job) => randomMachine(() => choices[replayed++] ?? 0, job), new WholeClock());
        live.start();
        await durable.start();
        if (live.isBroken()) return;
        agree(durable, live);
        for (const [number, given] of stimuli.entries()) {
          if (live.observe().status !== "active") break;
          seen.timers += given.type === "wait" && durable.database.timers.size > 0 ? 1 : 0;
          seen.jobs += given.type === "settle" && durable.jobIds().length > 0 ? 1 : 0;
          if ((await stimulate(live, durable, given, number)) !== "done") return;
          agree(durable, live);
        }
        seen.runs += 1;
        seen.crashes += durable.crashes;
        seen.done += durable.observe().status === "done" ? 1 : 0;
      }),
      {
        numRuns: Number(process.env["FC_RUNS"] ?? 60),
        seed: Number(process.env["FC_SEED"] ?? 20261121),
        interruptAfterTimeLimit: 30_000,
        endOnFailure: true,
      },
    );
    // A generator that stopped making one of these would leave the test empty.
    expect(Object.entries(seen).filter(([, count]) => count < 3)).toEqual([]);
  }, 60_000);
});
