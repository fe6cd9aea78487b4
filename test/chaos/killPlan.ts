/** One planned kill: at a moment, or at a named point of the program. */
export type PlannedKill =
  /** `early`: counted from the start of the process, so often during its boot; else from the end of the audit. */
  | { readonly how: "random"; readonly early: boolean; readonly afterMs: number }
  | { readonly how: "armed"; readonly point: string; readonly passage: number };

/**
 * `count` kills, random and armed ones in turn, the points in turn. The same seed gives the same plan. A daemon that died at a point is
 * always followed by one that is not armed, which is audited in peace.
 */
export function planKills(count: number, seed: number): readonly PlannedKill[] {
  const random = mulberry32(seed);
  const between = (low: number, high: number): number => Math.floor(low + random() * (high - low + 1));
  return Array.from({ length: count }, (_, index): PlannedKill => {
    const [point, most] = pointAt(index);
    if (index % 2 === 0) {
      // Two deaths during the boot in a row would leave one of them without an audit of its own.
      const early = random() < 0.25 && point !== "boot.recovering" && pointAt(index - 1)[0] !== "boot.recovering";
      return { how: "random", early, afterMs: early ? between(50, 2_500) : between(0, 3_000) };
    }
    return { how: "armed", point, passage: between(1, most) };
  });
}

export function nameOfKill(kill: PlannedKill): string {
  return kill.how === "random" ? "random" : kill.point;
}

/** The point of the armed kill at or right after `index`. */
function pointAt(index: number): (typeof POINTS)[number] {
  return POINTS[Math.max(0, Math.floor(index / 2)) % POINTS.length] ?? POINTS[0];
}

/** With the highest passage that is armed: later ones hit a fleet that is busier. */
const POINTS = [
  ["job.beforeSend", 40],
  ["api.afterWork", 60],
  ["job.afterResponse", 60],
  ["commit.during", 200],
  ["boot.recovering", 1],
] as const;

function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
