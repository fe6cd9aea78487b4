import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { commandShipMission, divideMarkets, nextStop, planTour } from "../../src/domain/tours.ts";
import { bookOf, NOW_MS, quote, waypoint, waypointsOf } from "./fixtures/builders.ts";

const PLACES = waypointsOf(
  waypoint("W1", 0, 0),
  waypoint("W2", 10, 0),
  waypoint("W3", 0, 10),
  waypoint("E1", 500, 0),
  waypoint("E2", 510, 0),
);
const scout = (symbol: string, at: string) => ({ symbol, waypoint: at, speed: 9 });

describe("tours", () => {
  it("divides the markets by distance", () => {
    expect(divideMarkets([scout("P1", "W1"), scout("P2", "E1")], ["W1", "W2", "W3", "E1", "E2"], PLACES)).toEqual({
      P1: ["W1", "W2", "W3"],
      P2: ["E1", "E2"],
    });
  });

  it("gives every market to exactly one scout", () => {
    const coordinate = fc.integer({ min: -700, max: 700 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(coordinate, coordinate), { maxLength: 25 }),
        fc.integer({ min: 1, max: 4 }),
        (spots, count) => {
          const places = waypointsOf(waypoint("START", 0, 0), ...spots.map(([x, y], index) => waypoint(`M${index}`, x, y)));
          const markets = spots.map((_, index) => `M${index}`);
          const scouts = Array.from({ length: count }, (_, index) => scout(`P${index}`, "START"));
          const divided = Object.values(divideMarkets(scouts, markets, places)).flat();
          expect([...divided].sort()).toEqual([...markets].sort());
        },
      ),
    );
  });

  it("plans a closed tour with its distance to two decimals [R004-14]", () => {
    expect(planTour("W1", ["W3", "W2", "W1"], PLACES)).toEqual({
      order: ["W1", "W2", "W3", "W1"],
      totalDistance: 34.14,
      algorithm: "nearest-neighbour-2opt",
    });
    expect(planTour("W1", [], PLACES)).toMatchObject({ order: [], totalDistance: 0 });
    expect(planTour("W1", ["W2"], PLACES)).toMatchObject({ order: ["W2"], totalDistance: 0 });
  });

  it("visits each market once and leaves no crossing behind", () => {
    const square = waypointsOf(
      waypoint("S", -1, -1),
      waypoint("A", 0, 0),
      waypoint("B", 10, 10),
      waypoint("C", 10, 0),
      waypoint("D", 0, 10),
    );
    const tour = planTour("S", ["A", "B", "C", "D"], square);
    expect(tour.totalDistance).toBe(40);
    expect(new Set(tour.order).size).toBe(4);
  });

  it("goes to a market never seen before any other, then to the stalest per second of flight, and rests when all are fresh", () => {
    const old = quote("W2", "FOOD", "IMPORT", { observedAtMs: NOW_MS - 600_000 });
    const older = quote("W3", "FOOD", "IMPORT", { observedAtMs: NOW_MS - 900_000 });
    const base = { scout: scout("P1", "W1"), book: bookOf(old, older), waypoints: PLACES, nowMs: NOW_MS, freshForMs: 60_000 };
    expect(nextStop({ ...base, markets: ["W2", "W3", "E1"] })).toMatchObject({ waypoint: "E1", ageMs: undefined });
    expect(nextStop({ ...base, markets: ["W2", "W3"] })).toMatchObject({ waypoint: "W3", ageMs: 900_000 });
    expect(nextStop({ ...base, markets: ["W2", "W3"], freshForMs: 3_600_000 })).toBeUndefined();
  });

  it("sends the command ship to look only where a new market beats the best known trade", () => {
    const base = {
      scout: { ...scout("C1", "W1"), speed: 36 },
      book: bookOf(quote("W1", "FOOD", "IMPORT")),
      waypoints: PLACES,
      nowMs: NOW_MS,
    };
    const request = { ...base, markets: ["W1", "W2"], creditsPerNewMarket: 5_000 };
    expect(commandShipMission({ ...request, bestTradeRate: 10 })).toMatchObject({ mission: "explore", stop: { waypoint: "W2" } });
    expect(commandShipMission({ ...request, bestTradeRate: 1_000 })).toEqual({ mission: "trade", reason: "tradeEarnsMore" });
    expect(commandShipMission({ ...request, markets: ["W1"], bestTradeRate: 0 })).toEqual({
      mission: "trade",
      reason: "nothingUnseen",
    });
  });
});
