import { afterEach, describe, expect, it } from "vitest";
import { DEFAULT_OPPORTUNITY_POLICY } from "../../src/domain/opportunity.ts";
import { audit } from "../actors/support/fleetEvidence.ts";
import { CHAIN_MARKETS, type Emitted, type Market, type TroubledFleet, troubledFleet } from "./troubledFleet.ts";

/**
 * The table of failure modes, each on the real fleet against the simulator: what went wrong, how the fleet learned of it, what it did, and
 * what its database and the universe's books say afterwards.
 */
const COPPER = "COPPER_ORE";
const source: Market = {
  symbol: "X1-FM1-A1",
  x: 0,
  y: 0,
  goods: [{ good: COPPER, type: "EXPORT", ask: 50, bid: 40, supply: "ABUNDANT" }],
};
const bestSink: Market = {
  symbol: "X1-FM1-B2",
  x: 80,
  y: 0,
  goods: [{ good: COPPER, type: "IMPORT", ask: 230, bid: 210, supply: "SCARCE" }],
};
const otherSink: Market = {
  symbol: "X1-FM1-C3",
  x: 60,
  y: 60,
  goods: [{ good: COPPER, type: "IMPORT", ask: 170, bid: 160, supply: "LIMITED" }],
};

let fleet: TroubledFleet;
afterEach(() => fleet.close());

/** Nothing was lost, done twice or left behind, and the runtime took everything in its stride. */
async function expectSoundBooks(): Promise<void> {
  expect((await audit(fleet)).violations).toEqual([]);
  expect(fleet.notices.filter((notice) => notice.notice === "failed")).toEqual([]);
  expect(fleet.runtime.stats().deadLetters).toBe(0);
}

const bought = (after?: Emitted) => fleet.event((event) => event.type === "trade.bought" && event["good"] === COPPER, after);
/** Resolves when the ship is on its way to where it sells what it bought. */
const underWay = async () => await fleet.event((event) => event.type === "ship.departed", await bought());

describe("a fleet of one in a system of three markets", { timeout: 40_000 }, () => {
  it("whose ship is destroyed with its cargo fails the task, books the loss and frees the ship's place [R002-120] [G9] [G13]", async () => {
    fleet = await troubledFleet({ markets: [source, bestSink, otherSink], ships: ["SHIP_COMMAND_FRIGATE"] });
    await underWay();
    await fleet.pull("ships/destroy", { ship: "TESTER-1" });

    const lost = await fleet.event((event) => event.type === "ship.lost");
    expect(lost["symbol"]).toBe("TESTER-1");
    await fleet.event((event) => event.type === "pipeline.failed");
    const [task] = await fleet.rows(
      "SELECT status, error_message, assigned_ship, total_cost::int AS cost, total_revenue::int AS revenue FROM manufacturing_tasks",
    );
    expect(task).toMatchObject({
      status: "FAILED",
      error_message: "the ship is destroyed",
      assigned_ship: null,
      cost: 2008,
      revenue: 0,
    });
    const loss = await fleet.rows(
      "SELECT good, units, total_credits::int AS total FROM ledger WHERE kind = 'loss' ORDER BY good NULLS FIRST",
    );
    expect(loss).toEqual([
      { good: null, units: 1, total: 0 },
      { good: COPPER, units: 40, total: 0 },
    ]);
    const claims = await fleet.rows("SELECT status, release_reason FROM ship_assignments WHERE operation = 'COLLECT_SELL'");
    expect(claims).toEqual([{ status: "idle", release_reason: "the ship is destroyed" }]);
    expect(await fleet.rows("SELECT * FROM ships")).toEqual([]);
    await expectSoundBooks();
  });

  it("whose idle ship is destroyed misses it at its next look and hunts no ghost [R002-120] [G11]", async () => {
    const dear = { ...source, goods: [{ good: COPPER, type: "EXPORT" as const, ask: 900, bid: 800, supply: "ABUNDANT" }] };
    const config = { discoveryGameSeconds: 30, freshForGameSeconds: 36_000 };
    fleet = await troubledFleet({ markets: [dear, bestSink], ships: ["SHIP_COMMAND_FRIGATE"], config });
    await fleet.event((event) => event.type === "tour.stopReached" && event["waypoint"] === bestSink.symbol);
    await fleet.pull("ships/destroy", { ship: "TESTER-1" });
    await fleet.event((event) => event.type === "ship.lost");
    await expect.poll(() => fleet.rows("SELECT ship_count FROM players")).toEqual([{ ship_count: 0 }]);
    expect(await fleet.rows("SELECT good FROM ledger WHERE kind = 'loss'")).toEqual([{ good: null }]);
    await expectSoundBooks();
  });

  it("that finds its source dry buys nothing there and takes the other source [R002-121]", async () => {
    const second: Market = {
      symbol: "X1-FM1-D4",
      x: -100,
      y: 0,
      goods: [{ good: COPPER, type: "EXPORT", ask: 120, bid: 60, supply: "ABUNDANT" }],
    };
    const config = { productCooldownGameSeconds: 60 };
    fleet = await troubledFleet({ markets: [source, bestSink, second], ships: ["SHIP_COMMAND_FRIGATE"], config });
    const assigned = await fleet.event((event) => event.type === "task.assigned" && event["good"] === COPPER);
    await fleet.pull("stock", { waypoint: source.symbol, good: COPPER, tradeVolumes: -60 });

    const cancelled = await fleet.event((event) => event.type === "task.cancelled");
    expect(cancelled).toMatchObject({ task: assigned["task"], reason: expect.stringMatching(/^ask \d+ above/) });
    const purchase = await bought();
    expect(purchase["waypoint"]).toBe(second.symbol);
    await fleet.event((event) => event.type === "ship.released" && event["reason"] === "completed", purchase);
    const bad = await fleet.rows(`SELECT * FROM ledger WHERE waypoint = '${source.symbol}' AND good = '${COPPER}'`);
    expect(bad).toEqual([]);
    const claims = await fleet.rows(
      "SELECT release_reason FROM ship_assignments WHERE operation = 'COLLECT_SELL' ORDER BY assigned_at",
    );
    expect(claims).toMatchObject([{ release_reason: "cancelled" }, { release_reason: "completed" }]);
    await expectSoundBooks();
  });

  it("whose only source has run dry waits, and buys again once it has recovered [R002-121]", async () => {
    fleet = await troubledFleet({
      markets: [source, bestSink],
      ships: ["SHIP_COMMAND_FRIGATE"],
      config: { productCooldownGameSeconds: 30, freshForGameSeconds: 30 },
    });
    await fleet.event((event) => event.type === "task.assigned" && event["good"] === COPPER);
    await fleet.pull("stock", { waypoint: source.symbol, good: COPPER, tradeVolumes: -60 });
    const dry = await fleet.event((event) => event.type === "pipeline.cancelled");
    await fleet.pull("stock", { waypoint: source.symbol, good: COPPER, tradeVolumes: 5 });
    expect((await bought(dry))["waypoint"]).toBe(source.symbol);
    await fleet.event((event) => event.type === "task.completed", dry);
    await expectSoundBooks();
  });

  it("whose price collapses under its cargo sells off at the next best market [R002-122]", async () => {
    fleet = await troubledFleet({ markets: [source, bestSink, otherSink], ships: ["SHIP_COMMAND_FRIGATE"] });
    await underWay();
    await fleet.pull("price", { waypoint: bestSink.symbol, good: COPPER, baseCredits: 20 });

    const diverted = await fleet.event((event) => event.type === "task.diverted");
    expect(diverted).toMatchObject({ good: COPPER, from: bestSink.symbol, to: otherSink.symbol });
    await fleet.event((event) => event.type === "task.completed");
    const sales = await fleet.rows("SELECT DISTINCT waypoint FROM ledger WHERE kind = 'sale'");
    expect(sales).toEqual([{ waypoint: otherSink.symbol }]);
    const [task] = await fleet.rows("SELECT status, actual_quantity, total_cost, total_revenue FROM manufacturing_tasks");
    expect(task).toMatchObject({ status: "COMPLETED", actual_quantity: 40 });
    expect(Number(task?.["total_revenue"])).toBeGreaterThan(Number(task?.["total_cost"]));
    await expectSoundBooks();
  });

  it("whose purchase no longer pays when it arrives ends the task without buying [R002-122]", async () => {
    fleet = await troubledFleet({ markets: [source, bestSink], ships: ["SHIP_COMMAND_FRIGATE"] });
    const assigned = await fleet.event((event) => event.type === "task.assigned" && event["good"] === COPPER);
    await fleet.pull("price", { waypoint: source.symbol, good: COPPER, baseCredits: 500 });
    const cancelled = await fleet.event((event) => event.type === "task.cancelled");
    expect(cancelled).toMatchObject({ task: assigned["task"], reason: expect.stringMatching(/^ask \d+ above \d+/) });
    await fleet.event((event) => event.type === "pipeline.cancelled");
    const [pipeline] = await fleet.rows("SELECT status, total_cost::int AS cost FROM manufacturing_pipelines");
    expect(pipeline).toEqual({ status: "CANCELLED", cost: 0 });
    expect(await fleet.rows("SELECT * FROM ledger WHERE kind = 'purchase'")).toEqual([]);
    await expectSoundBooks();
  });

  it("that is told to slow down slows down, and counts no attempt for it [R002-119] [G12]", async () => {
    fleet = await troubledFleet({ markets: [source, bestSink], ships: ["SHIP_COMMAND_FRIGATE"] });
    await bought();
    await fleet.pull("faults", { kind: "tooManyRequests", count: 12, retryAfterGameSeconds: 10 });
    await fleet.pull("faults", { kind: "tooManyRequests", from: "proxy", count: 4 });
    await fleet.event((event) => event.type === "task.completed");

    const armed = await fleet.simulator.call("GET", "/admin/faults", undefined, fleet.simulator.accountToken);
    expect([...(armed.body["data"] ?? [])].map((fault) => fault["hits"])).toEqual([12, 4]);
    const [task] = await fleet.rows("SELECT status, retry_count FROM manufacturing_tasks ORDER BY created_at");
    expect(task).toEqual({ status: "COMPLETED", retry_count: 0 });
    const kinds = new Set(fleet.notices.flatMap((notice) => (notice.notice === "emitted" ? [notice.event.type] : [])));
    expect([...kinds].filter((kind) => /failed|Failed|lost/.test(kind))).toEqual([]);
    await expectSoundBooks();
  });
});

describe("a fleet of two that feeds a factory", { timeout: 40_000 }, () => {
  const [factory, mine, buyer] = CHAIN_MARKETS;
  const chainsOnly = { opportunities: { ...DEFAULT_OPPORTUNITY_POLICY, tradeFrom: "HIGH" as const }, fabricationShare: 0 };

  it("ends the chain when the factory exports its product no more, and sells off what was bought for it [R002-123] [G10]", async () => {
    const ships = ["SHIP_COMMAND_FRIGATE", "SHIP_COMMAND_FRIGATE"];
    fleet = await troubledFleet({ markets: CHAIN_MARKETS, ships, config: chainsOnly });
    await fleet.event((event) => event.type === "trade.bought" && event["good"] === "IRON_ORE");
    await fleet.pull("exports/remove", { waypoint: factory.symbol, good: "IRON" });

    const closed = await fleet.event((event) => event.type === "factory.closed");
    expect(closed).toMatchObject({ factory: factory.symbol, good: "IRON" });
    const failed = await fleet.event((event) => event.type === "pipeline.failed");
    expect(failed).toMatchObject({ good: "IRON", reason: "X1-FM1-A1 does not export IRON any more" });
    const tasks = await fleet.rows(
      `SELECT good, status, actual_quantity AS units, assigned_ship AS ship FROM manufacturing_tasks WHERE pipeline_id = '${String(failed["pipeline"])}'`,
    );
    expect(tasks.length).toBeGreaterThan(2);
    for (const { status, units, ship } of tasks) {
      expect({ status, ship }).toEqual({ status: units === 0 ? "CANCELLED" : "COMPLETED", ship: null });
    }
    // What was bought for it is sold to the last unit, and the market book offers nothing of it any more.
    const [ore] = await fleet.rows(
      `SELECT sum(CASE kind WHEN 'purchase' THEN units ELSE -units END)::int AS left, sum(units)::int > 0 AS moved
       FROM ledger WHERE good = 'IRON_ORE' AND pipeline_id = '${String(failed["pipeline"])}'`,
    );
    expect(ore).toEqual({ left: 0, moved: true });
    expect(fleet.marketBook.getSnapshot().context.book.quotes[factory.symbol]?.["IRON"]).toBeUndefined();
    expect(await fleet.rows("SELECT ready_for_collection FROM manufacturing_factory_states")).toEqual([
      { ready_for_collection: false },
    ]);
    await expectSoundBooks();
  });

  it("ends the chain whose delivery sinks, and the other ship sells off what it has for it [R002-120] [R002-63]", async () => {
    const ships = ["SHIP_COMMAND_FRIGATE", "SHIP_COMMAND_FRIGATE"];
    fleet = await troubledFleet({ markets: CHAIN_MARKETS, ships, config: chainsOnly });
    const purchase = await fleet.event((event) => event.type === "trade.bought" && event["units"] === 8);
    const { ship: sunk, task, pipeline } = purchase;
    await fleet.pull("ships/destroy", { ship: sunk });

    const failed = await fleet.event((event) => event.type === "pipeline.failed");
    expect(failed).toMatchObject({ pipeline, reason: "the ship is destroyed" });
    const tasks = await fleet.rows(
      `SELECT id, status, assigned_ship AS ship FROM manufacturing_tasks WHERE pipeline_id = '${String(pipeline)}'`,
    );
    expect(tasks.find(({ id }) => id === task)).toMatchObject({ status: "FAILED", ship: null });
    expect(tasks.filter(({ ship }) => ship !== null)).toEqual([]);
    // What the other ship was just buying, it sells when the pipeline is over.
    const left =
      "SELECT sum(CASE kind WHEN 'purchase' THEN units WHEN 'refuel' THEN 0 ELSE -units END)::int AS left FROM ledger WHERE good = 'IRON_ORE'";
    await expect.poll(() => fleet.rows(left), { timeout: 15_000 }).toEqual([{ left: 0 }]);
    expect(await fleet.rows("SELECT DISTINCT ship FROM ledger WHERE kind = 'loss'")).toEqual([{ ship: sunk }]);
    await expectSoundBooks();
  });

  it("buys nothing where a product was exported when it left [R002-123]", async () => {
    const rich = { ...factory, goods: factory.goods.map((listed) => ({ ...listed, supply: "ABUNDANT" })) };
    fleet = await troubledFleet({ markets: [rich, mine, buyer], ships: ["SHIP_COMMAND_FRIGATE"], config: chainsOnly });
    const assigned = await fleet.event((event) => event.type === "task.assigned" && event["good"] === "IRON");
    await fleet.pull("exports/remove", { waypoint: factory.symbol, good: "IRON" });
    const cancelled = await fleet.event((event) => event.type === "task.cancelled");
    expect(cancelled).toMatchObject({ task: assigned["task"], reason: "IRON is not sold at X1-FM1-A1" });
    await fleet.event((event) => event.type === "pipeline.cancelled");
    expect(await fleet.rows("SELECT * FROM ledger WHERE good = 'IRON'")).toEqual([]);
    await expectSoundBooks();
  });
});
