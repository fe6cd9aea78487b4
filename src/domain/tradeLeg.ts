/** One ship buys at one market and sells at another: what it costs, brings and takes. The atom of every plan. */
import { type Commitment, committedUnits } from "./commitment.ts";
import { type Flight, type Flights, NO_FLIGHT } from "./flights.ts";
import type { Quote } from "./market.ts";
import { askAfter, bidAfter, buyCostCredits, sellRevenueCredits } from "./priceCurve.ts";
import { DEFAULT_ROUTE_POLICY, type Hull, type RoutePolicy } from "./route.ts";
import { DEFAULT_TRADE_SIZE, supplyLimit, type TradeSizePolicy } from "./tradeSize.ts";

export interface TradingHull extends Hull {
  readonly cargoCapacity: number;
}

export interface LegPolicy {
  readonly route: RoutePolicy;
  /** Ship time one request costs, game seconds. */
  readonly secondsPerRequest: number;
  /** What a request could earn elsewhere; a tranche that brings less does not pay. */
  readonly creditsPerRequest: number;
  readonly fuelCreditsPerUnit: number;
  readonly tradeSize: TradeSizePolicy;
}

export const DEFAULT_LEG_POLICY: LegPolicy = {
  route: DEFAULT_ROUTE_POLICY,
  secondsPerRequest: 1,
  creditsPerRequest: 20,
  fuelCreditsPerUnit: 0.72,
  tradeSize: DEFAULT_TRADE_SIZE,
};

export interface LegEconomics {
  readonly costCredits: number;
  readonly revenueCredits: number;
  readonly fuelCredits: number;
  readonly shipSeconds: number;
  readonly requests: number;
}

export interface LegRequest {
  readonly source: Quote;
  readonly sink: Quote;
  readonly units: number;
  readonly flights: Flights;
  readonly hull: TradingHull;
  readonly policy: LegPolicy;
  readonly commitments: readonly Commitment[];
  /** Units earlier trips of the same plan have moved on this leg. */
  readonly movedUnits?: number;
  /** Gain per unit, as a share of the ask, below which nothing is moved; 0 unless said. */
  readonly leastGainShare?: number;
  /** What a unit is worth at the sink beyond its bid; 0 unless said. */
  readonly worthPerUnitCredits?: number;
  /** Of the ship to the source; of no length unless said. */
  readonly approach?: Flight;
}

/** navigate, dock, refuel, orbit and a market reading at each end. */
const REQUESTS_PER_VISIT = 5;

export function legEconomics(request: LegRequest): LegEconomics {
  const { source, sink, units, policy, flights, hull, approach = NO_FLIGHT } = request;
  const { bought, sold } = offsets(request);
  const flight = flights.between(source.waypoint, sink.waypoint, hull, policy.route) ?? NO_FLIGHT;
  const requests =
    2 * REQUESTS_PER_VISIT + transactions(units, buyTranche(source, policy)) + transactions(units, Math.max(1, sink.tradeVolume));
  return {
    costCredits: Math.round(buyCostCredits(source, units, bought, buyTranche(source, policy))),
    revenueCredits: Math.round(sellRevenueCredits(sink, units, sold)),
    fuelCredits: flightCredits(approach, policy) + flightCredits(flight, policy),
    shipSeconds: Math.round(approach.seconds + flight.seconds + requests * policy.secondsPerRequest),
    requests,
  };
}

/** Credits that the fuel of a flight costs, at the policy's price of a unit. */
export function flightCredits({ fuelUnits }: Flight, { fuelCreditsPerUnit }: Pick<LegPolicy, "fuelCreditsPerUnit">): number {
  return Math.round(fuelUnits * fuelCreditsPerUnit);
}

/**
 * BURN halves the time of a flight and doubles its fuel (game rules). It pays while the gain on goods is at least three times the fuel of
 * CRUISE, that is, while what is left of it after BURN is half of what BURN takes.
 */
export function burnsTooMuch(gainAfterFuelCredits: number, burntCredits: number): boolean {
  return gainAfterFuelCredits < burntCredits / 2;
}

/** The same, with or without BURN. */
export function paced(policy: LegPolicy, allowBurn: boolean): LegPolicy {
  return policy.route.allowBurn === allowBurn ? policy : { ...policy, route: { ...policy.route, allowBurn } };
}

/** Units worth moving in one trip: goes on while the next tranche pays for itself and its requests, up to `request.units` [R002-22]. */
export function payingUnits(request: LegRequest): number {
  const { source, sink, policy, leastGainShare = 0, worthPerUnitCredits = 0 } = request;
  const step = buyTranche(source, policy);
  if (step === 0) return 0;
  const { bought, sold } = offsets(request);
  const requestCredits = (1 + step / Math.max(1, sink.tradeVolume)) * policy.creditsPerRequest;
  let units = 0;
  while (units < request.units) {
    const next = Math.min(step, request.units - units);
    const ask = askAfter(source, bought + units);
    const gainPerUnit = bidAfter(sink, sold + units) - ask;
    const worth = gainPerUnit + worthPerUnitCredits;
    if (gainPerUnit < leastGainShare * ask || worth * next <= requestCredits * (next / step)) break;
    units += next;
  }
  return units;
}

/** Largest purchase in one transaction: the supply-aware cap of the trade volume [R002-25]. */
export function buyTranche(source: Quote, policy: Pick<LegPolicy, "tradeSize">): number {
  return supplyLimit(source.tradeVolume, source.supply, policy.tradeSize);
}

export function addEconomics(a: LegEconomics, b: LegEconomics): LegEconomics {
  return {
    costCredits: a.costCredits + b.costCredits,
    revenueCredits: a.revenueCredits + b.revenueCredits,
    fuelCredits: a.fuelCredits + b.fuelCredits,
    shipSeconds: a.shipSeconds + b.shipSeconds,
    requests: a.requests + b.requests,
  };
}

export const NO_ECONOMICS: LegEconomics = { costCredits: 0, revenueCredits: 0, fuelCredits: 0, shipSeconds: 0, requests: 0 };

function offsets(request: LegRequest): { bought: number; sold: number } {
  const { source, sink, commitments } = request;
  const moved = request.movedUnits ?? 0;
  return {
    bought: committedUnits(commitments, source.waypoint, source.good, "buy") + moved,
    sold: committedUnits(commitments, sink.waypoint, sink.good, "sell") + moved,
  };
}

function transactions(units: number, perTransaction: number): number {
  return perTransaction > 0 ? Math.ceil(units / perTransaction) : 0;
}
