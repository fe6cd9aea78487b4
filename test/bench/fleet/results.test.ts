import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { fleetKey } from "../../../bench/fleet/cell.ts";
import { FleetResult, Results } from "../../../bench/fleet/results.ts";
import { cellOf, chain, pageOf, resultOf } from "./handMade.ts";

const ORIGIN = { sources: "s1", commit: "c1", economy: "e1", configuration: "k1", universe: "u1" };

it("gives back a cell that was measured under the same sources, economy, configuration and universe, whatever the commit [SIM-DETERMINISM]", () => {
  const results = new Results(newDirectory(), "fleet", FleetResult);
  const result = resultOf({ pages: [pageOf({ requests: 3 })] }, { chains: [chain()] });
  expect(results.read("cell", ORIGIN)).toEqual({ kept: "no" });
  results.keep("cell", ORIGIN, result);
  expect(results.read("cell", { ...ORIGIN, commit: "c2" })).toEqual({ kept: "yes", result });
  for (const name of ["sources", "economy", "configuration", "universe"] as const)
    expect(results.read("cell", { ...ORIGIN, [name]: "other" })).toEqual({
      kept: "otherwise",
      because: `measured at commit c1, with other ${name}`,
    });
});

it("takes nothing that another version of the bench wrote [SIM-DETERMINISM]", () => {
  const directory = newDirectory();
  const results = new Results(directory, "fleet", FleetResult);
  results.keep("cell", ORIGIN, resultOf());
  expect(readdirSync(directory)).toEqual(["fleet.cell.json"]);
  const path = join(directory, "fleet.cell.json");
  const { booksAddUp: _, ...older } = JSON.parse(readFileSync(path, "utf8")).result;
  writeFileSync(path, JSON.stringify({ origin: ORIGIN, result: older }));
  expect(results.read("cell", ORIGIN)).toEqual({ kept: "otherwise", because: "written by another version of this bench" });
});

it("keeps every variant of a cell in a file of its own [SIM-CLI]", () => {
  const cells = [
    cellOf(),
    cellOf({}, { hours: 4 }),
    cellOf({}, { start: "FRESH" }),
    cellOf({ ships: 1 }),
    cellOf({ ships: 2 }),
    cellOf({ fabricates: false }),
    cellOf({ order: "LASER_RIFLES" }),
  ];
  expect(new Set(cells.map(fleetKey)).size).toBe(cells.length);
  for (const cell of cells) expect(fleetKey(cell)).toMatch(/^[\w.-]+$/);
});

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "bosun-results-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}
