import type { Cell } from "./runtime.columns.ts";

/**
 * A Postgres array literal of one column's cells. The driver's own encoding escapes cell by cell with two replacements each and was a third
 * of a large commit's time in this process.
 */
export function arrayLiteral<Row>(rows: readonly Row[], pick: (row: Row) => Cell): string {
  let text = "{";
  let separator = "";
  for (const row of rows) {
    const cell = pick(row);
    text += separator;
    separator = ",";
    if (typeof cell === "string") text += `"${SPECIAL.test(cell) ? cell.replaceAll(ALL_SPECIAL, "\\$&") : cell}"`;
    else text += cell === null ? "NULL" : String(cell);
  }
  return `${text}}`;
}

const SPECIAL = /["\\]/;
const ALL_SPECIAL = /["\\]/g;
