/** Purchase and sale of cargo. Prices are flat within a transaction and move after it. */
import { z } from "zod";
import { quoteOf } from "../quote.ts";
import { type Answer, ok, refuse } from "../refusal.ts";
import type { AgentRecord, MarketGood, MarketRecord, ShipRecord, TransactionRecord } from "../universe.ts";
import { agentWire, cargoUnits, cargoWire, transactionWire } from "../wire.ts";
import { refuseCredits, refuseMissing, refuseRoom, refuseVolume, withCargo } from "./cargo.ts";
import { type AgentCall, type Operation, parseBody, refuseUndocked, shipOperation, Units } from "./operation.ts";
import { moved } from "./stock.ts";

export const tradeOperations: readonly Operation[] = [
  shipOperation("POST", "/purchase", "purchaseCargo", purchase),
  shipOperation("POST", "/sell", "sellCargo", sell),
];

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
      agent: agentWire(paid, sim.fleetOf(agent.symbol).size),
      cargo: cargoWire(sim, loaded),
      transaction: transactionWire(sim.universe, record),
    },
    201,
  );
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
