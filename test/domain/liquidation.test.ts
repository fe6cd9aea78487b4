import { describe, expect, it } from "vitest";
import { chooseLiquidation } from "../../src/domain/liquidation.ts";
import type { Quote } from "../../src/domain/market.ts";
import { type MarketBook, withMarket } from "../../src/domain/quotes.ts";
import { bookOf, placesOf, quote } from "./fixtures/builders.ts";

const HERE = quote("H", "FUEL", "EXCHANGE");
const steady = quote("W", "IRON", "IMPORT", { bidCredits: 100 });
const unsteady = quote("G", "IRON", "IMPORT", { activity: "GROWING", bidCredits: 900 });
const exchange = quote("X", "IRON", "EXCHANGE", { bidCredits: 900 });
const exporter = quote("E", "IRON", "EXPORT", { bidCredits: 900 });

function choose(...quotes: readonly Quote[]) {
  return chooseIn(bookOf(HERE, ...quotes));
}
function chooseIn(book: MarketBook) {
  return chooseLiquidation({
    good: "IRON",
    units: 10,
    shipWaypoint: "H",
    hull: { speed: 36, fuelCapacity: 400 },
    fuelUnits: 400,
    book,
    waypoints: placesOf(book),
    fuelStops: ["H"],
    creditsPerShipSecond: 20,
  });
}

describe("where stranded cargo goes", () => {
  it("is a market by the rule, else any importer, an exchange, an exporter, and nowhere without one [R002-104]", () => {
    expect(choose(steady, unsteady, exchange, exporter)).toMatchObject({ outcome: "sell", waypoint: "W", rule: "score" });
    expect(choose(unsteady, exchange, exporter)).toMatchObject({ waypoint: "G", rule: "anyImport" });
    expect(choose(exchange, exporter)).toMatchObject({ waypoint: "X", rule: "exchange" });
    expect(choose(exporter)).toMatchObject({ waypoint: "E", rule: "exporter" });
    expect(choose()).toEqual({ outcome: "hold", reason: "Cannot find ANY market to sell IRON" });
  });

  it("is a market that is known only to list it, after those with a price and before an exporter [R002-104]", () => {
    const unseen = (...quotes: readonly Quote[]) =>
      chooseIn(withMarket(bookOf(HERE, ...quotes), { waypoint: "L", exports: [], imports: ["IRON"], exchange: [] }, []));
    expect(unseen(exporter)).toEqual({ outcome: "sell", waypoint: "L", rule: "listedOnly", expectedCredits: undefined });
    expect(unseen(exporter, exchange)).toMatchObject({ waypoint: "X", rule: "exchange" });
  });

  it("is the best of those of one rule by what it brings, less the time of the ship [R002-104]", () => {
    const near = quote("N", "IRON", "IMPORT", { bidCredits: 100 });
    const dear = quote("Z", "IRON", "IMPORT", { bidCredits: 300 });
    expect(choose(near, dear)).toMatchObject({ waypoint: "Z" });
    expect(choose(near, { ...dear, bidCredits: 101 })).toMatchObject({ waypoint: "N" });
  });
});
