/** What a user may ask of manufacturing, and what they hear: the interface between console and daemon, in plain JSON. */
import type { PipelinePhase } from "../domain/pipelinePhase.ts";
import type { PlanAnswerReason, PlanQuestion, ProductAnswer } from "../domain/planAnswer.ts";

export interface ManufacturingDesk {
  /** Plans and buys nothing. `ship` undefined: for the fleet's best hull. `credits` undefined: with what the purse has free. */
  plan(question: {
    readonly product: string;
    readonly kind: PlanQuestion["kind"];
    readonly ship: string | undefined;
    readonly credits: number | undefined;
  }): Promise<ProductAnswer>;
  /** Durable when it resolves, unless refused. */
  start(wish: StartWish): Promise<StartAnswer>;
  /** Durable when it resolves, unless there is no such pipeline or product. */
  stop(which: StopWish): Promise<StopAnswer>;
  status(): Promise<ManufacturingStatus>;
  /** Of one pipeline, or all that have not ended, or really all. Undefined: there never was such a pipeline. */
  tasks(filter: { readonly pipeline: string | undefined; readonly ended: boolean }): Promise<readonly TaskLine[] | undefined>;
  /** Of one product or all. Undefined: nobody has heard of such a product. */
  refusals(product: string | undefined): Promise<Refusals | undefined>;
}

export interface StartWish {
  /** Null: the best that pays. */
  readonly product: string | null;
  readonly kind: PlanQuestion["kind"];
  readonly force: boolean;
}

export type StartAnswer =
  | { readonly outcome: "started"; readonly order: string; readonly pipeline: string }
  /** Stored, and begun as soon as a ship is free. */
  | { readonly outcome: "waiting"; readonly order: string; readonly detail: string }
  | { readonly outcome: "refused"; readonly reason: string; readonly detail: string };

export interface StopWish {
  /** Id (`p12`), or undefined. */
  readonly pipeline: string | undefined;
  readonly product: string | undefined;
  /** How long the fleet begins none of the product by itself; undefined: until somebody starts it. */
  readonly forGameSeconds: number | undefined;
}

export type StopAnswer =
  | {
      readonly outcome: "stopped";
      readonly pipelines: readonly StoppedPipeline[];
      readonly orders: number;
      /** What the fleet begins none of by itself. */
      readonly products: readonly string[];
      /** Null: until somebody starts it. */
      readonly until: string | null;
    }
  | { readonly outcome: "notRunning"; readonly detail: string };

/** `stopping`: these ships still sell what they have aboard. */
export interface StoppedPipeline {
  readonly container_id: string;
  readonly status: "stopped" | "stopping";
  readonly pipeline: string;
  readonly good: string;
  readonly ships: readonly string[];
}

export interface ManufacturingStatus {
  /** Those at work, then the latest that have ended. */
  readonly pipelines: readonly PipelineState[];
  /** Of the pipelines at work. */
  readonly factories: readonly FactoryLine[];
  readonly orders: readonly OrderLine[];
  /** What came to nothing or was stopped by hand, and until when it is left alone; null: until somebody starts it. */
  readonly leftAlone: readonly {
    readonly good: string;
    readonly kind: string;
    readonly until: string | null;
    readonly because: string;
  }[];
  /** Cargo that no market is known to buy. */
  readonly held: readonly {
    readonly ship: string;
    readonly good: string;
    readonly units: number;
    readonly reason: string | null;
  }[];
  readonly money: MoneyLine;
}

export interface PipelineState {
  readonly id: string;
  readonly good: string;
  readonly status: string;
  readonly phase: PipelinePhase;
  readonly tasks: number;
  readonly tasksDone: number;
  readonly costCredits: number;
  readonly revenueCredits: number;
  /** Null for one of before fuel was counted: its profit is without it. */
  readonly fuelCredits: number | null;
  /** Revenue less cost and fuel of the tasks that have ended. */
  readonly profitCredits: number;
  /** As planned, less fuel too. */
  readonly expectedProfitCredits: number | null;
  /** What the factory at the sell market gains by it, as planned: a reason to go, no money. */
  readonly feedWorthCredits: number;
  readonly sellMarket: string | null;
  /** Why it ends, or ended, other than by its sale. */
  readonly reason: string | null;
  readonly createdAt: string;
  readonly completedAt: string | null;
}

export interface FactoryLine {
  readonly waypoint: string;
  readonly good: string;
  readonly pipeline: string;
  readonly supply: string | null;
  readonly readyForCollection: boolean;
  /** Why nothing is collected yet. */
  readonly reason: string | null;
}

export interface OrderLine {
  readonly order: string;
  readonly good: string | null;
  readonly kind: string;
  readonly placedAt: string;
  readonly waitsFor: string | null;
}

export interface MoneyLine {
  readonly credits: number | null;
  readonly floorCredits: number;
  readonly reservedCredits: number;
  /** What running pipelines will ask the purse for. */
  readonly earmarkedCredits: number;
  /** What a new plan may count on. */
  readonly availableCredits: number;
  /** By the ledger, since the agent's first trade: sales less purchases and fuel. */
  readonly operatingProfitCredits: number;
  /** By the ledger: paid for ships. */
  readonly hullsCredits: number;
}

export interface TaskLine {
  readonly id: string;
  readonly pipeline: string | null;
  readonly type: string;
  readonly status: string;
  readonly good: string;
  readonly units: number;
  /** Bought or collected; of LIQUIDATE, sold. */
  readonly actualUnits: number;
  readonly source: string | null;
  readonly target: string | null;
  readonly ship: string | null;
  readonly priority: number;
  readonly attempts: number;
  readonly cargoAboard: boolean;
  readonly error: string | null;
  readonly dependsOn: readonly string[];
}

export interface Refusals {
  /** What the planner says now of each product that no trade, or no chain, pays for. */
  readonly products: readonly ProductRefusal[];
  /** Why no hull is bought now; not where one product is asked for. */
  readonly hulls: readonly HullRefusal[];
  /** What was refused or given up, the latest first. */
  readonly recent: readonly RecentRefusal[];
}

export interface HullRefusal {
  readonly type: string;
  /** The yard; null where no price of a hull is known. */
  readonly waypoint: string | null;
  readonly reason: string;
  readonly detail: string;
}

export interface ProductRefusal {
  readonly good: string;
  readonly kind: PlanQuestion["kind"];
  readonly reason: PlanAnswerReason | "stoppedByHand";
  readonly detail: string;
  /** Of the plan, where it was complete. */
  readonly profitCredits: number | null;
}

export interface RecentRefusal {
  readonly at: string;
  readonly by: "order" | "treasury" | "task" | "pipeline";
  readonly good: string | null;
  readonly reason: string;
  readonly detail: string;
}
