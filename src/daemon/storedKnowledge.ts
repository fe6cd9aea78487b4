/**
 * What the market book is filled from before the first actor wakes, straight from the rows: a resumed planning job must not look into an
 * empty book. A row that cannot be read is left out; the actor or quote it belongs to will be read afresh.
 */
import { z } from "zod";
import type { Quote } from "../domain/market.ts";
import type { Database } from "../persistence/database.ts";
import type { ActorView, Runtime } from "../runtime/runtime.ts";

const quoteSchema = z.object({
  waypoint: z.string(),
  good: z.string(),
  type: z.enum(["EXPORT", "IMPORT", "EXCHANGE"]),
  trade_volume: z.number(),
  supply: z.enum(["SCARCE", "LIMITED", "MODERATE", "HIGH", "ABUNDANT"]),
  activity: z.enum(["WEAK", "GROWING", "STRONG", "RESTRICTED"]).nullable(),
  ask_credits: z.number(),
  bid_credits: z.number(),
  observed_at: z.date(),
});

/** The quotes of each market's last reading; older ones are of goods that it does not list any more. */
export async function readStoredQuotes(database: Database, scope: string): Promise<readonly Quote[]> {
  const { rows } = await database.pool.query(LAST_QUOTES, [scope]);
  return rows.flatMap((row: unknown): Quote[] => {
    const parsed = quoteSchema.safeParse(row);
    if (!parsed.success) return [];
    const { waypoint, good, type, supply, activity, ...rest } = parsed.data;
    return [
      {
        waypoint,
        good,
        type,
        supply,
        activity: activity ?? undefined,
        tradeVolume: rest.trade_volume,
        askCredits: rest.ask_credits,
        bidCredits: rest.bid_credits,
        observedAtMs: rest.observed_at.getTime(),
      },
    ];
  });
}

const LAST_QUOTES = `select * from (
    select *, max(observed_at) over (partition by waypoint) as last_reading_at from market_quotes where agent = $1
  ) as quote where observed_at = last_reading_at`;

const actorSchema = z.object({ address: z.string(), kind: z.string(), parent: z.string().nullable(), snapshot: z.string() });
const snapshotSchema = z.object({ value: z.unknown(), context: z.unknown() });

/** Lists actors from their rows, as far as the market book looks at them, while no host runs. */
export function storedActors(database: Database, scope: string): Pick<Runtime, "list"> {
  return {
    async list(filter = {}) {
      const { rows } = await database.pool.query(
        "select address, kind, parent, snapshot from bosun.actors where scope = $1 and kind = $2 and status in ('active', 'backingOff')",
        [scope, filter.kind ?? ""],
      );
      return rows.flatMap((row: unknown): ActorView[] => {
        const parsed = actorSchema.safeParse(row);
        const snapshot = parsed.success ? snapshotSchema.safeParse(jsonOf(parsed.data.snapshot)) : undefined;
        if (!parsed.success || snapshot?.success !== true) return [];
        const { address, kind, parent } = parsed.data;
        return [
          { ...BLANK, address, kind, parent: parent ?? undefined, value: snapshot.data.value, context: snapshot.data.context },
        ];
      });
    },
  };
}

const BLANK = {
  status: "active",
  version: 0,
  incarnation: 0,
  restarts: 0,
  lastError: undefined,
  backoffUntilMs: undefined,
  updatedAtMs: 0,
} satisfies Partial<ActorView>;

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
