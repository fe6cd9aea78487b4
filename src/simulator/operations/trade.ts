/** Purchase and sale of cargo, refuelling, jettison and transfer. Prices are flat within a transaction and move after it. */
import { z } from "zod";
import { supplyLabel } from "../curve.ts";
import { quoteOf, visibleS } from "../quote.ts";
import { type Answer, ok, type Refusal, refuse } from "../refusal.ts";
import type { Simulation } from "../simulation.ts";
import type { AgentRecord, MarketGood, MarketRecord, ShipRecord, TransactionRecord } from "../universe.ts";
import { agentWire, cargoUnits, cargoWire, fuelWire, transactionWire } from "../wire.ts";
import {
  type AgentCall,
  type Operation,
  parseBody,
  refuseInTransit,
  refuseUndocked,
  shipOperation,
  shipsOf,
} from "./operation.ts";

export const tradeOperations: readonly Operation[] = [
  shipOperation("POST", "/purchase", "purchaseCargo", purchase),
  shipOperation("POST", "/sell", "sellCargo", sell),
  shipOperation("POST", "/refuel", "refuelShip", refuel),
  shipOperation("POST", "/jettison", "jettison", jettison),
  shipOperation("POST", "/transfer", "transferCargo", transfer),
];

const Units = z.int().min(1).max(1_000_000);
const TradeBody = z.object({ symbol: z.string().min(1).max(64), units: Units });

function purchase(call: AgentCall, ship: ShipRecord): Answer {
  const { sim, agent } = call;
  const trade = openTrade(call, ship, 4601, "not sold");
  if (!trade.ok) return trade.refusal;
  const { market, good, units } = trade;
  const tooMany = refuseVolume(market, good, units);
  if (tooMany) return tooMany;
  const held = cargoUnits(ship);
  if (held + units > ship.cargoCapacity) return refuseRoom(ship, good.good, units);
  const unitPrice = quoteOf(market.waypoint, good, sim.noise).askCredits;
  const unaffordable = refuseCredits(agent, good.good, units, unitPrice);
  if (unaffordable) return unaffordable;
  return settle(call, ship, market, good, { side: "PURCHASE", units, unitPrice });
}

function sell(call: AgentCall, ship: ShipRecord): Answer {
  const { sim } = call;
  const trade = openTrade(call, ship, 4602, "not bought");
  if (!trade.ok) return trade.refusal;
  const { market, good, units } = trade;
  const missing = refuseMissing(ship, good.good, units) ?? refuseVolume(market, good, units);
  if (missing) return missing;
  return settle(call, ship, market, good, {
    side: "SELL",
    units,
    unitPrice: quoteOf(market.waypoint, good, sim.noise).bidCredits,
  });
}

interface Deal {
  side: "PURCHASE" | "SELL";
  units: number;
  unitPrice: number;
}

function openTrade(call: AgentCall, ship: ShipRecord, code: number, verb: string) {
  const body = parseBody(TradeBody, call.body);
  if (!body.ok) return body;
  const { symbol, units } = body.value;
  const waypoint = ship.nav.waypoint;
  const refusal = refuseUndocked(call.sim, ship);
  if (refusal) return { ok: false as const, refusal };
  const market = call.sim.markets.get(waypoint);
  if (market === undefined) {
    return {
      ok: false as const,
      refusal: refuse(404, 4603, `Waypoint ${waypoint} has no marketplace.`, { waypointSymbol: waypoint }),
    };
  }
  const good = market.goods.find((item) => item.good === symbol);
  if (good === undefined) {
    const data = { waypointSymbol: waypoint, tradeSymbol: symbol };
    return { ok: false as const, refusal: refuse(400, code, `Trade good ${symbol} is ${verb} at ${waypoint}.`, data) };
  }
  return { ok: true as const, market, good, units };
}

function settle(call: AgentCall, ship: ShipRecord, market: MarketRecord, good: MarketGood, deal: Deal): Answer {
  const { sim, agent } = call;
  const sign = deal.side === "PURCHASE" ? 1 : -1;
  const total = deal.units * deal.unitPrice;
  const paid: AgentRecord = { ...agent, credits: agent.credits - sign * total };
  const loaded: ShipRecord = { ...ship, cargo: withCargo(ship.cargo, good.good, sign * deal.units) };
  const record: TransactionRecord = {
    waypoint: market.waypoint,
    ship: ship.symbol,
    good: good.good,
    atGameMs: sim.nowGameMs(),
    ...deal,
  };
  sim.commit({
    operation: deal.side === "PURCHASE" ? "purchase" : "sell",
    requestId: call.requestId,
    agent: agent.symbol,
    ship: ship.symbol,
    waypoint: market.waypoint,
    good: good.good,
    units: deal.units,
    unitPrice: deal.unitPrice,
    total,
    puts: [
      { put: "agent", value: paid },
      { put: "ship", value: loaded },
      { put: "good", waypoint: market.waypoint, value: moved(sim, market, good, -sign * deal.units) },
      ...(deal.side === "SELL" ? deliveries(market, good, agent.symbol, deal.units) : []),
      { put: "transaction", waypoint: market.waypoint, value: record },
    ],
  });
  return ok(
    {
      agent: agentWire(paid, shipsOf(sim, agent).length),
      cargo: cargoWire(sim, loaded),
      transaction: transactionWire(sim.universe, record),
    },
    201,
  );
}

/** The good with its stock moved by `units`, and the label that follows. */
function moved(sim: Simulation, market: MarketRecord, good: MarketGood, units: number): MarketGood {
  const after = { ...good, stock: good.stock + units };
  return { ...after, label: supplyLabel(good.kind, visibleS(market.waypoint, after, sim.noise)) };
}

/** A sale to a factory is remembered on every export that eats it, so that the rise of the export can be shown to be ours. */
function deliveries(market: MarketRecord, input: MarketGood, agent: string, units: number) {
  const outputs = market.recipes.filter((recipe) => recipe.inputs.includes(input.good)).map((recipe) => recipe.output);
  return market.goods
    .filter((good) => outputs.includes(good.good))
    .map((good) => {
      const add = (book: MarketGood["deliveredEver"]) => ({
        ...book,
        [input.good]: { ...book[input.good], [agent]: (book[input.good]?.[agent] ?? 0) + units },
      });
      const sinceLabel = { ...good.sinceLabel, delivered: add(good.sinceLabel.delivered) };
      return {
        put: "good" as const,
        waypoint: market.waypoint,
        value: { ...good, sinceLabel, deliveredEver: add(good.deliveredEver) },
      };
    });
}

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
  if (body.value.fromCargo === true) return refuelFromCargo(call, fuelled, marketUnits);

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
    agent: agentWire(paid, shipsOf(sim, agent).length),
    fuel: fuelWire(sim, fuelled),
    cargo: cargoWire(sim, fuelled),
    transaction: transactionWire(sim.universe, record),
  });
}

function refuelFromCargo(call: AgentCall, fuelled: ShipRecord, marketUnits: number): Answer {
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
      puts: [{ put: "ship", value }],
    });
  }
  const record = { waypoint, ship: fuelled.symbol, good: "FUEL", side: "PURCHASE" as const, units: marketUnits, unitPrice: 0 };
  return ok({
    agent: agentWire(agent, shipsOf(sim, agent).length),
    fuel: fuelWire(sim, value),
    cargo: cargoWire(sim, value),
    transaction: transactionWire(sim.universe, { ...record, atGameMs: sim.nowGameMs() }),
  });
}

function jettison(call: AgentCall, ship: ShipRecord): Answer {
  const { sim } = call;
  const body = parseBody(TradeBody, call.body);
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

const SHIP_FUEL_PER_UNIT = 100;

/** Cargo with `units` more (or fewer) of a good; an emptied good disappears. */
function withCargo(cargo: ShipRecord["cargo"], good: string, units: number): ShipRecord["cargo"] {
  const held = cargo.find((item) => item.good === good);
  const after = (held?.units ?? 0) + units;
  if (held === undefined) return [...cargo, { good, units: after }];
  return cargo.flatMap((item) => {
    if (item.good !== good) return [item];
    return after > 0 ? [{ good, units: after }] : [];
  });
}

function refuseVolume(market: MarketRecord, good: MarketGood, units: number): Refusal | undefined {
  if (units <= good.tradeVolume) return undefined;
  const data = { waypointSymbol: market.waypoint, tradeSymbol: good.good, units, tradeVolume: good.tradeVolume };
  return refuse(
    400,
    4604,
    `Market transaction failed. Trade good ${good.good} has a limit of ${good.tradeVolume} units per transaction.`,
    data,
  );
}

function refuseRoom(ship: ShipRecord, tradeSymbol: string, units: number): Refusal {
  const cargo = cargoUnits(ship);
  const message = `Failed to update ship cargo. Cannot add ${units} unit(s) to ship cargo. Exceeds max limit of ${ship.cargoCapacity}.`;
  const data = { shipSymbol: ship.symbol, tradeSymbol, cargoCapacity: ship.cargoCapacity, cargoUnits: cargo, unitsToAdd: units };
  return refuse(400, 4217, message, data);
}

function refuseMissing(ship: ShipRecord, tradeSymbol: string, units: number): Refusal | undefined {
  const held = ship.cargo.find((item) => item.good === tradeSymbol)?.units ?? 0;
  if (held >= units) return undefined;
  const data = { shipSymbol: ship.symbol, tradeSymbol, cargoUnits: held, unitsToRemove: units };
  if (held === 0)
    return refuse(
      400,
      4218,
      `Failed to update ship cargo. Ship ${ship.symbol} cargo does not contain ${tradeSymbol.slice(0, 64)}.`,
      data,
    );
  return refuse(
    400,
    4219,
    `Failed to update ship cargo. Ship ${ship.symbol} cargo does not contain ${units} unit(s) of ${tradeSymbol}.`,
    data,
  );
}

function refuseCredits(agent: AgentRecord, tradeSymbol: string, units: number, purchasePrice: number): Refusal | undefined {
  const totalPrice = units * purchasePrice;
  if (totalPrice <= agent.credits) return undefined;
  const data = { agentCredits: agent.credits, totalPrice, tradeSymbol, units, purchasePrice };
  return refuse(
    400,
    4600,
    `Market purchase failed. Agent does not have sufficient credits to purchase ${units} unit(s) of ${tradeSymbol}.`,
    data,
  );
}
