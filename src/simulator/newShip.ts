/** A ship as it leaves the yard: docked, tank full, hold empty. */
import { cargoCapacityOf, type HullSpec } from "./hulls.data.ts";
import type { AgentRecord, ShipRecord } from "./universe.ts";

/** The `number`-th ship of an agent is called `AGENT-<hex number>`, as in the game. */
export function newShip(agent: AgentRecord, number: number, hull: HullSpec, waypoint: string, gameMs: number): ShipRecord {
  const { fuelCapacity } = hull.frame;
  return {
    symbol: `${agent.symbol}-${number.toString(16).toUpperCase()}`,
    agent: agent.symbol,
    type: hull.type,
    faction: agent.faction,
    nav: {
      status: "DOCKED",
      waypoint,
      origin: waypoint,
      departureGameMs: gameMs,
      arrivalGameMs: gameMs,
      flightMode: "CRUISE",
    },
    fuel: { current: fuelCapacity, capacity: fuelCapacity, consumed: 0, consumedAtGameMs: gameMs },
    cargo: [],
    cargoCapacity: cargoCapacityOf(hull),
    speed: hull.engine.speed,
    cooldown: { totalGameSeconds: 0, untilGameMs: 0 },
  };
}
