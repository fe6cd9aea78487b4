import { type Cell, cellOf, snapshotOf } from "./cell.ts";
import type { RegisteredKind } from "./registeredKind.ts";
import type { ActorView } from "./runtime.ts";
import type { ActorRow } from "./store.ts";

/** The committed state of an actor, for people and programs outside. */
export function viewOfCell(cell: Cell): ActorView {
  const stored = snapshotOf(cell);
  const snapshot = stored.found === "snapshot" ? stored.snapshot : undefined;
  return {
    address: cell.address,
    kind: cell.kindName,
    parent: cell.parent,
    status: cell.status,
    version: cell.version,
    incarnation: cell.incarnation,
    value: snapshot?.value,
    context: snapshot?.context,
    restarts: cell.lifecycle.history.restarts,
    lastError: stored.found === "refused" ? stored.error : cell.lifecycle.lastError,
    backoffUntilMs: cell.lifecycle.backoffUntilMs,
    updatedAtMs: cell.updatedAtMs,
  };
}

export function viewOfRow(row: ActorRow, kind: RegisteredKind | undefined): ActorView {
  return viewOfCell(cellOf(row, kind));
}
