import { type Address, addressProblem, isWithin } from "./address.ts";
import { type Cell, cellOf, isEnded } from "./cell.ts";
import type { HostCore } from "./hostCore.ts";
import type { ActorRow } from "./store.ts";

/** The cells of these addresses, read from the database when they are not in memory. Addresses that do not exist are left out. */
export async function load(core: HostCore, addresses: Iterable<Address>): Promise<Map<Address, Cell>> {
  const found = new Map<Address, Cell>();
  const missing: Address[] = [];
  for (const address of new Set(addresses)) {
    const cell = core.cells.get(address);
    if (cell !== undefined) found.set(address, cell);
    // What is no address names nobody, and might be text that the database does not take.
    else if (addressProblem(address) === undefined) missing.push(address);
  }
  if (missing.length === 0) return found;
  for (const row of await core.store.loadActors(missing)) {
    // Somebody else may have loaded it while we waited; there must be one cell for each actor.
    const cell = core.cells.get(row.address) ?? adopt(core, row);
    found.set(row.address, cell);
  }
  return found;
}

/** Puts the row of an actor of this scope into memory; one of another scope stays a mere description. */
function adopt(core: HostCore, row: ActorRow): Cell {
  const cell = cellOf(row, core.kinds.get(row.kind));
  if (isWithin(row.address, core.scope)) core.cells.set(row.address, cell);
  return cell;
}

/** Ended actors are rows, not memory, once their mail is settled. */
export function unload(core: HostCore, cell: Cell): void {
  if (isEnded(cell.status) && cell.orders.length === 0 && cell.queue.length === 0 && !cell.inFlight)
    core.cells.delete(cell.address);
}
