import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { readBooks, windowOf } from "../../bench/fleetBooks.ts";

const HOUR_MS = 3_600_000;

it("counts cargo at its average cost, in the hour in which it is sold [SIM-BOOKS]", async () => {
  const { hours, addUp } = await readBooks(
    booksOf([
      { gameMs: 1, operation: "purchase", ship: "A", good: "IRON", units: 10, unitPrice: 10, total: 100 },
      { gameMs: 2, operation: "purchase", ship: "A", good: "IRON", units: 10, unitPrice: 30, total: 300 },
      { gameMs: 3, operation: "refuel", ship: "A", good: "FUEL", units: 1, total: 7 },
      { gameMs: 4, operation: "sell", ship: "A", good: "IRON", units: 5, total: 500 },
      { gameMs: 5, operation: "purchaseShip", ship: "B", good: "SHIP_PROBE", units: 1, total: 20_000 },
      { gameMs: HOUR_MS - 1, operation: "transfer", ship: "A", otherCargo: anyHold("B"), good: "IRON", units: 5 },
      { gameMs: HOUR_MS, operation: "sell", ship: "B", good: "IRON", units: 5, total: 150 },
      { gameMs: 4 * HOUR_MS - 1, operation: "jettison", ship: "A", good: "IRON", units: 10 },
      { gameMs: 4 * HOUR_MS, operation: "sell", ship: "A", good: "IRON", units: 1, total: 1_000_000 },
    ]),
    4,
  );
  // 20 units had cost 400: each counts 20.
  expect(addUp).toBe(true);
  expect(hours).toMatchObject([
    { hour: 0, sales: 500, purchases: 400, fuel: 7, hulls: 20_000, costOfSales: 100, cargoAtCost: 300 },
    { hour: 1, sales: 150, purchases: 0, fuel: 0, hulls: 0, costOfSales: 100, cargoAtCost: 200 },
    { hour: 2, sales: 0, costOfSales: 0, cargoAtCost: 200 },
    { hour: 3, sales: 0, costOfSales: 200, cargoAtCost: 0 },
  ]);
  expect(windowOf(hours, { fromHour: 0, toHour: 2 })).toMatchObject({ operatingProfit: 650 - 200 - 7, cargoAtCost: 200 });
  expect(windowOf(hours, { fromHour: 2, toHour: 4 })).toMatchObject({ operatingProfit: -200, sales: 0, cargoAtCost: 0 });
});

it("sells what nobody bought at no cost, and takes a part of an hour as the last one [SIM-BOOKS]", async () => {
  const { hours } = await readBooks(
    booksOf([{ gameMs: 1, operation: "sell", ship: "A", good: "GIFT", units: 3, total: 30 }]),
    0.5,
  );
  expect(windowOf(hours, { fromHour: 0, toHour: 0.5 })).toMatchObject({ operatingProfit: 30, cargoAtCost: 0 });
});

it("says when the books do not follow from themselves [SIM-BOOKS]", async () => {
  const lines = [
    { gameMs: 1, operation: "sell", ship: "A", good: "IRON", units: 1, total: 10, credits: { before: 100, after: 110 } },
    { gameMs: 2, operation: "sell", ship: "A", good: "IRON", units: 1, total: 10, credits: { before: 110, after: 999 } },
  ];
  expect((await readBooks(booksOf(lines.slice(0, 1)), 1)).addUp).toBe(true);
  expect((await readBooks(booksOf(lines), 1)).addUp).toBe(false);
});

/** A hold that the reader has nothing to say about: nothing in it before or after, as far as it is told. */
function anyHold(ship: string) {
  const hold = { inventory: [], fuel: 0 };
  return { ship, before: hold, after: { ...hold, inventory: [{ good: "IRON", units: 5 }] } };
}

function booksOf(mutations: readonly { readonly gameMs: number; readonly [detail: string]: unknown }[]): string {
  const directory = mkdtempSync(join(tmpdir(), "bosun-books-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, "books.jsonl");
  const lines = mutations.map((line) => ({ type: "mutation", agent: "TESTER", ...line }));
  const all = [{ type: "opened", gameMs: 0, source: "test", economy: "test" }, ...lines];
  writeFileSync(path, all.map((line, i) => `${JSON.stringify({ seq: i + 1, ...line })}\n`).join(""));
  return path;
}
