import { sql } from "kysely";

/** A ship that is destroyed leaves rows of its hull and cargo: units that are gone, without credits. */
export async function up(db) {
  await sql`SET LOCAL search_path = public`.execute(db);
  await sql`ALTER TABLE ledger DROP CONSTRAINT valid_ledger_kind`.execute(db);
  await sql`ALTER TABLE ledger ADD CONSTRAINT valid_ledger_kind
    CHECK (kind IN ('purchase', 'sale', 'refuel', 'hull', 'unaccounted', 'loss'))`.execute(db);
}
