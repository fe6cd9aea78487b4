import { SCOPE } from "./driver.ts";

/** 40 IRON, collected at X1-A-1 and sold at X1-A-2: the worker of it, and the plan of the pipeline that is nothing else. */
const SOURCE = "X1-A-1";
const SINK = "X1-A-2";
const MONEY = { costCredits: 1_000, revenueCredits: 1_500, fuelCredits: 0, shipSeconds: 100, requests: 10 };
const TASK = {
  type: "COLLECT_SELL",
  good: "IRON",
  units: 40,
  source: SOURCE,
  target: SINK,
  awaitsProduction: false,
  dependsOn: [],
  priority: 10,
};

export const IRON_WORKER = {
  scope: SCOPE,
  id: "p1.t1",
  pipelineId: "p1",
  ...TASK,
  feedsGood: null,
  expected: { ...MONEY, costCredits: 4_000, revenueCredits: 8_000 },
  ship: "S-1",
  affinityShip: null,
};

export const IRON_PLAN = {
  product: TASK.good,
  kind: "trade",
  sellMarket: SINK,
  expectedBidCredits: 50,
  units: TASK.units,
  tasks: [{ id: "t1", ...TASK, expected: MONEY }],
  factories: [],
  economics: { ...MONEY, profitCredits: 500, elapsedSeconds: 100, capitalCredits: 1_000 },
};
