import { z } from "zod";
import { chooseLiquidation } from "../domain/liquidation.ts";
import { withQuotes } from "../domain/quotes.ts";
import { planRoute } from "../domain/route.ts";
import { paced } from "../domain/tradeLeg.ts";
import type { PlannedRoute, RouteInput } from "../machines/shipProtocol.ts";
import type { SinkAnswer, SinkInput } from "../machines/taskProtocol.ts";
import { type JobSpec, JobWaiting } from "../runtime/job.ts";
import type { FleetPorts } from "./fleetPorts.ts";
import { fuelStopsOf } from "./marketBook.store.ts";
import { quoteSchema, routeInputSchema } from "./schemas.ts";

/** Decisions that need the market book: pure functions of the domain over what is known now, run as jobs. */
const PLAN_TIMEOUT_MS = 30_000;
const CHART_WAIT_MS = 300;
/** What a second of a ship is worth when stranded cargo looks for a market. */
const LIQUIDATION_CREDITS_PER_SECOND = 20;

export function planRouteJob({
  marketBook,
  config,
}: Pick<FleetPorts, "marketBook" | "config">): JobSpec<RouteInput, PlannedRoute> {
  const { leg } = config.opportunities.plan;
  return {
    retry: "safe",
    timeoutMs: PLAN_TIMEOUT_MS,
    input: routeInputSchema,
    run({ ship, waypoint, allowBurn = true }) {
      const known = marketBook.getSnapshot().context;
      if (Object.keys(known.waypoints).length === 0)
        return Promise.reject(new JobWaiting("the system is not charted yet", CHART_WAIT_MS));
      const result = planRoute({
        hull: ship,
        fuelUnits: ship.fuelUnits,
        from: ship.waypoint,
        to: waypoint,
        waypoints: known.waypoints,
        fuelStops: fuelStopsOf(known),
        policy: paced(leg, allowBurn && leg.route.allowBurn).route,
      });
      if (result.outcome === "route") return Promise.resolve({ outcome: "route", legs: result.route.legs });
      return Promise.resolve({ outcome: "noRoute", detail: `${result.reason}: ${result.detail}` });
    },
  };
}

export function chooseSinkJob({ marketBook }: FleetPorts): JobSpec<SinkInput, SinkAnswer> {
  return {
    retry: "safe",
    timeoutMs: PLAN_TIMEOUT_MS,
    input: z.object({
      good: z.string(),
      units: z.number(),
      from: z.string(),
      speed: z.number(),
      fuelCapacity: z.number(),
      seen: z.array(quoteSchema),
    }),
    run({ good, units, from, speed, fuelCapacity, seen }) {
      const known = marketBook.getSnapshot().context;
      const choice = chooseLiquidation({
        good,
        units,
        shipWaypoint: from,
        hull: { speed, fuelCapacity },
        fuelUnits: fuelCapacity,
        book: withQuotes(known.book, seen),
        waypoints: known.waypoints,
        fuelStops: fuelStopsOf(known),
        creditsPerShipSecond: LIQUIDATION_CREDITS_PER_SECOND,
      });
      if (choice.outcome === "hold") return Promise.resolve({ waypoint: null, rule: null });
      return Promise.resolve({ waypoint: choice.waypoint, rule: choice.rule });
    },
  };
}
