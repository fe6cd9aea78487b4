/**
 * Growth of trade volumes, only under `volumeGrowth: 1`.
 *
 * What is known of the real game, and nothing more: a trade volume starts low and grows where inputs are kept HIGH or better and
 * the output is drained; first the activity rises to GROWING and STRONG, then the volume, each step the next whole number from a tenth
 * more on (20, 22, 25, 28, 31, 35, 39, 43, 48, 53 and 60, 66, 73, 81, 90, 100, 111 hold nearly every volume of a system captured late);
 * an input's grows to three times its output's, an output's while its inputs' are twice as large; an input stops while its price is
 * above 80 % of the highest. How fast is our guess (two steps a game day, so that 60 becomes 180 in a week, as was seen).
 *
 * Invariants: stocks keep their units, so growth neither makes nor eats material; the start level keeps its label.
 */
import { priceMultiple } from "./curve.ts";
import type { EconomyConstants } from "./economy.v1.ts";
import type { Activity, MarketGood, MarketRecord, SupplyLabel } from "./universe.ts";

/** Counts `hours` towards the next step of every good that is fed and drained by its `labels`, and takes the steps that are due. */
export function grow(
  market: MarketRecord,
  labels: ReadonlyMap<string, SupplyLabel>,
  hours: number,
  constants: EconomyConstants,
): void {
  const goods = new Map(market.goods.map((good) => [good.good, good]));
  const limits = new Map<MarketGood, number>();
  for (const recipe of market.recipes) {
    const output = goods.get(recipe.output);
    const fed = recipe.inputs.every((input) => isFed(labels.get(input)));
    if (output === undefined || !fed || isFed(labels.get(recipe.output))) continue;
    const inputs = recipe.inputs.flatMap((input) => goods.get(input) ?? []);
    limits.set(output, Math.min(Infinity, ...inputs.map((input) => input.tradeVolume / constants.growthImportRatioMin)));
    for (const input of inputs.filter((one) => isCheap(one, constants))) {
      limits.set(input, Math.max(limits.get(input) ?? 0, output.tradeVolume * constants.growthImportRatioMax));
    }
  }
  for (const [good, limit] of limits) press(good, hours, limit, constants);
}

function isFed(label: SupplyLabel | undefined): boolean {
  return label === "HIGH" || label === "ABUNDANT";
}

function isCheap(input: MarketGood, constants: EconomyConstants): boolean {
  const highest = priceMultiple("IMPORT", Number.NEGATIVE_INFINITY, constants);
  return priceMultiple("IMPORT", input.stock / input.tradeVolume, constants) <= constants.growthPriceShare * highest;
}

/** One more tick of being fed and drained; when enough of them came together, a step of activity, else of the trade volume. */
function press(good: MarketGood, hours: number, limit: number, constants: EconomyConstants): void {
  const growth = good.growth ?? { startTradeVolume: good.tradeVolume, hours: 0 };
  good.growth = { ...growth, hours: growth.hours + hours };
  if (good.growth.hours < constants.growthHoursPerStep) return;
  good.growth.hours = 0;
  if (good.usualActivity === "WEAK") good.usualActivity = "GROWING";
  else {
    good.usualActivity = NEXT[good.usualActivity];
    const larger = Math.ceil(good.tradeVolume * (1 + constants.growthPerStep));
    enlarge(good, Math.min(larger, Math.floor(limit), growth.startTradeVolume * constants.growthCeiling));
  }
}

const NEXT: Readonly<Record<Activity, Activity>> = {
  RESTRICTED: "WEAK",
  WEAK: "GROWING",
  GROWING: "STRONG",
  STRONG: "STRONG",
};

function enlarge(good: MarketGood, tradeVolume: number): void {
  if (tradeVolume <= good.tradeVolume) return;
  good.startStock *= tradeVolume / good.tradeVolume;
  good.tradeVolume = tradeVolume;
}
