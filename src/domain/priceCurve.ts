/**
 * What the next tranches will cost or bring, from one quote.
 * The wire shows a price and a label, not the stock: the label's midpoint gives the stock, the price then gives the base.
 * Curve (community fit, confidence B): with s = stock above balance in trade volumes and m = 8,
 * EXPORT ask = base × (1 + (4·2^(−0.3 s) − 5)·m/100); IMPORT price = base × (1 + (5 − 4·2^(0.3 s))·m/100).
 */
import type { Quote, SupplyLevel, TradeType } from "./market.ts";

const STEEPNESS = 8;
const EXPONENT = 0.3;
/** No curve is published for EXCHANGE; its price hardly moves. */
const EXCHANGE_STEP = 0.01;
const EXPORT_MIDPOINT: Readonly<Record<SupplyLevel, number>> = { SCARCE: -5, LIMITED: -3, MODERATE: 0, HIGH: 3, ABUNDANT: 5 };
const IMPORT_MIDPOINT: Readonly<Record<SupplyLevel, number>> = {
  SCARCE: -5,
  LIMITED: -3.25,
  MODERATE: -0.75,
  HIGH: 2,
  ABUNDANT: 4,
};
/** Where an EXPORT's label becomes HIGH. */
const EXPORT_HIGH_FROM = 2;
const EXPORT_ABUNDANT_FROM = 4;
/** Below this an IMPORT is SCARCE and its factory stands still. */
const IMPORT_LIMITED_FROM = -4;
const IMPORT_MODERATE_FROM = -2.5;
/** A trade volume above where it becomes MODERATE: production may eat that before it slows down. */
const IMPORT_ENOUGH = -1.5;
/** Where an IMPORT that nobody sells to usually stands: nine of ten were captured SCARCE or LIMITED. */
const IMPORT_AT_REST = -4.5;

/** Expected credits for buying `units` in transactions of `perTransaction` (one trade volume unless said), after others bought some already. */
export function buyCostCredits(quote: Quote, units: number, alreadyBoughtUnits = 0, perTransaction = quote.tradeVolume): number {
  return sumOverTranches(units, perTransaction, (before) => askAfter(quote, alreadyBoughtUnits + before));
}

/** Expected credits for selling `units` in transactions of one trade volume. */
export function sellRevenueCredits(quote: Quote, units: number, alreadySoldUnits = 0): number {
  return sumOverTranches(units, quote.tradeVolume, (before) => bidAfter(quote, alreadySoldUnits + before));
}

/** Ask after `units` were bought here (negative: were added to the stock). */
export function askAfter(quote: Quote, units: number): number {
  return Math.max(1, quote.askCredits * priceRatio(quote, -units));
}

/** Bid after `units` were sold here (negative: were taken from the stock). */
export function bidAfter(quote: Quote, units: number): number {
  return Math.max(1, quote.bidCredits * priceRatio(quote, units));
}

/** What the market would ask if nobody had traded there for long: an EXPORT is ABUNDANT then. */
export function restingAsk(quote: Quote): number {
  return quote.type === "EXPORT" ? askAfter(quote, unitsTo(quote, EXPORT_ABUNDANT_FROM)) : quote.askCredits;
}

/** What the market would pay if nobody had traded there for long: an IMPORT is nearly SCARCE then. */
export function restingBid(quote: Quote): number {
  return quote.type === "IMPORT" ? bidAfter(quote, -unitsTo(quote, IMPORT_AT_REST)) : quote.bidCredits;
}

/** What an EXPORT asks once its factory has been fed and its label is HIGH. */
export function askAtHigh(quote: Quote): number {
  return askAfter(quote, unitsTo(quote, EXPORT_MIDPOINT.HIGH));
}

/** Whether a factory works at half speed for lack of this input, or not at all. */
export function isShortOf({ supply }: Pick<Quote, "supply">): boolean {
  return supply === "SCARCE" || supply === "LIMITED";
}

/** Trade volumes until a factory has enough of the input for the next hour or so; 0 when it has. */
export function volumesToEnough(input: Quote): number {
  return Math.max(0, IMPORT_ENOUGH - stockOf(input));
}

/** The quote an EXPORT shows once `tranches` trade volumes were produced on top of its stock. */
export function afterProduction(quote: Quote, tranches: number): Quote {
  const stock = stockOf(quote) + tranches;
  const supply = stock >= EXPORT_ABUNDANT_FROM ? "ABUNDANT" : stock >= EXPORT_HIGH_FROM ? "HIGH" : quote.supply;
  return { ...quote, supply, askCredits: Math.round(askAfter(quote, -tranches * quote.tradeVolume)) };
}

/** Trade volumes an EXPORT must produce before its label is HIGH; 0 when it is. */
export function tranchesToHigh(quote: Quote): number {
  return Math.max(0, EXPORT_HIGH_FROM - stockOf(quote));
}

/**
 * Trade volumes of an input to deliver so that its factory can make `outputTranches` [R002-28]:
 * MODERATE at the start, and never below LIMITED on the way (one volume out eats one volume of each input).
 */
export function feedTranches(input: Quote, outputTranches: number): number {
  if (outputTranches <= 0) return 0;
  const stock = stockOf(input);
  return Math.max(0, IMPORT_MODERATE_FROM - stock, outputTranches - (stock - IMPORT_LIMITED_FROM));
}

/** Units taken from the stock until it is `level` trade volumes above balance. */
function unitsTo(quote: Quote, level: number): number {
  return (stockOf(quote) - level) * quote.tradeVolume;
}

/** The stock a label stands for, in trade volumes above balance. */
function stockOf(quote: Pick<Quote, "type" | "supply">): number {
  return quote.type === "IMPORT" ? IMPORT_MIDPOINT[quote.supply] : EXPORT_MIDPOINT[quote.supply];
}

function priceRatio(quote: Quote, stockChangeUnits: number): number {
  if (quote.tradeVolume <= 0) return 1;
  const tranches = stockChangeUnits / quote.tradeVolume;
  if (quote.type === "EXCHANGE") return (1 + EXCHANGE_STEP) ** -tranches;
  const stock = stockOf(quote);
  return Math.max(0.01, curve(quote.type, stock + tranches)) / curve(quote.type, stock);
}

function curve(type: Exclude<TradeType, "EXCHANGE">, stock: number): number {
  const bend = type === "EXPORT" ? 4 * 2 ** (-EXPONENT * stock) - 5 : 5 - 4 * 2 ** (EXPONENT * stock);
  return 1 + (bend * STEEPNESS) / 100;
}

/** A price is flat within a transaction and moves after it. */
function sumOverTranches(units: number, perTransaction: number, priceAt: (unitsBefore: number) => number): number {
  const step = Math.max(1, perTransaction);
  let total = 0;
  for (let before = 0; before < units; before += step) total += priceAt(before) * Math.min(step, units - before);
  return total;
}
