import { setMaxListeners } from "node:events";
import type { ApiClock } from "./ports.ts";
import { createRatePools } from "./ratePools.ts";
import type { RequestBudget, RequestPriority } from "./spaceApi.ts";

/**
 * Decides when a request may be sent. Invariants:
 * - a granted place is counted as used from its grant on, and consumed from the pools at the moment of sending, so a slow
 *   `beforeSend` never lets a window be exceeded;
 * - the order is `enqueued + class × ageing`, which never changes while a request waits: a class overtakes the next one by a
 *   bounded time, so nothing starves;
 * - no more places are granted than there are connections: a granted request goes to a socket at once, not to another queue.
 */
export interface RequestScheduler {
  /** Rejects with the signal's reason when it aborts while waiting. */
  acquire(request: { readonly priority: RequestPriority; readonly signal?: AbortSignal | undefined }): Promise<Place>;
  /** A 429 came: nothing is granted before `untilMs`, and the pools shrink. */
  onRateLimited(untilMs: number): void;
  /** Nothing is granted before `untilMs`. */
  pause(untilMs: number): void;
  setSpeed(gameSpeed: number): void;
  budget(): RequestBudget;
}

export interface Place {
  /** Call just before the socket write. */
  sent(): void;
  /** Call once when the request is over, also when it was never sent. */
  release(): void;
}

export function createRequestScheduler(options: {
  readonly clock: ApiClock;
  readonly gameSpeed: number;
  readonly maxInFlight: number;
}): RequestScheduler {
  const { clock } = options;
  const pools = createRatePools(options.gameSpeed);
  const queue: Waiting[] = [];
  const sentAtMs: number[] = [];
  let speed = options.gameSpeed;
  let granted = 0;
  let unsent = 0;
  let sent = 0;
  let rateLimited = 0;
  let pausedUntilMs = Number.NEGATIVE_INFINITY;
  let cancelWake: (() => void) | undefined;

  function pump(): void {
    cancelWake?.();
    cancelWake = undefined;
    const nowMs = clock.nowMs();
    while (queue.length > 0 && granted < options.maxInFlight && nowMs >= pausedUntilMs && pools.available(nowMs) > unsent) {
      queue.shift()?.grant(place());
    }
    if (queue.length === 0 || granted >= options.maxInFlight) return;
    const dueAtMs = nowMs < pausedUntilMs ? pausedUntilMs : pools.nextRefillAtMs(nowMs);
    if (dueAtMs !== undefined) cancelWake = clock.wakeAt(dueAtMs, pump);
  }

  function place(): Place {
    let state: "granted" | "sent" | "released" = "granted";
    granted += 1;
    unsent += 1;
    return {
      sent() {
        if (state !== "granted") return;
        state = "sent";
        unsent -= 1;
        sent += 1;
        const nowMs = clock.nowMs();
        pools.consume(nowMs);
        sentAtMs.push(nowMs);
        forgetOld(nowMs);
        pump();
      },
      release() {
        if (state === "released") return;
        if (state === "granted") unsent -= 1;
        state = "released";
        granted -= 1;
        pump();
      },
    };
  }

  function forgetOld(nowMs: number): void {
    const firstRecent = sentAtMs.findIndex((atMs) => nowMs - atMs < 60_000 / speed);
    sentAtMs.splice(0, firstRecent === -1 ? sentAtMs.length : firstRecent);
  }

  return {
    acquire({ priority, signal }) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(abortReason(signal));
        const onAbort = (): void => {
          const index = queue.indexOf(waiting);
          if (index === -1 || signal === undefined) return;
          queue.splice(index, 1);
          reject(abortReason(signal));
          pump();
        };
        const waiting: Waiting = {
          rankMs: clock.nowMs() + CLASS_RANK[priority] * (AGEING_GAME_MS / speed),
          grant(granted) {
            signal?.removeEventListener("abort", onAbort);
            resolve(granted);
          },
        };
        if (signal !== undefined) {
          // One job may have many requests waiting; Node would call that a leak.
          setMaxListeners(0, signal);
          signal.addEventListener("abort", onAbort, { once: true });
        }
        insert(queue, waiting);
        pump();
      });
    },
    onRateLimited(untilMs) {
      rateLimited += 1;
      pools.shrink(clock.nowMs());
      pausedUntilMs = Math.max(pausedUntilMs, untilMs);
      pump();
    },
    pause(untilMs) {
      pausedUntilMs = Math.max(pausedUntilMs, untilMs);
      pump();
    },
    setSpeed(gameSpeed) {
      speed = gameSpeed;
      pools.setSpeed(gameSpeed);
      pump();
    },
    budget() {
      forgetOld(clock.nowMs());
      return { queued: queue.length, sent, rateLimited, perSecondLimit: pools.perSecondLimit(), usedLastMinute: sentAtMs.length };
    },
  };
}

interface Waiting {
  readonly rankMs: number;
  grant(place: Place): void;
}

/** Keeps the queue sorted; equal ranks stay in order of arrival. */
function insert(queue: Waiting[], waiting: Waiting): void {
  let low = 0;
  let high = queue.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const there = queue[middle];
    if (there !== undefined && there.rankMs <= waiting.rankMs) low = middle + 1;
    else high = middle;
  }
  queue.splice(low, 0, waiting);
}

function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error
    ? signal.reason
    : new DOMException("The request was cancelled while it waited", "AbortError");
}

const CLASS_RANK: Readonly<Record<RequestPriority, number>> = { reconcile: 0, command: 1, trade: 2, observe: 3, background: 4 };
/** Head start of each class over the next. */
const AGEING_GAME_MS = 15_000;
