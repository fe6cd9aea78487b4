/*
 * Counts, at the root only, how often the process itself fails. Being killed from outside while at work is an interruption and costs
 * nothing (G12); ending by an error of our own, or before recovery was through, is a failure. Too many in a window: the fleet
 * starts paused and says why, instead of spending money in a crash loop.
 */
import { join } from "node:path";
import { z } from "zod";
import { readFileIfThere, writePrivateFile } from "../process/privateFile.ts";
import { inWindow, type RestartIntensity } from "./restartWindow.ts";

export interface BootRecord {
  /** Why the fleet must start paused; undefined when it may sail. */
  readonly pausedBecause: string | undefined;
  /** Recovery is through: from now on a kill is an interruption, not a failure. */
  markReady(): void;
  /** How long the last graceful stop before this boot took; undefined when none is known. */
  readonly lastStopMs: number | undefined;
  /** A graceful stop, after which nothing is held against this run. */
  markClean(stopTookMs: number): void;
  /** The process ends by an error of its own. Synchronous, for a last word in `uncaughtException`. */
  markFatal(error: Error): void;
}

const BOOT_INTENSITY: RestartIntensity = { maxRestarts: 4, withinMs: 10 * 60_000 };

/** Notes this boot in `DATA_DIR/boots.json` and judges those before it. */
export function recordBoot(options: {
  readonly dataDirectory: string;
  readonly nowMs: number;
  readonly intensity?: RestartIntensity;
}): BootRecord {
  const path = join(options.dataDirectory, "boots.json");
  const earlier = readBoots(path);
  const pausedBecause = judgeBoots(earlier, options.nowMs, options.intensity ?? BOOT_INTENSITY);
  let boot: Boot = { startedAtMs: options.nowMs, end: "early" };
  const save = (change: Pick<Boot, "end" | "error" | "stopTookMs">): void => {
    boot = { ...boot, ...change };
    writePrivateFile(path, `${JSON.stringify([...earlier.slice(-MOST_BOOTS_KEPT), boot])}\n`);
  };
  save({ end: "early" });
  return {
    pausedBecause,
    lastStopMs: earlier.findLast((known) => known.stopTookMs !== undefined)?.stopTookMs,
    markReady: () => save({ end: "interrupted" }),
    markClean: (stopTookMs) => save({ end: "clean", stopTookMs }),
    markFatal: (error) => save({ end: "fatal", error: `${error.name}: ${error.message}`.slice(0, 300) }),
  };
}

const bootSchema = z.object({
  startedAtMs: z.number(),
  /** What would be true if the process were gone now: `early` before it is ready, `interrupted` after. */
  end: z.enum(["early", "interrupted", "clean", "fatal"]),
  error: z.string().optional(),
  /** Of a graceful stop. */
  stopTookMs: z.number().optional(),
});
export type Boot = z.infer<typeof bootSchema>;

const MOST_BOOTS_KEPT = 50;

/**
 * Says why too many boots have failed lately, or undefined. Pure. Errors of our own count for the whole window; ends before
 * readiness only in a row, since a boot that got ready in between shows that recovery works.
 */
function judgeBoots(boots: readonly Boot[], nowMs: number, intensity: RestartIntensity): string | undefined {
  const lastReady = boots.findLastIndex((boot) => boot.end === "clean" || boot.end === "interrupted");
  const failed = boots.filter((boot, index) => boot.end === "fatal" || (boot.end === "early" && index > lastReady));
  const recent = inWindow(
    failed.map((boot) => boot.startedAtMs),
    intensity.withinMs,
    nowMs,
  );
  if (recent.length <= intensity.maxRestarts) return undefined;
  const last = failed.at(-1);
  const how =
    last?.end === "fatal" ? `the last ended with ${last.error ?? "an error"}` : "the last ended before its recovery was through";
  return `the daemon failed ${recent.length} times within ${Math.round(intensity.withinMs / 60_000)} min; ${how}`;
}

/** An unreadable file (a power cut) is an empty history. */
function readBoots(path: string): readonly Boot[] {
  const text = readFileIfThere(path);
  if (text === undefined) return [];
  try {
    return z.array(bootSchema).parse(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return [];
    throw error;
  }
}
