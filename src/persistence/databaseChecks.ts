import { sql } from "kysely";
import type { Database } from "./database.ts";

const OLDEST_VERSION = 140_000;

/**
 * What is wrong with a database that the user brought, in sentences for the start-up banner; empty when all is well. None of these
 * stops the start, but each weakens a guarantee.
 */
export async function databaseWarnings(database: Database): Promise<readonly string[]> {
  const warnings: string[] = [];
  const { rows } =
    await sql<Settings>`select current_setting('server_version_num')::int as version, current_setting('fsync') as fsync,
    current_setting('synchronous_commit') as synchronous_commit, current_setting('full_page_writes') as full_page_writes`.execute(
      database.kysely,
    );
  const settings = rows[0];
  if (settings === undefined) return warnings;
  if (settings.version < OLDEST_VERSION)
    warnings.push(`Postgres ${Math.floor(settings.version / 10_000)} is older than 14, the oldest that is tested`);
  if (settings.fsync === "off")
    warnings.push("fsync is off: a power cut can lose commits, or the whole database (G1, G2 do not hold)");
  if (settings.synchronous_commit === "off")
    warnings.push("synchronous_commit is off: a crash of Postgres can lose the last commits (G1)");
  if (settings.full_page_writes === "off") warnings.push("full_page_writes is off: a power cut can tear pages");
  if (await poolsTransactions(database)) {
    warnings.push(
      "a pooler in transaction mode is in between: advisory locks and prepared statements need a session; use a direct URL",
    );
  }
  return warnings;
}

interface Settings {
  readonly version: number;
  readonly fsync: string;
  readonly synchronous_commit: string;
  readonly full_page_writes: string;
}

/** On a real session a setting outlives its transaction, and the backend stays the same. */
async function poolsTransactions(database: Database): Promise<boolean> {
  const client = await database.pool.connect();
  try {
    const first = await client.query<{ pid: number }>(
      "select pg_backend_pid() as pid, set_config('bosun.session_probe', 'kept', false)",
    );
    const second = await client.query<{ pid: number; probe: string | null }>(
      "select pg_backend_pid() as pid, current_setting('bosun.session_probe', true) as probe",
    );
    return first.rows[0]?.pid !== second.rows[0]?.pid || second.rows[0]?.probe !== "kept";
  } finally {
    client.release();
  }
}
