import { bury, end, journal, showEnded, stamp, stateOf, stopChildren } from "./apply.ts";
import { type Cell, type Item, isEnded } from "./cell.ts";
import type { Commit } from "./commitNumber.ts";
import type { EncodedError } from "./effect.ts";
import { addStop } from "./effects.ts";
import { encodeError, inBrief } from "./encodedError.ts";
import type { StampedEvent } from "./event.ts";
import type { HostCore } from "./hostCore.ts";
import type { LastWord } from "./kind.ts";
import { dedupKey } from "./store.ts";
import type { FailureCause, FailureHistory, SupervisionDecision } from "./supervision.ts";
import type { Unit } from "./unit.ts";

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
  showEnded(core, unit, "givenUp", inBrief(error.message), atMs);
  sendLastWords(unit, onGiveUp(core, unit, { address, parent: cell.parent, last, error }), "gaveUp", atMs, commit);
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

/** An operator ends an actor in quarantine. Its rows say since then that it was given up; what it may still hold is given back. */
export function dismiss(core: HostCore, unit: Unit, commit: Commit): void {
  if (unit.status !== "quarantined") return;
  const { cell, address } = unit;
  const event = stamp(core, { type: "bosun.dismissed" });
  unit.version += 1;
  const parent = cell.parent !== undefined && isLiving(core.cells.get(cell.parent)) ? cell.parent : undefined;
  const words = cell.kind?.kind.onDismissed?.({ address, parent }) ?? [];
  sendLastWords(unit, words, "dismissed", event.at, commit);
  stopSurvivors(core, unit, event.at, commit);
  end(unit, "stopped", undefined, event.at, commit);
  journal(core, unit, event, "stopped", "operator", null, commit);
}

/** Children whose parent's state nobody could read: it could not name them when it was given up. */
function stopSurvivors(core: HostCore, unit: Unit, atMs: number, commit: Commit): void {
  for (const cell of core.cells.values()) {
    const { parent, childId: id, generation } = cell;
    if (parent !== unit.address || id === undefined || !isLiving(cell) || cell.status === "quarantined") continue;
    addStop(unit, { id, generation }, `${unit.address}:${unit.version}:${id}`, atMs, commit);
  }
}

function isLiving(cell: Cell | undefined): boolean {
  return cell !== undefined && !isEnded(cell.status);
}

function sendLastWords(unit: Unit, words: readonly LastWord[], why: "gaveUp" | "dismissed", atMs: number, commit: Commit): void {
  words.forEach(({ to, event }, index) => {
    unit.sends.push({
      id: `${unit.address}:${unit.version}:${why}:${index}`,
      index: commit.nextIndex(),
      to,
      body: JSON.stringify(event),
      type: "message",
      childId: null,
      generation: null,
      atMs,
    });
  });
}

type GiveUpArgs = Parameters<NonNullable<NonNullable<Unit["cell"]["kind"]>["kind"]["onGiveUp"]>>[0];

function onGiveUp(core: HostCore, unit: Unit, args: GiveUpArgs): readonly LastWord[] {
  try {
    return unit.cell.kind?.kind.onGiveUp?.(args) ?? [];
  } catch (error) {
    core.environment.logger.error(
      { address: unit.address, error: encodeError(error) },
      "onGiveUp threw; the actor is quarantined without it",
    );
    return [];
  }
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
