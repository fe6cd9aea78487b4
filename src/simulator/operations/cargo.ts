/** Changes of a hold, and the refusals that speak of cargo, trade volume and credits. */
import { type Refusal, refuse } from "../refusal.ts";
import type { AgentRecord, MarketGood, MarketRecord, ShipRecord } from "../universe.ts";
import { cargoUnits } from "../wire.ts";

/** Cargo with `units` more (or fewer) of a good; an emptied good disappears. */
export function withCargo(cargo: ShipRecord["cargo"], good: string, units: number): ShipRecord["cargo"] {
  const held = cargo.find((item) => item.good === good);
  const after = (held?.units ?? 0) + units;
  if (held === undefined) return [...cargo, { good, units: after }];
  return cargo.flatMap((item) => {
    if (item.good !== good) return [item];
    return after > 0 ? [{ good, units: after }] : [];
  });
}

export function refuseVolume(market: MarketRecord, good: MarketGood, units: number): Refusal | undefined {
  if (units <= good.tradeVolume) return undefined;
  const data = { waypointSymbol: market.waypoint, tradeSymbol: good.good, units, tradeVolume: good.tradeVolume };
  return refuse(
    400,
    4604,
    `Market transaction failed. Trade good ${good.good} has a limit of ${good.tradeVolume} units per transaction.`,
    data,
  );
}

export function refuseRoom(ship: ShipRecord, tradeSymbol: string, units: number): Refusal {
  const cargo = cargoUnits(ship);
  const message = `Failed to update ship cargo. Cannot add ${units} unit(s) to ship cargo. Exceeds max limit of ${ship.cargoCapacity}.`;
  const data = { shipSymbol: ship.symbol, tradeSymbol, cargoCapacity: ship.cargoCapacity, cargoUnits: cargo, unitsToAdd: units };
  return refuse(400, 4217, message, data);
}

export function refuseMissing(ship: ShipRecord, tradeSymbol: string, units: number): Refusal | undefined {
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

export function refuseCredits(
  agent: AgentRecord,
  tradeSymbol: string,
  units: number,
  purchasePrice: number,
): Refusal | undefined {
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
