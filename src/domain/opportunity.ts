/** The demand finder: every plain trade and every chain that pays now, best profit per ship-second first [R002-06] [R002-46]. */
import { type SupplyLevel, supplyRank } from "./market.ts";
import { DEFAULT_PLAN_POLICY, type Plan, type PlanPolicy, type PlanResult, type PlanWorld } from "./plan.ts";
import { commitmentsOf } from "./planEconomics.ts";
import { planProduct, planTrade } from "./planner.ts";
import { compareText, quoteAt, quotedGoods, quotesOf } from "./quotes.ts";

export interface Opportunity {
  /** `<kind>:<product>`; one per product and kind. */
  readonly id: string;
  readonly plan: Plan;
  /** 1 for quotes seen now, halving with their age; the oldest quote of the plan counts. */
  readonly confidence: number;
  /** Profit per ship-second × confidence: the rank. */
  readonly rate: number;
}

export type PlanRefusal = Extract<PlanResult, { outcome: "refused" }>;

export interface OpportunityReport {
  /** Best first. */
  readonly opportunities: readonly Opportunity[];
  /** The ways to products of which no way of that kind pays, ordered by product; each is refused. */
  readonly refused: readonly PlanCandidate[];
}

export interface OpportunityPolicy {
  readonly plan: PlanPolicy;
  /** Lowest supply label a plain trade buys at. The seed's rule is HIGH; by profit the price decides above this floor. */
  readonly tradeFrom: SupplyLevel;
  /** Labels at which inputs may be bought instead of made; each is planned and the best kept. */
  readonly inputsFrom: readonly SupplyLevel[];
  /** Age at which a quote is worth half, milliseconds of the clock of `nowMs`. */
  readonly quoteHalfLifeMs: number;
}

export const DEFAULT_OPPORTUNITY_POLICY: OpportunityPolicy = {
  plan: DEFAULT_PLAN_POLICY,
  tradeFrom: "LIMITED",
  inputsFrom: ["HIGH", "MODERATE", "LIMITED"],
  quoteHalfLifeMs: 2 * 3600 * 1000,
};

export function findOpportunities(world: PlanWorld, policy: OpportunityPolicy = DEFAULT_OPPORTUNITY_POLICY): OpportunityReport {
  const opportunities: Opportunity[] = [];
  const refused: PlanCandidate[] = [];
  for (const product of quotedGoods(world.book)) {
    const quotes = quotesOf(world.book, product);
    if (quotes.every((quote) => quote.type === "EXPORT")) continue;
    for (const candidates of [trades(product, world, policy), fabrications(product, world, policy)]) {
      const best = bestOf(candidates, world, policy);
      if (best) opportunities.push(best);
      else refused.push(...candidates);
    }
  }
  opportunities.sort((a, b) => b.rate - a.rate || compareText(a.id, b.id));
  return { opportunities, refused };
}

/** One way to a product, as it was planned. */
export interface PlanCandidate {
  readonly way:
    | { readonly kind: "trade"; readonly sourceMarket: string }
    | { readonly kind: "fabricate"; readonly inputsFrom: SupplyLevel };
  readonly result: PlanResult;
}

/** Every way to one product that the fleet considers, whether anybody imports it or not. */
export function candidatesFor(product: string, world: PlanWorld, policy: OpportunityPolicy): readonly PlanCandidate[] {
  return [...fabrications(product, world, policy), ...trades(product, world, policy)];
}

export function refusalsOf(candidates: readonly PlanCandidate[]): readonly PlanRefusal[] {
  return candidates.flatMap(({ result }) => (result.outcome === "refused" ? [result] : []));
}

function trades(product: string, world: PlanWorld, policy: OpportunityPolicy): readonly PlanCandidate[] {
  const floor = policy.plan.selection === "seed" ? "HIGH" : policy.tradeFrom;
  return quotesOf(world.book, product)
    .filter((quote) => quote.type !== "IMPORT" && supplyRank(quote.supply) >= supplyRank(floor))
    .map((quote) => {
      const root = { method: "BUY", good: product, sourceMarket: quote.waypoint, because: "supply", children: [] } as const;
      return { way: { kind: "trade", sourceMarket: quote.waypoint }, result: planTrade(root, world, policy.plan) };
    });
}

function fabrications(product: string, world: PlanWorld, policy: OpportunityPolicy): readonly PlanCandidate[] {
  const exporters = quotesOf(world.book, product).filter((quote) => quote.type === "EXPORT");
  if (exporters.length === 0) return [];
  return policy.inputsFrom.map((buyFrom) => {
    const plan = { ...policy.plan, resolver: { ...policy.plan.resolver, buyFrom } };
    const result = planProduct({ product, world, policy: plan, productMethod: "fabricate" });
    return { way: { kind: "fabricate", inputsFrom: buyFrom }, result };
  });
}

/** The candidate with the highest rate, if any was planned. */
export function bestOf(
  candidates: readonly PlanCandidate[],
  world: PlanWorld,
  policy: OpportunityPolicy,
): Opportunity | undefined {
  let best: Opportunity | undefined;
  for (const { result } of candidates) {
    if (result.outcome === "refused") continue;
    const { plan } = result;
    const confidence = confidenceOf(plan, world, policy.quoteHalfLifeMs);
    const rate = plan.economics.creditsPerShipSecond * confidence;
    if (!best || rate > best.rate) best = { id: `${plan.kind}:${plan.product}`, plan, confidence, rate };
  }
  return best;
}

/** The oldest quote a plan stands on decides. */
function confidenceOf(plan: Plan, world: PlanWorld, halfLifeMs: number): number {
  let oldestMs = world.nowMs;
  for (const { waypoint, good } of commitmentsOf(plan)) {
    const quote = quoteAt(world.book, waypoint, good);
    if (quote) oldestMs = Math.min(oldestMs, quote.observedAtMs);
  }
  return 0.5 ** (Math.max(0, world.nowMs - oldestMs) / Math.max(1, halfLifeMs));
}
