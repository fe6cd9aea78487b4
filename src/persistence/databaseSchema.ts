/**
 * The tables that stores read through Kysely, with the columns they use. `bigint` columns come back as text from the driver: stores cast
 * sums and identifiers where they need numbers. Created by migrations/; the list that actors may write is fleetTables.ts.
 */
export interface DatabaseSchema {
  readonly bosun_migration: { readonly name: string; readonly timestamp: string };
  readonly "bosun.actors": ActorsTable;
  readonly "bosun.dead_letters": DeadLettersTable;
  readonly players: PlayersTable;
  readonly manufacturing_pipelines: PipelinesTable;
  readonly manufacturing_tasks: TasksTable;
  readonly manufacturing_task_dependencies: DependenciesTable;
  readonly manufacturing_factory_states: FactoryStatesTable;
  readonly ship_assignments: AssignmentsTable;
  readonly ledger: LedgerTable;
  readonly market_quotes: QuotesTable;
  readonly ships: ShipsTable;
  readonly cargo_holds: HoldsTable;
  readonly tours: ToursTable;
  readonly containers: ContainersView;
}

interface ActorsTable {
  readonly address: string;
  readonly scope: string;
  readonly kind: string;
  readonly parent: string | null;
  readonly status: string;
  readonly version: string;
  readonly incarnation: number;
  /** JSON text: restart history, last error, backoff. */
  readonly lifecycle: string | null;
  readonly updated_at_ms: string;
}

interface DeadLettersTable {
  readonly id: string;
  readonly scope: string;
  readonly address: string;
  readonly sender: string | null;
  readonly event: string;
  readonly reason: string;
  readonly detail: string;
  readonly at_ms: string;
}

interface PlayersTable {
  readonly agent: string;
  readonly id: number;
  readonly agent_symbol: string;
  readonly reset_date: string;
  readonly headquarters: string | null;
  readonly faction: string | null;
  readonly credits: string | null;
  readonly ship_count: number | null;
  readonly updated_at: Date;
}

interface PipelinesTable {
  readonly agent: string;
  readonly id: string;
  readonly player_id: number;
  readonly product_good: string;
  readonly sell_market: string | null;
  readonly expected_price: number;
  readonly expected_profit: string | null;
  readonly status: string;
  readonly total_cost: string;
  readonly total_revenue: string;
  /** Null in rows of before fuel was counted. */
  readonly fuel_cost: string | null;
  readonly net_profit: string;
  readonly plan: unknown;
  readonly reason: string | null;
  readonly address: string | null;
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly completed_at: Date | null;
}

interface TasksTable {
  readonly agent: string;
  readonly id: string;
  readonly pipeline_id: string | null;
  readonly task_type: string;
  readonly status: string;
  readonly good: string;
  readonly quantity: number;
  readonly actual_quantity: number;
  readonly source_market: string | null;
  readonly target_market: string | null;
  readonly assigned_ship: string | null;
  readonly priority: number;
  readonly retry_count: number;
  readonly max_retries: number;
  readonly collect_phase_completed: boolean;
  readonly acquire_phase_completed: boolean;
  readonly total_cost: string;
  readonly total_revenue: string;
  readonly fuel_cost: string | null;
  readonly error_message: string | null;
  readonly worker_address: string | null;
  readonly created_at: Date;
  readonly ready_at: Date | null;
  readonly started_at: Date | null;
  readonly completed_at: Date | null;
}

interface DependenciesTable {
  readonly agent: string;
  readonly task_id: string;
  readonly depends_on_id: string;
}

interface FactoryStatesTable {
  readonly agent: string;
  readonly factory_symbol: string;
  readonly output_good: string;
  readonly pipeline_id: string;
  readonly required_inputs: unknown;
  readonly delivered_inputs: unknown;
  readonly all_inputs_delivered: boolean;
  readonly current_supply: string | null;
  readonly ready_for_collection: boolean;
  readonly reading_stale: boolean;
  readonly reason: string | null;
}

interface AssignmentsTable {
  readonly agent: string;
  readonly ship_symbol: string;
  readonly container_id: string;
  readonly operation: string | null;
  readonly status: string;
  readonly assigned_at: Date;
  readonly released_at: Date | null;
  readonly release_reason: string | null;
}

interface LedgerTable {
  readonly agent: string;
  readonly job_id: string;
  readonly at: Date;
  readonly ship: string | null;
  readonly kind: "purchase" | "sale" | "refuel" | "hull" | "unaccounted" | "loss";
  readonly good: string | null;
  readonly units: number;
  readonly unit_price: number;
  readonly total_credits: string;
  readonly waypoint: string | null;
  readonly task: string | null;
  readonly pipeline_id: string | null;
}

interface QuotesTable {
  readonly agent: string;
  readonly waypoint: string;
  readonly good: string;
  readonly type: string | null;
  readonly trade_volume: number | null;
  readonly supply: string | null;
  readonly activity: string | null;
  readonly ask_credits: number | null;
  readonly bid_credits: number | null;
  readonly observed_at: Date;
}

interface ShipsTable {
  readonly agent: string;
  readonly ship_symbol: string;
  readonly role: string | null;
  readonly frame: string | null;
  readonly system: string | null;
  readonly waypoint: string | null;
  readonly nav_status: string | null;
  readonly arrival_at: Date | null;
  readonly fuel_units: number | null;
  readonly fuel_capacity: number | null;
  readonly cargo_units: number | null;
  readonly cargo_capacity: number | null;
  readonly cargo: unknown;
  readonly activity: string | null;
  readonly doing: string | null;
  readonly task: string | null;
}

interface HoldsTable {
  readonly agent: string;
  readonly ship_symbol: string;
  readonly good: string;
  readonly units: number;
  readonly reason: string | null;
  readonly since: Date;
}

interface ToursTable {
  readonly agent: string;
  readonly address: string;
  readonly ship_symbol: string;
  readonly system: string | null;
  readonly markets: unknown;
  readonly algorithm: string | null;
  readonly tour_order: unknown;
  readonly total_distance: string | null;
  readonly start_waypoint: string | null;
  readonly calculated_at: Date | null;
  readonly status: string | null;
  readonly next_waypoint: string | null;
  readonly visits: number;
  readonly rounds: number;
  readonly started_at: Date;
  readonly ended_at: Date | null;
  readonly updated_at: Date;
}

/** The view of all actors in the words of the earlier program's schema. */
interface ContainersView {
  readonly container_id: string;
  readonly player_id: number;
  readonly status: string;
  readonly command_type: string;
  readonly config: string;
  readonly agent: string;
}
