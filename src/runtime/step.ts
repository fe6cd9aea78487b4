import type { AnyMachineSnapshot } from "xstate";
import { translateActions } from "./actions.ts";
import type { Address } from "./address.ts";
import { type Stamp, stamped } from "./authoring.ts";
import { configurationProblem } from "./configuration.ts";
import type { ChildRef, StepResult } from "./effect.ts";
import { encodeError } from "./encodedError.ts";
import { isReservedEventType, payloadOf, type StampedEvent, stampedEvent } from "./event.ts";
import { isPlain, jsonProblem } from "./json.ts";
import { type ActorSnapshot, asMachineSnapshot, type RegisteredKind } from "./registeredKind.ts";
import { type CollectedAction, createScope } from "./scope.ts";

/**
 * One macrostep of one actor, computed and not performed. Pure: the same kind, actor and event give the same result, and the
 * snapshot passed in stays as it is (a machine that mutates its context breaks that; after a failed step the caller re-parses its
 * stored text, and `freeze` makes such a machine fail at once). The snapshot of an `advanced` result can always be stored.
 */

/** Who an actor is. `version` is its last committed one, 0 for a new address; what a step starts gets the generation `version + 1`. */
export interface ActorIdentity {
  readonly address: Address;
  readonly parent: Address | undefined;
  readonly version: number;
}

export interface ActorInstant extends ActorIdentity {
  readonly snapshot: ActorSnapshot;
}

/**
 * Where an event comes from. `message`: from outside or another actor; its type and payload must be declared by the kind. `own`: made
 * by the runtime for this actor, that is its timers and the completions of its jobs and children.
 */
export type EventOrigin = "message" | "own";

export type ActorStep = StepResult<ActorSnapshot>;

/**
 * The actor after `event`. Give `own` for a timer (with the timer's event) and for `xstate.done.actor.<id>` {output} and
 * `xstate.error.actor.<id>` {error: EncodedError}; the caller has checked that the row of that generation was still there (G5).
 */
export function step(kind: RegisteredKind, actor: ActorInstant, event: StampedEvent, origin: EventOrigin = "message"): ActorStep {
  const before = actor.snapshot;
  if (before.status !== "active") return { outcome: "undeclared", event, reason: "the actor is done" };
  const checked = origin === "own" ? checkOwn(event) : checkMessage(kind, event);
  if (typeof checked === "string") return { outcome: "undeclared", event, reason: checked };
  const endedChild = endedChildOf(event);
  if (endedChild !== undefined && !(endedChild in before.children)) return { outcome: "ignored", event };

  const snapshot = asMachineSnapshot(before);
  const collected: CollectedAction[] = [];
  const scope = createScope(actor.address, actor.parent, collected);
  try {
    const next: AnyMachineSnapshot = stamped(event, () => kind.machine.transition(snapshot, checked, scope));
    if (next === snapshot && collected.length === 0 && endedChild === undefined) {
      if (stamped(event, () => kind.machine.getTransitionData(snapshot, checked)).length === 0)
        return { outcome: "ignored", event };
    }
    return advance(kind, actor, before.children, next, collected, event, endedChild);
  } catch (error) {
    return failed(error);
  }
}

/** A new actor from its input, which is checked against the kind's schema. */
export function initial(kind: RegisteredKind, identity: ActorIdentity, input: unknown, stamp: Stamp): ActorStep {
  const parsed = kind.kind.input.safeParse(input);
  if (!parsed.success) return failed(new TypeError(`the input does not fit the schema of ${kind.name}: ${parsed.error.message}`));
  const collected: CollectedAction[] = [];
  const scope = createScope(identity.address, identity.parent, collected);
  try {
    const next: AnyMachineSnapshot = stamped(stamp, () => kind.machine.getInitialSnapshot(scope, parsed.data));
    return advance(kind, identity, NO_CHILDREN, next, collected, undefined, undefined);
  } catch (error) {
    return failed(error);
  }
}

const NO_CHILDREN: Readonly<Record<string, ChildRef>> = Object.freeze({});

function advance(
  kind: RegisteredKind,
  actor: ActorIdentity,
  childrenBefore: Readonly<Record<string, ChildRef>>,
  next: AnyMachineSnapshot,
  collected: readonly CollectedAction[],
  event: StampedEvent | undefined,
  endedChild: string | undefined,
): ActorStep {
  if (next.status === "error") return failed(next.error);
  if (next.status === "stopped") return failed(new Error("the machine stopped itself"));
  const { effects, started } = translateActions(collected, {
    kind,
    address: actor.address,
    version: actor.version + 1,
    children: childrenBefore,
    endedChild,
    firedTimer: event?.type,
  });
  const problem =
    configurationProblem(next) ??
    jsonProblem(next.context, "context") ??
    (next.output === undefined ? undefined : jsonProblem(next.output, "output"));
  if (problem !== undefined) return failed(new TypeError(problem));
  const children = next.status === "done" ? NO_CHILDREN : childrenAfter(childrenBefore, next.children, started, endedChild);
  if (kind.freeze) deepFreeze(next.context);
  const snapshot = (next.children === children ? next : { ...next, children }) as unknown as ActorSnapshot;
  return { outcome: "advanced", snapshot, status: next.status, output: next.output, effects };
}

/** XState's map of children with references of ours; a child that has ended leaves it, or it would grow for ever. */
function childrenAfter(
  before: Readonly<Record<string, ChildRef>>,
  after: Readonly<Record<string, unknown>>,
  started: ReadonlyMap<string, ChildRef>,
  endedChild: string | undefined,
): Readonly<Record<string, ChildRef>> {
  if (started.size === 0 && endedChild === undefined && after === before) return before;
  const children: Record<string, ChildRef> = {};
  for (const id of Object.keys(after)) {
    const ref = started.get(id) ?? (id === endedChild ? undefined : before[id]);
    if (ref !== undefined) children[id] = ref;
  }
  return children;
}

type Checked = StampedEvent | string;

function checkMessage(kind: RegisteredKind, event: StampedEvent): Checked {
  if (typeof event.type !== "string") return "an event needs a string `type`";
  if (isReservedEventType(event.type)) return `the event type ${event.type} is reserved for the runtime`;
  const schema = Object.hasOwn(kind.kind.events, event.type) ? kind.kind.events[event.type] : undefined;
  if (schema === undefined) return `the kind ${kind.name} declares no event ${event.type}`;
  const { type, at, seed } = event;
  const parsed = schema.safeParse(payloadOf(event));
  if (!parsed.success) return `the payload of ${event.type} does not fit its schema: ${parsed.error.message}`;
  const data: unknown = parsed.data;
  if (typeof data !== "object" || data === null || !isPlain(data)) return event;
  return stampedEvent(type, data, { at, seed });
}

const DONE_CHILD = "xstate.done.actor.";
const FAILED_CHILD = "xstate.error.actor.";

function checkOwn(event: StampedEvent): Checked {
  const { type } = event;
  if (!isReservedEventType(type) || type.startsWith("xstate.after.")) return event;
  return endedChildOf(event) === undefined ? `the runtime makes no event ${type}` : event;
}

function endedChildOf({ type }: StampedEvent): string | undefined {
  if (type.startsWith(DONE_CHILD)) return type.slice(DONE_CHILD.length);
  if (type.startsWith(FAILED_CHILD)) return type.slice(FAILED_CHILD.length);
  return undefined;
}

function failed(error: unknown): ActorStep {
  return { outcome: "failed", error: encodeError(withAdvice(error)) };
}

function withAdvice(error: unknown): unknown {
  if (!(error instanceof Error) || !error.message.startsWith("Unable to send event to actor")) return error;
  return new Error(
    `${error.message} A string target is the id of a running child; to reach any other actor use sendToAddress(address, event)`,
    { cause: error },
  );
}

function deepFreeze(value: unknown): void {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const key of Object.keys(value)) deepFreeze(Reflect.get(value, key));
}
