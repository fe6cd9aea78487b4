import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { fleetConfigFrom } from "../../bench/fleetConfig.ts";
import { configurationHash } from "../../bench/fleetOrigin.ts";
import { DEFAULT_FLEET_CONFIG } from "../../src/actors/fleetPorts.ts";

it("overrides single constants at any depth, which the hash shows [SIM-CLI]", () => {
  const file = fileOf({ maxFabrications: 0, fleetPolicy: { maxTraders: 20 }, opportunities: { inputsFrom: ["HIGH"] } });
  const config = fleetConfigFrom(file);
  expect(config).toEqual({
    ...DEFAULT_FLEET_CONFIG,
    maxFabrications: 0,
    fleetPolicy: { ...DEFAULT_FLEET_CONFIG.fleetPolicy, maxTraders: 20 },
    opportunities: { ...DEFAULT_FLEET_CONFIG.opportunities, inputsFrom: ["HIGH"] },
  });
  expect(fleetConfigFrom(undefined)).toBe(DEFAULT_FLEET_CONFIG);
  expect(configurationHash(config)).not.toBe(configurationHash(DEFAULT_FLEET_CONFIG));
  expect(configurationHash({ b: { d: 1, c: 2 }, a: 3 })).toBe(configurationHash({ a: 3, b: { c: 2, d: 1 } }));
});

it.each([
  [{ maxFabrication: 1 }, 'unknown key "maxFabrication"'],
  [{ fleetPolicy: { maxTraders: "many" } }, 'maxTraders" of'],
  [{ fleetPolicy: [] }, "is [], but it must be an object"],
  [{ fleetPolicy: null }, "is null, but it must be an object"],
])("refuses %j [SIM-CLI]", (given, problem) => {
  expect(() => fleetConfigFrom(fileOf(given))).toThrow(problem);
});

function fileOf(given: unknown): string {
  const directory = mkdtempSync(join(tmpdir(), "bosun-fleet-config-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, "fleet.json");
  writeFileSync(path, JSON.stringify(given));
  return path;
}
