/** Jettison and transfer of cargo. */
import { z } from "zod";
import { type Answer, ok, type Refusal, refuse } from "../refusal.ts";
import type { ShipRecord } from "../universe.ts";
import { cargoUnits, cargoWire } from "../wire.ts";
import { refuseMissing, refuseRoom, withCargo } from "./cargo.ts";
import { type AgentCall, type Operation, parseBody, refuseInTransit, shipOperation, Units } from "./operation.ts";

export const holdOperations: readonly Operation[] = [
  shipOperation("POST", "/jettison", "jettison", jettison),
  shipOperation("POST", "/transfer", "transferCargo", transfer),
];

const JettisonBody = z.object({ symbol: z.string().min(1).max(64), units: Units });

function jettison(call: AgentCall, ship: ShipRecord): Answer {
  const { sim } = call;
  const body = parseBody(JettisonBody, call.body);
  if (!body.ok) return body.refusal;
  const { symbol, units } = body.value;
  const refusal = refuseInTransit(sim, ship) ?? refuseMissing(ship, symbol, units);
  if (refusal) return refusal;
  const value: ShipRecord = { ...ship, cargo: withCargo(ship.cargo, symbol, -units) };
  sim.commit({
    operation: "jettison",
    requestId: call.requestId,
    agent: ship.agent,
    ship: ship.symbol,
    waypoint: ship.nav.waypoint,
    good: symbol,
    units,
    puts: [{ put: "ship", value }],
  });
  return ok({ cargo: cargoWire(sim, value) });
}

const TransferBody = z.object({ tradeSymbol: z.string().min(1).max(64), units: Units, shipSymbol: z.string().min(1).max(64) });

function transfer(call: AgentCall, ship: ShipRecord): Answer {
  const { sim } = call;
  const body = parseBody(TransferBody, call.body);
  if (!body.ok) return body.refusal;
  const { tradeSymbol, units, shipSymbol } = body.value;
  const target = sim.ships.get(shipSymbol);
  const refusal =
    refuseInTransit(sim, ship) ?? refuseTarget(call, ship, target, shipSymbol) ?? refuseMissing(ship, tradeSymbol, units);
  if (refusal) return refusal;
  if (target === undefined) return refuse(400, 4231, `Ship ${shipSymbol} not found.`, { shipSymbol });
  if (cargoUnits(target) + units > target.cargoCapacity) return refuseRoom(target, tradeSymbol, units);
  const from: ShipRecord = { ...ship, cargo: withCargo(ship.cargo, tradeSymbol, -units) };
  const to: ShipRecord = { ...target, cargo: withCargo(target.cargo, tradeSymbol, units) };
  sim.commit({
    operation: "transfer",
    requestId: call.requestId,
    agent: ship.agent,
    ship: ship.symbol,
    waypoint: ship.nav.waypoint,
    good: tradeSymbol,
    units,
    detail: { toShip: shipSymbol },
    puts: [
      { put: "ship", value: from },
      { put: "ship", value: to },
    ],
  });
  return ok({ cargo: cargoWire(sim, from), targetCargo: cargoWire(sim, to) });
}

function refuseTarget({ sim }: AgentCall, ship: ShipRecord, target: ShipRecord | undefined, symbol: string): Refusal | undefined {
  const data = { shipSymbol: ship.symbol, targetShipSymbol: symbol };
  if (target === undefined) return refuse(400, 4231, "Transfer failed. The target ship does not exist.", data);
  if (target.agent !== ship.agent) return refuse(400, 4232, "Transfer failed. The ships belong to different agents.", data);
  if (target.symbol === ship.symbol) return refuse(400, 4233, "Transfer failed. A ship cannot transfer to itself.", data);
  const transit = refuseInTransit(sim, target);
  if (transit || target.nav.waypoint !== ship.nav.waypoint) {
    return refuse(400, 4234, "Transfer failed. The ships are not at the same waypoint.", data);
  }
  const isDocked = (one: ShipRecord) => one.nav.status === "DOCKED";
  if (isDocked(target) !== isDocked(ship))
    return refuse(400, 4271, "Transfer failed. Both ships must be docked, or both in orbit.", data);
  return undefined;
}
