import type { LiquidationRule } from "../domain/liquidation.ts";
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
  /** Its market exports the product no more. */
  | { readonly type: "factory.closed"; readonly factory: string; readonly good: string }
  | { readonly type: "factory.unexpectedDelivery"; readonly good: string; readonly factory: string; readonly output: string }
  | {
      readonly type: "pipeline.started";
      readonly pipeline: string;
      readonly good: string;
      readonly fabricates: boolean;
      readonly tasks: number;
    }
  /** A late chain collects what its factories have made, whatever their labels are. */
  | { readonly type: "pipeline.waitsNoLonger"; readonly pipeline: string; readonly good: string; readonly reason: string }
  | {
      readonly type: "pipeline.completed" | "pipeline.failed" | "pipeline.cancelled";
      readonly pipeline: string;
      readonly good: string;
      readonly fabricates: boolean;
      readonly costCredits: number;
      readonly revenueCredits: number;
      readonly fuelCredits: number;
      /** Revenue less cost and fuel. */
      readonly netProfitCredits: number;
      readonly reason: string | null;
    }
  | CargoFound
  /** Its market does not import all that its recipe names; it is fed with the rest. */
  | {
      readonly type: "factory.inputsDiffer";
      readonly factory: string;
      readonly good: string;
      readonly notImported: readonly string[];
    }
  | { readonly type: "tour.began"; readonly ship: string; readonly system: string; readonly markets: number }
  /** The ship answers neither its claim nor that it is given back: it is asked again, or (`ends`) given back, or left to the agent to free. */
  | { readonly type: "tour.unanswered"; readonly ship: string; readonly asked: "claim" | "release"; readonly ends: boolean }
  | { readonly type: "tour.stopReached"; readonly ship: string; readonly waypoint: string }
  | { readonly type: "treasury.refused"; readonly purpose: string; readonly reason: string; readonly availableCredits: number };

/** What is done about cargo that is found aboard: after a start, and whenever a ship is free that should be empty. */
type CargoFound =
  /** The ship's own task goes on with what is aboard. */
  | { readonly type: "task.resumed"; readonly task: string; readonly ship: string }
  /** `adoptedBy`: the task that takes ship and cargo; null where it is sold off. */
  | { readonly type: "cargo.orphaned"; readonly ship: string; readonly cargo: string; readonly adoptedBy: string | null }
  | { readonly type: "cargo.mismatched"; readonly ship: string; readonly cargo: string }
  | { readonly type: "order.accepted"; readonly order: string; readonly pipeline: string }
  | {
      readonly type: "order.refused";
      readonly order: string;
      readonly good: string | null;
      readonly reason: string;
      readonly detail: string;
    }
  /** Looked at, worth it, and not begun: why. */
  | { readonly type: "order.waiting"; readonly order: string; readonly good: string | null; readonly detail: string }
  | {
      /** Cargo goes to another market than planned, as the price at the planned one has fallen. */
      readonly type: "task.diverted";
      readonly task: string;
      readonly good: string;
      readonly ship: string;
      readonly from: string;
      readonly to: string;
    }
  | { readonly type: "cargo.liquidating"; readonly ship: string; readonly good: string; readonly units: number }
  | {
      /** `rule`: how the market was found; anything but `score` is second best. */
      readonly type: "cargo.marketChosen";
      readonly ship: string;
      readonly good: string;
      readonly units: number;
      readonly waypoint: string;
      readonly rule: LiquidationRule;
    }
  | { readonly type: "cargo.unsellable"; readonly ship: string; readonly good: string; readonly units: number }
  | { readonly type: "cargo.reconciliationFailed"; readonly reason: string }
  /** Its worker is gone, its hold is not empty: it goes to whoever sells the cargo, never to nobody. */
  | { readonly type: "ship.preserved"; readonly ship: string; readonly owner: string }
  /** Its worker could not be brought back, and nothing was aboard: a new one does it. */
  | { readonly type: "task.rolledBack"; readonly task: string; readonly good: string }
  | { readonly type: "task.purchaseSkipped"; readonly task: string; readonly ship: string; readonly good: string }
  /** There was nothing left to sell, and the mark says that it was aboard: done before. */
  | { readonly type: "task.nothingLeft"; readonly task: string; readonly taskType: TaskType; readonly ship: string };

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
