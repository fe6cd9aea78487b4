import type { Address } from "../runtime/address.ts";
import type { RuntimeNotice } from "../runtime/runtime.ts";
import type { OutboxEntry } from "./relay.ts";
import type { EventFamily, Subjects } from "./subjects.ts";

/** An event as it goes out. `id` is the same however often it is published. */
export interface OutboundEvent {
  readonly id: string;
  readonly subject: string;
  readonly payload: {
    readonly id: string;
    /** Ownership scope. */
    readonly agent: Address;
    /** ISO time. */
    readonly at: string;
    readonly event: string;
    readonly address: Address;
    readonly [detail: string]: unknown;
  };
}

/** Undefined for what is not told: transitions of other actors than tasks, and jobs that simply went well. */
export function eventOfNotice(
  notice: RuntimeNotice,
  known: {
    readonly scope: Address;
    readonly subjects: Subjects;
    /** The last told state of each living task; kept up to date here. */
    readonly taskStates: Map<Address, string>;
  },
): OutboundEvent | undefined {
  const { scope, subjects, taskStates } = known;
  const make = (family: EventFamily, what: string, id: string, address: Address, detail: Readonly<Record<string, unknown>>) => ({
    id,
    subject: subjects.event(family, what),
    payload: { ...detail, id, agent: scope, at: new Date(notice.atMs).toISOString(), event: `${family}.${what}`, address },
  });
  switch (notice.notice) {
    case "transition": {
      const { address, version, kind, event, value } = notice;
      if (kind !== "task") return undefined;
      const state = stateName(value);
      if (taskStates.get(address) === state) return undefined;
      taskStates.set(address, state);
      return make("task", state, `${address}:${version}:task`, address, { state: value, cause: event.type });
    }
    case "started":
      return make("lifecycle", "started", `${notice.address}:started:${notice.atMs}`, notice.address, {
        kind: notice.kind,
        parent: notice.parent ?? null,
      });
    case "ended":
      taskStates.delete(notice.address);
      return make("lifecycle", "ended", `${notice.address}:ended:${notice.atMs}`, notice.address, {
        kind: notice.kind,
        status: notice.status,
      });
    case "emitted": {
      const { address, version, index, event } = notice;
      return make("event", event.type, `${address}:${version}:${index}`, address, { data: event });
    }
    case "failed":
      return make("supervision", "failed", `${notice.address}:failed:${notice.atMs}`, notice.address, {
        kind: notice.kind,
        error: { name: notice.error.name, message: notice.error.message },
        decision: notice.decision,
        afterMs: notice.afterMs,
      });
    case "restarted":
      return make("supervision", "restarted", `${notice.address}:restarted:${notice.atMs}`, notice.address, {
        kind: notice.kind,
        from: notice.from,
      });
    case "deadLetter":
      return make("supervision", "deadLetter", `deadLetter:${notice.id}`, notice.to, {
        letter: notice.id,
        reason: notice.reason,
      });
    case "jobSettled":
      if (notice.how === "done") return undefined;
      return make("job", notice.how, `job:${notice.jobId}:${notice.how}:${notice.atMs}`, notice.address, {
        job: notice.jobId,
        src: notice.src,
      });
  }
}

/** The id is `address:version:index`, as of the same event in a notice. */
export function eventOfOutbox(entry: OutboxEntry, scope: Address, subjects: Subjects): OutboundEvent {
  const data = parsed(entry.event);
  const type = typeof data === "object" && data !== null && "type" in data ? String(data.type) : "unnamed";
  const id = `${entry.address}:${entry.version}:${entry.index}`;
  return {
    id,
    subject: subjects.event("event", type),
    payload: { id, agent: scope, at: new Date(entry.atMs).toISOString(), event: `event.${type}`, address: entry.address, data },
  };
}

/** A row that is no JSON goes out as text: it must not hold up those behind it. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** `executing`, or `executing-travelling` of a nested state; the regions of a parallel one in the order of their names. */
function stateName(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return "unknown";
  return Object.entries(value)
    .sort(([left], [right]) => left.localeCompare(right))
    .map(([name, inner]) =>
      typeof inner === "object" && inner !== null && Object.keys(inner).length === 0 ? name : `${name}-${stateName(inner)}`,
    )
    .join("_");
}
