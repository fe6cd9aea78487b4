import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planScouting, type ScoutingKnowledge, type ScoutingOrder } from "../../src/domain/scouting.ts";
import { shipState } from "../machines/driver.ts";
import { waypoint, waypointsOf } from "./fixtures/builders.ts";

const SYSTEM = waypoint("W1", 0, 0).system;
const place = (symbol: string, x: number, y: number, traits: readonly string[] = ["MARKETPLACE"]) => ({
  ...waypoint(symbol, x, y),
  traits,
});
const WAYPOINTS = waypointsOf(
  place("W1", 0, 0),
  place("W2", 10, 0),
  place("E1", 500, 0),
  place("E2", 510, 0),
  place("ROCK", 5, 5, []),
);
const probe = (symbol: string, at: string) =>
  shipState({ symbol, system: SYSTEM, waypoint: at, cargoCapacity: 0, fuelCapacity: 0, fuelUnits: 0, speed: 9 });
const KNOWN: ScoutingKnowledge = {
  agentSymbol: "S",
  waypoints: WAYPOINTS,
  ships: {
    "S-1": probe("S-1", "W1"),
    "S-2": probe("S-2", "E1"),
    "S-3": { ...probe("S-3", "W1"), cargoUnits: 7, cargo: [{ good: "IRON", units: 7 }] },
    "S-4": { ...probe("S-4", "X"), system: "X9-FAR" },
    "S-5": shipState({ symbol: "S-5", system: SYSTEM, waypoint: "W2", fuelUnits: 0, fuelCapacity: 20 }),
  },
  fuelStops: ["W1"],
};
const order = (change: Partial<ScoutingOrder> = {}): ScoutingOrder => ({
  ships: ["S-1", "S-2"],
  system: SYSTEM,
  markets: ["W1", "W2", "E1", "E2"],
  ...change,
});

describe("an order to scout markets", () => {
  it("gives each ship a closed tour of the markets that are near it [R004-14] [R004-15]", () => {
    expect(planScouting(order(), KNOWN)).toEqual({
      outcome: "planned",
      tours: [
        { ship: "S-1", order: ["W1", "W2", "W1"], totalDistance: 20, algorithm: "nearest-neighbour-2opt" },
        { ship: "S-2", order: ["E1", "E2", "E1"], totalDistance: 20, algorithm: "nearest-neighbour-2opt" },
      ],
    });
  });

  it("leaves no ship without a market and no market without a ship, wherever they are", () => {
    const at = fc.constantFrom("W1", "W2", "E1", "E2");
    fc.assert(
      fc.property(fc.array(at, { minLength: 1, maxLength: 4 }), (places) => {
        const ships = places.map((waypointSymbol, index) => probe(`S-${index}`, waypointSymbol));
        const known = { ...KNOWN, ships: Object.fromEntries(ships.map((ship) => [ship.symbol, ship])) };
        const plan = planScouting(order({ ships: ships.map(({ symbol }) => symbol) }), known);
        if (plan.outcome !== "planned") throw new Error(JSON.stringify(plan));
        const visited = plan.tours.map((tour) => new Set(tour.order));
        expect(visited.every((stops) => stops.size > 0)).toBe(true);
        expect(visited.flatMap((stops) => [...stops]).sort()).toEqual(["E1", "E2", "W1", "W2"]);
      }),
    );
  });

  it.each<[string, Partial<ScoutingOrder>, string]>([
    ["no ships", { ships: [] }, "nothingGiven"],
    ["no markets", { markets: [] }, "nothingGiven"],
    ["an unknown system", { system: "X1-NONE", ships: ["S-1"], markets: ["W1"] }, "unknownSystem"],
    ["an unknown market", { markets: ["W1", "W9"] }, "unknownMarket"],
    ["a waypoint without a market", { markets: ["W1", "ROCK"] }, "noMarket"],
    ["a market named twice", { markets: ["W1", "W2", "W1"] }, "givenTwice"],
    ["a ship named twice", { ships: ["S-1", "S-1"] }, "givenTwice"],
    ["a ship that we do not have", { ships: ["S-9"] }, "unknownShip"],
    ["somebody else's ship", { ships: ["OTHER-1"] }, "notOurShip"],
    ["a ship with cargo", { ships: ["S-3"] }, "shipHoldsCargo"],
    ["a ship in another system", { ships: ["S-4"] }, "shipElsewhere"],
    ["more ships than markets", { markets: ["W1"] }, "tooManyShips"],
    ["a market that a dry ship cannot fly to", { ships: ["S-5"], markets: ["E1"] }, "unreachable"],
  ])("of %s is answered with the reason", (_, change, reason) => {
    const plan = planScouting(order(change), KNOWN);
    expect(plan).toMatchObject({ outcome: "refused", refusals: expect.arrayContaining([expect.objectContaining({ reason })]) });
  });

  it("counts the fuel from stop to stop, and the way back to the first", () => {
    const dry = shipState({ symbol: "S-6", system: SYSTEM, waypoint: "W2", fuelUnits: 2, fuelCapacity: 20 });
    const known = { ...KNOWN, ships: { "S-6": dry }, fuelStops: [] };
    const subjects = (markets: readonly string[]) => {
      const plan = planScouting(order({ ships: ["S-6"], markets }), known);
      return plan.outcome === "refused" ? plan.refusals.map(({ reason, subject }) => `${reason} ${subject}`) : [];
    };
    expect(subjects(["E1"])).toEqual([]);
    expect(subjects(["E1", "E2"])).toEqual(["unreachable E2", "unreachable E1"]);
    expect(planScouting(order({ ships: ["S-6"], markets: ["E1", "E2"] }), { ...known, fuelStops: ["E1"] }).outcome).toBe(
      "planned",
    );
  });

  it("that is wrong in several ways is answered with all of them at once", () => {
    const plan = planScouting(order({ ships: ["S-9", "OTHER-1"], markets: ["W9", "ROCK"] }), KNOWN);
    const reasons = plan.outcome === "refused" ? plan.refusals.map(({ reason }) => reason) : [];
    expect(reasons).toEqual(["unknownMarket", "noMarket", "unknownShip", "notOurShip"]);
  });
});
