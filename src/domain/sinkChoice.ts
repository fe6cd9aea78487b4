/** Where to sell what one trip brings: the seed's filter first, then profit per ship-second, then the seed's score. */
import type { Quote } from "./market.ts";
import type { PlanPolicy, PlanWorld } from "./plan.ts";
import { quotesOf } from "./quotes.ts";
import type { NodeRejection } from "./resolver.ts";
import { distanceBetween, estimateFlight } from "./route.ts";
import { selectSellMarket, sellScore } from "./sellScore.ts";
import { buyTranche, type LegEconomics, type LegRequest, legEconomics, payingUnits } from "./tradeLeg.ts";

export interface SinkChoice {
  readonly sink: Quote;
  readonly units: number;
  readonly economics: LegEconomics;
  readonly score: number;
}

export type SinkResult =
  | { readonly outcome: "chosen"; readonly choice: SinkChoice }
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
  const { source, world, policy, chainDepth } = request;
  const candidates = quotesOf(world.book, source.good).filter((quote) => quote.waypoint !== source.waypoint);
  const selection = selectSellMarket(source.good, candidates, policy.sellScore);
  const rejected = selection.rejected.map(({ waypoint, reason }) => ({
    good: source.good,
    market: waypoint,
    reason: "notASellMarket" as const,
    detail: reason,
  }));
  if (selection.outcome === "none") return { outcome: "none", reason: "noSellMarket", detail: selection.message, rejected };
  const ranked = policy.selection === "seed" ? [selection.best] : selection.ranked;
  const approachSeconds = approachTo(source.waypoint, world, policy);
  let best: SinkChoice | undefined;
  for (const { waypoint } of ranked) {
    const sink = world.book.quotes[waypoint]?.[source.good];
    if (!sink) continue;
    const choice = evaluate(request, sink, approachSeconds, chainDepth);
    if (choice && (!best || sinkRate(choice) > sinkRate(best))) best = choice;
  }
  if (best) return { outcome: "chosen", choice: best };
  if (world.creditsAvailable < source.askCredits) {
    const detail = `one unit costs ${source.askCredits}, ${world.creditsAvailable} credits available`;
    return { outcome: "none", reason: "unaffordable", detail, rejected };
  }
  return {
    outcome: "none",
    reason: "nothingPays",
    detail: `no sell market of ${source.good} pays more than ${source.askCredits} at the source`,
    rejected,
  };
}

/** Flight of the nearest known ship to a waypoint, seconds; 0 when no ship is known. */
export function approachTo(waypoint: string, world: PlanWorld, policy: PlanPolicy): number {
  const target = world.waypoints[waypoint];
  if (!target) return 0;
  let nearest: number | undefined;
  for (const name of world.shipWaypoints) {
    const from = world.waypoints[name];
    if (!from || from.system !== target.system) continue;
    const { seconds } = estimateFlight(distanceBetween(from, target), world.hull, policy.leg.route);
    if (nearest === undefined || seconds < nearest) nearest = seconds;
  }
  return nearest ?? 0;
}

function evaluate(request: SinkRequest, sink: Quote, approachSeconds: number, chainDepth: number): SinkChoice | undefined {
  const { source, world, policy } = request;
  const base: LegRequest = {
    source,
    sink,
    units: Math.min(request.maxUnits, Math.floor(world.creditsAvailable / Math.max(1, source.askCredits))),
    waypoints: world.waypoints,
    hull: world.hull,
    policy: policy.leg,
    commitments: world.commitments,
    approachSeconds,
  };
  let units = payingUnits(base);
  let economics = legEconomics({ ...base, units });
  while (units > 0 && economics.costCredits + economics.fuelCredits > world.creditsAvailable) {
    units = Math.max(0, units - Math.max(1, buyTranche(source, policy.leg)));
    economics = legEconomics({ ...base, units });
  }
  return units > 0 ? { sink, units, economics, score: sellScore(sink, chainDepth, policy.sellScore) } : undefined;
}

/** Profit per ship-second. */
export function sinkRate({ economics }: SinkChoice): number {
  return (economics.revenueCredits - economics.costCredits - economics.fuelCredits) / Math.max(1, economics.shipSeconds);
}
