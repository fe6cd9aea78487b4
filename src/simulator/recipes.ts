/** Which goods a market makes, and from which of its imports. */
import { RAW_GOODS } from "./supplyChain.data.ts";
import type { MarketGood, MarketRecord } from "./universe.ts";

/**
 * An EXPORT all of whose inputs are imported here is made from them. A raw good with none of them comes from nature. Anything
 * else cannot be made here and has no recipe: its stock only drifts.
 */
export function recipesOf(
  goods: readonly MarketGood[],
  chain: Readonly<Record<string, readonly string[]>>,
): MarketRecord["recipes"] {
  const imports = new Set(goods.filter((good) => good.kind === "IMPORT").map((good) => good.good));
  return goods.flatMap(({ good, kind }) => {
    if (kind !== "EXPORT") return [];
    const inputs = chain[good] ?? [];
    const here = inputs.filter((input) => imports.has(input));
    if (inputs.length > 0 && here.length === inputs.length) return [{ output: good, inputs: here }];
    return RAW_GOODS.has(good) && here.length === 0 ? [{ output: good, inputs: [] }] : [];
  });
}
