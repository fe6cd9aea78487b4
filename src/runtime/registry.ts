import type { AnyStateMachine } from "xstate";
import { unknownSourceAdvice } from "./actions.ts";
import type { ActorKind } from "./kind.ts";
import { examineMachine } from "./machineRules.ts";
import type { RegisteredKind } from "./registeredKind.ts";
import { STUB_LOGIC } from "./scope.ts";

/** Every kind a host can run. Kinds may start one another, and themselves, as children. */
export interface KindRegistry {
  get(name: string): RegisteredKind | undefined;
  readonly kinds: readonly RegisteredKind[];
}

export interface RegistrationOptions {
  /** Deep-freezes contexts after each transition. For tests and development: costs time, finds mutations at once. */
  readonly freeze?: boolean;
  /** Microsteps one transition may take before it fails as an endless loop; 1000 when absent. */
  readonly maxIterations?: number;
}

/** Registers all kinds. Throws a `KindRefused` that lists everything wrong with them. */
export function createKindRegistry(kinds: readonly ActorKind[], options: RegistrationOptions = {}): KindRegistry {
  const byName = new Map<string, RegisteredKind>();
  const problems: string[] = [];
  for (const kind of kinds) {
    if (byName.has(kind.kind)) problems.push(`the kind ${JSON.stringify(kind.kind)} is registered twice`);
    const others = kinds.map((other) => other.kind);
    try {
      byName.set(
        kind.kind,
        registerAmong(kind, options, others, (src) => byName.get(src)),
      );
    } catch (error) {
      if (!(error instanceof KindRefused)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new KindRefused(problems);
  return { get: (name) => byName.get(name), kinds: [...byName.values()] };
}

/**
 * Checks one kind against the closed list of constructs that a durable machine may use (H14) and prepares its machine. The kind may start
 * itself as a child, but no other kind: for that, register them together with `createKindRegistry`. Throws `KindRefused`.
 */
export function registerKind(kind: ActorKind, options: RegistrationOptions = {}): RegisteredKind {
  const registered: RegisteredKind = registerAmong(kind, options, [kind.kind], (src) =>
    src === kind.kind ? registered : undefined,
  );
  return registered;
}

/** A kind breaks the rules of durable machines. `problems` says for each: what, where in the machine, and what to do instead. */
export class KindRefused extends Error {
  override readonly name = "KindRefused";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

function registerAmong(
  kind: ActorKind,
  options: RegistrationOptions,
  kindNames: readonly string[],
  childKind: (src: string) => RegisteredKind | undefined,
): RegisteredKind {
  const { problems, sources, watchdogs, invokeIds } = examineMachine(kind);
  const childKinds = new Set([...sources.keys()].filter((src) => !Object.hasOwn(kind.jobs, src)));
  for (const src of childKinds) {
    if (!kindNames.includes(src)) problems.push(`${kind.kind}: ${sources.get(src)}: ${unknownSourceAdvice(src)}`);
  }
  if (problems.length > 0) throw new KindRefused(problems);
  const names = new Set([...sources.keys(), ...Object.keys(kind.jobs), ...kindNames]);
  return {
    name: kind.kind,
    kind,
    machine: hostedMachine(kind.machine, names, options.maxIterations ?? 1000),
    watchdogs,
    invokeIds,
    childKinds,
    childKind,
    freeze: options.freeze ?? false,
  };
}

/** The machine with stubs for actor sources, delays that must exist, and a bound on microsteps (`provide` drops a mutated one, so it comes last). */
function hostedMachine(machine: AnyStateMachine, sources: ReadonlySet<string>, maxIterations: number): AnyStateMachine {
  const hosted: AnyStateMachine = machine.provide({});
  hosted.implementations.actors = Object.fromEntries([...sources].map((src) => [src, STUB_LOGIC]));
  hosted.implementations.delays = new Proxy(hosted.implementations.delays, {
    get: (delays, name) => (typeof name === "string" ? definedDelay(delays, name) : undefined),
  });
  hosted.options = { ...hosted.options, maxIterations: Math.min(hosted.options.maxIterations ?? Infinity, maxIterations) };
  return hosted;
}

/** XState takes a delay that is undefined, by name or by result, for none at all and fires at once. */
function definedDelay(delays: object, name: string): unknown {
  const delay: unknown = Object.hasOwn(delays, name) ? Reflect.get(delays, name) : undefined;
  if (delay === undefined)
    throw new Error(`the delay ${JSON.stringify(name)} is not defined: XState would fire it at once. Add it to \`delays\``);
  if (typeof delay !== "function") return delay;
  return (...args: unknown[]) => {
    const delayMs: unknown = Reflect.apply(delay, undefined, args);
    if (typeof delayMs !== "number")
      throw new RangeError(`the delay ${JSON.stringify(name)} gave ${String(delayMs)}: XState would fire it at once`);
    return delayMs;
  };
}
