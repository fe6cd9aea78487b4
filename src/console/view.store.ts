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
  readonly text: string;
  readonly address: Address | undefined;
}

export interface CreditsSample {
  readonly atMs: number;
  readonly credits: number;
}

export interface FleetView {
  readonly actors: ReadonlyMap<Address, ActorSummary>;
  readonly events: readonly FleetEvent[];
  readonly credits: readonly CreditsSample[];
  /** Restarts of actors since this process began. */
  readonly restarts: number;
  readonly deadLetters: number;
  /** Addresses touched by the last change, for those who send deltas. */
  readonly changed: readonly Address[];
  readonly lastEventId: number;
}

/** An event in words before it has its number. */
export type Words = Omit<FleetEvent, "id">;

const MAX_EVENTS = 200;
const MAX_CREDITS_SAMPLES = 600;
/** Ended actors (finished tasks and pipelines) that stay visible. */
const MAX_ENDED = 300;

export type ViewStore = ReturnType<typeof createViewStore>;

/** Makes the empty store; feed it with `feedView`. */
export function createViewStore() {
  return createStore({
    context: emptyView(),
    on: {
      loaded: (view, event: { actors: readonly ActorView[]; atMs: number }): FleetView => load(view, event.actors, event.atMs),
      noticed: (view, event: { notices: readonly RuntimeNotice[] }): FleetView => applyNotices(view, event.notices),
      said: (view, event: { words: Words }): FleetView => ({ ...withEvents(view, [event.words]), changed: [] }),
      creditsRead: (view, event: { credits: number; atMs: number }): FleetView => ({
        ...view,
        changed: [],
        credits: withSample(view.credits, { atMs: event.atMs, credits: event.credits }),
      }),
    },
  });
}

function emptyView(): FleetView {
  return { actors: new Map(), events: [], credits: [], restarts: 0, deadLetters: 0, changed: [], lastEventId: 0 };
}

function load(view: FleetView, loaded: readonly ActorView[], atMs: number): FleetView {
  const actors = new Map(view.actors);
  for (const actor of loaded) {
    const known = actors.get(actor.address);
    if (known === undefined || known.version <= actor.version) actors.set(actor.address, summaryOf(actor));
  }
  return { ...view, actors, credits: sampled(view.credits, actors, atMs), changed: loaded.map((actor) => actor.address) };
}

function applyNotices(view: FleetView, notices: readonly RuntimeNotice[]): FleetView {
  const actors = new Map(view.actors);
  const changed = new Set<Address>();
  const words: Words[] = [];
  let { restarts, deadLetters, credits } = view;
  for (const notice of notices) {
    const said = wordsOf(notice, actors);
    if (said !== undefined) words.push(said);
    if (notice.notice === "restarted") restarts += 1;
    if (notice.notice === "deadLetter") {
      deadLetters += 1;
      continue;
    }
    const next = summaryAfter(actors.get(notice.address), notice);
    if (next === undefined) continue;
    actors.set(notice.address, next);
    changed.add(notice.address);
    if (notice.notice === "transition") credits = sampled(credits, new Map([[notice.address, next]]), notice.atMs);
  }
  forgetOldest(actors);
  return { ...withEvents({ ...view, actors, restarts, deadLetters, credits }, words), changed: [...changed] };
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

/** Drops the actors that ended longest ago once there are clearly too many of them. */
function forgetOldest(actors: Map<Address, ActorSummary>): void {
  if (actors.size <= MAX_ENDED) return;
  const ended = [...actors.values()].filter((actor) => actor.status === "done" || actor.status === "stopped");
  if (ended.length <= MAX_ENDED * 1.5) return;
  ended.sort((left, right) => left.updatedAtMs - right.updatedAtMs);
  for (const actor of ended.slice(0, ended.length - MAX_ENDED)) actors.delete(actor.address);
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
export function summaryOf(actor: ActorView): ActorSummary {
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

function sampled(
  samples: readonly CreditsSample[],
  actors: ReadonlyMap<Address, ActorSummary>,
  atMs: number,
): readonly CreditsSample[] {
  const treasury = [...actors.values()].find((actor) => actor.facts.facts === "treasury");
  if (treasury?.facts.facts !== "treasury") return samples;
  return withSample(samples, { atMs, credits: treasury.facts.credits });
}

/** Appends a changed balance; when full, every second old sample goes, so that the whole run stays visible. */
function withSample(samples: readonly CreditsSample[], sample: CreditsSample): readonly CreditsSample[] {
  if (samples.at(-1)?.credits === sample.credits) return samples;
  const kept = samples.length < MAX_CREDITS_SAMPLES ? samples : samples.filter((_, index) => index % 2 === 0);
  return [...kept, sample];
}
