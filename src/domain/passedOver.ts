/** Markets that would have served a plan and were not taken: dearer sources and factories, sinks that pay less for the ship's time. */
import type { Plan } from "./plan.ts";
import { type MarketBook, quotesOf } from "./quotes.ts";
import type { NodeRejection, SupplyNode } from "./resolver.ts";

/** With what the plan has rejected already, every market with a price of its goods is either in it or among the reasons. */
export function passedOver(plan: Plan, book: MarketBook): readonly NodeRejection[] {
  const known = new Set(plan.rejected.map(({ good, market }) => `${good} ${market ?? ""}`));
  const nodes = plan.kind === "trade" ? otherSources(plan, book) : nodesOf(plan.root).flatMap((node) => dearerThan(node, book));
  return [...nodes.filter(({ good, market }) => !known.has(`${good} ${market ?? ""}`)), ...otherSinks(plan, book)];
}

/** A plain trade is planned from each source; the cheapest may be too far away. */
function otherSources({ product, tasks }: Plan, book: MarketBook): readonly NodeRejection[] {
  const taken = new Set(tasks.map(({ source }) => source));
  return quotesOf(book, product)
    .filter(({ waypoint, type }) => type !== "IMPORT" && !taken.has(waypoint))
    .map(({ waypoint, supply, askCredits }) => ({
      good: product,
      market: waypoint,
      reason: "paysLess",
      detail: `supply ${supply} at ${askCredits} earns less for the ship's time`,
    }));
}

function nodesOf(node: SupplyNode): readonly SupplyNode[] {
  return [node, ...node.children.flatMap(nodesOf)];
}

function dearerThan(node: SupplyNode, book: MarketBook): readonly NodeRejection[] {
  const { good } = node;
  const taken = node.method === "BUY" ? node.sourceMarket : node.factoryMarket;
  return quotesOf(book, good)
    .filter(({ waypoint, type }) => waypoint !== taken && (node.method === "BUY" ? type !== "IMPORT" : type === "EXPORT"))
    .map(({ waypoint, askCredits }) => ({
      good,
      market: waypoint,
      reason: "dearer",
      detail: `asks ${askCredits}, ${taken} asks ${book.quotes[taken]?.[good]?.askCredits ?? "?"}`,
    }));
}

/** Whoever was no place to sell for this plan is among its own reasons. */
function otherSinks({ product, tasks, sellMarket, rejected }: Plan, book: MarketBook): readonly NodeRejection[] {
  const taken = new Set(tasks.flatMap(({ source, target }) => [source, target]));
  const refused = new Set(rejected.filter(({ reason }) => reason === "notASellMarket").map(({ market }) => market));
  return quotesOf(book, product)
    .filter(({ waypoint, type }) => type !== "EXPORT" && !taken.has(waypoint) && !refused.has(waypoint))
    .map(({ waypoint, bidCredits }) => ({
      good: product,
      market: waypoint,
      reason: "paysLess",
      detail: `pays ${bidCredits}, for the ship's time less than ${sellMarket}`,
    }));
}
