import { describe, expect, it } from "vitest";
import {
  coverage,
  EMPTY_BOOK,
  lastSeenMs,
  marketsListing,
  quoteAt,
  quotesOf,
  withMarket,
  withQuotes,
} from "../../src/domain/quotes.ts";
import { bookOf, NOW_MS, quote } from "./fixtures/builders.ts";

const FOOD = quote("I", "FOOD", "IMPORT", { bidCredits: 2_000 });

describe("market book", () => {
  it("keeps prices seen before when a later reading has none, and the listing from afar", () => {
    const book = withMarket(bookOf(FOOD), { waypoint: "I", exports: [], imports: ["FOOD", "DRUGS"], exchange: [] }, []);
    expect(quoteAt(book, "I", "FOOD")).toEqual(FOOD);
    expect(marketsListing(book, "DRUGS", "imports")).toEqual(["I"]);
  });

  it("forgets the price of a good that its market does not list any more [R002-123]", () => {
    const book = bookOf(FOOD, { ...FOOD, good: "DRUGS" });
    const gone = withMarket(book, { waypoint: "I", exports: [], imports: ["FOOD"], exchange: [] }, []);
    expect([quoteAt(gone, "I", "DRUGS"), quoteAt(gone, "I", "FOOD")]).toEqual([undefined, FOOD]);
    expect(quotesOf(gone, "DRUGS")).toEqual([]);
  });

  it("ignores an older quote and takes a newer one", () => {
    const book = bookOf(FOOD);
    expect(quoteAt(withQuotes(book, [{ ...FOOD, bidCredits: 1, observedAtMs: NOW_MS - 1 }]), "I", "FOOD")?.bidCredits).toBe(
      2_000,
    );
    expect(quoteAt(withQuotes(book, [{ ...FOOD, bidCredits: 3, observedAtMs: NOW_MS + 1 }]), "I", "FOOD")?.bidCredits).toBe(3);
  });

  it("lists quotes in the same order whatever the order of visits", () => {
    const other = { ...FOOD, waypoint: "A" };
    expect(quotesOf(bookOf(FOOD, other), "FOOD")).toEqual(quotesOf(bookOf(other, FOOD), "FOOD"));
  });

  it("reports coverage by age and what was never seen", () => {
    const known = withMarket(bookOf(FOOD), { waypoint: "Z", exports: [], imports: [], exchange: ["FUEL"] }, []);
    expect(coverage(known, NOW_MS + 50, 100)).toEqual({ markets: 2, seen: 1, fresh: 1, neverSeen: ["Z"] });
    expect(coverage(known, NOW_MS + 500, 100)).toMatchObject({ seen: 1, fresh: 0 });
    expect(lastSeenMs(EMPTY_BOOK, "I")).toBeUndefined();
  });

  it("survives JSON", () => {
    const book = bookOf(FOOD);
    expect(JSON.parse(JSON.stringify(book))).toEqual(book);
  });
});
