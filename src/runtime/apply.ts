import { snapshotOf } from "./cell.ts";
import type { Commit } from "./commitNumber.ts";
import type { EncodedError } from "./effect.ts";
import { addEffects, addJournal, addStop } from "./effects.ts";
import { encodeError } from "./encodedError.ts";
import { type StampedEvent, stampedEvent } from "./event.ts";
import type { HostCore } from "./hostCore.ts";
import type { ActorState } from "./kind.ts";
import type { ActorSnapshot } from "./registeredKind.ts";
import { type ActorStep, type EventOrigin, step } from "./step.ts";
import type { Unit } from "./unit.ts";

/**
 * One transition, tried a second time from the stored text when it throws (a machine that mutates its context may have spoilt the copy in
 * memory). What it asked for becomes rows of the unit.
 */
export function attempt(
  core: HostCore,
  unit: Unit,
  event: StampedEvent,
  origin: EventOrigin,
  cause: string,
  generation: number | null,
  commit: Commit,
): ActorStep {
  const { kind } = unit.cell;
  const before = unit.snapshot;
  if (kind === undefined || before === undefined) return { outcome: "failed", error: NO_STATE };
  core.watchdog.enter();
  let result = stepOnce(unit, before, event, origin);
  // An unhandled error event fails by design; trying it again would only say the same.
  if (result.outcome === "failed" && !event.type.startsWith("xstate.error."))
    result = stepOnce(unit, unspoilt(unit), event, origin);
  if (result.outcome === "failed") unit.snapshot = unspoilt(unit);
  if (result.outcome === "advanced") {
    try {
      project(core, unit, before, result.snapshot, event, unit.version + 1);
    } catch (error) {
      result = { outcome: "failed", error: encodeError(error) };
    }
  }
  if (result.outcome === "advanced") {
    advance(core, unit, before, result, event, cause, generation, commit);
  } else if (result.outcome === "ignored") journal(core, unit, event, "ignored", cause, generation, commit);
  return result;
}

/** An event failed behind others of its unit, whose outcome its machine may have spoilt: they are composed again without it (H10). */
export class FoldInterrupted extends Error {
  override readonly name = "FoldInterrupted";
}

/** The snapshot before a failed transition, which may have mutated the copy in memory (H5). Frozen ones cannot be spoilt. */
function unspoilt(unit: Unit): ActorSnapshot | undefined {
  const { cell } = unit;
  if (cell.kind?.freeze === true) return unit.snapshot;
  if (unit.snapshotChanged) throw new FoldInterrupted("a transition failed behind others of its unit");
  cell.snapshot = undefined;
  const stored = snapshotOf(cell);
  return stored.found === "snapshot" ? stored.snapshot : unit.snapshot;
}

const NO_STATE: EncodedError = { name: "NoState", message: "the actor has no usable snapshot" };

function stepOnce(unit: Unit, snapshot: ActorSnapshot | undefined, event: StampedEvent, origin: EventOrigin): ActorStep {
  const { cell } = unit;
  if (cell.kind === undefined || snapshot === undefined) return { outcome: "failed", error: NO_STATE };
  return step(cell.kind, { address: cell.address, parent: cell.parent, version: unit.version, snapshot }, event, origin);
}

/** Takes an advanced step into the unit. */
export function advance(
  core: HostCore,
  unit: Unit,
  before: ActorSnapshot | undefined,
  result: Extract<ActorStep, { outcome: "advanced" }>,
  event: StampedEvent,
  cause: string,
  generation: number | null,
  commit: Commit,
): void {
  unit.version += 1;
  unit.setSnapshot(result.snapshot);
  addEffects(unit, result.effects, before?.children ?? {}, event, commit);
  if (result.status === "done") end(unit, "done", result.output, event.at, commit);
  journal(core, unit, event, before === undefined ? "started" : "applied", cause, generation, commit);
  unit.notices.push({
    notice: "transition",
    address: unit.address,
    kind: unit.cell.kindName,
    version: unit.version,
    atMs: event.at,
    event,
    value: result.snapshot.value,
    context: result.snapshot.context,
    status: unit.status,
  });
}

/** Adds the read-model rows of a transition (H13). Throws what the projection throws. */
export function project(
  core: HostCore,
  unit: Unit,
  before: ActorSnapshot | undefined,
  after: ActorSnapshot,
  event: StampedEvent,
  version: number,
): void {
  const changes = unit.cell.kind?.kind.project?.({
    address: unit.address,
    agent: core.scope,
    version,
    atMs: event.at,
    before: before === undefined ? undefined : stateOf(before),
    after: stateOf(after),
    event,
  });
  for (const change of changes ?? []) unit.rows.rows.push({ owner: unit.address, change });
}

export function stateOf(snapshot: ActorSnapshot): ActorState {
  return { value: snapshot.value, context: snapshot.context, status: snapshot.status };
}

/** The rows of an actor that ends without a transition of its own (G9). */
export function showEnded(core: HostCore, unit: Unit, how: "givenUp" | "stopped", because: string, atMs: number): void {
  const { cell, address, snapshot } = unit;
  const last = snapshot === undefined ? undefined : stateOf(snapshot);
  try {
    const changes = cell.kind?.kind.projectEnded?.({ address, agent: core.scope, atMs, how, because, last }) ?? [];
    for (const change of changes) unit.rows.rows.push({ owner: address, change });
  } catch (error) {
    core.environment.logger.error(
      { address, error: encodeError(error) },
      "projectEnded threw; the actor's rows stay as they are",
    );
  }
}

/** The end of an actor: its timers and jobs go in the same commit, and its parent is told. */
export function end(unit: Unit, status: "done" | "stopped", output: unknown, atMs: number, commit: Commit): void {
  unit.status = status;
  unit.dropAllTimers();
  unit.abandonAllJobs();
  const { parent, childId } = unit.cell;
  if (status === "done" && parent !== undefined && childId !== undefined) {
    unit.sends.push({
      id: `${unit.address}:${unit.version}:done`,
      index: commit.nextIndex(),
      to: parent,
      body: JSON.stringify({ output }),
      type: "done",
      childId,
      generation: unit.generation ?? unit.cell.generation,
      atMs,
    });
  }
  unit.notices.push({ notice: "ended", address: unit.address, kind: unit.cell.kindName, status, atMs });
}

/** Orders every child actor of the unit's snapshot to end. */
export function stopChildren(unit: Unit, atMs: number, commit: Commit): void {
  for (const child of Object.values(unit.snapshot?.children ?? {})) {
    if (child.nature === "actor") addStop(unit, child, `${unit.address}:${unit.version}:${child.id}`, atMs, commit);
  }
}

export function journal(
  core: HostCore,
  unit: Unit,
  event: StampedEvent,
  outcome: Parameters<typeof addJournal>[1]["outcome"],
  cause: string,
  generation: number | null,
  commit: Commit,
): void {
  addJournal(unit, { outcome, cause, generation, event, at: event.at, seed: event.seed }, commit, core.limits.keyframeEvery);
}

/** Fixes time and randomness of an event when it is first applied (H17). */
export function stamp(core: HostCore, event: { readonly type: string } & Readonly<Record<string, unknown>>): StampedEvent {
  const { clock, random } = core.environment;
  return stampedEvent(event.type, event, { at: clock.nowMs(), seed: random.nextSeed() });
}

/** A message that nobody will process, kept and listed. */
export function bury(
  core: HostCore,
  unit: Unit,
  letter: { readonly id: string; readonly sender: string | null; readonly event: string },
  reason: string,
  detail: string,
): void {
  const atMs = core.environment.clock.nowMs();
  const { id, sender, event } = letter;
  const { address } = unit;
  unit.rows.deadLetters.push({ owner: address, id, address, sender, event, reason, detail: detail.slice(0, 2_000), atMs });
  unit.notices.push({ notice: "deadLetter", id, to: address, reason, atMs });
}
