/** Where to sell what one trip brings: the seed's filter first, then profit per ship-second, then the seed's score. */
import { feedWorth } from "./feedWorth.ts";
import { type Flight, NO_FLIGHT } from "./flights.ts";
import { leastGainShare } from "./leastGain.ts";
import type { Quote } from "./market.ts";
import type { PlanPolicy, PlanWorld } from "./plan.ts";
import { quotesOf } from "./quotes.ts";
import type { NodeRejection } from "./resolver.ts";
import { selectSellMarket, sellScore } from "./sellScore.ts";
import {
  burnsTooMuch,
  buyTranche,
  flightCredits,
  type LegEconomics,
  type LegPolicy,
  type LegRequest,
  legEconomics,
  paced,
  payingUnits,
} from "./tradeLeg.ts";

export interface SinkChoice {
  readonly sink: Quote;
  readonly units: number;
  readonly economics: LegEconomics;
  readonly allowBurn: boolean;
  /** Of its fuel, for the way to the source. */
  readonly approachCredits: number;
  readonly score: number;
  /** What the factory at the sink gains by it, beyond the price. */
  readonly feedWorthCredits: number;
}

export type SinkResult =
  | { readonly outcome: "chosen"; readonly choice: SinkChoice; readonly rejected: readonly NodeRejection[] }
  | {
      readonly outcome: "none";
      readonly reason: "noSellMarket" | "nothingPays" | "unaffordable";
      readonly detail: string;
      readonly rejected: readonly NodeRejection[];
    };

export interface SinkRequest {
  readonly source: Quote;
  readonly maxUnits: number;
  readonly chainDepth: number;
  readonly world: PlanWorld;
  readonly policy: PlanPolicy;
}

export function chooseSink(request: SinkRequest): SinkResult {
  const { source, world } = request;
  const candidates = quotesOf(world.book, source.good).filter((quote) => quote.waypoint !== source.waypoint);
  const { sinks, message, rejected } = sinksFor(request, candidates);
  if (sinks.length === 0) return { outcome: "none", reason: "noSellMarket", detail: message, rejected };
  let best: SinkChoice | undefined;
  for (const sink of sinks) {
    const choice = bestPace(request, sink);
    if (choice && (!best || sinkRate(choice) > sinkRate(best))) best = choice;
  }
  if (best) return { outcome: "chosen", choice: best, rejected };
  if (world.creditsAvailable < source.askCredits) {
    const detail = `one unit costs ${source.askCredits}, ${world.creditsAvailable} credits available`;
    return { outcome: "none", reason: "unaffordable", detail, rejected };
  }
  return {
    outcome: "none",
    reason: "nothingPays",
    detail: `no sell market of ${source.good} pays enough above ${source.askCredits} at the source`,
    rejected,
  };
}

/** What is manufactured goes where the seed's rule allows [R002-31]; what was only bought, to whoever is no maker of it. */
function sinksFor({ source, policy, chainDepth }: SinkRequest, candidates: readonly Quote[]) {
  const { good } = source;
  if (policy.selection === "profit" && chainDepth === 0) {
    const makers = candidates.filter(({ type }) => type === "EXPORT");
    const rejected = makers.map(({ waypoint }) => noSellMarket(good, waypoint, "EXPORT market, makes it itself"));
    const sinks = candidates.filter(({ type }) => type !== "EXPORT");
    return { sinks, message: `no valid sell markets for ${good}`, rejected };
  }
  const selection = selectSellMarket(good, candidates, policy.sellScore);
  const rejected = selection.rejected.map(({ waypoint, reason }) => noSellMarket(good, waypoint, reason));
  if (selection.outcome === "none") return { sinks: [], message: selection.message, rejected };
  const chosen = new Set((policy.selection === "seed" ? [selection.best] : selection.ranked).map(({ waypoint }) => waypoint));
  return { sinks: candidates.filter(({ waypoint }) => chosen.has(waypoint)), message: "", rejected };
}

function noSellMarket(good: string, market: string, detail: string): NodeRejection {
  return { good, market, reason: "notASellMarket", detail };
}

/** Flight of the nearest known ship to a waypoint; of no length when no ship is known. */
export function approachTo(waypoint: string, { shipWaypoints, flights, hull }: PlanWorld, { route }: LegPolicy): Flight {
  const approaches = shipWaypoints.flatMap((from) => flights.between(from, waypoint, hull, route) ?? []);
  const [first, ...others] = approaches;
  return others.reduce((nearest, flight) => (flight.seconds < nearest.seconds ? flight : nearest), first ?? NO_FLIGHT);
}

/** What would be moved to a sink, however it is flown. */
interface Lot {
  readonly leg: Omit<LegRequest, "policy" | "approach">;
  /** What the sink's factories are short of, and what one unit of it is worth to them. */
  readonly fed: ReturnType<typeof feedWorth>;
  readonly score: number;
}

/** A trade chooses its pace; a chain flies as a whole as its money bears. */
function bestPace(request: SinkRequest, sink: Quote): SinkChoice | undefined {
  const { leg } = request.policy;
  const lot = lotFor(request, sink);
  if (!lot) return undefined;
  const fast = flown(request, lot, leg);
  if (request.chainDepth > 0 || !leg.route.allowBurn) return fast;
  if (fast && !burnsTooMuch(gainOf(fast), fast.economics.fuelCredits)) return fast;
  const slow = flown(request, lot, paced(leg, false));
  if (!fast || !slow) return fast ?? slow;
  return sinkRate(slow) > sinkRate(fast) ? slow : fast;
}

function lotFor({ source, maxUnits, world, policy, chainDepth }: SinkRequest, sink: Quote): Lot | undefined {
  const { flights, hull, commitments, creditsAvailable } = world;
  // A chain is judged as a whole, by its own money: what it feeds is its own, and its product was made to be sold.
  const isTrade = chainDepth === 0;
  const fed = isTrade ? feedWorth(sink, world, policy.feed) : { units: 0, creditsPerUnit: 0 };
  const leg = {
    source,
    sink,
    units: Math.min(maxUnits, Math.floor(creditsAvailable / Math.max(1, source.askCredits))),
    flights,
    hull,
    commitments,
    leastGainShare: isTrade ? leastGainShare(source, sink, world, policy.gain) : 0,
    worthPerUnitCredits: fed.creditsPerUnit,
  };
  const units = payingUnits({ ...leg, policy: policy.leg });
  return units <= 0 ? undefined : { leg: { ...leg, units }, fed, score: sellScore(sink, chainDepth, policy.sellScore) };
}

/** As much of the lot as can be paid together with its fuel, in whole transactions, or less than one where that is all. */
function flown({ source, world }: SinkRequest, { leg, fed, score }: Lot, policy: LegPolicy): SinkChoice | undefined {
  const approach = approachTo(source.waypoint, world, policy);
  const priced = (units: number) => legEconomics({ ...leg, units, policy, approach });
  let { units } = leg;
  let economics = priced(units);
  const tranche = Math.max(1, buyTranche(source, policy));
  while (units > 0 && economics.costCredits + economics.fuelCredits > world.creditsAvailable) {
    const payable = Math.floor((world.creditsAvailable - economics.fuelCredits) / Math.max(1, source.askCredits));
    units = units > tranche ? units - tranche : Math.max(0, Math.min(units - 1, payable));
    economics = priced(units);
  }
  if (units <= 0) return undefined;
  const { allowBurn } = policy.route;
  const approachCredits = flightCredits(approach, policy);
  const feedWorthCredits = Math.round(Math.min(units, fed.units) * fed.creditsPerUnit);
  return { sink: leg.sink, units, economics, allowBurn, approachCredits, score, feedWorthCredits };
}

/** Profit and worth per ship-second. */
function sinkRate(choice: SinkChoice): number {
  return gainOf(choice) / Math.max(1, choice.economics.shipSeconds);
}

function gainOf({ economics: { revenueCredits, costCredits, fuelCredits: burntCredits }, feedWorthCredits }: SinkChoice): number {
  return revenueCredits - costCredits - burntCredits + feedWorthCredits;
}
