import type {
  ActorRow,
  ActorUpdate,
  Checkpoint,
  DeadLetterRow,
  DedupRow,
  InboxRow,
  JobRow,
  JournalRow,
  OutboxRow,
  Owned,
  TimerRow,
} from "../runtime/store.ts";

/** How the rows of one part of the commit travel: one array parameter for each column. */
export type Columns<Row> = readonly (readonly [name: string, type: ColumnType, pick: (row: Row) => Cell])[];
export type Cell = string | number | boolean | null;
export type ColumnType = "text" | "bigint" | "integer" | "boolean";

const owner = <Row extends { readonly owner: string }>(): Columns<Row> => [["owner", "text", (row) => row.owner]];

export const ACTOR_UPDATE: Columns<ActorUpdate> = [
  ["address", "text", (row) => row.address],
  ["expected", "bigint", (row) => row.expectedVersion],
  ["version", "bigint", (row) => row.version],
  ["status", "text", (row) => row.status],
  ["incarnation", "integer", (row) => row.incarnation],
  ["kind_version", "integer", (row) => row.kindVersion],
  ["snapshot", "text", (row) => row.snapshot],
  ["lifecycle", "text", (row) => row.lifecycle],
  ["input", "text", (row) => row.input],
  ["generation", "bigint", (row) => row.generation],
  ["at_ms", "bigint", (row) => row.atMs],
];

export const BIRTH: Columns<Owned<ActorRow>> = [
  ...owner<Owned<ActorRow>>(),
  ["address", "text", (row) => row.address],
  ["kind", "text", (row) => row.kind],
  ["kind_version", "integer", (row) => row.kindVersion],
  ["parent", "text", (row) => row.parent],
  ["child_id", "text", (row) => row.childId],
  ["generation", "bigint", (row) => row.generation],
  ["status", "text", (row) => row.status],
  ["version", "bigint", (row) => row.version],
  ["incarnation", "integer", (row) => row.incarnation],
  ["input", "text", (row) => row.input],
  ["updated_at_ms", "bigint", (row) => row.updatedAtMs],
];

export const INBOX: Columns<Owned<InboxRow> & { readonly scope: string }> = [
  ...owner<Owned<InboxRow>>(),
  ["id", "text", (row) => row.id],
  ["address", "text", (row) => row.address],
  ["scope", "text", (row) => row.scope],
  ["commit_no", "bigint", (row) => row.commitNo],
  ["idx", "integer", (row) => row.index],
  ["type", "text", (row) => row.type],
  ["body", "text", (row) => row.body],
  ["sender", "text", (row) => row.sender],
  ["child_id", "text", (row) => row.childId],
  ["generation", "bigint", (row) => row.generation],
  ["at_ms", "bigint", (row) => row.atMs],
];

export const DEDUP: Columns<Owned<DedupRow>> = [
  ...owner<Owned<DedupRow>>(),
  ["address", "text", (row) => row.address],
  ["message_id", "text", (row) => row.messageId],
  ["at_ms", "bigint", (row) => row.atMs],
];

export const ID: Columns<Owned<{ readonly id: string }>> = [
  ...owner<Owned<{ readonly id: string }>>(),
  ["id", "text", (row) => row.id],
];

export const TIMER_KEY: Columns<Owned<{ readonly address: string; readonly id: string }>> = [
  ...owner<Owned<{ readonly address: string; readonly id: string }>>(),
  ["address", "text", (row) => row.address],
  ["id", "text", (row) => row.id],
];

export const TIMER: Columns<Owned<TimerRow>> = [
  ...owner<Owned<TimerRow>>(),
  ["address", "text", (row) => row.address],
  ["id", "text", (row) => row.id],
  ["generation", "bigint", (row) => row.generation],
  ["idx", "integer", (row) => row.index],
  ["due_at_ms", "bigint", (row) => row.dueAtMs],
  ["nature", "text", (row) => row.nature],
  ["event", "text", (row) => row.event],
  ["to_address", "text", (row) => row.to],
];

export const JOB: Columns<Owned<JobRow>> = [
  ...owner<Owned<JobRow>>(),
  ["id", "text", (row) => row.id],
  ["address", "text", (row) => row.address],
  ["child_id", "text", (row) => row.childId],
  ["src", "text", (row) => row.src],
  ["input", "text", (row) => row.input],
  ["generation", "bigint", (row) => row.generation],
  ["state", "text", (row) => row.state],
  ["attempt", "integer", (row) => row.attempt],
  ["checkpoint", "text", (row) => row.checkpoint],
  ["sent_at_ms", "bigint", (row) => row.sentAtMs],
  ["result", "text", (row) => row.result],
  ["orphaned", "boolean", (row) => row.orphaned],
];

export const CHECKPOINT: Columns<Checkpoint> = [
  ["id", "text", (row) => row.jobId],
  ["generation", "bigint", (row) => row.generation],
  ["attempt", "integer", (row) => row.attempt],
  ["facts", "text", (row) => row.facts],
  ["sent_at_ms", "bigint", (row) => row.sentAtMs],
];

export const JOURNAL: Columns<JournalRow> = [
  ["address", "text", (row) => row.address],
  ["idx", "integer", (row) => row.index],
  ["version", "bigint", (row) => row.version],
  ["outcome", "text", (row) => row.outcome],
  ["cause", "text", (row) => row.cause],
  ["generation", "bigint", (row) => row.generation],
  ["at_ms", "bigint", (row) => row.atMs],
  ["seed", "bigint", (row) => row.seed],
  ["event", "text", (row) => row.event],
  ["value", "text", (row) => row.value],
  ["context_hash", "text", (row) => row.contextHash],
  ["keyframe", "text", (row) => row.keyframe],
  ["kind_version", "integer", (row) => row.kindVersion],
];

export const OUTBOX: Columns<Owned<OutboxRow>> = [
  ...owner<Owned<OutboxRow>>(),
  ["id", "text", (row) => row.id],
  ["address", "text", (row) => row.address],
  ["version", "bigint", (row) => row.version],
  ["idx", "integer", (row) => row.index],
  ["event", "text", (row) => row.event],
  ["at_ms", "bigint", (row) => row.atMs],
];

export const DEAD_LETTER: Columns<Owned<DeadLetterRow>> = [
  ...owner<Owned<DeadLetterRow>>(),
  ["id", "text", (row) => row.id],
  ["address", "text", (row) => row.address],
  ["sender", "text", (row) => row.sender],
  ["event", "text", (row) => row.event],
  ["reason", "text", (row) => row.reason],
  ["detail", "text", (row) => row.detail],
  ["at_ms", "bigint", (row) => row.atMs],
];
