/** What can be said of one product before anything is bought: the plan that the fleet would take, or why there is none. */
import {
  bestOf,
  candidatesFor,
  type OpportunityPolicy,
  type PlanCandidate,
  type PlanRefusal,
  refusalsOf,
} from "./opportunity.ts";
import { passedOver } from "./passedOver.ts";
import { type PhaseNode, phaseGraph } from "./phaseGraph.ts";
import type { Plan, PlanFailureReason, PlanWorld } from "./plan.ts";
import { planProduct } from "./planner.ts";
import { type BookCoverage, coverage, type MarketBook, marketsListing, quotesOf } from "./quotes.ts";
import type { NodeRejection, RejectionReason } from "./resolver.ts";
import { type ShownNode, shownTree } from "./shownTree.ts";
import { ancestorsOf, inputsOf } from "./supplyChain.ts";

export type PlanAnswer =
  | (AnswerBase & {
      readonly outcome: "planned";
      readonly plan: ShownPlan;
      /** 1 for prices seen now, halving with the age of the oldest. */
      readonly confidence: number;
      /** Profit per ship-second × confidence: what the fleet ranks by. */
      readonly rate: number;
    })
  | (AnswerBase & {
      readonly outcome: "refused";
      readonly reason: PlanAnswerReason;
      readonly detail: string;
      /** The whole plan, where it was complete and refused for its figures. */
      readonly plan: ShownPlan | undefined;
    });

/** The plan of one product, or why there is none: of the product, or of the fleet that should make it. */
export type ProductAnswer =
  | PlanAnswer
  | {
      readonly outcome: "refused";
      readonly product: string;
      readonly reason: FleetRefusal;
      readonly detail: string;
    };

export type FleetRefusal = "nothingKnown" | "unknownShip" | "noHull";

interface AnswerBase {
  readonly product: string;
  /** Every way that was looked at, the one shown included. */
  readonly ways: readonly PlannedWay[];
  /** Each node and market that is not in the plan, with the reason. */
  readonly rejected: readonly NodeRejection[];
  readonly known: Knowledge;
}

/** A plan with its tasks drawn as phases, and its tree without what need not be delivered. */
export type ShownPlan = Omit<Plan, "rejected" | "root"> & { readonly root: ShownNode; readonly phases: readonly PhaseNode[] };

export type PlanAnswerReason = Exclude<PlanFailureReason, "unresolved"> | RejectionReason;

export interface PlannedWay {
  readonly way: PlanCandidate["way"];
  readonly outcome: "planned" | "refused";
  readonly reason: PlanAnswerReason | undefined;
  readonly detail: string | undefined;
  readonly profitCredits: number | undefined;
  /** What the factory at its sink gains beyond that: it counts in the rate, and for a margin that would be too low. */
  readonly feedWorthCredits: number | undefined;
  readonly sellMarket: string | undefined;
  readonly creditsPerShipSecond: number | undefined;
  readonly elapsedSeconds: number | undefined;
}

/** What the answer stands on. */
export interface Knowledge extends BookCoverage {
  /** Goods of the chain for which no price has been seen anywhere. */
  readonly unpriced: readonly string[];
}

export interface PlanQuestion {
  readonly product: string;
  readonly kind: "any" | "trade" | "fabricate";
  readonly world: PlanWorld;
  readonly policy: OpportunityPolicy;
  /** Age at which a market counts as seen lately, milliseconds. */
  readonly freshForMs: number;
}

/** Plans with the fleet's own planner; the same question over the same world has the same answer. */
export function answerPlan(question: PlanQuestion): PlanAnswer {
  const { product, kind, world, policy, freshForMs } = question;
  const unlisted = unlistedProduct(product, world);
  const candidates = unlisted === undefined ? waysTo(question) : [];
  const base = { product, ways: candidates.map(plannedWay), known: knowledge(product, world, policy, freshForMs) };
  const best = bestOf(candidates, world, policy);
  if (best !== undefined) {
    const { plan, confidence, rate } = best;
    const { shown, alsoRejected } = drawn(plan, world.book);
    return {
      ...base,
      outcome: "planned",
      plan: shown,
      confidence,
      rate,
      rejected: unique([...plan.rejected, ...alsoRejected]),
    };
  }
  const refusal = mostTelling(refusalsOf(candidates));
  if (refusal === undefined) {
    const { reason, detail } = unlisted ?? {
      reason: "supplyTooLow" as const,
      detail: `no market sells ${product} at a supply worth a ${kind}`,
    };
    return { ...base, outcome: "refused", reason, detail, plan: undefined, rejected: [{ good: product, reason, detail }] };
  }
  const { draft, detail } = refusal;
  const { shown, alsoRejected } = draft === undefined ? NOTHING_DRAWN : drawn(draft, world.book);
  return {
    ...base,
    outcome: "refused",
    reason: reasonOf(refusal),
    detail: refusal.cause === undefined ? detail : causeText(product, refusal.cause),
    plan: shown,
    rejected: unique([...refusal.rejected, ...alsoRejected]),
  };
}

/** Where nobody makes it, the resolver says so by itself. */
function waysTo({ product, kind, world, policy }: PlanQuestion): readonly PlanCandidate[] {
  const wanted = candidatesFor(product, world, policy).filter(({ way }) => kind === "any" || way.kind === kind);
  if (kind === "trade" || wanted.some(({ way }) => way.kind === "fabricate")) return wanted;
  const result = planProduct({ product, world, policy: policy.plan, productMethod: "fabricate" });
  return [{ way: { kind: "fabricate", inputsFrom: policy.plan.resolver.buyFrom }, result }, ...wanted];
}

/** Why no market is asked about this product: it is `unknownGood`, or `noMarket` lists it. Undefined: some market does. */
export function unlistedProduct(
  product: string,
  { book, chain }: Pick<PlanWorld, "book" | "chain">,
): { readonly reason: RejectionReason; readonly detail: string } | undefined {
  if (quotesOf(book, product).length > 0) return undefined;
  const listed = (["exports", "imports", "exchange"] as const).some((role) => marketsListing(book, product, role).length > 0);
  if (listed) return undefined;
  const isKnown = inputsOf(chain, product).length > 0 || Object.values(chain).some((inputs) => inputs.includes(product));
  return isKnown
    ? { reason: "noMarket", detail: `no market of the system lists ${product}` }
    : { reason: "unknownGood", detail: `${product} is in no supply chain and at no market` };
}

/** A complete plan tells most, a tree that could not be resolved least. */
export function mostTelling(refusals: readonly PlanRefusal[]): PlanRefusal | undefined {
  const rank = (refusal: PlanRefusal): number => {
    if (refusal.draft !== undefined) return 3;
    if (refusal.reason === "unresolved") return 0;
    return refusal.reason === "alreadyHigh" || refusal.reason === "alreadyFed" ? 1 : 2;
  };
  const profit = (refusal: PlanRefusal): number => refusal.draft?.economics.profitCredits ?? 0;
  return [...refusals].sort((a, b) => rank(b) - rank(a) || profit(b) - profit(a))[0];
}

function plannedWay({ way, result }: PlanCandidate): PlannedWay {
  const plan = result.outcome === "planned" ? result.plan : result.draft;
  return {
    way,
    outcome: result.outcome,
    reason: result.outcome === "refused" ? reasonOf(result) : undefined,
    detail: result.outcome === "refused" ? result.detail : undefined,
    profitCredits: plan?.economics.profitCredits,
    feedWorthCredits: plan?.feedWorthCredits,
    sellMarket: plan?.sellMarket,
    creditsPerShipSecond: plan?.economics.creditsPerShipSecond,
    elapsedSeconds: plan?.economics.elapsedSeconds,
  };
}

/** An unresolved tree has the reason of the node where it ends. */
export function reasonOf({ reason, cause }: PlanRefusal): PlanAnswerReason {
  return reason === "unresolved" ? (cause?.reason ?? "inputUnresolved") : reason;
}

function causeText(product: string, cause: NodeRejection): string {
  return cause.good === product ? cause.detail : `${cause.good}: ${cause.detail}`;
}

interface Drawn {
  readonly shown: ShownPlan | undefined;
  readonly alsoRejected: readonly NodeRejection[];
}

const NOTHING_DRAWN: Drawn = { shown: undefined, alsoRejected: [] };

function drawn(plan: Plan, book: MarketBook): Drawn & { readonly shown: ShownPlan } {
  const { rejected: _, ...rest } = plan;
  const { root, notDelivered } = shownTree(plan, book);
  return { shown: { ...rest, root, phases: phaseGraph(plan) }, alsoRejected: [...notDelivered, ...passedOver(plan, book)] };
}

function knowledge(product: string, world: PlanWorld, policy: OpportunityPolicy, freshForMs: number): Knowledge {
  const chain = [product, ...ancestorsOf(world.chain, product, policy.plan.resolver)];
  return {
    ...coverage(world.book, world.nowMs, freshForMs),
    unpriced: chain.filter((good) => quotesOf(world.book, good).length === 0),
  };
}

/** The walk meets a good once for each way that leads to it. */
function unique(rejected: readonly NodeRejection[]): readonly NodeRejection[] {
  const byPlace = new Map(rejected.map((item) => [`${item.good} ${item.market ?? ""} ${item.reason}`, item]));
  return [...byPlace.values()];
}
