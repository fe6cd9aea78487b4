/** Manufacturing as the user steers it: plans are asked of the fleet's own planner, orders go to the coordinator as durable messages. */
import type { PlanMoment } from "../actors/planWorld.ts";
import { planProductNow } from "../actors/productPlan.ts";
import { iso } from "../actors/rowChanges.ts";
import { grouped } from "../console/figures.ts";
import { firstNotice, type NoticeSource } from "../console/firstNotice.ts";
import type { ManufacturingDesk, StartAnswer, StartWish, StopAnswer, StopWish } from "../console/manufacturing.ts";
import { coordinatorOf, isAtOrBelow } from "../machines/addresses.ts";
import type { CoordinatorContext } from "../machines/coordinatorProtocol.ts";
import { STOPPED_BY_HAND } from "../machines/stoppedProducts.ts";
import { listHeldShips } from "../persistence/assignments.store.ts";
import type { RuntimeNotice } from "../runtime/runtime.ts";
import {
  type DeskParts,
  earmarkedCredits,
  isUnheardOf,
  manufacturingStatus,
  type Purse,
  purseNow,
  refusalsNow,
  taskLines,
} from "./manufacturingReport.ts";

export function createManufacturingDesk(parts: DeskParts): ManufacturingDesk {
  return {
    async plan({ credits, ...question }) {
      const coordinator = await coordinatorContext(parts);
      const moment = planMoment(parts, coordinator);
      if (credits !== undefined) return planProductNow(question, { ...moment, creditsAvailable: credits });
      const answer = planProductNow(question, moment);
      if (answer.outcome === "planned" || answer.reason !== "unaffordable") return answer;
      return { ...answer, detail: `${answer.detail}; ${purseText(await purseNow(parts, coordinator))}` };
    },
    start: (wish) => start(parts, wish),
    stop: (which) => stop(parts, which),
    status: async () => await manufacturingStatus(parts, await coordinatorContext(parts)),
    tasks: async (filter) => await taskLines(parts, filter),
    async refusals(product) {
      const coordinator = await coordinatorContext(parts);
      return await refusalsNow(parts, { product, coordinator, moment: planMoment(parts, coordinator) });
    },
  };
}

function purseText(purse: Purse): string {
  const held = `floor ${grouped(purse.floorCredits)}, reserved ${grouped(purse.reservedCredits)}, counted on ${grouped(purse.earmarkedCredits)}`;
  const credits = purse.credits === null ? "an unknown balance" : grouped(purse.credits);
  return `${grouped(purse.availableCredits)} free of ${credits}: ${held}`;
}

/** What the fleet knows now, less what running pipelines count on: as the coordinator asks its planner. */
function planMoment(
  { marketBook, config, speed, environment }: DeskParts,
  coordinator: CoordinatorContext | undefined,
): PlanMoment {
  const known = marketBook.getSnapshot().context;
  return {
    known,
    config,
    speed,
    nowMs: environment.clock.nowMs(),
    commitments: Object.values(coordinator?.committed ?? {}).flat(),
    creditsAvailable: Math.max(0, known.spendableCredits - earmarkedCredits(coordinator)),
  };
}

/** Undefined before the fleet has found its ships. Its shape was checked when it was loaded. */
async function coordinatorContext({ runtime, scope }: DeskParts): Promise<CoordinatorContext | undefined> {
  const view = await runtime.view(coordinatorOf(scope));
  return view?.context as CoordinatorContext | undefined;
}

async function start(parts: DeskParts, { product, kind, force }: StartWish): Promise<StartAnswer> {
  const order = parts.environment.ids.nextId();
  const outcome = firstNotice(outcomes(parts), (notice) => startOutcome(notice, order));
  const event = { type: "coordinator.start", order, product, kind, force };
  const receipt = await parts.runtime.send({ to: coordinatorOf(parts.scope), event, id: order, from: "cli" });
  if (receipt.receipt === "refused") {
    outcome.cancel();
    return { outcome: "refused", reason: receipt.reason, detail: receipt.detail };
  }
  return (await outcome.found) ?? { outcome: "waiting", order, detail: "the coordinator is at work on it" };
}

function startOutcome(notice: RuntimeNotice, order: string): StartAnswer | undefined {
  if (notice.notice !== "emitted" || notice.event["order"] !== order) return undefined;
  const said = (field: string): string => {
    const value = notice.event[field];
    return typeof value === "string" ? value : "";
  };
  switch (notice.event.type) {
    case "order.accepted":
      return { outcome: "started", order, pipeline: said("pipeline") };
    case "order.waiting":
      return { outcome: "waiting", order, detail: said("detail") };
    case "order.refused":
      return { outcome: "refused", reason: said("reason"), detail: said("detail") };
    default:
      return undefined;
  }
}

async function stop(parts: DeskParts, { pipeline, product, forGameSeconds }: StopWish): Promise<StopAnswer> {
  const coordinator = await coordinatorContext(parts);
  const wanted = Object.entries(coordinator?.pipelines ?? {}).filter(
    ([id, running]) => id === pipeline || running.product === product,
  );
  const orders = Object.values(coordinator?.orders ?? {}).filter(
    (order) => product !== undefined && order.product === product,
  ).length;
  const isKnown = product !== undefined && !isUnheardOf(product, planMoment(parts, coordinator));
  if (wanted.length === 0 && orders === 0 && !isKnown) return notRunning(pipeline ?? product ?? "", coordinator);
  const to = coordinatorOf(parts.scope);
  const open = new Set(wanted.map(([id]) => `${to}/pipeline/${id}`));
  const ended = firstNotice(outcomes(parts), (notice) => {
    if (notice.notice === "ended") open.delete(notice.address);
    return open.size === 0 ? true : undefined;
  });
  const pipelines = wanted.map(([id]) => id);
  const products = product === undefined ? [...new Set(wanted.map(([, running]) => running.product))] : [product];
  const lasting = { products, forGameSeconds: forGameSeconds ?? null };
  const event = { type: "coordinator.stop", pipelines, product: product ?? null, reason: STOPPED_BY_HAND, ...lasting };
  const receipt = await parts.runtime.send({ to, event, from: "cli" });
  if (receipt.receipt === "refused") {
    ended.cancel();
    return { outcome: "notRunning", detail: `${receipt.reason}: ${receipt.detail}` };
  }
  if (wanted.length === 0) ended.cancel();
  else await ended.found;
  const claims = await listHeldShips(parts.database, parts.scope);
  const untilMs = (await coordinatorContext(parts))?.stoppedByHand[products[0] ?? ""] ?? null;
  return {
    outcome: "stopped",
    orders,
    products,
    until: untilMs === null ? null : iso(untilMs),
    pipelines: wanted.map(([id, { product: good }]) => {
      const address = `${to}/pipeline/${id}`;
      const ships = claims.filter(({ owner }) => isAtOrBelow(owner, address)).map(({ ship }) => ship);
      return { container_id: address, status: open.has(address) ? "stopping" : "stopped", pipeline: id, good, ships };
    }),
  };
}

function notRunning(name: string, coordinator: CoordinatorContext | undefined): StopAnswer {
  const running = Object.entries(coordinator?.pipelines ?? {}).map(([id, { product }]) => `${id} ${product}`);
  const others = running.length === 0 ? "no pipeline runs" : `at work are ${running.join(", ")}`;
  return { outcome: "notRunning", detail: `no pipeline ${name} is at work; ${others}` };
}

/** The command itself is durable by then. */
function outcomes({ runtime, environment }: DeskParts): NoticeSource {
  return { runtime, clock: environment.clock };
}
