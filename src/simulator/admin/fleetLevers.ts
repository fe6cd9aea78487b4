/** Levers on agents and ships, each one mutation in the books. */
import { z } from "zod";
import type { Call } from "../operations/operation.ts";
import { type Answer, notFound, ok } from "../refusal.ts";
import { type AdminOperation, lever } from "./adminOperation.ts";

const Name = z.string().min(1).max(64);
const Gift = z.strictObject({ agent: Name, credits: z.int().min(-1e12).max(1e12) });
const OfShip = z.strictObject({ ship: Name });

export const fleetLevers: readonly AdminOperation[] = [
  lever("/credits", "adds credits to an agent, also negative ones", Gift, give),
  lever(
    "/ships/destroy",
    "takes a ship out of the universe with its cargo and fuel; requests about it are 404 from then on",
    OfShip,
    destroy,
  ),
];

function give({ sim, requestId }: Call, { agent: symbol, credits }: z.infer<typeof Gift>): Answer {
  const agent = sim.agents.get(symbol);
  if (agent === undefined) return notFound("Agent", symbol);
  const value = { ...agent, credits: agent.credits + credits };
  sim.commit({ operation: "adminCredits", requestId, agent: symbol, total: credits, puts: [{ put: "agent", value }] });
  return ok({ symbol, credits: value.credits });
}

function destroy({ sim, requestId }: Call, { ship: symbol }: z.infer<typeof OfShip>): Answer {
  const ship = sim.ships.get(symbol);
  if (ship === undefined) return notFound("Ship", symbol);
  sim.commit({
    operation: "adminShipsDestroy",
    requestId,
    agent: ship.agent,
    ship: symbol,
    waypoint: ship.nav.waypoint,
    puts: [{ put: "shipGone", ship: symbol }],
  });
  return ok({ ship: symbol, agent: ship.agent, lost: { cargo: ship.cargo, fuel: ship.fuel.current } });
}
