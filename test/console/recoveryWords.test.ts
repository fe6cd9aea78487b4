import { expect, it } from "vitest";
import { deedInWords } from "../../src/console/deeds.ts";
import { wordsOf } from "../../src/console/words.ts";

/** The words that operators' alerts look for, and docs/operations.md lists. */
const address = "agent/2026-11-21/BOSUN/coordinator/pipeline/p1/task/t1";
const told = (event: { readonly type: string } & Readonly<Record<string, unknown>>) => {
  const words = deedInWords({ notice: "emitted", address, version: 1, index: 0, atMs: 0, event: { ...event, at: 0, seed: 1 } });
  return `${words?.level}: ${words?.text}`;
};
const ship = "BOSUN-1";
const cargo = { ship, good: "GOLD", units: 5 };

it("tells what becomes of cargo that is found aboard [R002-100] [R002-101] [R002-102]", () => {
  expect(told({ type: "task.resumed", task: "p1.t1", ship })).toBe(
    "info: Resuming task p1.t1 for ship BOSUN-1 with existing cargo",
  );
  expect(told({ type: "cargo.mismatched", ship, cargo: "5 GOLD" })).toBe(
    "warn: Ship BOSUN-1 has mismatched cargo, creating liquidation task: 5 GOLD",
  );
  expect(told({ type: "cargo.orphaned", ship, cargo: "5 GOLD", adoptedBy: null })).toBe(
    "warn: Ship BOSUN-1 has orphaned cargo: 5 GOLD",
  );
  expect(told({ type: "cargo.orphaned", ship, cargo: "5 GOLD", adoptedBy: "p1.t1" })).toBe(
    "warn: Ship BOSUN-1 has orphaned cargo: 5 GOLD, task p1.t1 takes it",
  );
});

it("tells of stranded cargo, its market, and that there is none [R000-36] [R002-104] [R002-105]", () => {
  expect(told({ type: "cargo.liquidating", ...cargo })).toBe("warn: Created LIQUIDATE task for stranded 5 GOLD on ship BOSUN-1");
  const chosen = { type: "cargo.marketChosen", ...cargo, waypoint: "X1-A-2" };
  expect(told({ ...chosen, rule: "score" })).toBe("info: Created liquidation task: sell 5 GOLD at X1-A-2");
  expect(told({ ...chosen, rule: "anyImport" })).toBe(
    "warn: No sell market for GOLD, will try any import market. Created liquidation task: sell 5 GOLD at X1-A-2 (anyImport)",
  );
  expect(told({ type: "cargo.unsellable", ...cargo })).toBe("bad: Cannot find ANY market to sell GOLD: BOSUN-1 holds 5");
});

it("tells what needed not be done again [R002-107] [R002-109] [R002-110]", () => {
  expect(told({ type: "task.purchaseSkipped", task: "p1.t1", ship, good: "GOLD" })).toBe(
    "info: Ship BOSUN-1 already has GOLD cargo, skipping purchase",
  );
  const left = { type: "task.nothingLeft", task: "p1.t1", ship };
  expect(told({ ...left, taskType: "ACQUIRE_DELIVER" })).toBe("info: Ship BOSUN-1 cargo already empty, delivery complete");
  expect(told({ ...left, taskType: "COLLECT_SELL" })).toBe("info: Ship BOSUN-1 already sold cargo");
});

it("tells which ship keeps its assignment, and what could not be compared [R000-21] [R002-96]", () => {
  expect(told({ type: "ship.preserved", ship, owner: address })).toBe("info: Preserving ship BOSUN-1 assignment (has cargo)");
  expect(told({ type: "cargo.reconciliationFailed", reason: "ship 3 of the list: nav: missing" })).toBe(
    "warn: Cargo reconciliation warning: ship 3 of the list: nav: missing",
  );
});

it("tells as an error which worker could not be brought back, and why; other failures stay in their own words [R000-16]", () => {
  const failed = {
    notice: "failed",
    address,
    kind: "task",
    error: { name: "SnapshotRefused", message: "torn\n  → at value" },
    atMs: 0,
  } as const;
  const text = (notice: Parameters<typeof wordsOf>[0]) => wordsOf(notice, new Map())?.text;
  expect(wordsOf({ ...failed, decision: "quarantine", afterMs: 0 }, new Map())).toMatchObject({
    level: "bad",
    text: expect.stringMatching(/^Failed to restart worker for task p1\.t1: torn — quarantined/),
  });
  const long = { ...failed, error: { name: "Error", message: "x".repeat(300) } };
  expect(text({ ...long, decision: "quarantine", afterMs: 0 })).toContain(`: ${"x".repeat(199)}… — quarantined`);
  expect(text({ ...failed, decision: "snapshot", afterMs: 250 })).toMatch(/^coordinator\/pipeline\/p1\/task\/t1 failed: torn/);
});
