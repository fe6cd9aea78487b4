import pg from "pg";
import type { Address } from "../runtime/address.ts";
import type { Logger } from "../runtime/environment.ts";
import type { ReadModelTable } from "../runtime/readModel.ts";
import { type CommitResult, dedupKey, type RuntimeStore, type ScopeRows } from "../runtime/store.ts";
import { isWeather } from "./database.ts";
import { type CommitStatement, commitStatement } from "./runtime.commit.ts";
import { maintain } from "./runtime.maintenance.ts";
import { COMMIT_APPLICATION, forgetHolder, releaseOwnership, renewLease, takeOwnership } from "./runtime.ownership.ts";
import { createPreparedStatements, type PreparedStatements } from "./runtime.prepared.ts";
import {
  ACTOR_COLUMNS,
  type Cells,
  DEAD_LETTER_COLUMNS,
  INBOX_COLUMNS,
  JOB_COLUMNS,
  OUTBOX_COLUMNS,
  TIMER_COLUMNS,
  text,
  toActorRow,
  toDeadLetterRow,
  toInboxRow,
  toJobRow,
  toOutboxRow,
  toTimerRow,
} from "./runtime.rows.ts";

export interface RuntimeStoreOptions {
  readonly url: string;
  /** For reads and the lease; the commit loop has a connection of its own. */
  readonly pool: pg.Pool;
  /** The closed list of read-model tables (G9's rows among them). */
  readonly tables: readonly ReadModelTable[];
  readonly logger: Logger;
  /** After so long without an answer a commit's fate is unknown, and its connection is given up. Milliseconds; 30,000 when left out. */
  readonly commitTimeoutMs?: number;
}

/**
 * The Postgres side of the durable actor engine. Invariants: all writes of actors go through `commit` on ONE connection; a new
 * connection takes a new epoch before anything is read; the connection is given up after any error that is not a refused row.
 */
export function createRuntimeStore(options: RuntimeStoreOptions): RuntimeStore {
  const { pool, logger } = options;
  const tables = new Map(options.tables.map((table) => [table.name, table]));
  let connection: Connection | undefined;
  let scope = "";
  let holder = "";
  let leaseMs = 0;
  let epoch = 0;

  const drop = (): void => {
    const lost = connection;
    connection = undefined;
    lost?.client.end().catch(() => logger.debug({}, "the broken commit connection was already closed"));
  };

  return {
    async acquire(claim) {
      drop();
      ({ scope, holder, leaseMs } = claim);
      const client = await connect(options);
      try {
        const acquired = await takeOwnership(client, claim);
        if (acquired.acquired === "yes") {
          epoch = acquired.epoch;
          connection = { client, prepared: createPreparedStatements(client, MAX_PREPARED, logger) };
          await warnOfWeakDurability(client, logger);
        } else await client.end();
        return acquired;
      } catch (error) {
        await client.end().catch(() => logger.debug({}, "a connection that failed to take ownership was already closed"));
        throw error;
      }
    },

    async release() {
      forgetHolder(holder);
      if (connection === undefined) return;
      await releaseOwnership(connection.client, scope, epoch, holder);
    },

    renew: () => renewLease(pool, scope, epoch, leaseMs),

    async commit(batch) {
      if (connection === undefined) return { result: "unknown", message: "no commit connection" };
      let statement: CommitStatement;
      try {
        statement = commitStatement(batch, { scope, epoch }, tables);
      } catch (error) {
        return { result: "rejected", code: "22000", message: error instanceof Error ? error.message : String(error) };
      }
      try {
        const name = connection.prepared.nameOf(statement.text);
        const query = { text: statement.text, values: [...statement.values], rowMode: "array" as const };
        const { rows } = await connection.client.query<unknown[]>(name === undefined ? query : { ...query, name });
        return readAnswer(rows);
      } catch (error) {
        const code = sqlState(error);
        const message = error instanceof Error ? error.message : String(error);
        if (code !== undefined && isRefusedRow(code)) return { result: "rejected", code, message };
        drop();
        return { result: "unknown", message: `${code ?? "connection"}: ${message}` };
      }
    },

    loadScope: () => loadScope(pool, scope),

    async loadActors(addresses) {
      const rows = await read(pool, `SELECT ${ACTOR_COLUMNS} FROM bosun.actors WHERE address = ANY($1)`, [addresses]);
      return rows.map(toActorRow);
    },

    async listActors(filter) {
      const rows = await read(
        pool,
        `SELECT ${ACTOR_COLUMNS} FROM bosun.actors WHERE scope = $1 AND ($2::text IS NULL OR kind = $2)
           AND ($3::text IS NULL OR address = $3 OR starts_with(address, $3 || '/')) ${filter.living === true ? `AND ${LIVING}` : ""}
           AND ($5::integer IS NULL OR ${LIVING} OR address = ANY (ARRAY(${LATEST_ENDED})))
           ORDER BY address LIMIT $4`,
        [scope, filter.kind ?? null, filter.under ?? null, filter.limit ?? null, filter.latestEnded ?? null],
      );
      return rows.map(toActorRow);
    },

    async loadForeignMail() {
      const sql = `SELECT ${INBOX_COLUMNS} FROM bosun.inbox WHERE scope = $1 AND foreign_mail ORDER BY commit_no, idx`;
      return (await read(pool, sql, [scope])).map(toInboxRow);
    },

    async loadMail(ids) {
      return (await read(pool, `SELECT ${INBOX_COLUMNS} FROM bosun.inbox WHERE id = ANY($1)`, [ids])).map(toInboxRow);
    },

    async deadLetter(id) {
      const rows = await read(pool, `SELECT ${DEAD_LETTER_COLUMNS} FROM bosun.dead_letters WHERE id = $1 AND scope = $2`, [
        id,
        scope,
      ]);
      return rows[0] === undefined ? undefined : toDeadLetterRow(rows[0]);
    },

    async countDeadLetters() {
      const rows = await read(pool, "SELECT count(*) FROM bosun.dead_letters WHERE scope = $1", [scope]);
      return Number(rows[0]?.[0] ?? 0);
    },

    async countAttempts(suspects, atMs) {
      await pool.query(
        `INSERT INTO bosun.attempts (address, message_id, scope, count, at_ms)
         SELECT DISTINCT address, message_id, $3, 1, $4::bigint FROM unnest($1::text[], $2::text[]) AS x (address, message_id)
         ON CONFLICT (address, message_id) DO UPDATE SET count = attempts.count + 1, at_ms = EXCLUDED.at_ms`,
        [suspects.map(({ address }) => address), suspects.map(({ messageId }) => messageId), scope, atMs],
      );
    },

    async takeOutbox(limit) {
      const sql = `SELECT ${OUTBOX_COLUMNS} FROM bosun.outbox WHERE scope = $1 ORDER BY commit_no, idx LIMIT $2`;
      return (await read(pool, sql, [scope, limit])).map(toOutboxRow);
    },

    async ackOutbox(ids) {
      await pool.query("DELETE FROM bosun.outbox WHERE id = ANY($1)", [ids]);
    },

    maintain: (bounds) => maintain(pool, scope, bounds),

    async close() {
      forgetHolder(holder);
      const open = connection;
      connection = undefined;
      await open?.client.end();
    },
  };
}

interface Connection {
  readonly client: pg.Client;
  readonly prepared: PreparedStatements;
}

async function connect({ url, logger, commitTimeoutMs = LONGEST_COMMIT_MS }: RuntimeStoreOptions): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: COMMIT_APPLICATION,
    connectionTimeoutMillis: 5_000,
    // A connection whose other end has vanished says nothing for minutes.
    query_timeout: commitTimeoutMs,
    keepAlive: true,
  });
  client.on("error", (error) => logger.warn({ error: error.message }, "the commit connection broke"));
  await client.connect();
  return client;
}

/** What a user's own database may have turned off, said once for each connection. */
async function warnOfWeakDurability(client: pg.Client, logger: Logger): Promise<void> {
  const { rows } = await client.query<{ fsync: string; commit: string }>(
    "SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit",
  );
  const settings = rows[0];
  if (settings?.fsync === "off" || settings?.commit === "off") {
    logger.warn(
      { ...settings },
      "this database acknowledges commits before they are on disk: a power failure can lose acknowledged events",
    );
  }
}

function readAnswer(rows: readonly (readonly unknown[])[]): CommitResult {
  const lost = new Set<Address>();
  const born = new Set<Address>();
  const duplicates = new Set<string>();
  const checkpoints = new Set<string>();
  let owned = false;
  for (const [what, a, b] of rows) {
    if (what === "lost") lost.add(text(a));
    else if (what === "own") owned = true;
    else if (what === "born") born.add(text(a));
    else if (what === "dup") duplicates.add(dedupKey(text(a), text(b)));
    else if (what === "sent") checkpoints.add(text(a));
  }
  return owned ? { result: "committed", lost, born, duplicates, checkpoints } : { result: "fenced" };
}

const LIVING = "status NOT IN ('done', 'stopped')";
const LATEST_ENDED = `SELECT address FROM bosun.actors WHERE scope = $1 AND NOT (${LIVING}) ORDER BY updated_at_ms DESC, address LIMIT $5`;
const LONGEST_COMMIT_MS = 30_000;
const MAX_PREPARED = 120;

/**
 * The statement's own data or columns are at fault: 21, 22, 23, 42; 54 (a text too long for an index), 0A, 44; 2F, 38, 39, P0 (what a
 * trigger of the user's raises). A broken connection, a full disk or a lock is not.
 */
function isRefusedRow(code: string): boolean {
  return /^(0A|21|22|23|2F|38|39|42|44|54|P0)/.test(code) && code !== "42501";
}

function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined;
  return isWeather(error) && !/^[0-9A-Z]{5}$/.test(error.code) ? undefined : error.code;
}

async function read(pool: pg.Pool, sql: string, values: unknown[]): Promise<readonly Cells[]> {
  const { rows } = await pool.query<unknown[]>({ text: sql, values, rowMode: "array" });
  return rows;
}

async function loadScope(pool: pg.Pool, scope: string): Promise<ScopeRows> {
  const [actors, inbox, timers, jobs, attempts] = await Promise.all([
    read(pool, `SELECT ${ACTOR_COLUMNS} FROM bosun.actors WHERE scope = $1 AND ${LIVING}`, [scope]),
    read(pool, `SELECT ${INBOX_COLUMNS} FROM bosun.inbox WHERE scope = $1 ORDER BY commit_no, idx`, [scope]),
    read(pool, `SELECT ${TIMER_COLUMNS} FROM bosun.timers WHERE scope = $1 ORDER BY due_at_ms, generation, idx`, [scope]),
    read(pool, `SELECT ${JOB_COLUMNS} FROM bosun.jobs WHERE scope = $1 ORDER BY id`, [scope]),
    read(pool, "SELECT address, message_id, count FROM bosun.attempts WHERE scope = $1", [scope]),
  ]);
  return {
    actors: actors.map(toActorRow),
    inbox: inbox.map(toInboxRow),
    timers: timers.map(toTimerRow),
    jobs: jobs.map(toJobRow),
    attempts: attempts.map((cells) => ({ address: text(cells[0]), messageId: text(cells[1]), count: Number(cells[2]) })),
  };
}
