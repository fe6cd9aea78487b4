/**
 * Compares rows that other programs read with what they should say, and puts them right. Invariants: nothing is written under an epoch
 * that has passed (G6); a row that cannot be compared or written is told and never keeps the others from it (G7).
 */
import type { ReadModelTable, RowValue } from "../runtime/readModel.ts";
import type { Database } from "./database.ts";

export type Row = Readonly<Record<string, RowValue>>;

export type RowVerdict =
  | { readonly verdict: "differs"; readonly table: string; readonly row: Row; readonly columns: readonly ColumnDifference[] }
  | { readonly verdict: "missing"; readonly table: string; readonly row: Row }
  /** The database refuses the row: its actor's state holds something that no row can hold. */
  | { readonly verdict: "refused"; readonly table: string; readonly row: Row; readonly reason: string };

export interface ColumnDifference {
  readonly column: string;
  readonly found: RowValue;
  readonly expected: RowValue;
}

/** How the stored rows of one table differ from `rows`, in their order. Columns that a row does not name are not compared. */
export async function compareRows(
  database: Pick<Database, "pool">,
  table: ReadModelTable,
  rows: readonly Row[],
): Promise<readonly RowVerdict[]> {
  if (rows.length === 0) return [];
  try {
    const { rows: found } = await database.pool.query<Compared>(comparison(table), [rows.map((row) => JSON.stringify(row))]);
    return found.flatMap(({ place, missing, differs }): RowVerdict[] => {
      const row = rows[place - 1];
      if (row === undefined) return [];
      if (missing) return [{ verdict: "missing", table: table.name, row }];
      const columns = Object.entries(differs ?? {}).map(([column, [was, expected]]) => ({ column, found: was, expected }));
      return [{ verdict: "differs", table: table.name, row, columns }];
    });
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const [only] = rows;
    if (rows.length === 1 && only !== undefined)
      return [{ verdict: "refused", table: table.name, row: only, reason: error.message }];
    const half = Math.ceil(rows.length / 2);
    const first = await compareRows(database, table, rows.slice(0, half));
    return [...first, ...(await compareRows(database, table, rows.slice(half)))];
  }
}

/** Rows that are written or changed in one transaction, by whoever owns the scope. */
export interface RowRepair {
  readonly table: ReadModelTable;
  readonly row: Row;
  /** `update` changes a row that is there, `upsert` also one that is not. */
  readonly how: "upsert" | "update" | "delete";
}

/** Writes one repair; a sentence when the database refuses it, `fenced` when another epoch has begun. */
export async function repairRow(
  database: Pick<Database, "pool">,
  owner: { readonly scope: string; readonly epoch: number },
  repair: RowRepair,
): Promise<"repaired" | "fenced" | { readonly refused: string }> {
  const client = await database.pool.connect();
  try {
    await client.query("BEGIN");
    const own = "SELECT 1 FROM bosun.ownership WHERE scope = $1 AND epoch = $2 FOR SHARE";
    const isOurs = (await client.query(own, [owner.scope, owner.epoch])).rowCount === 1;
    if (isOurs) await client.query(statement(repair), [JSON.stringify(repair.row)]);
    await client.query("COMMIT");
    return isOurs ? "repaired" : "fenced";
  } catch (error) {
    await client.query("ROLLBACK");
    if (!isRefusal(error)) throw error;
    return { refused: error.message };
  } finally {
    client.release();
  }
}

interface Compared {
  readonly place: number;
  readonly missing: boolean;
  readonly differs: Readonly<Record<string, readonly [RowValue, RowValue]>> | null;
}

/** Postgres compares: it alone knows when two texts are the same instant, number or document. */
function comparison(table: ReadModelTable): string {
  const name = `public.${quoted(table.name)}`;
  const key = table.key.map((column) => `t.${quoted(column)} = w.${quoted(column)}`).join(" AND ");
  const [first = ""] = table.key;
  return `SELECT x.place::int AS place, t.${quoted(first)} IS NULL AS missing, d.differs
    FROM unnest($1::text[]) WITH ORDINALITY AS x(body, place)
    CROSS JOIN LATERAL json_populate_record(NULL::${name}, x.body::json) w
    LEFT JOIN ${name} t ON ${key}
    CROSS JOIN LATERAL (
      SELECT jsonb_object_agg(c, jsonb_build_array(to_jsonb(t) -> c, to_jsonb(w) -> c)) AS differs
      FROM json_object_keys(x.body::json) c WHERE (to_jsonb(t) -> c) IS DISTINCT FROM (to_jsonb(w) -> c)
    ) d
    WHERE t.${quoted(first)} IS NULL OR d.differs IS NOT NULL ORDER BY x.place`;
}

function statement({ table, row, how }: RowRepair): string {
  const name = `public.${quoted(table.name)}`;
  const source = `json_populate_record(NULL::${name}, $1::json) r`;
  const key = table.key.map((column) => `t.${quoted(column)} = r.${quoted(column)}`).join(" AND ");
  const columns = Object.keys(row).map(quoted);
  const free = Object.keys(row).filter((column) => !table.key.includes(column));
  switch (how) {
    case "delete":
      return `DELETE FROM ${name} t USING ${source} WHERE ${key}`;
    case "update":
      return `UPDATE ${name} t SET ${free.map((column) => `${quoted(column)} = r.${quoted(column)}`).join(", ")} FROM ${source} WHERE ${key}`;
    case "upsert": {
      const set = free.map((column) => `${quoted(column)} = EXCLUDED.${quoted(column)}`).join(", ");
      const conflict = free.length === 0 ? "DO NOTHING" : `(${table.key.map(quoted).join(", ")}) DO UPDATE SET ${set}`;
      return `INSERT INTO ${name} (${columns.join(", ")}) SELECT ${columns.map((column) => `r.${column}`).join(", ")} FROM ${source} ON CONFLICT ${conflict}`;
    }
  }
}

/** SQLSTATE 22 and 23: the row is at fault, not the database. */
function isRefusal(error: unknown): error is Error {
  return error instanceof Error && "code" in error && typeof error.code === "string" && /^2[23]/.test(error.code);
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
