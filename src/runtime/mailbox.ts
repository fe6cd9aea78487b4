import { type Cell, type Item, isEnded } from "./cell.ts";

/** Orders go first. Mail waits while its actor starts, backs off or is quarantined; that of an ended one becomes dead letters. */
export function nextItem(cell: Cell, status: Cell["status"]): Item | undefined {
  return cell.orders[0] ?? (status === "active" || isEnded(status) ? cell.queue[0] : undefined);
}

export function takeItem(cell: Cell, status: Cell["status"]): Item | undefined {
  if (cell.orders.length > 0) return cell.orders.shift();
  return status === "active" || isEnded(status) ? cell.queue.shift() : undefined;
}

export function putBack(cell: Cell, items: readonly Item[]): void {
  cell.orders.unshift(...items.filter(isOrder));
  cell.queue.unshift(...items.filter((item) => !isOrder(item)));
}

export function isOrder(item: Item): boolean {
  if (item.type === "mail") return item.row.type === "start" || item.row.type === "stop";
  return item.type === "begin" || item.type === "restart" || item.type === "dismiss" || item.type === "verify";
}

/** Answers the sender of a message that this host will not process. */
export function answerStopping(item: Item): void {
  if (item.type === "ingress") item.ingress.answer({ receipt: "refused", reason: "stopping", detail: "the host has stopped" });
}

/** Answers those who wait for an actor that cannot take their message any more. */
export function refuseIngress(cell: Cell, detail: string): void {
  const rest = cell.queue.filter((item) => item.type !== "ingress");
  for (const item of cell.queue) {
    if (item.type === "ingress") item.ingress.answer({ receipt: "refused", reason: "busy", detail });
  }
  cell.queue.splice(0, cell.queue.length, ...rest);
}
