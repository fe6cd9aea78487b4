/** Orbit, dock, navigate, flight mode. */
import { z } from "zod";
import { type Answer, ok, refuse } from "../refusal.ts";
import type { Simulation } from "../simulation.ts";
import { distance, fuelNeeded, isSlower, raisedTransit, type Transit, travelSeconds } from "../travel.ts";
import type { ShipRecord } from "../universe.ts";
import { fuelWire, navStatus, navWire } from "../wire.ts";
import { type AgentCall, type Operation, parseBody, refuseInTransit, shipOperation } from "./operation.ts";

export const navigationOperations: readonly Operation[] = [
  shipOperation("POST", "/orbit", "orbitShip", (call, ship) => setPosture(call, ship, "IN_ORBIT")),
  shipOperation("POST", "/dock", "dockShip", (call, ship) => setPosture(call, ship, "DOCKED")),
  shipOperation("POST", "/navigate", "navigateShip", navigate),
  shipOperation("PATCH", "/nav", "patchShipNav", patchNav),
];

/** Idempotent: what already is, is no mutation and leaves no line in the books. */
function setPosture(call: AgentCall, ship: ShipRecord, status: "IN_ORBIT" | "DOCKED"): Answer {
  const { sim } = call;
  const transit = refuseInTransit(sim, ship);
  if (transit) return transit;
  if (navStatus(ship, sim.nowGameMs()) === status) return ok({ nav: navWire(sim, ship) });
  const value: ShipRecord = { ...ship, nav: { ...ship.nav, status } };
  sim.commit({
    operation: status === "DOCKED" ? "dock" : "orbit",
    requestId: call.requestId,
    agent: ship.agent,
    ship: ship.symbol,
    waypoint: ship.nav.waypoint,
    puts: [{ put: "ship", value }],
  });
  return ok({ nav: navWire(sim, value) });
}

const NavigateBody = z.object({ waypointSymbol: z.string().min(1).max(64) });

function navigate(call: AgentCall, ship: ShipRecord): Answer {
  const { sim } = call;
  const body = parseBody(NavigateBody, call.body);
  if (!body.ok) return body.refusal;
  const symbol = body.value.waypointSymbol;
  const transit = refuseInTransit(sim, ship);
  if (transit) return transit;
  const here = ship.nav.waypoint;
  if (ship.nav.status === "DOCKED") {
    return refuse(400, 4236, `Ship action failed. Ship is not currently in orbit at ${here}.`, { waypointSymbol: here });
  }
  const origin = sim.waypoints.get(here);
  const target = sim.waypoints.get(symbol);
  if (origin === undefined || target === undefined) return refuseDestination(sim.universe.system.symbol, symbol);
  if (symbol === here) {
    const data = { shipSymbol: ship.symbol, destinationSymbol: symbol };
    return refuse(400, 4204, `Navigate request failed. Ship is currently located at the destination.`, data);
  }

  const units = distance(origin, target);
  const fuelRequired = fuelNeeded(units, ship.nav.flightMode, ship.fuel.capacity);
  if (fuelRequired > ship.fuel.current) return refuseFuel(ship, fuelRequired);
  const now = sim.nowGameMs();
  const seconds = travelSeconds(units, ship.nav.flightMode, ship.speed);
  const value: ShipRecord = {
    ...ship,
    nav: {
      status: "IN_TRANSIT",
      waypoint: symbol,
      origin: here,
      departureGameMs: now,
      arrivalGameMs: now + seconds * 1000,
      flightMode: ship.nav.flightMode,
    },
    fuel: burn(ship, fuelRequired, now),
  };
  sim.commit({
    operation: "navigate",
    requestId: call.requestId,
    agent: ship.agent,
    ship: ship.symbol,
    waypoint: here,
    detail: { destination: symbol, distance: Math.round(units), travelGameSeconds: seconds, fuelBurnt: fuelRequired },
    puts: [{ put: "ship", value }],
  });
  return ok({ nav: navWire(sim, value), fuel: fuelWire(sim, value), events: [] });
}

function refuseDestination(system: string, symbol: string): Answer {
  return symbol.startsWith(`${system}-`)
    ? refuse(400, 4201, `Navigate request failed. Destination ${symbol} does not exist.`, { destinationSymbol: symbol })
    : refuse(400, 4202, `Navigate request failed. Destination ${symbol} is outside the ${system} system.`, {
        destinationSymbol: symbol,
      });
}

function refuseFuel(ship: ShipRecord, fuelRequired: number): Answer {
  const message = `Navigate request failed. Ship ${ship.symbol} requires ${fuelRequired - ship.fuel.current} more fuel for navigation.`;
  return refuse(400, 4203, message, { shipSymbol: ship.symbol, fuelRequired, fuelAvailable: ship.fuel.current });
}

function burn(ship: ShipRecord, units: number, gameMs: number): ShipRecord["fuel"] {
  if (units === 0) return ship.fuel;
  return { ...ship.fuel, current: ship.fuel.current - units, consumed: units, consumedAtGameMs: gameMs };
}

const PatchBody = z.object({ flightMode: z.enum(["DRIFT", "STEALTH", "CRUISE", "BURN"]) });

/** In transit the mode can only be raised: the rest of the way is flown, and paid, in the faster mode. */
function patchNav(call: AgentCall, ship: ShipRecord): Answer {
  const { sim } = call;
  const body = parseBody(PatchBody, call.body);
  if (!body.ok) return body.refusal;
  const mode = body.value.flightMode;
  const now = sim.nowGameMs();
  if (mode === ship.nav.flightMode) return ok({ nav: navWire(sim, ship), fuel: fuelWire(sim, ship), events: [] });
  let value: ShipRecord = { ...ship, nav: { ...ship.nav, flightMode: mode } };
  let fuelBurnt = 0;
  if (navStatus(ship, now) === "IN_TRANSIT") {
    if (isSlower(mode, ship.nav.flightMode)) {
      return refuse(400, 4269, `Ship ${ship.symbol} cannot slow down while in transit.`, {
        shipSymbol: ship.symbol,
        flightMode: ship.nav.flightMode,
      });
    }
    const raised = raisedTransit(transitOf(sim, ship, now), mode);
    if (raised.fuel > ship.fuel.current) return refuseFuel(ship, raised.fuel);
    fuelBurnt = raised.fuel;
    const nav = { ...ship.nav, flightMode: mode, arrivalGameMs: now + raised.leftMs };
    value = { ...ship, nav, fuel: burn(ship, fuelBurnt, now) };
  }
  sim.commit({
    operation: "flightMode",
    requestId: call.requestId,
    agent: ship.agent,
    ship: ship.symbol,
    waypoint: ship.nav.waypoint,
    detail: { flightMode: mode, fuelBurnt },
    puts: [{ put: "ship", value }],
  });
  return ok({ nav: navWire(sim, value), fuel: fuelWire(sim, value), events: [] });
}

function transitOf(sim: Simulation, { nav, speed, fuel }: ShipRecord, now: number): Transit {
  const origin = sim.waypoints.get(nav.origin);
  const target = sim.waypoints.get(nav.waypoint);
  if (origin === undefined || target === undefined) throw new Error(`no way from ${nav.origin} to ${nav.waypoint}`);
  const { flightMode, arrivalGameMs } = nav;
  return {
    units: distance(origin, target),
    mode: flightMode,
    leftMs: arrivalGameMs - now,
    engineSpeed: speed,
    fuelCapacity: fuel.capacity,
  };
}
