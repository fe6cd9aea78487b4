/** A universe as it is before anyone has done anything: from a seed or from a universe file, under an economy. */
import { randomBytes } from "node:crypto";
import { basename } from "node:path";
import { ECONOMY_V1, ECONOMY_VERSION, type EconomyConstants, economyHash } from "./economy.v1.ts";
import { generateWorld } from "./generateWorld.ts";
import { InputFault } from "./inputFault.ts";
import { nearest } from "./options.ts";
import { readJson } from "./startFleet.ts";
import type { Universe } from "./universe.ts";
import { readUniverseFile, worldOrFault } from "./universeFile.ts";

export interface FreshUniverseOptions {
  /** Undefined: that of the universe file, else 1. */
  seed: number | undefined;
  speed: number;
  universe: string | undefined;
  economy: EconomyConstants;
  nowMs: number;
}

/** Throws {@link InputFault} when the universe file is wrong. */
export function freshUniverse({ seed: asked, speed, universe, economy, nowMs }: FreshUniverseOptions): Universe {
  const file = universe === undefined ? undefined : worldOrFault(readUniverseFile(readJson(universe), economy), universe);
  const seed = asked ?? file?.seed ?? 1;
  return {
    format: "bosun-universe/1",
    seed,
    source: universe === undefined ? `seed ${seed}` : basename(universe),
    resetDate: new Date(nowMs).toISOString().slice(0, 10),
    secret: randomBytes(32).toString("base64url"),
    economy: { version: ECONOMY_VERSION, hash: economyHash(economy), constants: economy },
    clock: { anchorWallMs: nowMs, anchorGameMs: 0, speed, isPaused: false },
    tick: 0,
    ...(file?.world ?? generateWorld(seed, economy)),
    agents: [],
    ships: [],
  };
}

/** Economy v1 with the constants a file overrides. Throws {@link InputFault} for an unknown constant or a wrong value. */
export function economyFrom(file: string | undefined): EconomyConstants {
  if (file === undefined) return ECONOMY_V1;
  const fault = (message: string) => new InputFault(`economy file ${file}: ${message}`);
  const json = readJson(file);
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw fault("an object is needed");
  const known = Object.keys(ECONOMY_V1);
  for (const [name, value] of Object.entries(json)) {
    if (!known.includes(name)) throw fault(`${name}: unknown; did you mean ${nearest(name, known)}?`);
    const [low, high] = RANGES[name] ?? (/Level(Low|High)$/.test(name) ? [-100, 100] : [0, Number.MAX_SAFE_INTEGER]);
    if (typeof value === "number" && value >= low && value <= high) continue;
    throw fault(
      `${name}: a number ${high === Number.MAX_SAFE_INTEGER ? `of at least ${low}` : `from ${low} to ${high}`} is needed`,
    );
  }
  const constants: EconomyConstants = { ...ECONOMY_V1, ...json };
  for (const [low, high] of PAIRS) if (constants[low] > constants[high]) throw fault(`${low}: must not be above ${high}`);
  return constants;
}

const PAIRS = [
  ["riflesAskLowCredits", "riflesAskHighCredits"],
  ["riflesBidLowCredits", "riflesBidHighCredits"],
  ["riflesLevelLow", "riflesLevelHigh"],
  ["starvedLevelLow", "starvedLevelHigh"],
  ["hullLevelLow", "hullLevelHigh"],
] as const satisfies readonly (readonly [keyof EconomyConstants, keyof EconomyConstants])[];

/** Constants that cannot be just any number: ticks of no length, or a market that pays more than it asks. */
const RANGES: Readonly<Record<string, readonly [low: number, high: number]>> = {
  tickGameMinutes: [1, 1440],
  curvePercent: [0, 20],
  curveExponent: [0, 3],
  exportBidShare: [0, 0.9],
  importAskMultiple: [1.1, 100],
  inputsAlike: [0, 1],
  baseSpread: [0, 0.9],
  bidSpread: [0, 0.1],
  hullAskSpread: [0, 0.9],
  hullTradeVolume: [0.01, 1e6],
  exchangeTradeVolume: [1, 1e6],
  growthHoursPerStep: [0.01, 1e6],
  growthImportRatioMin: [0.01, 1e6],
};
