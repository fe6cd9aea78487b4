import { describe, expect, it } from "vitest";
import { chooseLiquidation } from "../../src/domain/liquidation.ts";
import { nextPurchase, nextSale } from "../../src/domain/visit.ts";
import { bookOf, quote, waypoint, waypointsOf } from "./fixtures/builders.ts";

const SOURCE = quote("E", "FOOD", "EXPORT", { tradeVolume: 30, supply: "HIGH", askCredits: 1_000 });
const SINK = quote("I", "FOOD", "IMPORT", { tradeVolume: 30, supply: "SCARCE", bidCredits: 2_000 });
const BUY = { source: SOURCE, sink: SINK, unitsAboard: 0, freeCargoUnits: 80, targetUnits: 40, creditsAvailable: 1_000_000 };

describe("a visit", () => {
  it("buys a supply-aware tranche, then the rest of the target, then stops [R002-22] [R002-107]", () => {
    expect(nextPurchase(BUY)).toEqual({ step: "trade", units: 18 });
    expect(nextPurchase({ ...BUY, unitsAboard: 36, freeCargoUnits: 44 })).toEqual({ step: "trade", units: 4 });
    expect(nextPurchase({ ...BUY, unitsAboard: 40, freeCargoUnits: 40 })).toMatchObject({
      step: "done",
      reason: "targetReached",
    });
  });

  it("stops when the next tranche no longer pays [R002-122]", () => {
    const dear = { ...SOURCE, askCredits: 1_990 };
    expect(nextPurchase({ ...BUY, source: dear, unitsAboard: 30, freeCargoUnits: 50 })).toMatchObject({
      step: "done",
      reason: "noLongerPays",
    });
    expect(nextPurchase({ ...BUY, source: dear, sink: undefined }).step).toBe("trade");
  });

  it("says why it buys nothing: full hold, no credits, supply, wrong market [R002-27] [R002-43]", () => {
    expect(nextPurchase({ ...BUY, freeCargoUnits: 0 })).toMatchObject({ reason: "holdFull" });
    expect(nextPurchase({ ...BUY, creditsAvailable: 999 })).toMatchObject({ reason: "noCredits" });
    expect(nextPurchase({ ...BUY, source: { ...SOURCE, tradeVolume: 6, supply: "SCARCE" } })).toMatchObject({
      reason: "supplyTooLow",
    });
    expect(nextPurchase({ ...BUY, source: SINK })).toMatchObject({ reason: "notTraded" });
  });

  it("sells at most a trade volume at a time until nothing is aboard or the bid is too low [R002-110]", () => {
    expect(nextSale({ sink: SINK, unitsAboard: 40, minBidCredits: 0 })).toEqual({ step: "trade", units: 30 });
    expect(nextSale({ sink: SINK, unitsAboard: 10, minBidCredits: 0 })).toEqual({ step: "trade", units: 10 });
    expect(nextSale({ sink: SINK, unitsAboard: 0, minBidCredits: 0 })).toMatchObject({ reason: "nothingAboard" });
    expect(nextSale({ sink: SINK, unitsAboard: 10, minBidCredits: 2_001 })).toMatchObject({ reason: "bidTooLow" });
  });
});

describe("liquidation", () => {
  const places = waypointsOf(
    waypoint("A", 0, 0),
    waypoint("W", 50, 0),
    waypoint("G", 60, 0),
    waypoint("X", 20, 0),
    waypoint("E", 10, 0),
  );
  const weak = quote("W", "GOLD", "IMPORT", { bidCredits: 300 });
  const growing = quote("G", "GOLD", "IMPORT", { bidCredits: 900, activity: "GROWING" });
  const exchange = quote("X", "GOLD", "EXCHANGE", { bidCredits: 200 });
  const exporter = quote("E", "GOLD", "EXPORT", { bidCredits: 90 });
  const choose = (...quotes: (typeof weak)[]) =>
    chooseLiquidation({
      good: "GOLD",
      units: 10,
      shipWaypoint: "A",
      hull: { speed: 15, fuelCapacity: 600 },
      fuelUnits: 600,
      book: bookOf(...quotes),
      waypoints: places,
      fuelStops: ["A", "W", "G", "X", "E"],
      creditsPerShipSecond: 1,
    });

  it("prefers a market by rule, then any import, exchange, exporter [R002-104]", () => {
    expect(choose(weak, growing, exchange)).toMatchObject({ waypoint: "W", rule: "score", expectedCredits: 3_000 });
    expect(choose(growing, exchange)).toMatchObject({ waypoint: "G", rule: "anyImport" });
    expect(choose(exchange, exporter)).toMatchObject({ waypoint: "X", rule: "exchange" });
    expect(choose(exporter)).toMatchObject({ waypoint: "E", rule: "exporter" });
  });

  it("holds the cargo explicitly when there is no market at all [R002-104]", () => {
    expect(choose()).toEqual({ outcome: "hold", reason: "Cannot find ANY market to sell GOLD" });
  });
});
