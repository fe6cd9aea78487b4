import { afterEach, describe, expect, it } from "vitest";
import type { BookLine } from "../../src/simulator/books.ts";
import { distance, fuelNeeded, travelSeconds } from "../../src/simulator/travel.ts";
import { type Harness, type HarnessOptions, startHarness, text } from "./support/harness.ts";

let harness: Harness | undefined;
afterEach(async () => {
  await harness?.close();
  harness = undefined;
});

async function sail(options: HarnessOptions = {}): Promise<Harness> {
  harness = await startHarness(options);
  return harness;
}

const FRIGATE = "/my/ships/TESTER-1";

describe("physics", () => {
  it("computes travel seconds by mode and engine, with the rounding of the game", () => {
    expect(travelSeconds(100, "CRUISE", 36)).toBe(84);
    expect(travelSeconds(100, "DRIFT", 36)).toBe(709);
    expect(travelSeconds(100, "BURN", 36)).toBe(50);
    expect(travelSeconds(100, "STEALTH", 36)).toBe(98);
    expect(travelSeconds(0, "CRUISE", 9)).toBe(18);
  });

  it("burns 1 for drift, the distance for cruise and stealth, twice it for burn, nothing without a tank", () => {
    expect(fuelNeeded(116.28, "CRUISE", 400)).toBe(116);
    expect(fuelNeeded(116.28, "STEALTH", 400)).toBe(116);
    expect(fuelNeeded(116.28, "BURN", 400)).toBe(232);
    expect(fuelNeeded(116.28, "DRIFT", 400)).toBe(1);
    expect(fuelNeeded(0, "CRUISE", 400)).toBe(1);
    expect(fuelNeeded(0, "BURN", 400)).toBe(2);
    expect(fuelNeeded(700, "CRUISE", 0)).toBe(0);
  });
});

describe("a voyage", () => {
  it("is told by the books: origin, destination, seconds and fuel; and by the ship: destination as waypoint, lazy arrival", async () => {
    const { call, sim, wall, mutations } = await sail();
    const [here, there] = [sim.universe.headquarters, place(sim, "ASTEROID_BASE")];
    await call("POST", `${FRIGATE}/orbit`);
    const answer = await call("POST", `${FRIGATE}/navigate`, { waypointSymbol: there }, undefined, { "x-request-id": "job-7:1" });
    expect(answer.status).toBe(200);
    const units = distance(at(sim, here), at(sim, there));
    const seconds = travelSeconds(units, "CRUISE", 36);
    expect(mutations().at(-1)).toMatchObject({
      operation: "navigate",
      requestId: "job-7:1",
      agent: "TESTER",
      ship: "TESTER-1",
      waypoint: here,
      destination: there,
      travelGameSeconds: seconds,
      fuelBurnt: Math.round(units),
      cargo: { before: { fuel: 400 }, after: { fuel: 400 - Math.round(units) } },
    });
    const nav = answer.body["data"]?.["nav"];
    expect(nav).toMatchObject({ status: "IN_TRANSIT", waypointSymbol: there });
    expect(Date.parse(text(nav?.["route"]?.["arrival"])) - wall.nowMs()).toBe(seconds * 1000);

    wall.advanceSeconds(seconds - 1);
    expect((await call("GET", `${FRIGATE}/nav`)).body["data"]).toMatchObject({ status: "IN_TRANSIT" });
    const refused = await call("POST", `${FRIGATE}/dock`);
    expect(refused.status).toBe(400);
    expect(refused.body["error"]).toMatchObject({
      code: 4214,
      data: { departureSymbol: here, destinationSymbol: there, secondsToArrival: 1 },
    });
    wall.advanceSeconds(1);
    expect((await call("GET", `${FRIGATE}/nav`)).body["data"]).toMatchObject({ status: "IN_ORBIT", waypointSymbol: there });
    expect((await call("POST", `${FRIGATE}/dock`)).status).toBe(200);
    expect(sim.ships.get("TESTER-1")?.nav).toMatchObject({ status: "DOCKED", waypoint: there });
  });

  it("takes a seventh of the time at speed 7, and the announced arrival is never early", async () => {
    const { call, sim, wall } = await sail({ speed: 7 });
    await call("POST", `${FRIGATE}/orbit`);
    const there = place(sim, "ASTEROID_BASE");
    const seconds = travelSeconds(distance(at(sim, sim.universe.headquarters), at(sim, there)), "CRUISE", 36);
    const answer = await call("POST", `${FRIGATE}/navigate`, { waypointSymbol: there });
    const arrival = Date.parse(text(answer.body["data"]?.["nav"]?.["route"]?.["arrival"]));
    expect(seconds % 7).not.toBe(0);
    expect(arrival - wall.nowMs()).toBe(Math.ceil((seconds * 1000) / 7));
    wall.advanceSeconds((arrival - wall.nowMs()) / 1000);
    expect((await call("POST", `${FRIGATE}/dock`)).status).toBe(200);
  });

  it("is refused when docked, to itself, to nowhere, to another system and without the fuel; nothing changes", async () => {
    const { call, sim, mutations } = await sail();
    const hq = sim.universe.headquarters;
    const before = mutations().length;
    expect((await call("POST", `${FRIGATE}/navigate`, { waypointSymbol: place(sim, "JUMP_GATE") })).body["error"]).toMatchObject({
      code: 4236,
    });
    await call("POST", `${FRIGATE}/orbit`);
    for (const [waypointSymbol, code] of [
      [hq, 4204],
      [`${sim.universe.system.symbol}-ZZ9`, 4201],
      ["X1-ZZ99-A1", 4202],
    ] as const) {
      const answer = await call("POST", `${FRIGATE}/navigate`, { waypointSymbol });
      expect([answer.status, answer.body["error"]?.["code"]]).toEqual([400, code]);
    }
    await call("PATCH", `${FRIGATE}/nav`, { flightMode: "BURN" });
    const far = place(sim, "JUMP_GATE");
    const answer = await call("POST", `${FRIGATE}/navigate`, { waypointSymbol: far });
    const fuelRequired = fuelNeeded(distance(at(sim, hq), at(sim, far)), "BURN", 400);
    expect(answer.body["error"]).toMatchObject({
      code: 4203,
      data: { shipSymbol: "TESTER-1", fuelRequired, fuelAvailable: 400 },
    });
    expect(
      mutations()
        .slice(before)
        .map((line) => line["operation"]),
    ).toEqual(["orbit", "flightMode"]);
  });

  it("can be sped up under way for the fuel of the rest, not slowed down", async () => {
    const { call, sim, wall } = await sail();
    await call("POST", `${FRIGATE}/orbit`);
    const there = sim.universe.waypoints.find((w) => w.type === "PLANET" && w.symbol !== sim.universe.headquarters)?.symbol ?? "";
    const units = distance(at(sim, sim.universe.headquarters), at(sim, there));
    await call("POST", `${FRIGATE}/navigate`, { waypointSymbol: there });
    const seconds = travelSeconds(units, "CRUISE", 36);
    wall.advanceSeconds(seconds / 2);
    expect((await call("PATCH", `${FRIGATE}/nav`, { flightMode: "DRIFT" })).body["error"]).toMatchObject({ code: 4269 });
    const raised = await call("PATCH", `${FRIGATE}/nav`, { flightMode: "BURN" });
    const arrival = Date.parse(text(raised.body["data"]?.["nav"]?.["route"]?.["arrival"]));
    expect(arrival - wall.nowMs()).toBe((travelSeconds(units, "BURN", 36) * 1000) / 2);
    expect(sim.ships.get("TESTER-1")?.fuel.current).toBe(400 - Math.round(units) - Math.ceil(Math.round(units) / 2));
  });

  it("leaves no line in the books for orbit and dock that change nothing", async () => {
    const { call, mutations } = await sail();
    const before = mutations().length;
    for (const [action, status] of [
      ["dock", "DOCKED"],
      ["orbit", "IN_ORBIT"],
      ["orbit", "IN_ORBIT"],
      ["dock", "DOCKED"],
    ] as const) {
      expect((await call("POST", `${FRIGATE}/${action}`)).body["data"]).toMatchObject({ nav: { status } });
    }
    expect(
      mutations()
        .slice(before)
        .map((line) => line["operation"]),
    ).toEqual(["orbit", "dock"]);
  });
});

describe("visibility", () => {
  it("shows prices and hulls only where a ship of the agent is and not in transit", async () => {
    const { call, sim, wall } = await sail();
    const hq = sim.universe.headquarters;
    const far = place(sim, "ASTEROID_BASE");
    const market = async (waypoint: string, token?: string | null) =>
      (await call("GET", `/systems/${sim.universe.system.symbol}/waypoints/${waypoint}/market`, undefined, token)).body["data"];
    expect((await market(hq))?.["tradeGoods"]?.length).toBeGreaterThan(3);
    expect((await market(hq, null))?.["tradeGoods"]).toBeUndefined();
    expect((await market(far))?.["tradeGoods"]).toBeUndefined();
    expect((await market(far))?.["exchange"]?.length).toBeGreaterThan(5);
    await call("POST", `${FRIGATE}/orbit`);
    await call("POST", `${FRIGATE}/navigate`, { waypointSymbol: far });
    expect((await market(hq))?.["tradeGoods"]).toBeUndefined();
    expect((await market(far))?.["tradeGoods"]).toBeUndefined();
    wall.advanceSeconds(3600);
    expect((await market(far))?.["tradeGoods"]?.length).toBeGreaterThan(5);
    const yards = [...sim.yards.keys()];
    const visible = await Promise.all(
      yards.map(
        async (yard) => (await call("GET", `/systems/${sim.universe.system.symbol}/waypoints/${yard}/shipyard`)).body["data"],
      ),
    );
    expect(visible.map((yard) => yard?.["ships"] !== undefined)).toEqual([true, false, false]);
    expect(visible.every((yard) => (yard?.["shipTypes"]?.length ?? 0) > 0)).toBe(true);
  });
});

describe("trade", () => {
  it("moves credits, cargo and stock by what the books say, at a price flat within the transaction and moved after it", async () => {
    const { call, sim, mutations } = await atExport();
    const { waypoint, good } = cheapExport(sim);
    const first = await call("POST", `${FRIGATE}/purchase`, { symbol: good.good, units: 10 }, undefined, {
      "x-request-id": "buy:1",
    });
    const second = await call("POST", `${FRIGATE}/purchase`, { symbol: good.good, units: 10 });
    expect([first.status, second.status]).toEqual([201, 201]);
    const [one, two] = mutations().filter((line) => line["operation"] === "purchase");
    const ask = bookAsk(one, "before");
    expect(one).toMatchObject({
      requestId: "buy:1",
      good: good.good,
      units: 10,
      unitPrice: ask,
      total: 10 * ask,
      waypoint,
      credits: { before: 1_000_000, after: 1_000_000 - 10 * ask },
      cargo: { before: { inventory: [] }, after: { inventory: [{ good: good.good, units: 10 }] } },
    });
    expect(stockOf(one, "before") - stockOf(one, "after")).toBe(10);
    expect(bookAsk(one, "after")).toBeGreaterThan(ask);
    expect(two?.["unitPrice"]).toBe(bookAsk(one, "after"));
    expect(sim.agents.get("TESTER")?.credits).toBe(1_000_000 - Number(one?.["total"]) - Number(two?.["total"]));

    const sold = await call("POST", `${FRIGATE}/sell`, { symbol: good.good, units: 20 });
    expect(sold.status).toBe(201);
    const sale = mutations().at(-1);
    expect(stockOf(sale, "after")).toBeCloseTo(stockOf(one, "before"), 9);
    expect(sim.agents.get("TESTER")?.credits).toBeLessThan(1_000_000);
    expect(sim.ships.get("TESTER-1")?.cargo).toEqual([]);
  });

  it("refuses by code with data, and changes nothing", async () => {
    const { call, sim, mutations } = await atExport();
    const { waypoint, good } = cheapExport(sim);
    const lines = mutations().length;
    const buy = (symbol: string, units: number, ship = FRIGATE) => call("POST", `${ship}/purchase`, { symbol, units });
    const cases = [
      [await buy("ANTIMATTER", 1), 400, 4601, { waypointSymbol: waypoint, tradeSymbol: "ANTIMATTER" }],
      [await buy(good.good, good.tradeVolume + 1), 400, 4604, { tradeVolume: good.tradeVolume }],
      [await buy("FUEL", 41), 400, 4217, { cargoCapacity: 40, unitsToAdd: 41 }],
      [await call("POST", `${FRIGATE}/sell`, { symbol: good.good, units: 1 }), 400, 4218, { unitsToRemove: 1 }],
      [await call("POST", `${FRIGATE}/sell`, { symbol: "ANTIMATTER", units: 1 }), 400, 4602, {}],
      [await call("POST", "/my/ships/TESTER-99/purchase", { symbol: "FUEL", units: 1 }), 404, 404, undefined],
    ] as const;
    for (const [answer, status, code, data] of cases) {
      expect(answer.status).toBe(status);
      expect(answer.body["error"]).toMatchObject({ code, ...(data === undefined ? {} : { data }) });
      expect(text(answer.body["error"]?.["requestId"])).toMatch(/^[0-9a-f-]{36}$/);
    }
    await call("POST", `${FRIGATE}/orbit`);
    expect((await buy(good.good, 1)).body["error"]).toMatchObject({ code: 4244 });
    expect(
      mutations()
        .slice(lines)
        .map((line) => line["operation"]),
    ).toEqual(["orbit"]);
  });

  it("refuses a purchase beyond the credits with the game's figures", async () => {
    const { call, sim } = await atExport();
    await call("POST", "/admin/credits", { agent: "TESTER", credits: -999_999 }, harness?.accountToken);
    const { good } = cheapExport(sim);
    const answer = await call("POST", `${FRIGATE}/purchase`, { symbol: good.good, units: 2 });
    expect(answer.body["error"]).toMatchObject({ code: 4600, data: { agentCredits: 1, tradeSymbol: good.good, units: 2 } });
    expect(sim.agents.get("TESTER")?.credits).toBe(1);
  });

  it("sells fuel by the hundred, only what fits, only docked; a full tank costs nothing", async () => {
    const { call, sim, wall, mutations } = await sail();
    const full = await call("POST", `${FRIGATE}/refuel`);
    expect(full.body["data"]?.["transaction"]).toMatchObject({ units: 0, totalPrice: 0 });
    await call("POST", `${FRIGATE}/orbit`);
    expect((await call("POST", `${FRIGATE}/refuel`)).body["error"]).toMatchObject({ code: 4225 });
    const there = place(sim, "ASTEROID_BASE");
    await call("POST", `${FRIGATE}/navigate`, { waypointSymbol: there });
    wall.advanceSeconds(3600);
    await call("POST", `${FRIGATE}/dock`);
    const burnt = 400 - (sim.ships.get("TESTER-1")?.fuel.current ?? 0);
    await call("POST", `${FRIGATE}/refuel`, { units: 101 });
    expect(mutations().at(-1)).toMatchObject({ operation: "refuel", units: 2, total: 144, fuelUnits: 101 });
    await call("POST", `${FRIGATE}/refuel`);
    expect(mutations().at(-1)).toMatchObject({ fuelUnits: burnt - 101, units: Math.ceil((burnt - 101) / 100) });
    expect(sim.ships.get("TESTER-1")?.fuel.current).toBe(400);
  });

  it("jettisons and transfers cargo with every unit accounted for", async () => {
    const { call, sim, mutations } = await sail({ fleet: "TEN" });
    await call("POST", `${FRIGATE}/purchase`, { symbol: "FUEL", units: 30 });
    await call("POST", `${FRIGATE}/jettison`, { symbol: "FUEL", units: 5 });
    await call("POST", `${FRIGATE}/transfer`, { tradeSymbol: "FUEL", units: 20, shipSymbol: "TESTER-2" });
    expect(sim.ships.get("TESTER-1")?.cargo).toEqual([{ good: "FUEL", units: 5 }]);
    expect(sim.ships.get("TESTER-2")?.cargo).toEqual([{ good: "FUEL", units: 20 }]);
    expect(mutations().at(-1)).toMatchObject({
      toShip: "TESTER-2",
      otherCargo: { ship: "TESTER-2", after: { inventory: [{ units: 20 }] } },
    });
    await call("POST", "/my/ships/TESTER-2/orbit");
    const apart = await call("POST", `${FRIGATE}/transfer`, { tradeSymbol: "FUEL", units: 1, shipSymbol: "TESTER-2" });
    expect(apart.body["error"]).toMatchObject({ code: 4271 });
    const probe = await call("POST", `${FRIGATE}/transfer`, { tradeSymbol: "FUEL", units: 1, shipSymbol: "TESTER-B" });
    expect([4217, 4234]).toContain(probe.body["error"]?.["code"]);
  });
});

describe("a shipyard", () => {
  it("sells a hull only to an agent who is there and can pay; the books show it and the next one costs more", async () => {
    const { call, sim, mutations } = await sail({ fleet: "TEN" });
    const [yard, other] = [...sim.yards.keys()];
    const buy = (shipType: string, waypointSymbol: string | undefined) => call("POST", "/my/ships", { shipType, waypointSymbol });
    const bought = await buy("SHIP_LIGHT_HAULER", yard);
    expect(bought.status).toBe(201);
    expect(bought.body["data"]?.["ship"]).toMatchObject({ symbol: "TESTER-E", nav: { status: "DOCKED", waypointSymbol: yard } });
    const again = await buy("SHIP_LIGHT_HAULER", yard);
    const [one, two] = mutations().filter((line) => line["operation"] === "purchaseShip");
    expect(Number(two?.["total"])).toBeGreaterThan(Number(one?.["total"]));
    expect(sim.agents.get("TESTER")?.credits).toBe(1_000_000 - Number(one?.["total"]) - Number(two?.["total"]));
    expect(again.status).toBe(201);
    expect((await buy("SHIP_MINING_DRONE", yard)).body["error"]).toMatchObject({ code: 4605 });
    const third = await buy("SHIP_LIGHT_HAULER", yard);
    expect(third.status).toBe(201);
    const poor = await buy("SHIP_LIGHT_HAULER", yard);
    expect(poor.body["error"]).toMatchObject({ code: 4216, data: { creditsAvailable: sim.agents.get("TESTER")?.credits } });
    expect(other).toBeDefined();
    await call("POST", "/my/ships/TESTER-C/orbit");
    await call("POST", "/my/ships/TESTER-C/navigate", { waypointSymbol: place(sim, "JUMP_GATE") });
    expect((await buy("SHIP_PROBE", other)).body["error"]).toMatchObject({ code: 4245 });
  });
});

describe("feeding a factory", () => {
  it("shows in the books whose input units went in before the output's label rose [economy-v1 4]", async () => {
    const { call, sim, wall, books, accountToken } = await sail({ speed: 60, economy: { noiseSigma: 0 } });
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

async function atExport(): Promise<Harness> {
  const rich = await sail({ fleet: "TEN", economy: { noiseSigma: 0 } });
  const { call, sim, wall } = rich;
  await call("POST", `${FRIGATE}/orbit`);
  await call("POST", `${FRIGATE}/navigate`, { waypointSymbol: cheapExport(sim).waypoint });
  wall.advanceSeconds(3600);
  await call("POST", `${FRIGATE}/dock`);
  return rich;
}

/** A manufactured good near the headquarters. */
function cheapExport(sim: Harness["sim"]) {
  const from = at(sim, sim.universe.headquarters);
  const candidates = [...sim.markets.values()].flatMap((market) =>
    market.goods
      .filter((good) => good.kind === "EXPORT" && good.tradeVolume === 20)
      .map((good) => ({ waypoint: market.waypoint, good, far: distance(from, at(sim, market.waypoint)) })),
  );
  const nearest = candidates
    .filter(({ waypoint, far }) => far > 0 && sim.markets.get(waypoint)?.goods.some((g) => g.good === "FUEL"))
    .toSorted((a, b) => a.far - b.far)[0];
  if (nearest === undefined) throw new Error("no export");
  return nearest;
}

function place(sim: Harness["sim"], type: string): string {
  const found = sim.universe.waypoints.find((waypoint) => waypoint.type === type);
  if (found === undefined) throw new Error(`no ${type}`);
  return found.symbol;
}

function at(sim: Harness["sim"], symbol: string) {
  const waypoint = sim.waypoints.get(symbol);
  if (waypoint === undefined) throw new Error(`no ${symbol}`);
  return waypoint;
}

function bookMarket(line: BookLine | undefined, when: "before" | "after"): Record<string, number> {
  return (line?.["market"] as Record<string, Record<string, number>> | undefined)?.[when] ?? {};
}

const bookAsk = (line: BookLine | undefined, when: "before" | "after") => bookMarket(line, when)["ask"] ?? Number.NaN;
const stockOf = (line: BookLine | undefined, when: "before" | "after") => bookMarket(line, when)["stock"] ?? Number.NaN;
