import { expect, it, onTestFinished } from "vitest";
import { economyOf } from "../../../bench/fleet/cell.ts";
import { measureFleet } from "../../../bench/fleet/measureFleet.ts";
import { FleetResult } from "../../../bench/fleet/results.ts";
import { shipMs } from "../../../bench/fleet/windows.ts";
import { createTestDatabase } from "../../support/testDatabase.ts";
import { cellOf } from "./handMade.ts";

it("plays a cell with its number of ships under its economy, and its result survives being kept [SIM-CLOCK]", {
  timeout: 60_000,
}, async () => {
  const hours = 0.06;
  const database = await createTestDatabase();
  onTestFinished(() => database.cleanup());
  const result = await measureFleet(cellOf({ ships: 1 }, { economy: economyOf("fast"), hours }), database);
  expect(result.economyHash).toBe(economyOf("fast").hash);
  expect(result.booksAddUp).toBe(true);
  expect(result.pages.length).toBe(1);
  const [page] = result.pages;
  const ships = page === undefined ? 0 : shipMs(page) / (hours * 3_600_000);
  expect(ships).toBeGreaterThan(0.7);
  expect(ships).toBeLessThanOrEqual(1);
  expect(page?.requests).toBe(Object.values(page?.requestsByName ?? {}).reduce((sum, times) => sum + times, 0));
  expect(page?.trades).toBeGreaterThan(0);
  expect(result.record.chains.length).toBeGreaterThan(0);
  expect(FleetResult.parse(JSON.parse(JSON.stringify(result)))).toEqual(result);
});
