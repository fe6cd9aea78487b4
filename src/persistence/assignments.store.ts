import { z } from "zod";
import type { Database } from "./database.ts";

/** A ship that is held, and what its holder is. */
export interface HeldShip {
  readonly ship: string;
  /** Address of the actor that holds it. */
  readonly owner: string;
  /** Its status, or `gone` for one that was never there or has ended. */
  readonly ownerStatus: string;
  readonly operation: string | undefined;
  readonly assignedAtMs: number;
}

const heldSchema = z.array(
  z.object({
    ship: z.string(),
    owner: z.string(),
    owner_status: z.string().nullable(),
    operation: z.string().nullable(),
    assigned_at: z.date(),
  }),
);

/** Every active assignment of the agent, by ship. */
export async function listHeldShips(database: Database, agent: string): Promise<readonly HeldShip[]> {
  const { rows } = await database.pool.query(
    `SELECT s.ship_symbol AS ship, s.container_id AS owner, a.status AS owner_status, s.operation, s.assigned_at
     FROM ship_assignments s LEFT JOIN bosun.actors a ON a.address = s.container_id AND a.status NOT IN ('done', 'stopped')
     WHERE s.agent = $1 AND s.status = 'active' ORDER BY s.ship_symbol`,
    [agent],
  );
  return heldSchema.parse(rows).map((row) => ({
    ship: row.ship,
    owner: row.owner,
    ownerStatus: row.owner_status ?? "gone",
    operation: row.operation ?? undefined,
    assignedAtMs: row.assigned_at.getTime(),
  }));
}

/**
 * Ends an assignment that no actor stands behind. A ship's own claims are ended by the ship. `notActive`: it had ended before; `fenced`:
 * another epoch than the caller's has begun, and nothing was written (G6).
 */
export async function endAssignment(
  database: Database,
  host: { readonly scope: string; readonly epoch: number },
  held: { readonly ship: string; readonly owner: string; readonly reason: string },
): Promise<"ended" | "notActive" | "fenced"> {
  const { rows } = await database.pool.query<{ readonly ours: boolean; readonly ended: boolean }>(
    `WITH own AS (SELECT 1 FROM bosun.ownership WHERE scope = $1 AND epoch = $2 FOR SHARE),
     ended AS (
       UPDATE ship_assignments SET status = 'idle', released_at = clock_timestamp(), release_reason = $5
       WHERE agent = $1 AND ship_symbol = $3 AND container_id = $4 AND status = 'active' AND EXISTS (SELECT 1 FROM own)
       RETURNING 1)
     SELECT EXISTS (SELECT 1 FROM own) AS ours, EXISTS (SELECT 1 FROM ended) AS ended`,
    [host.scope, host.epoch, held.ship, held.owner, held.reason],
  );
  if (rows[0]?.ours !== true) return "fenced";
  return rows[0].ended ? "ended" : "notActive";
}
