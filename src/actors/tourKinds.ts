import { z } from "zod";
import { isScouting } from "../machines/addresses.ts";
import { scoutingMachine } from "../machines/scouting.machine.ts";
import { DISMISSED } from "../machines/shipProtocol.ts";
import { tourMachine } from "../machines/tour.machine.ts";
import type { TourContext } from "../machines/tourProtocol.ts";
import type { Address } from "../runtime/address.ts";
import { defineActorKind, defineJob, type LastWord } from "../runtime/kind.ts";
import { actorsGone } from "./actorsGone.ts";
import { scoutingEvents, tourEvents } from "./eventSchemas.ts";
import type { FleetPorts } from "./fleetPorts.ts";
import { shipStateSchema } from "./schemas.ts";
import { projectTour, projectTourEnded } from "./tour.projection.ts";
import { pickStopJob, planScoutingJob, scoutingOrderSchema } from "./tourJobs.ts";

/** The kinds that keep markets in sight: tours, and an operator's orders for them. */
export function tourKind(ports: FleetPorts) {
  return defineActorKind({
    kind: "tour",
    version: 2,
    machine: tourMachine,
    context: tourContext,
    input: z.looseObject({ scope: z.string(), ship: z.string() }),
    events: tourEvents,
    jobs: { pickStop: defineJob(pickStopJob(ports)) },
    project: projectTour,
    projectEnded: projectTourEnded,
    restart: ports.restartSpecs.tour,
    onGiveUp: ({ address }) => [actorsGone(address)],
    onDismissed: ({ address, parent }) => [actorsGone(address, { reason: DISMISSED }), ...tourDismissed(address, parent)],
    migrations: { 1: ({ value, context }) => withRound(value, context) },
  });
}

export function scoutingKind(ports: FleetPorts) {
  return defineActorKind({
    kind: "scouting",
    version: 1,
    machine: scoutingMachine,
    input: z.looseObject({ scope: z.string(), order: scoutingOrderSchema }),
    events: scoutingEvents,
    jobs: { planScouting: defineJob(planScoutingJob(ports)) },
    restart: ports.restartSpecs.scouting,
    // Its tours are stopped with it, and their ships are at or below it.
    onGiveUp: ({ address }) => [actorsGone(address)],
    onDismissed: ({ address }) => [actorsGone(address, { reason: DISMISSED })],
  });
}

/** Who counts tours by their ships; the coordinator forgot its own when that was given up. */
function tourDismissed(address: Address, parent: Address | undefined): readonly LastWord[] {
  const [above, symbol] = address.split("/tour/");
  if (parent === undefined || parent !== above || symbol === undefined) return [];
  return [{ to: parent, event: { type: isScouting(parent) ? "scouting.tourDismissed" : "agent.tourDismissed", symbol } }];
}

const tourContext = z.looseObject({
  scope: z.string(),
  symbol: z.string(),
  ship: shipStateSchema.nullable(),
  progress: z.looseObject({ at: z.number() }),
}) as unknown as z.ZodType<TourContext>;

const firstContext = z.looseObject({ commands: z.number(), ship: z.unknown() });

/** Tours of the first version had no rounds, and numbered their commands. */
function withRound(value: unknown, context: unknown): { value: unknown; context: unknown } {
  const { commands, ...kept } = firstContext.parse(context);
  const added = {
    patrol: null,
    progress: { at: 0, rounds: 0, visitedAtMs: {} },
    share: [],
    commandId: value === "travelling" ? String(commands) : null,
    holding: value === "refused" ? "without" : kept.ship === null ? "asking" : "ship",
    ending: null,
  } satisfies Partial<TourContext>;
  return { value: value === "refused" ? "waiting" : value, context: { ...kept, ...added } };
}
