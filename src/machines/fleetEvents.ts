import type { SupplyLevel } from "../domain/market.ts";
import type { TaskType } from "../domain/taskState.ts";

/** What the fleet tells the world (outbox, bus, terminal): things that have happened, compact, past tense. */
export type FleetEvent =
  | { readonly type: "ship.departed"; readonly ship: string; readonly waypoint: string; readonly arrivalAtMs: number | null }
  | { readonly type: "ship.arrived"; readonly ship: string; readonly waypoint: string }
  | { readonly type: "ship.released"; readonly ship: string; readonly owner: string; readonly reason: string }
  | {
      readonly type: "ship.commandFailed";
      readonly ship: string;
      readonly command: string;
      readonly reason: string;
      readonly detail: string;
    }
  | { readonly type: "ship.lost"; readonly symbol: string }
  | {
      readonly type: "ship.purchased";
      readonly ship: string;
      readonly shipType: string;
      readonly waypoint: string;
      readonly priceCredits: number;
    }
  | TradeHappened
  | {
      readonly type: "task.assigned";
      readonly task: string;
      readonly taskType: TaskType;
      readonly good: string;
      readonly ship: string;
    }
  | {
      readonly type: "task.completed";
      readonly task: string;
      readonly taskType: TaskType;
      readonly good: string;
      readonly units: number;
      readonly costCredits: number;
      readonly revenueCredits: number;
      readonly ship: string;
    }
  | {
      readonly type: "task.failed";
      readonly task: string;
      readonly taskType: TaskType;
      readonly good: string;
      readonly reason: string;
    }
  | {
      readonly type: "task.cancelled";
      readonly task: string;
      readonly taskType: TaskType;
      readonly good: string;
      readonly reason: string;
    }
  | {
      /** Our units of an input are at the factory. */
      readonly type: "task.delivered";
      readonly good: string;
      readonly units: number;
      readonly factory: string;
      readonly output: string;
      readonly supplyAfter: SupplyLevel | null;
    }
  | {
      readonly type: "factory.supplyChanged";
      readonly factory: string;
      readonly good: string;
      readonly from: SupplyLevel;
      readonly to: SupplyLevel;
      /** Whether units that we delivered came before the change. */
      readonly ours: boolean;
    }
  | { readonly type: "factory.unexpectedDelivery"; readonly good: string; readonly factory: string; readonly output: string }
  | {
      readonly type: "pipeline.started";
      readonly pipeline: string;
      readonly good: string;
      readonly fabricates: boolean;
      readonly tasks: number;
    }
  | {
      readonly type: "pipeline.completed" | "pipeline.failed" | "pipeline.cancelled";
      readonly pipeline: string;
      readonly good: string;
      readonly fabricates: boolean;
      readonly costCredits: number;
      readonly revenueCredits: number;
      readonly netProfitCredits: number;
      readonly reason: string | null;
    }
  | { readonly type: "cargo.liquidating"; readonly ship: string; readonly good: string; readonly units: number }
  | { readonly type: "tour.stopReached"; readonly ship: string; readonly waypoint: string }
  | { readonly type: "treasury.refused"; readonly purpose: string; readonly reason: string; readonly availableCredits: number };

interface TradeHappened {
  readonly type: "trade.bought" | "trade.sold";
  readonly ship: string;
  readonly good: string;
  readonly units: number;
  readonly waypoint: string;
  readonly unitPriceCredits: number;
  readonly totalCredits: number;
  readonly task: string;
  readonly pipeline: string | null;
}
