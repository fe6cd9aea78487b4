import type pg from "pg";
import type { Database } from "./database.ts";

/** What the end of an era ended. */
export interface EraReport {
  readonly actors: number;
  readonly tasks: number;
  readonly pipelines: number;
  readonly assignments: number;
  /** Requests on their way whose outcome nobody can find out any more. */
  readonly requestsInDoubt: number;
}

/**
 * Closes an era whose universe is gone, in one transaction: its actors are stopped, what they were at is over, and says why. The read model and
 * the dead letters stay, under the scope with its reset date; timers, jobs, mail and the journal go, since nobody will ever read them again. Events
 * that the bus has not taken stay too, until `handOverOutbox` gives them to the next era. The
 * epoch is raised first, so a host that still believes in the scope is fenced (G6). Undefined when it was closed before or never began.
 */
export async function closeEra(database: Database, scope: string): Promise<EraReport | undefined> {
  const client = await database.pool.connect();
  try {
    await client.query("BEGIN");
    const report = (await takeOver(client, scope)) ? await endEverything(client, scope) : undefined;
    await client.query("COMMIT");
    client.release();
    return report;
  } catch (error) {
    // The connection is given up: what it had begun is undone by that.
    client.release(true);
    throw error;
  }
}

/** Whether an era has ended here: its actors never wake again, and its root cannot be created anew. */
export async function isEraOver(database: Database, scope: string): Promise<boolean> {
  const { rowCount } = await database.pool.query(
    `SELECT 1 FROM players WHERE agent = $1 AND era_ended_at IS NOT NULL
     UNION ALL SELECT 1 FROM bosun.actors WHERE address = $1 AND status IN ('done', 'stopped')`,
    [scope],
  );
  return (rowCount ?? 0) > 0;
}

/**
 * Gives the events that the bus has not taken yet to the outbox of `to`, before that one's own and in their order; their addresses still say
 * whose they are. Again is harmless.
 */
export async function handOverOutbox(database: Database, from: string, to: string): Promise<void> {
  await database.pool.query(
    `UPDATE bosun.outbox SET scope = $2, commit_no = commit_no - (SELECT max(commit_no) FROM bosun.outbox WHERE scope = $1)
       WHERE scope = $1`,
    [from, to],
  );
}

/** Whether there is an era to close. */
async function takeOver(client: pg.PoolClient, scope: string): Promise<boolean> {
  await client.query("UPDATE bosun.ownership SET epoch = epoch + 1, released = true WHERE scope = $1", [scope]);
  const { rowCount } = await client.query(
    "UPDATE players SET era_ended_at = clock_timestamp() WHERE agent = $1 AND era_ended_at IS NULL",
    [scope],
  );
  return rowCount === 1 || (await count(client, LIVING, scope)) > 0;
}

async function endEverything(client: pg.PoolClient, scope: string): Promise<EraReport> {
  const requestsInDoubt = await count(client, "SELECT 1 FROM bosun.jobs WHERE scope = $1 AND state = 'sent'", scope);
  const changed = async (statement: string): Promise<number> => (await client.query(statement, [scope])).rowCount ?? 0;
  const report = {
    actors: await changed(STOP_ACTORS),
    tasks: await changed(END_TASKS),
    pipelines: await changed(END_PIPELINES),
    assignments: await changed(END_ASSIGNMENTS),
    requestsInDoubt,
  };
  for (const statement of [END_TOURS, ...FORGET]) await changed(statement);
  return report;
}

async function count(client: pg.PoolClient, statement: string, scope: string): Promise<number> {
  return (await client.query(statement, [scope])).rowCount ?? 0;
}

/** In `release_reason`, `reason` and `error_message`. */
const RESET = "universe_reset";
const LIVING = "SELECT 1 FROM bosun.actors WHERE scope = $1 AND status NOT IN ('done', 'stopped')";

const STOP_ACTORS = `UPDATE bosun.actors SET status = 'stopped', version = version + 1,
  updated_at_ms = (extract(epoch FROM clock_timestamp()) * 1000)::bigint WHERE scope = $1 AND status NOT IN ('done', 'stopped')`;
const END_TASKS = `UPDATE manufacturing_tasks SET status = 'CANCELLED', error_message = '${RESET}', completed_at = clock_timestamp()
  WHERE agent = $1 AND status NOT IN ('COMPLETED', 'FAILED', 'CANCELLED')`;
const END_PIPELINES = `UPDATE manufacturing_pipelines SET status = 'CANCELLED', reason = '${RESET}', completed_at = clock_timestamp()
  WHERE agent = $1 AND status NOT IN ('COMPLETED', 'FAILED', 'CANCELLED')`;
const END_ASSIGNMENTS = `UPDATE ship_assignments SET status = 'idle', released_at = clock_timestamp(), release_reason = '${RESET}'
  WHERE agent = $1 AND status = 'active'`;
const END_TOURS = `UPDATE tours SET status = 'stopped', ended_at = clock_timestamp(), updated_at = clock_timestamp()
  WHERE agent = $1 AND ended_at IS NULL`;
/** Addresses begin with their scope; rows without a column for it are found by that. */
const FORGET = [
  "DELETE FROM bosun.timers WHERE scope = $1",
  "DELETE FROM bosun.jobs WHERE scope = $1",
  "DELETE FROM bosun.inbox WHERE scope = $1",
  "DELETE FROM bosun.attempts WHERE scope = $1",
  "DELETE FROM bosun.dedup WHERE address = $1 OR starts_with(address, $1 || '/')",
  "DELETE FROM bosun.journal WHERE address = $1 OR starts_with(address, $1 || '/')",
];
