import type { MarketRecord, YardRecord } from "./universe.ts";

/** Units in stock by waypoint and good, hulls of shipyards by waypoint and type: where the books begin to count from. */
export function stockList(markets: Iterable<MarketRecord>, yards: Iterable<YardRecord>): Record<string, Record<string, number>> {
  const list: Record<string, Record<string, number>> = {};
  for (const { waypoint, goods } of markets) list[waypoint] = Object.fromEntries(goods.map(({ good, stock }) => [good, stock]));
  for (const { waypoint, ships } of yards)
    list[waypoint] = { ...list[waypoint], ...Object.fromEntries(ships.map(({ type, stock }) => [type, stock])) };
  return list;
}
