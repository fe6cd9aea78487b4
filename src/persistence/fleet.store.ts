import type { Database } from "./database.ts";

export interface Player {
  readonly id: number;
  readonly symbol: string;
  readonly resetDate: string;
  readonly credits: number | undefined;
  readonly shipCount: number | undefined;
}

/** The player row of an agent; undefined before its first commit. */
export async function findPlayer(database: Database, agent: string): Promise<Player | undefined> {
  const row = await database.kysely.selectFrom("players").where("agent", "=", agent).selectAll().executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    id: row.id,
    symbol: row.agent_symbol,
    resetDate: row.reset_date,
    credits: row.credits === null ? undefined : Number(row.credits),
    shipCount: row.ship_count ?? undefined,
  };
}

export interface HoldSummary {
  readonly ship: string;
  readonly good: string;
  readonly units: number;
  readonly reason: string | undefined;
}

/** Cargo that is held on purpose, with no task responsible for it (G10). */
export async function listCargoHolds(database: Database, agent: string): Promise<readonly HoldSummary[]> {
  const rows = await database.kysely
    .selectFrom("cargo_holds")
    .where("agent", "=", agent)
    .selectAll()
    .orderBy("ship_symbol")
    .execute();
  return rows.map((row) => ({ ship: row.ship_symbol, good: row.good, units: row.units, reason: row.reason ?? undefined }));
}
