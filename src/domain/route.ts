/**
 * Distance, travel time and fuel of the game (community formulas, confidence B), and routes that never exceed the tank.
 * Time: round(round(max(1, d)) × multiplier / speed + 15) seconds. Fuel: CRUISE and STEALTH max(1, round d), BURN max(2, 2·round d), DRIFT 1; no tank, no fuel.
 */
import { compareText } from "./quotes.ts";
import type { FlightMode } from "./ship.ts";
import type { Waypoint } from "./waypoint.ts";

export interface Position {
  readonly x: number;
  readonly y: number;
}

export interface Hull {
  readonly speed: number;
  /** 0: needs no fuel (probe). */
  readonly fuelCapacity: number;
}

export interface RouteLeg {
  readonly from: string;
  readonly to: string;
  readonly mode: FlightMode;
  readonly distance: number;
  readonly seconds: number;
  readonly fuelUnits: number;
  /** Fill up at `from` before leaving. */
  readonly refuelFirst: boolean;
}

export interface Route {
  readonly legs: readonly RouteLeg[];
  /** Flight only. */
  readonly seconds: number;
  readonly fuelUnits: number;
}

export type RouteResult =
  | { readonly outcome: "route"; readonly route: Route }
  | { readonly outcome: "noRoute"; readonly reason: "unknownWaypoint" | "otherSystem" | "outOfFuel"; readonly detail: string };

export interface RouteRequest {
  readonly hull: Hull;
  readonly fuelUnits: number;
  readonly from: string;
  readonly to: string;
  readonly waypoints: Readonly<Record<string, Waypoint>>;
  /** Waypoints whose market sells FUEL. */
  readonly fuelStops: readonly string[];
  readonly policy?: RoutePolicy;
}

export interface RoutePolicy {
  readonly allowBurn: boolean;
  /** What one unit of fuel is worth in seconds of ship time: its price divided by what a ship earns per second. */
  readonly secondsPerFuelUnit: number;
  /** Dock, refuel and orbit cost requests, hence time. */
  readonly refuelSeconds: number;
}

export const DEFAULT_ROUTE_POLICY: RoutePolicy = { allowBurn: true, secondsPerFuelUnit: 0.04, refuelSeconds: 3 };

const TIME_MULTIPLIER: Readonly<Record<FlightMode, number>> = { CRUISE: 25, DRIFT: 250, BURN: 12.5, STEALTH: 30 };

/** Least time with fuel priced in; DRIFT only where nothing else arrives. Same place: a route without legs. */
export function planRoute(request: RouteRequest): RouteResult {
  const from = request.waypoints[request.from];
  const to = request.waypoints[request.to];
  if (!from || !to) return { outcome: "noRoute", reason: "unknownWaypoint", detail: from ? request.to : request.from };
  if (from.system !== to.system) return { outcome: "noRoute", reason: "otherSystem", detail: `${from.system} to ${to.system}` };
  if (request.from === request.to) return { outcome: "route", route: { legs: [], seconds: 0, fuelUnits: 0 } };
  const route = routesTo([request.to], request).get(request.to);
  if (!route) return { outcome: "noRoute", reason: "outOfFuel", detail: `${request.fuelUnits} fuel at ${request.from}` };
  return { outcome: "route", route };
}

/** The routes to each of the targets that can be reached, all of one system; like `planRoute` many times, in one search. */
export function routesTo(targets: readonly string[], request: Omit<RouteRequest, "to">): ReadonlyMap<string, Route> {
  const routes = new Map<string, Route>();
  for (const allowDrift of [false, true]) {
    const missing = targets.filter((target) => !routes.has(target));
    if (missing.length === 0) break;
    for (const [target, legs] of search(request, missing, allowDrift)) routes.set(target, summarise(legs));
  }
  return routes;
}

export function distanceBetween(a: Position, b: Position): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

export function travelSeconds(distance: number, speed: number, mode: FlightMode): number {
  return Math.round(Math.round(Math.max(1, distance)) * (TIME_MULTIPLIER[mode] / Math.max(1, speed)) + 15);
}

export function fuelForLeg(distance: number, mode: FlightMode, fuelCapacity: number): number {
  if (fuelCapacity === 0) return 0;
  switch (mode) {
    case "DRIFT":
      return 1;
    case "BURN":
      return Math.max(2, 2 * Math.round(distance));
    case "CRUISE":
    case "STEALTH":
      return Math.max(1, Math.round(distance));
  }
}

/** Quick estimate of a flight with a full tank, for ranking many trades; refuel stops are assumed on the way. */
export function estimateFlight(
  distance: number,
  hull: Hull,
  policy: RoutePolicy = DEFAULT_ROUTE_POLICY,
): { seconds: number; fuelUnits: number } {
  if (distance === 0) return { seconds: 0, fuelUnits: 0 };
  const burnFuel = fuelForLeg(distance, "BURN", hull.fuelCapacity);
  if (policy.allowBurn && burnFuel <= hull.fuelCapacity)
    return { seconds: travelSeconds(distance, hull.speed, "BURN"), fuelUnits: burnFuel };
  const fuelUnits = fuelForLeg(distance, "CRUISE", hull.fuelCapacity);
  const stops = hull.fuelCapacity === 0 ? 0 : Math.ceil(fuelUnits / hull.fuelCapacity) - 1;
  return { seconds: travelSeconds(distance, hull.speed, "CRUISE") + stops * (15 + policy.refuelSeconds), fuelUnits };
}

interface Visit {
  readonly waypoint: string;
  readonly cost: number;
  readonly fuelUnits: number;
  readonly legs: readonly RouteLeg[];
}

/** Dijkstra over the start, the fuel stops and the targets: with a full tank at each stop one label per node is enough. */
function search(
  request: Omit<RouteRequest, "to">,
  targets: readonly string[],
  allowDrift: boolean,
): ReadonlyMap<string, readonly RouteLeg[]> {
  const stops = new Set(request.fuelStops);
  const nodes = [...new Set([...targets, ...request.fuelStops])].filter((name) => request.waypoints[name]).sort(compareText);
  const start: Visit = { waypoint: request.from, cost: 0, fuelUnits: request.fuelUnits, legs: [] };
  const open = new Map([[request.from, start]]);
  const closed = new Set<string>();
  const wanted = new Set(targets);
  const found = new Map<string, readonly RouteLeg[]>();
  for (let visit = cheapest(open); visit && wanted.size > 0; visit = cheapest(open)) {
    open.delete(visit.waypoint);
    closed.add(visit.waypoint);
    if (wanted.delete(visit.waypoint)) found.set(visit.waypoint, visit.legs);
    // A place without fuel is where a way ends, none that it leads over.
    if (visit.waypoint !== request.from && !stops.has(visit.waypoint)) continue;
    for (const node of nodes) {
      if (closed.has(node)) continue;
      const next = bestLeg(request, visit, node, stops, allowDrift);
      const known = open.get(node);
      if (next && (!known || next.cost < known.cost)) open.set(node, next);
    }
  }
  return found;
}

function bestLeg(
  request: Omit<RouteRequest, "to">,
  visit: Visit,
  to: string,
  stops: ReadonlySet<string>,
  allowDrift: boolean,
): Visit | undefined {
  const a = request.waypoints[visit.waypoint];
  const b = request.waypoints[to];
  if (!a || !b) return undefined;
  const distance = distanceBetween(a, b);
  const { hull, policy = DEFAULT_ROUTE_POLICY } = request;
  const canRefuel = stops.has(visit.waypoint);
  const modes: FlightMode[] = policy.allowBurn ? ["CRUISE", "BURN"] : ["CRUISE"];
  if (allowDrift) modes.push("DRIFT");
  const reserve = stops.has(to) ? 0 : reserveAfter(request, to, allowDrift);
  let best: Visit | undefined;
  for (const mode of modes) {
    const fuelUnits = fuelForLeg(distance, mode, hull.fuelCapacity);
    const needed = fuelUnits + reserve;
    const refuelFirst = needed > visit.fuelUnits && canRefuel && visit.fuelUnits < hull.fuelCapacity;
    const tank = refuelFirst ? hull.fuelCapacity : visit.fuelUnits;
    if (needed > tank) continue;
    const seconds = travelSeconds(distance, hull.speed, mode);
    const cost = visit.cost + seconds + fuelUnits * policy.secondsPerFuelUnit + (refuelFirst ? policy.refuelSeconds : 0);
    if (best && best.cost <= cost) continue;
    const leg = { from: visit.waypoint, to, mode, distance, seconds, fuelUnits, refuelFirst };
    best = { waypoint: to, cost, fuelUnits: tank - fuelUnits, legs: [...visit.legs, leg] };
  }
  return best;
}

/** Fuel to keep where none is sold: enough to cruise to the nearest stop; when drifting is accepted, enough for one DRIFT leg. */
function reserveAfter(request: Omit<RouteRequest, "to">, to: string, allowDrift: boolean): number {
  const here = request.waypoints[to];
  if (!here || request.hull.fuelCapacity === 0) return 0;
  if (allowDrift) return 1;
  let nearest = Number.POSITIVE_INFINITY;
  for (const name of request.fuelStops) {
    const stop = request.waypoints[name];
    if (stop) nearest = Math.min(nearest, distanceBetween(here, stop));
  }
  return Number.isFinite(nearest) ? fuelForLeg(nearest, "CRUISE", request.hull.fuelCapacity) : 0;
}

function cheapest(open: ReadonlyMap<string, Visit>): Visit | undefined {
  let best: Visit | undefined;
  for (const visit of open.values()) {
    if (!best || visit.cost < best.cost || (visit.cost === best.cost && visit.waypoint < best.waypoint)) best = visit;
  }
  return best;
}

function summarise(legs: readonly RouteLeg[]): Route {
  return {
    legs,
    seconds: legs.reduce((sum, leg) => sum + leg.seconds, 0),
    fuelUnits: legs.reduce((sum, leg) => sum + leg.fuelUnits, 0),
  };
}
