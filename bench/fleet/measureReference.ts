import { limitOf, measure } from "../traders/contenders.ts";
import type { Ground } from "./cell.ts";
import type { ReferenceResult } from "./results.ts";
import { windowsUpTo } from "./windows.ts";

/** What a result depends on. */
export const REFERENCE_SOURCES = [
  "package-lock.json",
  "src/simulator",
  "src/cli/books",
  "bench/traders",
  "bench/absorption",
  "bench/virtual/virtualClock.ts",
  "bench/fleetBooks.ts",
  "bench/fleet/cell.ts",
  "bench/fleet/measureReference.ts",
  "bench/fleet/windows.ts",
];

/** Lets S, G1 and G10 play a ground, and computes A. `undefined` where they cannot begin as the fleet does. */
export async function measureReference(ground: Ground): Promise<ReferenceResult | undefined> {
  const { universe, economy, hours, start } = ground;
  if (start !== "TEN" && start !== "FRESH") return undefined;
  const place = { seed: universe.seed, universe: universe.file, economy: economy.constants, hours };
  return {
    traders: {
      S: await measure("S", start, place),
      G1: await measure("G1", start, place),
      G10: await measure("G10", start, place),
    },
    limits: windowsUpTo(hours).map(({ toHour }) => ({ toHour, credits: limitOf(place, toHour) })),
  };
}
