import type { Cell } from "./cell.ts";
import type { Commit } from "./commitNumber.ts";
import { composeUnit } from "./compose.ts";
import { encodeError } from "./encodedError.ts";
import type { HostCore } from "./hostCore.ts";
import { refuseIngress } from "./mailbox.ts";
import type { Unit } from "./unit.ts";

/**
 * A batch while it is being composed: computed, not routed, not written. It depends on nothing but its own actors, each of which it holds
 * (`inFlight`) from here until it is published or given back.
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
    let looked = 0;
    for (const cell of ready) {
      if (this.#events >= maxEvents || this.isFull(core)) break;
      looked += 1;
      cell.ready = false;
      // Whoever holds it says so again when it lets go.
      if (cell.inFlight) continue;
      const unit = this.#compose(core, cell, Math.min(maxFold, maxBatchEvents - this.#events));
      if (unit === undefined) continue;
      cell.inFlight = true;
      this.units.push(unit);
      this.#events += unit.items.length;
      this.#bytes += unit.bytes + (unit.encoded()?.length ?? 0);
    }
    core.breadcrumb.leave();
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
