import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { keepBooks } from "../../src/cli/books/bookkeeper.ts";
import { readLines } from "../../src/cli/books/readLines.ts";
import type { MarketGood } from "../../src/simulator/universe.ts";
import { type Harness, type Json, type Response, text } from "./support/harness.ts";
import { startedHarness } from "./support/startedHarness.ts";

let harness: Harness;
beforeEach(async () => {
  harness = await startedHarness({ speed: 60, economy: { noiseSigma: 0 } });
});

const SHIP = "/my/ships/TESTER-1";

function pull(path: string, body: unknown = {}): Promise<Response> {
  return harness.call("POST", `/admin${path}`, body, harness.accountToken);
}

/** The market where TESTER-1 is docked, as the wire shows it. */
async function quoteAt(waypoint: string, good: string): Promise<Json | undefined> {
  const { sim, call } = harness;
  const market = await call("GET", `/systems/${sim.universe.system.symbol}/waypoints/${waypoint}/market`);
  return [...(market.body["data"]?.["tradeGoods"] ?? [])].find((quote) => text(quote["symbol"]) === good);
}

function goodAt(waypoint: string, good: string): MarketGood {
  const found = harness.sim.markets.get(waypoint)?.goods.find((item) => item.good === good);
  if (found === undefined) throw new Error(`${good} is not traded at ${waypoint}`);
  return found;
}

/** A factory and what it makes, its inputs well stocked. */
async function factory(): Promise<{ waypoint: string; good: string }> {
  for (const { waypoint, recipes } of harness.sim.markets.values()) {
    const recipe = recipes[0];
    if (recipe === undefined || recipes.length > 1) continue;
    for (const good of recipe.inputs) expect((await pull("/stock", { waypoint, good, tradeVolumes: 4 })).status).toBe(200);
    expect((await pull("/stock", { waypoint, good: recipe.output, tradeVolumes: 1 })).status).toBe(200);
    return { waypoint, good: recipe.output };
  }
  throw new Error("nothing is made in this universe");
}

/** Brings TESTER-1 there, docked. */
async function dockAt(waypoint: string): Promise<void> {
  const { call, sim, wall } = harness;
  if (sim.ships.get("TESTER-1")?.nav.waypoint !== waypoint) {
    await call("POST", `${SHIP}/orbit`);
    await pull("/credits", { agent: "TESTER", credits: 1_000_000 });
    await call("POST", `${SHIP}/navigate`, { waypointSymbol: waypoint });
    wall.advanceSeconds(600);
  }
  const docked = await call("POST", `${SHIP}/dock`);
  expect(docked.body["data"]?.["nav"]).toMatchObject({ status: "DOCKED", waypointSymbol: waypoint });
}

/** A system tick is 15 game minutes: 15 seconds here. */
function passTicks(ticks: number): void {
  harness.wall.advanceSeconds(15 * ticks);
  harness.sim.advance();
}

describe("levers on markets", () => {
  it("set a stock: price and label follow, and the books tell before and after [SIM-LEVERS]", async () => {
    const { sim, mutations } = harness;
    const waypoint = sim.universe.headquarters;
    const good = sim.markets.get(waypoint)?.goods.find(({ kind }) => kind === "IMPORT")?.good ?? "";
    const before = await quoteAt(waypoint, good);
    const stock = goodAt(waypoint, good).stock;
    const answer = await pull("/stock", { waypoint, good, tradeVolumes: 4 });
    const after = await quoteAt(waypoint, good);
    expect(answer.body["data"]).toMatchObject({ stock: 4 * Number(after?.["tradeVolume"]), supply: after?.["supply"] });
    expect(Number(after?.["sellPrice"])).toBeLessThan(Number(before?.["sellPrice"]));
    expect(mutations().at(-1)).toMatchObject({
      operation: "adminStock",
      waypoint,
      good,
      market: {
        before: { stock, bid: before?.["sellPrice"] },
        after: { stock: 4 * Number(after?.["tradeVolume"]), bid: after?.["sellPrice"], supply: after?.["supply"] },
      },
    });
  });

  it("set the base of a price: a doubled base doubles what is asked, and the next purchase pays it [SIM-LEVERS]", async () => {
    const { call, mutations } = harness;
    const { waypoint, good } = await factory();
    await dockAt(waypoint);
    const { base } = goodAt(waypoint, good);
    const ask = Number((await quoteAt(waypoint, good))?.["purchasePrice"]);
    expect((await pull("/price", { waypoint, good, baseCredits: base * 2 })).status).toBe(200);
    const doubled = Number((await quoteAt(waypoint, good))?.["purchasePrice"]);
    expect(Math.abs(doubled - 2 * ask)).toBeLessThanOrEqual(1);
    expect(mutations().at(-1)).toMatchObject({ operation: "adminPrice", baseCredits: { before: base, after: base * 2 } });
    const bought = await call("POST", `${SHIP}/purchase`, { symbol: good, units: 1 });
    expect(bought.body["data"]?.["transaction"]).toMatchObject({ pricePerUnit: doubled });
  });

  it("set an activity for good: production follows it tick after tick [SIM-LEVERS] [E4]", async () => {
    const { mutations } = harness;
    const { waypoint, good } = await factory();
    const produced = async (activity: string, ticks: number) => {
      expect((await pull("/activity", { waypoint, good, activity })).body["data"]).toMatchObject({ activity });
      const { stock } = goodAt(waypoint, good);
      passTicks(ticks);
      expect(goodAt(waypoint, good).activity).toBe(activity);
      return (goodAt(waypoint, good).stock - stock) / ticks;
    };
    const weak = await produced("WEAK", 1);
    expect(weak).toBeGreaterThan(0);
    expect(await produced("STRONG", 2)).toBeCloseTo(2 * weak, 6);
    expect(await produced("RESTRICTED", 2)).toBeCloseTo(weak / 2, 6);
    const line = mutations().findLast(({ operation }) => operation === "adminActivity");
    expect(line).toMatchObject({ waypoint, good, activity: { before: "STRONG", after: "RESTRICTED" } });
  });

  it("take an export out of a market and put it back as it was [SIM-LEVERS]", async () => {
    const { call, mutations } = harness;
    const { waypoint, good } = await factory();
    await dockAt(waypoint);
    const was = { ...goodAt(waypoint, good) };
    expect((await pull("/exports/remove", { waypoint, good })).body["data"]).toMatchObject({ withdrawn: [good] });
    expect(await quoteAt(waypoint, good)).toBeUndefined();
    const refused = await call("POST", `${SHIP}/purchase`, { symbol: good, units: 1 });
    expect([refused.status, refused.body["error"]?.["code"]]).toEqual([400, 4601]);
    expect(mutations().at(-1)).toMatchObject({
      operation: "adminExportsRemove",
      waypoint,
      good,
      before: { exports: expect.arrayContaining([good]), withdrawn: [] },
      after: { exports: expect.not.arrayContaining([good]), withdrawn: [good] },
    });
    const lines = mutations().length;
    expect((await pull("/exports/remove", { waypoint, good })).status).toBe(200);
    expect(mutations()).toHaveLength(lines);
    const input = harness.sim.universe.supplyChain[good]?.[0] ?? "";
    passTicks(2);
    const flows = JSON.stringify(harness.books().findLast(({ type }) => type === "tick"));
    // Nothing is made of its inputs any more: what was brought of them is eaten as elsewhere.
    expect(JSON.parse(flows)).toHaveProperty(["markets", waypoint, input, "demanded"]);
    expect(JSON.parse(flows)).not.toHaveProperty(["markets", waypoint, input, "consumed"]);
    passTicks(6);
    expect((await pull("/exports/restore", { waypoint, good })).body["data"]).toMatchObject({ withdrawn: [] });
    expect(goodAt(waypoint, good)).toEqual(was);
    expect((await call("POST", `${SHIP}/purchase`, { symbol: good, units: 1 })).status).toBe(201);
    passTicks(1);
    expect(harness.sim.markets.get(waypoint)?.recipes).toMatchObject([{ output: good }]);
  });

  it("freeze a market: ticks and noise pass it by, trades still move it, and it goes on afterwards [SIM-LEVERS]", async () => {
    await harness.close();
    harness = await startedHarness({ speed: 60 });
    const { call, sim, mutations } = harness;
    const { waypoint } = await factory();
    await dockAt(waypoint);
    // Again, because the flight took some ticks.
    const { good } = await factory();
    expect((await pull("/markets/freeze", { waypoint })).body["data"]).toMatchObject({ frozenAtTick: sim.universe.tick });
    const seen = async () => (await call("GET", `/systems/${sim.universe.system.symbol}/waypoints/${waypoint}/market`)).body;
    const [frozen, stocks] = [await seen(), structuredClone(sim.markets.get(waypoint)?.goods)];
    const others = () => [...sim.markets.values()].filter((market) => market.waypoint !== waypoint).map(({ goods }) => goods);
    const before = structuredClone(others());
    passTicks(12);
    expect(await seen()).toEqual(frozen);
    expect(sim.markets.get(waypoint)?.goods).toEqual(stocks);
    expect(others()).not.toEqual(before);

    await call("POST", `${SHIP}/purchase`, { symbol: good, units: 3 });
    const traded = goodAt(waypoint, good).stock;
    expect(traded).toBe(Number(stocks?.find((item) => item.good === good)?.stock) - 3);
    expect((await pull("/markets/unfreeze", { waypoint })).body["data"]).toMatchObject({ frozenAtTick: null });
    expect(goodAt(waypoint, good).stock).toBe(traded);
    expect(mutations().at(-1)).toMatchObject({ operation: "adminMarketsUnfreeze", after: { frozenAtTick: null } });
    passTicks(1);
    expect(goodAt(waypoint, good).stock).toBeGreaterThan(traded);
  });
});

describe("levers on agents and ships", () => {
  it("give credits, and take them [SIM-LEVERS]", async () => {
    const { call, sim, mutations } = harness;
    const before = sim.agents.get("TESTER")?.credits ?? 0;
    expect((await pull("/credits", { agent: "TESTER", credits: 500 })).body["data"]).toMatchObject({ credits: before + 500 });
    expect((await call("GET", "/my/agent")).body["data"]).toMatchObject({ credits: before + 500 });
    await pull("/credits", { agent: "TESTER", credits: -100 });
    expect(mutations().at(-1)).toMatchObject({
      operation: "adminCredits",
      agent: "TESTER",
      total: -100,
      credits: { before: before + 500, after: before + 400 },
    });
  });

  it("destroy a ship: the books say what went down with it, and the game knows it no more [SIM-LEVERS] [SIM-BOOKS]", async () => {
    const { call, mutations, sim } = harness;
    await call("POST", `${SHIP}/purchase`, { symbol: "FUEL", units: 7 });
    const fuel = sim.ships.get("TESTER-1")?.fuel.current;
    const answer = await pull("/ships/destroy", { ship: "TESTER-1" });
    expect(answer.body["data"]).toEqual({
      ship: "TESTER-1",
      agent: "TESTER",
      lost: { cargo: [{ good: "FUEL", units: 7 }], fuel },
    });
    expect(mutations().at(-1)).toMatchObject({
      operation: "adminShipsDestroy",
      agent: "TESTER",
      ship: "TESTER-1",
      cargo: { before: { inventory: [{ good: "FUEL", units: 7 }], fuel }, after: null },
    });
    for (const [method, path] of [
      ["GET", SHIP],
      ["GET", `${SHIP}/cargo`],
      ["POST", `${SHIP}/dock`],
      ["POST", `${SHIP}/sell`],
    ] as const) {
      expect([path, (await call(method, path, method === "GET" ? undefined : {})).status]).toEqual([path, 404]);
    }
    expect((await call("GET", "/my/agent")).body["data"]).toMatchObject({ shipCount: 1 });
    expect((await call("GET", "/my/ships")).body["data"]).toMatchObject([{ symbol: "TESTER-2" }]);
    expect((await pull("/ships/destroy", { ship: "TESTER-1" })).status).toBe(404);
    const probe = sim.ships.get("TESTER-2");
    const bought = await call("POST", "/my/ships", { shipType: "SHIP_PROBE", waypointSymbol: probe?.nav.waypoint });
    expect(bought.body["data"]?.["ship"]).toMatchObject({ symbol: "TESTER-3" });
  });
});

describe("levers on the clock", () => {
  it("pause, step, jump and change the speed; the books tell each, and ships arrive by it [SIM-CLOCK] [SIM-LEVERS]", async () => {
    const { call, wall, sim, books } = harness;
    const facts = async () => (await call("GET", "/admin/clock", undefined, harness.accountToken)).body["data"];
    await call("POST", `${SHIP}/orbit`);
    const target = [...sim.markets.keys()].find((waypoint) => waypoint !== sim.universe.headquarters);
    await call("POST", `${SHIP}/navigate`, { waypointSymbol: target });
    expect((await pull("/clock/pause")).body["data"]).toMatchObject({ isPaused: true });
    const still = await facts();
    wall.advanceSeconds(3600);
    expect(await facts()).toEqual(still);
    expect((await call("GET", SHIP)).body["data"]?.["nav"]).toMatchObject({ status: "IN_TRANSIT" });

    const stepped = await pull("/clock/step", { gameSeconds: 1.5 });
    expect(stepped.body["data"]).toMatchObject({ gameSeconds: Number(still?.["gameSeconds"]) + 1.5, isPaused: true });
    const jumped = await pull("/clock/jump", { gameSeconds: 86_400 });
    expect(jumped.body["data"]).toMatchObject({ gameSeconds: Number(still?.["gameSeconds"]) + 86_401.5, tick: 96 });
    expect((await call("GET", SHIP)).body["data"]?.["nav"]).toMatchObject({ status: "IN_ORBIT", waypointSymbol: target });
    expect(books().filter((line) => line.type === "tick").length).toBeGreaterThan(50);

    await pull("/clock/resume");
    expect((await pull("/clock/speed", { speed: 10 })).body["data"]).toMatchObject({ speed: 10 });
    const before = Number((await facts())?.["gameSeconds"]);
    wall.advanceSeconds(7);
    expect(await facts()).toMatchObject({ gameSeconds: before + 70, isPaused: false });
    expect((await pull("/clock/jump", { toGameSeconds: 200_000 })).body["data"]).toMatchObject({ gameSeconds: 200_000 });
    const past = await pull("/clock/jump", { toGameSeconds: 1 });
    expect([past.status, past.body["error"]?.["data"]]).toEqual([
      422,
      { toGameSeconds: [expect.stringContaining("has passed")] },
    ]);
    expect(books().flatMap((line) => (line["operation"] === "clock" ? [line["change"]] : []))).toEqual([
      "pause",
      "step",
      "jump",
      "resume",
      "speed",
      "jump",
    ]);
  });

  it("hash the universe: reading leaves it, a lever moves it [SIM-DETERMINISM]", async () => {
    const { call } = harness;
    const hash = async () => (await call("GET", "/admin/hash", undefined, harness.accountToken)).body["data"]?.["hash"];
    const before = await hash();
    await call("GET", "/my/ships");
    expect(await hash()).toBe(before);
    expect(text(before)).toMatch(/^[0-9a-f]{64}$/);
    await pull("/credits", { agent: "TESTER", credits: 1 });
    const given = await hash();
    expect(given).not.toBe(before);
    await pull("/credits", { agent: "TESTER", credits: -1 });
    expect(await hash()).toBe(before);
  });
});

describe("the admin path", () => {
  it("lists what there is, with the shape of each body, and serves all of it [SIM-LEVERS]", async () => {
    const { call, accountToken, mutations } = harness;
    const listed = [...((await call("GET", "/admin", undefined, accountToken)).body["data"] ?? [])];
    const levers = listed.filter((item) => text(item["method"]) === "POST").map((item) => text(item["path"]));
    expect(levers.toSorted()).toEqual(
      "activity clock/jump clock/pause clock/resume clock/speed clock/step credits exports/remove exports/restore faults faults/clear markets/freeze markets/unfreeze price reset ships/destroy stock"
        .split(" ")
        .map((name) => `/admin/${name}`),
    );
    expect(listed.find((item) => text(item["path"]) === "/admin/credits")?.["body"]).toMatchObject({
      type: "object",
      required: ["agent", "credits"],
      additionalProperties: false,
    });
    const lines = mutations().length;
    for (const path of levers) {
      const answer = await call("POST", path, { nonsense: 1 }, accountToken);
      expect([path, answer.status, Object.keys(answer.body["error"]?.["data"] ?? {}).length > 0]).toEqual([path, 422, true]);
    }
    const looks = listed.filter((item) => text(item["method"]) === "GET").map((item) => text(item["path"]));
    expect(looks).toEqual(["/admin", "/admin/clock", "/admin/hash", "/admin/reset", "/admin/faults"]);
    for (const path of looks) expect([path, (await call("GET", path, undefined, accountToken)).status]).toEqual([path, 200]);
    expect(mutations()).toHaveLength(lines);
  });

  it("names the wrong field of a body in the envelope and changes nothing [SIM-LEVERS] [SIM-FUZZ]", async () => {
    const { sim, mutations } = harness;
    const waypoint = sim.universe.headquarters;
    const good = sim.markets.get(waypoint)?.goods.find(({ kind }) => kind === "EXCHANGE")?.good ?? "FUEL";
    const lines = mutations().length;
    const cases = [
      ["/stock", { waypoint, good, tradeVolumes: "4" }, 422, "tradeVolumes"],
      ["/stock", { waypoint, good, tradeVolumes: 1e9 }, 422, "tradeVolumes"],
      ["/stock", { waypoint, good: 7, tradeVolumes: 1 }, 422, "good"],
      ["/stock", { waypoint: "X1-NO-WHERE", good, tradeVolumes: 1 }, 404, "waypointSymbol"],
      ["/price", { waypoint, good, baseCredits: 0 }, 422, "baseCredits"],
      ["/activity", { waypoint, good, activity: "BUSY" }, 422, "activity"],
      ["/activity", { waypoint, good, activity: "STRONG" }, 422, "good"],
      ["/exports/remove", { waypoint, good }, 422, "good"],
      ["/exports/restore", { waypoint, good: "NOTHING" }, 404, "tradeSymbol"],
      ["/markets/freeze", { waypoint: "nowhere" }, 404, "waypointSymbol"],
      ["/credits", { agent: "TESTER", credits: 0.5 }, 422, "credits"],
      ["/clock/step", { gameSeconds: -1 }, 422, "gameSeconds"],
      ["/clock/jump", {}, 422, "gameSeconds"],
      ["/clock/jump", { gameSeconds: 1, toGameSeconds: 1 }, 422, "gameSeconds"],
      ["/clock/jump", { toGameSeconds: 1e10 }, 422, "toGameSeconds"],
      ["/clock/speed", { speed: 0 }, 422, "speed"],
      ["/reset", { seed: -1 }, 422, "seed"],
      ["/reset", { resetDate: "tomorrow" }, 422, "resetDate"],
      ["/reset", { resetDate: "2025-12-31" }, 422, "resetDate"],
      ["/faults", { kind: "explode" }, 422, "kind"],
      ["/faults", { kind: "dropRequest", operation: "purchaseCarg" }, 422, "operation"],
      ["/faults", { kind: "dropRequest", probability: 2 }, 422, "probability"],
      ["/faults", { kind: "delayRequest", delayMs: "long" }, 422, "delayMs"],
      ["/faults", { kind: "malformedBody" }, 422, "form"],
      ["/faults", { kind: "dropRequest", fromGameSeconds: 9, untilGameSeconds: 9 }, 422, "untilGameSeconds"],
    ] as const;
    for (const [path, body, status, field] of cases) {
      const { status: got, body: envelope } = await pull(path, body);
      expect([path, body, got, Object.keys(envelope["error"]?.["data"] ?? {})]).toEqual([
        path,
        body,
        status,
        expect.arrayContaining([field]),
      ]);
      expect(envelope["error"]).toMatchObject({ code: expect.any(Number), requestId: expect.any(String) });
    }
    expect((await pull("/credits", "{bad json")).status).toBe(400);
    expect((await pull("/faults", { kind: "dropRequest", operation: "purchaseCarg" })).body["error"]?.["data"]).toEqual({
      operation: ["unknown; did you mean purchaseCargo?"],
    });
    expect(mutations()).toHaveLength(lines);
  });

  it("needs the account token, lies outside /v2 and is not there unless asked for [SIM-LEVERS]", async () => {
    const { call, url, token, accountToken } = harness;
    expect((await call("POST", "/admin/credits", {}, null)).body["error"]).toMatchObject({ code: 4116 });
    expect((await call("POST", "/admin/credits", {}, token)).body["error"]).toMatchObject({ code: 4115 });
    expect((await call("GET", "/admin/credits", undefined, accountToken)).status).toBe(405);
    const below = await fetch(`${url}/admin/clock`, { headers: { Authorization: `Bearer ${accountToken}` } });
    expect(below.status).toBe(404);
    const plain = await startedHarness({ admin: false });
    try {
      expect((await plain.call("GET", "/admin", undefined, plain.accountToken)).status).toBe(404);
      expect((await plain.call("POST", "/admin/credits", {}, plain.accountToken)).status).toBe(404);
    } finally {
      await plain.close();
    }
  });

  it("is no part of the rate limit [SIM-LEVERS]", async () => {
    const limited = await startedHarness({ limited: true });
    try {
      const pulls = Array.from({ length: 40 }, () => limited.call("GET", "/admin/clock", undefined, limited.accountToken));
      expect(new Set((await Promise.all(pulls)).map(({ status }) => status))).toEqual(new Set([200]));
      expect((await limited.call("GET", "/my/agent")).headers.get("x-ratelimit-remaining")).toBe("31");
    } finally {
      await limited.close();
    }
  });

  it("leaves levers in the books that add up, and bring a killed universe back as it was [SIM-BOOKS] [SIM-LEVERS]", async () => {
    const { waypoint, good } = await factory();
    await harness.call("POST", `${SHIP}/purchase`, { symbol: "FUEL", units: 3 });
    await pull("/credits", { agent: "TESTER", credits: 12_345 });
    await pull("/price", { waypoint, good, baseCredits: 77 });
    await pull("/activity", { waypoint, good, activity: "STRONG" });
    await pull("/markets/freeze", { waypoint: harness.sim.universe.headquarters });
    await pull("/ships/destroy", { ship: "TESTER-2" });
    await pull("/clock/jump", { gameSeconds: 10_000 });
    await pull("/exports/remove", { waypoint, good });
    await pull("/exports/restore", { waypoint, good });
    await pull("/clock/jump", { gameSeconds: 10_000 });
    await pull("/exports/remove", { waypoint, good });
    await pull("/ships/destroy", { ship: "TESTER-1" });
    await pull("/clock/pause");
    passTicks(3);
    const report = await keepBooks(readLines(join(harness.dataDir, "books.jsonl")), {
      agent: undefined,
      fromHour: 0,
      toHour: 1000,
    });
    expect(report).toMatchObject({ damaged: [], mismatches: [], mismatchCount: 0 });
    expect(report.ledgers[0]).toMatchObject({ creditsNow: harness.sim.agents.get("TESTER")?.credits, ships: new Set() });
    const dir = mkdtempSync(join(tmpdir(), "simulator-levers-"));
    for (const file of ["books.jsonl", "universe.json"]) copyFileSync(join(harness.dataDir, file), join(dir, file));
    const again = await startedHarness({ dataDir: dir, wall: harness.wall });
    try {
      expect(again.sim.hash()).toBe(harness.sim.hash());
      expect(again.sim.markets.get(waypoint)?.withdrawn?.[0]).toMatchObject({ good, base: 77, usualActivity: "STRONG" });
    } finally {
      await again.close();
      rmSync(dir, { recursive: true, force: true });
    }
  });
});
