import { describe, expect, it } from "vitest";
import { type LedgerEntry, profitAndLoss } from "../../src/domain/ledger.ts";
import {
  netProfitCredits,
  type PipelineState,
  settlePipeline,
  startPipeline,
  tasksToCancel,
} from "../../src/domain/pipelineState.ts";
import { task } from "./fixtures/builders.ts";

const entry = (kind: LedgerEntry["kind"], credits: number): LedgerEntry => ({
  kind,
  credits,
});
const ENTRIES = [entry("purchase", 15_000), entry("fuel", 2_000), entry("sale", 31_699), entry("hull", 90_000)];

describe("ledger", () => {
  it("gives 14,699 for the seed's worked unit, hulls apart [R002-11]", () => {
    expect(profitAndLoss(ENTRIES)).toMatchObject({
      operatingProfitCredits: 14_699,
      hullCredits: 90_000,
      cashFlowCredits: -75_301,
    });
  });
});

const PIPELINE: PipelineState = {
  id: "P1",
  productGood: "FOOD",
  sellMarket: "I",
  expectedBidCredits: 2_000,
  status: "PLANNING",
  failing: undefined,
  createdAtMs: 0,
  startedAtMs: undefined,
  completedAtMs: undefined,
  totalCostCredits: 0,
  totalRevenueCredits: 0,
  totalFuelCredits: 0,
};

describe("pipeline", () => {
  const delivery = task({ id: "D", status: "COMPLETED", totalCostCredits: 100, totalRevenueCredits: 150 });
  const sale = task({ id: "S", type: "COLLECT_SELL", status: "COMPLETED", totalCostCredits: 1_000, totalRevenueCredits: 3_000 });

  it("is completed by its SELL, with the money of all its tasks [R002-61] [R002-63]", () => {
    const running = startPipeline(PIPELINE, 5);
    expect(settlePipeline(running, [delivery, { ...sale, status: "EXECUTING" }], 9).status).toBe("EXECUTING");
    const done = settlePipeline(running, [{ ...delivery, fuelCredits: 72 }, sale], 9);
    expect(done).toMatchObject({
      status: "COMPLETED",
      startedAtMs: 5,
      completedAtMs: 9,
      totalCostCredits: 1_100,
      totalRevenueCredits: 3_150,
      totalFuelCredits: 72,
    });
    expect(netProfitCredits(done)).toBe(1_978);
  });

  it("is failing with its first failed task and failed when nothing runs any more [R002-63]", () => {
    const running = startPipeline(PIPELINE, 5);
    const failed = task({ id: "D", status: "FAILED", errorMessage: "market dry" });
    const carrying = task({ id: "C", status: "EXECUTING" });
    expect(settlePipeline(running, [failed, carrying], 9)).toMatchObject({ status: "EXECUTING", failing: "market dry" });
    expect(settlePipeline(running, [failed, { ...carrying, status: "COMPLETED" }], 9)).toMatchObject({
      status: "FAILED",
      completedAtMs: 9,
    });
  });

  it("cancels what has not begun and lets cargo reach its end [R002-63]", () => {
    const tasks = [
      task({ id: "a", status: "PENDING" }),
      task({ id: "b", status: "READY" }),
      task({ id: "c", status: "READY", affinityShip: "S1" }),
      task({ id: "d", status: "EXECUTING" }),
    ];
    expect(tasksToCancel(tasks)).toEqual(["a", "b"]);
  });
});
