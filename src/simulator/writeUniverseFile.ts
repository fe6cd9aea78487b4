/** Writes a world as a universe file that reads back as exactly that world. */
import type { MarketGood, MarketRecord, Universe } from "./universe.ts";
import type { World } from "./universeFile.ts";

/** The file's JSON. With `seed`, a universe of the file has the noise of that seed. */
export function universeFileOf(world: World, seed: number): Record<string, unknown> {
  const { system, headquarters, faction, waypoints, markets, yards, gates, sites, supplyChain, goods } = world;
  return {
    seed,
    systems: [{ symbol: system.symbol, sectorSymbol: system.sector, type: system.type, x: system.x, y: system.y }],
    agent: { headquarters, startingFaction: faction },
    waypoints: waypoints.map(({ orbitals, faction: owner, ...waypoint }) => ({
      ...waypoint,
      orbitals: orbitals.map((symbol) => ({ symbol })),
      faction: { symbol: owner },
    })),
    marketplaces: markets.map((market) => marketOf(market, goods)),
    shipyards: yards.map(({ waypoint, modificationsFee, ships }) => ({
      symbol: waypoint,
      modificationsFee,
      ships: ships.map(({ type, activity, ...curve }) => ({ type, activity, curve })),
    })),
    jump_gates: gates.map(({ waypoint, connections }) => ({ symbol: waypoint, connections })),
    construction_sites: sites.map(({ waypoint, ...site }) => ({ symbol: waypoint, ...site })),
    supply_chain: { data: { exportToImportMap: supplyChain } },
  };
}

function marketOf({ waypoint, goods }: MarketRecord, texts: Universe["goods"]): Record<string, unknown> {
  const listed = (kind: MarketGood["kind"]) =>
    goods.filter((good) => good.kind === kind).map(({ good }) => ({ symbol: good, ...texts[good] }));
  return {
    symbol: waypoint,
    exports: listed("EXPORT"),
    imports: listed("IMPORT"),
    exchange: listed("EXCHANGE"),
    tradeGoods: goods.map(({ good, kind, tradeVolume, activity, base, bidFactor, stock, startStock, usualActivity }) => ({
      symbol: good,
      type: kind,
      tradeVolume,
      activity,
      curve: { base, bidFactor, stock, startStock, usualActivity },
    })),
  };
}
