import { sql } from "kysely";

/** A trade that certainly took place (the cargo shows it) and whose price no evidence tells is a fact of the ledger too. */
export async function up(db) {
  await sql`SET LOCAL search_path = public`.execute(db);
  await sql`ALTER TABLE ledger DROP CONSTRAINT valid_ledger_kind`.execute(db);
  await sql`ALTER TABLE ledger ADD CONSTRAINT valid_ledger_kind
    CHECK (kind IN ('purchase', 'sale', 'refuel', 'hull', 'unaccounted'))`.execute(db);
}
