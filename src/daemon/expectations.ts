/** What the rows of living actors should say, and what is told of those that do not. */
import type { Database } from "../persistence/database.ts";
import { fleetTables } from "../persistence/fleetTables.ts";
import type { Row, RowRepair } from "../persistence/readModelCheck.store.ts";
import type { ReadModelTable, RowChange, RowValue } from "../runtime/readModel.ts";
import type { KindRegistry } from "../runtime/registry.ts";
import type { ActorRow } from "../runtime/store.ts";

export interface BootCheckRequest {
  readonly database: Pick<Database, "pool">;
  readonly kinds: KindRegistry;
  readonly scope: string;
  readonly epoch: number;
  /** All that have not ended. */
  readonly actors: readonly ActorRow[];
  readonly atMs: number;
}

export interface RowFinding {
  readonly table: string;
  /** The row's key without its agent. */
  readonly row: string;
  /** What is wrong with it, for people. */
  readonly what: string;
  readonly done: "repaired" | "ended" | "removed" | "left";
}

/** A repair and what is said of it. */
export interface Repair {
  readonly finding: RowFinding;
  readonly repair: RowRepair | undefined;
}

/** What the actors' states call for, by table and key. Two actors may keep one row: what either says is right. */
export class ExpectedRows {
  readonly #rows = new Map<string, { readonly row: Row; readonly others: readonly Row[]; readonly isOver: boolean }>();

  /** `isOver`: of an actor that is not at work; when it ended, only the row knows. */
  add(change: RowChange, isOver: boolean): void {
    if (change.op !== "upsert") return;
    const table = fleetTables.find(({ name }) => name === change.table);
    if (table === undefined) return;
    const key = nameOf(table, change.row);
    const earlier = this.#rows.get(key);
    this.#rows.set(key, {
      row: { ...earlier?.row, ...change.row },
      others: [...(earlier?.others ?? []), change.row],
      isOver: isOver || (earlier?.isOver ?? false),
    });
  }

  has(table: string, row: Row): boolean {
    const known = fleetTables.find(({ name }) => name === table);
    return known !== undefined && this.#rows.has(nameOf(known, row));
  }

  whole(table: ReadModelTable, row: Row): Row {
    return this.#rows.get(nameOf(table, row))?.row ?? row;
  }

  /** Whether one of the row's actors says so. */
  isSaid(table: ReadModelTable, row: Row, column: string, value: unknown): boolean {
    const others = this.#rows.get(nameOf(table, row))?.others ?? [];
    return others.some((other) => JSON.stringify(other[column]) === JSON.stringify(value));
  }

  /** Without the columns that tell when something was written. */
  compared(table: ReadModelTable): readonly Row[] {
    return [...this.#rows].flatMap(([key, { row, isOver }]) => {
      if (!key.startsWith(`${table.name} `)) return [];
      const left = isOver ? [...WRITTEN_AT, ...ENDED_AT] : WRITTEN_AT;
      return [Object.fromEntries(Object.entries(row).filter(([column]) => !left.includes(column)))];
    });
  }
}

const WRITTEN_AT: readonly string[] = ["updated_at", "since"];
const ENDED_AT: readonly string[] = ["completed_at", "ended_at"];

/** The row's key, without the agent that all of them begin with. */
export function keyText(table: ReadModelTable, row: Row): string {
  return table.key
    .filter((column) => column !== "agent")
    .map((column) => textOf(row[column]))
    .join(" ");
}

function nameOf(table: ReadModelTable, row: Row): string {
  return `${table.name} ${JSON.stringify(table.key.map((column) => row[column]))}`;
}

/** A value of a row as text. */
export function textOf(value: RowValue | undefined): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}
