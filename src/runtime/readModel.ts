/**
 * Rows that other programs read. A kind's pure `project` and a job's `facts` return row changes; the store writes them in the
 * commit of the transition that caused them. Tables come from a closed list registered with the store.
 */
export interface ReadModelTable {
  /** Table name in the `public` schema. */
  readonly name: string;
  /** Primary key columns; the first is always `agent` (the ownership scope), so that resets never mix (H9). */
  readonly key: readonly string[];
  /** `derived` rows can be rebuilt from snapshots; `fact` rows (the ledger) are written once and never rebuilt. */
  readonly nature: "derived" | "fact";
}

export type RowValue = string | number | boolean | null | readonly RowValue[] | { readonly [key: string]: RowValue };

export type RowChange =
  | {
      readonly op: "upsert";
      readonly table: string;
      /** Column name to value. Times are ISO strings. Columns left out keep their value on update, their default on insert. */
      readonly row: Readonly<Record<string, RowValue>>;
    }
  | {
      /** Sets columns of the rows that match, if there are any. For an actor whose state cannot be read, and with it the key of its row. */
      readonly op: "update";
      readonly table: string;
      readonly where: Readonly<Record<string, RowValue>>;
      readonly set: Readonly<Record<string, RowValue>>;
    }
  | { readonly op: "delete"; readonly table: string; readonly key: Readonly<Record<string, RowValue>> };
