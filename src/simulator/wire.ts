/** The universe in the shapes of the API (OpenAPI v2.3.0). */

import { isoAt, wallMsAt } from "./gameClock.ts";
import type { HullPart, HullSpec } from "./hulls.data.ts";
import { hullAsk, quoteOf } from "./quote.ts";
import type { Simulation } from "./simulation.ts";
import type {
  AgentRecord,
  HullSaleRecord,
  MarketRecord,
  ShipRecord,
  TransactionRecord,
  Universe,
  WaypointRecord,
  YardHull,
  YardRecord,
} from "./universe.ts";

export function agentWire(agent: AgentRecord, shipCount: number) {
  return {
    accountId: agent.accountId,
    symbol: agent.symbol,
    headquarters: agent.headquarters,
    credits: agent.credits,
    startingFaction: agent.faction,
    shipCount,
  };
}

export function shipWire(sim: Simulation, ship: ShipRecord) {
  const hull = sim.universe.hulls[ship.type];
  if (hull === undefined) throw new Error(`ship ${ship.symbol} has the unknown hull ${ship.type}`);
  const { frame, reactor, engine } = hull;
  return {
    symbol: ship.symbol,
    registration: { name: ship.symbol, factionSymbol: ship.faction, role: hull.role },
    nav: navWire(sim, ship),
    crew: { ...hull.crew, current: hull.crew.required, rotation: "STRICT", morale: 100, wages: 0 },
    ...hullParts({ frame, reactor, engine, modules: hull.modules, mounts: hull.mounts }),
    cargo: cargoWire(sim, ship),
    fuel: fuelWire(sim, ship),
    cooldown: cooldownWire(sim, ship),
  };
}

export function navWire(sim: Simulation, ship: ShipRecord) {
  const { nav } = ship;
  const origin = routePlace(sim, nav.origin);
  return {
    systemSymbol: sim.universe.system.symbol,
    waypointSymbol: nav.waypoint,
    route: {
      departure: origin,
      origin,
      destination: routePlace(sim, nav.waypoint),
      departureTime: isoAt(sim.universe.clock, nav.departureGameMs),
      arrival: isoAt(sim.universe.clock, nav.arrivalGameMs),
    },
    status: navStatus(ship, sim.nowGameMs()),
    flightMode: nav.flightMode,
  };
}

/** Arrival is lazy: a transit whose time has passed is an orbit. */
export function navStatus(ship: ShipRecord, gameMs: number): ShipRecord["nav"]["status"] {
  return ship.nav.status === "IN_TRANSIT" && gameMs >= ship.nav.arrivalGameMs ? "IN_ORBIT" : ship.nav.status;
}

export function fuelWire(sim: Simulation, ship: ShipRecord) {
  const { current, capacity, consumed, consumedAtGameMs } = ship.fuel;
  return { current, capacity, consumed: { amount: consumed, timestamp: isoAt(sim.universe.clock, consumedAtGameMs) } };
}

export function cargoWire(sim: Simulation, ship: Pick<ShipRecord, "cargo" | "cargoCapacity">) {
  return {
    capacity: ship.cargoCapacity,
    units: cargoUnits(ship),
    inventory: ship.cargo.map(({ good, units }) => ({ ...goodWire(sim.universe, good), units })),
  };
}

export function cargoUnits(ship: Pick<ShipRecord, "cargo">): number {
  return ship.cargo.reduce((sum, item) => sum + item.units, 0);
}

export function cooldownWire(sim: Simulation, ship: ShipRecord) {
  const { clock } = sim.universe;
  const leftMs = ship.cooldown.untilGameMs - sim.nowGameMs();
  if (leftMs <= 0) return { shipSymbol: ship.symbol, totalSeconds: 0, remainingSeconds: 0 };
  return {
    shipSymbol: ship.symbol,
    totalSeconds: Math.ceil(ship.cooldown.totalGameSeconds / clock.speed),
    remainingSeconds: Math.ceil(leftMs / 1000 / clock.speed),
    expiration: new Date(wallMsAt(clock, ship.cooldown.untilGameMs)).toISOString(),
  };
}

export function waypointWire(universe: Readonly<Universe>, waypoint: WaypointRecord) {
  return {
    symbol: waypoint.symbol,
    type: waypoint.type,
    systemSymbol: universe.system.symbol,
    x: waypoint.x,
    y: waypoint.y,
    ...(waypoint.orbits === null ? {} : { orbits: waypoint.orbits }),
    orbitals: waypoint.orbitals.map((symbol) => ({ symbol })),
    faction: { symbol: waypoint.faction },
    traits: waypoint.traits,
    modifiers: [],
    chart: { waypointSymbol: waypoint.symbol, submittedBy: waypoint.faction, submittedOn: isoAt(universe.clock, 0) },
    isUnderConstruction: waypoint.isUnderConstruction,
  };
}

export function systemWire(universe: Readonly<Universe>) {
  const { symbol, sector, type, x, y } = universe.system;
  return {
    symbol,
    sectorSymbol: sector,
    type,
    x,
    y,
    waypoints: universe.waypoints.map((waypoint) => ({
      symbol: waypoint.symbol,
      type: waypoint.type,
      x: waypoint.x,
      y: waypoint.y,
      orbitals: waypoint.orbitals.map((orbital) => ({ symbol: orbital })),
      ...(waypoint.orbits === null ? {} : { orbits: waypoint.orbits }),
    })),
    factions: [],
  };
}

/** Prices and transactions only when `present`: one of the caller's ships is there, not in transit. */
export function marketWire(sim: Simulation, market: MarketRecord, present: boolean) {
  const ofKind = (kind: string) =>
    market.goods.filter((good) => good.kind === kind).map((good) => goodWire(sim.universe, good.good));
  const listing = { symbol: market.waypoint, exports: ofKind("EXPORT"), imports: ofKind("IMPORT"), exchange: ofKind("EXCHANGE") };
  if (!present) return listing;
  const tradeGoods = market.goods.map((good) => {
    const { askCredits, bidCredits, supply } = quoteOf(market.waypoint, good, sim.noise);
    return {
      symbol: good.good,
      type: good.kind,
      tradeVolume: good.tradeVolume,
      supply,
      ...(good.kind === "EXCHANGE" ? {} : { activity: good.activity }),
      purchasePrice: askCredits,
      sellPrice: bidCredits,
    };
  });
  return { ...listing, transactions: market.transactions.map((record) => transactionWire(sim.universe, record)), tradeGoods };
}

export function transactionWire(universe: Readonly<Universe>, record: TransactionRecord) {
  return {
    waypointSymbol: record.waypoint,
    shipSymbol: record.ship,
    tradeSymbol: record.good,
    type: record.side,
    units: record.units,
    pricePerUnit: record.unitPrice,
    totalPrice: record.units * record.unitPrice,
    timestamp: isoAt(universe.clock, record.atGameMs),
  };
}

export function yardWire(sim: Simulation, yard: YardRecord, present: boolean) {
  const listing = {
    symbol: yard.waypoint,
    shipTypes: yard.ships.map(({ type }) => ({ type })),
    modificationsFee: yard.modificationsFee,
  };
  if (!present) return listing;
  const transactions = (yard.sales ?? []).map((sale) => hullSaleWire(sim.universe, yard.waypoint, sale));
  return { ...listing, transactions, ships: yard.ships.map((hull) => yardHullWire(sim, hull)) };
}

export function hullSaleWire(universe: Readonly<Universe>, waypointSymbol: string, sale: HullSaleRecord) {
  const { type, price, agent, atGameMs } = sale;
  return {
    waypointSymbol,
    shipSymbol: type,
    shipType: type,
    price,
    agentSymbol: agent,
    timestamp: isoAt(universe.clock, atGameMs),
  };
}

function yardHullWire(sim: Simulation, hull: YardHull) {
  const spec = sim.universe.hulls[hull.type];
  if (spec === undefined) throw new Error(`a shipyard sells the unknown hull ${hull.type}`);
  const { askCredits, supply } = hullAsk(hull, sim.universe.economy.constants);
  return {
    type: hull.type,
    symbol: hull.type,
    name: spec.name,
    description: `${spec.name}.`,
    supply,
    activity: hull.activity,
    purchasePrice: askCredits,
    ...hullParts(spec),
    crew: spec.crew,
  };
}

function hullParts({
  frame,
  reactor,
  engine,
  modules,
  mounts,
}: Pick<HullSpec, "frame" | "reactor" | "engine" | "modules" | "mounts">) {
  const sound = { condition: 1, integrity: 1, quality: 1 };
  const { fuelCapacity, moduleSlots, mountingPoints } = frame;
  return {
    frame: { ...partWire(frame), ...sound, fuelCapacity, moduleSlots, mountingPoints },
    reactor: { ...partWire(reactor), ...sound, powerOutput: reactor.powerOutput },
    engine: { ...partWire(engine), ...sound, speed: engine.speed },
    modules: modules.map(partWire),
    mounts: mounts.map(partWire),
  };
}

function partWire(part: HullPart) {
  const [power, crew, slots] = part.needs;
  return {
    symbol: part.symbol,
    name: part.name,
    description: `${part.name}.`,
    requirements: { power, crew, slots },
    ...(part.strength === undefined ? {} : { strength: part.strength }),
    ...(part.capacity === undefined ? {} : { capacity: part.capacity }),
    ...(part.deposits === undefined ? {} : { deposits: part.deposits.split(" ") }),
  };
}

function goodWire(universe: Readonly<Universe>, symbol: string) {
  const text = universe.goods[symbol];
  return { symbol, name: text?.name ?? symbol, description: text?.description ?? "" };
}

function routePlace(sim: Simulation, symbol: string) {
  const waypoint = sim.waypoints.get(symbol);
  return {
    symbol,
    type: waypoint?.type ?? "PLANET",
    systemSymbol: sim.universe.system.symbol,
    x: waypoint?.x ?? 0,
    y: waypoint?.y ?? 0,
  };
}
