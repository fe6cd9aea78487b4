import { z } from "zod";
import type { ChildRef, EncodedError } from "./effect.ts";
import { encodeError } from "./encodedError.ts";
import { type ActorSnapshot, type RegisteredKind } from "./registeredKind.ts";

/**
 * A snapshot as text and back. The codec is ours: XState's own loses children, timers and errors, and throws on references (H1). What
 * `step` returns can always be encoded; what was stored is believed only after it fits kind, machine and context schema.
 */

/** The stored text of a snapshot. Encode once per commit, in the same tick as the step that made it; `texts` are of the same snapshot. */
export function encodeSnapshot(kind: RegisteredKind, snapshot: ActorSnapshot, texts = stateTexts(snapshot)): string {
  const context = texts.context === undefined ? "" : `"context":${texts.context},`;
  const output = snapshot.output === undefined ? "" : `"output":${JSON.stringify(snapshot.output)},`;
  const origin = `"kindVersion":${kind.kind.version},"status":"${snapshot.status}",`;
  return `{"value":${texts.value},${context}${origin}${output}"children":${childrenText(snapshot)},"history":${historyText(snapshot)}}`;
}

function childrenText({ children }: ActorSnapshot): string {
  const refs = Object.values(children);
  return refs.length === 0 ? "[]" : JSON.stringify(refs);
}

function historyText({ historyValue }: ActorSnapshot): string {
  const entries = Object.entries(historyValue);
  if (entries.length === 0) return "{}";
  return JSON.stringify(Object.fromEntries(entries.map(([id, nodes]) => [id, nodes.map((node) => node.id)])));
}

/** The parts of a snapshot that the journal needs too, as JSON. */
export interface StateTexts {
  readonly value: string;
  readonly context: string | undefined;
}

export function stateTexts({ value, context }: ActorSnapshot): StateTexts {
  return { value: JSON.stringify(value), context: JSON.stringify(context) };
}

export type DecodedSnapshot =
  | { readonly decoded: "ok"; readonly snapshot: ActorSnapshot; readonly migratedFrom: number | undefined }
  /** The text does not fit the machine: the actor is quarantined. */
  | { readonly decoded: "refused"; readonly error: EncodedError };

/** The snapshot that `text` holds, migrated to the kind's version when it is older. Never throws. */
export function decodeSnapshot(kind: RegisteredKind, text: string): DecodedSnapshot {
  try {
    const stored = STORED.parse(JSON.parse(text));
    const migrated = migrate(kind, stored);
    const parsedContext = kind.kind.context?.safeParse(migrated.context);
    if (parsedContext?.success === false)
      throw new SnapshotRefused(`its context does not fit the schema: ${describe(parsedContext.error)}`);
    const snapshot = revive(kind, { ...stored, value: migrated.value, context: parsedContext?.data ?? migrated.context });
    return { decoded: "ok", snapshot, migratedFrom: stored.kindVersion === kind.kind.version ? undefined : stored.kindVersion };
  } catch (error) {
    return {
      decoded: "refused",
      error: encodeError(error instanceof SnapshotRefused ? error : new SnapshotRefused(describe(error))),
    };
  }
}

/** A stored snapshot that cannot be used, and why. */
class SnapshotRefused extends Error {
  override readonly name = "SnapshotRefused";
}

interface StoredSnapshot {
  readonly kindVersion: number;
  readonly status: "active" | "done";
  readonly value: unknown;
  readonly context: unknown;
  readonly output: unknown;
  readonly children: readonly ChildRef[];
  readonly history: Readonly<Record<string, readonly string[]>>;
}

const CHILD = z.object({
  id: z.string(),
  src: z.string(),
  nature: z.enum(["job", "actor"]),
  generation: z.number().int(),
  address: z.string(),
});

const STORED = z.object({
  kindVersion: z.number().int().min(1),
  status: z.enum(["active", "done"]),
  value: z.unknown(),
  context: z.unknown().optional(),
  output: z.unknown().optional(),
  children: z.array(CHILD),
  history: z.record(z.string(), z.array(z.string())),
});

function migrate(
  kind: RegisteredKind,
  stored: { kindVersion: number; value?: unknown; context?: unknown },
): { value: unknown; context: unknown } {
  let state = { value: stored.value, context: stored.context };
  if (stored.kindVersion > kind.kind.version) {
    throw new SnapshotRefused(
      `it was stored by version ${stored.kindVersion} of ${kind.name}, this program knows version ${kind.kind.version}`,
    );
  }
  for (let version = stored.kindVersion; version < kind.kind.version; version++) {
    const migration = kind.kind.migrations?.[version];
    if (migration === undefined)
      throw new SnapshotRefused(`${kind.name} has no migration from version ${version} to ${version + 1}`);
    state = migration(state);
  }
  return state;
}

type Revivable = { [Key in keyof StoredSnapshot]?: StoredSnapshot[Key] } & Pick<
  StoredSnapshot,
  "status" | "children" | "history"
>;

function revive(kind: RegisteredKind, stored: Revivable): ActorSnapshot {
  const { machine } = kind;
  const resolved = machine.resolveState({
    value: stored.value as never,
    context: stored.context,
    status: stored.status,
    output: stored.output,
  });
  if (!sameValue(resolved.value, stored.value)) {
    throw new SnapshotRefused(
      `its state ${JSON.stringify(stored.value)} is not a whole state of the machine, which would silently enter ${JSON.stringify(resolved.value)}: raise the version of ${kind.name} and add a migration`,
    );
  }
  if (resolved.status !== stored.status)
    throw new SnapshotRefused(`it is stored as ${stored.status}, but its state is ${resolved.status}`);
  const children: Record<string, ChildRef> = {};
  for (const child of stored.children) {
    checkChild(kind, child);
    children[child.id] = child;
  }
  const historyValue = Object.fromEntries(
    Object.entries(stored.history).map(([id, nodes]) => [id, nodes.map((node) => historyNode(kind, node))]),
  );
  return { ...resolved, children, historyValue } as unknown as ActorSnapshot;
}

/** By walking: XState's own lookup splits ids at dots, so it fails for ids that contain one. */
function historyNode(kind: RegisteredKind, id: string): { readonly id: string } {
  const pending = [kind.machine.root];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (node.id === id) return node;
    pending.push(...Object.values(node.states));
  }
  throw new SnapshotRefused(`its history names the state ${JSON.stringify(id)}, which the machine does not have`);
}

/** A child whose job or kind is gone would never report back: its parent would wait for ever (trap 8). */
function checkChild(kind: RegisteredKind, child: ChildRef): void {
  const known = child.nature === "job" ? Object.hasOwn(kind.kind.jobs, child.src) : kind.childKind(child.src) !== undefined;
  if (!known)
    throw new SnapshotRefused(
      `its child ${JSON.stringify(child.id)} needs the ${child.nature === "job" ? "job" : "kind"} ${JSON.stringify(child.src)}, which is not registered`,
    );
}

function sameValue(left: unknown, right: unknown): boolean {
  if (typeof left !== "object" || left === null || typeof right !== "object" || right === null) return left === right;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length && keys.every((key) => sameValue(Reflect.get(left, key), Reflect.get(right, key)))
  );
}

/** On one line. */
function describe(error: unknown): string {
  if (!(error instanceof z.ZodError)) return error instanceof Error ? error.message : String(error);
  const [first, ...others] = error.issues;
  if (first === undefined) return error.message;
  const where = first.path.length === 0 ? "" : `${z.core.toDotPath(first.path)}: `;
  return `${where}${first.message}${others.length === 0 ? "" : ` (and ${others.length} more)`}`;
}
