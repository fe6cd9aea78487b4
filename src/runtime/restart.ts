/**
 * How an actor begins to live: its first transition, and after a failure or at an operator's word from its last snapshot, or afresh. Each is
 * one commit. A job that was sent is never asked for a second time by a new life (H6).
 */
import { advance, journal, project, stamp, stopChildren } from "./apply.ts";
import { type Item, snapshotOf, unknownKind } from "./cell.ts";
import type { Commit } from "./commitNumber.ts";
import type { ChildRef, EncodedError } from "./effect.ts";
import { encodeError } from "./encodedError.ts";
import type { StampedEvent } from "./event.ts";
import { fail, failSnapshot } from "./failure.ts";
import { attemptKey, type HostCore, MAX_ATTEMPTS, PROCESS_ENDED } from "./hostCore.ts";
import type { ActorSnapshot } from "./registeredKind.ts";
import { initial } from "./step.ts";
import { beginId } from "./suspects.ts";
import type { PendingStart, Unit } from "./unit.ts";

/** Runs a restart that is due, or that an operator asked for. */
export function restart(core: HostCore, unit: Unit, order: Extract<Item, { type: "restart" }>, commit: Commit): void {
  if (unit.ended) return;
  const { cell } = unit;
  const from = unit.lifecycle.snapshotOver === true ? "afresh" : order.from;
  if (cell.kind === undefined) {
    cannotRestart(core, unit, unknownKind(cell.kindName), commit);
    return;
  }
  const stored = snapshotOf(cell);
  if (from === "snapshot" && stored.found === "refused") {
    cannotRestart(core, unit, stored.error, commit);
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

/** A quarantine that stays is nothing new to parent and rows; whoever ordered the restart is told that it failed. */
function cannotRestart(core: HostCore, unit: Unit, error: EncodedError, commit: Commit): void {
  if (unit.status !== "quarantined") {
    failSnapshot(core, unit, error, commit);
    return;
  }
  const { address, cell } = unit;
  const atMs = core.environment.clock.nowMs();
  unit.notices.push({ notice: "failed", address, kind: cell.kindName, error, decision: "quarantine", afterMs: 0, atMs });
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
