/** The kill switch of a chain: what its ended tasks have really lost, against what it costs. */
import { profitAndLoss } from "./ledger.ts";
import type { PlannedTask } from "./plan.ts";
import type { Task } from "./taskState.ts";

/** An ended task beside what was planned of it. */
export interface EndedLeg {
  readonly planned: Pick<PlannedTask, "expected" | "units" | "feedsGood">;
  readonly task: Pick<Task, "status" | "actualUnits" | "totalCostCredits" | "totalRevenueCredits" | "fuelCredits">;
}

interface PlannedMoney {
  readonly costCredits: number;
  /** What a trade was planned to be worth to the factory that it feeds. */
  readonly feedWorthCredits?: number;
  /** What each of its tasks may burn above its plan. */
  readonly spareFuelCredits: number;
}

/**
 * Why the chain must stop, or undefined. It has lost too much when its sales, and what it has put into factories as planned, fall short of
 * its purchases and fuel by more than `maxShare` of the cost of its goods. What was planned to be lost at a factory's door is the price of
 * its product, and the fuel of a trade that of what it feeds.
 */
export function chainLoss(legs: readonly EndedLeg[], plan: PlannedMoney, maxShare: number): string | undefined {
  const { purchasesCredits, fuelCredits, operatingProfitCredits } = profitAndLoss(
    legs.flatMap(({ task }) => [
      { kind: "purchase", credits: task.totalCostCredits },
      { kind: "sale", credits: task.totalRevenueCredits },
      { kind: "fuel", credits: task.fuelCredits },
    ]),
  );
  const fed = Math.min(plan.feedWorthCredits ?? 0, fuelCredits);
  const balance = operatingProfitCredits + fed + legs.reduce((sum, leg) => sum + investedCredits(leg, plan), 0);
  const cost = Math.max(plan.costCredits, purchasesCredits);
  if (balance >= -maxShare * cost) return undefined;
  return `realised loss of ${Math.round(-balance)} credits, more than ${(maxShare * 100).toFixed(1)} % of its cost of ${cost}`;
}

/**
 * Planned loss of a delivery, for the units that really came: the factory has them, and will give the product for it. Of fuel no more than
 * it cost (what a ship came with has cost nothing), and what the chain can spare besides: its ship may come from far.
 */
function investedCredits({ planned, task }: EndedLeg, { spareFuelCredits }: PlannedMoney): number {
  if (planned.feedsGood === undefined || task.status !== "COMPLETED") return 0;
  const { costCredits, revenueCredits, fuelCredits } = planned.expected;
  const share = Math.min(1, task.actualUnits / Math.max(1, planned.units));
  return Math.max(
    0,
    share * (costCredits - revenueCredits) + Math.min(share * (fuelCredits + spareFuelCredits), task.fuelCredits),
  );
}
