/** Single markets for the plots: quotes and ticks as the simulator does them, other traders switched off. */
import { supplyLabel } from "../src/simulator/curve.ts";
import { ECONOMY_V1, type EconomyConstants, LABEL_FROM } from "../src/simulator/economy.v1.ts";
import { pricesAt } from "../src/simulator/quote.ts";
import { recipesOf } from "../src/simulator/recipes.ts";
import { supplyChainMap } from "../src/simulator/supplyChain.data.ts";
import { tickMarket } from "../src/simulator/tick.ts";
import type { Activity, MarketGood, MarketRecord } from "../src/simulator/universe.ts";
import type { Chart } from "./svgChart.ts";

export const QUIET: EconomyConstants = { ...ECONOMY_V1, noiseSigma: 0 };

/** Buys (or, negative, sells) so many trade volumes; returns the quote before. */
export function take(good: MarketGood, volumes: number): { askCredits: number; bidCredits: number } {
  const quote = pricesAt(good, good.stock / good.tradeVolume, QUIET);
  good.stock -= volumes * good.tradeVolume;
  return quote;
}

export function askOf(good: MarketGood): number {
  return pricesAt(good, good.stock / good.tradeVolume, QUIET).askCredits;
}

/** What `read` gives at every tick of a market with these goods; `before` acts at its hour, ahead of the tick. */
export function overTime<T>(
  goods: MarketGood[],
  hours: number,
  read: (goods: MarketGood[]) => T,
  before?: (hour: number) => void,
): [number, T][] {
  const place = marketOf(goods);
  const perHour = 60 / QUIET.tickGameMinutes;
  const seen: [number, T][] = [[0, read(goods)]];
  for (let tick = 1; tick <= hours * perHour; tick++) {
    before?.((tick - 1) / perHour);
    tickMarket(place, { constants: QUIET, seed: 1, tick });
    seen.push([tick / perHour, read(goods)]);
  }
  return seen;
}

export function marketOf(goods: MarketGood[]): MarketRecord {
  return { waypoint: "X1-PLOT-A1", goods, recipes: recipesOf(goods, supplyChainMap()), transactions: [] };
}

export function goodOf(
  kind: "EXPORT" | "IMPORT",
  good: string,
  {
    s,
    startS = s,
    base = 100,
    tradeVolume = 20,
    activity = "WEAK",
  }: { s: number; startS?: number; base?: number; tradeVolume?: number; activity?: Activity },
): MarketGood {
  return {
    good,
    kind,
    tradeVolume,
    base,
    bidFactor: 1,
    stock: s * tradeVolume,
    startStock: startS * tradeVolume,
    activity,
    usualActivity: activity,
    label: supplyLabel(kind, s),
    sinceLabel: { producedUnits: 0, consumed: {}, delivered: {} },
    deliveredEver: {},
  };
}

/** The supply labels as stripes of a chart. */
export function bandsOf(kind: "EXPORT" | "IMPORT"): NonNullable<Chart["bands"]> {
  const { LIMITED, MODERATE, HIGH, ABUNDANT } = LABEL_FROM[kind];
  return [
    { name: "SCARCE", from: -8, to: LIMITED },
    { name: "LIMITED", from: LIMITED, to: MODERATE },
    { name: "MODERATE", from: MODERATE, to: HIGH },
    { name: "HIGH", from: HIGH, to: ABUNDANT },
    { name: "ABUNDANT", from: ABUNDANT, to: 8 },
  ];
}

/** From, from + step … to. */
export function range(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.round((to - from) / step) + 1 }, (_, i) => from + i * step);
}
