import { describe, expect, it } from "vitest";
import { dispatch } from "../../src/actors/dispatch.ts";
import { DEFAULT_FLEET_CONFIG } from "../../src/actors/fleetPorts.ts";
import { createMarketBook } from "../../src/actors/marketBook.store.ts";
import type { Quote } from "../../src/domain/market.ts";
import type { PipelineOrder } from "../../src/machines/coordinatorProtocol.ts";
import { quote, shipState, T0 } from "../machines/driver.ts";

const at = (symbol: string, x: number) => ({ symbol, system: "X1-A", type: "PLANET", x, y: 0, traits: ["MARKETPLACE"] });
const listing = (waypoint: string, exports: string[], imports: string[]) => ({ waypoint, exports, imports, exchange: ["FUEL"] });
const goodAt = (waypoint: string, good: string, rest: Partial<Quote>) => quote({ waypoint, good, ...rest });
const iron = goodAt("X1-A-1", "IRON", {});
const ironSink = goodAt("X1-A-2", "IRON", { type: "IMPORT", supply: "SCARCE", askCredits: 800, bidCredits: 400 });

/** IRON of 1 makes PARTS at 2, PARTS make GEARS at 3, which are sold at 1. */
function answerTo(order: Partial<PipelineOrder> | null, quotes: readonly Quote[], cooling: readonly string[] = []) {
  const book = createMarketBook();
  book.trigger.charted({
    waypoints: [at("X1-A-1", 0), at("X1-A-2", 20), at("X1-A-3", 300)],
    chain: { GEARS: ["PARTS"], PARTS: ["IRON"] },
    listings: [
      listing("X1-A-1", ["IRON", "SALT"], ["GEARS"]),
      listing("X1-A-2", ["PARTS"], ["IRON", "SALT"]),
      listing("X1-A-3", ["GEARS"], ["PARTS"]),
    ],
  });
  book.trigger.quoted({ quotes });
  book.trigger.purseChanged({ spendableCredits: 10_000_000 });
  const placed = (given: Partial<PipelineOrder>): PipelineOrder => ({
    id: "o1",
    product: "IRON",
    kind: "any",
    force: true,
    placedAtMs: 0,
    waitsFor: null,
    ...given,
  });
  const nothing = { ready: [], chains: [], activeProducts: [], commitments: [], scouting: [] };
  return dispatch({
    known: book.getSnapshot().context,
    input: {
      ...nothing,
      cooling,
      idle: [shipState(), shipState({ symbol: "S-2" })],
      activeFabrications: 0,
      maxFabrications: 2,
      earmarkedCredits: 0,
      orders: order === null ? [] : [placed(order)],
    },
    config: DEFAULT_FLEET_CONFIG,
    speed: 60,
    nowMs: T0,
  });
}

/** All factories have their inputs: a chain can only wait for what they make. */
const fed = [
  iron,
  goodAt("X1-A-2", "IRON", { type: "IMPORT", supply: "ABUNDANT", bidCredits: 40 }),
  goodAt("X1-A-2", "PARTS", { supply: "MODERATE", askCredits: 300, bidCredits: 140, activity: "STRONG" }),
  goodAt("X1-A-3", "PARTS", { type: "IMPORT", supply: "SCARCE", bidCredits: 600 }),
  goodAt("X1-A-3", "GEARS", { supply: "MODERATE", askCredits: 1_000, bidCredits: 480, activity: "STRONG" }),
  goodAt("X1-A-1", "GEARS", { type: "IMPORT", supply: "SCARCE", bidCredits: 5_000 }),
];

const salt = [
  goodAt("X1-A-1", "SALT", {}),
  goodAt("X1-A-2", "SALT", { type: "IMPORT", supply: "SCARCE", askCredits: 320, bidCredits: 150 }),
];

it("takes no ship from its trade for a chain that can only wait, though that is worth more", () => {
  const { pipelines } = answerTo(null, [...fed, ...salt], ["trade:GEARS", "trade:PARTS"]);
  expect(pipelines.map(({ plan, ship }) => [plan.product, plan.kind, ship])).toEqual([
    ["SALT", "trade", "S-1"],
    ["SALT", "trade", "S-2"],
  ]);
});

describe("a dispatch with an order", () => {
  it("begins it before all else, and gives its ship to nobody else", () => {
    const { pipelines, scouts, orders } = answerTo({ kind: "trade" }, [iron, ironSink]);
    expect(pipelines[0]).toMatchObject({ order: "o1", plan: { product: "IRON", kind: "trade" } });
    expect(orders).toEqual([]);
    const given = [...pipelines, ...scouts].map(({ ship }) => ship);
    expect(new Set(given).size).toBe(given.length);
  });

  it("refuses it with the planner's reason, and finds work for the ships all the same", () => {
    const { orders, scouts } = answerTo({ product: "UNOBTAINIUM" }, [iron]);
    expect(orders).toMatchObject([{ id: "o1", verdict: "refused", reason: "unknownGood" }]);
    expect(scouts.length).toBeGreaterThan(0);
  });

  it("lets it wait where nothing can be fetched before a factory has produced", () => {
    const { pipelines, orders } = answerTo({ product: "GEARS", kind: "fabricate" }, fed);
    expect(pipelines.filter(({ order }) => order === "o1")).toEqual([]);
    expect(orders).toMatchObject([{ id: "o1", verdict: "waits", detail: expect.stringContaining("nothing to fetch") }]);
  });
});
