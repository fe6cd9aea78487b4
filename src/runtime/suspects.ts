import type { Suspect } from "./breadcrumb.ts";
import type { Cell, Item } from "./cell.ts";
import { attemptKey, type HostCore } from "./hostCore.ts";

/** The id under which unclean ends are counted against an item; undefined for one that runs no transition of its own. */
function attemptIdOf(cell: Cell, item: Item): string | undefined {
  switch (item.type) {
    case "ingress":
      return item.ingress.messageId;
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

/** Messages that have been settled are suspected no more. Timers and jobs keep their count: a restart may offer them again. */
export function acquit(core: HostCore, cell: Cell, items: readonly Item[]): void {
  if (core.attempts.size === 0) return;
  for (const item of items) {
    const messageId = item.type === "mail" || item.type === "ingress" ? attemptIdOf(cell, item) : undefined;
    if (messageId !== undefined) core.attempts.delete(attemptKey(cell.address, messageId));
  }
}

/** Whether one of them was named at an unclean end: then the actor takes its items one by one, each named alone. */
export function isSuspected(core: HostCore, cell: Cell, maxItems: number): boolean {
  if (core.attempts.size === 0) return false;
  const suspects: Suspect[] = [];
  addSuspects(suspects, cell, maxItems);
  return suspects.some(({ address, messageId }) => core.attempts.has(attemptKey(address, messageId)));
}
