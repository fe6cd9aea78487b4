import { sql } from "kysely";
import type { Database } from "./database.ts";

export interface PipelineSummary {
  readonly id: string;
  readonly productGood: string;
  readonly sellMarket: string | undefined;
  readonly status: string;
  readonly totalCostCredits: number;
  readonly totalRevenueCredits: number;
  /** Absent where fuel was not counted yet; then the net profit is without it. */
  readonly fuelCredits: number | undefined;
  readonly netProfitCredits: number;
  readonly expectedProfitCredits: number | undefined;
  /** What its plan is worth to the factory that it sells to; 0 when its row says nothing of it. */
  readonly feedWorthCredits: number;
  readonly reason: string | undefined;
  readonly tasks: number;
  readonly tasksCompleted: number;
  readonly createdAtMs: number;
  readonly completedAtMs: number | undefined;
}

/** Pipelines of an agent, newest first; `id` and `status` narrow to that one and to those states. */
export async function listPipelines(
  database: Database,
  agent: string,
  filter: { readonly id?: string; readonly status?: readonly string[]; readonly limit?: number } = {},
): Promise<readonly PipelineSummary[]> {
  const rows = await database.kysely
    .selectFrom("manufacturing_pipelines as p")
    .where("p.agent", "=", agent)
    .$if(filter.id !== undefined, (query) => query.where("p.id", "=", filter.id ?? ""))
    .$if(filter.status !== undefined, (query) => query.where("p.status", "in", [...(filter.status ?? []), ""]))
    .selectAll("p")
    .select((expression) => [
      sql<number>`coalesce((p.plan ->> 'feedWorthCredits')::int, 0)`.as("feed_worth"),
      expression
        .selectFrom("manufacturing_tasks as t")
        .whereRef("t.agent", "=", "p.agent")
        .whereRef("t.pipeline_id", "=", "p.id")
        .select(sql<number>`count(*)::int`.as("count"))
        .as("tasks"),
      expression
        .selectFrom("manufacturing_tasks as t")
        .whereRef("t.agent", "=", "p.agent")
        .whereRef("t.pipeline_id", "=", "p.id")
        .where("t.status", "=", "COMPLETED")
        .select(sql<number>`count(*)::int`.as("count"))
        .as("completed"),
    ])
    .orderBy("p.created_at", "desc")
    .limit(filter.limit ?? 100)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    productGood: row.product_good,
    sellMarket: row.sell_market ?? undefined,
    status: row.status,
    totalCostCredits: Number(row.total_cost),
    totalRevenueCredits: Number(row.total_revenue),
    fuelCredits: row.fuel_cost === null ? undefined : Number(row.fuel_cost),
    netProfitCredits: Number(row.net_profit),
    expectedProfitCredits: row.expected_profit === null ? undefined : Number(row.expected_profit),
    feedWorthCredits: row.feed_worth,
    reason: row.reason ?? undefined,
    tasks: row.tasks ?? 0,
    tasksCompleted: row.completed ?? 0,
    createdAtMs: row.created_at.getTime(),
    completedAtMs: row.completed_at?.getTime(),
  }));
}

/** How many tasks are in each state; states without tasks are left out. */
export async function countTasksByStatus(database: Database, agent: string): Promise<Readonly<Record<string, number>>> {
  const rows = await database.kysely
    .selectFrom("manufacturing_tasks")
    .where("agent", "=", agent)
    .select(["status", sql<number>`count(*)::int`.as("count")])
    .groupBy("status")
    .orderBy("status")
    .execute();
  return Object.fromEntries(rows.map((row) => [row.status, row.count]));
}

export interface TaskSummary {
  readonly id: string;
  readonly pipelineId: string | undefined;
  readonly type: string;
  readonly status: string;
  readonly good: string;
  readonly units: number;
  readonly actualUnits: number;
  readonly sourceMarket: string | undefined;
  readonly targetMarket: string | undefined;
  readonly ship: string | undefined;
  readonly priority: number;
  readonly retryCount: number;
  /** Whether the first of its two phases is behind it; LIQUIDATE begins with the second. */
  readonly cargoAboard: boolean;
  readonly error: string | undefined;
  readonly completedAtMs: number | undefined;
  readonly dependsOn: readonly string[];
}

/** Tasks of an agent in their order of creation, of one pipeline, in these states; the latest to end first when limited. */
export async function listTasks(
  database: Database,
  agent: string,
  filter: { readonly pipelineId?: string; readonly status?: readonly string[]; readonly latestEnded?: number } = {},
): Promise<readonly TaskSummary[]> {
  const { pipelineId, status, latestEnded } = filter;
  const rows = await database.kysely
    .selectFrom("manufacturing_tasks as t")
    .where("t.agent", "=", agent)
    .$if(pipelineId !== undefined, (query) => query.where("t.pipeline_id", "=", pipelineId ?? null))
    .$if(status !== undefined, (query) => query.where("t.status", "in", [...(status ?? []), ""]))
    .$if(latestEnded !== undefined, (query) => query.orderBy("t.completed_at", "desc").limit(latestEnded ?? 0))
    .selectAll("t")
    .select(
      sql<readonly string[]>`array(select d.depends_on_id from manufacturing_task_dependencies d
        where d.agent = t.agent and d.task_id = t.id order by length(d.depends_on_id), 1)`.as("depends_on"),
    )
    .orderBy("t.created_at")
    // t10 comes after t9.
    .orderBy((row) => row.fn("length", ["t.id"]))
    .orderBy("t.id")
    .execute();
  return rows.map((row) => ({
    id: row.id,
    pipelineId: row.pipeline_id ?? undefined,
    type: row.task_type,
    status: row.status,
    good: row.good,
    units: row.quantity,
    actualUnits: row.actual_quantity,
    sourceMarket: row.source_market ?? undefined,
    targetMarket: row.target_market ?? undefined,
    ship: row.assigned_ship ?? undefined,
    priority: row.priority,
    retryCount: row.retry_count,
    cargoAboard: row.acquire_phase_completed || row.collect_phase_completed || row.task_type === "LIQUIDATE",
    error: row.error_message ?? undefined,
    completedAtMs: row.completed_at?.getTime(),
    dependsOn: row.depends_on,
  }));
}

export interface FactorySummary {
  /** Id of the pipeline that feeds it. */
  readonly pipelineId: string;
  readonly waypoint: string;
  readonly good: string;
  readonly supply: string | undefined;
  readonly readyForCollection: boolean;
  readonly readingStale: boolean;
  readonly reason: string | undefined;
}

/** The factories that these pipelines feed. */
export async function listFactories(
  database: Database,
  agent: string,
  pipelines: readonly string[],
): Promise<readonly FactorySummary[]> {
  const rows = await database.kysely
    .selectFrom("manufacturing_factory_states")
    .where("agent", "=", agent)
    .where("pipeline_id", "in", [...pipelines, "-"])
    .selectAll()
    .orderBy("factory_symbol")
    .orderBy("output_good")
    .execute();
  return rows.map((row) => ({
    pipelineId: row.pipeline_id,
    waypoint: row.factory_symbol,
    good: row.output_good,
    supply: row.current_supply ?? undefined,
    readyForCollection: row.ready_for_collection,
    readingStale: row.reading_stale,
    reason: row.reason ?? undefined,
  }));
}
