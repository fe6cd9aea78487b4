/*
 * The prepared statements of one commit connection. Invariants:
 * - The backend holds at most `limit` of them; what has not been used for longest goes first, so a new hot shape gets its turn.
 * - A shape that was seen only once is not worth a plan: it is prepared when it comes again.
 * - A name is never given twice on a connection.
 */
import type pg from "pg";
import type { Logger } from "../runtime/environment.ts";

export interface PreparedStatements {
  /** The name under which to run `text`, or undefined when it should be parsed this time only. To be asked once for each run. */
  nameOf(text: string): string | undefined;
}

/** `limit` is at least 4. Statements that are given up are deallocated on `client`, some together, ahead of what is asked next. */
export function createPreparedStatements(client: pg.Client, limit: number, logger: Logger): PreparedStatements {
  const inBackend = parsedBy(client);
  const names = new Map<string, string>();
  const seenOnce = new Set<string>();
  let given = 0;

  const makeRoom = (): void => {
    const leaving = [...names].slice(0, Math.ceil(limit / EVICTED_SHARE));
    for (const [text] of leaving) names.delete(text);
    // One that the server refused to parse has a name here and nothing there.
    const there = leaving.map(([, name]) => name).filter((name) => inBackend?.has(name) === true);
    if (there.length === 0) return;
    for (const name of there) inBackend?.forget(name);
    client
      .query(there.map((name) => `DEALLOCATE ${name}`).join("; "))
      .catch((error: unknown) => logger.warn({ error: String(error) }, "prepared statements could not be given up"));
  };

  return {
    nameOf(text) {
      if (inBackend === undefined) return undefined;
      const known = names.get(text);
      if (known !== undefined) {
        names.delete(text);
        names.set(text, known);
        return known;
      }
      if (!seenOnce.delete(text)) {
        if (seenOnce.size >= limit) dropOldest(seenOnce);
        seenOnce.add(text);
        return undefined;
      }
      if (names.size >= limit) makeRoom();
      given += 1;
      const name = `commit_${given}`;
      names.set(text, name);
      return name;
    },
  };
}

/** A quarter at a time, so that the extra round trip is rare even when more shapes are in use than fit. */
const EVICTED_SHARE = 4;

function dropOldest(texts: Set<string>): void {
  const [oldest] = texts;
  if (oldest !== undefined) texts.delete(oldest);
}

interface ParsedStatements {
  has(name: string): boolean;
  forget(name: string): void;
}

/** The driver's own record of what it has had parsed, which it never shortens. A driver without one cannot be told; nothing is prepared then. */
function parsedBy(client: pg.Client): ParsedStatements | undefined {
  const parsed: unknown = Reflect.get(client.connection, "parsedStatements");
  if (typeof parsed !== "object" || parsed === null) return undefined;
  return {
    has: (name) => Object.hasOwn(parsed, name),
    forget: (name) => void Reflect.deleteProperty(parsed, name),
  };
}
