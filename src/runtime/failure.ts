import { advance, bury, journal, project, showEnded, stamp, stateOf, stopChildren } from "./apply.ts";
import { type Item, isEnded, snapshotOf, unknownKind } from "./cell.ts";
import type { Commit } from "./commitNumber.ts";
import type { ChildRef, EncodedError } from "./effect.ts";
import { encodeError } from "./encodedError.ts";
import type { StampedEvent } from "./event.ts";
import { attemptKey, type HostCore, MAX_ATTEMPTS, PROCESS_ENDED } from "./hostCore.ts";
import type { ActorSnapshot } from "./registeredKind.ts";
import { initial } from "./step.ts";
import { dedupKey } from "./store.ts";
import type { FailureCause, FailureHistory, SupervisionDecision } from "./supervision.ts";
import { beginId } from "./suspects.ts";
import type { PendingStart, Unit } from "./unit.ts";

/**
 * What becomes of an actor that cannot go on (G7, H5, H7). Supervision decides; the decision is one commit: status, history, messages to the
 * parent. Nothing of the failed transition is stored, memory goes back to the last good snapshot.
 */
export function fail(
  core: HostCore,
  unit: Unit,
  cause: FailureCause,
  event: StampedEvent,
  causeName: string,
  commit: Commit,
): void {
  const decision = decide(core, unit, cause, event.at);
  unit.version += 1;
  if (decision.decision === "restart") backOff(unit, cause.error, decision, event.at);
  else giveUp(core, unit, cause.error, decision.history, event.at, commit);
  journal(core, unit, event, decision.decision === "restart" ? "failed" : "gaveUp", causeName, null, commit);
}

/** A snapshot that this program cannot read is not restarted from: it is kept as it is, and the actor quarantined. */
export function failSnapshot(core: HostCore, unit: Unit, error: EncodedError, commit: Commit): void {
  const event = stamp(core, { type: "bosun.snapshotRefused" });
  unit.version += 1;
  giveUp(core, unit, error, unit.lifecycle.history, event.at, commit);
  journal(core, unit, event, "gaveUp", "snapshot", null, commit);
}

function decide(core: HostCore, unit: Unit, cause: FailureCause, nowMs: number): SupervisionDecision {
  const spec = unit.cell.kind?.kind.restart;
  const { history } = unit.lifecycle;
  if (spec === undefined) return { decision: "giveUp", history, reason: "this program has no such kind" };
  return core.supervision.decide({
    address: unit.address,
    kind: unit.cell.kindName,
    spec,
    history,
    cause,
    nowMs,
    random: core.environment.random.nextSeed() / 0x1_0000_0000,
  });
}

function backOff(
  unit: Unit,
  error: EncodedError,
  decision: Extract<SupervisionDecision, { decision: "restart" }>,
  atMs: number,
): void {
  unit.status = "backingOff";
  unit.lifecycle = {
    history: decision.history,
    lastError: error,
    backoffUntilMs: atMs + Math.ceil(decision.afterMs),
    restartFrom: decision.from,
  };
  unit.notices.push({
    notice: "failed",
    address: unit.address,
    kind: unit.cell.kindName,
    error,
    decision: decision.from,
    afterMs: decision.afterMs,
    atMs,
  });
}

/** One commit (G10): the actor is quarantined, `onGiveUp` speaks for it, its parent gets the error, its children end. */
function giveUp(core: HostCore, unit: Unit, error: EncodedError, history: FailureHistory, atMs: number, commit: Commit): void {
  const { cell, address } = unit;
  unit.status = "quarantined";
  unit.lifecycle = { history, lastError: error };
  const last = unit.snapshot === undefined ? undefined : stateOf(unit.snapshot);
  showEnded(core, unit, "givenUp", error.message, atMs);
  const messages = onGiveUp(core, unit, { address, parent: cell.parent, last, error });
  messages.forEach(({ to, event }, index) => {
    unit.sends.push({
      id: `${address}:${unit.version}:gaveUp:${index}`,
      index: commit.nextIndex(),
      to,
      body: JSON.stringify(event),
      type: "message",
      childId: null,
      generation: null,
      atMs,
    });
  });
  if (cell.parent !== undefined && cell.childId !== undefined) {
    unit.sends.push({
      id: `${address}:${unit.version}:gaveUp`,
      index: commit.nextIndex(),
      to: cell.parent,
      body: JSON.stringify({ error }),
      type: "error",
      childId: cell.childId,
      generation: unit.generation ?? cell.generation,
      atMs,
    });
  }
  stopChildren(unit, atMs, commit);
  for (const row of unit.jobs.values()) if (row.state === "queued") unit.pausedJobs.push(row);
  unit.notices.push({ notice: "failed", address, kind: cell.kindName, error, decision: "quarantine", afterMs: 0, atMs });
}

/** Its rows said that it was given up; derived rows can be written anew from any state. */
function showRestored(core: HostCore, unit: Unit, snapshot: ActorSnapshot, event: StampedEvent): void {
  if (unit.cell.kind?.kind.projectEnded === undefined) return;
  try {
    project(core, unit, undefined, snapshot, event, unit.version);
  } catch (error) {
    core.environment.logger.error(
      { address: unit.address, error: encodeError(error) },
      "the rows of a restarted actor could not be written; its next transition does",
    );
  }
}

type GiveUpArgs = Parameters<NonNullable<NonNullable<Unit["cell"]["kind"]>["kind"]["onGiveUp"]>>[0];

function onGiveUp(core: HostCore, unit: Unit, args: GiveUpArgs): ReturnType<typeof giveUpMessages> {
  try {
    return giveUpMessages(unit, args);
  } catch (error) {
    core.environment.logger.error(
      { address: unit.address, error: encodeError(error) },
      "onGiveUp threw; the actor is quarantined without it",
    );
    return [];
  }
}

function giveUpMessages(unit: Unit, args: GiveUpArgs) {
  return unit.cell.kind?.kind.onGiveUp?.(args) ?? [];
}

/** Runs a restart that is due, or that an operator asked for. */
export function restart(core: HostCore, unit: Unit, order: Extract<Item, { type: "restart" }>, commit: Commit): void {
  if (unit.ended) return;
  const { cell } = unit;
  const from = unit.lifecycle.snapshotOver === true ? "afresh" : order.from;
  if (cell.kind === undefined) {
    if (unit.status !== "quarantined") failSnapshot(core, unit, unknownKind(cell.kindName), commit);
    return;
  }
  const stored = snapshotOf(cell);
  if (from === "snapshot" && stored.found === "refused") {
    if (unit.status !== "quarantined") failSnapshot(core, unit, stored.error, commit);
    return;
  }
  if (from === "afresh" && order.by === "operator" && [...unit.jobs.values()].some((row) => row.state === "sent")) {
    awaitSentJobs(core, unit, commit);
    return;
  }
  const atMs = core.environment.clock.nowMs();
  const { backoffUntilMs: _until, restartFrom: _from, snapshotOver: _over, ...kept } = unit.lifecycle;
  unit.lifecycle = kept;
  unit.notices.push({ notice: "restarted", address: unit.address, kind: cell.kindName, from, atMs });
  core.counters.restarts += 1;
  const wasGivenUp = unit.status === "quarantined";
  if (from === "snapshot" && unit.snapshot !== undefined) resume(core, unit, wasGivenUp, commit);
  else {
    stopChildren(unit, atMs, commit);
    unit.dropAllTimers();
    unit.abandonAllJobs();
    unit.incarnation += 1;
    beginActor(core, unit, "afresh", commit);
  }
}

/** A new life would ask again for what is under way: it begins, as one after a failure does, when the sent jobs have settled (H6). */
function awaitSentJobs(core: HostCore, unit: Unit, commit: Commit): void {
  const event = stamp(core, { type: "bosun.restartAsked" });
  unit.version += 1;
  unit.status = "backingOff";
  unit.lifecycle = { ...unit.lifecycle, backoffUntilMs: event.at, restartFrom: "afresh" };
  journal(core, unit, event, "applied", "operator", null, commit);
  if (unit.snapshot === undefined) return;
  const { address, version, status } = unit;
  const { value, context } = unit.snapshot;
  unit.notices.push({
    notice: "transition",
    address,
    kind: unit.cell.kindName,
    version,
    atMs: event.at,
    event,
    value,
    context,
    status,
  });
}

/**
 * From the last snapshot: a running job is left alone, its generation still matches; one whose row is gone or failed is asked for again
 * under a new generation (H5). Rehydration alone emits no action, so without this the actor would wait for ever.
 */
function resume(core: HostCore, unit: Unit, wasGivenUp: boolean, commit: Commit): void {
  const event = stamp(core, { type: "bosun.restarted" });
  const snapshot = unit.snapshot;
  if (snapshot === undefined) return;
  unit.version += 1;
  unit.status = "active";
  const children: Record<string, ChildRef> = { ...snapshot.children };
  for (const child of Object.values(snapshot.children)) {
    if (child.nature === "actor") {
      unit.starts.push(revival(unit, child, event.at, commit));
      continue;
    }
    const row = unit.jobs.get(child.id);
    if (row !== undefined && row.state !== "failed") {
      // A quarantine paused it; one that still runs is left alone.
      if (row.state === "queued") unit.setJob(row);
      continue;
    }
    if (row === undefined) {
      core.environment.logger.warn(
        { address: unit.address, childId: child.id },
        "a job of the state has no row; the state is left to its other events",
      );
      continue;
    }
    children[child.id] = { ...child, generation: unit.version };
    const state = row.checkpoint === null ? "queued" : "sent";
    unit.setJob({ ...row, generation: unit.version, state, attempt: row.attempt + 1, result: null });
  }
  unit.setSnapshot({ ...snapshot, children });
  if (wasGivenUp) showRestored(core, unit, snapshot, event);
  journal(core, unit, event, "restarted", "snapshot", null, commit);
}

/** A child actor that ended with its quarantined parent, or was given up, lives again; one that still lives is left alone. */
function revival(unit: Unit, child: ChildRef, atMs: number, commit: Commit): PendingStart {
  return {
    id: `${unit.address}:${unit.version}:${child.id}:revive`,
    index: commit.nextIndex(),
    address: child.address,
    childId: child.id,
    kind: child.src,
    input: undefined,
    generation: child.generation,
    atMs,
    revives: true,
  };
}

/** The initial transition, from the stored input. */
export function beginActor(core: HostCore, unit: Unit, cause: string, commit: Commit): void {
  const { cell } = unit;
  const event = stamp(core, { type: "xstate.init" });
  if (cell.kind === undefined) {
    failSnapshot(core, unit, unknownKind(cell.kindName), commit);
    return;
  }
  if ((core.attempts.get(attemptKey(unit.address, beginId(unit.incarnation))) ?? 0) >= MAX_ATTEMPTS) {
    failToBegin(core, unit, PROCESS_ENDED, event, cause, commit);
    return;
  }
  core.watchdog.enter();
  const identity = { address: unit.address, parent: cell.parent, version: unit.version };
  let result = initial(cell.kind, identity, JSON.parse(unit.input ?? cell.input), event);
  if (result.outcome === "advanced") {
    try {
      project(core, unit, undefined, result.snapshot, event, unit.version + 1);
    } catch (error) {
      result = { outcome: "failed", error: encodeError(error) };
    }
  }
  if (result.outcome !== "advanced") {
    const error = result.outcome === "failed" ? result.error : { name: "Error", message: "the initial transition did nothing" };
    failToBegin(core, unit, error, event, cause, commit);
    return;
  }
  unit.status = "active";
  unit.notices.push({ notice: "started", address: unit.address, kind: cell.kindName, parent: cell.parent, atMs: event.at });
  advance(core, unit, undefined, result, event, cause, null, commit);
}

/** Whatever snapshot is stored is of an earlier life, which has been cleared away. */
function failToBegin(core: HostCore, unit: Unit, error: EncodedError, event: StampedEvent, cause: string, commit: Commit): void {
  fail(core, unit, { kind: "transition", error }, event, cause, commit);
  if (unit.snapshot !== undefined) unit.lifecycle = { ...unit.lifecycle, restartFrom: "afresh", snapshotOver: true };
}

/** The database refused what this item made of the actor (H4): a message becomes a dead letter, and the actor has failed. */
export function failCommit(core: HostCore, unit: Unit, item: Item | undefined, error: EncodedError, commit: Commit): void {
  const event = stamp(core, { type: "bosun.commitRefused" });
  if (item?.type === "mail") {
    unit.rows.inboxOut.push({ owner: unit.address, id: item.row.id });
    if (item.row.type === "message")
      bury(core, unit, { id: item.row.id, sender: item.row.sender, event: item.row.body }, "commit", error.message);
  } else if (item?.type === "ingress") {
    const { message, messageId, answer } = item.ingress;
    bury(
      core,
      unit,
      { id: dedupKey(unit.address, messageId), sender: message.from ?? null, event: JSON.stringify(message.event) },
      "commit",
      error.message,
    );
    unit.receipts.push({ answer, receipt: { receipt: "refused", reason: "invalid", detail: error.message } });
  }
  // Its wake-up has gone by; set again it is offered after the restart.
  const timer = item?.type === "timer" ? unit.timers.get(item.id) : undefined;
  if (timer !== undefined) unit.setTimer(timer);
  const job = item?.type === "settled" ? unit.jobs.get(item.settled.childId) : undefined;
  if (job !== undefined) unit.setJob({ ...job, state: "failed" });
  if (unit.status === "quarantined" || isEnded(unit.status)) return;
  fail(core, unit, { kind: "commit", error }, event, "commit", commit);
}
