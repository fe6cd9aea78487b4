/**
 * The deeds that machines emit (machines/fleetEvents.ts) as sentences. Events arrive from rows, maybe of an older version: a missing
 * field shows as a question mark, an unknown type stays silent.
 */
import type { FleetEvent } from "../machines/fleetEvents.ts";
import type { RuntimeNotice } from "../runtime/runtime.ts";
import { grouped, groupedWithin, thousands } from "./figures.ts";
import type { Words } from "./view.store.ts";

type Emitted = Extract<RuntimeNotice, { notice: "emitted" }>;
type Sentence = { readonly text: string; readonly level: Words["level"] };
type Teller = (event: Emitted["event"]) => Sentence | undefined;

/** The lines of recovery: other programs watch for their words, which docs/operations.md lists. */
const CARGO_TELLERS = {
  "task.resumed": (event: Emitted["event"]) =>
    info(`Resuming task ${word(event, "task")} for ship ${word(event, "ship")} with existing cargo`),
  "cargo.orphaned": (event: Emitted["event"]) => {
    const task = event["adoptedBy"];
    const next = typeof task === "string" ? `, task ${task} takes it` : "";
    return warn(`Ship ${word(event, "ship")} has orphaned cargo: ${word(event, "cargo")}${next}`);
  },
  "cargo.mismatched": (event: Emitted["event"]) =>
    warn(`Ship ${word(event, "ship")} has mismatched cargo, creating liquidation task: ${word(event, "cargo")}`),
  "cargo.liquidating": (event: Emitted["event"]) =>
    warn(`Created LIQUIDATE task for stranded ${word(event, "units")} ${word(event, "good")} on ship ${word(event, "ship")}`),
  "cargo.marketChosen": (event: Emitted["event"]) => {
    const task = `liquidation task: sell ${word(event, "units")} ${word(event, "good")} at ${word(event, "waypoint")}`;
    if (event["rule"] === "score") return info(`Created ${task}`);
    return warn(
      `No sell market for ${word(event, "good")}, will try any import market. Created ${task} (${word(event, "rule")})`,
    );
  },
  "cargo.unsellable": (event: Emitted["event"]) =>
    bad(`Cannot find ANY market to sell ${word(event, "good")}: ${word(event, "ship")} holds ${word(event, "units")}`),
  "cargo.reconciliationFailed": (event: Emitted["event"]) => warn(`Cargo reconciliation warning: ${word(event, "reason")}`),
  "ship.preserved": (event: Emitted["event"]) => info(`Preserving ship ${word(event, "ship")} assignment (has cargo)`),
  "task.rolledBack": (event: Emitted["event"]) =>
    warn(`Task ${word(event, "task")} is READY again: its worker could not be brought back, and nothing was aboard`),
  "task.purchaseSkipped": (event: Emitted["event"]) =>
    info(`Ship ${word(event, "ship")} already has ${word(event, "good")} cargo, skipping purchase`),
  "task.nothingLeft": (event: Emitted["event"]) => {
    const delivers = event["taskType"] === "ACQUIRE_DELIVER" || event["taskType"] === "COLLECT_DELIVER";
    return info(`Ship ${word(event, "ship")} ${delivers ? "cargo already empty, delivery complete" : "already sold cargo"}`);
  },
};

const TELLERS: { readonly [Type in FleetEvent["type"]]: Teller | undefined } = {
  "ship.departed": undefined,
  "ship.arrived": undefined,
  "ship.released": (event) => info(`Released ship assignment for ${word(event, "ship")}: ${word(event, "reason")}`),
  "tour.began": (event) => info(`${word(event, "ship")} scouts ${word(event, "markets")} markets of ${word(event, "system")}`),
  "tour.stopReached": undefined,
  "tour.unanswered": (event) => {
    const [deed, end] =
      event["asked"] === "claim"
        ? ["asks for it", "the tour takes its claim back and ends"]
        : ["gives it back", "the tour ends, and the agent frees the ship"];
    const next = event["ends"] === true ? end : "it is asked again";
    return warn(`${word(event, "ship")} does not answer its tour, which ${deed}: ${next}`);
  },
  "factory.closed": (event) => bad(`${word(event, "factory")} does not export ${word(event, "good")} any more`),
  "factory.inputsDiffer": (event) => {
    const missing = Array.isArray(event["notImported"]) ? event["notImported"].join(", ") : "?";
    return warn(
      `${word(event, "factory")} does not import ${missing} for its ${word(event, "good")} (API may have updated): fed without`,
    );
  },
  "factory.unexpectedDelivery": (event) =>
    warn(
      `Recording delivery of ${word(event, "good")} to ${word(event, "output")} at ${word(event, "factory")} - not in expected inputs (API may have updated)`,
    ),
  "task.assigned": (event) => info(`${word(event, "ship")} takes ${word(event, "taskType")} ${word(event, "good")}`),
  "task.completed": undefined,
  "ship.commandFailed": (event) =>
    warn(`${word(event, "ship")} could not ${word(event, "command")}: ${word(event, "reason")} (${word(event, "detail")})`),
  "ship.lost": (event) => bad(`${word(event, "symbol")} is gone: the game no longer knows it`),
  "ship.purchased": (event) =>
    good(`bought ${word(event, "ship")}, a ${word(event, "shipType")}, for ${credits(event, "priceCredits")}`),
  "trade.bought": (event) => info(trade(event, "bought", "at")),
  "trade.sold": (event) => good(trade(event, "sold", "at")),
  "task.diverted": (event) =>
    warn(
      `${word(event, "ship")} takes its ${word(event, "good")} from ${word(event, "from")} on to ${word(event, "to")}: the price has fallen`,
    ),
  "task.failed": (event) => bad(`${word(event, "taskType")} ${word(event, "good")} failed: ${said(event, "reason")}`),
  "task.cancelled": (event) => warn(`${word(event, "taskType")} ${word(event, "good")} cancelled: ${said(event, "reason")}`),
  "task.delivered": (event) => {
    const supply = event["supplyAfter"];
    const level = typeof supply === "string" ? ` (${supply})` : "";
    return info(
      `${word(event, "good")} ${word(event, "units")} delivered → ${word(event, "output")}${level} at ${word(event, "factory")}`,
    );
  },
  "factory.supplyChanged": (event) => {
    const whose = event["ours"] === true ? " (our units)" : "";
    const text = `${word(event, "good")} ${word(event, "from")} → ${word(event, "to")} at ${word(event, "factory")}${whose}`;
    return event["ours"] === true ? good(text) : info(text);
  },
  "pipeline.waitsNoLonger": (event) =>
    info(`${pipeline(event)} waits no longer and collects what there is: ${word(event, "reason")}`),
  "pipeline.started": (event) =>
    info(
      `${pipeline(event)} begins: ${word(event, "tasks")} task${event["tasks"] === 1 ? "" : "s"}${event["fabricates"] === true ? ", with a factory to feed" : ""}`,
    ),
  "pipeline.completed": (event) => good(`${pipeline(event)} completed, profit ${credits(event, "netProfitCredits")}`),
  "pipeline.failed": (event) => bad(`${pipeline(event)} failed: ${said(event, "reason")}, ${credits(event, "netProfitCredits")}`),
  "pipeline.cancelled": (event) => warn(`${pipeline(event)} cancelled: ${said(event, "reason")}`),
  ...CARGO_TELLERS,
  "order.accepted": undefined,
  "order.refused": (event) => warn(`no pipeline of ${word(event, "good")}: ${said(event, "reason")} (${said(event, "detail")})`),
  "order.waiting": (event) => info(`the pipeline of ${word(event, "good")} waits: ${said(event, "detail")}`),
  "treasury.refused": (event) =>
    info(`treasury says no to ${word(event, "purpose")}: ${word(event, "reason")}, ${credits(event, "availableCredits")} free`),
};

/** The sentence of an emitted event, or undefined when it is not worth a line. */
export function deedInWords(notice: Emitted): Words | undefined {
  const tell = isTold(notice.event.type) ? TELLERS[notice.event.type] : undefined;
  const sentence = tell?.(notice.event);
  if (sentence === undefined) return undefined;
  const { at: _at, seed: _seed, type, ...fields } = notice.event;
  return { ...sentence, atMs: notice.atMs, address: notice.address, fields: { ...fields, type } };
}

function isTold(type: string): type is FleetEvent["type"] {
  return Object.hasOwn(TELLERS, type);
}

function trade(event: Emitted["event"], verb: string, where: string): string {
  const goods = `${word(event, "units")} ${word(event, "good")}`;
  const price = `${where} ${word(event, "waypoint")} for ${credits(event, "totalCredits")}`;
  return `${word(event, "ship")} ${verb} ${goods} ${price}`;
}

function pipeline(event: Emitted["event"]): string {
  return `pipeline ${word(event, "good")}`;
}

function credits(event: Emitted["event"], field: string): string {
  const value = event[field];
  if (typeof value !== "number") return "?";
  return Math.abs(value) >= 1_000_000 ? `${thousands(value)} cr` : `${grouped(value)} cr`;
}

/** A field as one word of bounded length. */
function word(event: Emitted["event"], field: string): string {
  const value = event[field];
  if (typeof value === "number") return grouped(value);
  return typeof value === "string" ? value.slice(0, 160) : "?";
}

/** A field that is a sentence with figures in it. */
function said(event: Emitted["event"], field: string): string {
  return groupedWithin(word(event, field));
}

const info = (text: string): Sentence => ({ text, level: "info" });
const good = (text: string): Sentence => ({ text, level: "good" });
const warn = (text: string): Sentence => ({ text, level: "warn" });
const bad = (text: string): Sentence => ({ text, level: "bad" });
