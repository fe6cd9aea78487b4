import { expect, it } from "vitest";
import { economyOf, fleetOfShips, variantOf } from "../../../bench/fleet/cell.ts";
import { selectionFrom } from "../../../bench/fleet/selection.ts";
import { ECONOMY_V1 } from "../../../src/simulator/economy.v1.ts";

it("takes the whole matrix: universes, starts and rates, an order on each universe, sizes and no fabrication on the first [SIM-CLI]", () => {
  const { cells } = selectionFrom(["--matrix"]);
  const plain = cells.filter((cell) => variantOf(cell) === "");
  expect(plain.length).toBe(3 * 2 * 3);
  expect(new Set(plain.map(({ ground }) => ground.economy.hash)).size).toBe(3);
  const variants = cells.filter((cell) => variantOf(cell) !== "");
  expect(variants.map((cell) => `${cell.ground.universe.name} ${variantOf(cell)}`)).toEqual([
    "seed-1 ordered LASER_RIFLES",
    "seed-2 ordered LASER_RIFLES",
    "seed-3 ordered LASER_RIFLES",
    "seed-1 1 ship",
    "seed-1 2 ships",
    "seed-1 5 ships",
    "seed-1 10 ships",
    "seed-1 20 ships",
    "seed-1 makes nothing",
  ]);
  expect(variants.at(-1)?.config.maxFabrications).toBe(0);
  expect(variants.at(-2)?.config.fleetPolicy.maxTraders).toBe(20);
});

it("takes single cells by the same options [SIM-CLI]", () => {
  const { cells } = selectionFrom(["--seeds", "2,5", "--hours", "2", "--economy", "fast"]);
  expect(cells.map(({ ground }) => [ground.universe.name, ground.economy.constants.rateFactor, ground.hours])).toEqual([
    ["seed-2", 3 * ECONOMY_V1.rateFactor, 2],
    ["seed-5", 3 * ECONOMY_V1.rateFactor, 2],
  ]);
  const sizes = selectionFrom(["--matrix", "--seeds", "2", "--fleet", "TEN", "--economy", "v1", "--ships", "1,5"]).cells;
  expect(sizes.map(variantOf)).toEqual(["1 ship", "5 ships"]);
});

it("begins with the frigate, haulers up to the number asked for, and the probes of TEN [E8]", () => {
  const types = (ships: number) => fleetOfShips(ships).ships.map(({ type }) => type);
  const probes = ["SHIP_PROBE", "SHIP_PROBE", "SHIP_PROBE"];
  expect(types(1)).toEqual(["SHIP_COMMAND_FRIGATE", ...probes]);
  expect(types(3)).toEqual(["SHIP_COMMAND_FRIGATE", "SHIP_LIGHT_HAULER", "SHIP_LIGHT_HAULER", ...probes]);
  expect(economyOf("slow").constants.rateFactor).toBeCloseTo(ECONOMY_V1.rateFactor / 3);
});

it.each([
  [["--hours", "none"], "--hours none"],
  [["--seeds", "x"], "--seeds x"],
  [["--ships", "0"], "--ships 0"],
  [["--what"], "--what"],
])("refuses %j [SIM-CLI]", (args, problem) => {
  expect(() => selectionFrom(args)).toThrow(problem);
});
