/**
 * The market book: everything the fleet knows of markets, as one plain JSON value.
 * Listings are known from afar; quotes only from a visit, each with the time it was seen.
 */
import type { MarketListing, Quote } from "./market.ts";

export interface MarketBook {
  /** By waypoint. */
  readonly listings: Readonly<Record<string, MarketListing>>;
  /** By waypoint, then by good. */
  readonly quotes: Readonly<Record<string, Readonly<Record<string, Quote>>>>;
}

export const EMPTY_BOOK: MarketBook = { listings: {}, quotes: {} };

/**
 * Takes one reading of a market. An empty `quotes` (no ship was there) keeps what was seen before of goods that are still listed; an older
 * reading changes nothing.
 */
export function withMarket(book: MarketBook, listing: MarketListing, quotes: readonly Quote[]): MarketBook {
  const { waypoint, exports, imports, exchange } = listing;
  const listed = new Set([...exports, ...imports, ...exchange]);
  const known = book.quotes[waypoint] ?? {};
  const kept = Object.values(known).every(({ good }) => listed.has(good))
    ? book.quotes
    : { ...book.quotes, [waypoint]: Object.fromEntries(Object.entries(known).filter(([good]) => listed.has(good))) };
  const next = { listings: { ...book.listings, [waypoint]: listing }, quotes: kept };
  return quotes.length === 0 ? next : withQuotes(next, quotes);
}

/** Takes single quotes, e.g. the price a transaction revealed. A quote older than the one in the book is ignored. */
export function withQuotes(book: MarketBook, quotes: readonly Quote[]): MarketBook {
  const next: Record<string, Readonly<Record<string, Quote>>> = { ...book.quotes };
  for (const quote of quotes) {
    const known = next[quote.waypoint] ?? {};
    const previous = known[quote.good];
    if (previous && previous.observedAtMs > quote.observedAtMs) continue;
    next[quote.waypoint] = { ...known, [quote.good]: quote };
  }
  return { ...book, quotes: next };
}

export function quoteAt(book: MarketBook, waypoint: string, good: string): Quote | undefined {
  return book.quotes[waypoint]?.[good];
}

/** All quotes of a good, ordered by waypoint, so that every decision over them is deterministic. */
export function quotesOf(book: MarketBook, good: string): readonly Quote[] {
  return indexOf(book).get(good) ?? [];
}

/** Books are immutable, so their index by good is computed once. */
const indexes = new WeakMap<MarketBook["quotes"], ReadonlyMap<string, readonly Quote[]>>();

function indexOf(book: MarketBook): ReadonlyMap<string, readonly Quote[]> {
  const known = indexes.get(book.quotes);
  if (known) return known;
  const index = new Map<string, Quote[]>();
  for (const waypoint of Object.keys(book.quotes).sort(compareText)) {
    for (const quote of Object.values(book.quotes[waypoint] ?? {})) {
      const list = index.get(quote.good);
      if (list) list.push(quote);
      else index.set(quote.good, [quote]);
    }
  }
  indexes.set(book.quotes, index);
  return index;
}

/** Goods with at least one quote, sorted. */
export function quotedGoods(book: MarketBook): readonly string[] {
  return [...indexOf(book).keys()].sort(compareText);
}

/** Waypoints whose market lists the good with that role, sorted; needs no visit. */
export function marketsListing(book: MarketBook, good: string, role: "exports" | "imports" | "exchange"): readonly string[] {
  return Object.values(book.listings)
    .filter((listing) => listing[role].includes(good))
    .map((listing) => listing.waypoint)
    .sort(compareText);
}

/** When the market was last seen with prices; `undefined` when never. */
export function lastSeenMs(book: MarketBook, waypoint: string): number | undefined {
  let latest: number | undefined;
  for (const quote of Object.values(book.quotes[waypoint] ?? {})) {
    if (latest === undefined || quote.observedAtMs > latest) latest = quote.observedAtMs;
  }
  return latest;
}

export interface BookCoverage {
  readonly markets: number;
  readonly seen: number;
  readonly fresh: number;
  /** Sorted. */
  readonly neverSeen: readonly string[];
}

/** How much of the listed system has prices, and how much of it is younger than `maxAgeMs`. */
export function coverage(book: MarketBook, nowMs: number, maxAgeMs: number): BookCoverage {
  const markets = Object.keys(book.listings).sort(compareText);
  const neverSeen = markets.filter((waypoint) => lastSeenMs(book, waypoint) === undefined);
  const fresh = markets.filter((waypoint) => {
    const seenAtMs = lastSeenMs(book, waypoint);
    return seenAtMs !== undefined && nowMs - seenAtMs <= maxAgeMs;
  });
  return { markets: markets.length, seen: markets.length - neverSeen.length, fresh: fresh.length, neverSeen };
}

/** Code-unit order: the same on every machine, whatever its locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
