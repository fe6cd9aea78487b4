/** Sums a task graph into money, time and a verdict: the whole-chain check before the first purchase. */
import type { Plan, PlanEconomics, PlanFailureReason, PlannedFactory, PlannedTask, PlanPolicy } from "./plan.ts";
import { addEconomics, NO_ECONOMICS } from "./tradeLeg.ts";

export function planEconomics(
  tasks: readonly PlannedTask[],
  factories: readonly PlannedFactory[],
  feedWorthCredits = 0,
): PlanEconomics {
  const sum = tasks.map((task) => task.expected).reduce(addEconomics, NO_ECONOMICS);
  const profitCredits = sum.revenueCredits - sum.costCredits - sum.fuelCredits;
  return {
    ...sum,
    profitCredits,
    margin: shareOf(profitCredits, sum.costCredits),
    elapsedSeconds: criticalPathSeconds(tasks, factories),
    capitalCredits: capitalCredits(tasks),
    creditsPerShipSecond: sum.shipSeconds > 0 ? (profitCredits + feedWorthCredits) / sum.shipSeconds : 0,
    creditsPerRequest: sum.requests > 0 ? profitCredits / sum.requests : 0,
  };
}

/** The same plan where so much of its fuel is saved. */
export function withLessFuel(economics: PlanEconomics, savedCredits: number): PlanEconomics {
  const { costCredits, fuelCredits, profitCredits } = economics;
  const moreCredits = profitCredits + savedCredits;
  return {
    ...economics,
    fuelCredits: fuelCredits - savedCredits,
    profitCredits: moreCredits,
    margin: shareOf(moreCredits, costCredits),
  };
}

/** Share of a chain's expected profit that its ships may burn, together, on longer ways to their tasks than were planned. */
const FUEL_SHARE_OF_PROFIT = 0.5;

/** What each of a chain's tasks may burn above its plan, credits. */
export function spareFuelCredits({ economics, tasks }: Pick<Plan, "economics" | "tasks">): number {
  return Math.round((FUEL_SHARE_OF_PROFIT * Math.max(0, economics.profitCredits)) / Math.max(1, tasks.length));
}

export interface Objection {
  readonly reason: Extract<PlanFailureReason, "marginTooLow" | "unaffordable" | "tooLong">;
  readonly detail: string;
}

/** `undefined` when the chain earns enough, ends soon enough and can be paid. */
export function objectionTo(
  economics: PlanEconomics,
  tasks: readonly PlannedTask[],
  policy: PlanPolicy,
  creditsAvailable: number,
  feedWorthCredits = 0,
): Objection | undefined {
  const { profitCredits, fuelCredits, margin, capitalCredits: capital, elapsedSeconds } = economics;
  // What a trade feeds may make up for its fuel, not for a loss on its goods: others may take what the factory makes of it.
  const feeds = feedWorthCredits > 0 && profitCredits + fuelCredits >= 0;
  if (profitCredits + feedWorthCredits < policy.minProfitCredits || (!feeds && margin < policy.minMargin)) {
    const wanted = `wanted ${policy.minProfitCredits} and ${percent(policy.minMargin)}`;
    const worth = feedWorthCredits > 0 ? ` and is worth ${feedWorthCredits} to the factory that it feeds` : "";
    return { reason: "marginTooLow", detail: `the whole chain earns ${profitCredits} (${percent(margin)})${worth}, ${wanted}` };
  }
  const isChain = tasks.some(({ feedsGood }) => feedsGood !== undefined);
  if (isChain && profitCredits < policy.minProfitPerFuel * fuelCredits) {
    const wanted = `wanted ${Math.round(policy.minProfitPerFuel * fuelCredits)}: its fuel of ${fuelCredits} is sure, its gain on goods is not`;
    return { reason: "marginTooLow", detail: `the whole chain earns ${profitCredits} (${percent(margin)}), ${wanted}` };
  }
  const poor = tasks.find((task) => task.feedsGood !== undefined && marginOf(task) < policy.minDeliveryMargin);
  if (poor !== undefined) {
    const detail = `bringing ${poor.good} to ${poor.target} earns ${percent(marginOf(poor))}, wanted ${percent(policy.minDeliveryMargin)}`;
    return { reason: "marginTooLow", detail };
  }
  if (tasks.length > policy.maxTrips) return { reason: "tooLong", detail: `${tasks.length} trips, at most ${policy.maxTrips}` };
  if (elapsedSeconds > policy.maxElapsedSeconds) {
    return { reason: "tooLong", detail: `takes ${elapsedSeconds} s, at most ${policy.maxElapsedSeconds}` };
  }
  if (capital > creditsAvailable) {
    return { reason: "unaffordable", detail: `ties up ${capital} credits, ${creditsAvailable} available` };
  }
  return undefined;
}

function marginOf({ expected: { costCredits, revenueCredits } }: PlannedTask): number {
  return shareOf(revenueCredits - costCredits, costCredits);
}

function shareOf(credits: number, costCredits: number): number {
  return costCredits > 0 ? credits / costCredits : 0;
}

/** Deliveries and collections in sequence, production in between; each task has its own ship. */
function criticalPathSeconds(tasks: readonly PlannedTask[], factories: readonly PlannedFactory[]): number {
  const finish = new Map<string, number>();
  for (const task of tasks) {
    const factory = task.awaitsProduction
      ? factories.find((item) => item.waypoint === task.source && item.good === task.good)
      : undefined;
    const start = Math.max(0, ...task.dependsOn.map((id) => finish.get(id) ?? 0)) + (factory?.productionSeconds ?? 0);
    finish.set(task.id, start + task.expected.shipSeconds);
  }
  return Math.max(0, ...finish.values());
}

/** Tasks of one wave buy at the same time; what earlier waves sold is back by then. */
function capitalCredits(tasks: readonly PlannedTask[]): number {
  const level = new Map<string, number>();
  const waves: { cost: number; revenue: number }[] = [];
  for (const task of tasks) {
    const depth = Math.max(-1, ...task.dependsOn.map((id) => level.get(id) ?? 0)) + 1;
    level.set(task.id, depth);
    const wave = waves[depth] ?? { cost: 0, revenue: 0 };
    waves[depth] = {
      cost: wave.cost + task.expected.costCredits + task.expected.fuelCredits,
      revenue: wave.revenue + task.expected.revenueCredits,
    };
  }
  let balance = 0;
  let lowest = 0;
  for (const wave of waves) {
    lowest = Math.min(lowest, balance - wave.cost);
    balance += wave.revenue - wave.cost;
  }
  return -lowest;
}

/** A plan's own commitments: what its tasks will still buy and sell. */
export function commitmentsOf(
  plan: Pick<Plan, "tasks">,
): readonly { waypoint: string; good: string; side: "buy" | "sell"; units: number }[] {
  return plan.tasks.flatMap((task) => [
    { waypoint: task.source, good: task.good, side: "buy" as const, units: task.units },
    { waypoint: task.target, good: task.good, side: "sell" as const, units: task.units },
  ]);
}

function percent(share: number): string {
  return `${(Math.round(share * 1_000) / 10 + 0).toFixed(1)} %`;
}
