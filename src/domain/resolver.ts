/**
 * Adaptive resolution of a good into a tree: BUY where supply is HIGH, buy raw goods where cheapest, FABRICATE the rest [R002-14 to R002-19].
 * Always terminates: the raw set, a cycle guard and a depth limit end every branch. A failure is a value with every rejected market's reason.
 */
import { actualInputs } from "./factory.ts";
import { type Quote, type SupplyLevel, supplyRank } from "./market.ts";
import { compareText, type MarketBook, marketsListing, quotesOf } from "./quotes.ts";
import { DEFAULT_SUPPLY_CHAIN_POLICY, inputsOf, type SupplyChainMap, type SupplyChainPolicy } from "./supplyChain.ts";

export type SupplyNode = BuyNode | FabricateNode;

export interface BuyNode {
  readonly method: "BUY";
  readonly good: string;
  readonly sourceMarket: string;
  /** Why buying is right: supply at or above the floor, or a raw good. */
  readonly because: "supply" | "raw";
  readonly children: readonly [];
}

export interface FabricateNode {
  readonly method: "FABRICATE";
  readonly good: string;
  /** An EXPORT market of the good that imports at least one of its inputs. */
  readonly factoryMarket: string;
  /** One per input that the factory's market imports. */
  readonly children: readonly SupplyNode[];
  /** Inputs by the supply-chain map that this market does not import: nothing says that it needs them [R000-48]. */
  readonly notImported: readonly string[];
}

export interface NodeRejection {
  readonly good: string;
  /** Absent when it speaks of the good as a whole. */
  readonly market?: string;
  readonly reason: RejectionReason;
  readonly detail: string;
}

export type RejectionReason =
  | "supplyTooLow"
  | "importMarket"
  | "noQuote"
  | "noMarket"
  | "noFactory"
  | "notExportedHere"
  | "inputsNotImported"
  | "cycle"
  | "tooDeep"
  | "tooWide"
  | "unknownGood"
  | "inputUnresolved"
  | "notASellMarket"
  | "dearer"
  | "paysLess"
  | "notDelivered"
  | "excluded";

export type Resolution =
  | {
      readonly outcome: "resolved";
      readonly root: SupplyNode;
      readonly depth: number;
      readonly rejected: readonly NodeRejection[];
    }
  | {
      readonly outcome: "failed";
      /** Why the good itself cannot be had. */
      readonly failure: NodeRejection;
      /** The node below it, or itself, where the last way ended. */
      readonly cause: NodeRejection;
      readonly rejected: readonly NodeRejection[];
    };

export interface ResolveRequest {
  readonly good: string;
  readonly book: MarketBook;
  readonly map: SupplyChainMap;
  readonly policy?: ResolverPolicy;
  /** `fabricate` makes the product itself even where it could be bought or is in the raw set; its inputs stay adaptive. */
  readonly product?: "adaptive" | "fabricate";
  /** Markets not to use as a source or factory, with the reason to show. */
  readonly excludedMarkets?: Readonly<Record<string, string>>;
}

export interface ResolverPolicy extends SupplyChainPolicy {
  /** Lowest supply label at which a manufactured good is bought instead of made. */
  readonly buyFrom: SupplyLevel;
  /** Nodes looked at before giving up: alternatives multiply on a cyclic map with many factories. */
  readonly maxNodes: number;
}

export const DEFAULT_RESOLVER_POLICY: ResolverPolicy = { ...DEFAULT_SUPPLY_CHAIN_POLICY, buyFrom: "HIGH", maxNodes: 200 };

interface Walk {
  readonly request: ResolveRequest;
  readonly policy: ResolverPolicy;
  readonly raw: ReadonlySet<string>;
  readonly rejected: NodeRejection[];
  nodesLeft: number;
}

interface NodeFailure {
  readonly failure: NodeRejection;
  readonly cause: NodeRejection;
}

type NodeResult = { readonly node: SupplyNode } | NodeFailure;

export function resolve(request: ResolveRequest): Resolution {
  const policy = request.policy ?? DEFAULT_RESOLVER_POLICY;
  const walk: Walk = { request, policy, raw: new Set(policy.rawGoods), rejected: [], nodesLeft: policy.maxNodes };
  const forced = request.product === "fabricate";
  const result = forced ? fabricate(walk, request.good, []) : resolveNode(walk, request.good, []);
  if ("failure" in result) return { outcome: "failed", ...result, rejected: walk.rejected };
  return { outcome: "resolved", root: result.node, depth: depthOf(result.node), rejected: walk.rejected };
}

/** Levels of fabrication: 0 for a BUY leaf. */
export function depthOf(node: SupplyNode): number {
  return node.method === "BUY" ? 0 : 1 + Math.max(0, ...node.children.map(depthOf));
}

function resolveNode(walk: Walk, good: string, path: readonly string[]): NodeResult {
  if (path.includes(good)) return fail(walk, { good, reason: "cycle", detail: [...path, good].join(" ← ") });
  if (walk.nodesLeft <= 0) return fail(walk, tooWide(walk, good));
  walk.nodesLeft -= 1;
  const isRaw = walk.raw.has(good);
  const source = cheapestSource(walk, good, isRaw ? undefined : walk.policy.buyFrom);
  if (source)
    return { node: { method: "BUY", good, sourceMarket: source.waypoint, because: isRaw ? "raw" : "supply", children: [] } };
  if (isRaw) return fail(walk, { good, reason: "noMarket", detail: `no market with a known price sells ${good}` });
  return fabricate(walk, good, path);
}

/** EXPORT or EXCHANGE quotes only: an import market asks about twice what it pays [R002-43]. */
function cheapestSource(walk: Walk, good: string, floor: SupplyLevel | undefined): Quote | undefined {
  let best: Quote | undefined;
  for (const quote of quotesOf(walk.request.book, good)) {
    const rejection = sourceRejection(walk, quote, floor);
    if (rejection) walk.rejected.push({ good, market: quote.waypoint, ...rejection });
    else if (!best || quote.askCredits < best.askCredits) best = quote;
  }
  return best;
}

function sourceRejection(
  walk: Walk,
  quote: Quote,
  floor: SupplyLevel | undefined,
): Pick<NodeRejection, "reason" | "detail"> | undefined {
  const excluded = walk.request.excludedMarkets?.[quote.waypoint];
  if (excluded !== undefined) return { reason: "excluded", detail: excluded };
  if (quote.type === "IMPORT")
    return { reason: "importMarket", detail: `imports ${quote.good}: ask ${quote.askCredits}, bid ${quote.bidCredits}` };
  if (floor !== undefined && supplyRank(quote.supply) < supplyRank(floor)) {
    return { reason: "supplyTooLow", detail: `supply ${quote.supply}, wanted ${floor} or better` };
  }
  return undefined;
}

function fabricate(walk: Walk, good: string, path: readonly string[]): NodeResult {
  const inputs = inputsOf(walk.request.map, good);
  if (inputs.length === 0)
    return fail(walk, { good, reason: "unknownGood", detail: `the supply chain has no inputs for ${good}` });
  if (path.length >= walk.policy.maxDepth) {
    return fail(walk, { good, reason: "tooDeep", detail: `more than ${walk.policy.maxDepth} levels of fabrication` });
  }
  const factories = factoriesFor(walk, good, inputs);
  let last: NodeFailure | undefined;
  for (const factory of factories) {
    if (walk.nodesLeft <= 0) return fail(walk, tooWide(walk, good));
    const children = resolveInputs(walk, factory.inputs, [...path, good]);
    if ("children" in children) {
      const { waypoint: factoryMarket, notImported } = factory;
      return { node: { method: "FABRICATE", good, factoryMarket, children: children.children, notImported } };
    }
    const { failure: input, cause } = children;
    const failure = {
      good,
      market: factory.waypoint,
      reason: "inputUnresolved",
      detail: `${input.good}: ${input.detail}`,
    } as const;
    last = { failure, cause };
    walk.rejected.push(failure);
  }
  if (last === undefined)
    return fail(walk, { good, reason: "noFactory", detail: `no export market with a known price makes ${good}` });
  walk.rejected.push(last.failure);
  return last;
}

function resolveInputs(
  walk: Walk,
  inputs: readonly string[],
  path: readonly string[],
): { readonly children: readonly SupplyNode[] } | NodeFailure {
  const children: SupplyNode[] = [];
  for (const input of inputs) {
    const result = resolveNode(walk, input, path);
    if ("failure" in result) return result;
    children.push(result.node);
  }
  return { children };
}

interface Factory {
  readonly waypoint: string;
  readonly inputs: readonly string[];
  readonly notImported: readonly string[];
  readonly ask: number;
}

/** Export markets of the good that import an input, cheapest output first. Inputs of a factory: the map's ∩ what its market imports. */
function factoriesFor(walk: Walk, good: string, inputs: readonly string[]): readonly Factory[] {
  const { book, excludedMarkets } = walk.request;
  const found: Factory[] = [];
  const candidates = new Set([
    ...marketsListing(book, good, "exports"),
    ...quotesOf(book, good)
      .filter((quote) => quote.type === "EXPORT")
      .map((quote) => quote.waypoint),
  ]);
  for (const waypoint of candidates) {
    const excluded = excludedMarkets?.[waypoint];
    const quote = book.quotes[waypoint]?.[good];
    const imported = new Set(book.listings[waypoint]?.imports);
    const atMarket = book.quotes[waypoint] ?? {};
    const { inputs: here, notImported } = actualInputs(
      inputs,
      (input) => imported.has(input) || atMarket[input]?.type === "IMPORT",
    );
    if (excluded !== undefined) walk.rejected.push({ good, market: waypoint, reason: "excluded", detail: excluded });
    else if (!quote) walk.rejected.push({ good, market: waypoint, reason: "noQuote", detail: "never visited" });
    else if (quote.type !== "EXPORT")
      walk.rejected.push({ good, market: waypoint, reason: "notExportedHere", detail: `${quote.type} here` });
    else if (here.length === 0) {
      walk.rejected.push({ good, market: waypoint, reason: "inputsNotImported", detail: `imports none of ${inputs.join(", ")}` });
    } else found.push({ waypoint, inputs: here, notImported, ask: quote.askCredits });
  }
  return found.sort((a, b) => a.ask - b.ask || compareText(a.waypoint, b.waypoint));
}

function tooWide(walk: Walk, good: string): NodeRejection {
  return { good, reason: "tooWide", detail: `more than ${walk.policy.maxNodes} nodes looked at` };
}

function fail(walk: Walk, failure: NodeRejection): NodeFailure {
  walk.rejected.push(failure);
  return { failure, cause: failure };
}
