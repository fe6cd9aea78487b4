import { describe, expect, it } from "vitest";
import { DEFAULT_FLEET_CONFIG } from "../../src/actors/fleetPorts.ts";
import { createMarketBook } from "../../src/actors/marketBook.store.ts";
import { judgeOrder, type OrderSituation } from "../../src/actors/orders.ts";
import { planProductNow } from "../../src/actors/productPlan.ts";
import type { MarketListing } from "../../src/domain/market.ts";
import type { PipelineOrder } from "../../src/machines/coordinatorProtocol.ts";
import { quote, shipState, T0 } from "../machines/driver.ts";

const at = (symbol: string, x: number) => ({ symbol, system: "X1-A", type: "PLANET", x, y: 0, traits: ["MARKETPLACE"] });
const listing = (waypoint: string, change: Partial<MarketListing>): MarketListing => ({
  waypoint,
  exports: [],
  imports: [],
  exchange: ["FUEL"],
  ...change,
});

/** IRON is bought at 1 and sold at 2; TOOLS are made of it at 3 and sold at 2. */
function knowledge() {
  const book = createMarketBook();
  book.trigger.charted({
    waypoints: [at("X1-A-1", 0), at("X1-A-2", 20), at("X1-A-3", 40)],
    chain: { TOOLS: ["IRON"] },
    listings: [
      listing("X1-A-1", { exports: ["IRON"] }),
      listing("X1-A-2", { imports: ["IRON", "TOOLS"] }),
      listing("X1-A-3", { exports: ["TOOLS"], imports: ["IRON"] }),
    ],
  });
  book.trigger.quoted({
    quotes: [
      quote({ waypoint: "X1-A-1", good: "IRON", supply: "HIGH", askCredits: 100, bidCredits: 48 }),
      quote({ waypoint: "X1-A-2", good: "IRON", type: "IMPORT", supply: "SCARCE", askCredits: 500, bidCredits: 240 }),
      quote({ waypoint: "X1-A-3", good: "IRON", type: "IMPORT", supply: "SCARCE", askCredits: 300, bidCredits: 148 }),
      quote({ waypoint: "X1-A-3", good: "TOOLS", supply: "MODERATE", askCredits: 2_000, bidCredits: 960 }),
      quote({ waypoint: "X1-A-2", good: "TOOLS", type: "IMPORT", supply: "SCARCE", askCredits: 9_000, bidCredits: 4_400 }),
    ],
  });
  book.trigger.shipMoved({ ship: shipState() });
  return book.getSnapshot().context;
}

function situation(change: Partial<OrderSituation> = {}): OrderSituation {
  return {
    known: knowledge(),
    config: DEFAULT_FLEET_CONFIG,
    speed: 60,
    nowMs: T0,
    commitments: [],
    creditsAvailable: 1_000_000,
    ships: [shipState()],
    active: new Set(),
    cooling: new Set(),
    stopped: new Set(),
    fabrications: 0,
    maxFabrications: 2,
    ...change,
  };
}
const order = (change: Partial<PipelineOrder> = {}): PipelineOrder => ({
  id: "o1",
  product: "TOOLS",
  kind: "any",
  force: false,
  placedAtMs: T0,
  waitsFor: null,
  ...change,
});

describe("an order for a pipeline", () => {
  it("begins with the ship that earns most by it", () => {
    const near = shipState({ symbol: "S-NEAR", waypoint: "X1-A-1" });
    const slow = shipState({ symbol: "S-SLOW", waypoint: "X1-A-1", speed: 3 });
    const verdict = judgeOrder(order({ product: "IRON", kind: "trade" }), situation({ ships: [slow, near] }));
    expect(verdict).toMatchObject({ verdict: "begin", ship: { symbol: "S-NEAR" }, plan: { product: "IRON", kind: "trade" } });
  });

  it("makes the product where that is asked for", () => {
    expect(judgeOrder(order({ kind: "fabricate" }), situation())).toMatchObject({
      verdict: "begin",
      plan: { kind: "fabricate" },
    });
  });

  it("waits where only a ship is missing, and is refused at once where no ship could help", () => {
    expect(judgeOrder(order(), situation({ ships: [] }))).toEqual({
      verdict: "waits",
      detail: "no empty ship with a hold is free",
    });
    expect(judgeOrder(order({ product: "UNOBTAINIUM" }), situation({ ships: [] }))).toMatchObject({
      verdict: "refused",
      reason: "unknownGood",
    });
  });

  it("is refused with the planner's reason and figures [R002-18]", () => {
    expect(judgeOrder(order({ kind: "fabricate" }), situation({ creditsAvailable: 0 }))).toMatchObject({
      verdict: "refused",
      reason: "unaffordable",
      detail: expect.stringMatching(/one unit costs \d+, 0 credits available/),
    });
    expect(judgeOrder(order({ product: "IRON", kind: "fabricate" }), situation())).toMatchObject({ reason: "unknownGood" });
  });

  it("is refused while the product is at work, left alone, or enough chains are; force lifts only the last two [R002-62]", () => {
    expect(judgeOrder(order({ force: true }), situation({ active: new Set(["TOOLS"]) }))).toMatchObject({
      reason: "alreadyRunning",
    });
    const cooling = new Set(["fabricate:TOOLS", "trade:TOOLS"]);
    expect(judgeOrder(order(), situation({ cooling }))).toMatchObject({ reason: "leftAlone" });
    expect(judgeOrder(order({ force: true, kind: "fabricate" }), situation({ cooling }))).toMatchObject({ verdict: "begin" });
    expect(judgeOrder(order({ kind: "fabricate" }), situation({ fabrications: 2 }))).toMatchObject({ reason: "enoughChains" });
    expect(judgeOrder(order({ kind: "fabricate", force: true }), situation({ fabrications: 2 }))).toMatchObject({
      verdict: "begin",
    });
  });

  it("takes the way that is not left alone where any will do", () => {
    const verdict = judgeOrder(order(), situation({ cooling: new Set(["trade:TOOLS"]) }));
    expect(verdict).toMatchObject({ verdict: "begin", plan: { kind: "fabricate" } });
  });

  it("without a good begins the best that pays, and says so when nothing does", () => {
    expect(judgeOrder(order({ product: null }), situation())).toMatchObject({ verdict: "begin" });
    expect(judgeOrder(order({ product: null }), situation({ active: new Set(["TOOLS", "IRON"]) }))).toMatchObject({
      verdict: "refused",
      reason: "nothingPays",
    });
    expect(judgeOrder(order({ product: null }), situation({ ships: [] }))).toMatchObject({ verdict: "waits" });
    // What somebody stopped by hand is begun by its own name only, with force too.
    const stopped = new Set(["TOOLS", "IRON"]);
    expect(judgeOrder(order({ product: null, force: true }), situation({ stopped }))).toMatchObject({ reason: "nothingPays" });
  });
});

describe("the plan of a product, asked of the fleet", () => {
  const ask = (ship: string | undefined, change: Partial<OrderSituation> = {}) =>
    planProductNow({ product: "TOOLS", kind: "fabricate", ship }, situation(change));

  it("is for the ship that is named, or the best hull [R002-80]", () => {
    expect(ask(undefined)).toMatchObject({ outcome: "planned", product: "TOOLS" });
    expect(ask("S-1")).toMatchObject({ outcome: "planned" });
  });

  it("names the ships where it is asked for one that is not there", () => {
    expect(ask("S-99")).toMatchObject({
      outcome: "refused",
      reason: "unknownShip",
      detail: expect.stringContaining("it has S-1"),
    });
  });

  it("says that no ship has a hold, and that nothing is charted", () => {
    const probe = shipState({ cargoCapacity: 0 });
    const known = { ...knowledge(), ships: { [probe.symbol]: probe } };
    expect(ask(undefined, { known })).toMatchObject({ reason: "noHull" });
    expect(ask(probe.symbol, { known })).toMatchObject({ reason: "noHull", detail: "S-1 has no hold" });
    expect(ask(undefined, { known: createMarketBook().getSnapshot().context })).toMatchObject({ reason: "nothingKnown" });
  });
});
