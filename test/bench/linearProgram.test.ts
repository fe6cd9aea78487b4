import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type LinearProgram, solve } from "../../bench/absorption/linearProgram.ts";

describe("the linear program", () => {
  it("finds the corner of a program solved by hand [SIM-PHYSICS]", () => {
    // 3x + 5y, x ≤ 4, 2y ≤ 12, 3x + 2y ≤ 18: the textbook's corner is (2, 6).
    const solution = solve({
      columns: [
        { profit: 3, upper: 4, entries: [[1, 3]] },
        {
          profit: 5,
          upper: Number.POSITIVE_INFINITY,
          entries: [
            [0, 2],
            [1, 2],
          ],
        },
      ],
      limits: [12, 18],
    });
    if (solution.kind !== "optimal") throw new Error(solution.kind);
    expect(solution.profit).toBeCloseTo(36);
    expect(solution.values.map((value) => Math.round(value))).toEqual([2, 6]);
    expect(solution.prices.map((price) => Number(price.toFixed(3)))).toEqual([1.5, 1]);
  });

  it("says which variable has no bound [SIM-PHYSICS]", () => {
    const free = { profit: 1, upper: Number.POSITIVE_INFINITY, entries: [[0, -1] as const] };
    expect(solve({ columns: [free], limits: [0] })).toEqual({ kind: "unbounded", column: 0 });
  });

  it("proves each of its optima by the prices it gives, and never leaves a limit [SIM-PHYSICS]", () => {
    const amount = fc.integer({ min: 0, max: 9 });
    const column = fc.record({
      profit: fc.integer({ min: -9, max: 9 }),
      upper: amount,
      entries: fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: -5, max: 5 })), {
        selector: ([row]) => row,
        maxLength: 5,
      }),
    });
    const program = fc.record({
      columns: fc.array(column, { minLength: 1, maxLength: 12 }),
      limits: fc.array(amount, { minLength: 5, maxLength: 5 }),
    });
    fc.assert(
      fc.property(program, (drawn) => {
        const solution = solve(drawn);
        if (solution.kind !== "optimal") throw new Error("every variable has an upper bound");
        expect(solution.bound).toBeCloseTo(solution.profit, 5);
        expect(largestBreach(drawn, solution.values)).toBeLessThan(1e-6);
      }),
      { numRuns: 500 },
    );
  });
});

function largestBreach({ columns, limits }: LinearProgram, values: readonly number[]): number {
  const ofRows = limits.map((limit, row) => {
    const used = columns.reduce((sum, { entries }, j) => {
      const coefficient = entries.find(([at]) => at === row)?.[1] ?? 0;
      return sum + coefficient * (values[j] ?? 0);
    }, 0);
    return used - limit;
  });
  const ofColumns = columns.flatMap(({ upper }, j) => [-(values[j] ?? 0), (values[j] ?? 0) - upper]);
  return Math.max(...ofRows, ...ofColumns);
}
