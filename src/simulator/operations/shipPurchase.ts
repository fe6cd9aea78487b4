/** Buying a hull at a shipyard where one of the agent's ships is. */
import { z } from "zod";
import { newShip } from "../newShip.ts";
import { hullAsk } from "../quote.ts";
import { type Answer, ok, refuse } from "../refusal.ts";
import type { AgentRecord, HullSaleRecord } from "../universe.ts";
import { agentWire, hullSaleWire, shipWire } from "../wire.ts";
import { type AgentCall, agentOperation, isPresent, type Operation, parseBody } from "./operation.ts";

export const shipPurchaseOperation: Operation = agentOperation("POST", "/my/ships", "purchaseShip", purchaseShip);

const PurchaseBody = z.object({ shipType: z.string().min(1).max(64), waypointSymbol: z.string().min(1).max(64) });

function purchaseShip(call: AgentCall): Answer {
  const { sim, agent } = call;
  const body = parseBody(PurchaseBody, call.body);
  if (!body.ok) return body.refusal;
  const { shipType, waypointSymbol } = body.value;
  const data = { waypointSymbol, shipType };
  const yard = sim.yards.get(waypointSymbol);
  const hull = yard?.ships.find((ship) => ship.type === shipType);
  const spec = sim.universe.hulls[shipType];
  if (yard === undefined) return refuse(404, 404, `Waypoint ${waypointSymbol} has no shipyard.`, data);
  if (!isPresent(sim, agent, waypointSymbol)) {
    return refuse(400, 4245, `Ship purchase failed. Agent has no ships at ${waypointSymbol}.`, data);
  }
  if (hull === undefined || spec === undefined) {
    return refuse(400, 4605, `Ship purchase failed. ${shipType} is not available at ${waypointSymbol}.`, data);
  }
  const price = hullAsk(hull, sim.universe.economy.constants).askCredits;
  if (price > agent.credits) {
    return refuse(400, 4216, "Ship purchase failed. Agent has insufficient credits.", {
      creditsAvailable: agent.credits,
      creditsNeeded: price,
    });
  }
  const paid: AgentRecord = { ...agent, credits: agent.credits - price, shipsNamed: agent.shipsNamed + 1 };
  const now = sim.nowGameMs();
  const sale: HullSaleRecord = { type: shipType, price, agent: agent.symbol, atGameMs: now };
  const ship = newShip(agent, paid.shipsNamed, spec, waypointSymbol, now);
  sim.commit({
    operation: "purchaseShip",
    requestId: call.requestId,
    agent: agent.symbol,
    ship: ship.symbol,
    waypoint: waypointSymbol,
    good: shipType,
    units: 1,
    unitPrice: price,
    total: price,
    puts: [
      { put: "agent", value: paid },
      { put: "ship", value: ship },
      { put: "hull", waypoint: waypointSymbol, value: { ...hull, stock: hull.stock - 1 } },
      { put: "hullSale", waypoint: waypointSymbol, value: sale },
    ],
  });
  const transaction = hullSaleWire(sim.universe, waypointSymbol, sale);
  return ok({ agent: agentWire(paid, sim.fleetOf(agent.symbol).size), ship: shipWire(sim, ship), transaction }, 201);
}
