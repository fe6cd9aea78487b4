/** What is measured: one run of the fleet, and the ground that it shares with the reference traders. */
import { readFileSync } from "node:fs";
import { basename, extname } from "node:path";
import type { FleetConfig } from "../../src/actors/fleetPorts.ts";
import { ECONOMY_V1, type EconomyConstants, economyHash } from "../../src/simulator/economy.v1.ts";
import { economyFrom } from "../../src/simulator/freshUniverse.ts";
import { type StartFleet, startFleet } from "../../src/simulator/startFleet.ts";
import { configurationHash, hashOf } from "../fleetOrigin.ts";

/** Where a trader begins, and for how long. */
export interface Ground {
  readonly universe: GroundUniverse;
  readonly economy: GroundEconomy;
  /** FRESH, TEN or a file. */
  readonly start: string;
  readonly hours: number;
}

export interface GroundUniverse {
  readonly name: string;
  /** Of a generated universe, and of the noise of a captured one. */
  readonly seed: number;
  /** Of a captured universe. */
  readonly file: string | undefined;
  /** Equal identity, equal universe. */
  readonly identity: string;
}

export interface GroundEconomy {
  readonly name: string;
  readonly constants: EconomyConstants;
  readonly hash: string;
}

export interface FleetCell {
  readonly ground: Ground;
  /** Ships with a hold to begin with and at most; `undefined`: those of the start, and what the fleet buys. */
  readonly ships: number | undefined;
  readonly fabricates: boolean;
  /** A product that is asked for until a chain of it begins from MODERATE. */
  readonly order: string | undefined;
  /** With what the two above change. */
  readonly config: FleetConfig;
}

export function universeOfSeed(seed: number): GroundUniverse {
  return { name: `seed-${seed}`, seed, file: undefined, identity: `seed ${seed}` };
}

export function universeOfFile(file: string): GroundUniverse {
  const name = basename(file, extname(file))
    .replace(/^universe-/, "")
    .toUpperCase();
  return { name, seed: 1, file, identity: hashOf(readFileSync(file)) };
}

/** `v1`, `slow` (rates × 1/3), `fast` (rates × 3), or a file of overridden constants. */
export function economyOf(nameOrFile: string): GroundEconomy {
  const factor = RATE_FACTORS.get(nameOrFile);
  const constants = factor === undefined ? economyFrom(nameOrFile) : { ...ECONOMY_V1, rateFactor: factor };
  return {
    name: factor === undefined ? basename(nameOrFile, extname(nameOrFile)) : nameOrFile,
    constants,
    hash: economyHash(constants),
  };
}

const RATE_FACTORS: ReadonlyMap<string, number> = new Map([
  ["v1", ECONOMY_V1.rateFactor],
  ["slow", ECONOMY_V1.rateFactor / 3],
  ["fast", ECONOMY_V1.rateFactor * 3],
]);

/** A cell of the fleet under `config`, with so many ships, or without making anything. */
export function fleetCell(
  ground: Ground,
  config: FleetConfig,
  variant: { readonly ships?: number; readonly fabricates?: boolean; readonly order?: string } = {},
): FleetCell {
  const { ships, fabricates = true, order } = variant;
  return {
    ground,
    ships,
    fabricates,
    order,
    config: {
      ...config,
      ...(fabricates ? {} : { maxFabrications: 0 }),
      ...(ships === undefined ? {} : { fleetPolicy: { ...config.fleetPolicy, maxTraders: ships } }),
      ...(order === undefined ? {} : onlyOrdered(config)),
    },
  };
}

/** Makes what is ordered however long it takes, and next to nothing else: the fleet's own trade would take the product's label down first. */
function onlyOrdered({ opportunities }: FleetConfig): Pick<FleetConfig, "maxFabrications" | "opportunities"> {
  const plan = { ...opportunities.plan, maxElapsedSeconds: 6 * 3600, maxTrips: 30 };
  return { maxFabrications: 0, opportunities: { ...opportunities, tradeFrom: "ABUNDANT", plan } };
}

/** What an agent begins with that has so many ships with a hold: credits and probes of TEN, its frigate and as many of its haulers. */
export function fleetOfShips(ships: number): StartFleet {
  const ten = startFleet("TEN");
  const probes = ten.ships.filter(({ type }) => type === "SHIP_PROBE");
  const [frigate, hauler] = ten.ships;
  if (frigate === undefined || hauler === undefined) throw new Error("TEN has no two ships with a hold");
  return {
    name: `${ships} SHIPS`,
    credits: ten.credits,
    ships: [frigate, ...Array.from({ length: ships - 1 }, () => hauler), ...probes],
  };
}

/** For people: what is different from the plain start. */
export function variantOf({ ships, fabricates, order }: Pick<FleetCell, "ships" | "fabricates" | "order">): string {
  const parts = [
    ...(ships === undefined ? [] : [`${ships} ${ships === 1 ? "ship" : "ships"}`]),
    ...(fabricates ? [] : ["makes nothing"]),
    ...(order === undefined ? [] : [`ordered ${order}`]),
  ];
  return parts.join(", ");
}

/** The name of a ground's file, without what it is a file of. */
export function groundKey({ universe, start, economy, hours }: Ground): string {
  return [universe.name, basename(start, extname(start)), economy.name, `${hours}h`].join(".");
}

export function fleetKey(cell: FleetCell): string {
  const variant = variantOf(cell).replaceAll(/\W+/g, "-");
  return [groundKey(cell.ground), ...(variant === "" ? [] : [variant]), configurationHash(cell.config)].join(".");
}
