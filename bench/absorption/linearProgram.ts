/**
 * Maximises profit under limits: an exact simplex over columns with upper bounds.
 *
 * Invariants: every limit is at least 0, so that doing nothing is a plan and no first phase is needed; a solution comes with the prices
 * of its limits, and these alone prove it: the bound they give must equal the profit, whatever way the pivots took.
 */

/** Maximise Σ profit·x subject to Σ entry·x ≤ limit for every row, 0 ≤ x ≤ upper. */
export interface LinearProgram {
  readonly columns: readonly Column[];
  readonly limits: readonly number[];
}

export interface Column {
  readonly profit: number;
  readonly upper: number;
  /** `[row, coefficient]`, each row at most once. */
  readonly entries: readonly (readonly [number, number])[];
}

export type Solution =
  | { readonly kind: "unbounded"; readonly column: number }
  | {
      readonly kind: "optimal";
      readonly profit: number;
      readonly values: readonly number[];
      /** What one more unit of each limit would be worth. */
      readonly prices: readonly number[];
      /** The least upper bound that the prices prove; equals `profit` within rounding. */
      readonly bound: number;
    };

/** Throws when a limit is negative or the pivots do not come to an end. */
export function solve(program: LinearProgram): Solution {
  if (program.limits.some((limit) => limit < 0)) throw new Error("a limit below 0: doing nothing would be no plan");
  const tableau = new Tableau(program);
  for (let pivots = 0; pivots < MOST_PIVOTS; pivots++) {
    const entering = tableau.entering();
    if (entering === undefined) return optimal(program, tableau);
    if (!tableau.enter(entering)) return { kind: "unbounded", column: entering };
  }
  throw new Error(`no optimum after ${MOST_PIVOTS} pivots`);
}

const MOST_PIVOTS = 200_000;
/** Reduced costs and coefficients below these are rounding. */
const COST_EPSILON = 1e-7;
const PIVOT_EPSILON = 1e-9;
/** Pivots without progress before the rule changes to Bland's, which cannot cycle. */
const PATIENCE = 200;

/** Structural columns first, then one slack per row. A nonbasic variable is at 0; one at its upper bound is kept as its distance from it. */
class Tableau {
  readonly #rows: Float64Array[];
  readonly #level: Float64Array;
  readonly #basis: Int32Array;
  readonly #cost: Float64Array;
  readonly #upper: Float64Array;
  readonly #mirrored: Uint8Array;
  readonly #structural: number;
  #stalled = 0;

  constructor({ columns, limits }: LinearProgram) {
    this.#structural = columns.length;
    const width = columns.length + limits.length;
    this.#rows = limits.map(() => new Float64Array(width));
    this.#level = Float64Array.from(limits);
    this.#basis = Int32Array.from(limits, (_, i) => columns.length + i);
    this.#cost = new Float64Array(width);
    this.#upper = new Float64Array(width).fill(Number.POSITIVE_INFINITY);
    this.#mirrored = new Uint8Array(width);
    columns.forEach(({ profit, upper, entries }, j) => {
      this.#cost[j] = profit;
      this.#upper[j] = upper;
      for (const [row, coefficient] of entries) this.#row(row)[j] = coefficient;
    });
    this.#rows.forEach((row, i) => {
      row[columns.length + i] = 1;
    });
  }

  /** The column that earns most per unit, or the first that earns anything when nothing has moved for long. */
  entering(): number | undefined {
    const [cost, upper, isStalled] = [this.#cost, this.#upper, this.#stalled > PATIENCE];
    let best: number | undefined;
    let most = COST_EPSILON;
    for (let j = 0; j < cost.length; j++) {
      const gain = cost[j] ?? 0;
      if (gain <= most || (upper[j] ?? 0) <= 0) continue;
      if (isStalled) return j;
      best = j;
      most = gain;
    }
    return best;
  }

  /** Raises a nonbasic variable until something stops it; false when nothing does. */
  enter(j: number): boolean {
    const stop = this.#stopOf(j);
    if (stop.step === Number.POSITIVE_INFINITY) return false;
    this.#stalled = stop.step > PIVOT_EPSILON ? 0 : this.#stalled + 1;
    if (stop.row === undefined) {
      this.#mirrorNonbasic(j);
      return true;
    }
    if (stop.atUpper) this.#mirrorBasic(stop.row);
    this.#pivot(stop.row, j);
    return true;
  }

  /** Values of the structural columns. */
  values(): number[] {
    const values = Array.from({ length: this.#structural }, () => 0);
    this.#basis.forEach((variable, i) => {
      if (variable < this.#structural) values[variable] = this.#level[i] ?? 0;
    });
    return values.map((value, j) => (this.#mirrored[j] ? (this.#upper[j] ?? 0) - value : value));
  }

  /** What a unit of each limit is worth: the reduced cost of its slack, with the sign turned. Slacks have no upper bound. */
  prices(): number[] {
    return this.#rows.map((_, i) => Math.max(0, -(this.#cost[this.#structural + i] ?? 0)));
  }

  #stopOf(j: number): { step: number; row: number | undefined; atUpper: boolean } {
    let stop: { step: number; row: number | undefined; atUpper: boolean } = {
      step: this.#upper[j] ?? 0,
      row: undefined,
      atUpper: false,
    };
    this.#rows.forEach((row, i) => {
      const slope = row[j] ?? 0;
      if (Math.abs(slope) < PIVOT_EPSILON) return;
      const level = this.#level[i] ?? 0;
      const room = slope > 0 ? level : (this.#upper[this.#basis[i] ?? 0] ?? 0) - level;
      const step = Math.max(0, room / Math.abs(slope));
      const isTie = step === stop.step && stop.row !== undefined;
      const isFirst = isTie && (this.#basis[i] ?? 0) < (this.#basis[stop.row ?? 0] ?? 0);
      if (step < stop.step || isFirst) stop = { step, row: i, atUpper: slope < 0 };
    });
    return stop;
  }

  #mirrorNonbasic(j: number): void {
    const upper = this.#upper[j] ?? 0;
    this.#rows.forEach((row, i) => {
      const slope = row[j] ?? 0;
      if (slope === 0) return;
      this.#level[i] = (this.#level[i] ?? 0) - slope * upper;
      row[j] = -slope;
    });
    this.#cost[j] = -(this.#cost[j] ?? 0);
    this.#mirrored[j] = this.#mirrored[j] ? 0 : 1;
  }

  #mirrorBasic(i: number): void {
    const variable = this.#basis[i] ?? 0;
    const row = this.#row(i);
    for (let k = 0; k < row.length; k++) if (k !== variable) row[k] = -(row[k] ?? 0);
    this.#level[i] = (this.#upper[variable] ?? 0) - (this.#level[i] ?? 0);
    this.#mirrored[variable] = this.#mirrored[variable] ? 0 : 1;
  }

  #pivot(i: number, j: number): void {
    const row = this.#row(i);
    const pivot = row[j] ?? 0;
    const filled: number[] = [];
    for (let k = 0; k < row.length; k++) {
      const value = (row[k] ?? 0) / pivot;
      row[k] = value;
      if (value !== 0) filled.push(k);
    }
    this.#level[i] = (this.#level[i] ?? 0) / pivot;
    const level = this.#level[i] ?? 0;
    this.#rows.forEach((other, o) => {
      const slope = other[j] ?? 0;
      if (o === i || slope === 0) return;
      subtract(other, row, slope, filled);
      other[j] = 0;
      this.#level[o] = (this.#level[o] ?? 0) - slope * level;
    });
    const gain = this.#cost[j] ?? 0;
    subtract(this.#cost, row, gain, filled);
    this.#cost[j] = 0;
    this.#basis[i] = j;
  }

  #row(i: number): Float64Array {
    const row = this.#rows[i];
    if (row === undefined) throw new Error(`no row ${i}`);
    return row;
  }
}

function subtract(from: Float64Array, row: Float64Array, factor: number, filled: readonly number[]): void {
  for (const k of filled) from[k] = (from[k] ?? 0) - factor * (row[k] ?? 0);
}

function optimal(program: LinearProgram, tableau: Tableau): Solution {
  const values = tableau.values();
  const prices = tableau.prices();
  const profit = program.columns.reduce((sum, column, j) => sum + column.profit * (values[j] ?? 0), 0);
  return { kind: "optimal", profit, values, prices, bound: boundOf(program, prices) };
}

/** By weak duality no plan earns more than this, for any prices of at least 0. */
function boundOf({ columns, limits }: LinearProgram, prices: readonly number[]): number {
  const ofLimits = limits.reduce((sum, limit, i) => sum + limit * (prices[i] ?? 0), 0);
  return columns.reduce((sum, { profit, upper, entries }) => {
    const reduced = profit - entries.reduce((cost, [row, coefficient]) => cost + coefficient * (prices[row] ?? 0), 0);
    if (reduced <= COST_EPSILON) return sum;
    return sum + reduced * upper;
  }, ofLimits);
}
