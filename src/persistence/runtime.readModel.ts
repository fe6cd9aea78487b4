import type { ReadModelTable, RowChange, RowValue } from "../runtime/readModel.ts";
import type { Owned } from "../runtime/store.ts";
import type { Parts } from "./runtime.commit.ts";

type Row = Readonly<Record<string, RowValue>>;
interface Folded {
  readonly owner: string;
  readonly op: "upsert" | "update" | "delete";
  readonly row: Row;
  /** Columns that find the rows of an update. */
  readonly match?: readonly string[];
}

/**
 * The read-model rows of a batch as parts of its statement. One statement cannot touch a row twice, so changes of one key by one owner are
 * folded first: the later wins, columns that it leaves out keep the earlier value. Never across owners: one may lose its compare-and-set, and
 * its change must not take the other's with it. Throws when two owners change one derived row; such a batch is written in two.
 */
export function readModelParts(
  parts: Parts,
  changes: readonly Owned<{ readonly change: RowChange }>[],
  tables: ReadonlyMap<string, ReadModelTable>,
): void {
  const shapes = new Map<string, Shape>();
  for (const [table, folded] of fold(changes, tables)) {
    for (const change of folded.values()) {
      const columns = change.op === "delete" ? table.key : Object.keys(change.row).sort();
      const match = change.match ?? table.key;
      const shapeKey = `${table.name} ${change.op} ${columns.join(",")} by ${match.join(",")}`;
      const shape = shapes.get(shapeKey) ?? { table, op: change.op, columns, match, rows: [] };
      shape.rows.push(change);
      shapes.set(shapeKey, shape);
    }
  }
  let index = 0;
  for (const key of [...shapes.keys()].sort()) {
    const shape = shapes.get(key);
    if (shape === undefined) continue;
    parts.add(
      `model_${index++}`,
      [
        ["owner", "text", (row: Folded) => row.owner],
        ["body", "text", (row: Folded) => JSON.stringify(row.row)],
      ],
      shape.rows,
      textOf(shape),
    );
  }
}

interface Shape {
  readonly table: ReadModelTable;
  readonly op: Folded["op"];
  readonly columns: readonly string[];
  readonly match: readonly string[];
  readonly rows: Folded[];
}

function textOf({ table, op, columns, match }: Shape): (source: string) => string {
  switch (op) {
    case "upsert":
      return upsertText(table, columns);
    case "update":
      return updateText(table, columns, match);
    case "delete":
      return deleteText(table);
  }
}

function fold(
  changes: readonly Owned<{ readonly change: RowChange }>[],
  tables: ReadonlyMap<string, ReadModelTable>,
): Map<ReadModelTable, Map<string, Folded>> {
  const byTable = new Map<ReadModelTable, Map<string, Folded>>();
  for (const { owner, change } of changes) {
    const table = tables.get(change.table);
    if (table === undefined) throw new TypeError(`"${change.table}" is not a registered read-model table`);
    const folded = byTable.get(table) ?? new Map<string, Folded>();
    byTable.set(table, folded);
    if (change.op === "update") {
      const match = Object.keys(change.where).sort();
      const row = { ...change.set, ...change.where };
      folded.set(JSON.stringify(["update", match, row]), { owner, op: "update", row, match });
      continue;
    }
    const row = change.op === "upsert" ? change.row : change.key;
    const columns = table.key.map((column) => keyValue(table, row, column));
    // Facts are inserted once, whoever tells them.
    const key = JSON.stringify(table.nature === "fact" ? [owner, ...columns] : columns);
    const earlier = folded.get(key);
    if (earlier !== undefined && earlier.owner !== owner)
      throw new RangeError(`two actors of one batch change the same row of ${table.name}`);
    // A fact is written once: the first account of it stays.
    if (earlier !== undefined && table.nature === "fact") continue;
    const merged = change.op === "upsert" && earlier?.op === "upsert" ? { ...earlier.row, ...row } : row;
    folded.set(key, { owner, op: change.op, row: merged });
  }
  return byTable;
}

function keyValue(table: ReadModelTable, row: Row, column: string): RowValue {
  const value = row[column];
  if (value === undefined || value === null) throw new TypeError(`a change of ${table.name} lacks its key column "${column}"`);
  return value;
}

function upsertText(table: ReadModelTable, columns: readonly string[]): (source: string) => string {
  const names = columns.map(quoted);
  const free = columns.filter((column) => !table.key.includes(column)).map(quoted);
  const conflict =
    table.nature === "fact" || free.length === 0
      ? "DO NOTHING"
      : `(${table.key.map(quoted).join(", ")}) DO UPDATE SET ${free.map((name) => `${name} = EXCLUDED.${name}`).join(", ")}`;
  return (source) =>
    `INSERT INTO public.${quoted(table.name)} (${names.join(", ")}) SELECT ${names.map((name) => `r.${name}`).join(", ")}
     FROM ${source}, LATERAL json_populate_record(NULL::public.${quoted(table.name)}, x.body::json) r
     WHERE x.owner IN (SELECT address FROM ok) ON CONFLICT ${conflict}`;
}

function updateText(table: ReadModelTable, columns: readonly string[], match: readonly string[]): (source: string) => string {
  const free = columns.filter((column) => !match.includes(column)).map(quoted);
  const found = match.map((column) => `t.${quoted(column)} = r.${quoted(column)}`).join(" AND ");
  return (source) =>
    `UPDATE public.${quoted(table.name)} t SET ${free.map((name) => `${name} = r.${name}`).join(", ")}
     FROM ${source}, LATERAL json_populate_record(NULL::public.${quoted(table.name)}, x.body::json) r
     WHERE ${found} AND x.owner IN (SELECT address FROM ok)`;
}

function deleteText(table: ReadModelTable): (source: string) => string {
  const match = table.key.map((column) => `t.${quoted(column)} = r.${quoted(column)}`).join(" AND ");
  return (source) =>
    `DELETE FROM public.${quoted(table.name)} t
     USING ${source}, LATERAL json_populate_record(NULL::public.${quoted(table.name)}, x.body::json) r
     WHERE ${match} AND x.owner IN (SELECT address FROM ok)`;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
