import { describe, expect, it } from "vitest";
import { flightsOver } from "../../src/domain/flights.ts";
import { phaseGraph } from "../../src/domain/phaseGraph.ts";
import {
  DEFAULT_PLAN_POLICY,
  type Plan,
  type PlanPolicy,
  type PlanRequest,
  type PlanResult,
  type PlanWorld,
} from "../../src/domain/plan.ts";
import { objectionTo, planEconomics } from "../../src/domain/planEconomics.ts";
import { planProduct } from "../../src/domain/planner.ts";
import { tasksOfPlan } from "../../src/domain/planTasks.ts";
import { burnsTooMuch } from "../../src/domain/tradeLeg.ts";
import { bookOf, NOW_MS, placesOf, quote, waypoint, waypointsOf, worldOf } from "./fixtures/builders.ts";
import { LASER_CHAIN, laserBook } from "./fixtures/laserRifles.ts";

describe("planner", () => {
  it("draws LASER_RIFLES as 12 nodes: 4 acquire, 5 deliver, 2 collect, 1 sell, in the edges of the appendix [R002-81] [R002-80]", () => {
    const plan = planned({ product: "LASER_RIFLES", world: worldOf(laserBook(), { chain: LASER_CHAIN }) });
    const nodes = phaseGraph(plan);
    expect(nodes).toHaveLength(12);
    expect(countBy(nodes.map((node) => node.kind))).toEqual({ ACQUIRE: 4, DELIVER: 5, COLLECT: 2, SELL: 1 });
    const node = (kind: string, good: string) => nodes.find((item) => item.kind === kind && item.good === good);
    const names = (ids: readonly string[] = []) =>
      nodes
        .filter((item) => ids.includes(item.id))
        .map((item) => item.good)
        .sort();
    expect(names(node("COLLECT", "ADVANCED_CIRCUITRY")?.dependsOn)).toEqual(["ELECTRONICS", "MICROPROCESSORS"]);
    expect(names(node("COLLECT", "LASER_RIFLES")?.dependsOn)).toEqual(["ADVANCED_CIRCUITRY", "DIAMONDS", "PLATINUM"]);
    expect(node("DELIVER", "ADVANCED_CIRCUITRY")).toMatchObject({
      waypoint: "A",
      dependsOn: [node("COLLECT", "ADVANCED_CIRCUITRY")?.id],
    });
    expect(node("SELL", "LASER_RIFLES")).toMatchObject({ waypoint: "D", dependsOn: [node("COLLECT", "LASER_RIFLES")?.id] });
  });

  it("keeps the cargo on one ship by fusing the phases [R002-48] [R002-47]", () => {
    const plan = planned({ product: "LASER_RIFLES", world: worldOf(laserBook(), { chain: LASER_CHAIN }) });
    expect(countBy(plan.tasks.map((task) => task.type))).toEqual({ ACQUIRE_DELIVER: 4, COLLECT_DELIVER: 1, COLLECT_SELL: 1 });
    const order = plan.tasks.map((task) => task.id);
    for (const task of plan.tasks)
      for (const id of task.dependsOn) expect(order.indexOf(id)).toBeLessThan(order.indexOf(task.id));
  });

  it("feeds as many volumes of each input as the output needs to become HIGH: 12 rifles from MODERATE [R002-05] [R002-28]", () => {
    const plan = planned({ product: "LASER_RIFLES", world: worldOf(laserBook(), { chain: LASER_CHAIN }) });
    const factory = plan.factories.find((item) => item.good === "LASER_RIFLES");
    expect(factory?.outputUnits).toBe(12);
    expect(plan.units).toBe(12);
    // Of each a volume for each volume of rifles, less what there is: three volumes of 6 from SCARCE, 1.25 from LIMITED.
    const inputs = [
      { good: "DIAMONDS", units: 18 },
      { good: "PLATINUM", units: 8 },
      { good: "ADVANCED_CIRCUITRY", units: 8 },
    ];
    expect(factory?.inputs).toEqual(inputs);
    for (const { good, units } of inputs) {
      const trips = plan.tasks.filter((task) => task.good === good && task.feedsGood === "LASER_RIFLES");
      expect(trips.reduce((sum, trip) => sum + trip.units, 0)).toBe(units);
    }
    expect(plan.tasks.at(-1)).toMatchObject({ type: "COLLECT_SELL", awaitsProduction: true });
  });

  it("takes four tasks instead of the full chain where circuitry is HIGH already [R002-19] [R002-20]", () => {
    const world = worldOf(
      bookOf(
        quote("B", "ADVANCED_CIRCUITRY", "EXPORT", { supply: "HIGH", askCredits: 4_000 }),
        quote("A", "ADVANCED_CIRCUITRY", "IMPORT", { tradeVolume: 6, supply: "LIMITED", bidCredits: 6_400 }),
        ...Object.values(laserBook().quotes)
          .flatMap((goods) => Object.values(goods))
          .filter((item) => item.good !== "ADVANCED_CIRCUITRY"),
      ),
      { chain: LASER_CHAIN },
    );
    const plan = planned({ product: "LASER_RIFLES", world });
    expect(plan.tasks.map((task) => task.type)).toEqual([
      "ACQUIRE_DELIVER",
      "ACQUIRE_DELIVER",
      "ACQUIRE_DELIVER",
      "COLLECT_SELL",
    ]);
    const full = planned({ product: "LASER_RIFLES", world: worldOf(laserBook(), { chain: LASER_CHAIN }) });
    expect(plan.economics.elapsedSeconds).toBeLessThan(full.economics.elapsedSeconds);
    expect(full.tasks).toHaveLength(6);
  });

  it("plans a product that is HIGH itself as one trip, ACQUIRE then SELL [R002-82]", () => {
    const book = bookOf(
      quote("E", "FOOD", "EXPORT", { supply: "HIGH", askCredits: 1_490 }),
      quote("I", "FOOD", "IMPORT", { bidCredits: 2_297 }),
    );
    const plan = planned({ product: "FOOD", world: worldOf(book) });
    expect(plan.kind).toBe("trade");
    expect(plan.tasks).toMatchObject([
      { type: "COLLECT_SELL", source: "E", target: "I", awaitsProduction: false, dependsOn: [] },
    ]);
    expect(phaseGraph(plan).map(({ kind }) => kind)).toEqual(["ACQUIRE", "SELL"]);
  });

  it("values every delivery and refuses a chain that loses as a whole, with its figures", () => {
    const dear = bookOf(
      ...Object.values(laserBook().quotes)
        .flatMap((goods) => Object.values(goods))
        .map((item) => (item.waypoint === "D" ? { ...item, bidCredits: 9_000 } : item)),
    );
    const result = planProduct({ product: "LASER_RIFLES", world: worldOf(dear, { chain: LASER_CHAIN }) });
    expect(result).toMatchObject({ outcome: "refused", reason: "nothingPays" });
    const cheapFeed = bookOf(
      quote("F", "CLOTHING", "EXPORT", { askCredits: 2_000 }),
      quote("F", "FABRICS", "IMPORT", { supply: "SCARCE", bidCredits: 20 }),
      quote("E", "FABRICS", "EXPORT", { askCredits: 1_500 }),
      quote("I", "CLOTHING", "IMPORT", { bidCredits: 2_100 }),
    );
    const losing = planProduct({ product: "CLOTHING", world: worldOf(cheapFeed, { chain: { CLOTHING: ["FABRICS"] } }) });
    expect(losing).toMatchObject({ outcome: "refused", reason: "marginTooLow" });
    expect(losing.outcome === "refused" && losing.draft && losing.draft.economics.profitCredits < 0).toBe(true);
  });

  it("refuses a chain with a delivery that loses, though it pays as a whole: what was fed would be lost with it", () => {
    const paying = (factoryBid: number) =>
      planProduct({
        product: "CLOTHING",
        world: worldOf(
          bookOf(
            quote("F", "CLOTHING", "EXPORT", { askCredits: 5_000 }),
            quote("F", "FABRICS", "IMPORT", { supply: "SCARCE", bidCredits: factoryBid }),
            quote("E", "FABRICS", "EXPORT", { supply: "HIGH", askCredits: 1_500 }),
            quote("I", "CLOTHING", "IMPORT", { supply: "SCARCE", bidCredits: 30_000 }),
          ),
          { chain: { CLOTHING: ["FABRICS"] } },
        ),
      });
    const refused = paying(1_500);
    expect(refused).toMatchObject({ outcome: "refused", reason: "marginTooLow" });
    if (refused.outcome !== "refused") return;
    expect(refused.draft?.economics.profitCredits).toBeGreaterThan(0);
    expect(refused.detail).toMatch(/^bringing FABRICS to F earns -\d/);
    expect(paying(4_000)).toMatchObject({ outcome: "planned" });
  });

  it("refuses a chain whose profit is less than its share of the fuel [R002-18]", () => {
    const { leg } = DEFAULT_PLAN_POLICY;
    const cruising = { ...DEFAULT_PLAN_POLICY, leg: { ...leg, route: { ...leg.route, allowBurn: false } } };
    const laser = (minProfitPerFuel: number) =>
      planProduct({
        product: "LASER_RIFLES",
        world: worldOf(laserBook(), { chain: LASER_CHAIN }),
        policy: { ...cruising, minProfitPerFuel },
      });
    const { economics } = planned({
      product: "LASER_RIFLES",
      world: worldOf(laserBook(), { chain: LASER_CHAIN }),
      policy: cruising,
    });
    const ratio = economics.profitCredits / economics.fuelCredits;
    expect(laser(ratio - 0.1)).toMatchObject({ outcome: "planned" });
    expect(laser(ratio + 0.1)).toMatchObject({
      reason: "marginTooLow",
      detail: expect.stringMatching(/its fuel of \d+ is sure/),
    });
  });

  it("refuses a chain of too many trips or too long a way, with the figure [R002-18]", () => {
    const refusedBy = (limit: Partial<typeof DEFAULT_PLAN_POLICY>) =>
      planProduct({
        product: "LASER_RIFLES",
        world: worldOf(laserBook(), { chain: LASER_CHAIN }),
        policy: { ...DEFAULT_PLAN_POLICY, ...limit },
      });
    expect(refusedBy({ maxTrips: 5 })).toMatchObject({ reason: "tooLong", detail: "6 trips, at most 5" });
    expect(refusedBy({ maxElapsedSeconds: 60 })).toMatchObject({ reason: "tooLong" });
    expect(refusedBy({})).toMatchObject({ outcome: "planned" });
  });

  it("counts the way to the source, in time and in fuel [R002-11]", () => {
    const book = bookOf(
      quote("E", "FOOD", "EXPORT", { supply: "HIGH", askCredits: 100 }),
      quote("I", "FOOD", "IMPORT", { supply: "SCARCE", bidCredits: 900 }),
      quote("FAR", "WATER", "IMPORT"),
    );
    const from = (...shipWaypoints: string[]) => planned({ product: "FOOD", world: worldOf(book, { shipWaypoints }) });
    const [near, far] = [from("E").economics, from("FAR").economics];
    expect(far.shipSeconds).toBeGreaterThan(near.shipSeconds);
    expect(far.fuelCredits).toBeGreaterThan(near.fuelCredits);
    expect(near.profitCredits - far.profitCredits).toBe(far.fuelCredits - near.fuelCredits);
    expect(from("E").tasks).toMatchObject([{ approachCredits: 0 }]);
    expect(from("FAR").tasks).toMatchObject([{ approachCredits: far.fuelCredits - near.fuelCredits }]);
    // Of the nearest ship, in whatever order they are known; one that is on no chart is nowhere near.
    expect([from("FAR", "E").economics, from("E", "FAR").economics]).toEqual([near, near]);
    expect(from("NOWHERE", "FAR").economics).toEqual(far);
  });

  it("counts for each trip of a chain the way of the ship that brought the trip before it, as it would fly it [R002-11]", () => {
    // No fuel at the factory: who flies there must be able to leave, and CRUISE is what a tank of 400 allows.
    const flights = flightsOver(IRON_PLACES, ["S", "I"]);
    const plan = ironChain(2_000, { shipWaypoints: ["S"], flights });
    const fuel = plan.tasks.map(({ approachCredits, expected }) => [approachCredits, expected.fuelCredits]);
    const [cruise, burn] = [108, 216];
    expect(fuel).toEqual([
      [0, cruise],
      [burn, burn + cruise],
      [cruise, cruise + burn],
    ]);
  });

  it("buys what can be paid together with its fuel, to the last credit, and less where that is too dear", () => {
    const book = bookOf(
      quote("E", "FOOD", "EXPORT", { supply: "HIGH", askCredits: 100 }),
      quote("I", "FOOD", "IMPORT", { supply: "SCARCE", bidCredits: 900 }),
    );
    const paying = (creditsAvailable: number) => planned({ product: "FOOD", world: worldOf(book, { creditsAvailable }) });
    const whole = paying(1_000_000);
    const { costCredits, fuelCredits } = whole.economics;
    expect(whole.units).toBe(40);
    expect(paying(costCredits + fuelCredits).units).toBe(40);
    const short = paying(costCredits + fuelCredits - 1);
    expect(short.units).toBeLessThan(40);
    expect(short.economics.capitalCredits).toBeLessThan(costCredits + fuelCredits);
    // Less than one tranche.
    expect(paying(5 * 100 + fuelCredits)).toMatchObject({ units: 5, economics: { capitalCredits: 500 + fuelCredits } });
    expect(paying(5 * 100 + fuelCredits - 1)).toMatchObject({ units: 4, economics: { capitalCredits: 400 + fuelCredits } });
  });

  it("cruises where there is no money for the fuel of a burn [R002-11]", () => {
    const book = bookOf(
      quote("E", "FOOD", "EXPORT", { supply: "HIGH", askCredits: 100 }),
      quote("I", "FOOD", "IMPORT", { supply: "SCARCE", bidCredits: 9_000 }),
    );
    const places = waypointsOf(waypoint("E", 0, 0), waypoint("I", 190, 0));
    const hull = { speed: 9, fuelCapacity: 400, cargoCapacity: 20 };
    const flown = (creditsAvailable: number) =>
      planned({ product: "FOOD", world: worldOf(book, { places, hull, creditsAvailable }) }).tasks[0];
    expect(flown(100 + 274)).toMatchObject({ units: 1, allowBurn: true, expected: { fuelCredits: 274 } });
    expect(flown(100 + 273)).toMatchObject({ units: 2, allowBurn: false, expected: { fuelCredits: 137 } });
  });

  it("leaves a trade alone that gains less than its market would give at rest", () => {
    const trade = (bidCredits: number) => {
      const source = quote("E", "FOOD", "EXPORT", { supply: "HIGH", askCredits: 1_000 });
      const book = bookOf(source, quote("I", "FOOD", "IMPORT", { supply: "SCARCE", bidCredits }));
      return planProduct({ product: "FOOD", world: worldOf(book) });
    };
    expect(trade(1_100)).toMatchObject({ outcome: "refused", reason: "nothingPays" });
    expect(trade(2_000)).toMatchObject({ outcome: "planned" });
  });

  it("burns where the gain on goods is three times the fuel of a cruise, and cruises where it is less [R002-11]", () => {
    const trade = (bidCredits: number) => {
      const book = bookOf(
        quote("E", "FOOD", "EXPORT", { supply: "HIGH", askCredits: 100 }),
        quote("I", "FOOD", "IMPORT", { supply: "SCARCE", bidCredits }),
      );
      const places = waypointsOf(waypoint("E", 0, 0), waypoint("I", 190, 0));
      const request = {
        product: "FOOD",
        world: worldOf(book, { places, hull: { speed: 9, fuelCapacity: 400, cargoCapacity: 20 } }),
      };
      const policy = { ...DEFAULT_PLAN_POLICY, minProfitCredits: 1 };
      return planned({ ...request, policy });
    };
    const poor = trade(120);
    expect(poor.tasks[0]).toMatchObject({ allowBurn: false, expected: { fuelCredits: 137 } });
    const gain = poor.economics.revenueCredits - poor.economics.costCredits;
    expect(gain).toBeLessThan(3 * 137);
    expect(trade(200).tasks[0]).toMatchObject({ allowBurn: true, expected: { fuelCredits: 274 } });
    for (const bidCredits of [118, 120, 121, 122, 123, 124]) {
      const { tasks, economics } = trade(bidCredits);
      expect([bidCredits, tasks[0]?.allowBurn]).toEqual([
        bidCredits,
        economics.revenueCredits - economics.costCredits >= 3 * 137,
      ]);
    }
    expect([burnsTooMuch(49, 100), burnsTooMuch(50, 100)]).toEqual([true, false]);
  });

  it("lets the ships of a chain burn or cruise as the whole chain can pay for it [R002-11]", () => {
    const paces = ({ tasks }: Plan) => new Set(tasks.map(({ allowBurn }) => allowBurn));
    const rich = ironChain(2_000);
    expect(paces(rich)).toEqual(new Set([true]));
    const poor = ironChain(120);
    expect(paces(poor)).toEqual(new Set([false]));
    expect(poor.economics.fuelCredits).toBe(rich.economics.fuelCredits / 2);
    // Between the two, what would not pay while it burns is planned in CRUISE.
    for (const bidCredits of [120, 130, 140, 148]) expect(paces(ironChain(bidCredits))).toEqual(new Set([false]));
  });

  it("lets a chain cruise that would pay while it burns, but better in CRUISE [R002-11]", () => {
    const plan = ironChain(115, {}, { minProfitPerFuel: 0 });
    expect(plan.tasks.map(({ allowBurn }) => allowBurn)).toEqual([false, false, false]);
    expect(plan.economics.profitCredits).toBeGreaterThan(plan.economics.fuelCredits);
  });

  it("lets a chain burn as a whole, also where its sale alone would not pay for that [R002-11]", () => {
    const plan = ironChain(95, {}, {}, 600);
    const sale = plan.tasks.at(-1)?.expected;
    expect((sale?.revenueCredits ?? 0) - (sale?.costCredits ?? 0)).toBeLessThan(3 * 108);
    expect(plan.tasks.map(({ allowBurn }) => allowBurn)).toEqual([true, true, true]);
  });

  it("says of a chain that pays in no pace what keeps it from the faster [R002-18]", () => {
    const late = ironResult(118, {}, { maxElapsedSeconds: 3_000 });
    expect(late).toMatchObject({ outcome: "refused", reason: "marginTooLow", detail: expect.stringContaining("fuel of 864") });
    expect(ironChain(118).economics.elapsedSeconds).toBeGreaterThan(3_000);
  });

  it("begins a chain that earns exactly twice its fuel, and none that earns less", () => {
    const { economics, tasks } = ironChain(2_000);
    const earning = (profitCredits: number) =>
      objectionTo({ ...economics, profitCredits, fuelCredits: 700 }, tasks, DEFAULT_PLAN_POLICY, 1_000_000)?.detail;
    expect(earning(1_400)).toBeUndefined();
    expect(earning(1_399)).toContain("wanted 1400: its fuel of 700 is sure");
  });

  it("refuses what cannot be paid, sold or known as values with reasons [R002-18] [R002-35]", () => {
    const book = bookOf(quote("E", "FOOD", "EXPORT", { supply: "HIGH" }));
    expect(planProduct({ product: "FOOD", world: worldOf(book) })).toMatchObject({
      reason: "noSellMarket",
      detail: "no valid sell markets for FOOD",
    });
    expect(planProduct({ product: "NOTHING", world: worldOf(book) })).toMatchObject({ reason: "unresolved" });
    const poor = worldOf(laserBook(), { chain: LASER_CHAIN, creditsAvailable: 50_000 });
    expect(planProduct({ product: "LASER_RIFLES", world: poor })).toMatchObject({ reason: "unaffordable" });
  });

  it("adds up: profit is revenue less purchases and fuel, the critical path holds legs and production", () => {
    const plan = planned({ product: "LASER_RIFLES", world: worldOf(laserBook(), { chain: LASER_CHAIN }) });
    const sum = (pick: (expected: Plan["tasks"][number]["expected"]) => number) =>
      plan.tasks.reduce((total, task) => total + pick(task.expected), 0);
    const { economics } = plan;
    expect(economics.profitCredits).toBe(sum((e) => e.revenueCredits) - sum((e) => e.costCredits) - sum((e) => e.fuelCredits));
    expect(economics.margin).toBeCloseTo(economics.profitCredits / sum((e) => e.costCredits));
    expect(planEconomics([], [])).toMatchObject({ margin: 0, creditsPerShipSecond: 0, creditsPerRequest: 0 });
    const production = plan.factories.reduce((total, factory) => total + factory.productionSeconds, 0);
    expect(economics.elapsedSeconds).toBeGreaterThan(production);
    expect(economics.elapsedSeconds).toBeLessThan(production + economics.shipSeconds);
    expect(economics.capitalCredits).toBeLessThanOrEqual(economics.costCredits + economics.fuelCredits);
  });

  it("takes the highest score in seed selection and the best profit rate otherwise [R002-35] [R002-37]", () => {
    const book = bookOf(
      quote("E", "FOOD", "EXPORT", { supply: "HIGH", askCredits: 1_490 }),
      quote("NEAR", "FOOD", "IMPORT", { bidCredits: 2_290 }),
      quote("FAR", "FOOD", "IMPORT", { bidCredits: 2_300, supply: "LIMITED" }),
    );
    const far = worldOf(book, { places: { ...placesOf(book), FAR: waypoint("FAR", 700, 0) } });
    expect(planned({ product: "FOOD", world: far }).sellMarket).toBe("NEAR");
    expect(planned({ product: "FOOD", world: far, policy: { ...DEFAULT_PLAN_POLICY, selection: "seed" } }).sellMarket).toBe(
      "FAR",
    );
  });

  it("sells at WEAK or RESTRICTED what a chain makes, and by seed selection all; else a trade goes to who pays most [R002-09] [R002-31]", () => {
    const sinks = (good: string) => [
      quote("S", good, "IMPORT", { tradeVolume: 6, supply: "SCARCE", activity: "STRONG", bidCredits: 40_000 }),
      quote("G", good, "IMPORT", { tradeVolume: 6, supply: "SCARCE", activity: "GROWING", bidCredits: 39_000 }),
    ];
    const laser = Object.values(laserBook().quotes).flatMap((goods) => Object.values(goods));
    const chain = (activity: "WEAK" | "RESTRICTED") => {
      const quotes = laser.map((item) => (item.waypoint === "D" ? { ...item, activity } : item));
      return planned({
        product: "LASER_RIFLES",
        world: worldOf(bookOf(...quotes, ...sinks("LASER_RIFLES")), { chain: LASER_CHAIN }),
      });
    };
    expect([chain("WEAK").sellMarket, chain("RESTRICTED").sellMarket]).toEqual(["D", "D"]);

    const source = quote("E", "FOOD", "EXPORT", { supply: "HIGH", askCredits: 1_490 });
    const world = worldOf(bookOf(source, quote("W", "FOOD", "IMPORT", { bidCredits: 2_297 }), ...sinks("FOOD")));
    expect(planned({ product: "FOOD", world }).sellMarket).toBe("S");
    const seed = { ...DEFAULT_PLAN_POLICY, selection: "seed" as const };
    expect(planned({ product: "FOOD", world, policy: seed }).sellMarket).toBe("W");
  });

  it("becomes tasks that refer to each other [R002-50]", () => {
    const book = laserBook();
    const plan = planned({ product: "LASER_RIFLES", world: worldOf(book, { chain: LASER_CHAIN }) });
    const tasks = tasksOfPlan(plan, "P7", NOW_MS);
    expect(new Set(tasks.map((task) => task.id)).size).toBe(plan.tasks.length);
    for (const task of tasks) {
      expect(task).toMatchObject({ status: "PENDING", pipelineId: "P7", maxRetries: 3 });
      for (const id of task.dependsOn) expect(tasks.map((item) => item.id)).toContain(id);
    }
    const moves = tasks.map(({ sourceMarket, targetMarket, ...task }) => ({
      ...task,
      source: sourceMarket,
      target: targetMarket,
    }));
    expect(moves).toMatchObject(
      plan.tasks.map(({ type, good, units, source, target, feedsGood, awaitsProduction, priority, dependsOn }) => {
        const of = dependsOn.map((id) => `P7.${id}`);
        return { type, good, units, source, target, feedsGood, awaitsProduction, priority, dependsOn: of, createdAtMs: NOW_MS };
      }),
    );
  });
});

const IRON_PLACES = waypointsOf(waypoint("S", 0, 0), waypoint("F", 150, 0), waypoint("I", 300, 0));

/** IRON for `bidCredits` at I, made at F of ORE in two trips from S, for which F pays `feedCredits` a unit. */
function ironResult(bidCredits: number, world: Partial<PlanWorld> = {}, limits: Partial<PlanPolicy> = {}, feedCredits = 60) {
  const book = bookOf(
    quote("S", "ORE", "EXPORT", { supply: "HIGH", askCredits: 50 }),
    quote("F", "ORE", "IMPORT", { supply: "SCARCE", bidCredits: feedCredits }),
    quote("F", "IRON", "EXPORT", { supply: "MODERATE", askCredits: 100, bidCredits: 90 }),
    quote("I", "IRON", "IMPORT", { supply: "SCARCE", bidCredits }),
  );
  return planProduct({
    product: "IRON",
    productMethod: "fabricate",
    policy: { ...DEFAULT_PLAN_POLICY, minProfitCredits: 1, ...limits },
    world: worldOf(book, { places: IRON_PLACES, chain: { IRON: ["ORE"] }, ...world }),
  });
}

function ironChain(...of: Parameters<typeof ironResult>): Plan {
  return planOf(ironResult(...of));
}

function planned(request: PlanRequest): Plan {
  return planOf(planProduct(request));
}

function planOf(result: PlanResult): Plan {
  if (result.outcome === "refused") throw new Error(`${result.reason}: ${result.detail}`);
  return result.plan;
}

function countBy(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
