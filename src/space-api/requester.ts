import type { z } from "zod";
import { judge, parseAnswer, type Verdict } from "./answer.ts";
import type { HttpEdge, HttpExchange, HttpRequest } from "./httpEdge.ts";
import type { SpaceApiEnvironment } from "./ports.ts";
import type { RequestScheduler } from "./requestScheduler.ts";
import { retryAfterMs } from "./retryAfter.ts";
import type { ServerClock } from "./serverClock.ts";
import type { ApiOutcome, RequestOptions } from "./spaceApi.ts";

/**
 * Runs one operation: place in the queue, `beforeSend`, socket, verdict, and for reads the repeats.
 *
 * A mutation is sent at most once per call. When it was certainly not processed the answer is `unavailable`, and the caller's
 * job decides when its next attempt begins, because only the job knows its own checkpoint; everything less certain is `unknown`.
 */
export interface Requester {
  readonly request: <Schema extends z.ZodType, T>(
    operation: Operation<Schema, T>,
    options: RequestOptions,
  ) => Promise<ApiOutcome<T>>;
}

/** One request, for those who count: what it was, what came of it, how long it waited for its turn and for its answer. */
export type RequestReport =
  | {
      readonly operation: string;
      readonly outcome: "ok" | "malformed" | "refused" | "rateLimited" | "weather" | "unclear";
      readonly waitedMs: number;
      readonly tookMs: number;
    }
  /** It was not sent, so it has no times. */
  | { readonly operation: string; readonly outcome: "readOnly" };

interface Operation<Schema extends z.ZodType, T> {
  readonly name: string;
  readonly method: HttpRequest["method"];
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly schema: Schema;
  map(value: z.output<Schema>, times: { readonly receivedAtMs: number }): T;
}

export function createRequester(parts: {
  readonly http: HttpEdge;
  readonly scheduler: RequestScheduler;
  readonly serverClock: ServerClock;
  readonly environment: SpaceApiEnvironment;
  readonly crashPoint: ((point: "api.afterWork") => void) | undefined;
  readonly onExchange?: ((report: RequestReport) => void) | undefined;
  /** The one place where a game is kept from changes: asked before each mutation; nothing is changed while it says no. */
  readonly mayChange?: (() => boolean) | undefined;
  /** Told each time the game says that our token is of an earlier era. */
  readonly onEraOver?: (() => void) | undefined;
}): Requester {
  const { http, scheduler, serverClock, environment } = parts;
  const { clock, logger } = environment;

  async function attempt(operation: Operation<z.ZodType, unknown>, options: RequestOptions): Promise<Attempt> {
    const mutation = operation.method !== "GET";
    const askedAtMs = clock.nowMs();
    const place = await scheduler.acquire({ priority: options.priority, signal: options.signal });
    try {
      await options.beforeSend?.();
      place.sent();
      const sentAtMs = clock.nowMs();
      const requestId = mutation ? (options.requestId ?? `${environment.ids.nextId()}:1`) : undefined;
      const exchange = await http.exchange({
        method: operation.method,
        path: operation.path,
        body: operation.body,
        requestId,
        onResponse: mutation && parts.crashPoint !== undefined ? () => parts.crashPoint?.("api.afterWork") : undefined,
      });
      const receivedAtMs = clock.nowMs();
      const status = exchange.result === "answer" ? exchange.status : exchange.result;
      logger.debug({ operation: operation.name, requestId, status, tookMs: receivedAtMs - sentAtMs }, "request");
      return { exchange, askedAtMs, sentAtMs, receivedAtMs };
    } finally {
      place.release();
    }
  }

  /** Tells the scheduler and the server clock what the answer says of them; returns the wait it asks for. */
  function learn({ exchange, sentAtMs, receivedAtMs }: Attempt, verdict: Verdict, failures: number): number {
    if (exchange.result === "answer") {
      serverClock.observe({ serverDate: exchange.headers.get("date"), sentAtMs, receivedAtMs });
    }
    const backoffMs = backoff(failures, environment.random.nextSeed());
    if (exchange.result !== "answer") return backoffMs;
    if (verdict.verdict === "rateLimited") {
      const waitMs = retryAfterMs(exchange, receivedAtMs, (iso) => serverClock.toOurMs(iso)) ?? backoffMs;
      scheduler.onRateLimited(receivedAtMs + waitMs);
      return waitMs;
    }
    if (exchange.status === 502) {
      // The game's answer to what it takes for a flood: silence is asked for, of everybody.
      scheduler.pause(receivedAtMs + FLOOD_PAUSE_MS);
      return FLOOD_PAUSE_MS;
    }
    if (verdict.verdict === "weather" && (verdict.reason === "tokenRejected" || verdict.reason === "eraOver"))
      return TOKEN_WAIT_MS;
    return Math.max(backoffMs, retryAfterMs(exchange, receivedAtMs, (iso) => serverClock.toOurMs(iso)) ?? 0);
  }

  async function request<Schema extends z.ZodType, T>(
    operation: Operation<Schema, T>,
    options: RequestOptions,
  ): Promise<ApiOutcome<T>> {
    const mutation = operation.method !== "GET";
    if (mutation && parts.mayChange?.() === false) {
      parts.onExchange?.({ operation: operation.name, outcome: "readOnly" });
      const detail = `${operation.name} would change the game, which is read-only until --go is given`;
      return { outcome: "unavailable", reason: "readOnly", detail, retryAfterMs: READ_ONLY_WAIT_MS };
    }
    for (let failures = 0; ; failures += 1) {
      const done = await attempt(operation, options);
      const verdict = judge(operation.name, done.exchange);
      const waitMs = learn(done, verdict, failures);
      const count = (outcome: Exclude<RequestReport["outcome"], "readOnly">): void => {
        const { askedAtMs, sentAtMs, receivedAtMs } = done;
        const { name } = operation;
        parts.onExchange?.({ operation: name, outcome, waitedMs: sentAtMs - askedAtMs, tookMs: receivedAtMs - sentAtMs });
      };
      switch (verdict.verdict) {
        case "ok": {
          const answer = parseAnswer(operation.name, operation.schema, verdict.json);
          count(answer.ok ? "ok" : "malformed");
          if (!answer.ok) return reported(answer.outcome);
          const { sentAtMs, receivedAtMs } = done;
          return { outcome: "ok", value: operation.map(answer.value, { receivedAtMs }), sentAtMs, receivedAtMs };
        }
        case "final":
          count(verdict.outcome.outcome === "malformed" ? "malformed" : "refused");
          return reported(verdict.outcome);
        case "unclear":
          count("unclear");
          if (mutation) return reported({ outcome: "unknown", detail: verdict.detail, sentAtMs: done.sentAtMs });
          break;
        case "rateLimited":
        case "weather":
          count(verdict.verdict);
          break;
      }
      const reason = verdict.verdict === "rateLimited" ? "rateLimited" : verdict.reason;
      if (reason === "eraOver") parts.onEraOver?.();
      const worthRepeating = reason !== "tokenRejected" && reason !== "eraOver" && waitMs <= LONGEST_INTERNAL_WAIT_MS;
      if (mutation || !worthRepeating || failures + 1 >= MAX_READ_ATTEMPTS) {
        return reported({ outcome: "unavailable", reason, detail: verdict.detail, retryAfterMs: waitMs });
      }
      await sleep(waitMs, options.signal);
    }
  }

  function reported<T>(outcome: ApiOutcome<T>): ApiOutcome<T> {
    if (outcome.outcome === "ok" || outcome.outcome === "refused") return outcome;
    // Usual after a start: the game still counts what was asked before it.
    if (outcome.outcome === "unavailable" && outcome.reason === "rateLimited") logger.debug(outcome, "the game asks us to wait");
    else logger.warn(outcome, "no usable answer");
    return outcome;
  }

  function sleep(waitMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        cancel();
        reject(signal?.reason instanceof Error ? signal.reason : new DOMException("The request was cancelled", "AbortError"));
      };
      const cancel = clock.wakeAt(clock.nowMs() + waitMs, () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      });
      if (signal?.aborted === true) onAbort();
      else signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  return { request };
}

interface Attempt {
  readonly exchange: HttpExchange;
  readonly askedAtMs: number;
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
}

/** Doubles from 250 ms to 15 s; half of it is random, so that a fleet does not come back in step. */
function backoff(failures: number, seed: number): number {
  const fullMs = Math.min(15_000, 250 * 2 ** failures);
  return Math.round(fullMs / 2 + (fullMs / 2) * (seed / 2 ** 32));
}

const MAX_READ_ATTEMPTS = 4;
const LONGEST_INTERNAL_WAIT_MS = 15_000;
const FLOOD_PAUSE_MS = 120_000;
const TOKEN_WAIT_MS = 60_000;
const READ_ONLY_WAIT_MS = 60_000;
