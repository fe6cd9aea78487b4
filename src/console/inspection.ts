/**
 * Notices in the wire protocol of @statelyai/inspect 0.7 (`@xstate.actor`, `@xstate.event`, `@xstate.snapshot`), so that its
 * published receivers can watch durable actors. The session id of an actor is its address: the same over restarts (G8).
 */
import type { Address } from "../runtime/address.ts";
import type { ActorKind } from "../runtime/kind.ts";
import type { ActorStatus, ActorView, RuntimeNotice } from "../runtime/runtime.ts";

export type InspectionMessage =
  | (InspectionBase & {
      readonly type: "@xstate.actor";
      readonly name: string;
      readonly parentId: string | undefined;
      /** The machine's configuration as JSON text; functions appear as `{type: name}`. */
      readonly definition: string;
      readonly snapshot: InspectedSnapshot;
    })
  | (InspectionBase & {
      readonly type: "@xstate.event";
      readonly event: { readonly type: string };
      readonly sourceId: string | undefined;
    })
  | (InspectionBase & {
      readonly type: "@xstate.snapshot";
      readonly event: { readonly type: string };
      readonly snapshot: InspectedSnapshot;
    });

interface InspectionBase {
  readonly sessionId: string;
  readonly rootId: string;
  /** Epoch milliseconds as text. */
  readonly createdAt: string;
  readonly id: null;
  readonly _version: string;
}

interface InspectedSnapshot {
  readonly status: "active" | "done" | "error" | "stopped";
  readonly value?: unknown;
  readonly context?: unknown;
}

const PROTOCOL_VERSION = "0.7.2";

/** Makes messages for actors below `scope`; definitions are computed once per kind. */
export function createInspectionCodec(scope: Address, kinds: readonly Pick<ActorKind, "kind" | "machine">[]) {
  const definitions = new Map(kinds.map((kind) => [kind.kind, definitionOf(kind)]));
  const base = (address: Address, atMs: number): InspectionBase => ({
    sessionId: address,
    rootId: scope,
    createdAt: String(atMs),
    id: null,
    _version: PROTOCOL_VERSION,
  });
  const actor = (view: Pick<ActorView, "address" | "kind" | "parent">, snapshot: InspectedSnapshot, atMs: number) =>
    ({
      ...base(view.address, atMs),
      type: "@xstate.actor",
      name: view.address,
      parentId: view.parent,
      definition: definitions.get(view.kind) ?? JSON.stringify({ id: view.kind }),
      snapshot,
    }) satisfies InspectionMessage;

  return {
    /** Introduces a known actor with its present snapshot. */
    introduce(view: ActorView): InspectionMessage {
      return actor(view, { status: inspectedStatus(view.status), value: view.value, context: view.context }, view.updatedAtMs);
    },
    /** The messages of one notice; none for notices the protocol has no word for. */
    translate(notice: RuntimeNotice): readonly InspectionMessage[] {
      switch (notice.notice) {
        case "started":
          return [actor(notice, { status: "active" }, notice.atMs)];
        case "transition": {
          const snapshot = { status: inspectedStatus(notice.status), value: notice.value, context: notice.context };
          return [
            { ...base(notice.address, notice.atMs), type: "@xstate.event", event: notice.event, sourceId: undefined },
            { ...base(notice.address, notice.atMs), type: "@xstate.snapshot", event: notice.event, snapshot },
          ];
        }
        case "failed":
          return [
            {
              ...base(notice.address, notice.atMs),
              type: "@xstate.snapshot",
              event: { type: "bosun.failed" },
              snapshot: { status: "error", context: { error: notice.error, decision: notice.decision } },
            },
          ];
        case "ended":
        case "emitted":
        case "restarted":
        case "deadLetter":
        case "jobSettled":
          return [];
      }
    },
  };
}

function inspectedStatus(status: ActorStatus): InspectedSnapshot["status"] {
  switch (status) {
    case "starting":
    case "active":
      return "active";
    case "backingOff":
    case "quarantined":
      return "error";
    case "done":
      return "done";
    case "stopped":
      return "stopped";
  }
}

function definitionOf({ kind, machine }: Pick<ActorKind, "kind" | "machine">): string {
  const config: object = machine.config;
  return JSON.stringify({ id: kind, ...config }, (_key, value: unknown) =>
    typeof value === "function" ? { type: value.name } : value,
  );
}
