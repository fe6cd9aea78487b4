import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import type { Acquired, OwnershipClaim } from "../runtime/store.ts";

/**
 * Who may write the actors of a scope (G6, H3, H12). A session advisory lock tells quickly whether the holder lives, the lease tells it
 * when the lock cannot (a stopped process, a half-open connection), the epoch makes it strict: the takeover is an UPDATE of the
 * row that every batch of the old owner holds FOR SHARE, so it waits for the last of them and fences the rest.
 */
const POLL_MS = 200;

// Every table of a batch is reached by its key: one generic plan for each shape, made once, never a scan that grows with the table.
const SESSION = `SET lock_timeout = 2000; SET idle_in_transaction_session_timeout = 10000; SET plan_cache_mode = force_generic_plan;
  SET enable_seqscan = off; SET jit = off`;

/** Hosts that live in this very process: their pid says nothing. */
const holdersHere = new Set<string>();

interface Holder {
  readonly epoch: number;
  readonly holder: string;
  readonly host: string;
  readonly pid: number;
  readonly backendPid: number;
  readonly released: boolean;
  readonly leaseLeftMs: number;
}

/** Takes a new epoch for the scope on the commit connection `client`. */
export async function takeOwnership(client: pg.Client, claim: OwnershipClaim): Promise<Acquired> {
  await client.query(SESSION);
  const startedAt = performance.now();
  for (;;) {
    const holder = await readHolder(client, claim.scope);
    if (claim.continues === true && holder?.holder !== claim.holder) return { acquired: "no", heldBy: describeHolder(holder) };
    const free = holder === undefined || holder.released || holder.holder === claim.holder || isDead(holder);
    if (free || holder.leaseLeftMs <= 0) {
      if (holder !== undefined) await endBackend(client, holder.backendPid);
      const locked = await tryLock(client, claim.scope);
      const acquired = locked ? await bumpEpoch(client, claim, holder) : undefined;
      if (acquired !== undefined) {
        holdersHere.add(claim.holder);
        return acquired;
      }
    }
    if (performance.now() - startedAt >= claim.waitMs) {
      return { acquired: "no", heldBy: describeHolder(holder) };
    }
    await sleep(POLL_MS);
  }
}

/** Marks the ownership as given back and releases the lock. */
export async function releaseOwnership(client: pg.Client, scope: string, epoch: number, holder: string): Promise<void> {
  forgetHolder(holder);
  await client.query("UPDATE bosun.ownership SET released = true WHERE scope = $1 AND epoch = $2", [scope, epoch]);
  await client.query("UPDATE bosun.leases SET alive_at = clock_timestamp() WHERE scope = $1 AND epoch = $2", [scope, epoch]);
  await unlock(client, scope);
}

export function forgetHolder(holder: string): void {
  holdersHere.delete(holder);
}

/** Extends the lease unless another epoch has begun. */
export async function renewLease(pool: pg.Pool, scope: string, epoch: number, leaseMs: number): Promise<"kept" | "lost"> {
  // The types of the driver lack the option, which keeps a vanished connection from holding up every later renewal.
  const query: pg.QueryConfig & { readonly query_timeout: number } = {
    text: `UPDATE bosun.leases SET alive_at = clock_timestamp(), expires_at = clock_timestamp() + $3 * interval '1 millisecond'
     WHERE scope = $1 AND epoch = $2`,
    values: [scope, epoch, leaseMs],
    query_timeout: leaseMs,
  };
  const { rowCount } = await pool.query(query);
  return rowCount === 1 ? "kept" : "lost";
}

async function readHolder(client: pg.Client, scope: string): Promise<Holder | undefined> {
  const { rows } = await client.query<Record<string, unknown>>(
    `SELECT o.epoch, o.holder, o.host, o.pid, o.backend_pid, o.released,
       extract(epoch FROM (l.expires_at - clock_timestamp())) * 1000 AS lease_left_ms
     FROM bosun.ownership o LEFT JOIN bosun.leases l ON l.scope = o.scope WHERE o.scope = $1`,
    [scope],
  );
  const row = rows[0];
  if (row === undefined) return undefined;
  return {
    epoch: Number(row["epoch"]),
    holder: String(row["holder"]),
    host: String(row["host"]),
    pid: Number(row["pid"]),
    backendPid: Number(row["backend_pid"]),
    released: row["released"] === true,
    leaseLeftMs: Number(row["lease_left_ms"] ?? 0),
  };
}

function describeHolder(holder: Holder | undefined): string {
  return holder === undefined ? "an unknown process" : `process ${holder.pid} on ${holder.host}`;
}

function isDead(holder: Holder): boolean {
  if (holder.host !== hostname()) return false;
  if (holder.pid === process.pid) return !holdersHere.has(holder.holder);
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}

/** A backend may outlive its client; as long as it lives it may still finish a statement or hold the advisory lock. */
async function endBackend(client: pg.Client, backendPid: number): Promise<void> {
  await client.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE pid = $1 AND pid <> pg_backend_pid() AND application_name = $2 AND datname = current_database()`,
    [backendPid, COMMIT_APPLICATION],
  );
}

export const COMMIT_APPLICATION = "bosun commit loop";

async function tryLock(client: pg.Client, scope: string): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>("SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS locked", [
    scope,
  ]);
  return rows[0]?.locked === true;
}

/** Undefined when somebody still holds the row; the caller tries again. */
async function bumpEpoch(client: pg.Client, claim: OwnershipClaim, holder: Holder | undefined): Promise<Acquired | undefined> {
  try {
    const { rows } = await client.query<Record<string, unknown>>(TAKE, [
      claim.scope,
      claim.holder,
      hostname(),
      process.pid,
      claim.leaseMs,
      claim.continues === true,
    ]);
    const row = rows[0];
    if (row === undefined) {
      await unlock(client, claim.scope);
      return undefined;
    }
    const downtimeMs = Math.max(0, Number(row["downtime_ms"] ?? 0));
    return { acquired: "yes", epoch: Number(row["epoch"]), downtimeMs, unclean: holder !== undefined && !holder.released };
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "55P03")) throw error;
    await unlock(client, claim.scope);
    return undefined;
  }
}

async function unlock(client: pg.Client, scope: string): Promise<void> {
  await client.query("SELECT pg_advisory_unlock(hashtextextended($1, 0))", [scope]);
}

// One statement, so that the watchdogs are moved on exactly once for each gap (G4): they count only while their owner runs.
const TAKE = `
WITH before AS (SELECT alive_at FROM bosun.leases WHERE scope = $1),
taken AS (
  INSERT INTO bosun.ownership (scope, epoch, holder, host, pid, backend_pid) VALUES ($1, 1, $2, $3, $4, pg_backend_pid())
  ON CONFLICT (scope) DO UPDATE SET epoch = ownership.epoch + 1, holder = EXCLUDED.holder, host = EXCLUDED.host, pid = EXCLUDED.pid,
    backend_pid = EXCLUDED.backend_pid, taken_at = clock_timestamp(), released = false
    WHERE NOT $6::boolean OR ownership.holder = EXCLUDED.holder
  RETURNING epoch),
leased AS (
  INSERT INTO bosun.leases (scope, epoch, alive_at, expires_at)
  SELECT $1, epoch, clock_timestamp(), clock_timestamp() + $5 * interval '1 millisecond' FROM taken
  ON CONFLICT (scope) DO UPDATE SET epoch = EXCLUDED.epoch, alive_at = EXCLUDED.alive_at, expires_at = EXCLUDED.expires_at),
gap AS (SELECT floor(extract(epoch FROM (clock_timestamp() - alive_at)) * 1000)::bigint AS ms FROM before),
moved AS (
  UPDATE bosun.timers SET due_at_ms = due_at_ms + greatest(gap.ms, 0) FROM gap
  WHERE scope = $1 AND nature = 'watchdog' AND EXISTS (SELECT 1 FROM taken))
SELECT taken.epoch, (SELECT ms FROM gap) AS downtime_ms FROM taken`;
