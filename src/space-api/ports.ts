/** What the client takes from the world. Structurally the runtime's `Environment`, which this folder may not import. */
export interface SpaceApiEnvironment {
  readonly clock: ApiClock;
  readonly random: { nextSeed(): number };
  readonly ids: { nextId(): string };
  readonly logger: ApiLogger;
}

export interface ApiClock {
  nowMs(): number;
  /** Calls `wake` once, not before `dueAtMs`; returns a cancel function. */
  wakeAt(dueAtMs: number, wake: () => void): () => void;
}

interface ApiLogger {
  debug(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}
