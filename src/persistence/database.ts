import { setTimeout as sleep } from "node:timers/promises";
import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import type { Logger } from "../runtime/environment.ts";
import type { DatabaseSchema } from "./databaseSchema.ts";

/** The way to Postgres: a pool for reads and stores. The commit loop has its own dedicated connection. */
export interface Database {
  readonly url: string;
  readonly pool: pg.Pool;
  readonly kysely: Kysely<DatabaseSchema>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly url: string;
  readonly logger: Logger;
  /** Shown in pg_stat_activity. */
  readonly applicationName?: string;
  readonly maxConnections?: number;
}

/** Opens a pool without connecting. Errors of idle connections are logged until it is closed; the pool replaces them by itself. */
export function openDatabase(options: DatabaseOptions): Database {
  const pool = new pg.Pool({
    connectionString: options.url,
    application_name: options.applicationName ?? "bosun",
    max: options.maxConnections ?? 8,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
  });
  pool.on("error", (error) => {
    // The pool has let go of what it closes before the server has: one that ends next tells each such connection so.
    if (!pool.ending) options.logger.warn({ error: error.message }, "an idle database connection broke");
  });
  const kysely = new Kysely<DatabaseSchema>({ dialect: new PostgresDialect({ pool }) });
  return {
    url: options.url,
    pool,
    kysely,
    async close() {
      await kysely.destroy();
      // Kysely ends the pool only if it has been used itself; its connections would keep the process alive.
      if (!pool.ended) await pool.end();
    },
  };
}

/** The database answers, but will not have us: a wrong password, no such database. */
export class DatabaseRefused extends Error {
  override readonly name = "DatabaseRefused";
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;

/**
 * Waits until the database answers (G12), saying why it does not. An answer that waiting cannot cure (wrong password, no such
 * database) is thrown as a {@link DatabaseRefused}. `signal` ends the waiting.
 */
export async function waitForDatabase(database: Database, logger: Logger, signal?: AbortSignal): Promise<void> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      await database.pool.query("select 1");
      return;
    } catch (error) {
      if (!isWeather(error)) throw refusedBy(database, error);
      const jitteredMs = Math.round(waitMs * (0.75 + Math.random() / 2));
      const reason = describeError(error);
      logger.warn(
        { database: withoutPassword(database.url), reason, retryInMs: jitteredMs },
        "the database does not answer; waiting",
      );
      await sleep(jitteredMs, undefined, signal === undefined ? {} : { signal });
    }
  }
}

function refusedBy(database: Database, error: unknown): DatabaseRefused {
  return new DatabaseRefused(`${withoutPassword(database.url)} refuses us: ${describeError(error)}`, { cause: error });
}

/** A database URL that may be shown and logged. */
export function withoutPassword(url: string): string {
  return url.replace(/^([a-z]+:\/\/[^:/@]*):[^@]*@/i, "$1:***@");
}

/**
 * SQLSTATE classes and codes that pass by themselves: 08 connection, 53 resources, 57P* shutdown and start-up; and every
 * failure below the protocol (no SQLSTATE at all), such as ECONNREFUSED or a timeout.
 */
export function isWeather(error: unknown): boolean {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
  if (code === undefined || !/^[0-9A-Z]{5}$/.test(code)) return true;
  return code.startsWith("08") || code.startsWith("53") || code.startsWith("57P");
}

/** Node reports a refused dual-stack connection as an AggregateError with an empty message. */
function describeError(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describeError).join("; ");
  return error instanceof Error ? error.message : String(error);
}
