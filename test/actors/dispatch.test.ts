import { describe, expect, it } from "vitest";
import { dispatch } from "../../src/actors/dispatch.ts";
import { DEFAULT_FLEET_CONFIG } from "../../src/actors/fleetPorts.ts";
import { projectPipeline } from "../../src/actors/manufacturing.projections.ts";
import { createMarketBook } from "../../src/actors/marketBook.store.ts";
import type { MarketListing, Quote } from "../../src/domain/market.ts";
import type { ShipState } from "../../src/domain/ship.ts";
import type { SupplyChainMap } from "../../src/domain/supplyChain.ts";
import type { DispatchInput } from "../../src/machines/coordinatorProtocol.ts";
import type { PipelineContext } from "../../src/machines/pipelineProtocol.ts";
import { DrivenActor, quote, SCOPE, shipState, T0 } from "../machines/driver.ts";

const at = (symbol: string, x: number) => ({ symbol, system: "X1-A", type: "PLANET", x, y: 0, traits: ["MARKETPLACE"] });
const listing = (waypoint: string, change: Partial<MarketListing> = {}): MarketListing => ({
  waypoint,
  exports: [],
  imports: [],
  exchange: ["FUEL"],
  ...change,
});
const listings = [
  listing("X1-A-1", { exports: ["IRON"] }),
  listing("X1-A-2", { imports: ["IRON"] }),
  listing("X1-A-3", { exports: ["GOLD"] }),
];
const iron = quote({ waypoint: "X1-A-1" });
const ironSink = quote({ waypoint: "X1-A-2", type: "IMPORT", supply: "SCARCE", askCredits: 800, bidCredits: 400 });

function known(quotes: readonly Quote[], spendableCredits = 100_000, chain: SupplyChainMap = {}) {
  const book = createMarketBook();
  book.trigger.charted({ waypoints: [at("X1-A-1", 0), at("X1-A-2", 20), at("X1-A-3", 300)], chain, listings });
  book.trigger.quoted({ quotes });
  book.trigger.purseChanged({ spendableCredits });
  return book.getSnapshot().context;
}
function ask(quotes: readonly Quote[], input: Partial<DispatchInput>, credits?: number, chain?: SupplyChainMap) {
  const nothing = { idle: [], ready: [], chains: [], activeProducts: [], commitments: [], cooling: [], scouting: [], orders: [] };
  return dispatch({
    known: known(quotes, credits, chain),
    input: { ...nothing, activeFabrications: 0, maxFabrications: 2, earmarkedCredits: 0, ...input },
    config: DEFAULT_FLEET_CONFIG,
    speed: 60,
    nowMs: T0,
  });
}
const second: ShipState = shipState({ symbol: "S-2" });

describe("giving work to idle ships", () => {
  it("explores while nothing is known, each ship another market", () => {
    const { scouts, pipelines } = ask([], { idle: [shipState(), second] });
    expect(pipelines).toEqual([]);
    expect(scouts.map((scout) => scout.ship)).toEqual(["S-1", "S-2"]);
    expect(new Set(scouts.map((scout) => scout.waypoint)).size).toBe(2);
  });

  it("trades on partial knowledge as soon as a known pair pays, buying the first task's ship its work", () => {
    const { pipelines } = ask([iron, ironSink], { idle: [shipState()] });
    expect(pipelines).toMatchObject([
      { ship: "S-1", task: "t1", plan: { product: "IRON", kind: "trade", sellMarket: "X1-A-2" } },
    ]);
  });

  it("begins a chain only while fewer run than there may be, and nothing for a ship that finds no work [R002-62]", () => {
    const made = quote({ waypoint: "X1-A-2", good: "TOOLS", supply: "MODERATE", askCredits: 2_000, bidCredits: 960 });
    const buyer = quote({ waypoint: "X1-A-3", good: "TOOLS", type: "IMPORT", supply: "SCARCE", bidCredits: 9_000 });
    const begun = (activeFabrications: number) => {
      const input = { idle: [shipState(), second], activeFabrications, cooling: ["trade:IRON", "trade:TOOLS"] };
      return ask([iron, ironSink, made, buyer], input, 1_000_000, { TOOLS: ["IRON"] }).pipelines.map(({ plan }) => plan.kind);
    };
    expect([begun(0), begun(1), begun(2)]).toEqual([["fabricate"], ["fabricate"], []]);
  });

  it("keeps in a pipeline's plan and row what it is worth to the factory that it feeds", () => {
    const chain = { ELECTRONICS: ["IRON"], IRON: [] };
    const made = quote({ waypoint: "X1-A-2", good: "ELECTRONICS", supply: "LIMITED", askCredits: 2_800 });
    const buyer = quote({ waypoint: "X1-A-3", good: "ELECTRONICS", type: "IMPORT", supply: "SCARCE", bidCredits: 4_000 });
    const { pipelines } = ask([iron, { ...ironSink, bidCredits: 130 }, made, buyer], { idle: [shipState()] }, 100_000, chain);
    const [begun] = pipelines;
    expect(begun?.plan.feedWorthCredits).toBeGreaterThan(0);
    const input = { scope: SCOPE, id: "p1", plan: begun?.plan, first: null, patienceMs: 1, gameSecondMs: 1 };
    const address = `${SCOPE}/coordinator/pipeline/p1`;
    const context = new DrivenActor("pipeline", address, input).context<PipelineContext>();
    const after = { value: "running", status: "active", context } as const;
    const event = { type: "xstate.init", at: T0, seed: 1 };
    const rows = projectPipeline({ agent: SCOPE, address, version: 1, atMs: T0, before: undefined, after, event });
    expect(rows[0]).toMatchObject({ op: "upsert", row: { plan: { feedWorthCredits: begun?.plan.feedWorthCredits } } });
  });

  it("lets several ships carry one product as long as each trip pays beside the others", () => {
    const idle = Array.from({ length: 9 }, (_, index) => shipState({ symbol: `S-${index}` }));
    const { pipelines } = ask([iron, ironSink], { idle }, 1_000_000);
    const profits = pipelines.map(({ plan }) => plan.economics.profitCredits);
    expect(profits.length).toBeGreaterThan(1);
    expect(profits.length).toBeLessThan(idle.length);
    expect(profits).toEqual(profits.toSorted((a, b) => b - a));
  });

  it("leaves a product alone that a chain makes, or that has come to nothing lately [R002-62]", () => {
    const made = { chains: [{ product: "IRON", dueAtMs: T0 + 1 }], activeProducts: ["IRON"] };
    expect(ask([iron, ironSink], { idle: [shipState()], ...made }).pipelines).toEqual([]);
    expect(ask([iron, ironSink], { idle: [shipState()], activeProducts: ["IRON"] }).pipelines).toHaveLength(1);
    expect(ask([iron, ironSink], { idle: [shipState()], cooling: ["trade:IRON"] }).pipelines).toEqual([]);
    expect(ask([iron, ironSink], { idle: [shipState()], cooling: ["fabricate:IRON"] }).pipelines).toHaveLength(1);
  });

  it("begins nothing of a product that somebody stopped, by whatever kind, and goes on with the others", () => {
    expect(ask([iron, ironSink], { idle: [shipState()], stopped: ["IRON"] }).pipelines).toEqual([]);
    expect(ask([iron, ironSink], { idle: [shipState()], stopped: ["GOLD"] }).pipelines).toHaveLength(1);
  });

  it("plans with no credits that others count on [G14]", () => {
    expect(ask([iron, ironSink], { idle: [shipState()] }, 0).pipelines).toEqual([]);
    expect(ask([iron, ironSink], { idle: [shipState()], earmarkedCredits: 100_000 }).pipelines).toEqual([]);
  });

  it("gives ready tasks before it begins anything new, each to one ship [R002-71] [R002-72]", () => {
    const task = {
      id: "task",
      priority: 10,
      startWaypoint: "X1-A-1",
      cargoUnits: 40,
      affinityShip: undefined,
      creditsPerShipSecond: 1,
      createdAtMs: 0,
    };
    const { assignments, pipelines } = ask([iron, ironSink], { idle: [shipState()], ready: [task] });
    expect(assignments).toEqual([{ task: "task", ship: "S-1" }]);
    expect(pipelines).toEqual([]);
    // 20 away in BURN, at 0.72 a unit.
    const away = (maxApproachCredits: number) => {
      const ready = [{ ...task, startWaypoint: "X1-A-2", maxApproachCredits }];
      return ask([iron, ironSink], { idle: [shipState({ waypoint: "X1-A-1" })], ready }).assignments;
    };
    expect([away(29), away(28)]).toMatchObject([[{ task: "task" }], []]);
  });

  it("says what one more ship could earn, for the purse to judge a hull by", () => {
    const market = known([iron, ironSink]);
    const request = { known: { ...market, ships: { "S-1": shipState() } }, config: DEFAULT_FLEET_CONFIG, speed: 60, nowMs: T0 };
    const input = {
      ready: [],
      chains: [],
      commitments: [],
      cooling: [],
      scouting: [],
      orders: [],
      activeFabrications: 0,
      maxFabrications: 2,
      earmarkedCredits: 0,
    };
    expect(dispatch({ ...request, input: { ...input, idle: [], activeProducts: [] } }).demand.creditsPerHour).toBeGreaterThan(0);
    const made = { ...input, idle: [], chains: [{ product: "IRON", dueAtMs: T0 + 1 }], activeProducts: ["IRON"] };
    expect(dispatch({ ...request, input: made }).demand.creditsPerHour).toBe(0);
  });

  it("asks a late chain to yield when plain trade in its product is the best there is, never one in time", () => {
    const idle = { idle: [shipState()], activeProducts: ["IRON"] };
    const yields = (dueAtMs: number) => ask([iron, ironSink], { ...idle, chains: [{ product: "IRON", dueAtMs }] }).yields;
    expect(yields(T0 - 1)).toEqual(["IRON"]);
    expect(yields(T0 + 1)).toEqual([]);
  });
});
