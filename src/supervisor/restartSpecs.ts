import type { BackoffSpec, RestartSpec } from "../runtime/supervision.ts";

/** The kinds of durable actors of a fleet. */
export type FleetKind =
  | "agent"
  | "universe"
  | "treasury"
  | "supply-monitor"
  | "factory"
  | "ship"
  | "tour"
  | "coordinator"
  | "pipeline"
  | "task";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/** Quick at first, since most failures pass; slow in the end, since what lasts needs a person. */
const BACKOFF: BackoffSpec = { initialMs: 250, maxMs: 30 * SECOND_MS, factor: 3, jitter: 0.3, resetAfterMs: 5 * MINUTE_MS };

/** Their initial state comes from the game and from their input alone, so beginning afresh loses nothing that cannot be read again. */
const OBSERVER: RestartSpec = { type: "permanent", maxRestarts: 5, withinMs: 5 * MINUTE_MS, backoff: BACKOFF, afresh: true };

/** Their context is the only memory of money or cargo under way: never afresh, a person looks at them. */
const KEEPER: RestartSpec = { type: "permanent", maxRestarts: 5, withinMs: 5 * MINUTE_MS, backoff: BACKOFF, afresh: false };

/** They end when their work is done. */
const WORKER: RestartSpec = { type: "transient", maxRestarts: 3, withinMs: 5 * MINUTE_MS, backoff: BACKOFF, afresh: false };

/**
 * How each kind of durable actor is restarted; the kind descriptors take theirs from here. Intensity counts per actor, never per
 * supervisor: it is no ship's fault that another one failed (G7).
 */
export const restartSpecs: Readonly<Record<FleetKind, RestartSpec>> = {
  agent: { ...OBSERVER, maxRestarts: 10 },
  universe: OBSERVER,
  treasury: KEEPER,
  "supply-monitor": OBSERVER,
  factory: OBSERVER,
  // Afresh a ship reads itself from the game; whose cargo it carries is the task's memory.
  ship: OBSERVER,
  tour: OBSERVER,
  coordinator: KEEPER,
  pipeline: WORKER,
  task: WORKER,
};
