import { sql } from "kysely";

/**
 * The tables of the durable actor engine. Snapshots are text, never jsonb: they are not queried and jsonb refuses what text carries.
 * No foreign keys: one stray row must not fail a whole batch of actors.
 */
export async function up(db) {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  "CREATE SCHEMA IF NOT EXISTS bosun",
  `CREATE TABLE bosun.ownership (
    scope text PRIMARY KEY, epoch bigint NOT NULL, holder text NOT NULL, host text NOT NULL, pid integer NOT NULL,
    backend_pid integer NOT NULL, taken_at timestamptz NOT NULL DEFAULT clock_timestamp(), released boolean NOT NULL DEFAULT false
  ) WITH (fillfactor = 70)`,
  // Renewal must not queue behind the share locks of the batches, so the lease is not in the ownership row.
  `CREATE TABLE bosun.leases (
    scope text PRIMARY KEY, epoch bigint NOT NULL, alive_at timestamptz NOT NULL, expires_at timestamptz NOT NULL
  ) WITH (fillfactor = 70)`,
  `CREATE TABLE bosun.actors (
    address text PRIMARY KEY, scope text NOT NULL, kind text NOT NULL, kind_version integer NOT NULL, parent text, child_id text,
    generation bigint NOT NULL, status text NOT NULL, version bigint NOT NULL, incarnation integer NOT NULL, input text NOT NULL,
    snapshot text, lifecycle text, updated_at_ms bigint NOT NULL
  ) WITH (fillfactor = 70)`,
  "CREATE INDEX actors_scope ON bosun.actors (scope)",
  `CREATE TABLE bosun.inbox (
    id text PRIMARY KEY, address text NOT NULL, scope text NOT NULL, commit_no bigint NOT NULL, idx integer NOT NULL, type text NOT NULL,
    body text NOT NULL, sender text, child_id text, generation bigint, at_ms bigint NOT NULL, foreign_mail boolean NOT NULL DEFAULT false
  )`,
  "CREATE INDEX inbox_foreign ON bosun.inbox (scope) WHERE foreign_mail",
  `CREATE TABLE bosun.timers (
    address text NOT NULL, id text NOT NULL, scope text NOT NULL, generation bigint NOT NULL, idx integer NOT NULL, due_at_ms bigint NOT NULL,
    nature text NOT NULL, event text NOT NULL, to_address text, PRIMARY KEY (address, id)
  ) WITH (fillfactor = 70)`,
  `CREATE TABLE bosun.jobs (
    id text PRIMARY KEY, address text NOT NULL, scope text NOT NULL, child_id text NOT NULL, src text NOT NULL, input text NOT NULL,
    generation bigint NOT NULL, state text NOT NULL, attempt integer NOT NULL, checkpoint text, sent_at_ms bigint, result text,
    orphaned boolean NOT NULL
  ) WITH (fillfactor = 70)`,
  `CREATE TABLE bosun.journal (
    address text NOT NULL, commit_no bigint NOT NULL, idx integer NOT NULL, version bigint NOT NULL, outcome text NOT NULL,
    cause text NOT NULL, generation bigint, at_ms bigint NOT NULL, seed bigint NOT NULL, event text NOT NULL, value text,
    context_hash text, keyframe text, kind_version integer NOT NULL, PRIMARY KEY (address, commit_no, idx)
  )`,
  "CREATE INDEX journal_at ON bosun.journal USING brin (at_ms)",
  "CREATE INDEX journal_keyframes ON bosun.journal (address, commit_no) WHERE keyframe IS NOT NULL",
  `CREATE TABLE bosun.outbox (
    id text PRIMARY KEY, scope text NOT NULL, address text NOT NULL, commit_no bigint NOT NULL, version bigint NOT NULL, idx integer NOT NULL,
    event text NOT NULL, at_ms bigint NOT NULL
  )`,
  "CREATE INDEX outbox_order ON bosun.outbox (scope, commit_no, idx)",
  `CREATE TABLE bosun.dead_letters (
    id text PRIMARY KEY, scope text NOT NULL, address text NOT NULL, sender text, event text NOT NULL, reason text NOT NULL,
    detail text NOT NULL, at_ms bigint NOT NULL
  )`,
  "CREATE INDEX dead_letters_scope ON bosun.dead_letters (scope, at_ms)",
  `CREATE TABLE bosun.dedup (
    address text NOT NULL, message_id text NOT NULL, at_ms bigint NOT NULL, PRIMARY KEY (address, message_id)
  )`,
  "CREATE INDEX dedup_at ON bosun.dedup USING brin (at_ms)",
  `CREATE TABLE bosun.attempts (
    address text NOT NULL, message_id text NOT NULL, scope text NOT NULL, count integer NOT NULL, at_ms bigint NOT NULL,
    PRIMARY KEY (address, message_id)
  )`,
];
