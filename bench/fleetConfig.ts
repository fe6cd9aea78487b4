import { readFileSync } from "node:fs";
import { DEFAULT_FLEET_CONFIG, type FleetConfig } from "../src/actors/fleetPorts.ts";
import { readPolicy } from "../src/policy.ts";

/** The default configuration with what a JSON file overrides, at any depth, by the daemon's own rules. Throws where they are broken. */
export function fleetConfigFrom(file: string | undefined): FleetConfig {
  if (file === undefined) return DEFAULT_FLEET_CONFIG;
  const read = readPolicy(JSON.parse(readFileSync(file, "utf8")), file);
  if ("problems" in read) throw new Error(read.problems.join("\n"));
  return read.policy;
}
