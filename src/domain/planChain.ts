/** The deliveries of a FABRICATE tree: how much of each input, in how many trips, and in which order. */
import type { ActivityLevel, Quote } from "./market.ts";
import type { PlanFailureReason, PlannedFactory, PlannedTask, PlanPolicy, PlanWorld } from "./plan.ts";
import { afterProduction, feedTranches, tranchesToHigh } from "./priceCurve.ts";
import { quoteAt } from "./quotes.ts";
import type { BuyNode, FabricateNode, SupplyNode } from "./resolver.ts";
import { approachTo } from "./sinkChoice.ts";
import { buyTranche, flightCredits, legEconomics } from "./tradeLeg.ts";

interface ChainRefusal {
  readonly outcome: "refused";
  readonly reason: PlanFailureReason;
  readonly detail: string;
}

export type Chain =
  | {
      readonly outcome: "built";
      readonly tasks: readonly PlannedTask[];
      readonly factories: readonly PlannedFactory[];
      /** The root factory's quote as it will be after production. */
      readonly output: Quote;
      readonly outputUnits: number;
      /** What the final collection waits for. */
      readonly dependsOn: readonly string[];
    }
  | ChainRefusal;

const DELIVER_PRIORITY = 10;
const COLLECT_INTERMEDIATE_PRIORITY = 30;
/** Relative to WEAK, confidence C. */
const PRODUCTION_SPEED: Readonly<Record<ActivityLevel, number>> = { RESTRICTED: 0.5, WEAK: 1, GROWING: 1.5, STRONG: 2 };

/** Tasks in dependency order: children before their factory's collection. */
export function buildChain(root: FabricateNode, world: PlanWorld, policy: PlanPolicy): Chain {
  const build: Build = { world, policy, tasks: [], factories: [], moved: new Map() };
  const produced = produce(build, root, 0);
  if (produced.outcome === "refused") return produced;
  const { output, outputUnits, dependsOn } = produced;
  return { outcome: "built", tasks: build.tasks, factories: build.factories, output, outputUnits, dependsOn };
}

interface Build {
  readonly world: PlanWorld;
  readonly policy: PlanPolicy;
  readonly tasks: PlannedTask[];
  readonly factories: PlannedFactory[];
  /** Units this plan has already moved, by source, target and good. */
  readonly moved: Map<string, number>;
}

type Produced =
  | { readonly outcome: "produced"; readonly output: Quote; readonly outputUnits: number; readonly dependsOn: readonly string[] }
  | ChainRefusal;

/** Feeds one factory until its output is HIGH and `wantedUnits` are made; one volume out eats one volume of each input. */
function produce(build: Build, node: FabricateNode, wantedUnits: number): Produced {
  const quote = quoteAt(build.world.book, node.factoryMarket, node.good);
  if (!quote) return refusal("noQuote", `no price of ${node.good} at ${node.factoryMarket}`);
  const toHigh = tranchesToHigh(quote);
  if (toHigh === 0 && wantedUnits === 0)
    return refusal("alreadyHigh", `${node.good} is ${quote.supply} at ${node.factoryMarket}: buy it`);
  const tranches = Math.max(toHigh, wantedUnits / Math.max(1, quote.tradeVolume));
  const inputs: { good: string; units: number }[] = [];
  const dependsOn: string[] = [];
  for (const child of node.children) {
    const input = quoteAt(build.world.book, node.factoryMarket, child.good);
    if (!input) return refusal("noQuote", `no price of ${child.good} at ${node.factoryMarket}`);
    const units = Math.ceil(feedTranches(input, tranches) * input.tradeVolume);
    inputs.push({ good: child.good, units });
    if (units === 0) continue;
    const delivered = deliver(build, child, input, node.good, units);
    if (delivered.outcome === "refused") return delivered;
    dependsOn.push(...delivered.ids);
  }
  if (wantedUnits === 0 && inputs.every((input) => input.units === 0)) {
    return refusal("alreadyFed", `${node.factoryMarket} has the inputs of ${node.good}: nothing to deliver, only to wait`);
  }
  const outputUnits = Math.floor(tranches * quote.tradeVolume);
  const productionSeconds = secondsToProduce(tranches, quote.activity, build.policy);
  const { factoryMarket: waypoint, good, notImported } = node;
  build.factories.push({ waypoint, good, inputs, outputUnits, productionSeconds, notImported });
  return { outcome: "produced", output: afterProduction(quote, tranches), outputUnits, dependsOn };
}

type Delivered = { readonly outcome: "delivered"; readonly ids: readonly string[] } | ChainRefusal;

function deliver(build: Build, node: SupplyNode, sink: Quote, feedsGood: string, units: number): Delivered {
  if (node.method === "BUY") return deliverBought(build, node, sink, feedsGood, units);
  const produced = produce(build, node, units);
  if (produced.outcome === "refused") return produced;
  return haul(build, produced.output, sink, feedsGood, units, produced.dependsOn, true);
}

function deliverBought(build: Build, node: BuyNode, sink: Quote, feedsGood: string, units: number): Delivered {
  const source = quoteAt(build.world.book, node.sourceMarket, node.good);
  if (!source) return refusal("noQuote", `no price of ${node.good} at ${node.sourceMarket}`);
  return haul(build, source, sink, feedsGood, units, [], false);
}

/** Splits the units into equal trips of at most one hold. */
function haul(
  build: Build,
  source: Quote,
  sink: Quote,
  feedsGood: string,
  units: number,
  dependsOn: readonly string[],
  fabricated: boolean,
): Delivered {
  if (buyTranche(source, build.policy.leg) === 0) {
    return refusal("nothingPays", `supply ${source.supply} of ${source.good} at ${source.waypoint} allows no unit`);
  }
  const capacity = build.world.hull.cargoCapacity;
  if (capacity <= 0) return refusal("nothingPays", "no hull with a hold");
  const trips = Math.ceil(units / capacity);
  const ids: string[] = [];
  for (let trip = 0; trip < trips; trip += 1) {
    const share = Math.floor((units * (trip + 1)) / trips) - Math.floor((units * trip) / trips);
    ids.push(addTrip(build, source, sink, feedsGood, share, dependsOn, fabricated));
  }
  return { outcome: "delivered", ids };
}

function addTrip(
  build: Build,
  source: Quote,
  sink: Quote,
  feedsGood: string,
  units: number,
  dependsOn: readonly string[],
  fabricated: boolean,
): string {
  const { world, policy } = build;
  const key = `${source.waypoint}>${sink.waypoint}:${source.good}`;
  const movedUnits = build.moved.get(key) ?? 0;
  const id = `t${build.tasks.length + 1}`;
  const { flights, hull, commitments } = world;
  // A ship that brought the trip before it is where that ended.
  const back = movedUnits > 0 ? flights.between(sink.waypoint, source.waypoint, hull, policy.leg.route) : undefined;
  const approach = back ?? approachTo(source.waypoint, world, policy.leg);
  build.tasks.push({
    id,
    type: fabricated ? "COLLECT_DELIVER" : "ACQUIRE_DELIVER",
    good: source.good,
    units,
    source: source.waypoint,
    target: sink.waypoint,
    feedsGood,
    awaitsProduction: fabricated,
    dependsOn,
    priority: fabricated ? COLLECT_INTERMEDIATE_PRIORITY : DELIVER_PRIORITY,
    expected: legEconomics({
      source,
      sink,
      units,
      flights,
      hull,
      policy: policy.leg,
      commitments,
      movedUnits,
      approach,
    }),
    allowBurn: policy.leg.route.allowBurn,
    approachCredits: flightCredits(approach, policy.leg),
  });
  build.moved.set(key, movedUnits + units);
  return id;
}

function secondsToProduce(tranches: number, activity: ActivityLevel | undefined, policy: PlanPolicy): number {
  const seconds = (tranches / (policy.productionVolumesPerHour * PRODUCTION_SPEED[activity ?? "WEAK"])) * 3600;
  return Math.ceil(seconds / policy.productionTickSeconds) * policy.productionTickSeconds;
}

function refusal(reason: PlanFailureReason, detail: string): ChainRefusal {
  return { outcome: "refused", reason, detail };
}
