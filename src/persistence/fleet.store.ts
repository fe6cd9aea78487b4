import type { Database } from "./database.ts";

export interface Player {
  readonly id: number;
  readonly symbol: string;
  readonly resetDate: string;
  readonly credits: number | undefined;
  readonly shipCount: number | undefined;
}

/** The player row of an agent; undefined before its first commit. */
export async function findPlayer(database: Database, agent: string): Promise<Player | undefined> {
  const row = await database.kysely.selectFrom("players").where("agent", "=", agent).selectAll().executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    id: row.id,
    symbol: row.agent_symbol,
    resetDate: row.reset_date,
    credits: row.credits === null ? undefined : Number(row.credits),
    shipCount: row.ship_count ?? undefined,
  };
}

export interface ShipSummary {
  readonly symbol: string;
  readonly role: string | undefined;
  readonly waypoint: string | undefined;
  readonly nav: string | undefined;
  readonly arrivalAtMs: number | undefined;
  readonly fuelUnits: number | undefined;
  readonly fuelCapacity: number | undefined;
  readonly cargoUnits: number | undefined;
  readonly cargoCapacity: number | undefined;
  readonly activity: string | undefined;
  readonly doing: string | undefined;
  readonly task: string | undefined;
}

export async function listShips(database: Database, agent: string): Promise<readonly ShipSummary[]> {
  const rows = await database.kysely.selectFrom("ships").where("agent", "=", agent).selectAll().orderBy("ship_symbol").execute();
  return rows.map((row) => ({
    symbol: row.ship_symbol,
    role: row.role ?? undefined,
    waypoint: row.waypoint ?? undefined,
    nav: row.nav_status ?? undefined,
    arrivalAtMs: row.arrival_at?.getTime(),
    fuelUnits: row.fuel_units ?? undefined,
    fuelCapacity: row.fuel_capacity ?? undefined,
    cargoUnits: row.cargo_units ?? undefined,
    cargoCapacity: row.cargo_capacity ?? undefined,
    activity: row.activity ?? undefined,
    doing: row.doing ?? undefined,
    task: row.task ?? undefined,
  }));
}

export interface AssignmentSummary {
  readonly ship: string;
  /** Address of the actor that holds the ship. */
  readonly owner: string;
  readonly operation: string | undefined;
  readonly assignedAtMs: number;
}

/** Who holds which ship now. */
export async function listActiveAssignments(database: Database, agent: string): Promise<readonly AssignmentSummary[]> {
  const rows = await database.kysely
    .selectFrom("ship_assignments")
    .where("agent", "=", agent)
    .where("status", "=", "active")
    .selectAll()
    .orderBy("ship_symbol")
    .execute();
  return rows.map((row) => ({
    ship: row.ship_symbol,
    owner: row.container_id,
    operation: row.operation ?? undefined,
    assignedAtMs: row.assigned_at.getTime(),
  }));
}

export interface QuoteSummary {
  readonly waypoint: string;
  readonly good: string;
  readonly type: string | undefined;
  readonly supply: string | undefined;
  readonly activity: string | undefined;
  readonly tradeVolume: number | undefined;
  readonly askCredits: number | undefined;
  readonly bidCredits: number | undefined;
  readonly observedAtMs: number;
}

/** What is known of prices, of all markets or of one. */
export async function listQuotes(database: Database, agent: string, waypoint?: string): Promise<readonly QuoteSummary[]> {
  const rows = await database.kysely
    .selectFrom("market_quotes")
    .where("agent", "=", agent)
    .$if(waypoint !== undefined, (query) => query.where("waypoint", "=", waypoint ?? ""))
    .selectAll()
    .orderBy("waypoint")
    .orderBy("good")
    .execute();
  return rows.map((row) => ({
    waypoint: row.waypoint,
    good: row.good,
    type: row.type ?? undefined,
    supply: row.supply ?? undefined,
    activity: row.activity ?? undefined,
    tradeVolume: row.trade_volume ?? undefined,
    askCredits: row.ask_credits ?? undefined,
    bidCredits: row.bid_credits ?? undefined,
    observedAtMs: row.observed_at.getTime(),
  }));
}

export interface HoldSummary {
  readonly ship: string;
  readonly good: string;
  readonly units: number;
  readonly reason: string | undefined;
}

/** Cargo that is held on purpose, with no task responsible for it (G10). */
export async function listCargoHolds(database: Database, agent: string): Promise<readonly HoldSummary[]> {
  const rows = await database.kysely
    .selectFrom("cargo_holds")
    .where("agent", "=", agent)
    .selectAll()
    .orderBy("ship_symbol")
    .execute();
  return rows.map((row) => ({ ship: row.ship_symbol, good: row.good, units: row.units, reason: row.reason ?? undefined }));
}
