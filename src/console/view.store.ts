/**
 * What the daemon shows of itself: one store, fed by the runtime's notices, read by the terminal, the page and the command line.
 * It holds nothing that is not already durable elsewhere, and no contexts: a summary per actor, bounded histories.
 */
import { createStore } from "@xstate/store";
import type { Address } from "../runtime/address.ts";
import type { ActorStatus, ActorView, RuntimeNotice } from "../runtime/runtime.ts";
import { type ActorFacts, factsOf } from "./facts.ts";
import { stateText } from "./stateText.ts";
import { wordsOf } from "./words.ts";

export interface ActorSummary {
  readonly address: Address;
  readonly kind: string;
  readonly parent: Address | undefined;
  readonly status: ActorStatus;
  readonly version: number;
  readonly incarnation: number;
  /** The state value on one line, e.g. `flying` or `working.selling`. */
  readonly state: string;
  readonly restarts: number;
  readonly lastError: string | undefined;
  readonly backoffUntilMs: number | undefined;
  readonly updatedAtMs: number;
  readonly facts: ActorFacts;
}

/** Something that happened, in words for people. `id` counts from 1 and never repeats within a run. */
export interface FleetEvent {
  readonly id: number;
  readonly atMs: number;
  readonly level: "info" | "good" | "warn" | "bad";
  /** What the sentence is made of, for programs that read the log. */
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly address: Address | undefined;
}

interface CreditsSample {
  readonly atMs: number;
  readonly credits: number;
  /** Credits, plus cargo under way and hulls bought since this process began, both at cost: buying alone earns and loses nothing. */
  readonly worthCredits: number;
}

export interface FleetView {
  readonly actors: ReadonlyMap<Address, ActorSummary>;
  readonly events: readonly FleetEvent[];
  readonly credits: readonly CreditsSample[];
  /** Restarts of actors since this process began. */
  readonly restarts: number;
  readonly deadLetters: number;
  /** Hulls bought since this process began, at cost. */
  readonly hullCredits: number;
  /** Tasks that ended and are no longer kept, by status. */
  readonly forgottenTasks: Readonly<Record<string, number>>;
  /** Addresses touched by the last change, for those who send deltas. */
  readonly changed: readonly Address[];
  readonly lastEventId: number;
  /** Counts the times that everything was forgotten, because another era began. */
  readonly era: number;
}

/** What is read at boot. */
interface Loaded {
  /** Those that live, and of those that ended at least the `MAX_ENDED` latest. */
  readonly actors: readonly ActorView[];
  /** All tasks of the agent by status, ended ones too, however long ago. */
  readonly tasks?: Readonly<Record<string, number>>;
  readonly atMs: number;
}

/** An event in words before it has its number. */
export type Words = Omit<FleetEvent, "id">;

const MAX_EVENTS = 200;
const MAX_CREDITS_SAMPLES = 600;
/** Ended actors (finished tasks and pipelines) that stay visible. */
export const MAX_ENDED = 300;
const ENDED_TASKS = ["COMPLETED", "FAILED", "CANCELLED"];

export type ViewStore = ReturnType<typeof createViewStore>;

/** Makes the empty store; feed it with `feedView`. */
export function createViewStore() {
  return createStore({
    context: emptyView(),
    on: {
      loaded: (view, event: Loaded): FleetView => load(view, event),
      noticed: (view, event: { notices: readonly RuntimeNotice[] }): FleetView => applyNotices(view, event.notices),
      /** The universe was reset: nobody that was known lives. What was said stays. */
      forgotten: ({ events, lastEventId, restarts, era }): FleetView => ({
        ...emptyView(),
        events,
        lastEventId,
        restarts,
        era: era + 1,
      }),
      said: (view, event: { words: Words }): FleetView => ({ ...withEvents(view, [event.words]), changed: [] }),
    },
  });
}

function emptyView(): FleetView {
  return {
    actors: new Map(),
    events: [],
    credits: [],
    restarts: 0,
    deadLetters: 0,
    hullCredits: 0,
    forgottenTasks: {},
    changed: [],
    lastEventId: 0,
    era: 0,
  };
}

function load(view: FleetView, loaded: Loaded): FleetView {
  const actors = new Map(view.actors);
  for (const actor of loaded.actors) {
    const known = actors.get(actor.address);
    if (known === undefined || known.version <= actor.version) actors.set(actor.address, summaryOf(actor));
  }
  const forgotten = loaded.tasks === undefined ? view.forgottenTasks : tasksWithout(loaded.tasks, actors);
  const kept = { ...view, actors, forgottenTasks: forgetOldest(actors, forgotten) };
  return { ...kept, credits: sampled(kept, loaded.atMs), changed: loaded.actors.map((actor) => actor.address) };
}

/** The tasks that ended and are not among the actors. */
function tasksWithout(
  tasks: Readonly<Record<string, number>>,
  actors: ReadonlyMap<Address, ActorSummary>,
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const status of ENDED_TASKS) counts[status] = tasks[status] ?? 0;
  for (const { facts } of actors.values()) {
    if (facts.facts !== "task") continue;
    const count = counts[facts.status];
    if (count !== undefined) counts[facts.status] = Math.max(0, count - 1);
  }
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

function applyNotices(view: FleetView, notices: readonly RuntimeNotice[]): FleetView {
  const actors = new Map(view.actors);
  const changed = new Set<Address>();
  const words: Words[] = [];
  let { restarts, deadLetters, hullCredits } = view;
  let purseMovedAtMs: number | undefined;
  for (const notice of notices) {
    const said = wordsOf(notice, actors);
    if (said !== undefined) words.push(said);
    if (notice.notice === "restarted") restarts += 1;
    if (notice.notice === "emitted") hullCredits += hullPriceOf(notice.event);
    if (notice.notice === "deadLetter") {
      deadLetters += 1;
      continue;
    }
    const next = summaryAfter(actors.get(notice.address), notice);
    if (next === undefined) continue;
    actors.set(notice.address, next);
    changed.add(notice.address);
    if (next.facts.facts === "treasury") purseMovedAtMs = notice.atMs;
  }
  const forgottenTasks = forgetOldest(actors, view.forgottenTasks);
  const moved = { ...withEvents(view, words), actors, restarts, deadLetters, hullCredits, forgottenTasks, changed: [...changed] };
  return purseMovedAtMs === undefined ? moved : { ...moved, credits: sampled(moved, purseMovedAtMs) };
}

function hullPriceOf(event: { readonly type: string } & Readonly<Record<string, unknown>>): number {
  const price = event["priceCredits"];
  return event.type === "ship.purchased" && typeof price === "number" ? price : 0;
}

/** The summary after a notice; undefined when the notice does not change it. */
function summaryAfter(
  known: ActorSummary | undefined,
  notice: Exclude<RuntimeNotice, { notice: "deadLetter" }>,
): ActorSummary | undefined {
  switch (notice.notice) {
    case "transition": {
      const base = known ?? blank(notice);
      return {
        ...base,
        version: notice.version,
        status: notice.status,
        state: stateText(notice.value),
        facts: factsOf(notice.kind, notice.address, notice.context, notice.value),
        updatedAtMs: notice.atMs,
      };
    }
    case "started":
      return { ...blank(notice), ...known, parent: notice.parent, updatedAtMs: notice.atMs };
    case "ended":
      return { ...(known ?? blank(notice)), status: notice.status, updatedAtMs: notice.atMs };
    case "failed":
      return {
        ...(known ?? blank(notice)),
        status: notice.decision === "quarantine" ? "quarantined" : "backingOff",
        lastError: `${notice.error.name}: ${notice.error.message}`,
        backoffUntilMs: notice.decision === "quarantine" ? undefined : notice.atMs + notice.afterMs,
        updatedAtMs: notice.atMs,
      };
    case "restarted": {
      const base = known ?? blank(notice);
      return {
        ...base,
        status: "active",
        restarts: base.restarts + 1,
        incarnation: base.incarnation + 1,
        backoffUntilMs: undefined,
        updatedAtMs: notice.atMs,
      };
    }
    case "emitted":
    case "jobSettled":
      return undefined;
  }
}

/** Drops the actors that ended longest ago once there are clearly too many of them; returns the counts of all tasks dropped so far. */
function forgetOldest(actors: Map<Address, ActorSummary>, forgotten: FleetView["forgottenTasks"]): FleetView["forgottenTasks"] {
  if (actors.size <= MAX_ENDED) return forgotten;
  const ended = [...actors.values()].filter((actor) => actor.status === "done" || actor.status === "stopped");
  if (ended.length <= MAX_ENDED * 1.5) return forgotten;
  ended.sort((left, right) => left.updatedAtMs - right.updatedAtMs);
  const counts = { ...forgotten };
  for (const { address, facts } of ended.slice(0, ended.length - MAX_ENDED)) {
    actors.delete(address);
    if (facts.facts === "task") counts[facts.status] = (counts[facts.status] ?? 0) + 1;
  }
  return counts;
}

function blank(notice: { readonly address: Address; readonly kind: string; readonly atMs: number }): ActorSummary {
  return {
    address: notice.address,
    kind: notice.kind,
    parent: undefined,
    status: "starting",
    version: 0,
    incarnation: 1,
    state: "",
    restarts: 0,
    lastError: undefined,
    backoffUntilMs: undefined,
    updatedAtMs: notice.atMs,
    facts: { facts: "none" },
  };
}

/** The summary of an actor as the runtime lists it. */
function summaryOf(actor: ActorView): ActorSummary {
  return {
    address: actor.address,
    kind: actor.kind,
    parent: actor.parent,
    status: actor.status,
    version: actor.version,
    incarnation: actor.incarnation,
    state: stateText(actor.value),
    restarts: actor.restarts,
    lastError: actor.lastError === undefined ? undefined : `${actor.lastError.name}: ${actor.lastError.message}`,
    backoffUntilMs: actor.backoffUntilMs,
    updatedAtMs: actor.updatedAtMs,
    facts: factsOf(actor.kind, actor.address, actor.context, actor.value),
  };
}

function withEvents(view: FleetView, words: readonly Words[]): FleetView {
  if (words.length === 0) return view;
  const numbered = words.map((said, index) => ({ ...said, id: view.lastEventId + index + 1 }));
  return {
    ...view,
    events: [...view.events, ...numbered].slice(-MAX_EVENTS),
    lastEventId: view.lastEventId + words.length,
  };
}

/** Appends the balance if it moved; when full, every second old sample goes, so that the whole run stays visible. */
function sampled({ credits: samples, actors, hullCredits }: FleetView, atMs: number): readonly CreditsSample[] {
  let credits: number | undefined;
  let cargoCredits = 0;
  for (const { facts, status } of actors.values()) {
    if (facts.facts === "treasury") credits = facts.credits;
    if (facts.facts === "task" && status !== "done" && status !== "stopped") cargoCredits += facts.investedCredits;
  }
  if (credits === undefined || samples.at(-1)?.credits === credits) return samples;
  const kept = samples.length < MAX_CREDITS_SAMPLES ? samples : samples.filter((_, index) => index % 2 === 0);
  return [...kept, { atMs, credits, worthCredits: credits + cargoCredits + hullCredits }];
}
