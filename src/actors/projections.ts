import type { ShipState } from "../domain/ship.ts";
import type { Task } from "../domain/taskState.ts";
import type { AgentContext } from "../machines/agent.machine.ts";
import type { FactoryContext } from "../machines/factory.machine.ts";
import type { PipelineContext } from "../machines/pipelineProtocol.ts";
import type { Claim, Observation } from "../machines/shipProtocol.ts";
import type { ShipContext } from "../machines/shipSteps.ts";
import { type TaskContext, unitsAboard } from "../machines/taskSteps.ts";
import type { TourContext } from "../machines/tour.machine.ts";
import type { TreasuryContext } from "../machines/treasury.machine.ts";
import type { ActorState, ProjectArgs } from "../runtime/kind.ts";
import type { RowChange, RowValue } from "../runtime/readModel.ts";
import { unaccountedTrade } from "./unaccountedTrade.ts";

/** Rows that other programs read, from actors' states. Pure; a row is written only when what it shows has changed. */
type Row = Readonly<Record<string, RowValue>>;

export function projectAgent({ agent, before, after, atMs }: ProjectArgs<AgentContext>): readonly RowChange[] {
  const row = (state: ActorState<AgentContext>): Row => ({
    agent,
    headquarters: state.context.headquarters,
    credits: state.context.credits,
    ship_count: state.context.ships.length,
  });
  return changed("players", before === undefined ? undefined : row(before), row(after), atMs);
}

/** The purse changes with each trade, the agent's own reading only now and then. */
export function projectTreasury({ agent, before, after, atMs }: ProjectArgs<TreasuryContext>): readonly RowChange[] {
  const credits = after.context.purse.liveCredits;
  if (credits === undefined || credits === before?.context.purse.liveCredits) return [];
  return [{ op: "upsert", table: "players", row: { agent, credits, updated_at: iso(atMs) } }];
}

/** Why a ship that was given up releases its claim; the reason of the rows that this leaves. */
export const SHIP_LOST = "the ship is lost";

export function projectShip(args: ProjectArgs<ShipContext>): readonly RowChange[] {
  const { agent, address, before, after, atMs, event } = args;
  const row = (state: ActorState<ShipContext>): Row => {
    const { ship, claim, command } = state.context;
    return {
      agent,
      ship_symbol: ship.symbol,
      address,
      role: ship.role,
      frame: ship.frame,
      system: ship.system,
      waypoint: ship.waypoint,
      nav_status: ship.nav,
      flight_mode: ship.flightMode,
      arrival_at: ship.arrivalAtMs === undefined ? null : iso(ship.arrivalAtMs),
      speed: ship.speed,
      fuel_units: ship.fuelUnits,
      fuel_capacity: ship.fuelCapacity,
      cargo_units: ship.cargoUnits,
      cargo_capacity: ship.cargoCapacity,
      cargo: ship.cargo.map(({ good, units }) => ({ good, units })),
      activity: claim === null ? "idle" : claim.purpose,
      doing: doingOf(state),
      task: command !== null && command.kind !== "travel" ? command.memo.task : (claim?.owner ?? null),
    };
  };
  const changes = changed("ships", before === undefined ? undefined : row(before), row(after), atMs);
  const reason = event.type === "ship.release" ? String(event["reason"]) : releaseReasonOf(event.type);
  const claims = assignmentRows(
    agent,
    after.context.ship.symbol,
    before?.context.claim ?? null,
    after.context.claim,
    reason,
    atMs,
  );
  // Its return: the cargo is within reach again, and whoever claims the ship next answers for it.
  const back = reason === SHIP_LOST ? (before?.context.ship.cargo ?? []) : [];
  const freed = back.map(
    ({ good }): RowChange => ({
      op: "delete",
      table: "cargo_holds",
      key: { agent, ship_symbol: after.context.ship.symbol, good },
    }),
  );
  return [...changes, ...claims, ...freed, ...unaccountedTrade(args)];
}

function releaseReasonOf(eventType: string): string {
  if (eventType === "ship.transfer") return "transferred";
  return eventType === "ship.ownersGone" ? "the owner was given up" : "ended";
}

/** One active row per ship, idle ones with the reason of their release (R003-12, R004-13). */
function assignmentRows(
  agent: string,
  ship: string,
  before: Claim | null,
  after: Claim | null,
  reason: string,
  atMs: number,
): readonly RowChange[] {
  if (before?.owner === after?.owner) return [];
  const rows: RowChange[] = [];
  if (before !== null) {
    const row = {
      agent,
      ship_symbol: ship,
      container_id: before.owner,
      status: "idle",
      released_at: iso(atMs),
      release_reason: reason,
    };
    rows.push({ op: "upsert", table: "ship_assignments", row });
  }
  if (after !== null) {
    const row = {
      agent,
      ship_symbol: ship,
      container_id: after.owner,
      operation: after.purpose === "tour" ? "command" : after.purpose,
      status: "active",
      assigned_at: iso(after.sinceMs),
      released_at: null,
      release_reason: null,
    };
    rows.push({ op: "upsert", table: "ship_assignments", row });
  }
  return rows;
}

function doingOf({ value, context }: ActorState<ShipContext>): string {
  const state = typeof value === "string" ? value : JSON.stringify(value);
  const { command, ship } = context;
  if (state === "flying") return `flying to ${ship.waypoint}`;
  if (command === null) return state;
  return command.kind === "travel" ? `${state}, to ${command.waypoint}` : `${state} ${command.units} ${command.good}`;
}

export function projectTask({ agent, address, before, after, event, atMs }: ProjectArgs<TaskContext>): readonly RowChange[] {
  const row = (state: ActorState<TaskContext>): Row => taskRow(agent, address, state.context.task);
  const changes = changed("manufacturing_tasks", before === undefined ? undefined : row(before), row(after), atMs, false);
  const lost =
    event.type === "ship.lost" ? lostShipRows({ agent, owner: address, ship: before?.context.ship ?? null, atMs }) : [];
  return [...changes, ...holdRows(agent, before, after, atMs), ...lost];
}

/**
 * A ship that was given up cannot end its own assignment: its owner does, in the commit in which it hears of it (G9). What is aboard is
 * out of everybody's reach and held on purpose until the ship is back (G10).
 */
function lostShipRows(lost: {
  readonly agent: string;
  readonly owner: string;
  readonly ship: ShipState | null;
  readonly atMs: number;
}): readonly RowChange[] {
  const { agent, owner, ship, atMs } = lost;
  if (ship === null) return [];
  const key = { agent, ship_symbol: ship.symbol };
  const ended = { ...key, container_id: owner, status: "idle", released_at: iso(atMs), release_reason: SHIP_LOST };
  const holds = ship.cargo.map(
    ({ good, units }): RowChange => ({
      op: "upsert",
      table: "cargo_holds",
      row: { ...key, good, units, reason: SHIP_LOST, since: iso(atMs) },
    }),
  );
  return [{ op: "upsert", table: "ship_assignments", row: ended }, ...holds];
}

/** Cargo that no known market buys is held on purpose, and listed (R002-104). */
function holdRows(
  agent: string,
  before: ActorState<TaskContext> | undefined,
  after: ActorState<TaskContext>,
  atMs: number,
): readonly RowChange[] {
  const was = before !== undefined && isHolding(before);
  const { ship, task } = after.context;
  if (was === isHolding(after)) return [];
  const symbol = ship?.symbol ?? before?.context.ship?.symbol;
  if (symbol === undefined) return [];
  const key = { agent, ship_symbol: symbol, good: task.good };
  if (was) return [{ op: "delete", table: "cargo_holds", key }];
  const units = ship === null ? 0 : unitsAboard(ship, task.good);
  return [{ op: "upsert", table: "cargo_holds", row: { ...key, units, reason: "no known market buys it", since: iso(atMs) } }];
}

function isHolding({ value }: ActorState<TaskContext>): boolean {
  return typeof value === "object" && value !== null && "executing" in value && value.executing === "holding";
}

function taskRow(agent: string, address: string, task: Task): Row {
  return {
    agent,
    id: task.id,
    pipeline_id: task.pipelineId ?? null,
    task_type: task.type,
    status: task.status,
    good: task.good,
    quantity: task.units,
    actual_quantity: task.actualUnits,
    source_market: task.sourceMarket ?? null,
    target_market: task.targetMarket ?? null,
    factory_symbol: task.feedsGood === undefined ? null : (task.targetMarket ?? null),
    feeds_good: task.feedsGood ?? null,
    assigned_ship: task.assignedShip ?? null,
    affinity_ship: task.affinityShip ?? null,
    priority: task.priority,
    retry_count: task.retryCount,
    max_retries: task.maxRetries,
    collect_phase_completed: task.collectPhaseCompleted,
    acquire_phase_completed: task.acquirePhaseCompleted,
    phase_completed_at: isoOrNull(task.phaseCompletedAtMs),
    total_cost: task.totalCostCredits,
    total_revenue: task.totalRevenueCredits,
    error_message: task.errorMessage ?? null,
    worker_address: address,
    created_at: iso(task.createdAtMs),
    ready_at: isoOrNull(task.readyAtMs),
    started_at: isoOrNull(task.startedAtMs),
    completed_at: isoOrNull(task.completedAtMs),
  };
}

export function projectPipeline({ agent, address, before, after, atMs }: ProjectArgs<PipelineContext>): readonly RowChange[] {
  const row = (state: ActorState<PipelineContext>): Row => {
    const { state: pipeline, plan, reason } = state.context;
    return {
      agent,
      id: pipeline.id,
      product_good: pipeline.productGood,
      sell_market: pipeline.sellMarket,
      expected_price: Math.round(pipeline.expectedBidCredits),
      expected_profit: Math.round(plan.economics.profitCredits),
      status: pipeline.status,
      total_cost: pipeline.totalCostCredits,
      total_revenue: pipeline.totalRevenueCredits,
      net_profit: pipeline.totalRevenueCredits - pipeline.totalCostCredits,
      reason: reason ?? pipeline.failing ?? null,
      address,
      created_at: iso(pipeline.createdAtMs),
      started_at: isoOrNull(pipeline.startedAtMs),
      completed_at: isoOrNull(pipeline.completedAtMs),
    };
  };
  const changes = changed("manufacturing_pipelines", before === undefined ? undefined : row(before), row(after), atMs, false);
  return before === undefined ? [...changes.map(withPlan(after.context)), ...dependencyRows(agent, after.context)] : changes;
}

function withPlan({ plan }: PipelineContext): (change: RowChange) => RowChange {
  const { kind, units, economics } = plan;
  const tasks = plan.tasks.map(({ id, type, good, units: wanted, source, target }) => ({
    id,
    type,
    good,
    units: wanted,
    source,
    target,
  }));
  return (change) =>
    change.op === "upsert"
      ? { ...change, row: { ...change.row, plan: { kind, units, tasks, economics: { ...economics } } } }
      : change;
}

function dependencyRows(agent: string, { tasks }: PipelineContext): readonly RowChange[] {
  return tasks.flatMap((task) =>
    task.dependsOn.map((dependency) => ({
      op: "upsert" as const,
      table: "manufacturing_task_dependencies",
      row: { agent, task_id: task.id, depends_on_id: dependency },
    })),
  );
}

export function projectFactory({ agent, before, after, atMs }: ProjectArgs<FactoryContext>): readonly RowChange[] {
  const row = (state: ActorState<FactoryContext>): Row => {
    const { factory, readiness } = state.context;
    return {
      agent,
      factory_symbol: factory.waypoint,
      output_good: factory.good,
      pipeline_id: factory.pipelineId ?? "",
      required_inputs: factory.inputs.map(({ good, requiredUnits }) => ({ good, units: requiredUnits })),
      delivered_inputs: Object.fromEntries(
        factory.inputs.map((input) => [
          input.good,
          {
            delivered: input.deliveredUnits >= input.requiredUnits,
            quantity: input.deliveredUnits,
            ship: input.deliveredBy ?? null,
          },
        ]),
      ),
      all_inputs_delivered: factory.inputs.every((input) => input.deliveredUnits >= input.requiredUnits),
      current_supply: factory.currentSupply ?? null,
      previous_supply: factory.previousSupply ?? null,
      ready_for_collection: readiness.ready,
      reading_stale: !readiness.ready && (readiness.reason === "stale" || readiness.reason === "neverSeen"),
      reason: readiness.ready ? null : `${readiness.reason}: ${readiness.detail}`,
      observed_at: isoOrNull(factory.supplySeenAtMs),
      created_at: iso(factory.createdAtMs),
      inputs_completed_at: isoOrNull(factory.inputsCompletedAtMs),
      ready_at: isoOrNull(factory.readyAtMs),
    };
  };
  return changed("manufacturing_factory_states", before === undefined ? undefined : row(before), row(after), atMs, false);
}

export function projectTour({ agent, address, before, after, event, atMs }: ProjectArgs<TourContext>): readonly RowChange[] {
  const row = (state: ActorState<TourContext>): Row => {
    const { symbol, ship, stops, errands, next, visits, startedAtMs } = state.context;
    return {
      agent,
      ship_symbol: symbol,
      address,
      system: ship?.system ?? null,
      markets: [...errands, ...(stops ?? [])],
      status: state.status === "done" ? "ended" : typeof state.value === "string" ? state.value : "running",
      next_waypoint: next,
      visits,
      started_at: iso(startedAtMs),
    };
  };
  const changes = changed("tours", before === undefined ? undefined : row(before), row(after), atMs);
  const lost =
    event.type === "ship.lost" ? lostShipRows({ agent, owner: address, ship: before?.context.ship ?? null, atMs }) : [];
  return [...changes, ...lost];
}

/** One row per quote of an observation: the market book's durable copy. */
export function projectObservation({ agent, event }: ProjectArgs<unknown>): readonly RowChange[] {
  if (event.type !== "universe.marketObserved") return [];
  const { quotes } = event["observation"] as Observation;
  return quotes.map((quote) => ({
    op: "upsert",
    table: "market_quotes",
    row: {
      agent,
      waypoint: quote.waypoint,
      good: quote.good,
      type: quote.type,
      trade_volume: quote.tradeVolume,
      supply: quote.supply,
      activity: quote.activity ?? null,
      ask_credits: quote.askCredits,
      bid_credits: quote.bidCredits,
      observed_at: iso(quote.observedAtMs),
    },
  }));
}

function changed(table: string, before: Row | undefined, after: Row, atMs: number, stamped = true): readonly RowChange[] {
  if (before !== undefined && JSON.stringify(before) === JSON.stringify(after)) return [];
  return [{ op: "upsert", table, row: stamped ? { ...after, updated_at: iso(atMs) } : after }];
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}

function isoOrNull(atMs: number | undefined): string | null {
  return atMs === undefined ? null : iso(atMs);
}
