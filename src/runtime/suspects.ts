import type { Suspect } from "./breadcrumb.ts";
import { type Cell, type Item, isEnded } from "./cell.ts";
import { attemptKey, type HostCore } from "./hostCore.ts";
import type { Unit } from "./unit.ts";

/** The id under which unclean ends are counted against an item; undefined for one that runs no transition of its own, or cannot be met again. */
function attemptIdOf(cell: Cell, item: Item): string | undefined {
  switch (item.type) {
    case "ingress":
      // An id that nobody chose ends with this process, stored nowhere: naming it would accuse nobody.
      return item.ingress.remembered ? item.ingress.messageId : undefined;
    case "mail":
      if (item.row.type === "start") return beginId(cell.incarnation + 1);
      return item.row.type === "stop" ? undefined : item.row.id;
    case "timer":
      return timerAttemptId(item.id, item.generation);
    case "settled":
      return item.settled.jobId;
    case "begin":
      return beginId(cell.incarnation);
    case "restart":
      return beginId(cell.incarnation + 1);
    case "dismiss":
    case "verify":
      return undefined;
  }
}

export function beginId(incarnation: number): string {
  return `begin:${incarnation}`;
}

export function timerAttemptId(timerId: string, generation: number): string {
  return `timer:${timerId}:${generation}`;
}

/** Appends what the actor's next `maxItems` items may be accused of. */
export function addSuspects(suspects: Suspect[], cell: Cell, maxItems: number): void {
  for (const items of [cell.orders, cell.queue]) {
    for (let index = 0; index < items.length && index < maxItems; index++) {
      const item = items[index];
      const messageId = item === undefined ? undefined : attemptIdOf(cell, item);
      if (messageId !== undefined) suspects.push({ address: cell.address, messageId });
    }
  }
}

/** What a committed unit has settled is suspected no more; what may be offered again keeps its count. Call before the cell takes the unit. */
export function acquit(core: HostCore, unit: Unit): void {
  if (core.attempts.size === 0) return;
  for (const item of unit.items) {
    const messageId = mayComeAgain(unit, item) ? undefined : attemptIdOf(unit.cell, item);
    if (messageId !== undefined) core.attempts.delete(attemptKey(unit.address, messageId));
  }
}

function mayComeAgain(unit: Unit, item: Item): boolean {
  if (item.type === "timer") return unit.timers.get(item.id)?.generation === item.generation;
  if (item.type === "settled") return unit.jobs.get(item.settled.childId)?.id === item.settled.jobId;
  return unit.status !== "active" && !isEnded(unit.status);
}

/** Whether one of its next items was named at an unclean end: then the actor takes them one by one, each named alone. */
export function isSuspected(core: HostCore, cell: Cell, maxItems: number): boolean {
  if (core.attempts.size === 0) return false;
  const isNamed = (item: Item): boolean => {
    const messageId = attemptIdOf(cell, item);
    return messageId !== undefined && core.attempts.has(attemptKey(cell.address, messageId));
  };
  return cell.orders.slice(0, maxItems).some(isNamed) || cell.queue.slice(0, maxItems).some(isNamed);
}
