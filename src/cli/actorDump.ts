/** Everything the database holds of actors, as one JSON document each, for people who debug. Read-only, one consistent moment. */
import type pg from "pg";
import type { Database } from "../persistence/database.ts";

export interface ActorDump {
  readonly address: string;
  readonly kind: string;
  readonly kindVersion: number;
  readonly parent: string | null;
  readonly status: string;
  readonly version: number;
  readonly incarnation: number;
  readonly input: unknown;
  readonly state: unknown;
  readonly context: unknown;
  readonly children: unknown;
  /** Failures, restarts and the last error; null when it never failed. */
  readonly lifecycle: unknown;
  readonly updatedAt: string;
  readonly timers: readonly Record<string, unknown>[];
  readonly jobs: readonly Record<string, unknown>[];
  readonly mailbox: readonly Record<string, unknown>[];
  readonly deadLetters: readonly Record<string, unknown>[];
}

/** All actors, or one; a stored text that is no JSON any more is shown as it is. */
export async function dumpActors(database: Database, address: string | undefined): Promise<readonly ActorDump[]> {
  const client = await database.pool.connect();
  try {
    await client.query("begin transaction isolation level repeatable read read only");
    const dump = await readAll(client, address);
    await client.query("commit");
    return dump;
  } finally {
    client.release();
  }
}

async function readAll(client: pg.PoolClient, address: string | undefined): Promise<readonly ActorDump[]> {
  const rowsOf = async (table: string, order: string): Promise<Record<string, unknown>[]> => {
    const where = address === undefined ? "" : "where address = $1";
    const values = address === undefined ? [] : [address];
    const { rows } = await client.query<Record<string, unknown>>(
      `select * from bosun.${table} ${where} order by ${order}`,
      values,
    );
    return rows;
  };
  const timers = groupByAddress(await rowsOf("timers", "due_at_ms, idx"));
  const jobs = groupByAddress(await rowsOf("jobs", "generation, id"));
  const mailbox = groupByAddress(await rowsOf("inbox", "commit_no, idx"));
  const deadLetters = groupByAddress(await rowsOf("dead_letters", "at_ms, id"));
  const actors = await rowsOf("actors", "address");
  return actors.map((row) => {
    const own = String(row["address"]);
    return {
      ...actorPart(row),
      timers: (timers.get(own) ?? []).map(timer),
      jobs: (jobs.get(own) ?? []).map(job),
      mailbox: (mailbox.get(own) ?? []).map(message),
      deadLetters: (deadLetters.get(own) ?? []).map(deadLetter),
    };
  });
}

function actorPart(row: Record<string, unknown>): Omit<ActorDump, "timers" | "jobs" | "mailbox" | "deadLetters"> {
  const snapshot = parsed(row["snapshot"]);
  const field = (name: string): unknown =>
    typeof snapshot === "object" && snapshot !== null ? (Reflect.get(snapshot, name) ?? null) : null;
  return {
    address: String(row["address"]),
    kind: String(row["kind"]),
    kindVersion: Number(row["kind_version"]),
    parent: textOrNull(row["parent"]),
    status: String(row["status"]),
    version: Number(row["version"]),
    incarnation: Number(row["incarnation"]),
    input: parsed(row["input"]),
    state: typeof snapshot === "string" ? snapshot : field("value"),
    context: field("context"),
    children: field("children"),
    lifecycle: parsed(row["lifecycle"]),
    updatedAt: time(row["updated_at_ms"]),
  };
}

function timer(row: Record<string, unknown>): Record<string, unknown> {
  const { id, nature, generation } = row;
  return {
    id,
    nature,
    dueAt: time(row["due_at_ms"]),
    event: parsed(row["event"]),
    to: row["to_address"],
    generation: Number(generation),
  };
}

function job(row: Record<string, unknown>): Record<string, unknown> {
  const { id, src, state, attempt, orphaned } = row;
  return {
    id,
    src,
    state,
    attempt,
    orphaned,
    child: row["child_id"],
    generation: Number(row["generation"]),
    input: parsed(row["input"]),
    checkpoint: parsed(row["checkpoint"]),
    sentAt: row["sent_at_ms"] === null ? null : time(row["sent_at_ms"]),
    result: parsed(row["result"]),
  };
}

function message(row: Record<string, unknown>): Record<string, unknown> {
  const { id, type, sender } = row;
  return { id, type, sender, body: parsed(row["body"]), at: time(row["at_ms"]) };
}

function deadLetter(row: Record<string, unknown>): Record<string, unknown> {
  const { id, sender, reason, detail } = row;
  return { id, sender, reason, detail, event: parsed(row["event"]), at: time(row["at_ms"]) };
}

function groupByAddress(rows: readonly Record<string, unknown>[]): ReadonlyMap<string, Record<string, unknown>[]> {
  const groups = new Map<string, Record<string, unknown>[]>();
  for (const row of rows) {
    const address = String(row["address"]);
    const group = groups.get(address);
    if (group === undefined) groups.set(address, [row]);
    else group.push(row);
  }
  return groups;
}

/** Stored JSON text; what is damaged is exactly what a debugging person wants to see, so it stays text. */
function parsed(stored: unknown): unknown {
  if (typeof stored !== "string") return stored ?? null;
  try {
    return JSON.parse(stored);
  } catch {
    return stored;
  }
}

function textOrNull(stored: unknown): string | null {
  return typeof stored === "string" ? stored : null;
}

function time(epochMs: unknown): string {
  return new Date(Number(epochMs)).toISOString();
}
