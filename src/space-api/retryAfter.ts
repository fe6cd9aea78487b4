import type { HttpExchange } from "./httpEdge.ts";

/**
 * How long an answer asks us to wait, in milliseconds; undefined when it does not say. `Retry-After` has whole seconds (or is a
 * date); `x-ratelimit-reset` tells the same moment more precisely and is believed when it is the shorter of the two.
 */
export function retryAfterMs(
  answer: Extract<HttpExchange, { result: "answer" }>,
  receivedAtMs: number,
  toOurMs: (serverIso: string) => number,
): number | undefined {
  const stated = fromHeader(answer.headers.get("retry-after"), receivedAtMs, toOurMs);
  const reset = answer.headers.get("x-ratelimit-reset");
  const precise = reset === undefined ? Number.NaN : toOurMs(reset) - receivedAtMs;
  if (precise > 0 && (stated === undefined || precise < stated)) return Math.min(Math.ceil(precise), LONGEST_MS);
  return stated === undefined ? undefined : Math.min(stated, LONGEST_MS);
}

function fromHeader(value: string | undefined, receivedAtMs: number, toOurMs: (serverIso: string) => number): number | undefined {
  if (value === undefined) return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return seconds >= 0 ? Math.ceil(seconds * 1_000) : undefined;
  const waitMs = toOurMs(value) - receivedAtMs;
  return Number.isNaN(waitMs) ? undefined : Math.max(0, Math.ceil(waitMs));
}

/** A nonsensical header must not silence us for days. */
const LONGEST_MS = 10 * 60_000;
