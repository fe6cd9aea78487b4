import type { RowChange, RowValue } from "../runtime/readModel.ts";

/** Rows that other programs read, from actors' states: a row is written only when what it shows has changed. */
export type Row = Readonly<Record<string, RowValue>>;

/** The row of `after` when it shows something else than `before`; `stamped` with the time of the change. */
export function changed(table: string, before: Row | undefined, after: Row, atMs: number, stamped = true): readonly RowChange[] {
  if (before !== undefined && JSON.stringify(before) === JSON.stringify(after)) return [];
  return [{ op: "upsert", table, row: stamped ? { ...after, updated_at: iso(atMs) } : after }];
}

/** Times of rows are timestamps with time zone. */
export function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}

export function isoOrNull(atMs: number | undefined): string | null {
  return atMs === undefined ? null : iso(atMs);
}
