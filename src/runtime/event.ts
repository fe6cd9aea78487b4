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
