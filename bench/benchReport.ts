/** One row of a bench's table: column name to what is shown. */
export type Row = Readonly<Record<string, string | number>>;

/** What a bench promises. */
export interface Target {
  readonly name: string;
  readonly measured: number;
  readonly reach: number;
  readonly better: "higher" | "lower";
}

/** Prints rows and targets as tables, or with `--json` as one JSON object with `facts`. Sets the exit code to 1 when a target is missed. */
export function report(bench: string, rows: readonly Row[], targets: readonly Target[], facts: object = {}): void {
  const judged = targets.map((target) => ({ ...target, met: isMet(target) }));
  if (process.argv.includes("--json")) console.log(JSON.stringify({ bench, ...facts, rows, targets: judged }));
  else {
    console.table(rows);
    for (const target of judged) {
      const sign = target.better === "higher" ? "≥" : "≤";
      console.log(`${target.met ? "met   " : "MISSED"}  ${target.name}: ${round(target.measured)} (${sign} ${target.reach})`);
    }
  }
  if (judged.some((target) => !target.met)) process.exitCode = 1;
}

/** Three significant digits, whole numbers from a thousand on. */
export function round(value: number): number {
  return Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(3));
}

/** The value below which `share` of the sorted `values` lie. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

function isMet({ measured, reach, better }: Target): boolean {
  return better === "higher" ? measured >= reach : measured <= reach;
}
