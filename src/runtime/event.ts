/**
 * An event as a machine sees it. `at` is the runtime clock in epoch milliseconds and `seed` a random 32-bit number, both fixed when
 * the event is first applied and journalled with it, so that a replay takes the same path. Machines take time and randomness
 * from here only.
 */
export interface StampedEvent {
  readonly type: string;
  readonly at: number;
  readonly seed: number;
  readonly [field: string]: unknown;
}

/** Event types that only the runtime itself may produce; outside input may never carry them. */
export function isReservedEventType(type: string): boolean {
  return type.startsWith("xstate.");
}

interface Fields {
  readonly [field: string]: unknown;
}

/** `fields` as an event of this type at that moment. */
export function stampedEvent(type: string, fields: Fields, stamp: { readonly at: number; readonly seed: number }): StampedEvent {
  const event = { type, at: stamp.at, seed: stamp.seed };
  return copyTo(event, fields, isOfRuntime);
}

/** What the sender of an event may choose: its schema is about this. */
export function payloadOf(event: Fields): Fields {
  return copyTo({}, event, isOfRuntime);
}

export function withoutStamp(event: Fields): Fields {
  return copyTo({}, event, isStamp);
}

function isStamp(field: string): boolean {
  return field === "at" || field === "seed";
}

function isOfRuntime(field: string): boolean {
  return field === "type" || isStamp(field);
}

// A loop, since copying with rest and spread took a sixth of a transition.
function copyTo<Target extends object>(target: Target, from: Fields, leaveOut: (field: string) => boolean): Target & Fields {
  const fields = target as Record<string, unknown>;
  for (const field of Object.keys(from)) {
    if (leaveOut(field)) continue;
    // Text from outside may name it, and an assignment would change the prototype.
    if (field === "__proto__") Object.defineProperty(fields, field, { value: from[field], enumerable: true });
    else fields[field] = from[field];
  }
  return fields as Target & Fields;
}
