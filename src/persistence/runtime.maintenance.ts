import type pg from "pg";
import type { MaintenanceBounds, MaintenanceReport } from "../runtime/store.ts";
import { text } from "./runtime.rows.ts";

const SLICE = 5_000;
const MAX_SLICES = 50;

/** One round of upkeep in small slices, so that it never holds up the commit loop. Run again while it still finds work. */
export async function maintain(pool: pg.Pool, scope: string, bounds: MaintenanceBounds): Promise<MaintenanceReport> {
  const sweptToDeadLetters = await sweepMailOfTheEnded(pool, scope);
  const forgotten = await pool.query(
    "DELETE FROM bosun.dedup WHERE ctid = ANY(ARRAY(SELECT ctid FROM bosun.dedup WHERE at_ms < $1 LIMIT $2))",
    [bounds.dedupBeforeMs, SLICE],
  );
  await pool.query("DELETE FROM bosun.attempts WHERE at_ms < $1", [bounds.dedupBeforeMs]);
  const emptied = await emptyTheEnded(pool, scope, bounds.journalBeforeMs);
  const journalRows = await trimJournal(pool, bounds);
  const outboxDropped = await trimOutbox(pool, scope, bounds);
  const done = [sweptToDeadLetters.length, forgotten.rowCount ?? 0, emptied, outboxDropped];
  return { sweptToDeadLetters, journalRows, outboxDropped, more: done.some((rows) => rows >= SLICE) };
}

/** A message may be inserted while its receiver ends (H9): it is never read, so it is listed. Mail of a revival waits for it. */
async function sweepMailOfTheEnded(pool: pg.Pool, scope: string): Promise<MaintenanceReport["sweptToDeadLetters"]> {
  const { rows } = await pool.query<{ id: string; address: string }>(
    `WITH ended AS (
       SELECT i.id FROM bosun.inbox i LEFT JOIN bosun.actors a ON a.address = i.address
       WHERE i.scope = $1 AND (a.address IS NULL OR a.status IN ('done', 'stopped'))
         AND NOT EXISTS (SELECT 1 FROM bosun.inbox s WHERE s.address = i.address AND s.type = 'start') LIMIT $2 FOR UPDATE OF i),
     gone AS (DELETE FROM bosun.inbox i USING ended WHERE i.id = ended.id RETURNING i.*)
     INSERT INTO bosun.dead_letters (id, scope, address, sender, event, reason, detail, at_ms)
     SELECT id, scope, address, sender, body, 'ended', 'its receiver ended before it was read', at_ms FROM gone WHERE type = 'message'
     ON CONFLICT (id) DO NOTHING RETURNING id, address`,
    [scope, SLICE],
  );
  return rows.map((row) => ({ id: text(row.id), address: text(row.address) }));
}

/**
 * What an actor that ended long ago leaves is its row without snapshot, input and history: a new life at its address must go on from its
 * version, because ids of jobs and messages are made of it. Kept whole as long as its parent may still ask for its output or start it with
 * its stored input: until an active parent has taken its end, or has ended too.
 */
async function emptyTheEnded(pool: pg.Pool, scope: string, beforeMs: number): Promise<number> {
  const { rowCount } = await pool.query(
    `UPDATE bosun.actors SET snapshot = NULL, lifecycle = NULL, input = 'null' WHERE address = ANY(ARRAY(
       SELECT a.address FROM bosun.actors a LEFT JOIN bosun.actors p ON p.address = a.parent
       WHERE a.scope = $1 AND a.status IN ('done', 'stopped') AND a.updated_at_ms < $2 AND a.snapshot IS NOT NULL
         AND coalesce(p.status, 'done') IN ('active', 'done', 'stopped')
         AND NOT EXISTS (SELECT 1 FROM bosun.inbox i WHERE i.address = a.address)
         AND NOT EXISTS (SELECT 1 FROM bosun.inbox i WHERE i.address = a.parent AND i.child_id = a.child_id)
       LIMIT $3 FOR UPDATE OF a SKIP LOCKED))`,
    [scope, beforeMs, SLICE],
  );
  return rowCount ?? 0;
}

/**
 * By age, and by number: the oldest rows go first. Each actor's last keyframe stays, so that replay always has a start (H17), except
 * that of an actor that has been emptied.
 */
async function trimJournal(pool: pg.Pool, bounds: MaintenanceBounds): Promise<number> {
  const surplus = await journalSurplus(pool, bounds.journalMaxRows);
  const beforeMs = surplus > 0 ? await newestOfOldest(pool, surplus, bounds.journalBeforeMs) : bounds.journalBeforeMs;
  let trimmed = 0;
  for (let slice = 0; slice < MAX_SLICES; slice++) {
    const { rowCount } = await pool.query(
      `DELETE FROM bosun.journal WHERE ctid = ANY(ARRAY(
         SELECT j.ctid FROM bosun.journal j WHERE j.at_ms < $1
           AND (j.keyframe IS NULL OR EXISTS (SELECT 1 FROM bosun.journal k
                WHERE k.address = j.address AND k.keyframe IS NOT NULL AND k.commit_no > j.commit_no)
             OR EXISTS (SELECT 1 FROM bosun.actors a
                WHERE a.address = j.address AND a.status IN ('done', 'stopped') AND a.snapshot IS NULL)) LIMIT $2))`,
      [beforeMs, SLICE],
    );
    trimmed += rowCount ?? 0;
    if ((rowCount ?? 0) < SLICE) break;
  }
  // The estimate is of the last ANALYZE; without a new one the next round would take the same surplus again.
  if (surplus > 0) await pool.query("ANALYZE bosun.journal");
  return trimmed;
}

async function journalSurplus(pool: pg.Pool, maxRows: number): Promise<number> {
  const { rows } = await pool.query<{ estimate: string }>(
    "SELECT greatest(reltuples, 0)::bigint AS estimate FROM pg_class WHERE oid = 'bosun.journal'::regclass",
  );
  return Math.max(0, Number(rows[0]?.estimate ?? 0) - maxRows);
}

async function newestOfOldest(pool: pg.Pool, count: number, atLeastMs: number): Promise<number> {
  const { rows } = await pool.query<{ at_ms: string }>("SELECT at_ms FROM bosun.journal ORDER BY commit_no OFFSET $1 LIMIT 1", [
    Math.min(count, SLICE * MAX_SLICES),
  ]);
  return Math.max(atLeastMs, Number(rows[0]?.at_ms ?? 0));
}

/**
 * A long outage of the bus must not fill the disk: the oldest rows go and one gap marker, of now, says how many (H15). A marker goes only
 * into the next one, together with an event: alone it would take with it what it counted.
 */
async function trimOutbox(pool: pg.Pool, scope: string, bounds: MaintenanceBounds): Promise<number> {
  const { rows } = await pool.query<{ dropped: string }>(
    `WITH old AS (
       SELECT id, commit_no, idx, (event::json->>'type') IS NOT DISTINCT FROM 'bosun.gap' AS is_gap FROM bosun.outbox WHERE scope = $1 AND (at_ms < $2 OR id IN (
         SELECT id FROM bosun.outbox WHERE scope = $1 ORDER BY commit_no DESC, idx DESC OFFSET $3)) ORDER BY commit_no, idx LIMIT $4),
     gone AS (DELETE FROM bosun.outbox o USING old WHERE o.id = old.id AND EXISTS (SELECT 1 FROM old WHERE NOT is_gap) RETURNING o.event),
     counted AS (SELECT count(*) AS rows,
       coalesce(sum(CASE WHEN event::json->>'type' = 'bosun.gap' THEN (event::json->>'missing')::bigint ELSE 1 END), 0) AS missing FROM gone),
     marker AS (
       INSERT INTO bosun.outbox (id, scope, address, commit_no, version, idx, event, at_ms)
       SELECT $1 || ':gap:' || max(old.commit_no) || ':' || max(old.idx), $1, $1, max(old.commit_no), 0, max(old.idx),
         json_build_object('type', 'bosun.gap', 'missing', max(counted.missing))::text, $5
       FROM old, counted WHERE counted.rows > 0 GROUP BY counted.rows ON CONFLICT (id) DO NOTHING)
     SELECT count(*) AS dropped FROM gone`,
    [scope, bounds.outboxBeforeMs, bounds.outboxMaxRows, SLICE, bounds.nowMs],
  );
  return Number(rows[0]?.dropped ?? 0);
}
