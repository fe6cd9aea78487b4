import { expect, it } from "vitest";
import { createServerClock } from "../../src/space-api/serverClock.ts";

const DATE = "Sat, 21 Nov 2026 10:00:00 GMT";
const AT = Date.parse(DATE);

it("assumes no difference while the Date header does not prove one", () => {
  const clock = createServerClock();
  clock.observe({ serverDate: DATE, sentAtMs: AT + 100, receivedAtMs: AT + 900 });
  expect(clock.toOurMs("2026-11-21T10:00:05.250Z")).toBe(AT + 5_250);
});

it("converts to our clock when the server's is an hour behind, never too early", () => {
  const clock = createServerClock();
  const hour = 3_600_000;
  for (const [phaseMs, latencyMs] of [
    [0, 40],
    [300, 30],
    [700, 50],
    [990, 20],
  ] as const) {
    clock.observe({ serverDate: DATE, sentAtMs: AT + hour + phaseMs, receivedAtMs: AT + hour + phaseMs + latencyMs });
  }
  const ours = clock.toOurMs("2026-11-21T10:00:05.000Z");
  expect(ours).toBeGreaterThanOrEqual(AT + hour + 5_000);
  expect(ours).toBeLessThan(AT + hour + 5_050);
});

it("begins again when a clock is set", () => {
  const clock = createServerClock();
  clock.observe({ serverDate: DATE, sentAtMs: AT, receivedAtMs: AT + 10 });
  clock.observe({ serverDate: DATE, sentAtMs: AT + 50_000, receivedAtMs: AT + 50_010 });
  expect(clock.toOurMs("2026-11-21T10:00:00.000Z")).toBe(AT + 50_010);
  clock.observe({ serverDate: "nonsense", sentAtMs: 0, receivedAtMs: 1 });
  expect(clock.toOurMs("2026-11-21T10:00:00.000Z")).toBe(AT + 50_010);
});
