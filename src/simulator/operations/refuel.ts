/** Refuelling from the market or from the hold. */
import { z } from "zod";
import { quoteOf } from "../quote.ts";
import { type Answer, ok, refuse } from "../refusal.ts";
import type { AgentRecord, ShipRecord, TransactionRecord } from "../universe.ts";
import { agentWire, cargoWire, fuelWire, transactionWire } from "../wire.ts";
import { refuseCredits, refuseMissing, withCargo } from "./cargo.ts";
import { type AgentCall, type Operation, parseBody, refuseUndocked, shipOperation, Units } from "./operation.ts";
import { moved } from "./stock.ts";

export const refuelOperation: Operation = shipOperation("POST", "/refuel", "refuelShip", refuel);

const SHIP_FUEL_PER_UNIT = 100;

const RefuelBody = z.object({ units: Units.optional(), fromCargo: z.boolean().optional() });

/** `units` is ship fuel; the market sells whole hundreds. A full tank is a success that costs nothing. */
function refuel(call: AgentCall, ship: ShipRecord): Answer {
  const { sim, agent } = call;
  const body = parseBody(RefuelBody, call.body);
  if (!body.ok) return body.refusal;
  const undocked = refuseUndocked(sim, ship, 4225);
  if (undocked) return undocked;
  const room = ship.fuel.capacity - ship.fuel.current;
  const fuelUnits = Math.min(room, body.value.units ?? room);
  const marketUnits = Math.ceil(fuelUnits / SHIP_FUEL_PER_UNIT);
  const fuelled: ShipRecord = { ...ship, fuel: { ...ship.fuel, current: ship.fuel.current + fuelUnits } };
  if (body.value.fromCargo === true) return refuelFromCargo(call, fuelled, marketUnits, fuelUnits);

  const waypoint = ship.nav.waypoint;
  const market = sim.markets.get(waypoint);
  const good = market?.goods.find((item) => item.good === "FUEL");
  if (market === undefined || good === undefined) {
    return refuse(400, 4226, `Ship refuel failed. Fuel is not sold at ${waypoint}.`, {
      waypointSymbol: waypoint,
      tradeSymbol: "FUEL",
    });
  }
  const unitPrice = quoteOf(waypoint, good, sim.noise).askCredits;
  const unaffordable = refuseCredits(agent, "FUEL", marketUnits, unitPrice);
  if (unaffordable) return unaffordable;
  const record: TransactionRecord = {
    waypoint,
    ship: ship.symbol,
    good: "FUEL",
    side: "PURCHASE",
    units: marketUnits,
    unitPrice,
    atGameMs: sim.nowGameMs(),
  };
  const paid: AgentRecord = { ...agent, credits: agent.credits - marketUnits * unitPrice };
  if (fuelUnits > 0) {
    sim.commit({
      operation: "refuel",
      requestId: call.requestId,
      agent: agent.symbol,
      ship: ship.symbol,
      waypoint,
      good: "FUEL",
      units: marketUnits,
      unitPrice,
      total: marketUnits * unitPrice,
      detail: { fuelUnits },
      puts: [
        { put: "agent", value: paid },
        { put: "ship", value: fuelled },
        { put: "good", waypoint, value: moved(sim, market, good, -marketUnits) },
        { put: "transaction", waypoint, value: record },
      ],
    });
  }
  return ok({
    agent: agentWire(paid, sim.fleetOf(agent.symbol).size),
    fuel: fuelWire(sim, fuelled),
    cargo: cargoWire(sim, fuelled),
    transaction: transactionWire(sim.universe, record),
  });
}

function refuelFromCargo(call: AgentCall, fuelled: ShipRecord, marketUnits: number, fuelUnits: number): Answer {
  const { sim, agent } = call;
  const missing = marketUnits > 0 ? refuseMissing(fuelled, "FUEL", marketUnits) : undefined;
  if (missing) return missing;
  const waypoint = fuelled.nav.waypoint;
  const value = { ...fuelled, cargo: withCargo(fuelled.cargo, "FUEL", -marketUnits) };
  if (marketUnits > 0) {
    sim.commit({
      operation: "refuelFromCargo",
      requestId: call.requestId,
      agent: agent.symbol,
      ship: fuelled.symbol,
      waypoint,
      good: "FUEL",
      units: marketUnits,
      detail: { fuelUnits },
      puts: [{ put: "ship", value }],
    });
  }
  const record = { waypoint, ship: fuelled.symbol, good: "FUEL", side: "PURCHASE" as const, units: marketUnits, unitPrice: 0 };
  return ok({
    agent: agentWire(agent, sim.fleetOf(agent.symbol).size),
    fuel: fuelWire(sim, value),
    cargo: cargoWire(sim, value),
    transaction: transactionWire(sim.universe, { ...record, atGameMs: sim.nowGameMs() }),
  });
}
