import type { Column, LinearProgram } from "./linearProgram.ts";

/** Collects the rows and columns of a linear program under names of the caller's own. */
export class ProgramBuilder {
  readonly #columns: Column[] = [];
  readonly #limits: number[] = [];
  readonly #entries: [number, number][][] = [];

  /** A row Σ coefficient·column ≤ limit; returns its number. */
  row(limit: number, entries: readonly (readonly [column: number, coefficient: number])[] = []): number {
    const row = this.#limits.push(limit) - 1;
    for (const [column, coefficient] of entries) this.add(row, column, coefficient);
    return row;
  }

  /** A variable between 0 and `upper` that earns `profit` per unit; returns its number. */
  column(profit: number, upper: number): number {
    this.#entries.push([]);
    return this.#columns.push({ profit, upper, entries: this.#entries[this.#columns.length] ?? [] }) - 1;
  }

  add(row: number, column: number, coefficient: number): void {
    if (coefficient !== 0) this.#entries[column]?.push([row, coefficient]);
  }

  build(): LinearProgram {
    return { columns: this.#columns, limits: this.#limits };
  }
}
