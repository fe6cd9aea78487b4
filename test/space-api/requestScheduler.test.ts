import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRequestScheduler, type Place } from "../../src/space-api/requestScheduler.ts";
import type { RequestPriority } from "../../src/space-api/spaceApi.ts";
import { createManualClock } from "../support/manualClock.ts";

/** The server's own account of its two windows, written from the game's documentation and not from the client. */
function referenceServer(gameSpeed: number): { accept(atMs: number): boolean } {
  const pools = [
    { limit: 2, lengthMs: 1_000 / gameSpeed, left: 2, endsAtMs: -1 },
    { limit: 30, lengthMs: 60_000 / gameSpeed, left: 30, endsAtMs: -1 },
  ];
  return {
    accept(atMs) {
      for (const pool of pools) {
        if (pool.endsAtMs >= 0 && atMs >= pool.endsAtMs) Object.assign(pool, { left: pool.limit, endsAtMs: -1 });
      }
      const pool = pools.find((candidate) => candidate.left > 0);
      if (pool === undefined) return false;
      if (pool.endsAtMs < 0) pool.endsAtMs = atMs + pool.lengthMs;
      pool.left -= 1;
      return true;
    },
  };
}

const PRIORITIES: readonly RequestPriority[] = ["reconcile", "command", "trade", "observe", "background"];

describe("the request scheduler", () => {
  it("never exceeds a window of the server, whatever arrives and however slow beforeSend is", async () => {
    const arrival = fc.record({
      // Mostly bursts, so that both pools are really exhausted.
      afterMs: fc.oneof(
        { weight: 40, arbitrary: fc.constant(0) },
        { weight: 8, arbitrary: fc.integer({ min: 0, max: 900 }) },
        { weight: 1, arbitrary: fc.integer({ min: 0, max: 40_000 }) },
      ),
      sendDelayMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3_000 })),
      takesMs: fc.integer({ min: 0, max: 2_000 }),
      priority: fc.constantFrom(...PRIORITIES),
      fate: fc.constantFrom("send", "send", "send", "give up"),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(arrival, { minLength: 1, maxLength: 150, size: "max" }),
        fc.constantFrom(1, 4),
        async (arrivals, gameSpeed) => {
          const clock = createManualClock();
          const server = referenceServer(gameSpeed);
          const scheduler = createRequestScheduler({ clock, gameSpeed, maxInFlight: 40 });
          const waitFor = (ms: number): Promise<void> => new Promise((resolve) => clock.wakeAt(clock.nowMs() + ms, resolve));
          let refusals = 0;
          let over = 0;
          for (const { afterMs, sendDelayMs, takesMs, priority, fate } of arrivals) {
            await clock.advance(afterMs);
            void scheduler.acquire({ priority }).then(async (place) => {
              if (sendDelayMs > 0) await waitFor(sendDelayMs);
              if (fate === "send") {
                place.sent();
                if (!server.accept(clock.nowMs())) refusals += 1;
                await waitFor(takesMs);
              }
              place.release();
              over += 1;
            });
          }
          await clock.advance(600_000);
          expect(refusals).toBe(0);
          expect(over).toBe(arrivals.length);
        },
      ),
      { numRuns: 100 },
    );
  }, 30_000);

  it("uses both pools at once and then the sustained rate of 2.5 a second", async () => {
    const { clock, scheduler, sent } = saturated(400);
    await clock.advance(0);
    expect(sent).toHaveLength(32);
    await clock.advance(120_000);
    expect(sent.length).toBeGreaterThan(0.95 * 2.5 * 120);
    expect(scheduler.budget().usedLastMinute).toBeLessThanOrEqual(152);
  });

  it("scales its windows with the speed of the game", async () => {
    const { clock, scheduler, sent } = saturated(4_000, 60);
    await clock.advance(2_000);
    expect(sent.length).toBeGreaterThan(280);
    expect(scheduler.budget().perSecondLimit).toBe(120);
  });

  it("serves by class, and lets a waiting request age past newer ones of a higher class", async () => {
    const clock = createManualClock();
    const scheduler = createRequestScheduler({ clock, gameSpeed: 1, maxInFlight: 1 });
    const order: string[] = [];
    const held = await scheduler.acquire({ priority: "command" });
    const ask = (name: string, priority: RequestPriority): void => {
      void scheduler.acquire({ priority }).then((place) => {
        order.push(name);
        place.release();
      });
    };
    ask("background, early", "background");
    ask("observe", "observe");
    ask("trade", "trade");
    ask("reconcile", "reconcile");
    await clock.advance(61_000);
    ask("reconcile, late", "reconcile");
    held.release();
    await clock.advance(0);
    expect(order).toEqual(["reconcile", "trade", "observe", "background, early", "reconcile, late"]);
  });

  it("gives the place in the queue back on abort, and the slot of a request that was never sent", async () => {
    const clock = createManualClock();
    const scheduler = createRequestScheduler({ clock, gameSpeed: 1, maxInFlight: 1 });
    const first = await scheduler.acquire({ priority: "trade" });
    const control = new AbortController();
    const waiting = scheduler.acquire({ priority: "trade", signal: control.signal });
    expect(scheduler.budget().queued).toBe(1);
    control.abort();
    await expect(waiting).rejects.toThrow(/abort/i);
    expect(scheduler.budget().queued).toBe(0);
    first.release();
    expect(scheduler.budget()).toMatchObject({ sent: 0, usedLastMinute: 0 });
  });

  it("is silent until the moment a 429 names and then uses longer windows", async () => {
    const { clock, scheduler, sent } = saturated(400);
    await clock.advance(5_000);
    const before = sent.length;
    scheduler.onRateLimited(clock.nowMs() + 7_000);
    await clock.advance(6_999);
    expect(sent).toHaveLength(before);
    await clock.advance(10_000);
    expect(sent.length).toBeGreaterThan(before);
    expect(scheduler.budget().rateLimited).toBe(1);
  });
});

/** `count` requests that all want to be sent now and take no time. */
function saturated(count: number, gameSpeed = 1) {
  const clock = createManualClock();
  const scheduler = createRequestScheduler({ clock, gameSpeed, maxInFlight: 50 });
  const sent: number[] = [];
  for (let index = 0; index < count; index += 1) {
    void scheduler.acquire({ priority: "trade" }).then((place: Place) => {
      place.sent();
      sent.push(clock.nowMs());
      place.release();
    });
  }
  return { clock, scheduler, sent };
}
