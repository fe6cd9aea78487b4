import type { Put } from "./books.ts";
import { hullAsk, type NoiseContext, quoteOf } from "./quote.ts";
import type { AgentRecord, MarketGood, MarketRecord, ShipRecord, YardHull, YardRecord } from "./universe.ts";

/** The universe before the puts, as far as the books tell of it. */
interface Before {
  agents: ReadonlyMap<string, AgentRecord>;
  ships: ReadonlyMap<string, ShipRecord>;
  markets: ReadonlyMap<string, MarketRecord>;
  yards: ReadonlyMap<string, YardRecord>;
  noise: NoiseContext;
}

/** What a line of the books says of each thing that puts change: `credits`, `cargo`, `otherCargo`, `market`, `hull`, before and after. */
export function beforeAndAfter(puts: readonly Put[], { agents, ships, markets, yards, noise }: Before): Record<string, unknown> {
  const told: Record<string, unknown> = {};
  for (const put of puts) {
    if (put.put === "agent") {
      told["credits"] = { before: agents.get(put.value.symbol)?.credits ?? null, after: put.value.credits };
    } else if (put.put === "ship") {
      const was = ships.get(put.value.symbol);
      const change = { before: was ? holdOf(was) : null, after: holdOf(put.value) };
      if (told["cargo"] === undefined) told["cargo"] = change;
      else told["otherCargo"] = { ship: put.value.symbol, ...change };
    } else if (put.put === "shipGone") {
      const was = ships.get(put.ship);
      told["cargo"] = { before: was ? holdOf(was) : null, after: null };
    } else if (put.put === "good" && told["market"] === undefined) {
      const was = markets.get(put.waypoint)?.goods.find((good) => good.good === put.value.good);
      told["market"] = { before: was ? quoteIn(put.waypoint, was, noise) : null, after: quoteIn(put.waypoint, put.value, noise) };
    } else if (put.put === "hull") {
      const was = yards.get(put.waypoint)?.ships.find((hull) => hull.type === put.value.type);
      told["hull"] = { before: was ? hullIn(was, noise) : null, after: hullIn(put.value, noise) };
    }
  }
  return told;
}

function holdOf(ship: ShipRecord): Record<string, unknown> {
  return { inventory: ship.cargo, fuel: ship.fuel.current };
}

function hullIn(hull: YardHull, { constants }: NoiseContext): Record<string, unknown> {
  const { askCredits, supply } = hullAsk(hull, constants);
  return { stock: hull.stock, supply, ask: askCredits };
}

function quoteIn(waypoint: string, good: MarketGood, noise: NoiseContext): Record<string, unknown> {
  const { askCredits, bidCredits, supply } = quoteOf(waypoint, good, noise);
  return { type: good.kind, stock: good.stock, supply, ask: askCredits, bid: bidCredits };
}
