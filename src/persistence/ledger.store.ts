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
}

/** The totals of an agent (its scope address), of all time. */
export async function readLedgerTotals(database: Database, agent: string): Promise<LedgerTotals> {
  const row = await database.kysely
    .selectFrom("ledger")
    .where("agent", "=", agent)
    .select([
      sumOf("purchase").as("purchases"),
      sumOf("sale").as("sales"),
      sumOf("refuel").as("refuels"),
      sumOf("hull").as("hulls"),
    ])
    .executeTakeFirstOrThrow();
  return {
    purchasesCredits: row.purchases,
    salesCredits: row.sales,
    refuelsCredits: row.refuels,
    hullsCredits: row.hulls,
    operatingProfitCredits: row.purchases + row.sales + row.refuels,
  };
}

/** As float8: exact for integers up to 2^53, and a number in JavaScript. */
function sumOf(kind: string) {
  return sql<number>`coalesce(sum(total_credits) filter (where kind = ${kind}), 0)::float8`;
}
