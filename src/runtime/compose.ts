import { FoldInterrupted } from "./apply.ts";
import type { Suspect } from "./breadcrumb.ts";
import { type Cell, type Item, snapshotOf, unknownKind } from "./cell.ts";
import type { Commit } from "./commitNumber.ts";
import { consume } from "./consume.ts";
import type { EncodedError } from "./effect.ts";
import { encodeError } from "./encodedError.ts";
import { failCommit, failSnapshot } from "./failure.ts";
import type { HostCore } from "./hostCore.ts";
import { nextItem, putBack, takeItem } from "./mailbox.ts";
import { addSuspects } from "./suspects.ts";
import { Unit } from "./unit.ts";

/** Folds waiting items of one actor into one unit; undefined when there is nothing that it may take now. */
export function composeUnit(core: HostCore, cell: Cell, commit: Commit, maxItems: number): Unit | undefined {
  if (nextItem(cell, cell.status) === undefined) return undefined;
  const unit = new Unit(cell);
  if (cell.status === "active" && unit.snapshot === undefined) {
    const stored = snapshotOf(cell);
    const error = stored.found === "refused" ? stored.error : unknownKind(cell.kindName);
    failSnapshot(core, unit, error, commit);
    return unit;
  }
  const isNew = cell.status;
  while (unit.items.length < maxItems && unit.bytes < core.limits.maxBatchBytes) {
    const item = nextItem(cell, unit.status);
    if (item === undefined || (item.type === "ingress" && repeatsId(unit, item))) break;
    takeItem(cell, unit.status);
    unit.items.push(item);
    try {
      consume(core, unit, item, commit);
    } catch (error) {
      return brokenItem(core, unit, item, error, commit);
    }
    // A unit that changed the actor's life is committed before its mail goes on.
    if (unit.status !== isNew) break;
  }
  return unit.items.length === 0 ? undefined : unit;
}

/** A fault of ours with this item must not stop the others (G7): what came before it is composed again, alone it fails its actor. */
function brokenItem(core: HostCore, unit: Unit, item: Item, thrown: unknown, commit: Commit): Unit | undefined {
  const { cell } = unit;
  const error = encodeError(thrown);
  if (!(thrown instanceof FoldInterrupted))
    core.environment.logger.error({ address: cell.address, item: item.type, error }, "an item could not be processed");
  cell.snapshot = undefined;
  putBack(cell, unit.items);
  if (unit.items.length > 1) return composeUnit(core, cell, commit, unit.items.length - 1);
  return composeFailure(core, cell, error, commit);
}

/** The actor's next item in a unit of its own, named alone in the breadcrumb; undefined when there is nothing that it may take now. */
export function composeAlone(core: HostCore, cell: Cell, commit: Commit): Unit | undefined {
  const suspects: Suspect[] = [];
  addSuspects(suspects, cell, 1);
  core.breadcrumb.name(suspects);
  const unit = composeUnit(core, cell, commit, 1);
  core.breadcrumb.clear();
  return unit;
}

/** The failure of an actor whose next item cannot be stored, or broke what composed it. */
export function composeFailure(core: HostCore, cell: Cell, error: EncodedError, commit: Commit): Unit {
  const failing = new Unit(cell);
  const item = takeItem(cell, cell.status);
  if (item !== undefined) failing.items.push(item);
  failCommit(core, failing, item, error, commit);
  return failing;
}

function repeatsId(unit: Unit, item: Extract<Item, { type: "ingress" }>): boolean {
  return item.ingress.remembered && unit.rows.dedup.some((row) => row.messageId === item.ingress.messageId);
}
