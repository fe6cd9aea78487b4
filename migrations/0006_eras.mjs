import { sql } from "kysely";

/** When an agent's era ended: the universe was reset, and nothing in its rows is true of the game any more. Null for the one that is played. */
export async function up(db) {
  await sql`SET LOCAL search_path = public`.execute(db);
  await sql`ALTER TABLE players ADD era_ended_at timestamptz`.execute(db);
}
