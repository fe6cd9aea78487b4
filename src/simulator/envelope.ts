/** How an answer looks on the wire: status, headers and the game's envelope as text. */
import type { ServerResponse } from "node:http";
import { type LimitState, PER_MINUTE, PER_SECOND } from "./rateLimit.ts";
import { type Answer, errorBody, type Refusal, refuse } from "./refusal.ts";

export interface WireAnswer {
  status: number;
  headers: Readonly<Record<string, string | number>>;
  /** Absent: no body at all. */
  text?: string;
}

/** With the rate-limit headers when the request was counted. */
export function toWire(answer: Answer, limit?: LimitState): WireAnswer {
  const headers: Record<string, string | number> = {};
  if (limit) {
    headers["x-ratelimit-type"] = limit.type;
    headers["x-ratelimit-limit-burst"] = PER_MINUTE;
    headers["x-ratelimit-limit-per-second"] = PER_SECOND;
    headers["x-ratelimit-remaining"] = limit.remaining;
    headers["x-ratelimit-reset"] = new Date(Math.ceil(limit.resetAtMs)).toISOString();
    if (!limit.allowed) headers["Retry-After"] = retryAfter(limit);
  }
  if (answer.outcome === "ok" && answer.status === 204) return { status: 204, headers };
  headers["Content-Type"] = "application/json; charset=utf-8";
  return {
    status: answer.status,
    headers,
    text: JSON.stringify(answer.outcome === "ok" ? successBody(answer) : errorBody(answer)),
  };
}

export function send(response: ServerResponse, { status, headers, text }: WireAnswer): void {
  if (text === undefined) {
    response.writeHead(status, headers).end();
    return;
  }
  response.writeHead(status, { ...headers, "Content-Length": Buffer.byteLength(text) }).end(text);
}

/** The game's 429. */
export function tooMany(limit: LimitState): Refusal {
  return refuse(429, 429, "You have reached your API limit.", {
    type: limit.type,
    retryAfter: limit.retryAfterSeconds,
    limitBurst: PER_MINUTE,
    limitPerSecond: PER_SECOND,
    remaining: limit.remaining,
    reset: new Date(Math.ceil(limit.resetAtMs)).toISOString(),
  });
}

function successBody(answer: Extract<Answer, { outcome: "ok" }>): unknown {
  return answer.bare ?? { data: answer.data, ...(answer.meta === undefined ? {} : { meta: answer.meta }) };
}

/** Whole seconds of the game, as it sends them, told in seconds of the client's clock: at speed 1 a whole number. Never too early. */
function retryAfter({ retryAfterSeconds, speed }: LimitState): string {
  const wholeGameSeconds = Math.ceil(retryAfterSeconds * speed - 1e-6);
  const milliseconds = Math.ceil((wholeGameSeconds / speed) * 1000 - 1e-6);
  return milliseconds % 1000 === 0 ? String(milliseconds / 1000) : (milliseconds / 1000).toFixed(3);
}
