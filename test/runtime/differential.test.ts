import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AnyStateMachine, fromPromise } from "xstate";
import { decodeSnapshot, encodeSnapshot } from "../../src/runtime/codec.ts";
import type { Effect } from "../../src/runtime/effect.ts";
import type { RegisteredKind } from "../../src/runtime/registeredKind.ts";
import { registerKind } from "../../src/runtime/registry.ts";
import { type ActorStep, type EventOrigin, initial, step } from "../../src/runtime/step.ts";
import { Live, type Observation, plain, SEED, type Stimulus, stimulus } from "./liveActor.ts";
import { EVENTS, randomMachine } from "./randomMachine.ts";
import { ADDRESS, kindOf } from "./testKind.ts";

/**
 * For random machines of the closed list and random events, a durable actor that is encoded to text and decoded again after every
 * commit ends in the same state, context, output, publications and running jobs as a live `createActor` on a simulated clock.
 *
 * Quiescence: the two are compared after each external stimulus, when both have no internal event left. A stimulus is one event sent,
 * one job settled by the script, or the clock moved on. Timers due on the way fire one at a time, each at its own due time.
 *
 * Excluded, because the two legally differ: two pending timers of one id (live fires both, ours replaces, so each raise is preceded
 * by a cancel); timers due at the same instant (live has no defined order; such runs are skipped); children that are machines (a live child
 * starts inside its parent's macrostep); a job started under an id that still runs (XState enters a state twice without leaving it when
 * a history target resolves to the transition's own source; live then runs both, ours replaces) and
 * states that XState leaves active beside their state value when transitions of parallel regions conflict (ours fails): such runs end; `self` and `system`; what follows an unhandled error (live is dead, ours is restarted by
 * supervision: the run ends when both have failed); custom actions.
 */
interface Timer {
  readonly dueAtMs: number;
  readonly type: string;
}

/** The smallest durable host: rows are maps, a commit is an encode, and every step begins with a decode. */
class Durable {
  readonly kind: RegisteredKind;
  readonly timers = new Map<string, Timer>();
  readonly jobs: string[] = [];
  readonly emitted: unknown[] = [];
  nowMs = 0;
  version = 0;
  text = "";
  failed = false;

  constructor(machine: AnyStateMachine) {
    this.kind = registerKind(kindOf(machine, { events: EVENTS, jobs: ["job"] }), { freeze: true });
  }

  start(): void {
    this.commit(initial(this.kind, { address: ADDRESS, parent: undefined, version: 0 }, {}, { at: 0, seed: SEED }));
  }

  send(type: string, payload: Record<string, unknown> = {}, origin: EventOrigin = "message"): void {
    if (this.failed) return;
    const decoded = decodeSnapshot(this.kind, this.text);
    if (decoded.decoded === "refused") throw new Error(decoded.error.message);
    const actor = { address: ADDRESS, parent: undefined, version: this.version, snapshot: decoded.snapshot };
    this.commit(step(this.kind, actor, { ...payload, type, at: this.nowMs, seed: SEED }, origin));
  }

  settle(id: string, ok: boolean, data: unknown): void {
    this.forget(id);
    if (ok) this.send(`xstate.done.actor.${id}`, { output: data, actorId: id }, "own");
    else this.send(`xstate.error.actor.${id}`, { error: data, actorId: id }, "own");
  }

  /** The next timer due at or before `ms`; undefined when there is none, "tie" when two are due at the same time. */
  nextDue(ms: number): Timer | "tie" | undefined {
    const due = [...this.timers.values()].filter((timer) => timer.dueAtMs <= ms).sort((a, b) => a.dueAtMs - b.dueAtMs);
    return due[0] !== undefined && due[1]?.dueAtMs === due[0].dueAtMs ? "tie" : due[0];
  }

  fire(timer: Timer): void {
    this.nowMs = timer.dueAtMs;
    for (const [id, row] of this.timers) if (row === timer) this.timers.delete(id);
    this.send(timer.type, {}, "own");
  }

  observe(): Observation {
    if (this.failed) return { status: "error" };
    const { status, value, context, output } = JSON.parse(this.text) as Observation;
    return plain({ status, value, context, output, emitted: this.emitted, jobs: this.jobs });
  }

  private commit(result: ActorStep): void {
    if (result.outcome === "failed") this.failed = true;
    if (result.outcome !== "advanced") return;
    this.version++;
    this.text = encodeSnapshot(this.kind, result.snapshot);
    for (const effect of result.effects) this.perform(effect);
    if (result.status === "done") {
      this.timers.clear();
      this.jobs.length = 0;
    }
  }

  private forget(job: string): void {
    const index = this.jobs.indexOf(job);
    if (index >= 0) this.jobs.splice(index, 1);
  }

  private perform(effect: Effect): void {
    if (effect.type === "startTimer")
      this.timers.set(effect.id, { dueAtMs: this.nowMs + effect.delayMs, type: effect.event.type });
    else if (effect.type === "cancelTimer") this.timers.delete(effect.id);
    else if (effect.type === "startJob") this.jobs.push(effect.id);
    else if (effect.type === "stopChild") this.forget(effect.id);
    else if (effect.type === "emit") this.emitted.push(effect.event);
  }
}

function agree(durable: Durable, live: Live): void {
  expect(durable.observe()).toEqual(live.observe());
}

/** Gives the stimulus to both; "excluded" when the run has met semantics that legally differ. */
function stimulate(live: Live, durable: Durable, given: Stimulus, number: number): "done" | "excluded" {
  switch (given.type) {
    case "event":
      live.send(given.event);
      durable.send(given.event);
      return live.isBroken() ? "excluded" : "done";
    case "settle": {
      const id = durable.jobs[given.pick % Math.max(1, durable.jobs.length)];
      if (id === undefined) return "done";
      const data = given.ok ? { result: number } : { name: "Refused", message: `refusal ${number}` };
      live.settle(id, given.ok, data);
      durable.settle(id, given.ok, data);
      return live.isBroken() ? "excluded" : "done";
    }
    case "wait": {
      const until = durable.nowMs + given.ms;
      for (let timer = durable.nextDue(until); timer !== undefined; timer = durable.nextDue(until)) {
        if (timer === "tie") return "excluded";
        live.waitUntil(timer.dueAtMs);
        durable.fire(timer);
        if (live.isBroken()) return "excluded";
        agree(durable, live);
        if (durable.failed) return "done";
      }
      durable.nowMs = until;
      live.waitUntil(until);
      return "done";
    }
  }
}

describe("a durable actor and a live one [H1] [trap 1] [trap 2] [trap 5]", () => {
  it("end in the same state, context and output, with a restart after every commit", () => {
    const seen = { runs: 0, timers: 0, jobs: 0, history: 0, done: 0, errors: 0, skipped: 0 };
    fc.assert(
      fc.property(fc.gen(), fc.array(stimulus, { minLength: 5, maxLength: 30 }), (generate, stimuli) => {
        const choices: number[] = [];
        const machine = randomMachine(
          (bound) => {
            const choice = generate(fc.nat, { max: bound - 1 });
            choices.push(choice);
            return choice;
          },
          fromPromise(() => Promise.resolve()),
        );
        let replayed = 0;
        const live = new Live((job) => randomMachine(() => choices[replayed++] ?? 0, job));
        const durable = new Durable(machine);
        live.start();
        durable.start();
        if (live.isBroken()) return;
        agree(durable, live);
        for (const [number, given] of stimuli.entries()) {
          if (live.observe().status !== "active") break;
          seen.timers += given.type === "wait" && durable.timers.size > 0 ? 1 : 0;
          seen.jobs += given.type === "settle" && durable.jobs.length > 0 ? 1 : 0;
          if (stimulate(live, durable, given, number) !== "done") {
            seen.skipped++;
            return;
          }
          agree(durable, live);
        }
        seen.runs++;
        seen.errors += durable.failed ? 1 : 0;
        seen.done += durable.text.includes('"status":"done"') ? 1 : 0;
        seen.history += durable.text.includes('"history":{}') ? 0 : 1;
      }),
      {
        numRuns: Number(process.env["FC_RUNS"] ?? 200),
        seed: Number(process.env["FC_SEED"] ?? 20261121),
        interruptAfterTimeLimit: 30_000,
        endOnFailure: true,
      },
    );
    // A generator that stopped making one of these would leave the test empty.
    expect(Object.entries(seen).filter(([name, count]) => name !== "skipped" && count < 10)).toEqual([]);
  }, 60_000);
});
