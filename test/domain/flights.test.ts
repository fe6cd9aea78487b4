import { describe, expect, it } from "vitest";
import { Flights, flightsOver } from "../../src/domain/flights.ts";
import { DEFAULT_ROUTE_POLICY, planRoute } from "../../src/domain/route.ts";
import { waypoint, waypointsOf } from "./fixtures/builders.ts";

const HAULER = { speed: 15, fuelCapacity: 400 };
const THRIFTY = { ...DEFAULT_ROUTE_POLICY, allowBurn: false };
const elsewhere = { ...waypoint("X", 0, 0), system: "X2-T" };
/** 700 from end to end, with fuel on the way: more than a tank at any mode. */
const CHART = waypointsOf(
  waypoint("A", 0, 0),
  waypoint("B", 180, 0),
  waypoint("C", 360, 0),
  waypoint("D", 540, 0),
  waypoint("E", 700, 0),
  elsewhere,
);
const STOPS = ["A", "B", "C", "D", "E"];

describe("flights", () => {
  it("take what the ship will take, stops on a long way and the fuel of its mode included [R002-11]", () => {
    const flights = new Flights(CHART, STOPS);
    for (const policy of [DEFAULT_ROUTE_POLICY, THRIFTY]) {
      for (const to of ["B", "E"]) {
        const flown = planRoute({ hull: HAULER, fuelUnits: 400, from: "A", to, waypoints: CHART, fuelStops: STOPS, policy });
        if (flown.outcome !== "route") throw new Error(flown.detail);
        const { seconds, fuelUnits, legs } = flown.route;
        const refuels = legs.filter(({ refuelFirst }) => refuelFirst).length;
        expect(flights.between("A", to, HAULER, policy)).toEqual({
          seconds: seconds + refuels * policy.refuelSeconds,
          fuelUnits,
        });
      }
    }
    expect(flights.between("A", "E", HAULER, DEFAULT_ROUTE_POLICY)?.fuelUnits).toBe(1_400);
    expect(flights.between("A", "E", HAULER, THRIFTY)?.fuelUnits).toBe(700);
  });

  it("are of no length on the spot and unknown off the chart or to another system", () => {
    const flights = new Flights(CHART, STOPS);
    expect(flights.between("A", "A", HAULER, THRIFTY)).toEqual({ seconds: 0, fuelUnits: 0 });
    expect(flights.between("A", "NOWHERE", HAULER, THRIFTY)).toBeUndefined();
    expect(flights.between("A", "X", HAULER, THRIFTY)).toBeUndefined();
  });

  it("lead over no place without fuel, as those of the ships do not", () => {
    const flights = new Flights(CHART, ["A", "B", "D", "E"]);
    const request = { hull: HAULER, fuelUnits: 400, from: "A", to: "E", waypoints: CHART, fuelStops: ["A", "B", "D", "E"] };
    const flown = planRoute(request);
    if (flown.outcome !== "route") throw new Error(flown.detail);
    expect(flown.route.legs.map(({ to }) => to)).not.toContain("C");
    expect(flights.between("A", "E", HAULER, DEFAULT_ROUTE_POLICY)?.fuelUnits).toBe(flown.route.fuelUnits);
  });

  it("lead over no market without fuel either, though a ship would be there sooner in two modes", () => {
    const places = waypointsOf(waypoint("A", 0, 0), waypoint("DRY", 150, 0), waypoint("E", 250, 0));
    const flights = new Flights(places, ["A", "E"]);
    // Too far for BURN on one tank: BURN to DRY and CRUISE from there would take 322 s.
    expect(flights.between("A", "E", HAULER, DEFAULT_ROUTE_POLICY)).toEqual({ seconds: 432, fuelUnits: 250 });
    expect(flights.between("A", "DRY", HAULER, DEFAULT_ROUTE_POLICY)).toEqual({ seconds: 140, fuelUnits: 300 });
  });

  it("are those of the hull and the policy that were asked for, whatever was asked before", () => {
    const flights = new Flights(CHART, STOPS);
    const policies = [{ secondsPerFuelUnit: 5 }, { refuelSeconds: 1_000 }, { allowBurn: false }];
    const asked = [
      [HAULER, DEFAULT_ROUTE_POLICY],
      [{ ...HAULER, speed: 30 }, DEFAULT_ROUTE_POLICY],
      [{ ...HAULER, fuelCapacity: 800 }, DEFAULT_ROUTE_POLICY],
      ...policies.map((change) => [HAULER, { ...DEFAULT_ROUTE_POLICY, ...change }] as const),
    ] as const;
    const found = asked.map(([hull, policy]) => flights.between("A", "E", hull, policy));
    expect(found).toEqual(asked.map(([hull, policy]) => new Flights(CHART, STOPS).between("A", "E", hull, policy)));
    for (const flight of found.slice(1)) expect(flight).not.toEqual(found[0]);
  });

  it("are explored once from each place", () => {
    const flights = new Flights(CHART, STOPS);
    expect(flights.between("A", "E", HAULER, THRIFTY)).toBe(flights.between("A", "E", { ...HAULER }, { ...THRIFTY }));
  });

  it("are estimated by the straight line to a place without a market, as no ship plans its way there", () => {
    const chart = waypointsOf(waypoint("A", 0, 0), { ...waypoint("ROCK", 150, 0), traits: [] });
    expect(new Flights(chart, ["A"]).between("A", "ROCK", HAULER, DEFAULT_ROUTE_POLICY)).toEqual({
      seconds: 140,
      fuelUnits: 300,
    });
  });

  it("are kept for a chart, and explored again where other places sell fuel", () => {
    const known = flightsOver(CHART, STOPS);
    expect(flightsOver(CHART, [...STOPS])).toBe(known);
    expect(flightsOver(CHART, ["A"])).not.toBe(known);
  });
});
