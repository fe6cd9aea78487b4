import type { AnyStateMachine } from "xstate";
import { z } from "zod";
import type { ActorKind } from "../../src/runtime/kind.ts";
import type { ActorSnapshot, RegisteredKind } from "../../src/runtime/registeredKind.ts";
import { createKindRegistry, type RegistrationOptions } from "../../src/runtime/registry.ts";
import { type ActorInstant, type ActorStep, type EventOrigin, initial, step } from "../../src/runtime/step.ts";

/** A kind around `machine` that declares the events in `events` with any payload and the jobs in `jobs`. */
export function kindOf(
  machine: AnyStateMachine,
  parts: Partial<Omit<ActorKind, "events" | "jobs">> & { events?: readonly string[]; jobs?: readonly string[] } = {},
): ActorKind {
  const { events = [], jobs = [], ...rest } = parts;
  return {
    kind: machine.id,
    version: 1,
    machine,
    input: z.unknown(),
    events: Object.fromEntries(events.map((type) => [type, z.looseObject({})])),
    jobs: Object.fromEntries(
      jobs.map((src) => [src, { retry: "safe" as const, timeoutMs: 1000, run: () => Promise.resolve(null) }]),
    ),
    restart: {
      type: "permanent",
      maxRestarts: 3,
      withinMs: 60_000,
      backoff: { initialMs: 10, maxMs: 100, factor: 2, jitter: 0, resetAfterMs: 60_000 },
      afresh: true,
    },
    ...rest,
  };
}

export function registered(
  kind: ActorKind,
  others: readonly ActorKind[] = [],
  options: RegistrationOptions = { freeze: true },
): RegisteredKind {
  const found = createKindRegistry([kind, ...others], options).get(kind.kind);
  if (found === undefined) throw new Error("not registered");
  return found;
}

export const ADDRESS = "agent/2026-11-21/TEST/a";

/** The actor right after its creation. */
export function born(kind: RegisteredKind, input: unknown = {}): ActorInstant {
  const result = initial(kind, { address: ADDRESS, parent: "agent/2026-11-21/TEST", version: 0 }, input, { at: 1000, seed: 7 });
  return { address: ADDRESS, parent: "agent/2026-11-21/TEST", version: 1, snapshot: snapshotOf(result) };
}

export function apply(
  kind: RegisteredKind,
  actor: ActorInstant,
  type: string,
  payload: Record<string, unknown> = {},
  origin: EventOrigin = type.startsWith("xstate.") ? "own" : "message",
): ActorStep {
  return step(kind, actor, { ...payload, type, at: 2000 + actor.version, seed: 11 }, origin);
}

/** The actor after `type`, which must advance it. */
export function after(
  kind: RegisteredKind,
  actor: ActorInstant,
  type: string,
  payload: Record<string, unknown> = {},
): ActorInstant {
  return { ...actor, version: actor.version + 1, snapshot: snapshotOf(apply(kind, actor, type, payload)) };
}

export function snapshotOf(result: ActorStep): ActorSnapshot {
  if (result.outcome !== "advanced") throw new Error(`the step did not advance: ${JSON.stringify(result)}`);
  return result.snapshot;
}

export function effectsOf(result: ActorStep) {
  if (result.outcome !== "advanced") throw new Error(`the step did not advance: ${JSON.stringify(result)}`);
  return result.effects;
}

export function failureOf(result: ActorStep): string {
  if (result.outcome !== "failed") throw new Error(`the step did not fail: ${JSON.stringify(result)}`);
  return result.error.message;
}
