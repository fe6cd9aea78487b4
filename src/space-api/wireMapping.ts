import type { Quote } from "../domain/market.ts";
import type { ShipState } from "../domain/ship.ts";
import type { Waypoint } from "../domain/waypoint.ts";
import type { AgentState, MarketState, MarketTransaction, ShipyardState } from "./spaceApi.ts";
import type {
  WireAgent,
  WireCargo,
  WireMarket,
  WireNav,
  WireShip,
  WireShipyard,
  WireTransaction,
  WireWaypoint,
} from "./wireSchemas.ts";

/**
 * From the game's words to ours. This is the only place that knows that `purchasePrice` is what we pay (ask) and `sellPrice` what
 * we receive (bid). `toOurMs` turns a timestamp of the server into our clock.
 */
export type ToOurMs = (serverIso: string) => number;

function quotesOf(market: WireMarket, observedAtMs: number): readonly Quote[] {
  return market.tradeGoods.map((good) => ({
    waypoint: market.symbol,
    good: good.symbol,
    type: good.type,
    tradeVolume: good.tradeVolume,
    supply: good.supply,
    activity: good.activity,
    askCredits: good.purchasePrice,
    bidCredits: good.sellPrice,
    observedAtMs,
  }));
}

export function marketOf(market: WireMarket, observedAtMs: number, toOurMs: ToOurMs): MarketState {
  return {
    listing: {
      waypoint: market.symbol,
      exports: market.exports.map((good) => good.symbol),
      imports: market.imports.map((good) => good.symbol),
      exchange: market.exchange.map((good) => good.symbol),
    },
    quotes: quotesOf(market, observedAtMs),
    transactions: market.transactions.map((transaction) => transactionOf(transaction, toOurMs)),
  };
}

export function transactionOf(wire: WireTransaction, toOurMs: ToOurMs): MarketTransaction {
  return {
    waypoint: wire.waypointSymbol,
    ship: wire.shipSymbol,
    good: wire.tradeSymbol,
    side: wire.type,
    units: wire.units,
    unitPriceCredits: wire.pricePerUnit,
    totalCredits: wire.totalPrice,
    atMs: toOurMs(wire.timestamp),
  };
}

export function shipyardOf(wire: WireShipyard): ShipyardState {
  return {
    waypoint: wire.symbol,
    shipTypes: wire.shipTypes.map((shipType) => shipType.type),
    hulls: wire.ships.map((hull) => ({
      type: hull.type,
      askCredits: hull.purchasePrice,
      speed: hull.engine.speed,
      cargoCapacity: hull.modules
        .filter((module) => module.symbol.startsWith("MODULE_CARGO_HOLD"))
        .reduce((sum, module) => sum + (module.capacity ?? 0), 0),
      fuelCapacity: hull.frame.fuelCapacity,
    })),
  };
}

export function agentOf(wire: WireAgent): AgentState {
  return { symbol: wire.symbol, credits: wire.credits, headquarters: wire.headquarters, shipCount: wire.shipCount };
}

export function shipOf(wire: WireShip, toOurMs: ToOurMs): ShipState {
  return {
    symbol: wire.symbol,
    role: wire.registration.role,
    frame: wire.frame.symbol,
    ...navOf(wire.nav, toOurMs),
    speed: wire.engine.speed,
    fuelUnits: wire.fuel.current,
    fuelCapacity: wire.fuel.capacity,
    ...cargoOf(wire.cargo),
  };
}

export function navOf(
  wire: WireNav,
  toOurMs: ToOurMs,
): Pick<ShipState, "system" | "waypoint" | "nav" | "flightMode" | "arrivalAtMs"> {
  return {
    system: wire.systemSymbol,
    waypoint: wire.waypointSymbol,
    nav: wire.status,
    flightMode: wire.flightMode,
    arrivalAtMs: wire.status === "IN_TRANSIT" ? toOurMs(wire.route.arrival) : undefined,
  };
}

export function cargoOf(wire: WireCargo): Pick<ShipState, "cargo" | "cargoUnits" | "cargoCapacity"> {
  return {
    cargo: wire.inventory.filter((item) => item.units > 0).map((item) => ({ good: item.symbol, units: item.units })),
    cargoUnits: wire.units,
    cargoCapacity: wire.capacity,
  };
}

export function waypointOf(wire: WireWaypoint): Waypoint {
  return {
    symbol: wire.symbol,
    system: wire.systemSymbol,
    type: wire.type,
    x: wire.x,
    y: wire.y,
    traits: wire.traits.map((trait) => trait.symbol),
  };
}
