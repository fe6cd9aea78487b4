import type { Commitment } from "../domain/commitment.ts";
import { flightsOver } from "../domain/flights.ts";
import type { OpportunityPolicy } from "../domain/opportunity.ts";
import type { PlanWorld } from "../domain/plan.ts";
import type { ShipState } from "../domain/ship.ts";
import type { FleetConfig } from "./fleetPorts.ts";
import { type FleetKnowledge, fuelStopsOf } from "./marketBook.store.ts";

/** What the fleet knows and has promised at one moment: all that a plan depends on but the hull. */
export interface PlanMoment {
  readonly known: FleetKnowledge;
  readonly config: FleetConfig;
  /** Game seconds per second. */
  readonly speed: number;
  readonly nowMs: number;
  readonly commitments: readonly Commitment[];
  /** What may be spent: the purse's own figure less what running pipelines count on. */
  readonly creditsAvailable: number;
}

/** The world as it is for a ship like this one, approached from `shipWaypoints`. */
export function planWorld(moment: PlanMoment, ship: ShipState, shipWaypoints: readonly string[]): PlanWorld {
  const { known, nowMs, commitments, creditsAvailable } = moment;
  const { speed, fuelCapacity, cargoCapacity } = ship;
  const { book, waypoints, chain } = known;
  const hull = { speed, fuelCapacity, cargoCapacity };
  const flights = flightsOver(waypoints, fuelStopsOf(known));
  return { nowMs, book, flights, chain, hull, shipWaypoints, commitments, creditsAvailable };
}

/** The policy of the configuration on the wall clock of this universe. */
export function planPolicy({ config, speed }: Pick<PlanMoment, "config" | "speed">): OpportunityPolicy {
  const { opportunities } = config;
  return { ...opportunities, quoteHalfLifeMs: opportunities.quoteHalfLifeMs / speed };
}

/** The ship that lifts most: what a further hull is measured by. */
export function bestHull(known: FleetKnowledge): ShipState | undefined {
  return Object.values(known.ships)
    .filter((ship) => ship.cargoCapacity > 0)
    .sort((a, b) => b.cargoCapacity * b.speed - a.cargoCapacity * a.speed)[0];
}

/** Where ships with a hold are, or are going. */
export function traderWaypoints(known: FleetKnowledge): readonly string[] {
  return Object.values(known.ships)
    .filter((ship) => ship.cargoCapacity > 0)
    .map((ship) => ship.waypoint);
}
