/**
 * How well the price curves predict quotes that they were not told.
 *
 * Invariants: a quote is never predicted from itself; a stock is known only by its label, as a client knows it; the shares by which a
 * market's bid differs from the rule's are not carried over. A base solved from the quote it then reproduces would be an identity.
 */
import type { EconomyConstants } from "../src/simulator/economy.v1.ts";
import { pricesAt } from "../src/simulator/quote.ts";
import type { MarketGood, TradeKind } from "../src/simulator/universe.ts";
import type { World } from "../src/simulator/universeFile.ts";
import { percentile, type Row } from "./benchReport.ts";

/** One captured quote; `good` has the base that its own ask implies at the middle of its label. */
export interface CapturedQuote {
  readonly system: string;
  readonly waypoint: string;
  readonly good: MarketGood;
  readonly askCredits: number;
  readonly bidCredits: number;
}

/** Where the base of a prediction comes from: quotes of the same type, or of the other type scaled by what the other goods show. */
export type Source = "same type" | "other type";

export interface Prediction {
  readonly quote: CapturedQuote;
  readonly source: Source;
  readonly askCredits: number;
  readonly bidCredits: number;
}

export function quotesOf(world: World, constants: EconomyConstants): CapturedQuote[] {
  return world.markets.flatMap(({ waypoint, goods }) =>
    goods.map((good) => ({
      system: world.system.symbol,
      waypoint,
      good,
      ...pricesAt(good, good.stock / good.tradeVolume, constants),
    })),
  );
}

/**
 * Predicts each of `quotes` from the `known` ones of other markets: from those of its type, else, EXPORT and IMPORT, from those of the
 * other type. What nobody else trades is left out.
 */
export function predict(
  quotes: readonly CapturedQuote[],
  known: readonly CapturedQuote[],
  source: Source,
  constants: EconomyConstants,
): Prediction[] {
  return quotes.flatMap((quote) => {
    const { kind, good } = quote.good;
    const others = known.filter((one) => one.system !== quote.system || one.waypoint !== quote.waypoint);
    const scale = source === "same type" ? 1 : importOverExport(others, good) ** (kind === "IMPORT" ? 1 : -1);
    const base = medianBase(others, source === "same type" ? kind : OTHER[kind], good);
    if (base === undefined) return [];
    const blank = { ...quote.good, base: base * scale, bidFactor: kind === "EXCHANGE" ? medianGap(others, good) : 1 };
    return [{ quote, source, ...pricesAt(blank, quote.good.stock / quote.good.tradeVolume, constants) }];
  });
}

/** The same without any curve: the middle of what the others ask and bid. What the curve is worth is the difference. */
export function predictFlat(quotes: readonly CapturedQuote[], known: readonly CapturedQuote[]): Prediction[] {
  return quotes.flatMap((quote) => {
    const others = known.filter(
      (one) =>
        (one.system !== quote.system || one.waypoint !== quote.waypoint) &&
        one.good.good === quote.good.good &&
        one.good.kind === quote.good.kind,
    );
    if (others.length === 0) return [];
    const askCredits = median(others.map((one) => one.askCredits));
    return [{ quote, source: "same type", askCredits, bidCredits: median(others.map((one) => one.bidCredits)) }];
  });
}

/** A row per type and side: how many of the quotes were predicted, and how far off, in percent of what was captured. */
export function errorTable(label: Readonly<Row>, quotes: readonly CapturedQuote[], predictions: readonly Prediction[]): Row[] {
  return (["EXPORT", "IMPORT", "EXCHANGE"] as const).flatMap((kind) => {
    const mine = predictions.filter(({ quote }) => quote.good.kind === kind);
    const of = quotes.filter((quote) => quote.good.kind === kind).length;
    if (mine.length === 0) return [];
    return (["ask", "bid"] as const).map((side) => {
      const errors = mine.map((prediction) => errorOf(prediction, side));
      return {
        ...label,
        type: kind,
        side,
        n: `${mine.length} of ${of}`,
        "median %": percent(percentile(errors, 0.5)),
        "p90 %": percent(percentile(errors, 0.9)),
        "max %": percent(Math.max(...errors)),
      };
    });
  });
}

/** |predicted − captured| / captured. */
export function errorOf({ quote, ...predicted }: Prediction, side: "ask" | "bid"): number {
  const [is, was] = side === "ask" ? [predicted.askCredits, quote.askCredits] : [predicted.bidCredits, quote.bidCredits];
  return Math.abs(is - was) / was;
}

const OTHER: Readonly<Record<TradeKind, TradeKind | undefined>> = { EXPORT: "IMPORT", IMPORT: "EXPORT", EXCHANGE: undefined };

function medianBase(quotes: readonly CapturedQuote[], kind: TradeKind | undefined, good: string): number | undefined {
  const bases = quotes.filter((one) => one.good.kind === kind && one.good.good === good).map((one) => one.good.base);
  return bases.length === 0 ? undefined : median(bases);
}

function medianGap(quotes: readonly CapturedQuote[], good: string): number {
  return median(quotes.filter((one) => one.good.kind === "EXCHANGE" && one.good.good === good).map((one) => one.good.bidFactor));
}

/** IMPORT base over EXPORT base, the middle of all goods but the one asked for. */
function importOverExport(quotes: readonly CapturedQuote[], except: string): number {
  const goods = new Set(quotes.map((one) => one.good.good).filter((good) => good !== except));
  const ratios = [...goods].flatMap((good) => {
    const [imported, exported] = [medianBase(quotes, "IMPORT", good), medianBase(quotes, "EXPORT", good)];
    return imported === undefined || exported === undefined ? [] : [imported / exported];
  });
  return ratios.length === 0 ? 1 : median(ratios);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}

function percent(share: number): string {
  return (share * 100).toFixed(1);
}
