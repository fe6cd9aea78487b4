/** A random but scripted life of many agents: what is asked and when follows from the seed and the universe alone. */
import { ECONOMY_V1 } from "../../../src/simulator/economy.v1.ts";
import { freshUniverse } from "../../../src/simulator/freshUniverse.ts";
import { Dice } from "../../../src/simulator/random.ts";
import type { Universe } from "../../../src/simulator/universe.ts";

export interface Step {
  atGameMs: number;
  method: string;
  path: string;
  body?: unknown;
  /** Whose token: the account's, an agent's by its symbol, or none. */
  as: string | null;
}

const AGENTS = ["TESTER", "SECOND", "THIRD"] as const;

/** Game times are whole quarters of a minute, so that every speed of a test meets them in whole milliseconds. */
const GRID_MS = 15_000;

export function freshOf(seed: number, speed: number, nowMs: number): Universe {
  return freshUniverse({ seed, speed, universe: undefined, economy: ECONOMY_V1, nowMs });
}

/** Registers the agents, then does so many things; roughly half of them are refused. */
export function scriptedLife(seed: number, requests: number): Step[] {
  const universe = freshOf(seed, 1, 0);
  const dice = new Dice("script", seed);
  const steps: Step[] = AGENTS.map((symbol) => ({
    atGameMs: 3_600_000,
    method: "POST",
    path: "/register",
    body: { symbol, faction: "COSMIC" },
    as: "account",
  }));
  let atGameMs = 3_600_000;
  for (let i = 0; i < requests; i++) {
    atGameMs += dice.whole(0, 24) * GRID_MS;
    steps.push({ atGameMs, ...somethingToDo(universe, dice) });
  }
  return steps;
}

function somethingToDo(universe: Universe, dice: Dice): Omit<Step, "atGameMs"> {
  const agent = dice.pick(AGENTS);
  const ship = `${agent}-${dice.whole(1, 3)}`;
  const [firstMarket, ...otherMarkets] = universe.markets;
  if (firstMarket === undefined) throw new Error("a universe without markets");
  // Few places, so that ships meet and markets are traded in more than once.
  const market = dice.pick([firstMarket, ...otherMarkets.slice(0, 3)]);
  const goods = market.goods.map(({ good }) => good);
  const symbol = dice.pick([goods[0] ?? "FUEL", ...goods, "FUEL"]);
  const units = dice.whole(1, 12);
  const mine = (action: string, body?: unknown, method = "POST") => ({
    method,
    path: `/my/ships/${ship}${action}`,
    ...(body === undefined ? {} : { body }),
    as: agent,
  });
  const place = `/systems/${universe.system.symbol}/waypoints/${market.waypoint}`;
  switch (dice.whole(0, 15)) {
    case 0:
    case 1:
      return mine("/orbit");
    case 2:
    case 3:
      return mine("/navigate", { waypointSymbol: market.waypoint });
    case 4:
    case 5:
      return mine("/dock");
    case 6:
      return mine("/refuel");
    case 7:
    case 8:
      return mine("/purchase", { symbol, units });
    case 9:
    case 10:
      return mine("/sell", { symbol, units });
    case 11:
      return mine("/nav", { flightMode: dice.pick(["CRUISE", "DRIFT", "BURN"]) }, "PATCH");
    case 12:
      return mine("/transfer", { tradeSymbol: symbol, units: 1, shipSymbol: `${agent}-1` });
    case 13:
      return mine("/jettison", { symbol, units: 1 });
    case 14:
      return dice.pick([
        { method: "GET", path: `${place}/market`, as: agent },
        { method: "GET", path: `${place}/market`, as: null },
        { method: "GET", path: "/my/ships?page=2&limit=1", as: agent },
        { method: "GET", path: "/my/nothing", as: agent },
        { method: "DELETE", path: "/my/agent", as: agent },
        { method: "POST", path: `/my/ships/${ship}/sell`, body: { symbol, units: "many" }, as: agent },
      ]);
    default:
      return { method: "POST", path: "/my/ships", body: { shipType: "SHIP_PROBE", waypointSymbol: market.waypoint }, as: agent };
  }
}
