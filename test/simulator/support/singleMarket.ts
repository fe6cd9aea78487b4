/** One market on its own, other traders switched off, for tests of the ticks. */
import { supplyLabel } from "../../../src/simulator/curve.ts";
import { ECONOMY_V1, type EconomyConstants } from "../../../src/simulator/economy.v1.ts";
import { recipesOf } from "../../../src/simulator/recipes.ts";
import { tickMarket } from "../../../src/simulator/tick.ts";
import type { Activity, MarketGood, MarketRecord, TradeKind } from "../../../src/simulator/universe.ts";

export const QUIET: EconomyConstants = { ...ECONOMY_V1, noiseSigma: 0 };

/** A good at s trade volumes above balance, its start level the same unless given. */
export function market(
  kind: TradeKind,
  good: string,
  options: { s?: number; startS?: number; tradeVolume?: number; base?: number; bidFactor?: number; activity?: Activity } = {},
): MarketGood {
  const tradeVolume = options.tradeVolume ?? 60;
  const s = options.s ?? 0;
  return {
    good,
    kind,
    tradeVolume,
    base: options.base ?? 100,
    bidFactor: options.bidFactor ?? 1,
    stock: s * tradeVolume,
    startStock: (options.startS ?? s) * tradeVolume,
    activity: options.activity ?? "WEAK",
    usualActivity: options.activity ?? "WEAK",
    label: supplyLabel(kind, s),
    sinceLabel: { producedUnits: 0, consumed: {}, delivered: {} },
    deliveredEver: {},
  };
}

export function record(goods: MarketGood[], chain: Record<string, string[]> = {}): MarketRecord {
  return { waypoint: "X1-TEST-A1", goods, recipes: recipesOf(goods, chain), transactions: [] };
}

export function tickTimes(place: MarketRecord, times: number, constants = QUIET): void {
  for (let tick = 1; tick <= times; tick++) tickMarket(place, { constants, seed: 1, tick });
}

export function levelOf(good: MarketGood): number {
  return good.stock / good.tradeVolume;
}
