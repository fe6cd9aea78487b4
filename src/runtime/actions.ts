import { type Address, childAddress } from "./address.ts";
import type { OutgoingEvent } from "./authoring.ts";
import type { ChildRef, Effect } from "./effect.ts";
import { isReservedEventType } from "./event.ts";
import { jsonProblem } from "./json.ts";
import type { RegisteredKind } from "./registeredKind.ts";
import { type CollectedAction, SelfRef, UNNAMED_CHILD } from "./scope.ts";

/** What an action list was computed from. */
export interface ActionsOrigin {
  readonly kind: RegisteredKind;
  readonly address: Address;
  /** The version that the transition creates: the generation of what it starts (G5). */
  readonly version: number;
  readonly children: Readonly<Record<string, ChildRef>>;
  /** The child whose completion is being applied: it has ended by itself, there is nothing left to stop. */
  readonly endedChild: string | undefined;
  /** The timer that is being applied: its row goes with the commit, there is nothing left to cancel. */
  readonly firedTimer: string | undefined;
}

export interface Translation {
  readonly effects: readonly Effect[];
  /** The references of the children started and still running, by id. */
  readonly started: ReadonlyMap<string, ChildRef>;
}

/**
 * XState's action list in the runtime's words, net-folded per id: stops, starts, timers, then messages, publications and log lines
 * in the order of the list (H9: a child's row comes before the first message to it). Throws, with advice, for what a durable
 * actor may not do.
 */
export function translateActions(actions: readonly CollectedAction[], origin: ActionsOrigin): Translation {
  if (actions.length === 0) return NOTHING;
  const folding: Folding = { origin, timers: new Map(), children: new Map(), outgoing: [] };
  actions.forEach((action, index) => translate(action, index, folding));
  const started = new Map<string, ChildRef>();
  const effects: Effect[] = [];
  for (const [id, child] of folding.children) if (child.stopped) effects.push({ type: "stopChild", id });
  for (const [id, child] of folding.children) {
    if (child.start === undefined) continue;
    effects.push(child.start.effect);
    started.set(id, child.start.ref);
  }
  for (const [id, timer] of folding.timers) {
    if (timer.cancelled) effects.push({ type: "cancelTimer", id });
    if (timer.start !== undefined) effects.push(timer.start);
  }
  effects.push(...folding.outgoing);
  return { effects, started };
}

// Most transitions ask for nothing.
const NOTHING: Translation = { effects: [], started: new Map() };

interface Folding {
  readonly origin: ActionsOrigin;
  readonly timers: Map<string, { cancelled: boolean; start: Effect | undefined }>;
  readonly children: Map<string, { stopped: boolean; start: { effect: Effect; ref: ChildRef } | undefined }>;
  readonly outgoing: Effect[];
}

function translate(action: CollectedAction, index: number, folding: Folding): void {
  const params = isRecord(action.params) ? action.params : {};
  switch (action.type) {
    case "xstate.raise":
      if (params["delay"] !== undefined) startTimer(params, undefined, index, folding);
      else checkRaised(params["event"]);
      return;
    case "xstate.cancel":
      cancelTimer(params["sendId"], folding);
      return;
    case "xstate.sendTo":
      send(action, params, index, folding);
      return;
    case "xstate.spawnChild":
      startChild(params, folding);
      return;
    case "xstate.stopChild":
      stopChild(action.params, folding);
      return;
    case "xstate.emit":
      folding.outgoing.push({ type: "emit", event: outgoingEvent(params["event"], "emit") });
      return;
    case "xstate.log":
      folding.outgoing.push({
        type: "log",
        label: typeof params["label"] === "string" ? params["label"] : undefined,
        value: params["value"],
      });
      return;
    default:
      throw new Error(customActionAdvice(action.type));
  }
}

/** Why a custom action is refused, and what to do. */
export function customActionAdvice(name: string): string {
  return `the action ${JSON.stringify(name)} is not one of XState's own: a crash between commit and action would lose it, or do it twice. Make it a job (invoke), or use assign, sendTo, sendToAddress, emit or log`;
}

function checkRaised(event: unknown): void {
  if (!isRecord(event) || typeof event["type"] !== "string")
    throw new TypeError("raise: an event must be an object with a string `type`");
}

function startTimer(params: Record<string, unknown>, to: Address | undefined, index: number, folding: Folding): void {
  const { origin, timers } = folding;
  const delayMs = params["delay"];
  // A timer without an id cannot be cancelled, and two of them must both fire.
  const id = typeof params["id"] === "string" ? params["id"] : `anonymous:${origin.version}:${index}`;
  if (typeof delayMs !== "number" || !Number.isFinite(delayMs) || delayMs < 0) {
    throw new RangeError(`the delay of the timer ${JSON.stringify(id)} is ${String(delayMs)}: it must be milliseconds ≥ 0`);
  }
  const isAfter = id.startsWith("xstate.after.");
  const start: Effect = {
    type: "startTimer",
    id,
    delayMs,
    event: isAfter ? { type: id } : outgoingEvent(params["event"], `the timer ${JSON.stringify(id)}`),
    ...(to === undefined || to === origin.address ? {} : { to }),
    nature: origin.kind.watchdogs.has(id) ? "watchdog" : "deadline",
  };
  timers.set(id, { cancelled: timers.get(id)?.cancelled ?? false, start });
}

function cancelTimer(sendId: unknown, folding: Folding): void {
  if (typeof sendId !== "string") throw new TypeError("cancel: the id of a timer must be a string");
  const started = folding.timers.get(sendId)?.start !== undefined;
  if (sendId === folding.origin.firedTimer && !started) return;
  folding.timers.set(sendId, { cancelled: true, start: undefined });
}

function send(action: CollectedAction, params: Record<string, unknown>, index: number, folding: Folding): void {
  const event = outgoingEvent(params["event"], "sendTo");
  if (action.fellBackToSelf) {
    throw new Error(
      `sendTo of ${JSON.stringify(event.type)} has no target: its expression gave undefined, and XState would send it to the actor itself. Check the expression; to mean the actor itself write ({ self }) => self or raise`,
    );
  }
  const to = addressOf(params["to"], folding.origin.address);
  if (params["delay"] !== undefined) startTimer(params, to, index, folding);
  else folding.outgoing.push({ type: "send", to, event });
}

/** Receivers are our references (they carry an address) or children that XState made in this very transition. */
function addressOf(target: unknown, self: Address): Address {
  if (isObject(target)) {
    if ("address" in target && typeof target.address === "string") return target.address;
    if ("id" in target && typeof target.id === "string" && target.id !== UNNAMED_CHILD) return childAddress(self, target.id);
  }
  throw new Error("sendTo: the target is not an actor this runtime knows; use a child id, or sendToAddress(address, event)");
}

function outgoingEvent(event: unknown, where: string): OutgoingEvent {
  if (!isRecord(event) || !hasType(event)) throw new TypeError(`${where}: an event must be an object with a string \`type\``);
  if (isReservedEventType(event.type)) {
    throw new Error(
      `${where}: the event type ${JSON.stringify(event.type)} is reserved for the runtime; send an event of your own`,
    );
  }
  const problem = jsonProblem(event, "event");
  if (problem !== undefined) throw new TypeError(`${where} ${JSON.stringify(event.type)}: ${problem}`);
  return event;
}

function startChild(params: Record<string, unknown>, folding: Folding): void {
  const { origin, children } = folding;
  const { src } = params;
  if (typeof src !== "string")
    throw new Error("spawnChild: inline logic cannot be restored; name a job or a registered kind as a string");
  const actor = params["actorRef"];
  if (!isObject(actor) || !("id" in actor)) throw new Error(unknownSourceAdvice(src));
  const id = actor.id;
  if (typeof id !== "string" || id === UNNAMED_CHILD) {
    throw new Error(
      `spawnChild(${JSON.stringify(src)}): give an explicit id; without one a second child would overwrite the first`,
    );
  }
  if (params["systemId"] !== undefined)
    throw new Error(`spawnChild(${JSON.stringify(src)}): systemId is not supported; use the child's address`);
  if ("_syncSnapshot" in actor && actor._syncSnapshot === true) {
    throw new Error(
      `spawnChild(${JSON.stringify(src)}): syncSnapshot is not supported; let the child send an event to its parent`,
    );
  }
  const before = children.get(id);
  const runs = before === undefined ? id in origin.children && id !== origin.endedChild : before.start !== undefined;
  // XState enters a state twice without leaving it when a history target resolves to the transition's own source: its job is replaced.
  if (runs && !origin.kind.invokeIds.has(id))
    throw new Error(
      `spawnChild: the id ${JSON.stringify(id)} belongs to a child that still runs; stop it first or use another id`,
    );
  const address = childAddress(origin.address, id);
  const start = describeStart(origin.kind, src, id, address, params["input"]);
  const ref: ChildRef = {
    id,
    src,
    nature: start.type === "startJob" ? "job" : "actor",
    generation: origin.version,
    address,
  };
  // Deleted first, so that starts keep the order of the list.
  children.delete(id);
  const stopped = before?.stopped ?? (runs && before === undefined);
  children.set(id, { stopped, start: { effect: start, ref } });
}

type Start = Extract<Effect, { type: "startJob" | "startChild" }>;

function describeStart(kind: RegisteredKind, src: string, id: string, address: Address, rawInput: unknown): Start {
  const job = kind.kind.jobs[src];
  const childKind = job === undefined ? kind.childKind(src) : undefined;
  if (job === undefined && childKind === undefined) throw new Error(unknownSourceAdvice(src));
  const schema = job === undefined ? childKind?.kind.input : job.input;
  const parsed = schema?.safeParse(rawInput);
  if (parsed?.success === false) {
    throw new TypeError(`the input of ${JSON.stringify(id)} (${src}) does not fit its schema: ${parsed.error.message}`);
  }
  const input: unknown = parsed === undefined ? rawInput : parsed.data;
  const problem = input === undefined ? undefined : jsonProblem(input, "input");
  if (problem !== undefined) throw new TypeError(`${JSON.stringify(id)} (${src}): ${problem}`);
  return job === undefined ? { type: "startChild", id, kind: src, address, input } : { type: "startJob", id, src, input };
}

/** Why a source that is neither job nor kind is refused, and what to do. */
export function unknownSourceAdvice(src: string): string {
  return `the source ${JSON.stringify(src)} is neither a job of this kind nor a registered kind: add it to \`jobs\` of defineActorKind, or register the kind of that name`;
}

function stopChild(target: unknown, folding: Folding): void {
  if (!isObject(target)) return;
  if (target instanceof SelfRef) throw new Error("stopChild: an actor cannot stop itself; go to a final state");
  const id = "id" in target ? target.id : undefined;
  if (typeof id !== "string") throw new Error("stopChild: the target is not a child of this actor");
  const { children, origin } = folding;
  const ranBefore = id in origin.children && id !== origin.endedChild;
  if (ranBefore) children.set(id, { stopped: true, start: undefined });
  else children.delete(id);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return isObject(value);
}

function hasType(event: Record<string, unknown>): event is OutgoingEvent {
  return typeof event["type"] === "string";
}
