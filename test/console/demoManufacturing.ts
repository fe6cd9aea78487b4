import type { ManufacturingDesk, ManufacturingStatus, PipelineState } from "../../src/console/manufacturing.ts";
import { START_MS } from "./fakeRuntime.ts";

/** A desk that only tells how manufacturing stands. */
export function deskThatTells(status: () => ManufacturingStatus): ManufacturingDesk {
  const notAsked = () => Promise.reject(new Error("the page only reads the status"));
  return {
    status: () => Promise.resolve(status()),
    plan: notAsked,
    start: notAsked,
    stop: notAsked,
    tasks: notAsked,
    refusals: notAsked,
  };
}

/** Two chains and a trade at work, thirteen trades that have ended; three factories, one of each state. */
export function manufacturingStatus(): ManufacturingStatus {
  const chain = pipeline("p285", { good: "MICROPROCESSORS", phase: "feeding", tasks: 3, tasksDone: 1 });
  const windsUp = { good: "SHIP_PLATING", phase: "windingUp", reason: "SHIP_PLATING still not HIGH at X1-AB12-K19" } as const;
  const trade = { good: "POLYNUCLEOTIDES", feedWorthCredits: 26_743, sellMarket: "X1-AB12-J27" };
  const ended = Array.from({ length: 13 }, (_, index) =>
    pipeline(`p${200 - index}`, { status: "COMPLETED", phase: "completed", tasksDone: 1, profitCredits: -240 }),
  );
  const factory = { pipeline: "p285", supply: "MODERATE", readyForCollection: false };
  return {
    pipelines: [chain, pipeline("p284", windsUp), pipeline("p283", trade), ...ended],
    factories: [
      {
        ...factory,
        waypoint: "X1-AB12-D7",
        good: "MICROPROCESSORS",
        reason: "inputsMissing: SILICON_CRYSTALS 37/75, COPPER 0/20",
      },
      { ...factory, waypoint: "X1-AB12-K19", good: "SHIP_PLATING", pipeline: "p284", reason: "supplyLow: supply MODERATE" },
      { ...factory, waypoint: "X1-AB12-F13", good: "FERTILIZERS", supply: "HIGH", readyForCollection: true, reason: null },
    ],
    orders: [],
    leftAlone: [],
    held: [],
    money: {
      credits: 231_900,
      floorCredits: 5_000,
      reservedCredits: 10_000,
      earmarkedCredits: 6_900,
      availableCredits: 210_000,
      operatingProfitCredits: 0,
      hullsCredits: 0,
    },
  };
}

function pipeline(id: string, change: Partial<PipelineState>): PipelineState {
  return {
    id,
    good: "LIQUID_HYDROGEN",
    status: "EXECUTING",
    phase: "trading",
    tasks: 1,
    tasksDone: 0,
    costCredits: 0,
    revenueCredits: 0,
    fuelCredits: 0,
    profitCredits: 0,
    expectedProfitCredits: 18_883,
    feedWorthCredits: 0,
    sellMarket: "X1-AB12-A1",
    reason: null,
    createdAt: new Date(START_MS).toISOString(),
    completedAt: null,
    ...change,
  };
}
