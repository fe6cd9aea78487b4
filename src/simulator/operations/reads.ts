/** Everything that only looks. */
import { ECONOMY_VERSION } from "../economy.v1.ts";
import { type Answer, notFound, ok, refuse } from "../refusal.ts";
import {
  agentWire,
  cargoWire,
  cooldownWire,
  marketWire,
  navWire,
  shipWire,
  systemWire,
  waypointWire,
  yardWire,
} from "../wire.ts";
import { agentOperation, type Call, isPresent, type Operation, paged, shipOperation } from "./operation.ts";

export const readOperations: readonly Operation[] = [
  { method: "GET", path: "/", name: "getStatus", token: "none", handle: status },
  agentOperation("GET", "/my/agent", "getMyAgent", ({ sim, agent }) => ok(agentWire(agent, sim.fleetOf(agent.symbol).size))),
  {
    method: "GET",
    path: "/agents",
    name: "getAgents",
    token: "public",
    handle: (call) => paged(call, [...call.sim.agents.values()], (agent) => publicAgent(call, agent)),
  },
  {
    method: "GET",
    path: "/agents/:agent",
    name: "getAgent",
    token: "public",
    handle: (call) => {
      const agent = call.sim.agents.get(call.params["agent"] ?? "");
      return agent ? ok(publicAgent(call, agent)) : notFound("Agent", call.params["agent"] ?? "");
    },
  },
  {
    method: "GET",
    path: "/systems",
    name: "getSystems",
    token: "public",
    handle: (call) => paged(call, [call.sim.universe], systemWire),
  },
  {
    method: "GET",
    path: "/systems/:system",
    name: "getSystem",
    token: "public",
    handle: (call) => unknownSystem(call) ?? ok(systemWire(call.sim.universe)),
  },
  { method: "GET", path: "/systems/:system/waypoints", name: "getSystemWaypoints", token: "public", handle: waypoints },
  place("", "getWaypoint", (call, symbol) => {
    const waypoint = call.sim.waypoints.get(symbol);
    return waypoint ? ok(waypointWire(call.sim.universe, waypoint)) : notFound("Waypoint", symbol);
  }),
  place("/market", "getMarket", (call, symbol) => {
    const market = call.sim.markets.get(symbol);
    if (market === undefined) return refuse(404, 4603, `Waypoint ${symbol} has no marketplace.`, { waypointSymbol: symbol });
    return ok(marketWire(call.sim, market, isPresent(call.sim, call.agent, symbol)));
  }),
  place("/shipyard", "getShipyard", (call, symbol) => {
    const yard = call.sim.yards.get(symbol);
    return yard ? ok(yardWire(call.sim, yard, isPresent(call.sim, call.agent, symbol))) : notFound("Shipyard", symbol);
  }),
  place("/jump-gate", "getJumpGate", (call, symbol) => {
    const gate = call.sim.universe.gates.find(({ waypoint }) => waypoint === symbol);
    return gate ? ok({ symbol, connections: gate.connections }) : notFound("Jump gate", symbol);
  }),
  place("/construction", "getConstruction", (call, symbol) => {
    const site = call.sim.universe.sites.find(({ waypoint }) => waypoint === symbol);
    return ok({ symbol, materials: site?.materials ?? [], isComplete: site?.isComplete ?? true });
  }),
  agentOperation("GET", "/market/supply-chain", "getSupplyChain", ({ sim }) =>
    ok({ exportToImportMap: sim.universe.supplyChain }),
  ),
  agentOperation("GET", "/my/ships", "getMyShips", (call) =>
    paged(call, [...call.sim.fleetOf(call.agent.symbol).values()], (ship) => shipWire(call.sim, ship)),
  ),
  shipOperation("GET", "", "getMyShip", ({ sim }, ship) => ok(shipWire(sim, ship))),
  shipOperation("GET", "/nav", "getShipNav", ({ sim }, ship) => ok(navWire(sim, ship))),
  shipOperation("GET", "/cargo", "getMyShipCargo", ({ sim }, ship) => ok(cargoWire(sim, ship))),
  shipOperation("GET", "/cooldown", "getShipCooldown", ({ sim }, ship) =>
    ship.cooldown.untilGameMs > sim.nowGameMs() ? ok(cooldownWire(sim, ship)) : { outcome: "ok", status: 204 },
  ),
];

function status({ sim }: Call): Answer {
  const { universe } = sim;
  const byCredits = [...sim.agents.values()].toSorted((a, b) => b.credits - a.credits).slice(0, 15);
  return {
    outcome: "ok",
    status: 200,
    bare: {
      status: "SpaceTraders v2 wire protocol, simulated by bosun. This is not the game.",
      version: "v2.3.0",
      resetDate: universe.resetDate,
      description: "A simulated universe for testing fleets.",
      stats: { accounts: 1, agents: sim.agents.size, ships: sim.ships.size, systems: 1, waypoints: universe.waypoints.length },
      leaderboards: {
        mostCredits: byCredits.map(({ symbol, credits }) => ({ agentSymbol: symbol, credits })),
        mostSubmittedCharts: [],
      },
      serverResets: { next: new Date(Date.parse(universe.resetDate) + 14 * 86_400_000).toISOString(), frequency: "never" },
      announcements: [],
      links: [],
      simulator: {
        speed: universe.clock.speed,
        seed: universe.seed,
        source: universe.source,
        economy: { version: ECONOMY_VERSION, hash: universe.economy.hash },
        gameSeconds: sim.nowGameMs() / 1000,
      },
    },
  };
}

/** What others may know of an agent: no account. */
function publicAgent({ sim }: Call, agent: Parameters<typeof agentWire>[0]) {
  const { accountId: _, ...rest } = agentWire(agent, sim.fleetOf(agent.symbol).size);
  return rest;
}

function waypoints(call: Call): Answer {
  const refusal = unknownSystem(call);
  if (refusal) return refusal;
  const type = call.query.get("type");
  const traits = call.query.getAll("traits").flatMap((value) => value.split(","));
  const matching = call.sim.universe.waypoints.filter(
    (waypoint) =>
      (type === null || waypoint.type === type) &&
      traits.every((trait) => waypoint.traits.some(({ symbol }) => symbol === trait)),
  );
  return paged(call, matching, (waypoint) => waypointWire(call.sim.universe, waypoint));
}

function unknownSystem(call: Call) {
  const symbol = call.params["system"] ?? "";
  return symbol === call.sim.universe.system.symbol ? undefined : notFound("System", symbol);
}

function place(suffix: string, name: string, handle: (call: Call, symbol: string) => Answer): Operation {
  return {
    method: "GET",
    path: `/systems/:system/waypoints/:waypoint${suffix}`,
    name,
    token: "public",
    handle: (call) => {
      const symbol = call.params["waypoint"] ?? "";
      const missing = call.sim.waypoints.has(symbol) ? undefined : notFound("Waypoint", symbol);
      return unknownSystem(call) ?? missing ?? handle(call, symbol);
    },
  };
}
