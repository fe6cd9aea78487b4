import { scopeOf } from "../runtime/address.ts";
import type { ReadModelTable } from "../runtime/readModel.ts";
import { type CommitBatch, HOST_OWNER } from "../runtime/store.ts";
import { binaryArray } from "./binaryArray.ts";
import {
  ACTOR_UPDATE,
  BIRTH,
  CHECKPOINT,
  type Columns,
  DEAD_LETTER,
  DEDUP,
  ID,
  INBOX,
  JOB,
  JOURNAL,
  OUTBOX,
  TIMER,
  TIMER_KEY,
} from "./runtime.columns.ts";
import { readModelParts } from "./runtime.readModel.ts";

/**
 * The commit unit as ONE data-modifying CTE (H3, H4): `own` takes the ownership row FOR SHARE, `won` compares and sets every actor,
 * and each other part writes only rows whose owner won. Parts without rows are left out, so there are few shapes of the text, and
 * each is prepared once.
 */
export interface CommitStatement {
  readonly text: string;
  readonly values: readonly unknown[];
}

const IF_OWNED = "x.owner IN (SELECT address FROM ok)";

/** Builds the statement for one batch. Throws a TypeError for a row change of an unknown table or without its whole key. */
export function commitStatement(
  batch: CommitBatch,
  own: { readonly scope: string; readonly epoch: number },
  tables: ReadonlyMap<string, ReadModelTable>,
): CommitStatement {
  const parts = new Parts(own.scope, own.epoch);
  const guarded = batch.dedup.length > 0;
  if (guarded) {
    parts.add("fresh", DEDUP, batch.dedup, (source) => `SELECT * FROM ${source}`);
    parts.text("dup", "SELECT f.* FROM fresh f JOIN bosun.dedup d ON d.address = f.address AND d.message_id = f.message_id");
  }
  const addresses = parts.add("won", ACTOR_UPDATE, batch.updates, (source) => wonText(source, guarded));
  // Losing is rare, so the answer names the losers, not every winner.
  if (addresses !== undefined)
    parts.text("lost", `SELECT a AS address FROM unnest(${addresses}) AS a WHERE a NOT IN (SELECT address FROM won)`);
  parts.text("ok", `${batch.updates.length > 0 ? "SELECT address FROM won UNION ALL " : ""}SELECT '' AS address FROM own`);
  if (guarded) {
    parts.text(
      "remembered",
      `INSERT INTO bosun.dedup (address, message_id, at_ms) SELECT x.address, x.message_id, x.at_ms FROM fresh x
       WHERE ${IF_OWNED} ON CONFLICT DO NOTHING`,
    );
  }
  parts.add("born", BIRTH, batch.births, bornText);
  const mail = batch.inboxIn.map((row) => ({ ...row, scope: scopeOf(row.address, own.scope) }));
  parts.add("posted", INBOX, mail, (source) => postedText(source, guarded));
  parts.add("consumed", ID, batch.inboxOut, (source) => deleteText("bosun.inbox", source));
  parts.add("timers_off", TIMER_KEY, batch.timersOff, timersOffText);
  parts.add("timers_set", TIMER, batch.timersSet, timersSetText);
  parts.add("jobs_off", ID, batch.jobsOff, (source) => deleteText("bosun.jobs", source));
  parts.add("jobs_set", JOB, batch.jobsSet, jobsSetText);
  parts.add("sent", CHECKPOINT, batch.checkpoints, sentText);
  parts.add("journalled", JOURNAL, batch.journal, (source) => journalText(source, parts.value(batch.commitNo)));
  parts.add("published", OUTBOX, batch.outbox, (source) => outboxText(source, parts.value(batch.commitNo)));
  parts.add("replayed", ID, batch.deadLettersOff, (source) => deleteText("bosun.dead_letters", source));
  parts.add("buried", DEAD_LETTER, batch.deadLetters, deadLettersText);
  readModelParts(parts, batch.rows, tables);
  return parts.finish({
    won: batch.updates.length > 0,
    born: batch.births.length > 0,
    dup: guarded,
    sent: batch.checkpoints.length > 0,
  });
}

/** Collects the parts and their parameters. `$1` is the scope, `$2` the epoch. */
export class Parts {
  readonly #texts: string[] = ["own AS (SELECT 1 FROM bosun.ownership WHERE scope = $1 AND epoch = $2 FOR SHARE)"];
  readonly #values: unknown[];

  constructor(scope: string, epoch: number) {
    this.#values = [scope, epoch];
  }

  /** One parameter; returns its placeholder. */
  value(value: unknown): string {
    this.#values.push(value);
    return `$${this.#values.length}`;
  }

  text(name: string, text: string): void {
    this.#texts.push(`${name} AS (${text})`);
  }

  /** A part over rows, left out when there are none. `text` receives the rows as a FROM item named x. Returns the array of their first column. */
  add<Row>(name: string, columns: Columns<Row>, rows: readonly Row[], text: (source: string) => string): string | undefined {
    if (rows.length === 0) return undefined;
    const arrays = columns.map(([, type, pick]) => `${this.value(binaryArray(rows, type, pick))}::${type}[]`);
    this.text(name, text(`unnest(${arrays.join(", ")}) AS x(${columns.map(([column]) => column).join(", ")})`));
    return arrays[0];
  }

  finish(has: { readonly won: boolean; readonly born: boolean; readonly dup: boolean; readonly sent: boolean }): CommitStatement {
    const answers = ["SELECT 'own' AS what, NULL AS a, NULL AS b FROM own"];
    if (has.won) answers.push("SELECT 'lost', address, NULL FROM lost");
    if (has.born) answers.push("SELECT 'born', address, NULL FROM born");
    if (has.dup) answers.push("SELECT 'dup', address, message_id FROM dup");
    if (has.sent) answers.push("SELECT 'sent', id, NULL FROM sent");
    return { text: `WITH ${this.#texts.join(",\n")}\n${answers.join(" UNION ALL ")}`, values: this.#values };
  }
}

function wonText(source: string, guarded: boolean): string {
  return `UPDATE bosun.actors a SET version = x.version, status = x.status, incarnation = x.incarnation, kind_version = x.kind_version,
    snapshot = COALESCE(x.snapshot, a.snapshot),
    lifecycle = COALESCE(x.lifecycle, a.lifecycle), input = COALESCE(x.input, a.input),
    generation = COALESCE(x.generation, a.generation), updated_at_ms = x.at_ms
    FROM ${source} WHERE a.address = x.address AND a.version = x.expected AND EXISTS (SELECT 1 FROM own)${
      guarded ? " AND NOT EXISTS (SELECT 1 FROM dup WHERE dup.owner = x.address)" : ""
    } RETURNING a.address`;
}

function bornText(source: string): string {
  const columns = BIRTH.slice(1).map(([name]) => name);
  return `INSERT INTO bosun.actors (scope, ${columns.join(", ")}) SELECT $1, ${columns.map((name) => `x.${name}`).join(", ")}
    FROM ${source} WHERE ${IF_OWNED} ON CONFLICT (address) DO NOTHING RETURNING address`;
}

function postedText(source: string, guarded: boolean): string {
  const columns = INBOX.slice(1).map(([name]) => name);
  const unseen = guarded
    ? ` AND NOT EXISTS (SELECT 1 FROM dup WHERE dup.owner = '${HOST_OWNER}' AND dup.address || ' ' || dup.message_id = x.id)`
    : "";
  return `INSERT INTO bosun.inbox (foreign_mail, ${columns.join(", ")}) SELECT x.scope <> $1, ${columns.map((name) => `x.${name}`).join(", ")}
    FROM ${source} WHERE ${IF_OWNED}${unseen} ON CONFLICT (id) DO NOTHING`;
}

function timersOffText(source: string): string {
  return `DELETE FROM bosun.timers t USING ${source} WHERE t.address = x.address AND t.id = x.id AND ${IF_OWNED}`;
}

function timersSetText(source: string): string {
  return upsertText(
    "bosun.timers",
    TIMER,
    "address, id",
    ["generation", "idx", "due_at_ms", "nature", "event", "to_address"],
    source,
  );
}

function jobsSetText(source: string): string {
  const mutable = ["generation", "state", "attempt", "checkpoint", "sent_at_ms", "result", "orphaned"];
  return upsertText("bosun.jobs", JOB, "id", mutable, source);
}

function sentText(source: string): string {
  return `UPDATE bosun.jobs j SET state = 'sent', attempt = x.attempt, checkpoint = x.facts, sent_at_ms = x.sent_at_ms
    FROM ${source} WHERE j.id = x.id AND j.generation = x.generation AND NOT j.orphaned AND EXISTS (SELECT 1 FROM own) RETURNING j.id`;
}

function journalText(source: string, commitNo: string): string {
  const columns = JOURNAL.map(([name]) => name);
  return `INSERT INTO bosun.journal (commit_no, ${columns.join(", ")})
    SELECT ${commitNo}::bigint, ${columns.map((name) => `x.${name}`).join(", ")} FROM ${source} WHERE x.address IN (SELECT address FROM ok)`;
}

function outboxText(source: string, commitNo: string): string {
  const columns = OUTBOX.slice(1).map(([name]) => name);
  return `INSERT INTO bosun.outbox (scope, commit_no, ${columns.join(", ")})
    SELECT $1, ${commitNo}::bigint, ${columns.map((name) => `x.${name}`).join(", ")} FROM ${source} WHERE ${IF_OWNED} ON CONFLICT (id) DO NOTHING`;
}

function deadLettersText(source: string): string {
  const columns = DEAD_LETTER.slice(1).map(([name]) => name);
  return `INSERT INTO bosun.dead_letters (scope, ${columns.join(", ")}) SELECT $1, ${columns.map((name) => `x.${name}`).join(", ")}
    FROM ${source} WHERE ${IF_OWNED} ON CONFLICT (id) DO NOTHING`;
}

function upsertText<Row>(table: string, columns: Columns<Row>, key: string, mutable: readonly string[], source: string): string {
  const names = columns.slice(1).map(([name]) => name);
  return `INSERT INTO ${table} (scope, ${names.join(", ")}) SELECT $1, ${names.map((name) => `x.${name}`).join(", ")}
    FROM ${source} WHERE ${IF_OWNED} ON CONFLICT (${key}) DO UPDATE SET ${mutable.map((name) => `${name} = EXCLUDED.${name}`).join(", ")}`;
}

function deleteText(table: string, source: string): string {
  return `DELETE FROM ${table} t USING ${source} WHERE t.id = x.id AND ${IF_OWNED}`;
}
