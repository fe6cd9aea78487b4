import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  estimateFlight,
  fuelForLeg,
  planRoute,
  type RouteRequest,
  type RouteResult,
  travelSeconds,
} from "../../src/domain/route.ts";
import { waypoint, waypointsOf } from "./fixtures/builders.ts";

const LINE = waypointsOf(waypoint("A", 0, 0), waypoint("B", 300, 0), waypoint("C", 600, 0), waypoint("X", 900, 0));
const HAULER = { speed: 15, fuelCapacity: 400 };

describe("route", () => {
  it("takes the time of the published formula in each mode", () => {
    expect(travelSeconds(100, 30, "CRUISE")).toBe(98);
    expect(travelSeconds(100, 30, "BURN")).toBe(57);
    expect(travelSeconds(100, 30, "DRIFT")).toBe(848);
    expect(travelSeconds(100, 30, "STEALTH")).toBe(115);
    expect(travelSeconds(0, 30, "CRUISE")).toBe(16);
  });

  it("burns the fuel of the published formula, and none without a tank", () => {
    expect(fuelForLeg(100.4, "CRUISE", 400)).toBe(100);
    expect(fuelForLeg(100.4, "BURN", 400)).toBe(200);
    expect(fuelForLeg(100.4, "DRIFT", 400)).toBe(1);
    expect(fuelForLeg(0, "CRUISE", 400)).toBe(1);
    expect(fuelForLeg(500, "BURN", 0)).toBe(0);
  });

  it("refuels on the way when the tank does not reach", () => {
    const route = found(planRoute(request({ to: "C", fuelStops: ["A", "B", "C"], policy: cruiseOnly })));
    expect(route.legs.map((leg) => [leg.from, leg.to, leg.mode, leg.refuelFirst])).toEqual([
      ["A", "B", "CRUISE", false],
      ["B", "C", "CRUISE", true],
    ]);
  });

  it("drifts only where nothing else arrives", () => {
    expect(found(planRoute(request({ to: "B", fuelUnits: 310, fuelStops: ["B"] }))).legs.map((leg) => leg.mode)).toEqual([
      "CRUISE",
    ]);
    expect(found(planRoute(request({ to: "B", fuelUnits: 50, fuelStops: ["B"] }))).legs.map((leg) => leg.mode)).toEqual([
      "DRIFT",
    ]);
  });

  it("keeps enough to leave again a place that sells no fuel", () => {
    const dry = { ...LINE, Y: waypoint("Y", 150, 0) };
    const there = { to: "Y", waypoints: dry, fuelStops: ["A"], policy: cruiseOnly };
    expect(found(planRoute(request({ ...there, fuelUnits: 299 }))).legs).toMatchObject([{ mode: "CRUISE", refuelFirst: true }]);
    expect(found(planRoute(request({ ...there, fuelUnits: 300 }))).legs).toMatchObject([{ mode: "CRUISE", refuelFirst: false }]);
    expect(planRoute(request({ to: "X", fuelUnits: 1, fuelStops: [] }))).toMatchObject({
      outcome: "noRoute",
      reason: "outOfFuel",
    });
  });

  it("burns where the time saved is worth more than the fuel, and not where it is not", () => {
    const near = { to: "B", hull: { speed: 15, fuelCapacity: 800 }, fuelUnits: 800, fuelStops: ["A", "B"] };
    expect(found(planRoute(request(near))).legs[0]?.mode).toBe("BURN");
    const thrifty = { allowBurn: true, secondsPerFuelUnit: 5, refuelSeconds: 3 };
    expect(found(planRoute(request({ ...near, policy: thrifty }))).legs[0]?.mode).toBe("CRUISE");
  });

  it("arrives where fuel is sold with an empty tank", () => {
    const cruise = { to: "B", fuelStops: ["B"], policy: cruiseOnly };
    expect(found(planRoute(request({ ...cruise, fuelUnits: 300 }))).legs).toMatchObject([{ mode: "CRUISE", refuelFirst: false }]);
    expect(found(planRoute(request({ ...cruise, fuelUnits: 299 }))).legs).toMatchObject([{ mode: "DRIFT" }]);
  });

  it("refuels for a faster way only where that takes less than it saves", () => {
    const way = { to: "B", hull: { speed: 15, fuelCapacity: 800 }, fuelUnits: 350, fuelStops: ["A", "B"] };
    const refuelling = (refuelSeconds: number) =>
      found(planRoute(request({ ...way, policy: { allowBurn: true, secondsPerFuelUnit: 0, refuelSeconds } }))).legs;
    // CRUISE takes 515 s, BURN 265 s.
    expect(refuelling(249)).toMatchObject([{ mode: "BURN", refuelFirst: true }]);
    expect(refuelling(251)).toMatchObject([{ mode: "CRUISE", refuelFirst: false }]);
  });

  it("is a value for an unknown place, another system and the same place [R002-108]", () => {
    expect(planRoute(request({ to: "A" }))).toEqual({ outcome: "route", route: { legs: [], seconds: 0, fuelUnits: 0 } });
    expect(planRoute(request({ to: "NOWHERE" }))).toMatchObject({ reason: "unknownWaypoint", detail: "NOWHERE" });
    const other = { ...LINE, Z: { ...waypoint("Z", 1, 1), system: "X1-OTHER" } };
    expect(planRoute(request({ to: "Z", waypoints: other }))).toMatchObject({ reason: "otherSystem" });
  });

  it("lets a probe fly straight anywhere", () => {
    const route = found(planRoute(request({ to: "X", hull: { speed: 9, fuelCapacity: 0 }, fuelUnits: 0, fuelStops: [] })));
    expect(route.legs).toMatchObject([{ to: "X", mode: "BURN", fuelUnits: 0 }]);
  });

  it("estimates a flight with stops no faster than without", () => {
    expect(estimateFlight(0, HAULER)).toEqual({ seconds: 0, fuelUnits: 0 });
    expect(estimateFlight(900, HAULER).seconds).toBeGreaterThan(travelSeconds(900, 15, "CRUISE"));
  });

  it("never exceeds the tank on any leg of any route", () => {
    const place = fc.record({
      x: fc.integer({ min: -800, max: 800 }),
      y: fc.integer({ min: -800, max: 800 }),
      sells: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(place, { minLength: 2, maxLength: 12 }), fc.integer({ min: 0, max: 400 }), (places, fuelUnits) => {
        const waypoints = waypointsOf(...places.map(({ x, y }, index) => waypoint(`W${index}`, x, y)));
        const fuelStops = places.flatMap(({ sells }, index) => (sells ? [`W${index}`] : []));
        const result = planRoute(request({ from: "W0", to: "W1", waypoints, fuelStops, fuelUnits }));
        expect(faultsOf(result, fuelUnits, fuelStops)).toEqual([]);
      }),
    );
  });
});

const cruiseOnly = { allowBurn: false, secondsPerFuelUnit: 0.04, refuelSeconds: 3 };

function request(rest: Partial<RouteRequest>): RouteRequest {
  return { hull: HAULER, fuelUnits: 400, from: "A", to: "B", waypoints: LINE, fuelStops: [], ...rest };
}

function found(result: RouteResult) {
  if (result.outcome === "noRoute") throw new Error(`${result.reason}: ${result.detail}`);
  return result.route;
}

/** Flies the legs with a real tank and says what goes wrong; with 3 units of fuel a drift always arrives. */
function faultsOf(result: RouteResult, fuelUnits: number, fuelStops: readonly string[]): readonly string[] {
  if (result.outcome === "noRoute") return fuelUnits < 3 ? [] : [`no route with ${fuelUnits} fuel: ${result.reason}`];
  const faults: string[] = [];
  let tank = fuelUnits;
  let at = "W0";
  for (const leg of result.route.legs) {
    if (leg.from !== at) faults.push(`leg from ${leg.from} while at ${at}`);
    if (leg.refuelFirst && !fuelStops.includes(leg.from)) faults.push(`refuels at ${leg.from}, which sells no fuel`);
    tank = (leg.refuelFirst ? HAULER.fuelCapacity : tank) - leg.fuelUnits;
    if (tank < 0) faults.push(`tank ${tank} at ${leg.to}`);
    at = leg.to;
  }
  return at === "W1" ? faults : [...faults, `ends at ${at}`];
}
