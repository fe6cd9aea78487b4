import fc from "fast-check";
import {
  type AnyActorRef,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  createActor,
  fromPromise,
  SimulatedClock,
} from "xstate";
import { stamped } from "../../src/runtime/authoring.ts";
import { configurationProblem } from "../../src/runtime/configuration.ts";
import { EVENTS } from "./randomMachine.ts";

/** The random number of every event, on both sides. */
export const SEED = 99;

/** What a script does to both sides. */
export type Stimulus =
  | { readonly type: "event"; readonly event: (typeof EVENTS)[number] }
  | { readonly type: "settle"; readonly pick: number; readonly ok: boolean }
  | { readonly type: "wait"; readonly ms: number };

export const stimulus: fc.Arbitrary<Stimulus> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant("event" as const), event: fc.constantFrom(...EVENTS) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("settle" as const), pick: fc.nat(5), ok: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 900 }) }) },
);

/** What the two sides must agree on. */
export interface Observation {
  readonly status: string;
  readonly value?: unknown;
  readonly context?: unknown;
  readonly output?: unknown;
  readonly emitted?: readonly unknown[];
  readonly jobs?: readonly string[];
}

/** `createActor` as XState's documentation shows it; promises are settled by the script, synchronously. */
export class Live {
  readonly clock: SimulatedClock;
  readonly jobs: AnyActorRef[] = [];
  readonly emitted: unknown[] = [];
  readonly actor: AnyActorRef;

  constructor(build: (job: ReturnType<typeof fromPromise>) => AnyStateMachine, clock = new SimulatedClock()) {
    this.clock = clock;
    const job = fromPromise(({ self, signal }) => {
      this.jobs.push(self);
      signal.addEventListener("abort", () => this.forget(self));
      return new Promise<never>(() => {});
    });
    // The initial state is computed here, not by start().
    const actor = stamped({ at: 0, seed: SEED }, () => createActor(build(job), { clock: this.clock }));
    actor.on("*", (event: unknown) => this.emitted.push(event));
    actor.subscribe({ error: () => {} });
    this.actor = actor;
  }

  start(): void {
    stamped({ at: 0, seed: SEED }, () => this.actor.start());
  }

  send(type: string): void {
    this.stamp(() => this.actor.send({ type, at: this.clock.now(), seed: SEED }));
  }

  settle(id: string, ok: boolean, data: unknown): void {
    const job = this.jobs.find((candidate) => candidate.id === id);
    if (job === undefined) return;
    this.forget(job);
    this.stamp(() => job.send({ type: ok ? "xstate.promise.resolve" : "xstate.promise.reject", data }));
  }

  waitUntil(ms: number): void {
    stamped({ at: ms, seed: SEED }, () => this.clock.set(ms));
  }

  /** Whether XState itself has lost its way: two jobs or timers run under one id, or states are active that the state value does not show. */
  isBroken(): boolean {
    const snapshot = this.actor.getSnapshot() as AnyMachineSnapshot;
    const timeouts: unknown = Reflect.get(this.clock, "timeouts");
    const timers = Object.keys(this.actor.system.getSnapshot()._scheduledEvents).length;
    const twins =
      new Set(this.jobs.map((job) => job.id)).size < this.jobs.length || (timeouts instanceof Map && timeouts.size > timers);
    return twins || (snapshot.status === "active" && configurationProblem(snapshot) !== undefined);
  }

  observe(): Observation {
    const { status, value, context, output } = this.actor.getSnapshot();
    if (status === "error") return { status };
    const jobs = status === "done" ? [] : this.jobs.map((job) => job.id);
    return plain({ status, value, context, output, emitted: this.emitted, jobs });
  }

  private forget(job: AnyActorRef): void {
    const index = this.jobs.indexOf(job);
    if (index >= 0) this.jobs.splice(index, 1);
  }

  private stamp(run: () => void): void {
    stamped({ at: this.clock.now(), seed: SEED }, run);
  }
}

export function plain(observation: Observation): Observation {
  return JSON.parse(JSON.stringify(observation)) as Observation;
}
