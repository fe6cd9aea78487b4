import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { readWindows } from "../../bench/fleetBooks.ts";

const HOUR_MS = 3_600_000;
const WINDOWS = [
  { fromHour: 0, toHour: 1 },
  { fromHour: 1, toHour: 2 },
];

it("counts cargo at its average cost, in the window in which it is sold [SIM-BOOKS]", () => {
  const windows = readWindows(
    booksOf([
      { gameMs: 1, operation: "purchase", ship: "A", good: "IRON", units: 10, total: 100 },
      { gameMs: 2, operation: "purchase", ship: "A", good: "IRON", units: 10, total: 300 },
      { gameMs: 3, operation: "refuel", ship: "A", good: "FUEL", units: 1, total: 7 },
      { gameMs: 4, operation: "sell", ship: "A", good: "IRON", units: 5, total: 500 },
      { gameMs: 5, operation: "purchaseShip", ship: "B", good: "SHIP_PROBE", units: 1, total: 20_000 },
      { gameMs: HOUR_MS - 1, operation: "transfer", ship: "A", toShip: "B", good: "IRON", units: 5 },
      { gameMs: HOUR_MS, operation: "sell", ship: "B", good: "IRON", units: 5, total: 150 },
      { gameMs: HOUR_MS + 1, operation: "jettison", ship: "A", good: "IRON", units: 10 },
      { gameMs: 2 * HOUR_MS, operation: "sell", ship: "A", good: "IRON", units: 1, total: 1_000_000 },
    ]),
    WINDOWS,
  );
  // 20 units had cost 400: each counts 20.
  expect(windows).toMatchObject([
    { sales: 500, purchases: 400, fuel: 7, hulls: 20_000, operatingProfit: 500 - 100 - 7, cargoAtCost: 300 },
    { sales: 150, purchases: 0, fuel: 0, hulls: 0, operatingProfit: 150 - 300, cargoAtCost: 0 },
  ]);
});

it("sells what nobody bought at no cost, and counts ships by what they can carry [SIM-BOOKS]", () => {
  const [window] = readWindows(
    booksOf([
      { gameMs: 0, operation: "register", redo: [shipPut("A", 40), shipPut("B", 0)] },
      { gameMs: 1, operation: "sell", ship: "A", good: "START_CARGO", units: 3, total: 30, redo: [shipPut("A", 40)] },
    ]),
    WINDOWS.slice(0, 1),
  );
  expect(window).toMatchObject({ operatingProfit: 30, cargoAtCost: 0, traders: 1, scouts: 1 });
});

function shipPut(symbol: string, cargoCapacity: number) {
  return { put: "ship", value: { symbol, cargoCapacity } };
}

function booksOf(mutations: readonly { readonly gameMs: number; readonly [detail: string]: unknown }[]): string {
  const directory = mkdtempSync(join(tmpdir(), "bosun-books-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, "books.jsonl");
  const lines = mutations.map((line) => ({ type: "mutation", ...line }));
  writeFileSync(path, `${[{ type: "opened", gameMs: 0 }, ...lines].map((line) => JSON.stringify(line)).join("\n")}\n`);
  return path;
}
