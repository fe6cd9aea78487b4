/** The one hash of a universe: what determinism, recordings and replays are compared by. */
import { createHash } from "node:crypto";
import type { Universe } from "./universe.ts";

/**
 * SHA-256, hex, of the universe in canonical JSON: keys sorted, lists in their order, numbers as JavaScript writes them.
 * Left out is what does not move the universe: the wall (clock and reset date), the key of its tokens, and the names it came by.
 */
export function universeHash(universe: Readonly<Universe>): string {
  const { secret: _, clock: __, resetDate: ___, source: ____, begunAs: _____, maintenance, ...moving } = universe;
  const next = maintenance && { ...maintenance.next, resetDate: undefined, source: undefined };
  const whole = maintenance ? { ...moving, maintenance: { ...maintenance, next } } : moving;
  return createHash("sha256").update(JSON.stringify(whole, sorted)).digest("hex");
}

function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
