import { decodeSnapshot } from "../runtime/codec.ts";
import { inBrief } from "../runtime/encodedError.ts";
import type { ActorState } from "../runtime/kind.ts";
import type { RowChange } from "../runtime/readModel.ts";
import type { RegisteredKind } from "../runtime/registeredKind.ts";
import type { ActorRow } from "../runtime/store.ts";

/** A stored actor and the rows that its state calls for. */
export interface ShownActor {
  readonly actor: Pick<ActorRow, "address" | "kind" | "parent" | "status">;
  /** Undefined when nothing is stored or nobody can read it. */
  readonly state: ActorState | undefined;
  readonly rows: readonly RowChange[];
  /** Why its rows cannot be told. */
  readonly problem?: string;
}

/** The projections once more, of whatever is stored: the rows are copies, so this is how they are checked and made anew. Never throws. */
export function expectedRows(
  actor: Pick<ActorRow, "address" | "kind" | "parent" | "status" | "snapshot" | "lifecycle">,
  kind: RegisteredKind | undefined,
  agent: string,
  atMs: number,
): ShownActor {
  const { address, status, snapshot } = actor;
  if (kind === undefined) return { actor, state: undefined, rows: [], problem: `this program has no kind "${actor.kind}"` };
  if (snapshot === null) return { actor, state: undefined, rows: [] };
  const decoded = decodeSnapshot(kind, snapshot);
  if (decoded.decoded === "refused") return { actor, state: undefined, rows: [], problem: decoded.error.message };
  const { value, context, status: machineStatus } = decoded.snapshot;
  const state: ActorState = { value, context, status: machineStatus };
  try {
    const rows =
      status === "quarantined" || status === "stopped"
        ? kind.kind.projectEnded?.({
            address,
            agent,
            atMs,
            how: status === "stopped" ? "stopped" : "givenUp",
            because: reasonOf(actor.lifecycle),
            last: state,
          })
        : kind.kind.project?.({
            address,
            agent,
            version: 0,
            atMs,
            before: undefined,
            after: state,
            event: { type: "bosun.checked", at: atMs, seed: 0 },
          });
    return { actor, state, rows: rows ?? [] };
  } catch (error) {
    return { actor, state, rows: [], problem: error instanceof Error ? error.message : String(error) };
  }
}

function reasonOf(lifecycle: string | null): string {
  try {
    const stored = JSON.parse(lifecycle ?? "{}") as { readonly lastError?: { readonly message?: string } };
    return inBrief(stored.lastError?.message ?? "it was given up");
  } catch {
    return "it was given up";
  }
}
