/**
 * Converts the server's timestamps to our clock. A `Date` header has whole seconds, so one answer only bounds the difference;
 * the bounds of all answers are intersected. While no difference is proven we assume none (the embedded simulator shares
 * our clock), else the latest possible one: arriving late costs a moment, arriving early a refused request.
 */
export interface ServerClock {
  observe(answer: { readonly serverDate: string | undefined; readonly sentAtMs: number; readonly receivedAtMs: number }): void;
  /** An ISO time of the server in epoch milliseconds of our clock. */
  readonly toOurMs: (serverIso: string) => number;
}

export function createServerClock(): ServerClock {
  let lowMs = Number.NEGATIVE_INFINITY;
  let highMs = Number.POSITIVE_INFINITY;
  let observedAtMs = 0;

  function offsetMs(): number {
    if (lowMs <= 0 && highMs >= 0) return 0;
    return Number.isFinite(highMs) ? highMs : 0;
  }

  return {
    observe({ serverDate, sentAtMs, receivedAtMs }) {
      const serverMs = serverDate === undefined ? Number.NaN : Date.parse(serverDate);
      if (Number.isNaN(serverMs)) return;
      const seenLowMs = sentAtMs - serverMs - 1_000;
      const seenHighMs = receivedAtMs - serverMs;
      const driftMs = Math.max(0, receivedAtMs - observedAtMs) * MAX_DRIFT;
      observedAtMs = receivedAtMs;
      const low = Math.max(lowMs - driftMs, seenLowMs);
      const high = Math.min(highMs + driftMs, seenHighMs);
      // Bounds that contradict each other mean that one of the clocks was set: begin again.
      const consistent = low <= high;
      lowMs = consistent ? low : seenLowMs;
      highMs = consistent ? high : seenHighMs;
    },
    toOurMs: (serverIso) => Date.parse(serverIso) + offsetMs(),
  };
}

const MAX_DRIFT = 100e-6;
