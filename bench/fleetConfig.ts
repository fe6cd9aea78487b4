import { readFileSync } from "node:fs";
import { DEFAULT_FLEET_CONFIG, type FleetConfig } from "../src/actors/fleetPorts.ts";

/** The default configuration with what a JSON file overrides, at any depth. Throws for a name that is not there or a value of another type. */
export function fleetConfigFrom(file: string | undefined): FleetConfig {
  if (file === undefined) return DEFAULT_FLEET_CONFIG;
  const given: unknown = JSON.parse(readFileSync(file, "utf8"));
  return overridden(DEFAULT_FLEET_CONFIG, given, file);
}

function overridden<T>(value: T, given: unknown, place: string): T {
  if (typeof given !== typeof value || Array.isArray(given) !== Array.isArray(value) || given === null)
    throw new Error(`${place}: ${JSON.stringify(given)} instead of ${JSON.stringify(value)}`);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return given as T;
  const result = { ...value } as Record<string, unknown>;
  for (const [name, inner] of Object.entries(given as object)) {
    if (!(name in result)) throw new Error(`${place}: ${name} is not there; known are ${Object.keys(result).join(", ")}`);
    result[name] = overridden(result[name], inner, `${place}: ${name}`);
  }
  return result as T;
}
