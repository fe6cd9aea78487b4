import { findOpportunities, type Opportunity } from "../domain/opportunity.ts";
import type { Plan } from "../domain/plan.ts";
import type { ShipState } from "../domain/ship.ts";
import type { PipelineOrder } from "../machines/coordinatorProtocol.ts";
import { bestHull, type PlanMoment, planPolicy, planWorld } from "./planWorld.ts";
import { planForHull, planProductNow } from "./productPlan.ts";

/** What becomes of an order for a pipeline. Pure; the coordinator acts on it. */
export type OrderVerdict =
  | { readonly verdict: "begin"; readonly plan: OrderedPlan; readonly ship: ShipState }
  | { readonly verdict: "waits"; readonly detail: string }
  | { readonly verdict: "refused"; readonly reason: string; readonly detail: string };

export interface OrderSituation extends PlanMoment {
  /** Idle, with a hold, and empty. */
  readonly ships: readonly ShipState[];
  readonly active: ReadonlySet<string>;
  /** `<kind>:<product>` of what is left alone. */
  readonly cooling: ReadonlySet<string>;
  /** Products that somebody stopped by hand: only an order that names one begins it. */
  readonly stopped: ReadonlySet<string>;
  readonly fabrications: number;
  readonly maxFabrications: number;
}

type OrderedPlan = Pick<
  Plan,
  "product" | "kind" | "sellMarket" | "expectedBidCredits" | "units" | "tasks" | "factories" | "economics" | "feedWorthCredits"
>;

/** Force lifts what is the fleet's caution (products left alone, the number of chains), never the money guards or the sums. */
export function judgeOrder(order: PipelineOrder, situation: OrderSituation): OrderVerdict {
  return order.product === null ? judgeAny(order, situation) : judgeProduct(order, order.product, situation);
}

type Kind = Plan["kind"];

function judgeProduct(order: PipelineOrder, product: string, situation: OrderSituation): OrderVerdict {
  if (situation.active.has(product)) return refused("alreadyRunning", `a pipeline of ${product} is at work`);
  const kinds = kindsFor(order, situation, product);
  if (!Array.isArray(kinds)) return kinds;
  const kind = kinds.length === 2 ? "any" : (kinds[0] ?? "any");
  if (situation.ships.length === 0) {
    // Whether a ship is worth waiting for, the fleet's best hull tells.
    const answer = planProductNow({ product, kind, ship: undefined }, situation);
    return answer.outcome === "planned" ? noShip() : refused(answer.reason, answer.detail);
  }
  const plans = situation.ships.map((ship) => ({
    ship,
    answer: planForHull({ product, kind, hull: ship, from: [ship.waypoint] }, situation),
  }));
  const rateOf = ({ answer }: (typeof plans)[number]): number => (answer.outcome === "planned" ? answer.rate : 0);
  const [best] = plans.sort((a, b) => rateOf(b) - rateOf(a));
  if (best === undefined) return noShip();
  const { ship, answer } = best;
  return answer.outcome === "planned" ? { verdict: "begin", plan: answer.plan, ship } : refused(answer.reason, answer.detail);
}

/** No good was named: the best of what pays now. */
function judgeAny(order: PipelineOrder, situation: OrderSituation): OrderVerdict {
  const kinds = kindsFor(order, situation, undefined);
  if (!Array.isArray(kinds)) return kinds;
  const best = situation.ships
    .map((ship) => ({ ship, opportunity: bestFor(order, ship, kinds, situation) }))
    .sort((a, b) => (b.opportunity?.rate ?? 0) - (a.opportunity?.rate ?? 0))[0];
  if (best?.opportunity !== undefined) return { verdict: "begin", plan: best.opportunity.plan, ship: best.ship };
  const probe = best === undefined ? bestHull(situation.known) : undefined;
  if (probe !== undefined && bestFor(order, probe, kinds, situation) !== undefined) return noShip();
  return refused("nothingPays", "no product that is free now pays: see bosun manufacturing refusals");
}

function bestFor(
  order: PipelineOrder,
  ship: ShipState,
  kinds: readonly Kind[],
  situation: OrderSituation,
): Opportunity | undefined {
  const world = planWorld(situation, ship, [ship.waypoint]);
  return findOpportunities(world, planPolicy(situation)).opportunities.find(
    ({ id, plan }) =>
      kinds.includes(plan.kind) &&
      !situation.active.has(plan.product) &&
      !situation.stopped.has(plan.product) &&
      (order.force || !situation.cooling.has(id)),
  );
}

/** The kinds of plan that the order may become, or why none. */
function kindsFor(
  order: PipelineOrder,
  situation: OrderSituation,
  product: string | undefined,
): Kind[] | Extract<OrderVerdict, { verdict: "refused" }> {
  const { fabrications, maxFabrications, cooling } = situation;
  const asked: Kind[] = order.kind === "any" ? ["fabricate", "trade"] : [order.kind];
  if (order.force) return asked;
  const warm = product === undefined ? asked : asked.filter((kind) => !cooling.has(`${kind}:${product}`));
  if (warm.length === 0)
    return refused("leftAlone", `${product ?? ""} came to nothing lately and is left alone for a while; --force overrides`);
  const kinds = fabrications < maxFabrications ? warm : warm.filter((kind) => kind === "trade");
  if (kinds.length > 0) return kinds;
  return refused("enoughChains", `${fabrications} chains are at work, at most ${maxFabrications}; --force overrides`);
}

function noShip(): OrderVerdict {
  return { verdict: "waits", detail: "no empty ship with a hold is free" };
}

function refused(reason: string, detail: string): Extract<OrderVerdict, { verdict: "refused" }> {
  return { verdict: "refused", reason, detail };
}
