/** A plan's tree as it will be done: the planner resolves every input before it knows how much of it the factory has. */
import type { SupplyLevel } from "./market.ts";
import type { Plan, PlannedFactory } from "./plan.ts";
import { type MarketBook, quoteAt } from "./quotes.ts";
import type { BuyNode, FabricateNode, NodeRejection, SupplyNode } from "./resolver.ts";

export type ShownNode = BuyNode | EnoughNode | (Omit<FabricateNode, "children"> & { readonly children: readonly ShownNode[] });

/** An input of which its factory has enough: nothing is delivered, so nothing is done below it. */
export interface EnoughNode {
  readonly method: "ENOUGH";
  readonly good: string;
  readonly factoryMarket: string;
  /** Undefined where the market's label is not known. */
  readonly supply: SupplyLevel | undefined;
  readonly children: readonly [];
}

export interface ShownTree {
  readonly root: ShownNode;
  /** Each node that was resolved and is not in the tree, with the factory that has enough. */
  readonly notDelivered: readonly NodeRejection[];
}

export function shownTree({ root, factories }: Pick<Plan, "root" | "factories">, book: MarketBook): ShownTree {
  const walk: Walk = { book, factories: [...factories], notDelivered: [] };
  return { root: shownNode(root, walk), notDelivered: walk.notDelivered };
}

interface Walk {
  readonly book: MarketBook;
  /** Of the nodes not yet visited. A plan lists a factory after those that feed it: the last is the next one on the way down from the right. */
  readonly factories: PlannedFactory[];
  readonly notDelivered: NodeRejection[];
}

function shownNode(node: SupplyNode, walk: Walk): ShownNode {
  const factory = node.method === "FABRICATE" ? walk.factories.pop() : undefined;
  if (node.method === "BUY" || factory === undefined) return node;
  const children = node.children.toReversed().map((child) => {
    const isDelivered = factory.inputs.some(({ good, units }) => good === child.good && units > 0);
    return isDelivered ? shownNode(child, walk) : enough(child, node.factoryMarket, walk);
  });
  return { ...node, children: children.toReversed() };
}

function enough(node: SupplyNode, factoryMarket: string, { book, notDelivered }: Walk): EnoughNode {
  const { good } = node;
  const supply = quoteAt(book, factoryMarket, good)?.supply;
  const detail = `${factoryMarket} has enough ${good} (${supply ?? "supply unknown"})`;
  for (const { good: spared, ...rest } of nodesOf(node)) {
    const market = rest.method === "BUY" ? rest.sourceMarket : rest.factoryMarket;
    notDelivered.push({ good: spared, market, reason: "notDelivered", detail });
  }
  return { method: "ENOUGH", good, factoryMarket, supply, children: [] };
}

function nodesOf(node: SupplyNode): readonly SupplyNode[] {
  return [node, ...node.children.flatMap(nodesOf)];
}
