import { netProfitCredits } from "../domain/pipelineState.ts";
import { isTerminal } from "../domain/taskState.ts";
import type { FactoryContext } from "../machines/factory.machine.ts";
import type { PipelineContext } from "../machines/pipelineProtocol.ts";
import { type TaskContext, unitsAboard } from "../machines/taskSteps.ts";
import type { ActorKind, ActorState, ProjectArgs } from "../runtime/kind.ts";
import type { RowChange } from "../runtime/readModel.ts";
import { changed, iso, isoOrNull, type Row } from "./rowChanges.ts";
import { lostShipRows } from "./ship.projection.ts";

export function projectTask({ agent, address, before, after, event, atMs }: ProjectArgs<TaskContext>): readonly RowChange[] {
  const row = (state: ActorState<TaskContext>): Row => taskRow(agent, address, state.context);
  const changes = changed("manufacturing_tasks", before === undefined ? undefined : row(before), row(after), atMs, false);
  const lost = lostShipRows({ agent, owner: address, ship: before?.context.ship ?? null, event, atMs });
  return [...changes, ...holdRows(agent, before, after, atMs), ...lost];
}

type Ended<Context> = Parameters<NonNullable<ActorKind<Context>["projectEnded"]>>[0];

/** A task whose worker is quarantined or stopped is not under way any more [R000-03]. */
export function projectTaskEnded({ agent, address, atMs, how, because, last }: Ended<TaskContext>): readonly RowChange[] {
  const set = { status: how === "stopped" ? "CANCELLED" : "FAILED", error_message: because, completed_at: iso(atMs) };
  if (last === undefined) return [{ op: "update", table: "manufacturing_tasks", where: { agent, worker_address: address }, set }];
  const { task } = last.context;
  if (isTerminal(task.status)) return [];
  return [{ op: "upsert", table: "manufacturing_tasks", row: { ...taskRow(agent, address, last.context), ...set } }];
}

export function projectPipelineEnded(ended: Ended<PipelineContext>): readonly RowChange[] {
  const { agent, address, atMs, how, because, last } = ended;
  const set = { status: how === "stopped" ? "CANCELLED" : "FAILED", reason: because, completed_at: iso(atMs) };
  if (last === undefined) return [{ op: "update", table: "manufacturing_pipelines", where: { agent, address }, set }];
  if (last.status === "done") return [];
  return [{ op: "upsert", table: "manufacturing_pipelines", row: { ...pipelineRow(agent, address, last), ...set } }];
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

/** LIQUIDATE has its units from the start and its market from the departure on: what it has done is what it has sold. */
function taskRow(agent: string, address: string, { task, sink, soldUnits }: TaskContext): Row {
  const sellsOff = task.type === "LIQUIDATE";
  return {
    agent,
    id: task.id,
    pipeline_id: task.pipelineId ?? null,
    task_type: task.type,
    status: task.status,
    good: task.good,
    quantity: task.units,
    actual_quantity: sellsOff ? soldUnits : task.actualUnits,
    source_market: task.sourceMarket ?? null,
    target_market: (sellsOff ? sink : task.targetMarket) ?? null,
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
    fuel_cost: task.fuelCredits,
    error_message: task.errorMessage ?? null,
    worker_address: address,
    created_at: iso(task.createdAtMs),
    ready_at: isoOrNull(task.readyAtMs),
    started_at: isoOrNull(task.startedAtMs),
    completed_at: isoOrNull(task.completedAtMs),
  };
}

export function projectPipeline({ agent, address, before, after, atMs }: ProjectArgs<PipelineContext>): readonly RowChange[] {
  const row = (state: ActorState<PipelineContext>): Row => pipelineRow(agent, address, state);
  const changes = changed("manufacturing_pipelines", before === undefined ? undefined : row(before), row(after), atMs, false);
  return before === undefined ? [...changes.map(withPlan(after.context)), ...dependencyRows(agent, after.context)] : changes;
}

function pipelineRow(agent: string, address: string, { context }: ActorState<PipelineContext>): Row {
  const { state: pipeline, plan, reason } = context;
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
    fuel_cost: pipeline.totalFuelCredits,
    net_profit: netProfitCredits(pipeline),
    reason: reason ?? pipeline.failing ?? null,
    address,
    created_at: iso(pipeline.createdAtMs),
    started_at: isoOrNull(pipeline.startedAtMs),
    completed_at: isoOrNull(pipeline.completedAtMs),
  };
}

function withPlan({ plan }: PipelineContext): (change: RowChange) => RowChange {
  const { kind, units, economics, feedWorthCredits = 0 } = plan;
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
      ? { ...change, row: { ...change.row, plan: { kind, units, tasks, economics: { ...economics }, feedWorthCredits } } }
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
