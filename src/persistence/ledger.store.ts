import { sql } from "kysely";
import type { Database } from "./database.ts";

/** Sums of the ledger's facts, in credits; what was spent is negative. */
export interface LedgerTotals {
  readonly purchasesCredits: number;
  readonly salesCredits: number;
  readonly refuelsCredits: number;
  readonly hullsCredits: number;
  /** Sales minus purchases and fuel; hulls are investment. */
  readonly operatingProfitCredits: number;
  readonly entries: number;
  readonly firstAtMs: number | undefined;
  readonly lastAtMs: number | undefined;
}

/** The totals of an agent (its scope address), of all time or since a moment. */
export async function readLedgerTotals(database: Database, agent: string, sinceMs?: number): Promise<LedgerTotals> {
  const row = await database.kysely
    .selectFrom("ledger")
    .where("agent", "=", agent)
    .$if(sinceMs !== undefined, (query) => query.where("at", ">=", new Date(sinceMs ?? 0)))
    .select([
      sumOf("purchase").as("purchases"),
      sumOf("sale").as("sales"),
      sumOf("refuel").as("refuels"),
      sumOf("hull").as("hulls"),
      sql<number>`count(*)::int`.as("entries"),
      sql<Date | null>`min(at)`.as("first"),
      sql<Date | null>`max(at)`.as("last"),
    ])
    .executeTakeFirstOrThrow();
  return {
    purchasesCredits: row.purchases,
    salesCredits: row.sales,
    refuelsCredits: row.refuels,
    hullsCredits: row.hulls,
    operatingProfitCredits: row.purchases + row.sales + row.refuels,
    entries: row.entries,
    firstAtMs: row.first?.getTime(),
    lastAtMs: row.last?.getTime(),
  };
}

const HOUR_MS = 3_600_000;

/**
 * Operating profit per hour over the last `windowMs`, or over the time since the first entry when that is shorter.
 * Undefined when nothing was traded in it, or the time is shorter than a second.
 */
export async function readCreditsPerHour(
  database: Database,
  agent: string,
  { nowMs, windowMs }: { readonly nowMs: number; readonly windowMs: number },
): Promise<number | undefined> {
  const totals = await readLedgerTotals(database, agent, nowMs - windowMs);
  if (totals.firstAtMs === undefined) return undefined;
  const first = await database.kysely
    .selectFrom("ledger")
    .where("agent", "=", agent)
    .select(sql<Date>`min(at)`.as("at"))
    .executeTakeFirst();
  const spanMs = Math.min(windowMs, nowMs - (first?.at.getTime() ?? nowMs));
  return spanMs < 1_000 ? undefined : Math.round((totals.operatingProfitCredits * HOUR_MS) / spanMs);
}

export interface LedgerEntry {
  readonly jobId: string;
  readonly atMs: number;
  readonly ship: string | undefined;
  readonly kind: "purchase" | "sale" | "refuel" | "hull" | "unaccounted" | "loss";
  readonly good: string | undefined;
  readonly units: number;
  readonly unitPriceCredits: number;
  readonly totalCredits: number;
  readonly waypoint: string | undefined;
  readonly task: string | undefined;
}

/** The latest entries, newest first. */
export async function listLedger(database: Database, agent: string, limit: number): Promise<readonly LedgerEntry[]> {
  const rows = await database.kysely
    .selectFrom("ledger")
    .where("agent", "=", agent)
    .selectAll()
    .orderBy("at", "desc")
    .orderBy("job_id", "desc")
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    jobId: row.job_id,
    atMs: row.at.getTime(),
    ship: row.ship ?? undefined,
    kind: row.kind,
    good: row.good ?? undefined,
    units: row.units,
    unitPriceCredits: row.unit_price,
    totalCredits: Number(row.total_credits),
    waypoint: row.waypoint ?? undefined,
    task: row.task ?? undefined,
  }));
}

/** As float8: exact for integers up to 2^53, and a number in JavaScript. */
function sumOf(kind: string) {
  return sql<number>`coalesce(sum(total_credits) filter (where kind = ${kind}), 0)::float8`;
}
