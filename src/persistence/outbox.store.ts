import { z } from "zod";
import type { Database } from "./database.ts";

const lagSchema = z.object({ waiting: z.number(), oldest: z.coerce.number().nullable() });

/** How far the bus is behind: how many emitted events of a scope wait for it, and since when. Rejects while the database is away. */
export async function readOutboxLag(
  database: Database,
  scope: string,
): Promise<{ readonly waiting: number; readonly oldestAtMs: number | undefined }> {
  const { rows } = await database.pool.query(
    "SELECT count(*)::int AS waiting, min(at_ms) AS oldest FROM bosun.outbox WHERE scope = $1",
    [scope],
  );
  const { waiting, oldest } = lagSchema.parse(rows[0]);
  return { waiting, oldestAtMs: oldest ?? undefined };
}
