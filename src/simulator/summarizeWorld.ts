/** A universe file in figures. */
import type { EconomyConstants } from "./economy.v1.ts";
import { sustainedGoods } from "./reviewWorld.ts";
import { tickMarket, tickYard } from "./tick.ts";
import type { TradeKind } from "./universe.ts";
import type { World } from "./universeFile.ts";

export interface WorldSummary {
  system: string;
  headquarters: string;
  /** Number of waypoints of each type, most first. */
  waypoints: Record<string, number>;
  markets: number;
  quotes: Record<TradeKind, number>;
  goods: number;
  shipyards: { waypoint: string; hulls: string[] }[];
  chains: {
    /** Goods whose making needs nothing that the system does not go on to have. */
    whole: string[];
    /** Made somewhere, but from what runs out. */
    broken: { good: string; missing: string[] }[];
  };
  /** Mean of what one economy tick of the whole system takes on this machine, ms. */
  tickCostMs: number;
  ticksPerGameDay: number;
}

export function summarizeWorld(world: World, constants: EconomyConstants): WorldSummary {
  const goods = world.markets.flatMap((market) => market.goods);
  const count = (kind: TradeKind) => goods.filter((good) => good.kind === kind).length;
  return {
    system: world.system.symbol,
    headquarters: world.headquarters,
    waypoints: countTypes(world),
    markets: world.markets.length,
    quotes: { EXPORT: count("EXPORT"), IMPORT: count("IMPORT"), EXCHANGE: count("EXCHANGE") },
    goods: new Set(goods.map(({ good }) => good)).size,
    shipyards: world.yards.map(({ waypoint, ships }) => ({ waypoint, hulls: ships.map(({ type }) => type) })),
    chains: chainsOf(world),
    tickCostMs: tickCost(world, constants),
    ticksPerGameDay: 1440 / constants.tickGameMinutes,
  };
}

function countTypes({ waypoints }: World): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { type } of waypoints) counts.set(type, (counts.get(type) ?? 0) + 1);
  return Object.fromEntries([...counts].toSorted(([, a], [, b]) => b - a));
}

function chainsOf({ markets, supplyChain }: World): WorldSummary["chains"] {
  const sustained = sustainedGoods(markets);
  const exported = markets.flatMap(({ goods }) => goods.filter(({ kind }) => kind === "EXPORT").map(({ good }) => good));
  const made = [...new Set(exported)].toSorted();
  return {
    whole: made.filter((good) => sustained.has(good)),
    broken: made
      .filter((good) => !sustained.has(good))
      .map((good) => ({ good, missing: (supplyChain[good] ?? []).filter((input) => !sustained.has(input)) })),
  };
}

const MEASURED_TICKS = 200;

/** Runs a copy for some ticks. */
function tickCost({ markets, yards }: World, constants: EconomyConstants): number {
  const [copies, yardCopies] = [structuredClone(markets), structuredClone(yards)];
  const startedMs = performance.now();
  for (let tick = 1; tick <= MEASURED_TICKS; tick++) {
    for (const market of copies) tickMarket(market, { constants, seed: 1, tick });
    for (const yard of yardCopies) tickYard(yard, constants);
  }
  return (performance.now() - startedMs) / MEASURED_TICKS;
}
