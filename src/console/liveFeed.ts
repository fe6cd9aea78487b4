/**
 * Server-sent events for the page: everything once, then only what changed, several changes in one frame.
 * A reader that does not keep up is cut off and comes back to a fresh start, so a slow one never costs the daemon memory.
 */
import type { Environment } from "../runtime/environment.ts";
import type { FleetStatus } from "./fleetStatus.ts";
import { actorNode, nearestParent, type TreeNode } from "./tree.ts";
import type { FleetEvent, FleetView, ViewStore } from "./view.store.ts";

export interface LiveFeed {
  /** A stream for one reader. */
  open(): ReadableStream<Uint8Array>;
  readonly readers: () => number;
  stop(): void;
}

export interface LiveFeedSource {
  readonly store: ViewStore;
  readonly status: () => FleetStatus;
  readonly tree: () => TreeNode;
  readonly environment: Pick<Environment, "clock">;
}

const FRAME_INTERVAL_MS = 150;
const STATUS_INTERVAL_MS = 1_000;
const MAX_QUEUED_FRAMES = 100;

type Reader = ReadableStreamDefaultController<Uint8Array>;

/** Makes the feed. It costs nothing while nobody reads. */
export function createLiveFeed(source: LiveFeedSource): LiveFeed {
  const { clock } = source.environment;
  const readers = new Set<Reader>();
  const changed = new Set<string>();
  let sentEventId = source.store.getSnapshot().context.lastEventId;
  let sentCredits = 0;
  let sentEra = source.store.getSnapshot().context.era;
  let cancelFrame: (() => void) | undefined;
  let cancelStatus: (() => void) | undefined;

  const subscription = source.store.subscribe(({ context }) => {
    if (readers.size === 0) return;
    for (const address of context.changed) changed.add(address);
    cancelFrame ??= clock.wakeAt(clock.nowMs() + FRAME_INTERVAL_MS, sendFrame);
  });

  function sendFrame(): void {
    cancelFrame = undefined;
    const { actors, events, credits, era } = source.store.getSnapshot().context;
    // Changes alone would leave the actors of the last era on the page.
    const isNewEra = era !== sentEra;
    sentEra = era;
    const nodes = [...changed].flatMap((address) => {
      const actor = actors.get(address);
      return actor === undefined ? [] : [actorNode(actor, nearestParent(actor, actors))];
    });
    const fresh = events.filter((event) => event.id > sentEventId);
    const samples = credits.filter((sample) => sample.atMs > sentCredits);
    changed.clear();
    sentEventId = events.at(-1)?.id ?? sentEventId;
    sentCredits = credits.at(-1)?.atMs ?? sentCredits;
    if (isNewEra) broadcast("welcome", everything());
    else broadcast("changes", { nodes, events: fresh, credits: samples });
  }

  function sendStatus(): void {
    broadcast("status", source.status());
    cancelStatus = readers.size === 0 ? undefined : clock.wakeAt(clock.nowMs() + STATUS_INTERVAL_MS, sendStatus);
  }

  function broadcast(event: string, data: unknown): void {
    const frame = encode(event, data);
    for (const reader of readers) {
      if ((reader.desiredSize ?? 0) < -MAX_QUEUED_FRAMES) {
        readers.delete(reader);
        reader.close();
      } else reader.enqueue(frame);
    }
  }

  function everything(): { status: FleetStatus; tree: TreeNode; events: readonly FleetEvent[]; credits: FleetView["credits"] } {
    const { events, credits } = source.store.getSnapshot().context;
    return { status: source.status(), tree: source.tree(), events, credits };
  }

  return {
    readers: () => readers.size,
    open() {
      let own: Reader;
      return new ReadableStream<Uint8Array>({
        start(reader) {
          own = reader;
          if (readers.size === 0) {
            const { lastEventId, credits } = source.store.getSnapshot().context;
            changed.clear();
            sentEventId = lastEventId;
            sentCredits = credits.at(-1)?.atMs ?? 0;
          }
          reader.enqueue(encode("welcome", everything()));
          readers.add(reader);
          cancelStatus ??= clock.wakeAt(clock.nowMs() + STATUS_INTERVAL_MS, sendStatus);
        },
        cancel() {
          readers.delete(own);
        },
      });
    },
    stop() {
      subscription.unsubscribe();
      cancelFrame?.();
      cancelStatus?.();
      for (const reader of readers) reader.close();
      readers.clear();
    },
  };
}

function encode(event: string, data: unknown): Uint8Array {
  return new TextEncoder().encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}
