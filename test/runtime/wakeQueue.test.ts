import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Wake, WakeQueue } from "../../src/runtime/wakeQueue.ts";
import { createManualClock } from "../support/manualClock.ts";

function queue(startMs = 0) {
  const clock = createManualClock(startMs);
  const fired: string[] = [];
  const wakes = new WakeQueue(clock);
  const add = (dueAtMs: number, first = 0, second = 0, isLive: Wake["isLive"] = () => true): void =>
    wakes.add({ dueAtMs, first, second, isLive, fire: () => fired.push(`${dueAtMs}:${first}:${second}`) });
  return { clock, fired, wakes, add };
}

describe("the wake queue", () => {
  it("fires nothing before it is opened, then what is overdue in due, version and index order [G4] [H2]", async () => {
    const { clock, fired, wakes, add } = queue(100);
    add(50, 2, 0);
    add(50, 1, 1);
    add(50, 1, 0);
    add(10, 9, 9);
    await clock.advance(1);
    expect(fired).toEqual([]);
    wakes.open();
    await clock.advance(0);
    expect(fired).toEqual(["10:9:9", "50:1:0", "50:1:1", "50:2:0"]);
  });

  it("waits for a far date in steps that setTimeout can count [H11]", async () => {
    const { clock, fired, wakes, add } = queue();
    const thirtyDaysMs = 30 * 86_400_000;
    add(thirtyDaysMs);
    wakes.open();
    expect(clock.nextDueAtMs()).toBe(2 ** 31 - 1);
    await clock.advance(thirtyDaysMs - 1);
    expect(fired).toEqual([]);
    await clock.advance(1);
    expect(fired).toHaveLength(1);
  });

  it("keeps any mixture in order, whatever is cancelled, and does not grow with what was cancelled", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ due: fc.nat(50), first: fc.nat(3), live: fc.boolean() }), { maxLength: 60 }),
        async (entries) => {
          const { clock, fired, wakes, add } = queue();
          entries.forEach(({ due, first, live }, index) => add(due, first, index, () => live));
          wakes.open();
          await clock.advance(60);
          const expected = entries
            .map((entry, index) => ({ ...entry, index }))
            .filter(({ live }) => live)
            .sort((a, b) => a.due - b.due || a.first - b.first || a.index - b.index);
          expect(fired).toEqual(expected.map(({ due, first, index }) => `${due}:${first}:${index}`));
        },
      ),
      { numRuns: 100 },
    );
    const { wakes, add } = queue();
    for (let count = 0; count < 50_000; count++) add(1e9, 0, 0, () => false);
    expect(wakes.size).toBeLessThan(10_000);
  });
});
