import { z } from "zod";
import type { MarketListing } from "../domain/market.ts";
import type { AgentReading } from "../machines/agent.machine.ts";
import type { SystemReading } from "../machines/chart.machine.ts";
import type { Observation, ShipJobInput, ShipReading } from "../machines/shipProtocol.ts";
import { type JobContext, type JobSpec, JobWaiting } from "../runtime/job.ts";
import type { FleetPorts } from "./fleetPorts.ts";
import { read, readOrThrow } from "./requests.ts";
import { shipJobInputSchema } from "./schemas.ts";

/** Everything the fleet reads. Repeating a read is harmless. */
const READ_TIMEOUT_MS = 60_000;
/** The chart is read in the first seconds of an agent's life. */
const CHART_WAIT_MS = 300;

export function readAgentJob({ spaceApi }: FleetPorts): JobSpec<Record<string, never>, AgentReading> {
  return {
    retry: "safe",
    timeoutMs: READ_TIMEOUT_MS,
    maxAttempts: 5,
    async run(_input, context) {
      const agent = await readOrThrow(context, "observe", (options) => spaceApi.myAgent(options));
      const ships = await readOrThrow(context, "observe", (options) => spaceApi.myShips(options));
      const { credits, headquarters } = agent.value;
      const unread = ships.unreadable.map(({ index, field, detail }) => `ship ${index + 1} of the list: ${field}: ${detail}`);
      return { credits, headquarters, ships: ships.value, unread, sentAtMs: agent.sentAtMs };
    },
  };
}

export function readShipJob({ spaceApi }: FleetPorts): JobSpec<ShipJobInput, ShipReading> {
  return {
    retry: "safe",
    timeoutMs: READ_TIMEOUT_MS,
    maxAttempts: 5,
    input: shipJobInputSchema,
    async run({ ship }, context) {
      const reading = await read(context, "command", (options) => spaceApi.ship(ship.symbol, options));
      if (reading.read === "ok") return { found: true, ship: reading.value, sentAtMs: reading.sentAtMs };
      if (reading.status === 404) return { found: false, ship: undefined, sentAtMs: context.nowMs() };
      throw new Error(reading.message);
    },
  };
}

export function readSystemJob({ spaceApi }: FleetPorts): JobSpec<{ system: string }, SystemReading> {
  return {
    retry: "safe",
    timeoutMs: READ_TIMEOUT_MS,
    maxAttempts: 5,
    async run({ system }, context) {
      const waypoints = await readOrThrow(context, "observe", (options) => spaceApi.waypoints(system, options));
      const chain = await readOrThrow(context, "observe", (options) => spaceApi.supplyChain(options));
      return { waypoints: waypoints.value, chain: chain.value };
    },
  };
}

/** What each market lists. In bad weather one request of dozens fails each time, so an attempt asks only for what the earlier ones lack. */
export function readListingsJob({ spaceApi }: FleetPorts): JobSpec<{ waypoints: readonly string[] }, readonly MarketListing[]> {
  let partial: { readonly jobId: string; readonly listings: Map<string, MarketListing | undefined> } | undefined;
  return {
    retry: "safe",
    timeoutMs: 2 * READ_TIMEOUT_MS,
    maxAttempts: 5,
    async run({ waypoints }, context) {
      const { jobId } = context;
      if (partial?.jobId !== jobId) partial = { jobId, listings: new Map() };
      const { listings } = partial;
      const missing = waypoints.filter((waypoint) => !listings.has(waypoint));
      const readings = await Promise.allSettled(
        missing.map(async (waypoint) => {
          const reading = await read(context, "observe", (options) => spaceApi.market(waypoint, options));
          listings.set(waypoint, reading.read === "ok" ? reading.value.listing : undefined);
        }),
      );
      const failed = readings.find((reading) => reading.status === "rejected");
      if (failed !== undefined) throw failed.reason;
      return waypoints.flatMap((waypoint) => listings.get(waypoint) ?? []);
    },
  };
}

/** What a ship sees where it is: the market's prices and the shipyard's. */
export function observeJob(ports: FleetPorts): JobSpec<ShipJobInput, Observation> {
  return {
    retry: "safe",
    timeoutMs: READ_TIMEOUT_MS,
    maxAttempts: 3,
    input: shipJobInputSchema,
    run: ({ ship }, context) => observe(ports, ship.waypoint, context),
  };
}

export function observeMarketJob(ports: FleetPorts): JobSpec<{ waypoint: string }, Observation> {
  return {
    retry: "safe",
    timeoutMs: READ_TIMEOUT_MS,
    maxAttempts: 2,
    input: z.object({ waypoint: z.string() }),
    run: ({ waypoint }, context) => observe(ports, waypoint, context),
  };
}

async function observe({ spaceApi, marketBook }: FleetPorts, waypoint: string, context: JobContext): Promise<Observation> {
  const { waypoints } = marketBook.getSnapshot().context;
  const place = waypoints[waypoint];
  if (Object.keys(waypoints).length === 0) throw new JobWaiting("the system is not charted yet", CHART_WAIT_MS);
  const has = (trait: string) => place === undefined || place.traits.includes(trait);
  const market = has("MARKETPLACE") ? await read(context, "observe", (options) => spaceApi.market(waypoint, options)) : undefined;
  const yard = place?.traits.includes("SHIPYARD")
    ? await read(context, "background", (options) => spaceApi.shipyard(waypoint, options))
    : undefined;
  return {
    waypoint,
    listing: market?.read === "ok" ? market.value.listing : undefined,
    quotes: market?.read === "ok" ? market.value.quotes : [],
    hulls: yard?.read === "ok" && yard.value.hulls.length > 0 ? yard.value.hulls : undefined,
    atMs: context.nowMs(),
  };
}
