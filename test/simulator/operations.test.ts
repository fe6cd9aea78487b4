import { describe, expect, it } from "vitest";
import type { BookLine, Put } from "../../src/simulator/books.ts";
import { gameOperations } from "../../src/simulator/gameOperations.ts";
import { startFleet } from "../../src/simulator/startFleet.ts";
import type { Universe } from "../../src/simulator/universe.ts";
import { type Harness } from "./support/harness.ts";
import { startedHarness } from "./support/startedHarness.ts";
import { stateOf, stateText } from "./support/state.ts";
import { apart, at, bring, setCredits, traded, within } from "./support/voyage.ts";

const FRIGATE = "/my/ships/TESTER-1";
const ID = { "x-request-id": "deed:1" };

interface Request {
  method: string;
  path: string;
  body?: unknown;
  token?: string;
}

/** One mutating operation: how the world must be, what is asked, what the books must say of it, and what would be refused. */
interface Deed {
  deed: string;
  /** Of the OpenAPI description. */
  operation: string;
  arrange?: (all: Harness) => Promise<void>;
  ask: (all: Harness) => Request;
  told: (all: Harness, before: Universe) => Readonly<Record<string, unknown>>;
  /** The same with something wrong in it. */
  wrong: (all: Harness) => Request;
}

const DEEDS: readonly Deed[] = [
  {
    deed: "registering",
    operation: "register",
    ask: ({ accountToken }) => register("OTHER", accountToken),
    told: ({ sim }) => ({
      operation: "register",
      agent: "OTHER",
      waypoint: sim.universe.headquarters,
      ships: sim.agents.has("OTHER") ? [...sim.fleetOf("OTHER").keys()] : [],
      credits: { before: null, after: 1_000_000 },
    }),
    wrong: ({ accountToken }) => register("TESTER", accountToken),
  },
  {
    deed: "going into orbit",
    operation: "orbitShip",
    ask: () => post("orbit"),
    told: ({ sim }) => ({ operation: "orbit", waypoint: sim.universe.headquarters }),
    wrong: () => post("orbit", undefined, "TESTER-99"),
  },
  {
    deed: "docking",
    operation: "dockShip",
    arrange: async ({ call }) => void (await call("POST", `${FRIGATE}/orbit`)),
    ask: () => post("dock"),
    told: ({ sim }) => ({ operation: "dock", waypoint: sim.universe.headquarters }),
    wrong: () => post("dock", "no JSON"),
  },
  {
    deed: "navigating",
    operation: "navigateShip",
    arrange: async ({ call }) => void (await call("POST", `${FRIGATE}/orbit`)),
    ask: ({ sim }) => post("navigate", { waypointSymbol: within(sim, 40, 190) }),
    told: ({ sim }) => {
      const units = Math.round(apart(at(sim, sim.universe.headquarters), at(sim, within(sim, 40, 190))));
      return { operation: "navigate", destination: within(sim, 40, 190), distance: units, fuelBurnt: units };
    },
    wrong: ({ sim }) => post("navigate", { waypointSymbol: sim.universe.headquarters }),
  },
  {
    deed: "setting the flight mode at rest",
    operation: "patchShipNav",
    ask: () => ({ method: "PATCH", path: `${FRIGATE}/nav`, body: { flightMode: "DRIFT" } }),
    told: () => ({ operation: "flightMode", flightMode: "DRIFT", fuelBurnt: 0 }),
    wrong: () => ({ method: "PATCH", path: `${FRIGATE}/nav`, body: { flightMode: "drift" } }),
  },
  {
    deed: "raising the flight mode in flight",
    operation: "patchShipNav",
    arrange: async ({ call, sim }) => {
      await call("POST", `${FRIGATE}/orbit`);
      await call("POST", `${FRIGATE}/navigate`, { waypointSymbol: within(sim, 40, 190) });
    },
    ask: () => ({ method: "PATCH", path: `${FRIGATE}/nav`, body: { flightMode: "BURN" } }),
    told: ({ sim }) => {
      const units = Math.round(apart(at(sim, sim.universe.headquarters), at(sim, within(sim, 40, 190))));
      return { operation: "flightMode", flightMode: "BURN", fuelBurnt: units };
    },
    wrong: () => ({ method: "PATCH", path: `${FRIGATE}/nav`, body: { flightMode: "STEALTH" } }),
  },
  {
    deed: "buying from a factory",
    operation: "purchaseCargo",
    arrange: async (all) => bring(all, "TESTER-1", factory(all).market.waypoint),
    ask: (all) => post("purchase", { symbol: factory(all).good.good, units: 17 }),
    told: (all) => ({ operation: "purchase", good: factory(all).good.good, units: 17 }),
    wrong: (all) => post("purchase", { symbol: factory(all).good.good, units: 21 }),
  },
  {
    deed: "buying at an exchange",
    operation: "purchaseCargo",
    ask: () => post("purchase", { symbol: "FUEL", units: 40 }),
    told: () => ({ operation: "purchase", good: "FUEL", units: 40, unitPrice: 72, total: 2880 }),
    wrong: () => post("purchase", { symbol: "FUEL", units: 41 }),
  },
  {
    deed: "selling what a market imports",
    operation: "sellCargo",
    arrange: async (all) => {
      const { market, good } = consumer(all);
      await bring(all, "TESTER-1", market.waypoint);
      await all.call("POST", `${FRIGATE}/purchase`, { symbol: good.good, units: 9 });
    },
    ask: (all) => post("sell", { symbol: consumer(all).good.good, units: 8 }),
    told: (all) => ({ operation: "sell", good: consumer(all).good.good, units: 8 }),
    wrong: (all) => post("sell", { symbol: consumer(all).good.good, units: 10 }),
  },
  {
    deed: "feeding a factory",
    operation: "sellCargo",
    arrange: async (all) => {
      const { market, input } = fed(all);
      await bring(all, "TESTER-1", market.waypoint);
      await all.call("POST", `${FRIGATE}/purchase`, { symbol: input, units: 6 });
    },
    ask: (all) => post("sell", { symbol: fed(all).input, units: 6 }),
    told: (all) => ({ operation: "sell", good: fed(all).input, units: 6 }),
    wrong: (all) => post("sell", { symbol: fed(all).input, units: 7 }),
  },
  {
    deed: "refuelling",
    operation: "refuelShip",
    arrange: async (all) => bring(all, "TESTER-1", within(all.sim, 110, 300)),
    ask: () => post("refuel", { units: 101 }),
    told: () => ({ operation: "refuel", good: "FUEL", units: 2, fuelUnits: 101, unitPrice: 72, total: 144 }),
    wrong: () => post("refuel", { units: 0 }),
  },
  {
    deed: "refuelling from cargo",
    operation: "refuelShip",
    arrange: async (all) => {
      await bring(all, "TESTER-1", within(all.sim, 110, 300));
      await all.call("POST", `${FRIGATE}/purchase`, { symbol: "FUEL", units: 3 });
    },
    ask: () => post("refuel", { units: 99, fromCargo: true }),
    told: () => ({ operation: "refuelFromCargo", good: "FUEL", units: 1, fuelUnits: 99 }),
    wrong: () => post("refuel", { units: 99, fromCargo: "yes" }),
  },
  {
    deed: "jettisoning",
    operation: "jettison",
    arrange: async ({ call }) => void (await call("POST", `${FRIGATE}/purchase`, { symbol: "FUEL", units: 5 })),
    ask: () => post("jettison", { symbol: "FUEL", units: 2 }),
    told: () => ({ operation: "jettison", good: "FUEL", units: 2 }),
    wrong: () => post("jettison", { symbol: "FUEL", units: 6 }),
  },
  {
    deed: "transferring cargo",
    operation: "transferCargo",
    arrange: async ({ call }) => void (await call("POST", `${FRIGATE}/purchase`, { symbol: "FUEL", units: 5 })),
    ask: () => post("transfer", { tradeSymbol: "FUEL", units: 5, shipSymbol: "TESTER-2" }),
    told: () => ({ operation: "transfer", good: "FUEL", units: 5, toShip: "TESTER-2", otherCargo: { ship: "TESTER-2" } }),
    wrong: () => post("transfer", { tradeSymbol: "FUEL", units: 6, shipSymbol: "TESTER-2" }),
  },
  {
    deed: "buying a ship",
    operation: "purchaseShip",
    arrange: async (all) => {
      await bring(all, "TESTER-C", yardOf(all));
      await setCredits(all, 30_000);
    },
    ask: (all) => ({ method: "POST", path: "/my/ships", body: { shipType: "SHIP_PROBE", waypointSymbol: yardOf(all) } }),
    told: (all) => ({
      operation: "purchaseShip",
      ship: "TESTER-E",
      waypoint: yardOf(all),
      good: "SHIP_PROBE",
      units: 1,
      cargo: { before: null, after: { inventory: [], fuel: 0 } },
    }),
    wrong: (all) => ({ method: "POST", path: "/my/ships", body: { shipType: "SHIP_SLOOP", waypointSymbol: yardOf(all) } }),
  },
];

describe("the books", () => {
  it.each(DEEDS)(
    "tell of $deed who, what, by which request and what it changed; and nothing else has changed [SIM-BOOKS]",
    async (row) => {
      const all = await startedHarness({ fleet: "TEN", seed: 1 });
      const { call, sim, wall, books } = all;
      await row.arrange?.(all);
      sim.advance();
      const [before, lines] = [stateOf(sim) as Universe, books().length];
      const { method, path, body, token } = row.ask(all);
      const answer = await call(method, path, body, token, ID);
      expect([answer.status, answer.body["error"]]).toEqual([expect.toBeOneOf([200, 201]), undefined]);

      const [line, ...more] = books().slice(lines);
      if (line === undefined) throw new Error("no line");
      expect(more).toEqual([]);
      expect(line).toMatchObject({
        type: "mutation",
        seq: lines + 1,
        requestId: "deed:1",
        agent: "TESTER",
        ...(path.startsWith(FRIGATE) ? { ship: "TESTER-1", waypoint: shipIn(before, "TESTER-1").nav.waypoint } : {}),
        gameMs: sim.nowGameMs(),
        gameTime: sim.nowGameMs() / 1000,
        wallTime: new Date(wall.nowMs()).toISOString(),
        ...row.told(all, before),
      });
      const after = stateOf(sim) as Universe;
      expect(after).not.toEqual(before);
      expect(redone(before, line.redo ?? [])).toEqual(after);
      expect(told(line)).toEqual(happened(line, before, after));
      expect(wrongSums(line)).toEqual([]);
    },
  );

  it.each(DEEDS)("have no line of $deed when it is refused, and nothing has changed [SIM-BOOKS]", async (row) => {
    const all = await startedHarness({ fleet: "TEN", seed: 1 });
    const { call, sim, books } = all;
    await row.arrange?.(all);
    sim.advance();
    const [before, lines] = [stateText(sim), books().length];
    const { method, path, body, token } = row.wrong(all);
    const answer = await call(method, path, body, token, ID);
    expect([answer.status, typeof answer.body["error"]?.["code"]]).toEqual([expect.toBeOneOf([400, 404, 409, 422]), "number"]);
    expect(books()).toHaveLength(lines);
    expect(stateText(sim)).toBe(before);
  });

  it("are tested for every mutating operation that is served [SIM-BOOKS]", () => {
    const served = gameOperations(startFleet("FRESH")).filter(({ method }) => method !== "GET");
    expect(new Set(DEEDS.map(({ operation }) => operation))).toEqual(new Set(served.map(({ name }) => name)));
  });

  it("carry the request id as it came, at most 256 characters of it, and null without one [SIM-BOOKS]", async () => {
    const { call, mutations } = await startedHarness();
    await call("POST", `${FRIGATE}/orbit`, undefined, undefined, { "x-request-id": "x".repeat(300) });
    await call("POST", `${FRIGATE}/dock`);
    expect(
      mutations()
        .slice(-2)
        .map((line) => line["requestId"]),
    ).toEqual(["x".repeat(256), null]);
  });
});

/** What a line tells of credits, holds, stocks and hulls. */
function told(line: BookLine) {
  const market = line["market"] as Change<Quote> | undefined;
  const hull = line["hull"] as Change<Quote> | undefined;
  const own = { ship: line["ship"], ...(line["cargo"] as Change<unknown> | undefined) };
  return {
    credits: line["credits"],
    // A registration is of no one ship.
    holds: line["ship"] === undefined ? [] : [own, ...(line["otherCargo"] === undefined ? [] : [line["otherCargo"]])],
    stocks: market ? [[line.waypoint, line.good, market.before.stock, market.after.stock]] : [],
    hulls: hull ? [[line.waypoint, line.good, hull.before.stock, hull.after.stock]] : [],
  };
}

/** The same, from the universe before and after. */
function happened(line: BookLine, before: Universe, after: Universe): ReturnType<typeof told> {
  const agent = String(line["agent"]);
  const credits = { before: creditsIn(before, agent), after: creditsIn(after, agent) };
  const ships = [line["ship"], line["toShip"]].filter((name) => typeof name === "string");
  return {
    credits: credits.before === credits.after ? line["credits"] && credits : credits,
    holds: ships
      .filter((ship) => JSON.stringify(findShip(before, ship)) !== JSON.stringify(findShip(after, ship)))
      .map((ship) => ({ ship, before: holdIn(before, ship), after: holdIn(after, ship) })),
    stocks: after.markets.flatMap(({ waypoint, goods }) =>
      goods
        .map(({ good, stock }) => [waypoint, good, goodIn(before, waypoint, good).stock, stock])
        .filter(([, , was, is]) => was !== is),
    ),
    hulls: after.yards.flatMap(({ waypoint, ships: hulls }) =>
      hulls
        .map(({ type, stock }) => [waypoint, type, hullIn(before, waypoint, type), stock])
        .filter(([, , was, is]) => was !== is),
    ),
  };
}

/** Sums of a line that do not come out: what it cost, what left or entered the stock, at which price. */
function wrongSums(line: BookLine): unknown[] {
  const credits = line["credits"] as Change<number> | undefined;
  const market = line["market"] as Change<Quote> | undefined;
  const hull = line["hull"] as Change<Quote> | undefined;
  const [units, unitPrice, total] = [line["units"], line["unitPrice"], line["total"]].map(Number);
  const sign = line["operation"] === "sell" ? 1 : -1;
  const isPaid = line["unitPrice"] !== undefined && line["operation"] !== "register";
  const sums: [what: string, is: number | undefined, shouldBe: number | undefined][] = [];
  if (isPaid) sums.push(["total", total, Number(units) * Number(unitPrice)]);
  if (isPaid) sums.push(["credits", Number(credits?.after) - Number(credits?.before), sign * Number(total)]);
  if (market) sums.push(["stock", round(market.after.stock - market.before.stock), sign * Number(units)]);
  if (market) sums.push(["price", unitPrice, sign > 0 ? market.before.bid : market.before.ask]);
  for (const [what, change, factor] of moves(line))
    sums.push([what, unitsIn(change.after, line) - unitsIn(change.before, line), factor * (units || 0)]);
  if (hull) sums.push(["hulls", hull.after.stock - hull.before.stock, -1], ["price", unitPrice, hull.before.ask]);
  return sums.filter(([, is, shouldBe]) => is !== shouldBe);
}

/** Holds of a line, and how often its units must have come into them. */
function moves(line: BookLine): [what: string, change: Change<Hold>, factor: number][] {
  const cargo = line["cargo"] as Change<Hold> | undefined;
  const other = line["otherCargo"] as Change<Hold> | undefined;
  const factor = FACTORS[String(line["operation"])] ?? 0;
  return [
    ...(cargo?.before ? [["aboard", cargo, factor] as [string, Change<Hold>, number]] : []),
    ...(other?.before ? [["aboard the other", other, -factor] as [string, Change<Hold>, number]] : []),
  ];
}

const FACTORS: Readonly<Record<string, number>> = { purchase: 1, sell: -1, jettison: -1, transfer: -1, refuelFromCargo: -1 };

const unitsIn = (hold: Hold, line: BookLine) => hold.inventory.find(({ good }) => good === line.good)?.units ?? 0;

const round = (units: number) => Math.round(units * 1e9) / 1e9;

/** The state before with the line's redo applied: written anew here, so that a wrong line cannot agree with a wrong universe. */
function redone(before: Universe, puts: readonly Put[]): Universe {
  const universe = structuredClone(before);
  for (const put of puts) {
    if (put.put === "agent") setIn(universe.agents, put.value, ({ symbol }) => symbol === put.value.symbol);
    else if (put.put === "ship") setIn(universe.ships, put.value, ({ symbol }) => symbol === put.value.symbol);
    else if (put.put === "good") setIn(marketIn(universe, put.waypoint).goods, put.value, ({ good }) => good === put.value.good);
    else if (put.put === "transaction") marketIn(universe, put.waypoint).transactions.push(put.value);
    else if (put.put === "hull") setIn(yardIn(universe, put.waypoint).ships, put.value, ({ type }) => type === put.value.type);
    else if (put.put === "hullSale") {
      const yard = yardIn(universe, put.waypoint);
      yard.sales = [...(yard.sales ?? []), put.value];
    } else throw new Error(`no operation of the game puts ${put.put}`);
  }
  return universe;
}

interface Change<T> {
  before: T;
  after: T;
}

interface Hold {
  inventory: { good: string; units: number }[];
}

interface Quote {
  stock: number;
  ask: number;
  bid: number;
}

function setIn<T>(list: T[], value: T, isIt: (item: T) => boolean): void {
  const found = list.findIndex(isIt);
  if (found < 0) list.push(value);
  else list[found] = value;
}

function only<T>(item: T | undefined): T {
  if (item === undefined) throw new Error("not in the universe");
  return item;
}

const marketIn = (universe: Universe, symbol: string) => only(universe.markets.find(({ waypoint }) => waypoint === symbol));
const yardIn = (universe: Universe, symbol: string) => only(universe.yards.find(({ waypoint }) => waypoint === symbol));
const goodIn = (universe: Universe, waypoint: string, symbol: string) =>
  only(marketIn(universe, waypoint).goods.find(({ good }) => good === symbol));
const findShip = (universe: Universe, name: string) => universe.ships.find(({ symbol }) => symbol === name);
const shipIn = (universe: Universe, name: string) => only(findShip(universe, name));
const creditsIn = (universe: Universe, name: string) => universe.agents.find(({ symbol }) => symbol === name)?.credits ?? null;
const hullIn = (universe: Universe, waypoint: string, hull: string) =>
  only(yardIn(universe, waypoint).ships.find(({ type }) => type === hull)).stock;

function holdIn(universe: Universe, name: string) {
  const ship = findShip(universe, name);
  return ship ? { inventory: ship.cargo, fuel: ship.fuel.current } : null;
}

function post(action: string, body?: unknown, ship = "TESTER-1"): Request {
  return { method: "POST", path: `/my/ships/${ship}/${action}`, body };
}

function register(symbol: string, token: string): Request {
  return { method: "POST", path: "/register", body: { symbol, faction: "COSMIC" }, token };
}

const factory = ({ sim }: Harness) => traded(sim, ({ kind, tradeVolume }) => kind === "EXPORT" && tradeVolume === 20);

/** A good that is imported where nothing is made of it. */
const consumer = ({ sim }: Harness) =>
  traded(sim, ({ kind, good }, { recipes }) => kind === "IMPORT" && recipes.every(({ inputs }) => !inputs.includes(good)));

function fed({ sim }: Harness) {
  const { market, good } = traded(
    sim,
    ({ kind, good: name }, { recipes }) => kind === "IMPORT" && recipes.some(({ inputs }) => inputs.includes(name)),
  );
  return { market, input: good.good };
}

function yardOf({ sim }: Harness): string {
  return only([...sim.yards.values()].find(({ ships }) => ships.some(({ type }) => type === "SHIP_PROBE"))).waypoint;
}

describe("feeding a factory", () => {
  it("shows in the books whose input units went in before the output's label rose [economy-v1 4]", async () => {
    const { call, sim, wall, books, accountToken } = await startedHarness({ speed: 60, economy: { noiseSigma: 0 } });
    const factory = [...sim.markets.values()].find((m) => m.recipes.some((recipe) => recipe.output === "LASER_RIFLES"));
    if (factory === undefined) throw new Error("no rifle factory");
    const output = () => factory.goods.find((good) => good.good === "LASER_RIFLES");
    await call("POST", `${FRIGATE}/orbit`);
    await call("POST", `${FRIGATE}/navigate`, { waypointSymbol: factory.waypoint });
    wall.advanceSeconds(60);
    await call("POST", `${FRIGATE}/dock`);
    expect(output()?.label).toBe("MODERATE");
    const stocked = factory.goods.filter((good) => ["DIAMONDS", "PLATINUM", "ADVANCED_CIRCUITRY"].includes(good.good));
    expect(stocked.map((good) => good.label)).toEqual(["SCARCE", "SCARCE", "SCARCE"]);
    for (const { good } of stocked) {
      await call("POST", "/admin/stock", { waypoint: factory.waypoint, good, tradeVolumes: -1 }, accountToken);
    }
    await call("POST", "/admin/credits", { agent: "TESTER", credits: 1_000_000 }, accountToken);
    await call("POST", `${FRIGATE}/purchase`, { symbol: "DIAMONDS", units: 20 });
    await call("POST", `${FRIGATE}/sell`, { symbol: "DIAMONDS", units: 15 });
    wall.advanceSeconds(120);
    await call("GET", "/my/agent");
    const rise = books().find((line) => line.type === "supplyChanged" && line.good === "LASER_RIFLES");
    expect(rise).toMatchObject({
      waypoint: factory.waypoint,
      before: "MODERATE",
      after: "HIGH",
      delivered: { DIAMONDS: { TESTER: 15 } },
    });
    const produced = Number(rise?.["producedUnits"]);
    const consumed = rise?.["consumed"] as Record<string, number>;
    expect(produced).toBeGreaterThan(0);
    expect((consumed["DIAMONDS"] ?? 0) / 60).toBeCloseTo(produced / 6, 9);
    expect((consumed["ADVANCED_CIRCUITRY"] ?? 0) / 20).toBeCloseTo(produced / 6, 9);
  });
});
