import type { FleetKind } from "../actors/fleetPorts.ts";
import type { BackoffSpec, RestartSpec } from "../runtime/supervision.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/** Quick at first, since most failures pass; slow in the end, since what lasts needs a person. */
const BACKOFF: BackoffSpec = { initialMs: 250, maxMs: 30 * SECOND_MS, factor: 3, jitter: 0.3, resetAfterMs: 5 * MINUTE_MS };

/** Their context is the only memory of money, cargo, claims or children under way: never afresh, a person looks at them. */
const KEEPER: RestartSpec = { type: "permanent", maxRestarts: 5, withinMs: 5 * MINUTE_MS, backoff: BACKOFF, afresh: false };

/** Their initial state comes from the game and from their input alone, so beginning afresh loses nothing that cannot be read again. */
const OBSERVER: RestartSpec = { ...KEEPER, afresh: true };

/** They end when their work is done. */
const WORKER: RestartSpec = { ...KEEPER, type: "transient", maxRestarts: 3 };

/**
 * How each kind of durable actor is restarted; the kind descriptors take theirs from here. Intensity counts per actor, never per
 * supervisor: it is no ship's fault that another one failed (G7).
 */
export const restartSpecs: Readonly<Record<FleetKind, RestartSpec>> = {
  // A second agent over living ships would start everything twice.
  agent: { ...KEEPER, maxRestarts: 10 },
  chart: OBSERVER,
  universe: KEEPER,
  treasury: KEEPER,
  "supply-monitor": KEEPER,
  factory: WORKER,
  // It remembers whom it was granted to.
  ship: KEEPER,
  tour: { ...OBSERVER, type: "transient" },
  // It remembers which ships it asked for, and whose tours they are on.
  scouting: WORKER,
  coordinator: KEEPER,
  pipeline: WORKER,
  task: WORKER,
};
