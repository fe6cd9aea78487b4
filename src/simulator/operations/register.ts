/** A new agent with its start fleet. */

import { createHash } from "node:crypto";
import { z } from "zod";
import { isoAt } from "../gameClock.ts";
import { newShip } from "../newShip.ts";
import { type Answer, ok, refuse } from "../refusal.ts";
import type { Simulation } from "../simulation.ts";
import type { StartFleet } from "../startFleet.ts";
import { agentToken } from "../token.ts";
import { distance } from "../travel.ts";
import type { AgentRecord } from "../universe.ts";
import { agentWire, shipWire } from "../wire.ts";
import { type Operation, parseBody } from "./operation.ts";

/** POST /register with the account token. */
export function registerOperation(fleet: StartFleet): Operation {
  return {
    method: "POST",
    path: "/register",
    name: "register",
    token: "account",
    handle: ({ sim, body, requestId }) => {
      const parsed = parseBody(RegisterBody, body);
      if (!parsed.ok) return parsed.refusal;
      const symbol = parsed.value.symbol.toUpperCase();
      if (sim.agents.has(symbol)) {
        return refuse(409, 4111, `Cannot register agent. Agent symbol ${symbol} has already been claimed.`, {
          agentSymbol: symbol,
        });
      }
      return registered(sim, createAgent(sim, symbol, parsed.value.faction, fleet, requestId));
    },
  };
}

/** Puts a new agent with its ships into the universe. The symbol must be free. */
export function createAgent(
  sim: Simulation,
  symbol: string,
  faction: string,
  fleet: StartFleet,
  requestId: string | null,
): AgentRecord {
  const { headquarters, seed, hulls } = sim.universe;
  const agent: AgentRecord = {
    symbol,
    accountId: createHash("sha256").update(`${seed}/${symbol}`).digest("hex").slice(0, 24),
    faction,
    headquarters,
    credits: fleet.credits,
    shipsNamed: fleet.ships.length,
  };
  const yards = nearestYards(sim, headquarters);
  let atYard = 0;
  const ships = fleet.ships.map(({ type, at }, i) => {
    const hull = hulls[type];
    if (hull === undefined) throw new Error(`the start fleet has the unknown hull ${type}`);
    const waypoint = at === "SHIPYARD" ? (yards[atYard++ % Math.max(1, yards.length)] ?? headquarters) : headquarters;
    return newShip(agent, i + 1, hull, waypoint, sim.nowGameMs());
  });
  sim.commit({
    operation: "register",
    requestId,
    agent: symbol,
    waypoint: headquarters,
    detail: { fleet: fleet.name, ships: ships.map((ship) => ship.symbol) },
    puts: [{ put: "agent", value: agent }, ...ships.map((value) => ({ put: "ship" as const, value }))],
  });
  return agent;
}

const FACTIONS =
  /^(COSMIC|VOID|GALACTIC|QUANTUM|DOMINION|ASTRO|CORSAIRS|OBSIDIAN|AEGIS|UNITED|SOLITARY|COBALT|OMEGA|ECHO|LORDS|CULT|ANCIENTS|SHADOW|ETHEREAL)$/;

const RegisterBody = z.object({
  symbol: z.string().regex(/^[A-Za-z0-9_-]{3,14}$/, "must be 3 to 14 letters, digits, - or _"),
  faction: z.string().regex(FACTIONS, "must be one of the factions"),
});

function registered(sim: Simulation, agent: AgentRecord): Answer {
  const ships = [...sim.fleetOf(agent.symbol).values()].map((ship) => shipWire(sim, ship));
  return ok(
    {
      token: agentToken(sim.universe, agent.symbol),
      agent: agentWire(agent, ships.length),
      faction: {
        symbol: agent.faction,
        name: agent.faction,
        description: "A simulated faction.",
        headquarters: agent.headquarters,
        traits: [],
        isRecruiting: true,
      },
      contract: startContract(sim, agent),
      ships,
      ship: ships[0],
    },
    201,
  );
}

/** The offer every agent starts with: a cheap good for a market that imports it. Contracts themselves are not served. */
function startContract(sim: Simulation, agent: AgentRecord) {
  const { clock } = sim.universe;
  const wanted = sim.universe.markets
    .flatMap((market) => market.goods.filter((good) => good.kind === "IMPORT").map((good) => ({ market, good })))
    .toSorted((a, b) => a.good.base - b.good.base)[0];
  const units = wanted?.good.tradeVolume ?? 1;
  const value = Math.round(units * (wanted?.good.base ?? 1));
  const day = 86_400_000;
  return {
    id: createHash("sha256").update(`contract ${agent.accountId}`).digest("hex").slice(0, 24),
    factionSymbol: agent.faction,
    type: "PROCUREMENT",
    terms: {
      deadline: isoAt(clock, sim.nowGameMs() + 7 * day),
      payment: { onAccepted: Math.round(value * 0.25), onFulfilled: value },
      deliver: [
        {
          tradeSymbol: wanted?.good.good ?? "IRON_ORE",
          destinationSymbol: wanted?.market.waypoint ?? agent.headquarters,
          unitsRequired: units,
          unitsFulfilled: 0,
        },
      ],
    },
    accepted: false,
    fulfilled: false,
    expiration: isoAt(clock, sim.nowGameMs() + day),
    deadlineToAccept: isoAt(clock, sim.nowGameMs() + day),
  };
}

/** Shipyards by distance from a waypoint; those that sell probes come first, so that a start probe sees the useful one. */
function nearestYards(sim: Simulation, from: string): string[] {
  const origin = sim.waypoints.get(from) ?? { x: 0, y: 0 };
  const rank = (waypoint: string) => {
    const sellsProbes = sim.yards.get(waypoint)?.ships.some((hull) => hull.type === "SHIP_PROBE") ?? false;
    return distance(origin, sim.waypoints.get(waypoint) ?? origin) + (sellsProbes ? 0 : 1e6);
  };
  return [...sim.yards.keys()].toSorted((a, b) => rank(a) - rank(b));
}
