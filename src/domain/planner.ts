/**
 * From a product to a plan or a typed refusal.
 * A plan is returned only when the whole chain earns: every delivery is valued at the source's ask and the factory's bid, plus the final buy and sell.
 */
import type { Quote } from "./market.ts";
import {
  DEFAULT_PLAN_POLICY,
  type Plan,
  type PlanFailureReason,
  type PlannedFactory,
  type PlannedTask,
  type PlanPolicy,
  type PlanRequest,
  type PlanResult,
  type PlanWorld,
} from "./plan.ts";
import { buildChain } from "./planChain.ts";
import { objectionTo, planEconomics, withLessFuel } from "./planEconomics.ts";
import { quoteAt } from "./quotes.ts";
import { type BuyNode, depthOf, type FabricateNode, type NodeRejection, resolve, type SupplyNode } from "./resolver.ts";
import { chooseSink, type SinkChoice } from "./sinkChoice.ts";
import { burnsTooMuch, paced } from "./tradeLeg.ts";

/** Resolves the product adaptively and plans the tree [R002-80] [R002-82]. */
export function planProduct(request: PlanRequest): PlanResult {
  const policy = request.policy ?? DEFAULT_PLAN_POLICY;
  const { world, product } = request;
  const method = request.productMethod ?? "adaptive";
  const resolution = resolve({ good: product, book: world.book, map: world.chain, policy: policy.resolver, product: method });
  if (resolution.outcome === "failed") {
    const { failure, cause, rejected } = resolution;
    return refuse(product, "unresolved", `${failure.good}: ${failure.detail}`, rejected, { cause });
  }
  const { root, rejected } = resolution;
  if (root.method === "BUY") return planTrade(root, world, policy, rejected);
  return planPaced(root, world, policy, rejected);
}

/** In the pace that the whole chain can pay for. */
function planPaced(root: FabricateNode, world: PlanWorld, policy: PlanPolicy, rejected: readonly NodeRejection[]): PlanResult {
  const hurried = planFabrication(root, world, policy, rejected);
  if (!policy.leg.route.allowBurn || !couldCruise(hurried, world, policy)) return hurried;
  const thrifty = planFabrication(root, world, { ...policy, leg: paced(policy.leg, false) }, rejected);
  return creditsPerShipSecond(thrifty) > creditsPerShipSecond(hurried) ? thrifty : hurried;
}

/** Whether a plan that burns could be bettered in CRUISE, which saves half of its fuel: as it is, or as what is refused for its figures. */
function couldCruise(result: PlanResult, { creditsAvailable }: PlanWorld, policy: PlanPolicy): boolean {
  if (result.outcome === "planned") return burnsTooMuch(result.plan.economics.profitCredits, result.plan.economics.fuelCredits);
  if (result.draft === undefined) return false;
  const { tasks, economics } = result.draft;
  return objectionTo(withLessFuel(economics, economics.fuelCredits / 2), tasks, policy, creditsAvailable) === undefined;
}

function creditsPerShipSecond(result: PlanResult): number {
  return result.outcome === "planned" ? result.plan.economics.creditsPerShipSecond : Number.NEGATIVE_INFINITY;
}

/** The product is bought and sold: one COLLECT_SELL from the source market, no deliveries. */
export function planTrade(
  root: BuyNode,
  world: PlanWorld,
  policy: PlanPolicy,
  rejected: readonly NodeRejection[] = [],
): PlanResult {
  const source = quoteAt(world.book, root.sourceMarket, root.good);
  if (!source) return refuse(root.good, "noQuote", `no price of ${root.good} at ${root.sourceMarket}`, rejected);
  const sink = chooseSink({ source, maxUnits: world.hull.cargoCapacity, chainDepth: 0, world, policy });
  if (sink.outcome === "none") return refuse(root.good, sink.reason, sink.detail, [...rejected, ...sink.rejected]);
  const tasks = [sellTask("t1", source, sink.choice, [], false)];
  return conclude({
    root,
    sink: sink.choice,
    tasks,
    factories: [],
    rejected: [...rejected, ...sink.rejected],
    world,
    policy,
  });
}

function planFabrication(
  root: FabricateNode,
  world: PlanWorld,
  policy: PlanPolicy,
  rejected: readonly NodeRejection[],
): PlanResult {
  const chain = buildChain(root, world, policy);
  if (chain.outcome === "refused") return refuse(root.good, chain.reason, chain.detail, rejected);
  const maxUnits = Math.min(world.hull.cargoCapacity, chain.outputUnits);
  const sink = chooseSink({ source: chain.output, maxUnits, chainDepth: depthOf(root), world, policy });
  if (sink.outcome === "none") return refuse(root.good, sink.reason, sink.detail, [...rejected, ...sink.rejected]);
  const last = sellTask(`t${chain.tasks.length + 1}`, chain.output, sink.choice, chain.dependsOn, true);
  return conclude({
    root,
    sink: sink.choice,
    tasks: [...chain.tasks, last],
    factories: chain.factories,
    rejected: [...rejected, ...sink.rejected],
    world,
    policy,
  });
}

/** A fabricated product has money in it already: it is collected before anything new is begun. */
const COLLECT_FABRICATED_PRIORITY = 50;
const TRADE_PRIORITY = 10;

function sellTask(id: string, source: Quote, choice: SinkChoice, dependsOn: readonly string[], fabricated: boolean): PlannedTask {
  return {
    id,
    type: "COLLECT_SELL",
    good: source.good,
    units: choice.units,
    source: source.waypoint,
    target: choice.sink.waypoint,
    feedsGood: undefined,
    awaitsProduction: fabricated,
    dependsOn,
    priority: fabricated ? COLLECT_FABRICATED_PRIORITY : TRADE_PRIORITY,
    expected: choice.economics,
    allowBurn: choice.allowBurn,
    approachCredits: choice.approachCredits,
  };
}

function conclude(draft: {
  readonly root: SupplyNode;
  readonly sink: SinkChoice;
  readonly tasks: readonly PlannedTask[];
  readonly factories: readonly PlannedFactory[];
  readonly rejected: readonly NodeRejection[];
  readonly world: PlanWorld;
  readonly policy: PlanPolicy;
}): PlanResult {
  const { root, sink, tasks, factories, rejected, world, policy } = draft;
  const { feedWorthCredits } = sink;
  const economics = planEconomics(tasks, factories, feedWorthCredits);
  const plan: Plan = {
    product: root.good,
    kind: root.method === "BUY" ? "trade" : "fabricate",
    root,
    depth: depthOf(root),
    sellMarket: sink.sink.waypoint,
    expectedBidCredits: sink.sink.bidCredits,
    sellScore: sink.score,
    units: sink.units,
    tasks,
    factories,
    economics,
    feedWorthCredits,
    rejected,
  };
  const objection = objectionTo(economics, tasks, policy, world.creditsAvailable, feedWorthCredits);
  if (objection) return refuse(root.good, objection.reason, objection.detail, rejected, { draft: plan });
  return { outcome: "planned", plan };
}

function refuse(
  product: string,
  reason: PlanFailureReason,
  detail: string,
  rejected: readonly NodeRejection[],
  seen: { readonly cause?: NodeRejection; readonly draft?: Plan } = {},
): PlanResult {
  return { outcome: "refused", product, reason, detail, rejected, cause: seen.cause, draft: seen.draft };
}
