/**
 * What the runtime takes from the world. Everything that is not a pure function of the database is injected here, so that a
 * test or a simulation can drive the whole engine (no `Date.now()`, `Math.random()` or `setTimeout` elsewhere in src/runtime).
 */
export interface Environment {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly ids: IdSource;
  readonly logger: Logger;
}

/** The runtime clock: epoch milliseconds that never run backwards, and wake-ups on that same clock. */
export interface Clock {
  nowMs(): number;
  /** Calls `wake` once, not before `dueAtMs`; returns a cancel function. A date beyond 2^31 ms is waited for in steps. */
  wakeAt(dueAtMs: number, wake: () => void): () => void;
}

export interface RandomSource {
  /** An unsigned 32-bit integer; becomes an event's `seed`. */
  nextSeed(): number;
}

export interface IdSource {
  /** A new globally unique id (UUID v4 form). */
  nextId(): string;
}

/** The subset of pino's interface that the runtime uses. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
