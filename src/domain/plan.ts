/** What a plan is: a product's supply tree as a task graph with its expected money and time. Values only; `planner.ts` makes them. */
import type { Commitment } from "./commitment.ts";
import { DEFAULT_FEED_POLICY, type FeedPolicy } from "./feedWorth.ts";
import type { Flights } from "./flights.ts";
import { DEFAULT_GAIN_POLICY, type GainPolicy } from "./leastGain.ts";
import type { MarketBook } from "./quotes.ts";
import { DEFAULT_RESOLVER_POLICY, type NodeRejection, type ResolverPolicy, type SupplyNode } from "./resolver.ts";
import { DEFAULT_SELL_SCORE, type SellScorePolicy } from "./sellScore.ts";
import type { SupplyChainMap } from "./supplyChain.ts";
import type { TaskType } from "./taskState.ts";
import { DEFAULT_LEG_POLICY, type LegEconomics, type LegPolicy, type TradingHull } from "./tradeLeg.ts";

/** What the fleet knows when it plans. */
export interface PlanWorld {
  readonly nowMs: number;
  readonly book: MarketBook;
  readonly flights: Flights;
  readonly chain: SupplyChainMap;
  /** The hull that will carry it: planning assumes one like this for each task. */
  readonly hull: TradingHull;
  /** Where ships are that could take a task; empty when unknown. */
  readonly shipWaypoints: readonly string[];
  readonly commitments: readonly Commitment[];
  /** What may be spent: live credits minus reservations and floor. */
  readonly creditsAvailable: number;
}

export interface PlanPolicy {
  readonly resolver: ResolverPolicy;
  readonly leg: LegPolicy;
  readonly gain: GainPolicy;
  readonly feed: FeedPolicy;
  /** `profit` ranks sinks by profit per ship-second; `seed` takes the highest sell score and plain trades at HIGH only. */
  readonly selection: "profit" | "seed";
  readonly sellScore: SellScorePolicy;
  readonly minProfitCredits: number;
  /** Profit divided by purchases. */
  readonly minMargin: number;
  /** Profit of a chain divided by its fuel. At 2 two thirds of its gain on goods may be lost while it lasts, and nothing is lost by it: the fuel is sure. */
  readonly minProfitPerFuel: number;
  /** Gain on goods divided by purchases, of each delivery to a factory: what has been fed must not be lost when a chain ends before its product is sold. */
  readonly minDeliveryMargin: number;
  /** Most trips of one chain: a longer one ties up a slot, ships and prices for hours in which the markets it stands on move. */
  readonly maxTrips: number;
  /** Longest critical path of one chain, game seconds. */
  readonly maxElapsedSeconds: number;
  /** Trade volumes per game hour of a WEAK factory that lacks nothing (calibrated, confidence C). */
  readonly productionVolumesPerHour: number;
  readonly productionTickSeconds: number;
}

export const DEFAULT_PLAN_POLICY: PlanPolicy = {
  resolver: DEFAULT_RESOLVER_POLICY,
  leg: DEFAULT_LEG_POLICY,
  gain: DEFAULT_GAIN_POLICY,
  feed: DEFAULT_FEED_POLICY,
  selection: "profit",
  sellScore: DEFAULT_SELL_SCORE,
  minProfitCredits: 500,
  minMargin: 0.03,
  minProfitPerFuel: 2,
  minDeliveryMargin: 0.03,
  maxTrips: 10,
  maxElapsedSeconds: 2.5 * 3600,
  productionVolumesPerHour: 3,
  productionTickSeconds: 900,
};

export interface PlannedTask {
  /** `t1`, `t2` … unique within the plan and the same for the same input. */
  readonly id: string;
  readonly type: Exclude<TaskType, "LIQUIDATE">;
  readonly good: string;
  readonly units: number;
  readonly source: string;
  readonly target: string;
  /** Output good of the factory at `target` that this delivery feeds. */
  readonly feedsGood: string | undefined;
  /** Phase one waits for HIGH supply at `source`. */
  readonly awaitsProduction: boolean;
  readonly dependsOn: readonly string[];
  readonly priority: number;
  readonly expected: LegEconomics;
  /** Its ship may BURN: what it earns is worth the time. Absent in what an earlier version stored: it may. */
  readonly allowBurn?: boolean;
  /** Of the expected fuel, for the way to the source. */
  readonly approachCredits?: number;
}

export interface PlannedFactory {
  readonly waypoint: string;
  readonly good: string;
  /** Units of each input that raise the output to HIGH and make what is wanted. */
  readonly inputs: readonly { readonly good: string; readonly units: number }[];
  readonly outputUnits: number;
  readonly productionSeconds: number;
  /** Inputs by the map that its market does not import. */
  readonly notImported: readonly string[];
}

export interface Plan {
  readonly product: string;
  /** `trade`: the product itself is bought; `fabricate`: at least one FABRICATE node. */
  readonly kind: "trade" | "fabricate";
  readonly root: SupplyNode;
  readonly depth: number;
  readonly sellMarket: string;
  readonly expectedBidCredits: number;
  readonly sellScore: number;
  readonly units: number;
  /** Dependencies come before their dependants. */
  readonly tasks: readonly PlannedTask[];
  readonly factories: readonly PlannedFactory[];
  readonly economics: PlanEconomics;
  /** What the factory at the sink gains by it, beyond the price: a reason to go, no money. */
  readonly feedWorthCredits: number;
  readonly rejected: readonly NodeRejection[];
}

export interface PlanEconomics extends LegEconomics {
  /** Revenue − purchases − fuel. */
  readonly profitCredits: number;
  /** Profit divided by purchases. */
  readonly margin: number;
  /** Critical path: legs and production, with a ship free for each task. */
  readonly elapsedSeconds: number;
  /** Most credits tied up at once: the widest wave of purchases less what earlier waves brought back. */
  readonly capitalCredits: number;
  readonly creditsPerShipSecond: number;
  readonly creditsPerRequest: number;
}

export type PlanFailureReason =
  | "unresolved"
  | "noSellMarket"
  | "noQuote"
  | "nothingPays"
  | "alreadyHigh"
  | "alreadyFed"
  | "marginTooLow"
  | "tooLong"
  | "unaffordable";

export type PlanResult =
  | { readonly outcome: "planned"; readonly plan: Plan }
  | {
      readonly outcome: "refused";
      readonly product: string;
      readonly reason: PlanFailureReason;
      readonly detail: string;
      readonly rejected: readonly NodeRejection[];
      /** Where a tree that could not be resolved ends. */
      readonly cause: NodeRejection | undefined;
      /** The whole plan, where it was complete and refused for its figures. */
      readonly draft: Plan | undefined;
    };

export interface PlanRequest {
  readonly product: string;
  readonly world: PlanWorld;
  readonly policy?: PlanPolicy;
  /** `fabricate` plans to make the product even where it could be bought. */
  readonly productMethod?: "adaptive" | "fabricate";
}
