import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ECONOMY_V1, ECONOMY_VERSION, type EconomyConstants, economyHash } from "../../src/simulator/economy.v1.ts";
import { economyFrom } from "../../src/simulator/freshUniverse.ts";
import { parseOptions } from "../../src/simulator/options.ts";
import { startSimulator } from "../../src/simulator/simulatorProcess.ts";
import { startFleet } from "../../src/simulator/startFleet.ts";
import { tickYard } from "../../src/simulator/tick.ts";
import { newDir } from "../support/newDir.ts";
import { startHarness } from "./support/harness.ts";
import { levelOf, market, QUIET, record, tickTimes } from "./support/singleMarket.ts";

const SOURCES = join(import.meta.dirname, "../../src/simulator");

describe("economy v1", () => {
  it("has the numbers of its nine rules [E1] [E2] [E3] [E4] [E5] [E6] [E9]", () => {
    expect(ECONOMY_V1).toMatchObject({
      curvePercent: 8,
      curveExponent: 0.3,
      tickGameMinutes: 15,
      importDemandPerHour: 3,
      activityRestricted: 0.5,
      activityWeak: 1,
      activityGrowing: 1.5,
      activityStrong: 2,
      exportProductionPerHour: 3,
      inputScarce: 0,
      inputLimited: 0.5,
      inputModerate: 1,
      exportCeiling: 6,
      unfedDriftPerHour: 0.25,
      exchangeReturnPerHour: 3,
      noiseSigma: 0.25,
      volumeGrowth: 0,
      hullRecoveryPerDay: 1,
      rateFactor: 1,
    });
  });

  it("starts agents FRESH with 175,000 credits, frigate and probe, or as TEN with 1,000,000, nine haulers and three probes [E8]", () => {
    const count = (name: string) => {
      const { credits, ships } = startFleet(name);
      const of = (type: string) => ships.filter((ship) => ship.type === type).length;
      return [credits, of("SHIP_COMMAND_FRIGATE"), of("SHIP_LIGHT_HAULER"), of("SHIP_PROBE"), ships.length];
    };
    expect(count("FRESH")).toEqual([175_000, 1, 0, 1, 2]);
    expect(count("TEN")).toEqual([1_000_000, 1, 9, 3, 13]);
  });

  it("is told as it is by docs/economy.md: its version, its hash, and every constant that a file may override [E1]", () => {
    const page = readFileSync(join(import.meta.dirname, "../../docs/economy.md"), "utf8");
    expect(page).toContain(`**${ECONOMY_VERSION}, hash \`${economyHash(ECONOMY_V1)}\`**`);
    expect(Object.keys(ECONOMY_V1).filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });

  it("is the only place with numbers that move a price or a stock: curves, quotes, ticks and growth hold none of their own [E1]", () => {
    const harmless = new Set(["0", "1", "2", "24", "60", "100"]);
    for (const file of ["curve.ts", "quote.ts", "tick.ts", "growth.ts", "recipes.ts"]) {
      const code = readFileSync(join(SOURCES, file), "utf8")
        .replaceAll(/\/\*[\s\S]*?\*\//g, "")
        .replaceAll(/\/\/.*/g, "")
        .replaceAll(/"[^"]*"/g, "");
      const found = (code.match(/(?<![\w.])\d[\d_.]*(?:e\d+)?/g) ?? []).filter((number) => !harmless.has(number));
      expect([file, found]).toEqual([file, []]);
    }
  });

  it("is read from nowhere else: no other file of the simulator multiplies a price, a base or a trade volume by a number [E1]", () => {
    const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
    expect(files.length).toBeGreaterThan(30);
    const suspicious =
      /(?:askCredits|bidCredits|\.base|\.stock|startStock|tradeVolume|bidFactor)\)?\s*[*/+-]\s*\d|\d\s*[*]\s*\w*\.?(?:askCredits|bidCredits|base|stock|tradeVolume)\b/;
    const strays = files.flatMap((file) =>
      readFileSync(join(SOURCES, file), "utf8")
        .split("\n")
        .filter((line) => suspicious.test(line) && !/^\s*(?:\*|\/\/)/.test(line))
        .map((line) => `${file}: ${line.trim()}`),
    );
    // A purchase takes one hull out of the yard.
    expect(strays.filter((line) => !line.includes("hull.stock - 1"))).toEqual([]);
  });
});

describe("a universe of another economy", () => {
  it("is refused, also one whose file lacks constants of today, and stays as it is [E1] [SIM-CLI]", async () => {
    const dataDir = newDir();
    const harness = await startHarness({ dataDir });
    await harness.close();
    const path = join(dataDir, "universe.json");
    const snapshot = JSON.parse(readFileSync(path, "utf8")) as { universe: { economy: { constants: Record<string, number> } } };
    delete snapshot.universe.economy.constants["curveExponent"];
    writeFileSync(path, JSON.stringify(snapshot));
    await expect(startSimulator(parseOptions(["--data-dir", dataDir]))).rejects.toThrow(
      "an economy that this version does not know",
    );
    const after = JSON.parse(readFileSync(path, "utf8")) as typeof snapshot;
    expect(after.universe.economy.constants).toEqual(snapshot.universe.economy.constants);
  });
});

describe("an economy file", () => {
  const file = (json: unknown) => {
    const path = join(newDir(), "economy.json");
    writeFileSync(path, typeof json === "string" ? json : JSON.stringify(json));
    return path;
  };

  it("overrides any single constant, and then has another hash [E1]", () => {
    for (const [name, value] of Object.entries(ECONOMY_V1)) {
      const other = NEIGHBOURS[name] ?? value + (/Level/.test(name) ? 0.001 : value === 0 ? 1 : value * 0.01);
      const constants = economyFrom(file({ [name]: other }));
      expect(constants).toEqual({ ...ECONOMY_V1, [name]: other });
      expect(economyHash(constants)).not.toBe(economyHash(ECONOMY_V1));
    }
  });

  it("is no file at all without the option: v1, to the object [E1]", () => {
    expect(economyFrom(undefined)).toBe(ECONOMY_V1);
    expect(economyFrom(file({}))).toEqual(ECONOMY_V1);
    expect(economyHash(economyFrom(file({})))).toBe(economyHash(ECONOMY_V1));
  });

  it("is refused for a constant that does not exist, naming the nearest, and for values that make no economy [SIM-CLI]", () => {
    const cases: [unknown, string][] = [
      [{ importDemandPerHours: 3 }, "importDemandPerHours: unknown; did you mean importDemandPerHour?"],
      [{ curvPercent: 8 }, "curvPercent: unknown; did you mean curvePercent?"],
      [{ exportCeiling: "6" }, "exportCeiling: a number of at least 0 is needed"],
      [{ unfedDriftPerHour: -1 }, "unfedDriftPerHour: a number of at least 0 is needed"],
      [{ tickGameMinutes: 0 }, "tickGameMinutes: a number from 1 to 1440 is needed"],
      [{ importAskMultiple: 0.5 }, "importAskMultiple: a number from 1.1 to 100 is needed"],
      [{ riflesAskLowCredits: 20_000 }, "riflesAskLowCredits: must not be above riflesAskHighCredits"],
      [[], "an object is needed"],
      ["null", "an object is needed"],
      ["{", "is not JSON"],
    ];
    for (const [json, message] of cases) expect(() => economyFrom(file(json))).toThrow(message);
  });

  it("scales every rate by one third and by three, and nothing else [E3] [E4] [E5] [E9]", () => {
    const moved = (constants: EconomyConstants) => {
      const food = market("IMPORT", "FOOD", { s: 5, startS: -9 });
      const iron = market("EXPORT", "IRON", { s: -6 });
      const ore = market("IMPORT", "IRON_ORE", { s: 30 });
      const gold = market("EXPORT", "GOLD", { s: 5 });
      const fuel = market("EXCHANGE", "FUEL", { s: -9, startS: 9 });
      tickTimes(record([food, iron, ore, gold, fuel], { IRON: ["IRON_ORE"] }), 1, constants);
      const hull = { type: "SHIP_PROBE", base: 1, stock: 0, startStock: 18, activity: "WEAK" as const };
      tickYard({ waypoint: "X1-A1", modificationsFee: 0, ships: [hull] }, constants);
      return [5 - levelOf(food), levelOf(iron) + 6, 30 - levelOf(ore), 5 - levelOf(gold), levelOf(fuel) + 9, hull.stock];
    };
    const usual = moved(QUIET);
    expect(usual.every((volumes) => volumes > 0)).toBe(true);
    for (const factor of [1 / 3, 3]) {
      const scaled = moved({ ...economyFrom(file({ rateFactor: factor })), noiseSigma: 0 });
      scaled.forEach((volumes, i) => expect(volumes / (usual[i] ?? 0)).toBeCloseTo(factor, 9));
    }
  });
});

/** Constants that one percent more would put out of their range or order. */
const NEIGHBOURS: Readonly<Record<string, number>> = { riflesAskLowCredits: 11_300, riflesBidLowCredits: 17_400 };
