/**
 * Generates a start system from a seed: an inner cluster of worlds, a mining base in the near ring, a pirate base far out, fuel
 * stations on the way, some fifty asteroids. Numbers of each type and distances follow a captured start system.
 */

import { priceMultiple } from "./curve.ts";
import { type EconomyConstants, HULL_ASKS } from "./economy.v1.ts";
import { generateMarkets } from "./generateMarkets.ts";
import { goodName } from "./goods.data.ts";
import { knownHulls } from "./hullCatalog.ts";
import { Dice } from "./random.ts";
import { supplyChainMap } from "./supplyChain.data.ts";
import type { Universe, WaypointRecord, YardRecord } from "./universe.ts";
import type { World } from "./universeFile.ts";

/** The same seed gives the same world. */
export function generateWorld(seed: number, constants: EconomyConstants): World {
  const dice = new Dice("world", seed);
  const system = systemOf(dice);
  const waypoints = placeWaypoints(dice, system.symbol);
  const places = new Map(waypoints.map(({ role, record }) => [role, record.symbol]));
  const at = (role: string) => places.get(role) ?? "";
  const supplyChain = supplyChainMap();
  const markets = generateMarkets(new Dice("markets", seed), places, supplyChain, constants);
  const goods: Universe["goods"] = {};
  for (const { good } of markets.flatMap((market) => market.goods)) {
    goods[good] = { name: goodName(good), description: `${goodName(good)}, traded by the unit.` };
  }
  return {
    system,
    headquarters: at("A1"),
    faction: "COSMIC",
    waypoints: waypoints.map(({ record }) => record),
    markets,
    yards: YARDS.map(({ role, hulls }) => yardOf(dice, at(role), hulls, constants)),
    gates: [
      { waypoint: at("I1"), connections: Array.from({ length: 5 }, () => `${systemOf(dice).symbol}-I${dice.whole(40, 60)}`) },
    ],
    sites: [{ waypoint: at("I1"), isComplete: false, materials: GATE_BILL.map((material) => ({ ...material })) }],
    supplyChain,
    goods,
    hulls: knownHulls(),
  };
}

interface Placed {
  /** `A1` is the first body of cluster A, the headquarters. */
  role: string;
  record: WaypointRecord;
}

/** Clusters: the distance of their centre from the middle of the system, then their bodies; the first is orbited by the others. */
const CLUSTERS: readonly { letter: string; near: number; far: number; bodies: readonly string[] }[] = [
  { letter: "A", near: 15, far: 35, bodies: ["PLANET", "MOON", "MOON", "ORBITAL_STATION"] },
  { letter: "C", near: 130, far: 170, bodies: ["GAS_GIANT", "ORBITAL_STATION"] },
  { letter: "D", near: 60, far: 100, bodies: ["PLANET", "MOON"] },
  { letter: "E", near: 45, far: 75, bodies: ["PLANET", "MOON", "MOON"] },
  { letter: "F", near: 60, far: 90, bodies: ["PLANET", "ORBITAL_STATION"] },
  { letter: "G", near: 55, far: 80, bodies: ["PLANET"] },
  { letter: "H", near: 35, far: 60, bodies: ["PLANET", "MOON", "MOON", "MOON"] },
  { letter: "K", near: 90, far: 120, bodies: ["PLANET", "MOON"] },
];

const YARDS: readonly { role: string; hulls: readonly (keyof typeof HULL_ASKS)[] }[] = [
  { role: "A2", hulls: ["SHIP_PROBE", "SHIP_LIGHT_HAULER", "SHIP_LIGHT_SHUTTLE"] },
  { role: "C2", hulls: ["SHIP_PROBE", "SHIP_SIPHON_DRONE"] },
  { role: "H2", hulls: ["SHIP_MINING_DRONE", "SHIP_SURVEYOR"] },
];

const GATE_BILL = [
  { tradeSymbol: "FAB_MATS", required: 1600, fulfilled: 0 },
  { tradeSymbol: "ADVANCED_CIRCUITRY", required: 400, fulfilled: 0 },
  { tradeSymbol: "QUANTUM_STABILIZERS", required: 1, fulfilled: 1 },
];

const WITHOUT_MARKET = new Set(["C1", "E3", "K2"]);

function systemOf(dice: Dice): Universe["system"] {
  const letter = () => String.fromCharCode(65 + dice.whole(0, 25));
  const symbol = `X1-${letter()}${letter()}${dice.whole(10, 99)}`;
  const type = dice.pick(["BLUE_STAR", "ORANGE_STAR", "RED_STAR", "YOUNG_STAR", "WHITE_DWARF"]);
  return { symbol, sector: "X1", type, x: dice.whole(-50_000, 50_000), y: dice.whole(-50_000, 50_000) };
}

function placeWaypoints(dice: Dice, system: string): Placed[] {
  const placed: Placed[] = [];
  const add = (letter: string, role: string, type: string, x: number, y: number, orbits?: Placed): Placed => {
    const traits = traitsOf(dice, role, type).map((symbol) => ({
      symbol,
      name: goodName(symbol),
      description: `${goodName(symbol)}.`,
    }));
    const record: WaypointRecord = {
      symbol: `${system}-${letter}${placed.length + 1}`,
      type,
      // + 0 makes a 0 of −0, which JSON does not know.
      x: Math.round(x) + 0,
      y: Math.round(y) + 0,
      orbits: orbits?.record.symbol ?? null,
      orbitals: [],
      traits,
      faction: "COSMIC",
      isUnderConstruction: type === "JUMP_GATE",
    };
    orbits?.record.orbitals.push(record.symbol);
    const body = { role, record };
    placed.push(body);
    return body;
  };
  placeClusters(dice, add);
  placeOutposts(dice, add);
  placeAsteroids(dice, add);
  return placed;
}

type Add = (letter: string, role: string, type: string, x: number, y: number, orbits?: Placed) => Placed;

/** The worlds, spread around the middle so that none is far from the next. */
function placeClusters(dice: Dice, add: Add): void {
  const turn = dice.uniform(0, 2 * Math.PI);
  const order = new Map(dice.shuffle(CLUSTERS).map((cluster, i) => [cluster.letter, i]));
  for (const { letter, near, far, bodies } of CLUSTERS) {
    const angle = turn + ((order.get(letter) ?? 0) + dice.uniform(-0.3, 0.3)) * ((2 * Math.PI) / CLUSTERS.length);
    const radius = dice.uniform(near, far);
    const [x, y] = [radius * Math.cos(angle), radius * Math.sin(angle)];
    let centre: Placed | undefined;
    bodies.forEach((type, i) => {
      const body = add(letter, `${letter}${i + 1}`, type, x, y, centre);
      centre ??= body;
    });
  }
}

/** The mining base with its fuel station, the fuel station of the gas giant, and the lane outwards past the gate to the pirates. */
function placeOutposts(dice: Dice, add: Add): void {
  const polar = (radius: number, angle: number) => [radius * Math.cos(angle), radius * Math.sin(angle)] as const;
  const mining = dice.uniform(0, 2 * Math.PI);
  const lane = mining + dice.uniform(1.5, 4.5);
  add("B", "B1", "FUEL_STATION", ...polar(dice.uniform(120, 160), mining));
  add("B", "B2", "ASTEROID_BASE", ...polar(dice.uniform(230, 320), mining + dice.uniform(-0.15, 0.15)));
  add("C", "C3", "FUEL_STATION", ...polar(dice.uniform(100, 140), lane + dice.uniform(0.8, 2)));
  add("I", "I2", "FUEL_STATION", ...polar(dice.uniform(220, 250), lane));
  add("I", "I1", "JUMP_GATE", ...polar(dice.uniform(420, 460), lane));
  add("J", "J1", "FUEL_STATION", ...polar(dice.uniform(560, 610), lane));
  add("J", "J2", "ASTEROID_BASE", ...polar(dice.uniform(680, 730), lane));
  add("X", "X1", "ENGINEERED_ASTEROID", ...polar(dice.uniform(20, 50), lane + Math.PI));
}

function placeAsteroids(dice: Dice, add: Add): void {
  const belt = (count: number, near: number, far: number, letter: string) => {
    for (let i = 0; i < count; i++) {
      const angle = dice.uniform(0, 2 * Math.PI);
      const radius = dice.uniform(near, far);
      add(letter, `asteroid ${letter}${i}`, "ASTEROID", radius * Math.cos(angle), radius * Math.sin(angle));
    }
  };
  belt(dice.whole(30, 35), 230, 410, "B");
  belt(dice.whole(18, 23), 590, 770, "J");
}

function traitsOf(dice: Dice, role: string, type: string): string[] {
  const market = type === "ASTEROID" || WITHOUT_MARKET.has(role) ? [] : ["MARKETPLACE"];
  const yard = YARDS.some((one) => one.role === role) ? ["SHIPYARD"] : [];
  switch (type) {
    case "ASTEROID":
      return [
        dice.weighted(
          [
            ["COMMON_METAL_DEPOSITS", 45],
            ["MINERAL_DEPOSITS", 40],
            ["PRECIOUS_METAL_DEPOSITS", 15],
          ],
          "MINERAL_DEPOSITS",
        ),
      ];
    case "ENGINEERED_ASTEROID":
      return ["COMMON_METAL_DEPOSITS", "STRIPPED", ...market];
    case "ASTEROID_BASE":
      return ["HOLLOWED_INTERIOR", role === "J2" ? "PIRATE_BASE" : "OUTPOST", ...market];
    case "GAS_GIANT":
      return ["STRONG_GRAVITY"];
    case "ORBITAL_STATION":
      return [role === "A4" ? "MILITARY_BASE" : "INDUSTRIAL", ...market, ...yard];
    case "PLANET":
    case "MOON":
      return [
        dice.pick(["FROZEN", "ROCKY", "TEMPERATE", "BARREN"]),
        dice.pick(["OUTPOST", "SCATTERED_SETTLEMENTS", "SPRAWLING_CITIES", "MEGA_STRUCTURES"]),
        ...market,
        ...yard,
      ];
    default:
      return market;
  }
}

function yardOf(
  dice: Dice,
  waypoint: string,
  hulls: readonly (keyof typeof HULL_ASKS)[],
  constants: EconomyConstants,
): YardRecord {
  const ships = hulls.map((type) => {
    const s = dice.uniform(constants.hullLevelLow, constants.hullLevelHigh);
    const stock = s * constants.hullTradeVolume;
    const ask = HULL_ASKS[type] * dice.uniform(1 - constants.hullAskSpread, 1 + constants.hullAskSpread);
    return { type, base: ask / priceMultiple("EXPORT", s, constants), stock, startStock: stock, activity: "GROWING" as const };
  });
  return { waypoint, modificationsFee: 100, ships };
}
