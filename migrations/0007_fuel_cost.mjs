import { sql } from "kysely";

/**
 * Fuel is part of what tasks and pipelines cost. Null in rows of before: nobody counted it, and their net profit is without it.
 */
export async function up(db) {
  await sql`SET LOCAL search_path = public`.execute(db);
  await sql`ALTER TABLE manufacturing_tasks ADD fuel_cost bigint`.execute(db);
  await sql`ALTER TABLE manufacturing_pipelines ADD fuel_cost bigint`.execute(db);
}
