import { sql } from "kysely";
import { z } from "zod";
import type { Database } from "./database.ts";

/** One durable actor as its row tells, for tools that read the database while no daemon runs. */
export interface ActorSummary {
  readonly address: string;
  readonly kind: string;
  readonly parent: string | undefined;
  readonly status: string;
  readonly version: number;
  readonly incarnation: number;
  readonly restarts: number;
  readonly lastError: string | undefined;
  readonly updatedAtMs: number;
}

/** All actors of a scope, parents before children (by address). */
export async function listActors(
  database: Database,
  scope: string,
  options: { readonly withEnded?: boolean } = {},
): Promise<readonly ActorSummary[]> {
  const rows = await database.kysely
    .selectFrom("bosun.actors")
    .where("scope", "=", scope)
    .$if(options.withEnded !== true, (query) => query.where("status", "not in", ["done", "stopped"]))
    .select(["address", "kind", "parent", "status", "version", "incarnation", "lifecycle", "updated_at_ms"])
    .orderBy("address")
    .execute();
  return rows.map((row) => ({
    address: row.address,
    kind: row.kind,
    parent: row.parent ?? undefined,
    status: row.status,
    version: Number(row.version),
    incarnation: row.incarnation,
    ...readLifecycle(row.lifecycle),
    updatedAtMs: Number(row.updated_at_ms),
  }));
}

/** Restarts of all living actors of a scope together. */
export async function countRestarts(database: Database, scope: string): Promise<number> {
  const actors = await listActors(database, scope);
  return actors.reduce((sum, actor) => sum + actor.restarts, 0);
}

export interface DeadLetterSummary {
  readonly id: string;
  readonly to: string;
  readonly from: string | undefined;
  readonly eventType: string;
  readonly reason: string;
  readonly detail: string;
  readonly atMs: number;
}

/** The latest dead letters, newest first. */
export async function listDeadLetters(database: Database, scope: string, limit: number): Promise<readonly DeadLetterSummary[]> {
  const rows = await database.kysely
    .selectFrom("bosun.dead_letters")
    .where("scope", "=", scope)
    .selectAll()
    .orderBy("at_ms", "desc")
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    to: row.address,
    from: row.sender ?? undefined,
    eventType: eventTypeOf(row.event),
    reason: row.reason,
    detail: row.detail,
    atMs: Number(row.at_ms),
  }));
}

export async function countDeadLetters(database: Database, scope: string): Promise<number> {
  const row = await database.kysely
    .selectFrom("bosun.dead_letters")
    .where("scope", "=", scope)
    .select(sql<number>`count(*)::int`.as("count"))
    .executeTakeFirstOrThrow();
  return row.count;
}

const lifecycleSchema = z.object({
  history: z.object({ restarts: z.number() }),
  lastError: z.object({ name: z.string(), message: z.string() }).optional(),
});

/** Parsed here and not in SQL: one unreadable row must not hide the others. */
function readLifecycle(text: string | null): { readonly restarts: number; readonly lastError: string | undefined } {
  if (text === null) return { restarts: 0, lastError: undefined };
  const parsed = lifecycleSchema.safeParse(parseJson(text));
  if (!parsed.success) return { restarts: 0, lastError: "its lifecycle cannot be read" };
  const { history, lastError } = parsed.data;
  return {
    restarts: history.restarts,
    lastError: lastError === undefined ? undefined : `${lastError.name}: ${lastError.message}`,
  };
}

function eventTypeOf(text: string): string {
  const parsed = z.object({ type: z.string() }).safeParse(parseJson(text));
  return parsed.success ? parsed.data.type : "(unreadable)";
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
