import type { ActorStatus } from "../runtime/runtime.ts";
import type { ActorRow, DeadLetterRow, InboxRow, InboxType, JobRow, JobState, OutboxRow, TimerRow } from "../runtime/store.ts";

/**
 * Rows as pg returns them in array mode, in the order of the column lists below. bigint arrives as text; all of ours stay below 2^53.
 * The CHECKs of vocabulary are in the writer: these tables are written by the runtime alone.
 */
export type Cells = readonly unknown[];

export const ACTOR_COLUMNS =
  "address, kind, kind_version, parent, child_id, generation, status, version, incarnation, input, snapshot, lifecycle, updated_at_ms";

export function toActorRow(cells: Cells): ActorRow {
  return {
    address: text(cells[0]),
    kind: text(cells[1]),
    kindVersion: Number(cells[2]),
    parent: textOrNull(cells[3]),
    childId: textOrNull(cells[4]),
    generation: Number(cells[5]),
    status: text(cells[6]) as ActorStatus,
    version: Number(cells[7]),
    incarnation: Number(cells[8]),
    input: text(cells[9]),
    snapshot: textOrNull(cells[10]),
    lifecycle: textOrNull(cells[11]),
    updatedAtMs: Number(cells[12]),
  };
}

export const INBOX_COLUMNS = "id, address, commit_no, idx, type, body, sender, child_id, generation, at_ms";

export function toInboxRow(cells: Cells): InboxRow {
  return {
    id: text(cells[0]),
    address: text(cells[1]),
    commitNo: Number(cells[2]),
    index: Number(cells[3]),
    type: text(cells[4]) as InboxType,
    body: text(cells[5]),
    sender: textOrNull(cells[6]),
    childId: textOrNull(cells[7]),
    generation: numberOrNull(cells[8]),
    atMs: Number(cells[9]),
  };
}

export const TIMER_COLUMNS = "address, id, generation, idx, due_at_ms, nature, event, to_address";

export function toTimerRow(cells: Cells): TimerRow {
  return {
    address: text(cells[0]),
    id: text(cells[1]),
    generation: Number(cells[2]),
    index: Number(cells[3]),
    dueAtMs: Number(cells[4]),
    nature: cells[5] === "watchdog" ? "watchdog" : "deadline",
    event: text(cells[6]),
    to: textOrNull(cells[7]),
  };
}

export const JOB_COLUMNS =
  "id, address, child_id, src, input, generation, state, attempt, checkpoint, sent_at_ms, result, orphaned";

export function toJobRow(cells: Cells): JobRow {
  return {
    id: text(cells[0]),
    address: text(cells[1]),
    childId: text(cells[2]),
    src: text(cells[3]),
    input: text(cells[4]),
    generation: Number(cells[5]),
    state: text(cells[6]) as JobState,
    attempt: Number(cells[7]),
    checkpoint: textOrNull(cells[8]),
    sentAtMs: numberOrNull(cells[9]),
    result: textOrNull(cells[10]),
    orphaned: cells[11] === true,
  };
}

export const OUTBOX_COLUMNS = "id, address, version, idx, event, at_ms";

export function toOutboxRow(cells: Cells): OutboxRow {
  return {
    id: text(cells[0]),
    address: text(cells[1]),
    version: Number(cells[2]),
    index: Number(cells[3]),
    event: text(cells[4]),
    atMs: Number(cells[5]),
  };
}

export const DEAD_LETTER_COLUMNS = "id, address, sender, event, reason, detail, at_ms";

export function toDeadLetterRow(cells: Cells): DeadLetterRow {
  return {
    id: text(cells[0]),
    address: text(cells[1]),
    sender: textOrNull(cells[2]),
    event: text(cells[3]),
    reason: text(cells[4]),
    detail: text(cells[5]),
    atMs: Number(cells[6]),
  };
}

export function text(cell: unknown): string {
  if (typeof cell !== "string") throw new TypeError(`a text column returned ${cell === null ? "null" : typeof cell}`);
  return cell;
}

function textOrNull(cell: unknown): string | null {
  return cell === null ? null : text(cell);
}

function numberOrNull(cell: unknown): number | null {
  return cell === null ? null : Number(cell);
}
