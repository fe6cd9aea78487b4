import type { Quote } from "../../src/domain/market.ts";
import type { ShipState } from "../../src/domain/ship.ts";
import { decodeSnapshot, encodeSnapshot } from "../../src/runtime/codec.ts";
import type { Effect } from "../../src/runtime/effect.ts";
import type { ActorSnapshot } from "../../src/runtime/registeredKind.ts";
import { createKindRegistry } from "../../src/runtime/registry.ts";
import { initial, step } from "../../src/runtime/step.ts";
import { idleKinds } from "../actors/support/idleKinds.ts";

/** Drives one actor of the fleet over the runtime's own `step`: nothing runs, every effect is seen. */
export const SCOPE = "agent/2026-11-21/TEST";
export const T0 = 1_700_000_000_000;

const registry = createKindRegistry(idleKinds(), { freeze: true });

type Event = { readonly type: string } & Readonly<Record<string, unknown>>;

export class DrivenActor {
  readonly address: string;
  readonly #kind;
  #snapshot: ActorSnapshot;
  #version = 1;
  nowMs = T0;
  /** Of the last event. */
  effects: readonly Effect[];

  constructor(kind: string, address: string, input: unknown) {
    const registered = registry.get(kind);
    if (registered === undefined) throw new Error(`no kind ${kind}`);
    this.#kind = registered;
    this.address = address;
    const begun = initial(registered, this.#identity(0), input, { at: this.nowMs, seed: 1 });
    if (begun.outcome !== "advanced") throw new Error(JSON.stringify(begun));
    this.#snapshot = begun.snapshot;
    this.effects = begun.effects;
  }

  #identity(version: number) {
    return { address: this.address, parent: this.address.slice(0, this.address.lastIndexOf("/")), version };
  }

  get value(): unknown {
    return this.#snapshot.value;
  }
  get status(): string {
    return this.#snapshot.status;
  }
  get output(): unknown {
    return this.#snapshot.output;
  }
  context<Context>(): Context {
    return this.#snapshot.context as Context;
  }
  /** Its state as a row holds it. */
  get stored(): string {
    return encodeSnapshot(this.#kind, this.#snapshot);
  }

  send(event: Event): this {
    return this.#apply(event, "message");
  }
  /** The job that is running ends with `output`. */
  finish(job: string, output: unknown): this {
    return this.#apply({ type: `xstate.done.actor.${job}`, output, actorId: job }, "own");
  }
  fail(job: string, name: string): this {
    return this.#apply({ type: `xstate.error.actor.${job}`, error: { name, message: name }, actorId: job }, "own");
  }
  fire(timer: string): this {
    return this.#apply({ type: timer }, "own");
  }

  #apply(event: Event, origin: "message" | "own"): this {
    const stamped = { ...event, at: this.nowMs, seed: 1 };
    const stepped = step(this.#kind, { ...this.#identity(this.#version), snapshot: this.#snapshot }, stamped, origin);
    this.effects = [];
    if (stepped.outcome === "ignored") return this;
    if (stepped.outcome !== "advanced") throw new Error(`${event.type}: ${JSON.stringify(stepped)}`);
    this.#version += 1;
    // As after a crash: only what can be stored comes back.
    const decoded = decodeSnapshot(this.#kind, encodeSnapshot(this.#kind, stepped.snapshot));
    if (decoded.decoded !== "ok") throw new Error(JSON.stringify(decoded.error));
    this.#snapshot = decoded.snapshot;
    this.effects = stepped.effects;
    return this;
  }

  sent(type: string): readonly (Event & { readonly to: string })[] {
    return this.effects.flatMap((effect) =>
      effect.type === "send" && effect.event.type === type ? [{ ...effect.event, to: effect.to }] : [],
    );
  }
  emitted(type: string): readonly Event[] {
    return this.effects.flatMap((effect) => (effect.type === "emit" && effect.event.type === type ? [effect.event] : []));
  }
  jobs(): readonly string[] {
    return this.effects.flatMap((effect) => (effect.type === "startJob" ? [effect.src] : []));
  }
  children(kind: string): readonly Extract<Effect, { type: "startChild" }>[] {
    return this.effects.flatMap((effect) => (effect.type === "startChild" && effect.kind === kind ? [effect] : []));
  }
  timers(): readonly Extract<Effect, { type: "startTimer" }>[] {
    return this.effects.flatMap((effect) => (effect.type === "startTimer" ? [effect] : []));
  }
}

export function shipState(change: Partial<ShipState> = {}): ShipState {
  return {
    symbol: "S-1",
    role: "COMMAND",
    frame: "FRAME_FRIGATE",
    system: "X1-A",
    waypoint: "X1-A-1",
    nav: "IN_ORBIT",
    flightMode: "CRUISE",
    arrivalAtMs: undefined,
    speed: 36,
    fuelUnits: 400,
    fuelCapacity: 400,
    cargoCapacity: 40,
    cargoUnits: 0,
    cargo: [],
    ...change,
  };
}

export function loaded(good: string, units: number, change: Partial<ShipState> = {}): ShipState {
  return shipState({ cargo: [{ good, units }], cargoUnits: units, ...change });
}

export function quote(change: Partial<Quote> = {}): Quote {
  return {
    waypoint: "X1-A-1",
    good: "IRON",
    type: "EXPORT",
    tradeVolume: 60,
    supply: "HIGH",
    activity: "WEAK",
    askCredits: 100,
    bidCredits: 48,
    observedAtMs: T0,
    ...change,
  };
}
