import type { ReadModelTable } from "../runtime/readModel.ts";

/**
 * The closed list of tables that actors may write, with their columns (see migrations/0002_fleet_read_model.mjs for types).
 * Every column outside the key is nullable or has a default, except where named in `required`. `player_id` and `id` columns that are
 * not in the list fill themselves in. Times are ISO strings, `plan`, `cargo`, `markets` and `*_inputs` JSON.
 */
export const fleetTables: readonly FleetTable[] = [
  {
    name: "players",
    key: ["agent"],
    nature: "derived",
    columns: ["agent_symbol", "reset_date", "headquarters", "faction", "credits", "ship_count", "updated_at"],
  },
  {
    name: "manufacturing_pipelines",
    key: ["agent", "id"],
    nature: "derived",
    required: ["product_good"],
    columns: [
      "product_good",
      "sell_market",
      "expected_price",
      "expected_profit",
      "status",
      "total_cost",
      "total_revenue",
      "net_profit",
      "plan",
      "reason",
      "address",
      "created_at",
      "started_at",
      "completed_at",
    ],
  },
  {
    name: "manufacturing_tasks",
    key: ["agent", "id"],
    nature: "derived",
    required: ["task_type", "status", "good"],
    columns: [
      "pipeline_id",
      "task_type",
      "status",
      "good",
      "quantity",
      "actual_quantity",
      "source_market",
      "target_market",
      "factory_symbol",
      "feeds_good",
      "assigned_ship",
      "affinity_ship",
      "priority",
      "retry_count",
      "max_retries",
      "collect_phase_completed",
      "acquire_phase_completed",
      "phase_completed_at",
      "total_cost",
      "total_revenue",
      "error_message",
      "worker_address",
      "created_at",
      "ready_at",
      "started_at",
      "completed_at",
    ],
  },
  { name: "manufacturing_task_dependencies", key: ["agent", "task_id", "depends_on_id"], nature: "derived", columns: [] },
  {
    name: "manufacturing_factory_states",
    key: ["agent", "factory_symbol", "output_good", "pipeline_id"],
    nature: "derived",
    columns: [
      "required_inputs",
      "delivered_inputs",
      "all_inputs_delivered",
      "current_supply",
      "previous_supply",
      "ready_for_collection",
      "reading_stale",
      "reason",
      "observed_at",
      "created_at",
      "inputs_completed_at",
      "ready_at",
    ],
  },
  {
    name: "ship_assignments",
    key: ["agent", "ship_symbol", "container_id"],
    nature: "derived",
    columns: ["operation", "status", "assigned_at", "released_at", "release_reason"],
  },
  {
    name: "ledger",
    key: ["agent", "job_id"],
    nature: "fact",
    required: ["kind"],
    columns: ["at", "ship", "kind", "good", "units", "unit_price", "total_credits", "waypoint", "task", "pipeline_id"],
  },
  {
    name: "market_quotes",
    key: ["agent", "waypoint", "good"],
    nature: "derived",
    columns: ["type", "trade_volume", "supply", "activity", "ask_credits", "bid_credits", "observed_at"],
  },
  {
    name: "ships",
    key: ["agent", "ship_symbol"],
    nature: "derived",
    columns: [
      "address",
      "role",
      "frame",
      "system",
      "waypoint",
      "nav_status",
      "flight_mode",
      "arrival_at",
      "speed",
      "fuel_units",
      "fuel_capacity",
      "cargo_units",
      "cargo_capacity",
      "cargo",
      "activity",
      "doing",
      "task",
      "updated_at",
    ],
  },
  { name: "cargo_holds", key: ["agent", "ship_symbol", "good"], nature: "derived", columns: ["units", "reason", "since"] },
  {
    name: "tours",
    key: ["agent", "ship_symbol"],
    nature: "derived",
    columns: ["address", "system", "markets", "status", "next_waypoint", "visits", "started_at", "updated_at"],
  },
];

export interface FleetTable extends ReadModelTable {
  /** Columns beside the key that a projection may write. */
  readonly columns: readonly string[];
  /** Columns that the first row of a key must carry. */
  readonly required?: readonly string[];
}
