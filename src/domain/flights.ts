import { distanceBetween, estimateFlight, type Hull, type RoutePolicy, routesTo } from "./route.ts";
import type { Waypoint } from "./waypoint.ts";

/** What a way takes, stops to refuel included. */
export interface Flight {
  readonly seconds: number;
  readonly fuelUnits: number;
}

/** Of one hull that flies by one policy: by origin, then by destination. */
interface FlightTable extends Hull, RoutePolicy {
  readonly origins: Map<string, ReadonlyMap<string, Flight>>;
}

type Chart = Readonly<Record<string, Waypoint>>;

/**
 * What ways between places take, flown as ships fly them, from a full tank: for ranking many trades. Each origin is explored once per hull
 * and policy.
 */
export class Flights {
  readonly #chart: Chart;
  readonly #fuelStops: readonly string[];
  readonly #known: FlightTable[] = [];

  constructor(chart: Chart, fuelStops: readonly string[]) {
    this.#chart = chart;
    this.#fuelStops = fuelStops;
  }

  /** Undefined where a place is not on the chart, or in another system. */
  between(from: string, to: string, hull: Hull, policy: RoutePolicy): Flight | undefined {
    const [origin, destination] = [this.#chart[from], this.#chart[to]];
    if (!origin || !destination || origin.system !== destination.system) return undefined;
    if (from === to) return NO_FLIGHT;
    const known = this.#from(from, hull, policy).get(to);
    return known ?? estimateFlight(distanceBetween(origin, destination), hull, policy);
  }

  #from(from: string, hull: Hull, policy: RoutePolicy): ReadonlyMap<string, Flight> {
    const { origins } = this.#tableOf(hull, policy);
    const flights = origins.get(from) ?? this.#explore(from, hull, policy);
    origins.set(from, flights);
    return flights;
  }

  /** A fleet has a handful of hulls: comparing beats building a key for each of many lookups. */
  #tableOf({ speed, fuelCapacity }: Hull, policy: RoutePolicy): FlightTable {
    const known = this.#known.find(
      (table) =>
        table.speed === speed &&
        table.fuelCapacity === fuelCapacity &&
        table.allowBurn === policy.allowBurn &&
        table.secondsPerFuelUnit === policy.secondsPerFuelUnit &&
        table.refuelSeconds === policy.refuelSeconds,
    );
    if (known) return known;
    const table = { ...policy, speed, fuelCapacity, origins: new Map<string, ReadonlyMap<string, Flight>>() };
    this.#known.push(table);
    return table;
  }

  #explore(from: string, hull: Hull, policy: RoutePolicy): ReadonlyMap<string, Flight> {
    const home = this.#chart[from]?.system;
    const markets = Object.values(this.#chart).filter(({ system, traits }) => system === home && traits.includes("MARKETPLACE"));
    const targets = markets.map(({ symbol }) => symbol);
    const { fuelCapacity: fuelUnits } = hull;
    const routes = routesTo(targets, {
      hull,
      fuelUnits,
      from,
      waypoints: this.#chart,
      fuelStops: this.#fuelStops,
      policy,
    });
    return new Map(
      [...routes].map(([to, { seconds, fuelUnits, legs }]) => {
        const refuels = legs.filter(({ refuelFirst }) => refuelFirst).length;
        return [to, { seconds: seconds + refuels * policy.refuelSeconds, fuelUnits }];
      }),
    );
  }
}

export const NO_FLIGHT: Flight = { seconds: 0, fuelUnits: 0 };

const flightsOfCharts = new WeakMap<Chart, { readonly fuelStops: string; readonly flights: Flights }>();

/** The same for the same chart, so that what was explored is not explored again with every plan. */
export function flightsOver(chart: Chart, fuelStops: readonly string[]): Flights {
  const key = fuelStops.join(" ");
  const known = flightsOfCharts.get(chart);
  if (known?.fuelStops === key) return known.flights;
  const flights = new Flights(chart, fuelStops);
  flightsOfCharts.set(chart, { fuelStops: key, flights });
  return flights;
}
