import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ECONOMY_V1 } from "../../src/simulator/economy.v1.ts";
import { problemText } from "../../src/simulator/fileProblem.ts";
import { freshUniverse } from "../../src/simulator/freshUniverse.ts";
import { generateWorld } from "../../src/simulator/generateWorld.ts";
import { quoteOf } from "../../src/simulator/quote.ts";
import { startFleet } from "../../src/simulator/startFleet.ts";
import { readUniverseFile, worldFromCapture } from "../../src/simulator/universeFile.ts";
import { universeFileOf } from "../../src/simulator/writeUniverseFile.ts";
import { startHarness } from "./support/harness.ts";

const CAPTURE = process.env["BOSUN_CAPTURED_UNIVERSE"] ?? join(import.meta.dirname, "../../../shared/data/universe-x1-ad75.json");
const hasCapture = existsSync(CAPTURE);
if (!hasCapture) console.warn(`SKIPPED: tests on the captured system; ${CAPTURE} is absent (set BOSUN_CAPTURED_UNIVERSE)`);

/** A system of two waypoints with one market; changed by each test. */
function small(): Capture {
  const waypoint = (symbol: string, x: number) => ({ symbol, type: "PLANET", x, y: 0, traits: [] });
  return {
    systems: [{ symbol: "X1-AA1", sectorSymbol: "X1", type: "BLUE_STAR", x: 0, y: 0 }],
    waypoints: [waypoint("X1-AA1-A1", 0), waypoint("X1-AA1-B2", 10)],
    marketplaces: [
      {
        symbol: "X1-AA1-A1",
        tradeGoods: [
          { symbol: "FUEL", type: "EXCHANGE", supply: "MODERATE", tradeVolume: 180, purchasePrice: 72, sellPrice: 68 },
        ],
      },
    ],
    shipyards: [{ symbol: "X1-AA1-A1", ships: [{ type: "SHIP_PROBE", supply: "HIGH", purchasePrice: 21_000 }] }],
  };
}

interface Capture {
  [field: string]: unknown;
  systems: Record<string, unknown>[];
  waypoints: Record<string, unknown>[];
  marketplaces: { symbol: string; tradeGoods: Record<string, unknown>[] }[];
  shipyards: { symbol: string; ships: Record<string, unknown>[] }[];
}

function problems(file: unknown): string[] {
  const read = readUniverseFile(file, ECONOMY_V1);
  return read.ok ? [] : read.problems.map(problemText);
}

function spoilt(change: (file: Capture) => void): Capture {
  const file = small();
  change(file);
  return file;
}

describe("a universe file", () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "universe-file-"));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it("written from a generated system reads back as that system, for many seeds [SIM-UNIVERSE]", () => {
    for (let seed = 0; seed < 25; seed++) {
      const world = generateWorld(seed, ECONOMY_V1);
      const text = JSON.stringify(universeFileOf(world, seed));
      const read = readUniverseFile(JSON.parse(text), ECONOMY_V1);
      expect(read).toEqual({ ok: true, world, seed, file: expect.anything() });
    }
  });

  it("of a seed begins the universe that the seed begins: same markets, same noise [SIM-UNIVERSE] [SIM-DETERMINISM]", () => {
    const path = join(dir, "seed9.json");
    writeFileSync(path, JSON.stringify(universeFileOf(generateWorld(9, ECONOMY_V1), 9)));
    const begin = (universe: string | undefined, seed: number | undefined) => {
      const { secret: _, source: __, ...rest } = freshUniverse({ seed, speed: 1, universe, economy: ECONOMY_V1, nowMs: 0 });
      return rest;
    };
    expect(begin(path, undefined)).toEqual(begin(undefined, 9));
    expect(begin(path, 4)).toMatchObject({ seed: 4 });
    expect(begin(undefined, undefined)).toMatchObject({ seed: 1 });
  });

  it("of a seed goes on as the universe of that seed: equal hashes after a day of trade and ticks [SIM-UNIVERSE] [SIM-DETERMINISM]", async () => {
    const path = join(dir, "seed11.json");
    writeFileSync(path, JSON.stringify(universeFileOf(generateWorld(11, ECONOMY_V1), 11)));
    const live = async (universe?: string) => {
      const game = await startHarness({ seed: 11, ...(universe === undefined ? {} : { universe }) });
      try {
        const hashes = [game.sim.hash()];
        await game.call("POST", "/my/ships/TESTER-1/purchase", { symbol: "FUEL", units: 7 });
        game.wall.advanceSeconds(86_400);
        await game.call("POST", "/my/ships/TESTER-1/sell", { symbol: "FUEL", units: 7 });
        return [...hashes, game.sim.hash()];
      } finally {
        await game.close();
      }
    };
    const [born, lived] = await live();
    expect(born).not.toBe(lived);
    expect(await live(path)).toEqual([born, lived]);
  });

  it("lists every problem by path, with what was expected and what was found [SIM-UNIVERSE]", () => {
    const file = spoilt(({ waypoints, marketplaces, shipyards }) => {
      waypoints[1] = { ...waypoints[1], x: "far" };
      marketplaces[0]?.tradeGoods.push({ symbol: "IRON", type: "EXPROT", supply: "HIGH", tradeVolume: 0, purchasePrice: 2.5 });
      shipyards[0] = { symbol: "X1-AA1-A1", ships: [{ type: "SHIP_PROBE" }] };
    });
    expect(problems(file)).toEqual([
      'waypoints.1.x: expected a number, found "far"',
      'marketplaces.0.tradeGoods.1.type: expected one of EXPORT, IMPORT, EXCHANGE, found "EXPROT"',
      "marketplaces.0.tradeGoods.1.tradeVolume: expected at least 1, found 0",
      "marketplaces.0.tradeGoods.1.purchasePrice: expected a whole number, found 2.5",
      "shipyards.0.ships.0.supply: expected one of SCARCE, LIMITED, MODERATE, HIGH, ABUNDANT, or a curve, found nothing",
      "shipyards.0.ships.0.purchasePrice: expected credits, or a curve, found nothing",
    ]);
    expect(problems(spoilt((one) => Object.assign(one, { systems: [] })))).toEqual([
      "systems: expected at least 1 entries, found []",
    ]);
    expect(problems([])).toEqual(["(top): expected an object, found []"]);
    expect(problems(null)).toEqual(["(top): expected an object, found null"]);
  });

  it.each<[string, (file: Capture) => void, string]>([
    [
      "a waypoint twice",
      (f) => f.waypoints.push({ ...f.waypoints[0] }),
      "waypoints.2.symbol: expected a symbol that no other waypoint has",
    ],
    [
      "another system's",
      (f) => (f.waypoints[1] = { ...f.waypoints[1], symbol: "X1-ZZ9-A1" }),
      "waypoints.1.symbol: expected a symbol of the system, X1-AA1-…",
    ],
    [
      "an orbit around nothing",
      (f) => (f.waypoints[1] = { ...f.waypoints[1], orbits: "X1-AA1-C9" }),
      "waypoints.1.orbits: expected a waypoint of the file",
    ],
    [
      "a market nowhere",
      (f) => f.marketplaces.push({ symbol: "X1-AA1-C9", tradeGoods: [] }),
      "marketplaces.1.symbol: expected a waypoint of the file",
    ],
    [
      "two markets at one place",
      (f) => f.marketplaces.push({ symbol: "X1-AA1-A1", tradeGoods: [] }),
      "marketplaces.1.symbol: expected a waypoint that comes once",
    ],
    [
      "a good twice",
      (f) => f.marketplaces[0]?.tradeGoods.push({ ...f.marketplaces[0].tradeGoods[0] }),
      "marketplaces.0.tradeGoods.1.symbol: expected a good that X1-AA1-A1 trades once",
    ],
    [
      "an ask below the bid",
      (f) => Object.assign(f.marketplaces[0]?.tradeGoods[0] ?? {}, { purchasePrice: 60 }),
      "marketplaces.0.tradeGoods.0.purchasePrice: expected more than its sellPrice, 68, found 60",
    ],
    [
      "an unknown hull",
      (f) => f.shipyards[0]?.ships.push({ type: "SHIP_RAFT", supply: "HIGH", purchasePrice: 5 }),
      "shipyards.0.ships.1.type: expected one of SHIP_",
    ],
    [
      "a home elsewhere",
      (f) => (f["agent"] = { headquarters: "X1-AA1-Q1", startingFaction: "COSMIC" }),
      "agent.headquarters: expected a waypoint of the file",
    ],
    [
      "a quote beside a curve",
      (f) => Object.assign(f.marketplaces[0]?.tradeGoods[0] ?? {}, { curve: { base: 70, bidFactor: 2, stock: 0 } }),
      "marketplaces.0.tradeGoods.0.supply: expected none beside a curve",
    ],
    [
      "a misspelt field of a curve",
      (f) =>
        f.marketplaces[0]?.tradeGoods.push({
          symbol: "IRON",
          type: "EXPORT",
          tradeVolume: 60,
          curve: { base: 70, bidFactor: 1, stok: 0 },
        }),
      "marketplaces.0.tradeGoods.1.curve.stock: expected a number, found nothing",
    ],
  ])("with %s is refused at that place [SIM-UNIVERSE]", (_, change, message) => {
    const found = problems(spoilt(change));
    expect(found.some((text) => text.startsWith(message))).toBe(true);
    expect(() => worldFromCapture(spoilt(change), "spoilt.json", ECONOMY_V1)).toThrow(`universe file spoilt.json: ${found[0]}`);
  });

  it("with a curve trades by exactly that curve [SIM-UNIVERSE]", () => {
    const curve = { base: 120.5, bidFactor: 1.01, stock: 33 };
    const file = spoilt((one) =>
      one.marketplaces[0]?.tradeGoods.push({ symbol: "IRON", type: "EXPORT", tradeVolume: 60, activity: "RESTRICTED", curve }),
    );
    const good = worldFromCapture(file, "small", ECONOMY_V1).markets[0]?.goods[1];
    expect(good).toMatchObject({ ...curve, startStock: 33, label: "MODERATE", activity: "RESTRICTED", usualActivity: "WEAK" });
    if (good === undefined) throw new Error("no such good");
    const { askCredits } = quoteOf("X1-AA1-A1", good, { constants: ECONOMY_V1, seed: 1, tick: 0, frozenAtTick: new Map() });
    expect(askCredits).toBe(Math.round(120.5 * (1 + (4 * 2 ** (-0.3 * (33 / 60)) - 5) * 0.08)));
  });

  it.runIf(hasCapture)("as captured from the game is taken without a problem [SIM-UNIVERSE]", () => {
    const read = readUniverseFile(JSON.parse(readFileSync(CAPTURE, "utf8")), ECONOMY_V1);
    expect(read).toMatchObject({ ok: true, seed: undefined, world: { headquarters: "X1-AD75-A1" } });
  });
});

describe("a fleet file", () => {
  it("with an unknown field is refused with the field and its place [SIM-CLI]", () => {
    const dir = mkdtempSync(join(tmpdir(), "fleet-file-"));
    const path = join(dir, "fleet.json");
    const start = (fleet: unknown) => () => {
      writeFileSync(path, JSON.stringify(fleet));
      startFleet(path);
    };
    expect(start({ credits: 5, ships: [{ typ: "SHIP_PROBE", type: "SHIP_PROBE" }] })).toThrow(
      `fleet file ${path}: ships.0.typ: expected no such field; did you mean type?, found "SHIP_PROBE"`,
    );
    expect(start({ credit: 5, credits: 5, ships: [{ type: "SHIP_PROBE" }] })).toThrow(
      "credit: expected no such field; did you mean credits?",
    );
    expect(start({ credits: -1, ships: [] })).toThrow(
      "credits: expected at least 0, found -1; ships: expected at least 1 entries, found []",
    );
    rmSync(dir, { recursive: true, force: true });
  });
});
