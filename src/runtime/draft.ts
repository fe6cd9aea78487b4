import type { Suspect } from "./breadcrumb.ts";
import type { Cell } from "./cell.ts";
import type { Commit } from "./commitNumber.ts";
import { composeUnit } from "./compose.ts";
import { encodeError } from "./encodedError.ts";
import type { HostCore } from "./hostCore.ts";
import { refuseIngress } from "./mailbox.ts";
import { addSuspects, isSuspected } from "./suspects.ts";
import type { Unit } from "./unit.ts";

/**
 * A batch while it is being composed: computed, not routed, not written. It depends on nothing but its own actors, each of which it holds
 * (`inFlight`) from here until it is published or given back. What it is about to try is named in the breadcrumb first (H8).
 */
export class Draft {
  readonly commit: Commit;
  readonly units: Unit[] = [];
  #events = 0;
  #bytes = 0;

  constructor(commit: Commit) {
    this.commit = commit;
  }

  get events(): number {
    return this.#events;
  }

  isFull(core: HostCore): boolean {
    return this.#events >= core.limits.maxBatchEvents || this.#bytes >= core.limits.maxBatchBytes;
  }

  /** Takes ready cells, in their order, until it has `maxEvents` or is full. Returns the cells that it did not look at. */
  fill(core: HostCore, ready: Cell[], maxEvents: number): Cell[] {
    const { maxBatchEvents, maxFold } = core.limits;
    // Named before any of them is tried; cells beyond the group get a group of their own.
    let group: Group = { end: 0, alone: false };
    let looked = 0;
    for (const cell of ready) {
      if (this.#events >= maxEvents || this.isFull(core)) break;
      if (looked === group.end) group = nameGroup(core, ready, looked, maxEvents - this.#events);
      looked += 1;
      cell.ready = false;
      // Whoever holds it says so again when it lets go.
      if (cell.inFlight) continue;
      const maxItems = group.alone ? 1 : Math.min(maxFold, maxBatchEvents - this.#events);
      const unit = this.#compose(core, cell, maxItems);
      if (unit === undefined) continue;
      cell.inFlight = true;
      this.units.push(unit);
      this.#events += unit.items.length;
      this.#bytes += unit.bytes + (unit.encoded()?.length ?? 0);
    }
    core.breadcrumb.clear();
    return looked === 0 ? ready : ready.slice(looked);
  }

  /** Even a fault of ours stops one actor only (G7); its rows are as they were. */
  #compose(core: HostCore, cell: Cell, maxItems: number): Unit | undefined {
    try {
      return composeUnit(core, cell, this.commit, maxItems);
    } catch (error) {
      core.environment.logger.error(
        { address: cell.address, error: encodeError(error) },
        "an actor could not be composed; it is quarantined in memory until the next start",
      );
      cell.status = "quarantined";
      refuseIngress(cell, "the actor is quarantined");
      return undefined;
    }
  }
}

/** Cells that are tried together, up to the index `end`; or one alone, item by item, that was named at an unclean end. */
interface Group {
  readonly end: number;
  readonly alone: boolean;
}

/** Writes the next group into the breadcrumb, of at most `maxCells`. */
function nameGroup(core: HostCore, ready: readonly Cell[], from: number, maxCells: number): Group {
  const { maxFold } = core.limits;
  const together = ready.slice(from, from + maxCells);
  const suspected = together.findIndex((cell) => isSuspected(core, cell, maxFold));
  const alone = suspected === 0;
  const group = alone ? together.slice(0, 1) : suspected < 0 ? together : together.slice(0, suspected);
  const suspects: Suspect[] = [];
  for (const cell of group) if (!cell.inFlight) addSuspects(suspects, cell, alone ? 1 : maxFold);
  core.breadcrumb.name(suspects);
  return { end: from + group.length, alone };
}
