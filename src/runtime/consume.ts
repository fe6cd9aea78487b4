import { attempt, bury, end, journal, showEnded, stamp, stopChildren } from "./apply.ts";
import { type Item, NO_FAILURES, type SettledJob } from "./cell.ts";
import type { Commit } from "./commitNumber.ts";
import type { EncodedError } from "./effect.ts";
import { encodeError } from "./encodedError.ts";
import type { StampedEvent } from "./event.ts";
import { dismiss, fail, failSnapshot } from "./failure.ts";
import { attemptKey, type HostCore, MAX_ATTEMPTS, PROCESS_ENDED } from "./hostCore.ts";
import { beginActor, restart } from "./restart.ts";
import type { StartOrder } from "./routing.ts";
import { dedupKey, type InboxRow } from "./store.ts";
import type { FailureCause } from "./supervision.ts";
import { timerAttemptId } from "./suspects.ts";
import type { Unit } from "./unit.ts";

/**
 * Applies one waiting item to the unit of its actor. Every item that is taken leaves a trace: applied, ignored, stale, dead letter or
 * failure. A failing transition leaves the unit as the event before it left it (H10).
 */
export function consume(core: HostCore, unit: Unit, item: Item, commit: Commit): void {
  try {
    take(core, unit, item, commit);
  } finally {
    core.watchdog.leave();
  }
}

function take(core: HostCore, unit: Unit, item: Item, commit: Commit): void {
  switch (item.type) {
    case "verify":
      return;
    case "begin":
      if (unit.status === "starting") beginActor(core, unit, "begin", commit);
      return;
    case "restart":
      restart(core, unit, item, commit);
      return;
    case "dismiss":
      dismiss(core, unit, commit);
      return;
    case "timer":
      consumeTimer(core, unit, item, commit);
      return;
    case "settled":
      consumeSettled(core, unit, item.settled, commit);
      return;
    case "ingress":
      consumeIngress(core, unit, item, commit);
      return;
    case "mail":
      consumeMail(core, unit, item.row, commit);
  }
}

function consumeMail(core: HostCore, unit: Unit, row: InboxRow, commit: Commit): void {
  unit.rows.inboxOut.push({ owner: unit.address, id: row.id });
  switch (row.type) {
    case "stop":
      stopOrder(core, unit, row, commit);
      return;
    case "start":
      startOrder(core, unit, row, commit);
      return;
    case "done":
    case "error":
      consumeCompletion(core, unit, row, commit);
      return;
    case "message": {
      const event = parseEvent(row.body);
      if (event === undefined) {
        bury(core, unit, { id: row.id, sender: row.sender, event: row.body }, "undecodable", "it is no JSON event");
        return;
      }
      const outcome = applyMessage(core, unit, { event, id: row.id, sender: row.sender, cause: `message ${row.id}` }, commit);
      if (outcome.outcome === "dead")
        bury(core, unit, { id: row.id, sender: row.sender, event: row.body }, outcome.reason, outcome.detail);
    }
  }
}

function consumeIngress(core: HostCore, unit: Unit, item: Extract<Item, { type: "ingress" }>, commit: Commit): void {
  const { ingress } = item;
  const { message, messageId } = ingress;
  if (ingress.remembered) unit.rows.dedup.push({ owner: unit.address, address: unit.address, messageId, atMs: ingress.atMs });
  const sender = message.from ?? null;
  const outcome = applyMessage(
    core,
    unit,
    { event: message.event, id: messageId, sender, cause: `message ${messageId}` },
    commit,
  );
  if (outcome.outcome !== "dead") {
    unit.receipts.push({ answer: ingress.answer, receipt: { receipt: "accepted", messageId, outcome: outcome.outcome } });
    return;
  }
  if (outcome.reason !== "undeclared")
    bury(
      core,
      unit,
      { id: dedupKey(unit.address, messageId), sender, event: JSON.stringify(message.event) },
      outcome.reason,
      outcome.detail,
    );
  const reason = outcome.reason === "undeclared" ? "undeclared" : outcome.reason === "ended" ? "unknownAddress" : "invalid";
  unit.receipts.push({ answer: ingress.answer, receipt: { receipt: "refused", reason, detail: outcome.detail } });
}

interface Message {
  readonly event: { readonly type: string } & Readonly<Record<string, unknown>>;
  readonly id: string;
  readonly sender: string | null;
  readonly cause: string;
}

type MessageOutcome =
  | { readonly outcome: "applied" | "ignored" }
  | { readonly outcome: "dead"; readonly reason: string; readonly detail: string };

/** A message that fails twice, or that ended the process twice, is dead; its actor lives on (G7). */
function applyMessage(core: HostCore, unit: Unit, message: Message, commit: Commit): MessageOutcome {
  if (unit.ended) return { outcome: "dead", reason: "ended", detail: `the actor is ${unit.status}` };
  if ((core.attempts.get(attemptKey(unit.address, message.id)) ?? 0) >= MAX_ATTEMPTS) {
    return { outcome: "dead", reason: "poison", detail: "the process ended twice during its transition" };
  }
  const event = stamp(core, message.event);
  const applied = attempt(core, unit, event, "message", message.cause, null, commit);
  switch (applied.outcome) {
    case "advanced":
      return { outcome: "applied" };
    case "ignored":
      return { outcome: "ignored" };
    case "undeclared":
      journal(core, unit, event, "deadLetter", message.cause, null, commit);
      return { outcome: "dead", reason: "undeclared", detail: applied.reason };
    case "failed":
      journal(core, unit, event, "deadLetter", message.cause, null, commit);
      return { outcome: "dead", reason: "failed", detail: `${applied.error.name}: ${applied.error.message}` };
  }
}

function consumeTimer(core: HostCore, unit: Unit, item: Extract<Item, { type: "timer" }>, commit: Commit): void {
  const row = unit.timers.get(item.id);
  // Cancelled or replaced since it fell due: its row is gone, and with it the message (H2).
  if (row === undefined || row.generation !== item.generation || unit.status !== "active") return;
  const cause = `timer ${row.id}`;
  if (row.to !== null) {
    const id = `${unit.address}:${row.generation}:${row.index}:timer`;
    unit.dropTimer(row.id);
    unit.sends.push({
      id,
      index: commit.nextIndex(),
      to: row.to,
      body: row.event,
      type: "message",
      childId: null,
      generation: null,
      atMs: core.environment.clock.nowMs(),
    });
    return;
  }
  const event = stamp(core, parseEvent(row.event) ?? { type: row.id });
  const messageId = timerAttemptId(row.id, row.generation);
  if ((core.attempts.get(attemptKey(unit.address, messageId)) ?? 0) >= MAX_ATTEMPTS) {
    // Set again, so that it is offered after the restart: without it the actor would wait for ever.
    unit.setTimer(row);
    fail(core, unit, { kind: "transition", error: PROCESS_ENDED }, event, cause, commit);
    return;
  }
  // The transition may start the same timer again, so its own row goes first.
  unit.dropTimer(row.id);
  const applied = attempt(core, unit, event, "own", cause, row.generation, commit);
  if (applied.outcome === "failed") {
    unit.setTimer(row);
    fail(core, unit, { kind: "transition", error: applied.error }, event, cause, commit);
  } else if (applied.outcome === "undeclared") journal(core, unit, event, "stale", cause, row.generation, commit);
}

function consumeSettled(core: HostCore, unit: Unit, settled: SettledJob, commit: Commit): void {
  for (const change of settled.facts) unit.rows.rows.push({ owner: unit.address, change });
  const row = unit.jobs.get(settled.childId);
  const cause = `job ${settled.jobId}`;
  const event = stamp(core, completionEvent(settled.childId, settled.outcome));
  if (row === undefined || row.id !== settled.jobId || row.generation !== settled.generation || unit.ended) {
    if (row?.id !== settled.jobId) {
      unit.rows.dropJob(settled.jobId, true);
    }
    journal(core, unit, event, "stale", cause, settled.generation, commit);
    return;
  }
  unit.removeJob(row);
  unit.notices.push({
    notice: "jobSettled",
    address: unit.address,
    jobId: settled.jobId,
    src: settled.src,
    how: settled.how,
    atMs: event.at,
  });
  const error = applyCompletion(core, unit, settled.childId, event, settled.jobId, cause, settled.generation, commit);
  if (error === undefined) return;
  // The restart needs the row: it re-arms the job under a new generation (H5), after evidence unless the request surely had no effect.
  const sentInVain =
    settled.outcome.settled === "error" && settled.how !== "unknown" && settled.outcome.error.name !== "JobTimeout";
  unit.setJob({ ...row, state: "failed", checkpoint: sentInVain ? null : row.checkpoint });
  fail(core, unit, { kind: "job", childId: settled.childId, error }, event, cause, commit);
}

function consumeCompletion(core: HostCore, unit: Unit, row: InboxRow, commit: Commit): void {
  const childId = row.childId ?? "";
  const body = JSON.parse(row.body) as { output?: unknown; error?: EncodedError };
  const outcome =
    row.type === "done"
      ? ({ settled: "done", output: body.output } as const)
      : ({ settled: "error", error: body.error ?? { name: "Error", message: "unknown" } } as const);
  const event = stamp(core, completionEvent(childId, outcome));
  const cause = `child ${childId}`;
  const child = unit.snapshot?.children[childId];
  if (unit.ended || child === undefined || child.generation !== row.generation) {
    journal(core, unit, event, "stale", cause, row.generation, commit);
    return;
  }
  const error = applyCompletion(core, unit, childId, event, row.id, cause, row.generation ?? 0, commit);
  if (error === undefined) return;
  const failure: FailureCause = row.type === "error" ? { kind: "job", childId, error } : { kind: "transition", error };
  fail(core, unit, failure, event, cause, commit);
}

/**
 * Job results and completions are never dead letters, or their actor would wait for ever (H8): a result that the machine cannot
 * take comes back once as an error. Returns the error that the actor did not survive.
 */
function applyCompletion(
  core: HostCore,
  unit: Unit,
  childId: string,
  event: StampedEvent,
  messageId: string,
  cause: string,
  generation: number,
  commit: Commit,
): EncodedError | undefined {
  if ((core.attempts.get(attemptKey(unit.address, messageId)) ?? 0) >= MAX_ATTEMPTS) return PROCESS_ENDED;
  const applied = attempt(core, unit, event, "own", cause, generation, commit);
  if (applied.outcome !== "failed") return undefined;
  if (event.type.startsWith("xstate.error.")) return originalError(event) ?? applied.error;
  const error: EncodedError = { ...applied.error, name: "ResultRejected" };
  const rejected = stamp(core, completionEvent(childId, { settled: "error", error }));
  return attempt(core, unit, rejected, "own", `${cause} rejected`, generation, commit).outcome === "failed"
    ? applied.error
    : undefined;
}

function originalError(event: StampedEvent): EncodedError | undefined {
  return event["error"] === undefined ? undefined : encodeError(event["error"]);
}

function completionEvent(childId: string, outcome: SettledJob["outcome"]): { type: string } & Record<string, unknown> {
  return outcome.settled === "done"
    ? { type: `xstate.done.actor.${childId}`, output: outcome.output, actorId: childId }
    : { type: `xstate.error.actor.${childId}`, error: outcome.error, actorId: childId };
}

function stopOrder(core: HostCore, unit: Unit, row: InboxRow, commit: Commit): void {
  const generation = unit.generation ?? unit.cell.generation;
  if (unit.ended || row.generation !== generation) return;
  const event = stamp(core, { type: "bosun.stop" });
  unit.version += 1;
  stopChildren(unit, event.at, commit);
  showEnded(core, unit, "stopped", "its parent stopped it", event.at);
  end(unit, "stopped", undefined, event.at, commit);
  journal(core, unit, event, "stopped", `parent ${row.sender ?? ""}`, row.generation, commit);
}

/** A new life at the same address: version goes on, incarnation changes (G8, H9). */
function startOrder(core: HostCore, unit: Unit, row: InboxRow, commit: Commit): void {
  if (!unit.ended) stopChildren(unit, row.atMs, commit);
  unit.dropAllTimers();
  unit.abandonAllJobs();
  unit.status = "starting";
  unit.incarnation += 1;
  unit.generation = row.generation ?? 0;
  const order = JSON.parse(row.body) as StartOrder;
  if (order.input !== undefined) unit.input = JSON.stringify(order.input);
  unit.lifecycle = { history: NO_FAILURES };
  if (order.kind !== unit.cell.kindName) {
    const message = `the address has been a ${unit.cell.kindName} and cannot become a ${order.kind}: use another child id`;
    failSnapshot(core, unit, { name: "KindChanged", message }, commit);
    return;
  }
  beginActor(core, unit, "started again", commit);
}

/** Rows are our own writing, but a database can be edited by hand. */
function parseEvent(body: string): Message["event"] | undefined {
  try {
    const event: unknown = JSON.parse(body);
    return isEvent(event) ? event : undefined;
  } catch {
    return undefined;
  }
}

function isEvent(value: unknown): value is Message["event"] {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}
