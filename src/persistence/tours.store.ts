import type { Database } from "./database.ts";

/** A tour and how far it is, as its rows say. */
export interface TourSummary {
  /** Address of the tour. */
  readonly container: string;
  /** RUNNING, STARTING, STOPPED (it is without its ship, or has ended) or FAILED. */
  readonly containerStatus: string;
  readonly playerId: number;
  readonly ship: string;
  readonly system: string | undefined;
  readonly markets: readonly string[];
  /** Closed cycle where the tour has one. */
  readonly order: readonly string[];
  readonly totalDistance: number | undefined;
  readonly algorithm: string;
  readonly startWaypoint: string | undefined;
  readonly calculatedAtMs: number | undefined;
  /** claiming, running, waiting, leaving, completed, stopped, refused, unanswered, lost or failed. */
  readonly status: string;
  readonly nextWaypoint: string | undefined;
  readonly visits: number;
  readonly rounds: number;
  readonly startedAtMs: number;
  readonly endedAtMs: number | undefined;
}

/** Of the tours that have ended, the latest. */
const MAX_ENDED = 50;

/** The tours of an agent: those that live, in order of their ships, then with `ended` the latest that have ended. */
export async function listTours(
  database: Database,
  agent: string,
  options: { readonly ended: boolean },
): Promise<readonly TourSummary[]> {
  const living = await tourRows(database).where("t.agent", "=", agent).where("t.ended_at", "is", null).execute();
  const ended = !options.ended
    ? []
    : await tourRows(database)
        .where("t.agent", "=", agent)
        .where("t.ended_at", "is not", null)
        .orderBy("t.ended_at", "desc")
        .limit(MAX_ENDED)
        .execute();
  const byShip = living.map(summaryOf).sort((a, b) => a.ship.localeCompare(b.ship, "en", { numeric: true }));
  return [...byShip, ...ended.map(summaryOf)];
}

/** The tours of a player that run in a system now: those that a claim on their ship belongs to. */
export async function listRunningTours(
  database: Database,
  { system, playerId }: { readonly system: string; readonly playerId: number },
): Promise<readonly TourSummary[]> {
  const rows = await tourRows(database)
    .where("c.player_id", "=", playerId)
    .where("t.system", "=", system)
    .where("c.status", "in", ["RUNNING", "STARTING", "STARTED"])
    .orderBy("t.ship_symbol")
    .execute();
  return rows.map(summaryOf);
}

function tourRows(database: Database) {
  return database.kysely
    .selectFrom("tours as t")
    .innerJoin("containers as c", (join) => join.onRef("c.container_id", "=", "t.address").onRef("c.agent", "=", "t.agent"))
    .select([
      "t.address",
      "c.status as container_status",
      "c.player_id",
      "t.ship_symbol",
      "t.system",
      "t.markets",
      "t.tour_order",
      "t.total_distance",
      "t.algorithm",
      "t.start_waypoint",
      "t.calculated_at",
      "t.status",
      "t.next_waypoint",
      "t.visits",
      "t.rounds",
      "t.started_at",
      "t.ended_at",
    ]);
}

type TourRow = Awaited<ReturnType<ReturnType<typeof tourRows>["executeTakeFirstOrThrow"]>>;

function summaryOf(row: TourRow): TourSummary {
  return {
    container: row.address,
    containerStatus: row.container_status,
    playerId: row.player_id,
    ship: row.ship_symbol,
    system: row.system ?? undefined,
    markets: textsOf(row.markets),
    order: textsOf(row.tour_order),
    totalDistance: row.total_distance === null ? undefined : Number(row.total_distance),
    algorithm: row.algorithm ?? "",
    startWaypoint: row.start_waypoint ?? undefined,
    calculatedAtMs: row.calculated_at?.getTime(),
    status: row.status ?? "",
    nextWaypoint: row.next_waypoint ?? undefined,
    visits: row.visits,
    rounds: row.rounds,
    startedAtMs: row.started_at.getTime(),
    endedAtMs: row.ended_at?.getTime(),
  };
}

function textsOf(json: unknown): readonly string[] {
  return Array.isArray(json) ? json.filter((item) => typeof item === "string") : [];
}
