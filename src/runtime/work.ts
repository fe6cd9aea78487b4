import type { Cell } from "./cell.ts";
import type { CheckpointRequest, Chore } from "./chore.ts";
import type { HostCore } from "./hostCore.ts";
import type { Unit } from "./unit.ts";

/** Everything that goes into one commit. */
export interface Work {
  readonly units: readonly Unit[];
  readonly chores: readonly Chore[];
  readonly checkpoints: readonly CheckpointRequest[];
}

/** The actors that it holds: those it changes, and those whose jobs the host itself writes in it (their state must not move meanwhile). */
export function cellsOf(core: HostCore, work: Work): ReadonlySet<Cell> {
  const cells = new Set(work.units.map((unit) => unit.cell));
  const hold = (address: string): void => {
    const cell = core.cells.get(address);
    if (cell !== undefined) cells.add(cell);
  };
  for (const { address } of work.checkpoints) hold(address);
  for (const { rows } of work.chores) for (const { address } of rows.jobsSet.values()) hold(address);
  return cells;
}

/** Two parts of it, to find the row that the database refuses (H4). */
export function halves(work: Work): [Work, Work] {
  const half = <Row>(rows: readonly Row[], second: boolean): readonly Row[] => {
    const middle = Math.ceil(rows.length / 2);
    return second ? rows.slice(middle) : rows.slice(0, middle);
  };
  // Actors apart from the host's own rows first; then each list in the middle.
  if (work.units.length > 0 && work.chores.length + work.checkpoints.length > 0) {
    return [
      { units: work.units, chores: [], checkpoints: [] },
      { units: [], chores: work.chores, checkpoints: work.checkpoints },
    ];
  }
  if (work.chores.length > 0 && work.checkpoints.length > 0) {
    return [
      { units: [], chores: work.chores, checkpoints: [] },
      { units: [], chores: [], checkpoints: work.checkpoints },
    ];
  }
  const part = (second: boolean): Work => ({
    units: half(work.units, second),
    chores: half(work.chores, second),
    checkpoints: half(work.checkpoints, second),
  });
  return [part(false), part(true)];
}
