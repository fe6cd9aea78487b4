/**
 * What a unit of an input is worth to us beyond its price, once it lies in a factory that is short of it.
 * One trade volume of an output eats one of each input, so the gain on a volume of the output is shared by the inputs that the factory is short
 * of; where the output is an input itself, its own worth counts too. A market's price knows nothing of this: it is the same for us and for strangers.
 */
import { type Commitment, committedUnits } from "./commitment.ts";
import type { Quote } from "./market.ts";
import { askAtHigh, isShortOf, volumesToEnough } from "./priceCurve.ts";
import { type MarketBook, quotesOf } from "./quotes.ts";
import { inputsOf, type SupplyChainMap } from "./supplyChain.ts";

export interface FeedPolicy {
  /** Share of the worth that is counted: production takes time, and others may take the gain. */
  readonly share: number;
  /** Outputs, outputs of outputs and so on that are counted. */
  readonly levels: number;
}

export const DEFAULT_FEED_POLICY: FeedPolicy = { share: 0.3, levels: 3 };

export interface FeedWorld {
  readonly book: MarketBook;
  readonly chain: SupplyChainMap;
  readonly commitments: readonly Commitment[];
}

/** Units of the sink's good that its factories are short of, what is on its way counted, and what one of them is worth, credits. */
export function feedWorth(sink: Quote, world: FeedWorld, policy: FeedPolicy): { units: number; creditsPerUnit: number } {
  const units = shortUnits(sink, world);
  if (units <= 0) return { units: 0, creditsPerUnit: 0 };
  return { units, creditsPerUnit: policy.share * worthOfUnit(sink, world, policy.levels, new Map()) };
}

/** Whether something that the sink's market exports is made from the good. */
export function feedsFactory({ waypoint, good, type }: Quote, { book, chain }: Pick<FeedWorld, "book" | "chain">): boolean {
  return type === "IMPORT" && (book.listings[waypoint]?.exports ?? []).some((output) => inputsOf(chain, output).includes(good));
}

function shortUnits(sink: Quote, { commitments }: FeedWorld): number {
  if (sink.type !== "IMPORT") return 0;
  return volumesToEnough(sink) * sink.tradeVolume - committedUnits(commitments, sink.waypoint, sink.good, "sell");
}

/** Over so many levels of outputs: a cyclic map ends with them. */
function worthOfUnit(sink: Quote, world: FeedWorld, levels: number, known: Map<string, number>): number {
  if (levels <= 0 || shortUnits(sink, world) <= 0) return 0;
  const key = `${levels} ${sink.waypoint} ${sink.good}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const here = world.book.quotes[sink.waypoint] ?? {};
  let worth = 0;
  for (const output of Object.values(here)) {
    const inputs = inputsOf(world.chain, output.good);
    if (output.type !== "EXPORT" || output.supply === "ABUNDANT" || !inputs.includes(sink.good)) continue;
    const short = inputs.filter((input) => here[input]?.type === "IMPORT" && isShortOf(here[input])).length;
    worth += (bestGain(output, world, levels, known) * output.tradeVolume) / Math.max(1, short) / sink.tradeVolume;
  }
  known.set(key, worth);
  return worth;
}

/** Gain on a unit of the output at its best buyer, bought where its factory has been fed. */
function bestGain(output: Quote, world: FeedWorld, levels: number, known: Map<string, number>): number {
  const ask = askAtHigh(output);
  let best = 0;
  for (const buyer of quotesOf(world.book, output.good)) {
    if (buyer.type !== "IMPORT") continue;
    best = Math.max(best, buyer.bidCredits + worthOfUnit(buyer, world, levels - 1, known) - ask);
  }
  return best;
}
