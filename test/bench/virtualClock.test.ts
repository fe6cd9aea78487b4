import { createServer } from "node:http";
import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { createVirtualClock, type VirtualClock } from "../../bench/virtual/virtualClock.ts";

const START_MS = 1_000_000;

/** The wake-ups of a schedule as they came: what was due, what the clock said, and how many promises were still open. */
interface Fired {
  readonly dueAtMs: number;
  readonly atMs: number;
}

describe("the virtual clock", () => {
  it("fires each wake-up at its own time and in order, whatever is asked for on the way [SIM-CLOCK]", async () => {
    const delays = fc.array(fc.record({ afterMs: fc.integer({ min: -5, max: 50 }), turns: fc.integer({ min: 0, max: 6 }) }), {
      minLength: 1,
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(delays, delays, async (first, then) => {
        const clock = createVirtualClock(START_MS);
        const fired: Fired[] = [];
        const asked: number[] = [];
        const ask = (afterMs: number, onFired: () => void): void => {
          const dueAtMs = clock.nowMs() + afterMs;
          asked.push(dueAtMs);
          clock.wakeAt(dueAtMs, () => {
            fired.push({ dueAtMs, atMs: clock.nowMs() });
            onFired();
          });
        };
        // Each wake-up asks for others only after some turns of the event loop, as the commit loop does.
        for (const { afterMs, turns } of first) {
          ask(afterMs, () => {
            const beganAtMs = clock.nowMs();
            void passTurns(turns).then(() => {
              expect(clock.nowMs()).toBe(beganAtMs);
              for (const next of then) ask(next.afterMs, () => undefined);
            });
          });
        }
        await clock.run(clock.reach(START_MS + 1_000));
        expect(fired).toHaveLength(asked.length);
        for (const { dueAtMs, atMs } of fired) expect(atMs).toBeGreaterThanOrEqual(dueAtMs);
        const inOrder = fired.map(({ atMs }) => atMs);
        expect(inOrder).toEqual(inOrder.toSorted((a, b) => a - b));
        // None was asked for with a date in the past unless by a negative delay.
        const late = fired.filter(({ dueAtMs, atMs }) => atMs > dueAtMs);
        expect(late.every(({ dueAtMs, atMs }) => atMs - dueAtMs <= 5)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it("stands still while a slow answer is on its way, and has lost nothing afterwards [SIM-CLOCK]", async () => {
    const url = await serve(40);
    const clock = createVirtualClock(START_MS);
    const told: string[] = [];
    clock.wakeAt(START_MS + 1, () => void told.push(`wake-up at ${clock.nowMs() - START_MS}`));
    const ask = async (): Promise<void> => {
      const answer = await clock.inTurn(async () => (await fetch(url)).text());
      told.push(`${answer} at ${clock.nowMs() - START_MS}`);
    };
    await clock.run(Promise.all([ask(), ask(), clock.reach(START_MS + 5)]));
    expect(told).toEqual(["answer 1 at 0", "answer 2 at 0", "wake-up at 1"]);
  });

  it("does not wait for another clock of the process [SIM-CLOCK]", async () => {
    const clocks = [createVirtualClock(START_MS), createVirtualClock(2 * START_MS)];
    const order: number[] = [];
    const ticking = clocks.map(async (clock) => {
      for (let tick = 0; tick < 5; tick += 1) {
        await clock.reach(clock.nowMs() + 10);
        order.push(clock.nowMs());
      }
    });
    await Promise.all(clocks.map((clock, index) => clock.run(ticking[index] ?? Promise.resolve())));
    expect(order.toSorted((a, b) => a - b)).toEqual(
      [START_MS, 2 * START_MS].flatMap((startMs) => [10, 20, 30, 40, 50].map((afterMs) => startMs + afterMs)),
    );
  });

  it("stands still while a hold is not given back, and a hold counts once [SIM-CLOCK]", async () => {
    const clock = createVirtualClock(START_MS);
    const release = clock.hold();
    const other = clock.hold();
    release();
    release();
    let woken = false;
    clock.wakeAt(START_MS + 1, () => {
      woken = true;
    });
    const run = clock.run(clock.reach(START_MS + 2));
    await passTurns(20);
    expect([woken, clock.nowMs()]).toEqual([false, START_MS]);
    other();
    await run;
    expect([woken, clock.nowMs()]).toEqual([true, START_MS + 2]);
  });

  it("lets time pass for what waits for the clock itself within held work [SIM-CLOCK]", async () => {
    const clock = createVirtualClock(START_MS);
    const order: string[] = [];
    const slow = clock.inTurn(async () => {
      await new Promise<void>((resolve) => void clock.within.wakeAt(clock.nowMs() + 20, resolve));
      order.push(`slow at ${clock.nowMs() - START_MS}`);
    });
    const quick = clock.inTurn(async () => void order.push(`quick at ${clock.nowMs() - START_MS}`));
    clock.wakeAt(START_MS + 10, () => void order.push(`wake-up at ${clock.nowMs() - START_MS}`));
    await clock.run(Promise.all([slow, quick]));
    expect(order).toEqual(["quick at 0", "wake-up at 10", "slow at 20"]);
  });

  it("does not fire what was cancelled, and passes on how the work ended [SIM-CLOCK]", async () => {
    const clock = createVirtualClock(START_MS);
    clock.wakeAt(START_MS + 1, () => expect.unreachable())();
    await clock.run(clock.reach(START_MS + 2));
    await expect(clock.run(failing(clock))).rejects.toThrow("no luck");
    await expect(clock.run(clock.reach(START_MS + 4))).resolves.toBeUndefined();
  });

  it("says when nothing can happen any more [SIM-CLOCK]", async () => {
    const clock = createVirtualClock(START_MS, { patienceMs: 20 });
    const never = new Promise<never>(() => undefined);
    await expect(clock.run(never)).rejects.toThrow("nothing happens any more at 1970-01-01T00:16:40.000Z");
  });
});

async function failing(clock: VirtualClock): Promise<void> {
  await clock.reach(START_MS + 3);
  throw new Error("no luck");
}

async function passTurns(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await turnOfTheLoop();
}

/** A server that answers each request after `delayMs` of real time. */
async function serve(delayMs: number): Promise<string> {
  let answers = 0;
  const server = createServer((_request, response) => {
    answers += 1;
    const text = `answer ${answers}`;
    setTimeout(() => response.end(text), delayMs);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return `http://127.0.0.1:${address.port}/`;
}
