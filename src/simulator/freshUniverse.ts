/** A universe as it is before anyone has done anything: from a seed or from a universe file, under an economy. */
import { randomBytes } from "node:crypto";
import { basename } from "node:path";
import { ECONOMY_V1, ECONOMY_VERSION, type EconomyConstants, economyHash } from "./economy.v1.ts";
import { generateWorld } from "./generateWorld.ts";
import { InputFault } from "./inputFault.ts";
import { nearest } from "./options.ts";
import { readJson } from "./startFleet.ts";
import type { Universe } from "./universe.ts";
import { worldFromCapture } from "./universeFile.ts";

export interface FreshUniverseOptions {
  seed: number;
  speed: number;
  universe: string | undefined;
  economy: EconomyConstants;
  nowMs: number;
}

/** Throws {@link InputFault} when the universe file is wrong. */
export function freshUniverse({ seed, speed, universe, economy, nowMs }: FreshUniverseOptions): Universe {
  const world = universe === undefined ? generateWorld(seed, economy) : worldFromCapture(readJson(universe), universe, economy);
  return {
    format: "bosun-universe/1",
    seed,
    source: universe === undefined ? `seed ${seed}` : basename(universe),
    resetDate: new Date(nowMs).toISOString().slice(0, 10),
    secret: randomBytes(32).toString("base64url"),
    economy: { version: ECONOMY_VERSION, hash: economyHash(economy), constants: economy },
    clock: { anchorWallMs: nowMs, anchorGameMs: 0, speed, isPaused: false },
    tick: 0,
    ...world,
    agents: [],
    ships: [],
  };
}

/** Economy v1 with the constants a file overrides. Throws {@link InputFault} for an unknown constant or a wrong value. */
export function economyFrom(file: string | undefined): EconomyConstants {
  if (file === undefined) return ECONOMY_V1;
  const json = readJson(file);
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw new InputFault(`economy file ${file}: an object is needed`);
  const known = Object.keys(ECONOMY_V1);
  for (const [name, value] of Object.entries(json)) {
    if (!known.includes(name))
      throw new InputFault(`economy file ${file}: ${name}: unknown; did you mean ${nearest(name, known)}?`);
    if (typeof value !== "number" || !Number.isFinite(value) || value < 0) {
      throw new InputFault(`economy file ${file}: ${name}: a number of at least 0 is needed`);
    }
  }
  const constants = { ...ECONOMY_V1, ...json };
  if (constants.tickGameMinutes <= 0 || constants.hullTradeVolume <= 0) {
    throw new InputFault(`economy file ${file}: tickGameMinutes and hullTradeVolume must be above 0`);
  }
  return constants;
}
