import { expect, it } from "vitest";
import { followPrices } from "../../bench/virtual/priceLog.ts";
import type { RuntimeNotice } from "../../src/runtime/runtime.ts";

/** A worker that was to buy 10 units for 1,000 and sell them for 2,000. */
function worker(changes: {
  readonly status?: string;
  readonly supply?: string;
  readonly [detail: string]: unknown;
}): RuntimeNotice {
  const { status = "EXECUTING", supply, cost = 0, revenue = 0, boughtUnits = 0, soldUnits = 0 } = changes;
  const context = {
    task: { status, good: "IRON", units: 10, totalCostCredits: cost, totalRevenueCredits: revenue },
    quotes: supply === undefined ? [] : [{ good: "IRON", supply }],
    expectedCostCredits: 1_000,
    expectedRevenueCredits: 2_000,
    boughtUnits,
    soldUnits,
  };
  const [value, event] = ["any", { type: "any" }];
  return { notice: "transition", kind: "task", address: "t", atMs: 0, version: 1, event, value, context, status: "active" };
}

it("compares a task's average prices with its plan's, under the label it found before the first unit [R002-12]", () => {
  const log = followPrices();
  const story = [
    worker({}),
    worker({ supply: "HIGH" }),
    worker({ supply: "MODERATE", boughtUnits: 5, cost: 520 }),
    worker({ supply: "LIMITED", boughtUnits: 10, cost: 1_100 }),
    worker({ supply: "SCARCE", boughtUnits: 10, cost: 1_100 }),
    worker({ supply: "MODERATE", boughtUnits: 10, cost: 1_100, soldUnits: 4, revenue: 760 }),
    worker({ status: "COMPLETED", boughtUnits: 10, cost: 1_100, soldUnits: 4, revenue: 760 }),
  ];
  for (const notice of story) log.observe(notice);
  expect(log.deviations).toEqual([
    { side: "buy", label: "HIGH", share: expect.closeTo(0.1) },
    { side: "sell", label: "SCARCE", share: expect.closeTo(0.05) },
  ]);
});

it("says nothing of a task that traded nothing, or had no plan of its own [R002-12]", () => {
  const log = followPrices();
  log.observe(worker({ supply: "HIGH" }));
  log.observe(worker({ status: "CANCELLED", supply: "HIGH" }));
  expect(log.deviations).toEqual([]);
});
