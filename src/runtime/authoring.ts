import {
  type ActionArgs,
  type ActionFunction,
  type EventObject,
  type MachineContext,
  type ParameterizedObject,
  sendTo,
} from "xstate";
import { type Address, addressProblem } from "./address.ts";

/**
 * The helpers that a machine may use, and the only file of the runtime that machines import. A durable machine takes time and
 * randomness from here only, so that replaying its journal takes the same path (H17).
 */

/** The runtime clock in epoch milliseconds and a random 32-bit number, fixed when an event is first applied. */
export interface Stamp {
  readonly at: number;
  readonly seed: number;
}

/** An event that one actor sends to another. */
export type OutgoingEvent = { readonly type: string } & Readonly<Record<string, unknown>>;

type ByExpression<Context extends MachineContext, Expression extends EventObject, Params, Event extends EventObject, Result> =
  | Result
  | ((args: ActionArgs<Context, Expression, Event>, params: Params) => Result);

/**
 * An action that sends `event` to the actor at `address`, anywhere in the runtime. Use it instead of `sendTo` with a string, which
 * XState looks up among the machine's own children only. Give `delay` (milliseconds) and `id` for a delayed message that `cancel(id)` can stop.
 * An address that is missing or malformed fails the transition.
 */
export function sendToAddress<
  Context extends MachineContext,
  Expression extends EventObject,
  Params extends ParameterizedObject["params"] | undefined,
  Event extends EventObject,
>(
  address: ByExpression<Context, Expression, Params, Event, Address>,
  event: ByExpression<Context, Expression, Params, Event, OutgoingEvent>,
  options?: { readonly id?: string; readonly delay?: number },
): ActionFunction<Context, Expression, Event, Params, never, never, never, never, never> {
  const target = (args: ActionArgs<Context, Expression, Event>, params: Params) =>
    new AddressTarget(typeof address === "function" ? address(args, params) : address);
  // XState wants an actor reference; the runtime reads the address of whatever object it finds (H1).
  return sendTo(target as never, event as never, options as never);
}

/** The time of the event being applied, in epoch milliseconds. Works in every action, guard, delay and context factory of a durable machine. */
export function nowOf(args: object): number {
  return stampOf(args).at;
}

/** The random unsigned 32-bit number of the event being applied. The same for the whole macrostep. */
export function seedOf(args: object): number {
  return stampOf(args).seed;
}

/**
 * A generator of numbers 0 ≤ n < 1 that depends only on the event's stamp and `salt`. Give each use within one macrostep its own
 * salt; the same salt yields the same numbers. (mulberry32 by Tommy Ettinger, public domain.)
 */
export function randomOf(args: object, salt = ""): () => number {
  const stamp = stampOf(args);
  let state = mix(mix(stamp.seed, stamp.at % 0x1_0000_0000), hash(salt));
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** A short id (12 characters, 0–9 and a–z) that a replay produces again. Fit for a segment of an address. */
export function idOf(args: object, salt = ""): string {
  const next = randomOf(args, `id:${salt}`);
  return Array.from({ length: 12 }, () => Math.floor(next() * 36).toString(36)).join("");
}

/**
 * Runs `run` with `stamp` as the stamp of the event being applied. The runtime does this around each transition; a test that drives a
 * live `createActor` does it around `start` and `send`.
 */
export function stamped<Result>(stamp: Stamp, run: () => Result): Result {
  const outer = current;
  current = stamp;
  try {
    return run();
  } finally {
    current = outer;
  }
}

/** What `sendToAddress` gives XState in the place of an actor reference. */
class AddressTarget {
  readonly address: Address;

  constructor(address: Address) {
    const problem = typeof address === "string" ? addressProblem(address) : `an address must be a string, not ${typeof address}`;
    if (problem !== undefined) throw new TypeError(`sendToAddress: ${problem}`);
    this.address = address;
  }

  /** Only a live `createActor` calls this. */
  _send(): never {
    throw new Error(
      `sendToAddress(${JSON.stringify(this.address)}) works only in a durable actor: a live createActor knows no addresses`,
    );
  }
}

// A transition is synchronous, so one variable serves guards and delays too, which XState gives no `self`.
let current: Stamp | undefined;

function stampOf(args: object): Stamp {
  if (current !== undefined) return current;
  const event: unknown = "event" in args ? args.event : undefined;
  if (typeof event === "object" && event !== null && "at" in event && "seed" in event) {
    const { at, seed } = event;
    if (typeof at === "number" && typeof seed === "number") return { at, seed };
  }
  throw new Error(
    "No time here: outside the durable runtime, send events with `at` and `seed`, or wrap start and send in `stamped`",
  );
}

function mix(left: number, right: number): number {
  return Math.imul((left ^ (right >>> 0)) >>> 0, 0x9e3779b1) >>> 0;
}

function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
  return state >>> 0;
}
