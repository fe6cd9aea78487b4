import type { CoordinatorContext, CoordinatorEvent, DispatchAnswer, PipelineOrder, RefusedOrder } from "./coordinatorProtocol.ts";
import { without } from "./coordinatorSteps.ts";
import type { FleetEvent } from "./fleetEvents.ts";

type Orders = CoordinatorContext["orders"];

/** Orders with this one among them; the same id is the same order. */
export function withOrder(
  orders: Orders,
  { order: id, product, kind, force }: Extract<CoordinatorEvent, { type: "coordinator.start" }>,
  atMs: number,
): Orders {
  if (id in orders) return orders;
  const order: PipelineOrder = { id, product, kind, force, placedAtMs: atMs, waitsFor: null };
  return { ...orders, [id]: order };
}

type OrderBook = Pick<CoordinatorContext, "orders" | "refusedOrders">;

interface Told {
  readonly atMs: number;
  readonly emit: (event: FleetEvent) => void;
}

/** What the last dispatch made of the orders; `begun` has the pipelines of those that it fulfilled. Each outcome is told once. */
export function settleOrders(book: OrderBook, answer: DispatchAnswer, begun: ReadonlyMap<string, string>, told: Told): OrderBook {
  let { orders, refusedOrders } = book;
  for (const [id, pipeline] of begun) {
    if (!(id in orders)) continue;
    orders = without(orders, id);
    told.emit({ type: "order.accepted", order: id, pipeline });
  }
  for (const decided of answer.orders) {
    const { id, detail } = decided;
    const order = orders[id];
    if (order === undefined) continue;
    if (decided.verdict === "refused") {
      ({ orders, refusedOrders } = refuse({ orders, refusedOrders }, order, decided, told));
    } else if (order.waitsFor !== detail) {
      orders = { ...orders, [id]: { ...order, waitsFor: detail } };
      told.emit({ type: "order.waiting", order: id, good: order.product, detail });
    }
  }
  return { orders, refusedOrders };
}

/** Drops the orders for a product that is to be stopped. */
export function dropOrders(
  book: OrderBook,
  stop: Extract<CoordinatorEvent, { type: "coordinator.stop" }>,
  told: Told,
): OrderBook {
  const { product, reason: detail } = stop;
  return Object.values(book.orders)
    .filter((order) => product !== null && order.product === product)
    .reduce((left, order) => refuse(left, order, { reason: "stopped", detail }, told), book);
}

const REFUSED_ORDERS_KEPT = 10;

function refuse(book: OrderBook, order: PipelineOrder, why: Pick<RefusedOrder, "reason" | "detail">, told: Told): OrderBook {
  const { id, product } = order;
  const { reason, detail } = why;
  told.emit({ type: "order.refused", order: id, good: product, reason, detail });
  const refused = { product, reason, detail, atMs: told.atMs };
  return { orders: without(book.orders, id), refusedOrders: [refused, ...book.refusedOrders].slice(0, REFUSED_ORDERS_KEPT) };
}
