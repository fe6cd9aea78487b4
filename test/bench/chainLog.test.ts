import { expect, it } from "vitest";
import { followChains } from "../../bench/virtual/chainLog.ts";
import type { RuntimeNotice } from "../../src/runtime/runtime.ts";

const START_MS = 5_000;

function transition(kind: string, address: string, afterMs: number, context: object): RuntimeNotice {
  const [value, event, status] = ["any", { type: "any" }, "active"] as const;
  return { notice: "transition", kind, address, atMs: START_MS + afterMs, version: 1, event, value, context, status };
}

const emitted = (afterMs: number, event: { readonly type: string; readonly [detail: string]: unknown }): RuntimeNotice => ({
  notice: "emitted",
  address: "any",
  version: 1,
  index: 0,
  event,
  atMs: START_MS + afterMs,
});

const begins = (id: string, kind: string, product: string, afterMs = 0): RuntimeNotice =>
  transition("pipeline", `pipeline/${id}`, afterMs, {
    state: { id },
    plan: {
      product,
      kind,
      economics: { elapsedSeconds: 900, fuelCredits: 40, profitCredits: 700 },
      factories: kind === "trade" ? [] : [{ good: product, supply: "LIMITED" }],
    },
  });

const factory = (pipelineId: string, good: string, currentSupply: string, deliveredUnits: number): RuntimeNotice =>
  transition("factory", `factory/F:${good}/${pipelineId}`, 1, {
    factory: { waypoint: "F", good, pipelineId, inputs: [{ deliveredUnits }], currentSupply },
  });

function trade(
  side: "bought" | "sold",
  pipeline: string | null,
  good: string,
  units: number,
  totalCredits: number,
  task = `${pipeline}.t1`,
) {
  return emitted(2, { type: `trade.${side}`, ship: "S", good, units, waypoint: "F", totalCredits, task, pipeline });
}

const ends = (pipeline: string, how: string, afterMs: number, reason: string | null = null): RuntimeNotice =>
  emitted(afterMs, { type: `pipeline.${how}`, pipeline, reason });

function told(...story: RuntimeNotice[]) {
  const log = followChains(START_MS);
  for (const notice of story) log.observe(notice);
  return log;
}

it("counts a run from the label that our deliveries raised, over what was collected there, to what of it was sold [R002-04]", () => {
  const log = told(
    begins("p1", "fabricate", "DRUGS", 7),
    begins("p1", "fabricate", "DRUGS", 9),
    factory("p1", "DRUGS", "LIMITED", 0),
    factory("p1", "DRUGS", "LIMITED", 20),
    factory("p1", "DRUGS", "HIGH", 20),
    trade("bought", "p1", "DRUGS", 10, 1_000),
    trade("sold", "p1", "DRUGS", 8, 1_500),
    ends("p1", "completed", 60),
  );
  expect(log.takeUnits()).toEqual({ chainUnits: 8, fabricatedUnits: 8 });
  expect(log.takeUnits()).toEqual({ chainUnits: 0, fabricatedUnits: 0 });
  expect(log.records()).toEqual([
    {
      pipeline: "p1",
      product: "DRUGS",
      fabricates: true,
      labelAtStart: "LIMITED",
      startedAtMs: 7,
      endedAtMs: 60,
      ending: "completed",
      plannedSeconds: 900,
      plannedProfitCredits: 700,
      plannedFuelCredits: 40,
      costCredits: 1_000,
      revenueCredits: 1_500,
      fuelCredits: 0,
      madeUnits: 8,
    },
  ]);
});

it("counts no run where the label was as high before, rose without us, or the units are those of an input [R002-04]", () => {
  const log = told(
    begins("p1", "fabricate", "HIGH_BEFORE"),
    factory("p1", "HIGH_BEFORE", "HIGH", 0),
    factory("p1", "HIGH_BEFORE", "HIGH", 20),
    trade("bought", "p1", "HIGH_BEFORE", 1, 1),
    trade("sold", "p1", "HIGH_BEFORE", 1, 1),
    begins("p2", "fabricate", "ROSE_ALONE"),
    factory("p2", "ROSE_ALONE", "LIMITED", 0),
    factory("p2", "ROSE_ALONE", "HIGH", 0),
    factory("p2", "ROSE_ALONE", "HIGH", 20),
    trade("bought", "p2", "ROSE_ALONE", 1, 1),
    trade("sold", "p2", "ROSE_ALONE", 1, 1),
    begins("p3", "fabricate", "PRODUCT"),
    factory("p3", "INPUT", "LIMITED", 0),
    factory("p3", "INPUT", "LIMITED", 9),
    factory("p3", "INPUT", "HIGH", 9),
    trade("bought", "p3", "INPUT", 1, 1),
    trade("sold", "p3", "INPUT", 1, 1),
    begins("p4", "trade", "PLAIN"),
    trade("bought", "p4", "PLAIN", 1, 1),
    trade("sold", "p4", "PLAIN", 1, 1),
  );
  expect(log.takeUnits()).toEqual({ chainUnits: 2, fabricatedUnits: 0 });
  expect(log.records().map(({ madeUnits }) => madeUnits)).toEqual([0, 0, 0, 0]);
});

it("gives a failed pipeline what its stranded cargo brought afterwards [R002-12]", () => {
  const log = told(
    begins("p1", "fabricate", "DRUGS"),
    trade("bought", "p1", "IRON", 10, 1_000),
    ends("p1", "failed", 30, "ask 120 above 80"),
    trade("sold", null, "IRON", 10, 700, "liquidate.1"),
    trade("sold", null, "GOLD", 10, 700, "liquidate.2"),
  );
  expect(log.records()).toMatchObject([
    { costCredits: 1_000, revenueCredits: 700, endedAtMs: 30, ending: "failed: ask N above N" },
  ]);
});

it("counts each credit of fuel once, for the chain whose task or stranded cargo it moved [R002-12]", () => {
  const task = (id: string, pipelineId: string | undefined, good: string, fuelCredits: number) =>
    transition("task", `task/${id}`, 3, { task: { id, pipelineId, good, fuelCredits }, ship: { symbol: "S" } });
  const log = told(
    begins("p1", "fabricate", "DRUGS"),
    task("p1.t1", "p1", "IRON", 72),
    task("p1.t1", "p1", "IRON", 72),
    trade("bought", "p1", "IRON", 10, 1_000),
    task("p1.t1", "p1", "IRON", 144),
    ends("p1", "failed", 30),
    task("liquidate.1", undefined, "IRON", 30),
    task("liquidate.2", undefined, "GOLD", 30),
  );
  expect(log.records()).toMatchObject([{ costCredits: 1_000, fuelCredits: 174 }]);
});
