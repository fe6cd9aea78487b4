import { afterEach, describe, expect, it, vi } from "vitest";
import { createSystemEnvironment } from "../../src/runtime/systemEnvironment.ts";
import { silentLogger } from "../support/silentLogger.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

describe("the clock of the runtime", () => {
  it("goes on, and never back, when the wall clock is set back [G4] [H11]", () => {
    let wallMs = 1_800_000_000_000;
    let monotonicMs = 1_000;
    vi.spyOn(Date, "now").mockImplementation(() => wallMs);
    vi.spyOn(performance, "now").mockImplementation(() => monotonicMs);
    const { clock } = createSystemEnvironment(silentLogger);
    const startMs = clock.nowMs();
    wallMs -= 3_600_000;
    expect(clock.nowMs()).toBe(startMs);
    for (let second = 1; second <= 10; second++) {
      wallMs += 1_000;
      monotonicMs += 1_000;
      expect(clock.nowMs()).toBe(startMs + second * 1_000);
    }
  });

  it("follows the wall clock through a suspend, and is not led astray by its coarse ticks [G4] [H11]", () => {
    let wallMs = 1_800_000_000_000;
    let monotonicMs = 0;
    vi.spyOn(Date, "now").mockImplementation(() => wallMs);
    vi.spyOn(performance, "now").mockImplementation(() => monotonicMs);
    const { clock } = createSystemEnvironment(silentLogger);
    const startMs = clock.nowMs();
    for (let tick = 0; tick < 1_000; tick++) {
      monotonicMs += 0.9;
      wallMs = 1_800_000_000_000 + Math.floor(monotonicMs);
      expect(clock.nowMs()).toBe(wallMs);
    }
    wallMs += 8 * 3_600_000;
    expect(clock.nowMs() - startMs).toBeGreaterThanOrEqual(8 * 3_600_000);
  });
});
