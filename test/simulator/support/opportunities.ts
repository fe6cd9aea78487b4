/** What a universe offers at its start, computed from its quotes alone: plain trades and fabricate chains. */

import type { EconomyConstants } from "../../../src/simulator/economy.v1.ts";
import { quoteOf } from "../../../src/simulator/quote.ts";
import { distance } from "../../../src/simulator/travel.ts";
import type { World } from "../../../src/simulator/universeFile.ts";

export interface PlainTrade {
  good: string;
  from: string;
  to: string;
  marginCredits: number;
  askCredits: number;
  bidCredits: number;
  tradeVolume: number;
  distance: number;
  /** One way from the headquarters to the source. */
  distanceFromHeadquarters: number;
}

export interface FabricateChain {
  output: string;
  factory: string;
  supply: string;
  /** Bought at the factory, sold at the best importer. */
  outputMarginCredits: number;
  /** Sum over inputs of what the factory pays minus what the cheapest source asks, per unit. */
  inputMarginCredits: number;
}

export function plainTrades(world: World, seed: number, constants: EconomyConstants): PlainTrade[] {
  const all = quotes(world, seed, constants);
  const at = new Map(world.waypoints.map((waypoint) => [waypoint.symbol, waypoint]));
  const between = (a: string, b: string) => Math.round(distance(at.get(a) ?? { x: 0, y: 0 }, at.get(b) ?? { x: 0, y: 0 }));
  return all
    .filter((source) => source.kind !== "IMPORT")
    .flatMap((source) =>
      all
        .filter((sink) => sink.good === source.good && sink.kind === "IMPORT" && sink.bidCredits > source.askCredits)
        .map((sink) => ({
          good: source.good,
          from: source.waypoint,
          to: sink.waypoint,
          askCredits: source.askCredits,
          bidCredits: sink.bidCredits,
          marginCredits: sink.bidCredits - source.askCredits,
          tradeVolume: Math.min(source.tradeVolume, sink.tradeVolume),
          distance: between(source.waypoint, sink.waypoint),
          distanceFromHeadquarters: between(world.headquarters, source.waypoint),
        })),
    )
    .toSorted((a, b) => b.marginCredits * b.tradeVolume - a.marginCredits * a.tradeVolume);
}

export function fabricateChains(world: World, seed: number, constants: EconomyConstants): FabricateChain[] {
  const all = quotes(world, seed, constants);
  return world.markets.flatMap((market) =>
    market.recipes
      .filter((recipe) => recipe.inputs.length > 0)
      .flatMap((recipe) => {
        const here = (good: string) => all.find((quote) => quote.waypoint === market.waypoint && quote.good === good);
        const output = here(recipe.output);
        const best = Math.max(0, ...all.filter((q) => q.good === recipe.output && q.kind === "IMPORT").map((q) => q.bidCredits));
        const sources = recipe.inputs.map((input) =>
          Math.min(...all.filter((q) => q.good === input && q.kind !== "IMPORT").map((q) => q.askCredits)),
        );
        if (output === undefined || best === 0 || !sources.every(Number.isFinite)) return [];
        const inputMarginCredits = recipe.inputs.reduce(
          (sum, input, i) => sum + (here(input)?.bidCredits ?? 0) - (sources[i] ?? 0),
          0,
        );
        return [
          {
            output: recipe.output,
            factory: market.waypoint,
            supply: output.supply,
            outputMarginCredits: best - output.askCredits,
            inputMarginCredits,
          },
        ];
      }),
  );
}

function quotes(world: World, seed: number, constants: EconomyConstants) {
  return world.markets.flatMap((market) =>
    market.goods.map((good) => ({
      waypoint: market.waypoint,
      good: good.good,
      kind: good.kind,
      tradeVolume: good.tradeVolume,
      ...quoteOf(market.waypoint, good, { seed, tick: 0, constants }),
    })),
  );
}
