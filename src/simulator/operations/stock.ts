import { supplyLabel } from "../curve.ts";
import { visibleS } from "../quote.ts";
import type { Simulation } from "../simulation.ts";
import type { MarketGood, MarketRecord } from "../universe.ts";

/** The good with its stock moved by `units`, and the label that follows. */
export function moved(sim: Simulation, market: MarketRecord, good: MarketGood, units: number): MarketGood {
  const after = { ...good, stock: good.stock + units };
  return { ...after, label: supplyLabel(good.kind, visibleS(market.waypoint, after, sim.noise)) };
}
