import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type BootRecord, recordBoot } from "../../src/supervisor/uncleanBoots.ts";

describe("unclean boots", () => {
  let dataDirectory = "";
  beforeEach(() => {
    dataDirectory = mkdtempSync(join(tmpdir(), "bosun-boots-test-"));
  });
  afterEach(() => rmSync(dataDirectory, { recursive: true, force: true }));

  const intensity = { maxRestarts: 2, withinMs: 60_000 };
  /** Boots at each second, lives as told, and says whether the boot after the last is paused. */
  const afterLives = (...lives: ((boot: BootRecord) => void)[]) => {
    lives.forEach((live, index) => live(recordBoot({ dataDirectory, nowMs: index * 1_000, intensity })));
    return recordBoot({ dataDirectory, nowMs: lives.length * 1_000, intensity }).pausedBecause;
  };
  const killedEarly = () => undefined;
  const killedAtWork = (boot: BootRecord) => boot.markReady();
  const crashed = (boot: BootRecord) => {
    boot.markReady();
    boot.markFatal(new RangeError("out of bounds"));
  };
  const stopped = (boot: BootRecord) => {
    boot.markReady();
    boot.markClean(1_200);
  };

  it("let the fleet sail at first", () => {
    expect(afterLives()).toBeUndefined();
  });

  it("pause it, and say why, when the daemon keeps crashing [H7]", () => {
    expect(afterLives(crashed, crashed, crashed)).toBe(
      "the daemon failed 3 times within 1 min; the last ended with RangeError: out of bounds",
    );
  });

  it("remember how long the last graceful stop took [R000-59]", () => {
    afterLives((boot) => boot.markClean(29_000), stopped, killedAtWork);
    expect(recordBoot({ dataDirectory, nowMs: 9_000 }).lastStopMs).toBe(1_200);
  });

  it("let it sail while they are few", () => {
    expect(afterLives(crashed, killedEarly)).toBeUndefined();
  });

  it("pause it when the daemon keeps dying before its recovery is through [H7]", () => {
    expect(afterLives(killedEarly, killedEarly, killedEarly)).toMatch(/before its recovery was through/);
  });

  it("cost nothing when the daemon was killed from outside while at work [G12]", () => {
    expect(afterLives(...Array.from({ length: 30 }, () => killedAtWork))).toBeUndefined();
  });

  it("that die early count only in a row", () => {
    expect(afterLives(killedEarly, killedEarly, stopped, killedEarly, killedEarly)).toBeUndefined();
  });

  it("are forgotten after the window", () => {
    for (const nowMs of [0, 1_000, 2_000]) recordBoot({ dataDirectory, nowMs, intensity });
    expect(recordBoot({ dataDirectory, nowMs: 62_001, intensity }).pausedBecause).toBeUndefined();
  });

  it("survive an unreadable file", () => {
    writeFileSync(join(dataDirectory, "boots.json"), "[{");
    expect(afterLives()).toBeUndefined();
  });
});
