import { type Quote, supplyRank } from "../domain/market.ts";
import type { ShipState } from "../domain/ship.ts";
import { shouldSkipToSecondPhase, type Task } from "../domain/taskState.ts";
import { type TradeSizePolicy, tradeSize } from "../domain/tradeSize.ts";
import type { Scope } from "./addresses.ts";

/** What a worker remembers: the task entity, and where it stands with ship, purse and markets. */
export interface TaskContext {
  readonly scope: Scope;
  readonly address: string;
  readonly parent: string;
  readonly task: Task;
  /** Highest ask at which a purchase still serves the plan. */
  readonly maxAskCredits: number;
  readonly expectedCostCredits: number;
  readonly expectedRevenueCredits: number;
  readonly creditsPerShipSecond: number;
  /** Its ship may BURN. Absent in what an earlier version stored: it may. */
  readonly allowBurn?: boolean;
  readonly maxApproachCredits?: number;
  readonly tradeSize: TradeSizePolicy;
  /** Set while the ship is ours; its answers replace it. */
  readonly ship: ShipState | null;
  /** Of the market where the ship is. */
  readonly quotes: readonly Quote[];
  readonly arrivedAt: string | null;
  readonly commandId: string | null;
  readonly commands: number;
  readonly reservedCredits: number;
  /** No more purchases: the reason why. */
  readonly stopBuying: string | null;
  /** The purse refused; nothing can be bought this visit. */
  readonly broke: boolean;
  readonly sink: string | null;
  /** Bid of the first tranche sold at the present sink. */
  readonly firstBidCredits: number | null;
  readonly replans: number;
  /** Commands refused since the last attempt began. */
  readonly stumbles: number;
  /** Sell at the present sink whatever it pays: there is none better. */
  readonly sellAnyway: boolean;
  readonly cancelRequested: string | null;
  /** By hand: the ship is let go with that as the reason. */
  readonly stopped: boolean;
  /** Why the ship goes back as long as nothing of this task is aboard. */
  readonly standBack: string | undefined;
  readonly boughtUnits: number;
  readonly soldUnits: number;
  readonly failure: string | null;
}

export type TaskStep =
  | { readonly step: "goToSource"; readonly waypoint: string }
  | { readonly step: "reserve"; readonly credits: number; readonly minCredits: number }
  | { readonly step: "purchase"; readonly units: number }
  | { readonly step: "markPhase" }
  | { readonly step: "chooseSink" }
  | { readonly step: "goToSink"; readonly waypoint: string }
  | { readonly step: "sell"; readonly units: number }
  | { readonly step: "complete" }
  /** Not now: back to PENDING without a retry used. */
  | { readonly step: "wait"; readonly reason: string }
  | { readonly step: "cancel"; readonly reason: string };

/** The sink's bid may be, or fall to, this share of what was planned or paid first before another sink is considered. */
const RETHINK_SHARE = 0.75;
const MAX_REPLANS = 3;
/** A tranche raises the ask; what is reserved for a visit must cover that. */
const RESERVE_MARGIN = 1.25;

/** The next act of a worker that holds its ship. Pure: derived from what is aboard, never from a stored cursor (R002-84). */
export function nextTaskStep(context: TaskContext): TaskStep {
  const { task, ship } = context;
  if (ship === null) return { step: "wait", reason: "no ship" };
  const aboard = unitsAboard(ship, task.good);
  const acquiring = task.type !== "LIQUIDATE" && !shouldSkipToSecondPhase(task);
  if (acquiring) return acquireStep(context, ship, aboard);
  return aboard === 0 ? { step: "complete" } : sellStep(context, ship, aboard);
}

function acquireStep(context: TaskContext, ship: ShipState, aboard: number): TaskStep {
  const { task } = context;
  const stop = context.cancelRequested ?? context.stopBuying ?? (context.broke ? "the treasury refused" : null);
  const done = aboard > 0 ? ({ step: "markPhase" } as const) : undefined;
  if (context.cancelRequested !== null) return done ?? { step: "cancel", reason: context.cancelRequested };
  if (task.units > 0 && aboard >= task.units) return { step: "markPhase" };
  if (aboard === 0 && context.standBack !== undefined) return { step: "wait", reason: context.standBack };
  if (stop !== null) return done ?? { step: "cancel", reason: stop };
  if (task.sourceMarket === undefined) return { step: "cancel", reason: "no source market" };
  if (context.arrivedAt !== task.sourceMarket || ship.waypoint !== task.sourceMarket) {
    return { step: "goToSource", waypoint: task.sourceMarket };
  }
  return buyStep(context, ship, aboard);
}

function buyStep(context: TaskContext, ship: ShipState, aboard: number): TaskStep {
  const { task } = context;
  const done = aboard > 0 ? ({ step: "markPhase" } as const) : undefined;
  const quote = quoteFor(context, task.good);
  if (quote === undefined || quote.type === "IMPORT")
    return done ?? { step: "cancel", reason: `${task.good} is not sold at ${ship.waypoint}` };
  if (task.awaitsProduction && aboard === 0 && supplyRank(quote.supply) < supplyRank("HIGH")) {
    return { step: "wait", reason: `supply ${quote.supply}` };
  }
  if (quote.askCredits > context.maxAskCredits) {
    return done ?? { step: "cancel", reason: `ask ${quote.askCredits} above ${context.maxAskCredits}` };
  }
  const wanted = task.units > 0 ? task.units - aboard : ship.cargoCapacity - ship.cargoUnits;
  const freeCargoUnits = ship.cargoCapacity - ship.cargoUnits;
  if (context.reservedCredits < quote.askCredits) {
    const units = Math.min(wanted, freeCargoUnits);
    if (units <= 0) return done ?? { step: "cancel", reason: "no free cargo space" };
    return { step: "reserve", credits: Math.ceil(units * quote.askCredits * RESERVE_MARGIN), minCredits: quote.askCredits };
  }
  const { tradeVolume, supply, askCredits } = quote;
  const size = tradeSize(
    { freeCargoUnits, targetUnits: wanted, tradeVolume, supply, askCredits, creditsAvailable: context.reservedCredits },
    context.tradeSize,
  );
  if (size.units === 0) return done ?? { step: "cancel", reason: size.reason ?? "nothing to buy" };
  return { step: "purchase", units: size.units };
}

function sellStep(context: TaskContext, ship: ShipState, aboard: number): TaskStep {
  const { sink, task } = context;
  if (sink === null) return { step: "chooseSink" };
  if (context.arrivedAt !== sink || ship.waypoint !== sink) return { step: "goToSink", waypoint: sink };
  const quote = quoteFor(context, task.good);
  if (quote === undefined)
    return context.replans < MAX_REPLANS
      ? { step: "chooseSink" }
      : { step: "wait", reason: `${task.good} is not bought at ${sink}` };
  const floor = (context.firstBidCredits ?? plannedBid(context) ?? quote.bidCredits) * RETHINK_SHARE;
  if (quote.bidCredits < floor && !context.sellAnyway && context.replans < MAX_REPLANS) return { step: "chooseSink" };
  return { step: "sell", units: Math.min(aboard, Math.max(1, quote.tradeVolume)) };
}

/** What the plan counts on for a unit. An input goes to its factory at what that pays: the chain's own loss limit judges it. */
function plannedBid({ task, expectedRevenueCredits }: TaskContext): number | undefined {
  if (task.feedsGood !== undefined || expectedRevenueCredits === 0 || task.units === 0) return undefined;
  return expectedRevenueCredits / task.units;
}

export function unitsAboard(ship: ShipState, good: string): number {
  return ship.cargo.find((item) => item.good === good)?.units ?? 0;
}

export function quoteFor(context: Pick<TaskContext, "quotes">, good: string): Quote | undefined {
  return context.quotes.find((quote) => quote.good === good);
}
