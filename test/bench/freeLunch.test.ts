import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { LUNCH_FLEET, type LunchPlan, seekFreeLunch, type Trial } from "../../bench/traders/freeLunch.ts";
import { openTraderBed } from "../../bench/traders/traderBed.ts";
import { ECONOMY_V1, type EconomyConstants } from "../../src/simulator/economy.v1.ts";

const CAPTURE = "../shared/data/universe-x1-ad75.json";
const LUNCHES = ["round trip", "deep round trip", "split", "waiting", "feeding", "next door"];

describe("money for nothing", () => {
  it("is not to be had in a generated system, whatever is tried [E1] [E4]", { timeout: 90_000 }, async () => {
    const trials = await tried(3, undefined, { levels: [6.5], parts: [3], waitHours: [8] });
    expect(new Set(trials.map(({ lunch }) => lunch))).toEqual(new Set(LUNCHES));
    expect(trials.filter(({ gainCredits }) => gainCredits > 0)).toEqual([]);
  });

  it.skipIf(!existsSync(CAPTURE))("is not to be had in X1-AD75 [E1] [E4]", { timeout: 90_000 }, async () => {
    const trials = await tried(1, CAPTURE, { levels: [7], parts: [], waitHours: [24] });
    expect(trials.length).toBeGreaterThan(500);
    expect(trials.filter(({ gainCredits }) => gainCredits > 0)).toEqual([]);
  });

  it("would be found: a glutted market that sells cheaper than it just bought feeds the agent [E1]", {
    timeout: 90_000,
  }, async () => {
    const leaky = { ...ECONOMY_V1, importRebuyVolumes: 100 * Number.MIN_VALUE, noiseSigma: 0 };
    const trials = await tried(3, undefined, { levels: [7], parts: [], waitHours: [] }, leaky);
    const wins = trials.filter(({ gainCredits }) => gainCredits > 0);
    expect(wins.length).toBeGreaterThan(10);
    expect(new Set(wins.map(({ lunch, how }) => `${lunch}, ${how}`))).toEqual(new Set(["round trip, s = 7"]));
  });
});

async function tried(
  seed: number,
  universe: string | undefined,
  plan: LunchPlan,
  economy: EconomyConstants = ECONOMY_V1,
): Promise<readonly Trial[]> {
  const bed = openTraderBed({ seed, universe, economy, fleet: LUNCH_FLEET, hours: 1e6, limited: false });
  try {
    return await bed.clock.run(seekFreeLunch(bed, plan));
  } finally {
    bed.close();
  }
}
