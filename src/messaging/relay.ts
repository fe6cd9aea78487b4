import { type Address, scopeOf } from "../runtime/address.ts";
import type { RuntimeNotice } from "../runtime/runtime.ts";
import type { Bus, BusEnvironment } from "./bus.ts";
import { eventOfNotice, eventOfOutbox, type OutboundEvent } from "./notices.ts";
import { subjectsOf } from "./subjects.ts";

/**
 * Carries what happened to the bus. Two sources with two promises:
 * - what machines emit comes from the outbox, in the order of its rows, and is acknowledged only when the bus has taken it, so it
 *   is published at least once with an id that never changes;
 * - what the runtime tells of its actors (lifecycle, tasks, supervision) comes from its notices and is kept in memory only, at most
 *   `MAX_WAITING`; the oldest are dropped and counted while the bus is away. Their truth is in Postgres.
 */
export interface Relay {
  /** Feed for `Runtime.observe`. */
  readonly observe: (notice: RuntimeNotice) => void;
  stats(): { readonly published: number; readonly waiting: number; readonly dropped: number };
  /** Publishes what is left, at most `withinMs`. */
  stop(options: { readonly withinMs: number }): Promise<void>;
}

/** The part of the runtime's store that the relay uses. */
export interface OutboxPort {
  takeOutbox(limit: number): Promise<readonly OutboxEntry[]>;
  ackOutbox(ids: readonly string[]): Promise<void>;
}

export interface OutboxEntry {
  readonly id: string;
  readonly address: Address;
  readonly version: number;
  readonly index: number;
  /** The emitted event as JSON. */
  readonly event: string;
  readonly atMs: number;
}

export function startRelay(options: {
  readonly scope: Address;
  readonly bus: Bus;
  /** Left out, emitted events are taken from the notices and share their promise. */
  readonly outbox?: OutboxPort;
  readonly environment: BusEnvironment;
}): Relay {
  const { bus, outbox, environment, scope } = options;
  const { clock, logger } = environment;
  const subjects = subjectsOf(scope);
  const waiting: OutboundEvent[] = [];
  const taskStates = new Map<Address, string>();
  let outboxPending = outbox !== undefined;
  let published = 0;
  let dropped = 0;
  let stopped = false;
  let woken = false;
  let pumping: Promise<void> | undefined;
  const endStateListener = bus.onState((state) => {
    if (state.state === "connected") wake();
  });
  let cancelPoll = poll();
  wake();

  /** Rows that another process or an earlier life left behind are found without a notice. */
  function poll(): () => void {
    return clock.wakeAt(clock.nowMs() + POLL_MS, () => {
      outboxPending = outbox !== undefined;
      wake();
      if (!stopped) cancelPoll = poll();
    });
  }

  function wake(): void {
    woken = true;
    if (stopped || pumping !== undefined) return;
    pumping = pumpUntilQuiet()
      .catch((error: unknown) => logger.warn({ error: String(error) }, "the relay could not read its outbox; it will try again"))
      .finally(() => {
        pumping = undefined;
      });
  }

  /** What arrives while a round is ending begins another one. */
  async function pumpUntilQuiet(): Promise<void> {
    while (woken && !stopped) {
      woken = false;
      await pump();
    }
  }

  async function pump(): Promise<void> {
    while (bus.state().state === "connected") {
      const next = waiting[0];
      if (next !== undefined) {
        if (!(await publish(next))) return;
        // While it was published the bound may have dropped it.
        if (waiting[0] === next) waiting.shift();
      } else if (outboxPending && outbox !== undefined) {
        outboxPending = false;
        if (!(await drainOutbox(outbox))) return;
      } else return;
    }
  }

  /** Whether it got through to the end of what it took. */
  async function drainOutbox(from: OutboxPort): Promise<boolean> {
    const entries = await from.takeOutbox(OUTBOX_BATCH);
    const done: string[] = [];
    for (const entry of entries) {
      // An era that is over leaves its rows to the next.
      const emitter = scopeOf(entry.address, scope);
      if (!(await publish(eventOfOutbox(entry, emitter, emitter === scope ? subjects : subjectsOf(emitter))))) break;
      done.push(entry.id);
    }
    if (done.length > 0) await from.ackOutbox(done);
    const complete = done.length === entries.length;
    if (!complete || entries.length === OUTBOX_BATCH) outboxPending = true;
    return complete;
  }

  /** False when the bus is away. An event that can never be sent is told in the log and counts as done. */
  async function publish(event: OutboundEvent): Promise<boolean> {
    const outcome = await bus.publish(event.subject, event.payload, { id: event.id });
    if (outcome.outcome === "unavailable") return false;
    if (outcome.outcome === "published") published += 1;
    else {
      dropped += 1;
      logger.warn({ id: event.id, subject: event.subject, reason: outcome.reason }, "an event cannot be published");
    }
    return true;
  }

  return {
    observe(notice) {
      if (notice.notice === "emitted" && outbox !== undefined) {
        outboxPending = true;
        return wake();
      }
      const event = eventOfNotice(notice, { scope, subjects, taskStates });
      if (event === undefined) return;
      waiting.push(event);
      if (waiting.length > MAX_WAITING) {
        waiting.shift();
        dropped += 1;
      }
      wake();
    },
    stats: () => ({ published, waiting: waiting.length, dropped }),
    async stop({ withinMs }) {
      cancelPoll();
      endStateListener();
      let cancel = (): void => undefined;
      const deadline = new Promise<void>((resolve) => {
        cancel = clock.wakeAt(clock.nowMs() + withinMs, resolve);
      });
      await Promise.race([settleAll(), deadline]);
      cancel();
      stopped = true;
    },
  };

  async function settleAll(): Promise<void> {
    for (let progress = -1; !stopped && progress !== published + dropped; ) {
      progress = published + dropped;
      wake();
      await pumping;
    }
  }
}

const MAX_WAITING = 1_000;
const OUTBOX_BATCH = 200;
const POLL_MS = 5_000;
