/** Hulls by type. */
import { HULLS, type HullSpec } from "./hulls.data.ts";

export function knownHulls(): Record<string, HullSpec> {
  return Object.fromEntries(HULLS.map((hull) => [hull.type, hull]));
}
