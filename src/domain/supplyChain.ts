/** Which goods a good is made of. The official map of 129 goods is cyclic, so every walk stops at a raw set, at a repeat and at a depth. */

/** `exportToImportMap` of the game: good → its inputs. */
export type SupplyChainMap = Readonly<Record<string, readonly string[]>>;

export interface SupplyChainPolicy {
  /** Goods that are bought, never fabricated as an input [R002-41]. */
  readonly rawGoods: readonly string[];
  /** Levels of fabrication below and including the product. */
  readonly maxDepth: number;
}

const MINED_OR_SIPHONED = [
  "IRON_ORE",
  "COPPER_ORE",
  "ALUMINUM_ORE",
  "GOLD_ORE",
  "SILVER_ORE",
  "PLATINUM_ORE",
  "URANITE_ORE",
  "MERITIUM_ORE",
  "SILICON_CRYSTALS",
  "QUARTZ_SAND",
  "DIAMONDS",
  "PRECIOUS_STONES",
  "AMMONIA_ICE",
  "ICE_WATER",
  "HYDROCARBON",
  "LIQUID_HYDROGEN",
  "LIQUID_NITROGEN",
];

/** Manufactured in the map, cheap enough that the seed buys them [R002-40]. */
const BOUGHT_BY_RULE = ["IRON", "COPPER", "ALUMINUM", "GOLD", "SILVER", "PLATINUM", "POLYNUCLEOTIDES", "FABRICS", "FOOD"];

export const DEFAULT_SUPPLY_CHAIN_POLICY: SupplyChainPolicy = {
  rawGoods: [...MINED_OR_SIPHONED, ...BOUGHT_BY_RULE],
  maxDepth: 5,
};

/** Inputs by the map without repeats (the live map lists MERITIUM twice for one module); empty for an unknown good. */
export function inputsOf(map: SupplyChainMap, good: string): readonly string[] {
  return [...new Set(map[good] ?? [])];
}

/** Every good that may feed `good`, directly or not, down to the raw set; ends on cyclic maps [R002-42]. */
export function ancestorsOf(
  map: SupplyChainMap,
  good: string,
  policy: SupplyChainPolicy = DEFAULT_SUPPLY_CHAIN_POLICY,
): readonly string[] {
  const seen = new Set<string>();
  const raw = new Set(policy.rawGoods);
  let frontier = [...inputsOf(map, good)];
  for (let depth = 0; depth < policy.maxDepth && frontier.length > 0; depth += 1) {
    const next: string[] = [];
    for (const input of frontier) {
      if (seen.has(input) || input === good) continue;
      seen.add(input);
      if (!raw.has(input)) next.push(...inputsOf(map, input));
    }
    frontier = next;
  }
  return [...seen].sort();
}
