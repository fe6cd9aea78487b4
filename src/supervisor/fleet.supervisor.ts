import type { FleetKind } from "../actors/fleetPorts.ts";
import type { BackoffSpec } from "../runtime/supervision.ts";
import type { ProcessSpec, SupervisorSpec } from "./childSpec.ts";

/** How each process of the daemon is started; made in main, where configuration and layers meet. */
export interface PlatformStarts {
  /** Embedded Postgres; resolves to undefined when the user gave a database. */
  readonly database: ProcessSpec["start"];
  /** nats-server; resolves to undefined when the bus is in-process or the user's. */
  readonly bus: ProcessSpec["start"];
  /** The universe; resolves to undefined when the fleet plays the real game. */
  readonly simulator: ProcessSpec["start"];
  readonly requestBudget: ProcessSpec["start"];
  readonly console: ProcessSpec["start"];
  readonly healthMonitor: ProcessSpec["start"];
  /** The host of the durable actors of one game agent. */
  readonly agentHost: ProcessSpec["start"];
}

const SECOND_MS = 1_000;

const BACKOFF: BackoffSpec = { initialMs: 200, maxMs: 10 * SECOND_MS, factor: 2, jitter: 0.3, resetAfterMs: 60 * SECOND_MS };

/** Waiting for an outage to pass is not failing (G12): what must reach the database or the game may take as long as it takes. */
const HOWEVER_LONG_MS = Number.POSITIVE_INFINITY;

/** The part of a graceful stop in which sent jobs settle; the whole stop has 30 s. */
const SETTLE_MS = 20 * SECOND_MS;

/**
 * The whole daemon as one literal. The platform is rest_for_one: what comes later relies on what comes before. The host of the durable
 * actors stands beside it, not in it: they wait out a platform that is away (G12) and are not restarted with it.
 */
export function fleetSupervisor(starts: PlatformStarts): SupervisorSpec {
  return {
    type: "supervisor",
    id: "root",
    strategy: "one_for_one",
    restart: "permanent",
    intensity: { maxRestarts: 3, withinMs: 300 * SECOND_MS },
    backoff: BACKOFF,
    children: [
      {
        type: "supervisor",
        id: "platform",
        strategy: "rest_for_one",
        restart: "permanent",
        intensity: { maxRestarts: 10, withinMs: 60 * SECOND_MS },
        backoff: BACKOFF,
        children: [
          permanent("database", starts.database, { startWithinMs: HOWEVER_LONG_MS, shutdownMs: 10 * SECOND_MS }),
          permanent("bus", starts.bus, { startWithinMs: 20 * SECOND_MS, shutdownMs: 5 * SECOND_MS }),
          permanent("simulator", starts.simulator, { startWithinMs: 60 * SECOND_MS, shutdownMs: 5 * SECOND_MS }),
          permanent("request-budget", starts.requestBudget, { startWithinMs: HOWEVER_LONG_MS, shutdownMs: 2 * SECOND_MS }),
          permanent("console", starts.console, { startWithinMs: 20 * SECOND_MS, shutdownMs: 2 * SECOND_MS }),
          permanent("health-monitor", starts.healthMonitor, { startWithinMs: 10 * SECOND_MS, shutdownMs: 1 * SECOND_MS }),
        ],
      },
      permanent("fleet", starts.agentHost, { startWithinMs: HOWEVER_LONG_MS, shutdownMs: SETTLE_MS }),
    ],
  };
}

function permanent(
  id: string,
  start: ProcessSpec["start"],
  times: { readonly startWithinMs: number; readonly shutdownMs: number },
): ProcessSpec {
  return { type: "process", id, start, restart: "permanent", ...times };
}

/** A place in the tree of durable actors below `agent/<RESET>/<SYMBOL>`; `<…>` stands for one actor each. */
export interface DurableNode {
  readonly kind: FleetKind;
  /** Child id under its parent; empty for the agent itself. */
  readonly id: string;
  readonly children: readonly DurableNode[];
}

/** The durable half: who is whose child, hence who hears of whose end. Restart specs are per kind, see restartSpecs.ts. */
export const durableTree: DurableNode = {
  kind: "agent",
  id: "",
  children: [
    { kind: "universe", id: "universe", children: [{ kind: "chart", id: "chart", children: [] }] },
    { kind: "treasury", id: "treasury", children: [] },
    {
      kind: "supply-monitor",
      id: "supply-monitor",
      children: [{ kind: "factory", id: "factory/<WAYPOINT>:<GOOD>/<PIPELINE>", children: [] }],
    },
    { kind: "ship", id: "ship/<SYMBOL>", children: [] },
    { kind: "tour", id: "tour/<SHIP>", children: [] },
    // Begun by an operator, beside the agent's own children; each has its tours below it.
    { kind: "scouting", id: "scouting/<ID>", children: [] },
    {
      kind: "coordinator",
      id: "coordinator",
      children: [{ kind: "pipeline", id: "pipeline/<ID>", children: [{ kind: "task", id: "task/<N>", children: [] }] }],
    },
  ],
};
