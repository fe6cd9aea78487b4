import { describe, expect, it } from "vitest";
import { agentToken } from "../../src/simulator/token.ts";
import { type Harness, type HarnessOptions, type Json, type Response, text } from "./support/harness.ts";
import { startedHarness } from "./support/startedHarness.ts";
import { stateText } from "./support/state.ts";
import { apart, at, bring, place, setCredits, traded, within } from "./support/voyage.ts";

function sail(options: HarnessOptions = {}): Promise<Harness> {
  return startedHarness({ economy: { noiseSigma: 0 }, ...options });
}

const FRIGATE = "/my/ships/TESTER-1";
const HAULER = "/my/ships/TESTER-2";

/** What a request was answered, and whether it changed anything. */
async function asked({ sim, mutations }: Harness, ask: () => Promise<Response>) {
  const [before, lines] = [stateText(sim), mutations().length];
  const { status, body } = await ask();
  const error = body["error"];
  const isEnveloped = text(error?.["message"]) !== "" && /^[0-9a-f-]{36}$/.test(text(error?.["requestId"]));
  const isChanged = mutations().length > lines || stateText(sim) !== before;
  return { status, code: error?.["code"], data: error?.["data"], isEnveloped, isChanged };
}

/** In the envelope, with this data, and nothing has changed. */
function refusal(status: number, code: number, data?: Readonly<Record<string, unknown>>) {
  return { status, code, ...(data === undefined ? {} : { data }), isEnveloped: true, isChanged: false };
}

describe("a market", () => {
  const listed = (data: Json | undefined) => ({
    prices: data?.["tradeGoods"] !== undefined,
    transactions: data?.["transactions"] !== undefined,
  });
  const marketOf = async ({ call, sim }: Harness, waypoint: string, token?: string | null) =>
    (await call("GET", `/systems/${sim.universe.system.symbol}/waypoints/${waypoint}/market`, undefined, token)).body["data"];

  it("lists what it trades to anyone, but prices and transactions only to an agent with a ship there, docked or in orbit [SIM-RULES]", async () => {
    const all = await sail();
    const { call, sim, accountToken } = all;
    const hq = sim.universe.headquarters;
    const away = within(sim, 40, 190);
    const other = text(
      (await call("POST", "/register", { symbol: "OTHER", faction: "COSMIC" }, accountToken)).body["data"]?.["token"],
    );
    const shown = { prices: true, transactions: true };
    const hidden = { prices: false, transactions: false };
    expect(listed(await marketOf(all, hq))).toEqual(shown);
    expect(listed(await marketOf(all, hq, null))).toEqual(hidden);
    expect(listed(await marketOf(all, away))).toEqual(hidden);
    const market = await marketOf(all, away, null);
    const kinds = (kind: string) => sim.markets.get(away)?.goods.filter((good) => good.kind === kind).length;
    expect(["exports", "imports", "exchange"].map((kind) => market?.[kind]?.length)).toEqual(
      ["EXPORT", "IMPORT", "EXCHANGE"].map(kinds),
    );
    await call("POST", `${FRIGATE}/orbit`);
    expect(listed(await marketOf(all, hq))).toEqual(shown);
    await bring(all, "TESTER-1", away);
    expect(listed(await marketOf(all, away))).toEqual(shown);
    // Another agent's ship is not a ship of one's own.
    expect(listed(await marketOf(all, away, other))).toEqual(hidden);
    expect(listed(await marketOf(all, hq, other))).toEqual(shown);
  });

  it("shows nothing to a ship in transit, at neither end, and everything again from the moment of arrival [SIM-RULES]", async () => {
    const all = await sail();
    const { call, sim, wall } = all;
    const [hq, away] = [sim.universe.headquarters, within(sim, 40, 190)];
    await call("POST", `${FRIGATE}/orbit`);
    await call("POST", `${FRIGATE}/navigate`, { waypointSymbol: away });
    for (const waypoint of [hq, away]) expect((await marketOf(all, waypoint))?.["tradeGoods"]).toBeUndefined();
    wall.advanceSeconds(((sim.ships.get("TESTER-1")?.nav.arrivalGameMs ?? 0) - sim.nowGameMs()) / 1000);
    expect((await marketOf(all, hq))?.["tradeGoods"]).toBeUndefined();
    expect((await marketOf(all, away))?.["tradeGoods"]?.length).toBe(sim.markets.get(away)?.goods.length);
  });

  it("tells supply and trade volume of every good, and activity of exports and imports, not of what it only exchanges [SIM-RULES]", async () => {
    const all = await sail();
    const { market } = traded(all.sim, (good) => good.kind === "EXPORT");
    await bring(all, "TESTER-1", market.waypoint);
    const goods = [...((await marketOf(all, market.waypoint))?.["tradeGoods"] ?? [])];
    expect(goods.length).toBe(market.goods.length);
    for (const good of goods) {
      expect(good["activity"] !== undefined).toBe(text(good["type"]) !== "EXCHANGE");
      expect(text(good["supply"])).toMatch(/^(SCARCE|LIMITED|MODERATE|HIGH|ABUNDANT)$/);
      expect(Number(good["purchasePrice"])).toBeGreaterThan(Number(good["sellPrice"]));
    }
  });

  it("shows its last 20 transactions, whoever made them [SIM-RULES]", async () => {
    const all = await sail();
    const { call, sim, accountToken } = all;
    const hq = sim.universe.headquarters;
    const other = text(
      (await call("POST", "/register", { symbol: "OTHER", faction: "COSMIC" }, accountToken)).body["data"]?.["token"],
    );
    for (let i = 1; i <= 21; i++) await call("POST", `${FRIGATE}/purchase`, { symbol: "FUEL", units: 1 });
    await call("POST", `${FRIGATE}/sell`, { symbol: "FUEL", units: 2 });
    const seen = [...((await marketOf(all, hq, other))?.["transactions"] ?? [])];
    expect(seen).toHaveLength(20);
    expect(seen.at(-1)).toMatchObject({ shipSymbol: "TESTER-1", tradeSymbol: "FUEL", type: "SELL", units: 2 });
    expect(seen.at(-1)?.["totalPrice"]).toBe(2 * Number(seen.at(-1)?.["pricePerUnit"]));
  });
});

describe("a shipyard", () => {
  it("tells its types to anyone; prices, supply and the last sales only to an agent with a ship there [SIM-RULES]", async () => {
    const all = await sail({ fleet: "TEN" });
    const { call, sim } = all;
    const [yard = "", other = ""] = sim.yards.keys();
    const yardOf = async (waypoint: string, token?: string | null) =>
      (await call("GET", `/systems/${sim.universe.system.symbol}/waypoints/${waypoint}/shipyard`, undefined, token)).body["data"];
    await bring(all, "TESTER-B", yard);
    await setCredits(all, 10_000_000);
    const { status, body } = await call("POST", "/my/ships", { shipType: "SHIP_PROBE", waypointSymbol: yard });
    expect(status).toBe(201);
    for (const data of [await yardOf(yard, null), await yardOf(other, null)]) {
      expect(data?.["shipTypes"]?.length).toBeGreaterThan(0);
      expect(data?.["ships"]).toBeUndefined();
      expect(data?.["transactions"]).toBeUndefined();
    }
    const seen = await yardOf(yard);
    expect(seen?.["ships"]?.length).toBe(sim.yards.get(yard)?.ships.length);
    expect([...(seen?.["transactions"] ?? [])]).toEqual([body["data"]?.["transaction"]]);
    expect(seen?.["transactions"]?.[0]).toMatchObject({ shipType: "SHIP_PROBE", agentSymbol: "TESTER", waypointSymbol: yard });
  });

  it("sells only where one of the agent's ships is: 4245 elsewhere, also while that ship is on its way there [SIM-RULES]", async () => {
    const all = await sail();
    const { call, sim } = all;
    const yard = [...sim.yards.keys()].find((waypoint) =>
      [...sim.ships.values()].every((ship) => ship.nav.waypoint !== waypoint),
    );
    const buy = () => call("POST", "/my/ships", { shipType: "SHIP_PROBE", waypointSymbol: yard });
    expect(await asked(all, buy)).toMatchObject(refusal(400, 4245, { waypointSymbol: yard, shipType: "SHIP_PROBE" }));
    await call("POST", "/my/ships/TESTER-2/orbit");
    await call("POST", "/my/ships/TESTER-2/navigate", { waypointSymbol: yard });
    expect(await asked(all, buy)).toMatchObject(refusal(400, 4245));
  });

  it("sells what it lists, for credits: 4605 otherwise, 4216 without them, 404 where no yard is [SIM-RULES]", async () => {
    const all = await sail();
    const { call, sim } = all;
    const yard = sim.ships.get("TESTER-2")?.nav.waypoint ?? "";
    const sold = sim.yards.get(yard)?.ships.map(({ type }) => type) ?? [];
    const unsold = Object.keys(sim.universe.hulls).find((type) => !sold.includes(type));
    const buy = (shipType: string | undefined, waypointSymbol = yard) => call("POST", "/my/ships", { shipType, waypointSymbol });
    expect(await asked(all, () => buy(unsold))).toMatchObject(refusal(400, 4605, { waypointSymbol: yard, shipType: unsold }));
    expect(await asked(all, () => buy("SHIP_PROBE", within(sim, 40, 190)))).toMatchObject(refusal(404, 404));
    await setCredits(all, 100);
    const price = await call("GET", `/systems/${sim.universe.system.symbol}/waypoints/${yard}/shipyard`);
    const ask = [...(price.body["data"]?.["ships"] ?? [])].find((ship) => text(ship["type"]) === sold[0])?.["purchasePrice"];
    expect(await asked(all, () => buy(sold[0]))).toMatchObject(
      refusal(400, 4216, { creditsAvailable: 100, creditsNeeded: Number(ask) }),
    );
  });
});

describe("navigating", () => {
  it("is refused when docked, to where the ship is, to nowhere, to another system and without the fuel [SIM-RULES]", async () => {
    const all = await sail();
    const { call, sim } = all;
    const { headquarters, system } = sim.universe;
    const go = (waypointSymbol: string) => () => call("POST", `${FRIGATE}/navigate`, { waypointSymbol });
    expect(await asked(all, go(place(sim, "JUMP_GATE")))).toMatchObject(refusal(400, 4236));
    await call("POST", `${FRIGATE}/orbit`);
    expect(await asked(all, go(headquarters))).toMatchObject(refusal(400, 4204));
    expect(await asked(all, go(`${system.symbol}-ZZ9`))).toMatchObject(refusal(400, 4201));
    expect(await asked(all, go("X1-ZZ99-A1"))).toMatchObject(refusal(400, 4202));
    await call("PATCH", `${FRIGATE}/nav`, { flightMode: "BURN" });
    const far = within(sim, 210, 1000);
    const fuelRequired = 2 * Math.round(apart(at(sim, headquarters), at(sim, far)));
    expect(await asked(all, go(far))).toMatchObject(
      refusal(400, 4203, { shipSymbol: "TESTER-1", fuelRequired, fuelAvailable: 400 }),
    );
  });

  it("is refused with an empty tank even in DRIFT, which needs 1 [SIM-RULES]", async () => {
    const all = await sail();
    const { call, sim, wall } = all;
    const [hq, near] = [sim.universe.headquarters, at(sim, sim.universe.headquarters).orbitals[0] ?? ""];
    await call("POST", `${FRIGATE}/orbit`);
    await call("PATCH", `${FRIGATE}/nav`, { flightMode: "BURN" });
    for (let i = 0; i < 200; i++) {
      const answer = await call("POST", `${FRIGATE}/navigate`, { waypointSymbol: i % 2 === 0 ? near : hq });
      expect(answer.status).toBe(200);
      wall.advanceSeconds(16);
    }
    expect(sim.ships.get("TESTER-1")?.fuel.current).toBe(0);
    await call("PATCH", `${FRIGATE}/nav`, { flightMode: "DRIFT" });
    expect(await asked(all, () => call("POST", `${FRIGATE}/navigate`, { waypointSymbol: near }))).toMatchObject(
      refusal(400, 4203, { shipSymbol: "TESTER-1", fuelRequired: 1, fuelAvailable: 0 }),
    );
  });
});

describe("orbit and dock", () => {
  it("are idempotent: what already is, succeeds and is no mutation [SIM-RULES]", async () => {
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
    const told = mutations().slice(before);
    expect(told.map((line) => line["operation"])).toEqual(["orbit", "dock"]);
  });
});

describe("trading", () => {
  it("needs the ship docked: 4244 in orbit, for buying and selling [SIM-RULES]", async () => {
    const all = await sail();
    const { call } = all;
    await call("POST", `${FRIGATE}/purchase`, { symbol: "FUEL", units: 5 });
    await call("POST", `${FRIGATE}/orbit`);
    for (const action of ["purchase", "sell"]) {
      expect(await asked(all, () => call("POST", `${FRIGATE}/${action}`, { symbol: "FUEL", units: 1 }))).toMatchObject(
        refusal(400, 4244),
      );
    }
  });

  it("needs a market: 4603 where there is none, and 4226 for fuel [SIM-RULES]", async () => {
    const all = await sail();
    const { call, sim } = all;
    const desert = sim.universe.waypoints.find(({ symbol }) => {
      const units = apart(at(sim, sim.universe.headquarters), at(sim, symbol));
      return !sim.markets.has(symbol) && units > 0 && units < 400;
    });
    await call("POST", `${FRIGATE}/purchase`, { symbol: "FUEL", units: 5 });
    await bring(all, "TESTER-1", desert?.symbol ?? "");
    for (const action of ["purchase", "sell"]) {
      const trade = () => call("POST", `${FRIGATE}/${action}`, { symbol: "FUEL", units: 1 });
      expect(await asked(all, trade)).toMatchObject(refusal(404, 4603, { waypointSymbol: desert?.symbol }));
    }
    const fuel = { waypointSymbol: desert?.symbol, tradeSymbol: "FUEL" };
    expect(await asked(all, () => call("POST", `${FRIGATE}/refuel`))).toMatchObject(refusal(400, 4226, fuel));
  });

  it("is limited to the trade volume per transaction, to the room aboard, to the credits, to what is aboard [SIM-RULES]", async () => {
    const all = await sail({ fleet: "TEN" });
    const { call, sim } = all;
    const { market, good } = traded(sim, ({ kind, tradeVolume }) => kind === "EXPORT" && tradeVolume === 20);
    const [waypointSymbol, tradeSymbol] = [market.waypoint, good.good];
    await bring(all, "TESTER-1", waypointSymbol);
    const trade = (action: string, symbol: string, units: number) => () =>
      call("POST", `${FRIGATE}/${action}`, { symbol, units });
    const [shipSymbol] = ["TESTER-1"];
    expect(await asked(all, trade("purchase", "SHIP_SALVAGE", 1))).toMatchObject(
      refusal(400, 4601, { waypointSymbol, tradeSymbol: "SHIP_SALVAGE" }),
    );
    expect(await asked(all, trade("sell", "SHIP_SALVAGE", 1))).toMatchObject(
      refusal(400, 4602, { waypointSymbol, tradeSymbol: "SHIP_SALVAGE" }),
    );
    expect(await asked(all, trade("purchase", tradeSymbol, 21))).toMatchObject(
      refusal(400, 4604, { waypointSymbol, tradeSymbol, units: 21, tradeVolume: 20 }),
    );
    expect(await asked(all, trade("purchase", "FUEL", 41))).toMatchObject(
      refusal(400, 4217, { shipSymbol, tradeSymbol: "FUEL", cargoCapacity: 40, cargoUnits: 0, unitsToAdd: 41 }),
    );
    expect(await asked(all, trade("sell", tradeSymbol, 1))).toMatchObject(
      refusal(400, 4218, { shipSymbol, tradeSymbol, cargoUnits: 0, unitsToRemove: 1 }),
    );
    expect((await trade("purchase", tradeSymbol, 20)()).status).toBe(201);
    expect(await asked(all, trade("sell", tradeSymbol, 21))).toMatchObject(
      refusal(400, 4219, { shipSymbol, tradeSymbol, cargoUnits: 20, unitsToRemove: 21 }),
    );
    expect(await asked(all, trade("purchase", "FUEL", 21))).toMatchObject(refusal(400, 4217));
    expect((await trade("purchase", tradeSymbol, 20)()).status).toBe(201);
    await bring(all, "TESTER-2", waypointSymbol);
    await call("POST", `${FRIGATE}/transfer`, { shipSymbol: "TESTER-2", tradeSymbol, units: 1 });
    await setCredits(all, 1);
    const purchasePrice = await askOf(all, waypointSymbol, tradeSymbol);
    expect(await asked(all, trade("purchase", tradeSymbol, 1))).toMatchObject(
      refusal(400, 4600, { agentCredits: 1, totalPrice: purchasePrice, tradeSymbol, units: 1, purchasePrice }),
    );
    await setCredits(all, purchasePrice);
    expect((await trade("purchase", tradeSymbol, 1)()).status).toBe(201);
    expect(sim.agents.get("TESTER")?.credits).toBe(0);
  });

  it("never sells more than the trade volume at once either [SIM-RULES]", async () => {
    const all = await sail({ fleet: "TEN" });
    const { call, sim } = all;
    const { market, good } = traded(sim, ({ kind, tradeVolume }) => kind === "EXPORT" && tradeVolume === 20);
    await bring(all, "TESTER-2", market.waypoint);
    for (let i = 0; i < 2; i++) await call("POST", `${HAULER}/purchase`, { symbol: good.good, units: 20 });
    const data = { waypointSymbol: market.waypoint, tradeSymbol: good.good, units: 21, tradeVolume: 20 };
    expect(await asked(all, () => call("POST", `${HAULER}/sell`, { symbol: good.good, units: 21 }))).toMatchObject(
      refusal(400, 4604, data),
    );
  });

  it("is flat in price within a transaction and moves after it, up by buying and down by selling [SIM-RULES]", async () => {
    const all = await sail({ fleet: "TEN" });
    const { call, sim } = all;
    const { market, good } = traded(sim, ({ kind, tradeVolume }) => kind === "EXPORT" && tradeVolume === 20);
    await bring(all, "TESTER-2", market.waypoint);
    const trade = async (action: string, units: number) => {
      const answer = await call("POST", `${HAULER}/${action}`, { symbol: good.good, units });
      return answer.body["data"]?.["transaction"];
    };
    const asked = await askOf(all, market.waypoint, good.good);
    const first = await trade("purchase", 20);
    expect(first).toMatchObject({ units: 20, pricePerUnit: asked, totalPrice: 20 * asked, type: "PURCHASE" });
    const second = await trade("purchase", 20);
    expect(Number(second?.["pricePerUnit"])).toBeGreaterThan(asked);
    const [dear, cheap] = [await trade("sell", 20), await trade("sell", 20)];
    expect(Number(cheap?.["pricePerUnit"])).toBeLessThan(Number(dear?.["pricePerUnit"]));
    expect(await askOf(all, market.waypoint, good.good)).toBe(asked);
  });

  it("with a ship that is not one's own, or is none, is 404 [SIM-RULES]", async () => {
    const all = await sail();
    const { call, accountToken } = all;
    await call("POST", "/register", { symbol: "OTHER", faction: "COSMIC" }, accountToken);
    for (const ship of ["TESTER-99", "OTHER-1", "TESTER", "tester-1", "__proto__"]) {
      expect(await asked(all, () => call("POST", `/my/ships/${ship}/purchase`, { symbol: "FUEL", units: 1 }))).toMatchObject(
        refusal(404, 404),
      );
    }
  });
});

describe("refuelling", () => {
  it("sells whole market units of 100, counts `units` in ship fuel, rounds up, and fills no more than the tank [SIM-RULES]", async () => {
    const all = await sail();
    const { call, sim, mutations } = all;
    await bring(all, "TESTER-1", within(sim, 105, 300));
    const burnt = 400 - (sim.ships.get("TESTER-1")?.fuel.current ?? 0);
    const price = await askOf(all, sim.ships.get("TESTER-1")?.nav.waypoint ?? "", "FUEL");
    const one = await call("POST", `${FRIGATE}/refuel`, { units: 1 });
    expect(one.body["data"]).toMatchObject({
      fuel: { current: 401 - burnt },
      transaction: { units: 1, pricePerUnit: price, totalPrice: price, type: "PURCHASE", tradeSymbol: "FUEL" },
    });
    const hundredAndOne = await call("POST", `${FRIGATE}/refuel`, { units: 101 });
    expect(hundredAndOne.body["data"]?.["transaction"]).toMatchObject({ units: 2, totalPrice: 2 * price });
    expect(mutations().at(-1)).toMatchObject({ operation: "refuel", units: 2, total: 2 * price, fuelUnits: 101 });
    const rest = burnt - 102;
    const all400 = await call("POST", `${FRIGATE}/refuel`, { units: 100_000 });
    expect(all400.body["data"]).toMatchObject({ fuel: { current: 400 }, transaction: { units: Math.ceil(rest / 100) } });
  });

  it("of a full tank is a success that costs nothing and is no mutation [SIM-RULES]", async () => {
    const all = await sail();
    const before = stateText(all.sim);
    const full = await all.call("POST", `${FRIGATE}/refuel`);
    expect(full.status).toBe(200);
    expect(full.body["data"]?.["transaction"]).toMatchObject({ units: 0, totalPrice: 0 });
    expect(stateText(all.sim)).toBe(before);
  });

  it("needs the ship docked (4225) and the credits (4600) [SIM-RULES]", async () => {
    const all = await sail();
    const { call, sim } = all;
    const there = within(sim, 40, 190);
    await bring(all, "TESTER-1", there, "orbit");
    const refuel = () => call("POST", `${FRIGATE}/refuel`);
    expect(await asked(all, refuel)).toMatchObject(refusal(400, 4225));
    await call("POST", `${FRIGATE}/dock`);
    await setCredits(all, 0);
    const [purchasePrice, burnt] = [await askOf(all, there, "FUEL"), 400 - (sim.ships.get("TESTER-1")?.fuel.current ?? 0)];
    const units = Math.ceil(burnt / 100);
    const data = { agentCredits: 0, totalPrice: units * purchasePrice, tradeSymbol: "FUEL", units, purchasePrice };
    expect(await asked(all, refuel)).toMatchObject(refusal(400, 4600, data));
  });

  it("from cargo takes whole units of FUEL out of the hold and no credits; 4218 without any, 4219 with too few [SIM-RULES]", async () => {
    const all = await sail();
    const { call, sim } = all;
    await bring(all, "TESTER-1", within(sim, 110, 190));
    const { current = 0 } = sim.ships.get("TESTER-1")?.fuel ?? {};
    expect(await asked(all, () => call("POST", `${FRIGATE}/refuel`, { fromCargo: true }))).toMatchObject(refusal(400, 4218));
    await call("POST", `${FRIGATE}/purchase`, { symbol: "FUEL", units: 1 });
    expect(await asked(all, () => call("POST", `${FRIGATE}/refuel`, { fromCargo: true }))).toMatchObject(refusal(400, 4219));
    const credits = sim.agents.get("TESTER")?.credits;
    const answer = await call("POST", `${FRIGATE}/refuel`, { fromCargo: true, units: 100 });
    expect(answer.body["data"]).toMatchObject({ fuel: { current: current + 100 }, cargo: { units: 0 }, agent: { credits } });
    expect(sim.agents.get("TESTER")?.credits).toBe(credits);
    expect(sim.ships.get("TESTER-1")).toMatchObject({ cargo: [], fuel: { current: current + 100 } });
  });
});

describe("cargo between ships", () => {
  it("moves only between two ships of one agent, at one waypoint, in one posture, with room [SIM-RULES]", async () => {
    const all = await sail({ fleet: "TEN" });
    const { call, sim, accountToken } = all;
    await call("POST", "/register", { symbol: "OTHER", faction: "COSMIC" }, accountToken);
    await call("POST", `${FRIGATE}/purchase`, { symbol: "FUEL", units: 30 });
    const give = (shipSymbol: string, units = 1, tradeSymbol = "FUEL") => {
      return () => call("POST", `${FRIGATE}/transfer`, { shipSymbol, tradeSymbol, units });
    };
    const to = (targetShipSymbol: string) => ({ shipSymbol: "TESTER-1", targetShipSymbol });
    expect(await asked(all, give("TESTER-99"))).toMatchObject(refusal(400, 4231, to("TESTER-99")));
    expect(await asked(all, give("OTHER-1"))).toMatchObject(refusal(400, 4232, to("OTHER-1")));
    expect(await asked(all, give("TESTER-1"))).toMatchObject(refusal(400, 4233, to("TESTER-1")));
    expect(await asked(all, give("TESTER-B"))).toMatchObject(refusal(400, 4234, to("TESTER-B")));
    expect(await asked(all, give("TESTER-2", 1, "IRON"))).toMatchObject(refusal(400, 4218));
    expect(await asked(all, give("TESTER-2", 31))).toMatchObject(refusal(400, 4219));
    await call("POST", `${HAULER}/orbit`);
    expect(await asked(all, give("TESTER-2"))).toMatchObject(refusal(400, 4271, to("TESTER-2")));
    await call("POST", `${FRIGATE}/orbit`);
    expect((await give("TESTER-2", 5)()).status).toBe(200);
    await call("POST", `${HAULER}/navigate`, { waypointSymbol: within(sim, 40, 190) });
    expect(await asked(all, give("TESTER-2"))).toMatchObject(refusal(400, 4234));
    await bring(all, "TESTER-B", sim.universe.headquarters, "orbit");
    expect(await asked(all, give("TESTER-B"))).toMatchObject(
      refusal(400, 4217, { shipSymbol: "TESTER-B", tradeSymbol: "FUEL", cargoCapacity: 0, cargoUnits: 0, unitsToAdd: 1 }),
    );
  });

  it("is jettisoned docked or in orbit, only what is aboard [SIM-RULES]", async () => {
    const all = await sail();
    const { call, sim } = all;
    const jettison = (units: number) => () => call("POST", `${FRIGATE}/jettison`, { symbol: "FUEL", units });
    expect(await asked(all, jettison(1))).toMatchObject(refusal(400, 4218));
    await call("POST", `${FRIGATE}/purchase`, { symbol: "FUEL", units: 3 });
    expect(await asked(all, jettison(4))).toMatchObject(refusal(400, 4219));
    expect((await jettison(1)()).body["data"]?.["cargo"]).toMatchObject({ units: 2 });
    await call("POST", `${FRIGATE}/orbit`);
    expect((await jettison(2)()).body["data"]?.["cargo"]).toMatchObject({ units: 0, inventory: [] });
    expect(sim.ships.get("TESTER-1")?.cargo).toEqual([]);
  });
});

describe("what a request lacks", () => {
  it("is named by field in a 422 [SIM-RULES]", async () => {
    const all = await sail();
    const { call, accountToken, sim } = all;
    const cases = [
      ["POST", `${FRIGATE}/navigate`, {}, ["waypointSymbol"]],
      ["PATCH", `${FRIGATE}/nav`, { flightMode: "WARP" }, ["flightMode"]],
      ["POST", `${FRIGATE}/purchase`, { units: 0 }, ["symbol", "units"]],
      ["POST", `${FRIGATE}/sell`, { symbol: "FUEL", units: 1.5 }, ["units"]],
      ["POST", `${FRIGATE}/jettison`, { symbol: "FUEL", units: -1 }, ["units"]],
      ["POST", `${FRIGATE}/transfer`, { tradeSymbol: "FUEL" }, ["shipSymbol", "units"]],
      ["POST", `${FRIGATE}/refuel`, { units: 0 }, ["units"]],
      ["POST", `${FRIGATE}/refuel`, "null", ["body"]],
      ["POST", "/my/ships", { shipType: 7 }, ["shipType", "waypointSymbol"]],
      ["GET", "/my/ships?page=0&limit=21", undefined, ["limit", "page"]],
    ] as const;
    for (const [method, path, body, fields] of cases) {
      expect(await asked(all, () => call(method, path, body))).toMatchObject(refusal(422, 422));
      const named = (await call(method, path, body)).body["error"]?.["data"];
      expect([path, Object.keys(named ?? {}).toSorted()]).toEqual([path, fields]);
    }
    expect(await asked(all, () => call("POST", "/register", { symbol: "X", faction: "NONE" }, accountToken))).toMatchObject(
      refusal(422, 422),
    );
    expect(await asked(all, () => call("POST", "/register", { symbol: "tester", faction: "VOID" }, accountToken))).toMatchObject(
      refusal(409, 4111, { agentSymbol: "TESTER" }),
    );
    expect(await asked(all, () => call("GET", "/my/agent", undefined, agentToken(sim.universe, "NOBODY")))).toMatchObject(
      refusal(401, 4107),
    );
  });
});

describe("pages", () => {
  it("have 10 entries unless asked otherwise, at most 20, and are empty behind the last [SIM-RULES]", async () => {
    const { call, sim } = await sail();
    const path = `/systems/${sim.universe.system.symbol}/waypoints`;
    const total = sim.universe.waypoints.length;
    const page = async (query: string) => (await call("GET", `${path}${query}`)).body;
    expect((await page(""))["meta"]).toEqual({ total, page: 1, limit: 10 });
    expect((await page(""))["data"]).toHaveLength(10);
    expect((await page("?limit=20"))["data"]).toHaveLength(20);
    expect((await page("?page=999999&limit=20"))["data"]).toHaveLength(0);
    for (const query of [
      "limit=21",
      "limit=0",
      "page=0",
      "page=x",
      "limit=1e1",
      "page=-1",
      "limit=1000000000",
      "page=",
      "page=1.5",
    ]) {
      const { status, body } = await call("GET", `${path}?${query}`);
      expect([query, status, body["error"]?.["code"]]).toEqual([query, 422, 422]);
    }
  });
});

async function askOf({ call, sim }: Harness, waypoint: string, good: string): Promise<number> {
  const { body } = await call("GET", `/systems/${sim.universe.system.symbol}/waypoints/${waypoint}/market`);
  const found = [...(body["data"]?.["tradeGoods"] ?? [])].find((item) => text(item["symbol"]) === good);
  return Number(found?.["purchasePrice"]);
}
