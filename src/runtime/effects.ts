import { childAddress } from "./address.ts";
import type { Commit } from "./commitNumber.ts";
import type { ChildRef, Effect } from "./effect.ts";
import { type StampedEvent, withoutStamp } from "./event.ts";
import type { Journalled, Unit } from "./unit.ts";

/** Turns the effects of one applied transition into rows of its unit (G1: nothing else happens before the commit). */
export function addEffects(
  unit: Unit,
  effects: readonly Effect[],
  before: Readonly<Record<string, ChildRef>>,
  event: StampedEvent,
  commit: Commit,
): void {
  effects.forEach((effect, index) => addEffect(unit, effect, index, before, event, commit));
}

function addEffect(
  unit: Unit,
  effect: Effect,
  effectIndex: number,
  before: Readonly<Record<string, ChildRef>>,
  event: StampedEvent,
  commit: Commit,
): void {
  const id = `${unit.address}:${unit.version}:${effectIndex}`;
  const generation = unit.version;
  switch (effect.type) {
    case "startTimer":
      unit.setTimer({
        address: unit.address,
        id: effect.id,
        generation,
        index: effectIndex,
        dueAtMs: event.at + Math.ceil(effect.delayMs),
        nature: effect.nature,
        event: JSON.stringify(effect.event),
        to: effect.to ?? null,
      });
      return;
    case "cancelTimer":
      unit.dropTimer(effect.id);
      return;
    case "startJob":
      unit.setJob({
        id,
        address: unit.address,
        childId: effect.id,
        src: effect.src,
        input: JSON.stringify(effect.input ?? null),
        generation,
        state: "queued",
        attempt: 0,
        checkpoint: null,
        sentAtMs: null,
        result: null,
        orphaned: false,
      });
      return;
    case "startChild":
      unit.starts.push({
        id,
        index: commit.nextIndex(),
        address: effect.address,
        childId: effect.id,
        kind: effect.kind,
        input: JSON.stringify(effect.input ?? null),
        generation,
        atMs: event.at,
        revives: false,
      });
      return;
    case "stopChild":
      stopChild(unit, effect.id, id, before, event.at, commit);
      return;
    case "send": {
      const body = JSON.stringify(effect.event);
      unit.bytes += body.length;
      unit.sends.push({
        id,
        index: commit.nextIndex(),
        to: effect.to,
        body,
        type: "message",
        childId: null,
        generation: null,
        atMs: event.at,
      });
      return;
    }
    case "emit":
      unit.rows.outbox.push({
        owner: unit.address,
        id,
        address: unit.address,
        version: unit.version,
        index: commit.nextIndex(),
        event: JSON.stringify(effect.event),
        atMs: event.at,
      });
      unit.notices.push({
        notice: "emitted",
        address: unit.address,
        version: unit.version,
        index: effectIndex,
        event: effect.event,
        atMs: event.at,
      });
      return;
    case "log":
      unit.logs.push(effect);
  }
}

function stopChild(
  unit: Unit,
  childId: string,
  id: string,
  before: Readonly<Record<string, ChildRef>>,
  atMs: number,
  commit: Commit,
): void {
  const job = unit.jobs.get(childId);
  if (job !== undefined) {
    unit.abandonJob(job);
    return;
  }
  const child = before[childId];
  if (child?.nature !== "actor") return;
  addStop(unit, child, id, atMs, commit);
}

/** Tells a child actor to end. The order is a row of the child's mailbox, so that a crash in between loses nothing. */
export function addStop(unit: Unit, child: Pick<ChildRef, "id" | "generation">, id: string, atMs: number, commit: Commit): void {
  const address = childAddress(unit.address, child.id);
  unit.stops.push({
    id: `${id}:stop`,
    index: commit.nextIndex(),
    address,
    childId: child.id,
    generation: child.generation,
    atMs,
  });
}

/** The journal row of one consumed item. */
export function addJournal(unit: Unit, entry: Journalled, commit: Commit, keyframeEvery: number): void {
  const { cell } = unit;
  const texts = unit.stateTexts();
  const keyframe = entry.outcome !== "ignored" && entry.outcome !== "stale" && unit.version % keyframeEvery === 1;
  const text = keyframe ? unit.encoded() : undefined;
  unit.rows.journal.push({
    address: unit.address,
    index: commit.nextIndex(),
    version: unit.version,
    outcome: entry.outcome,
    cause: entry.cause,
    generation: entry.generation,
    atMs: entry.at,
    seed: entry.seed,
    event: JSON.stringify(withoutStamp(entry.event)),
    value: texts?.value ?? null,
    contextHash: texts === undefined ? null : hashOf(texts.context),
    keyframe: text ?? null,
    kindVersion: cell.kind?.kind.version ?? cell.kindVersion,
  });
}

/** 53 bits of cyrb53 (public domain, bryc): tells whether a replay took the same path, nothing more. */
function hashOf(text: string | undefined): string {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let index = 0; index < (text?.length ?? 0); index++) {
    const code = text?.charCodeAt(index) ?? 0;
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return (4294967296 * (2097151 & low) + (high >>> 0)).toString(36);
}
