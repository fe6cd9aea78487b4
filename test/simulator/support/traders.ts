/** Scripted agents that live at random, from a seed: they look at the universe to find something to do and ask for it at its desk. */
import { RequestDesk } from "../../../src/simulator/requestDesk.ts";
import { startFleet } from "../../../src/simulator/startFleet.ts";
import type { MarketRecord, ShipRecord } from "../../../src/simulator/universe.ts";
import type { Harness } from "./harness.ts";
import { apart, at } from "./voyage.ts";

interface Wish {
  method: string;
  path: string;
  body?: unknown;
}

/** Asks for something as an agent, or as the `account`; says whether it was granted. Without HTTP, so that thousands are cheap. */
export function asking({ sim }: Harness, fleet: string): (who: string, wish: Wish, requestId: string) => boolean {
  const desk = new RequestDesk({ sim, fleet: startFleet(fleet), limiter: undefined, adminOperations: [] });
  return (who, { method, path, body }, requestId) => {
    const { answer } = desk.answer({
      method,
      target: `/v2${path}`,
      address: "127.0.0.1",
      bearer: who === "account" ? { kind: "account" } : { kind: "agent", symbol: who },
      body: { ok: true, value: body },
      requestId,
    });
    return answer.outcome === "ok";
  };
}

/** Something for one of an agent's ships to do; sometimes nonsense, so that refusals are among what happens. */
export function nextWish({ sim }: Harness, symbol: string, dice: Dice): Wish {
  const ships = [...sim.ships.values()].filter(({ agent }) => agent === symbol);
  const ship = dice.pick(ships);
  const ask = (action: string, body?: unknown, method = "POST"): Wish => {
    return { method, path: `/my/ships/${ship.symbol}${action}`, ...(body === undefined ? {} : { body }) };
  };
  if (dice.chance(0.05)) return nonsense(ask, ship, dice);
  if (ship.nav.status === "IN_TRANSIT" && sim.nowGameMs() < ship.nav.arrivalGameMs) {
    return ask("/nav", { flightMode: dice.pick(["CRUISE", "BURN", "BURN", "DRIFT"]) }, "PATCH");
  }
  const market = sim.markets.get(ship.nav.waypoint);
  if (ship.nav.status !== "DOCKED") {
    if (market && dice.chance(0.5)) return ask("/dock");
    return dice.chance(0.1)
      ? ask("/nav", { flightMode: dice.pick(["CRUISE", "DRIFT", "STEALTH"]) }, "PATCH")
      : leave(sim, ship, ask, dice);
  }
  return inPort({ sim, ships, ship, market, ask, dice });
}

interface Port {
  sim: Harness["sim"];
  ships: readonly ShipRecord[];
  ship: ShipRecord;
  market: MarketRecord | undefined;
  ask: (action: string, body?: unknown, method?: string) => Wish;
  dice: Dice;
}

function inPort({ sim, ships, ship, market, ask, dice }: Port): Wish {
  const units = dice.whole(1, Math.min(20, Math.max(1, ship.cargoCapacity)));
  const held = ship.cargo.length > 0 ? dice.pick(ship.cargo) : undefined;
  const sold = held && market?.goods.some(({ good }) => good === held.good);
  const beside = ships.filter((other) => other !== ship && other.nav.waypoint === ship.nav.waypoint && other.cargoCapacity > 0);
  const yard = sim.yards.get(ship.nav.waypoint);
  const choice = dice.whole(0, 99);
  if (held && choice < 4) return ask("/jettison", { symbol: held.good, units: Math.min(units, held.units) });
  if (held && beside.length > 0 && choice < 12) {
    return ask("/transfer", { tradeSymbol: held.good, units: Math.min(units, held.units), shipSymbol: dice.pick(beside).symbol });
  }
  if (yard && choice < 14) {
    return { method: "POST", path: "/my/ships", body: { shipType: dice.pick(yard.ships).type, waypointSymbol: yard.waypoint } };
  }
  if (ship.fuel.current < ship.fuel.capacity && choice < 40) {
    const fromCargo = ship.cargo.some(({ good }) => good === "FUEL");
    return ask("/refuel", { ...(fromCargo ? { fromCargo } : {}), ...(dice.chance(0.5) ? { units: dice.whole(1, 250) } : {}) });
  }
  if (held && sold && choice < 65) return ask("/sell", { symbol: held.good, units: Math.min(units, held.units) });
  if (market && choice < 85) {
    // Mostly what is made or exchanged here, so that imports are sold more than bought.
    const offered = dice.chance(0.1) ? market.goods : market.goods.filter(({ kind }) => kind !== "IMPORT");
    return ask("/purchase", { symbol: dice.pick(offered.length > 0 ? offered : market.goods).good, units });
  }
  return ask("/orbit");
}

/** Mostly to where something aboard is wanted; else to one of the few markets near the headquarters, where agents meet. */
function leave(sim: Harness["sim"], ship: ShipRecord, ask: Port["ask"], dice: Dice): Wish {
  const from = (place: string) => (a: MarketRecord, b: MarketRecord) =>
    apart(at(sim, place), at(sim, a.waypoint)) - apart(at(sim, place), at(sim, b.waypoint));
  const others = [...sim.markets.values()].filter(({ waypoint }) => waypoint !== ship.nav.waypoint);
  const isWanted = ({ good, kind }: MarketRecord["goods"][number]) =>
    kind === "IMPORT" && ship.cargo.some((item) => item.good === good);
  const wanted = others.filter(({ goods }) => goods.some(isWanted)).toSorted(from(ship.nav.waypoint));
  const near = others.toSorted(from(sim.universe.headquarters)).slice(0, 9);
  const target = wanted.length > 0 && dice.chance(0.6) ? wanted[0] : dice.pick(near);
  return ask("/navigate", { waypointSymbol: target?.waypoint });
}

function nonsense(ask: Port["ask"], ship: ShipRecord, dice: Dice): Wish {
  return dice.pick([
    ask("/purchase", { symbol: "FUEL", units: 181 }),
    ask("/sell", { symbol: "SHIP_SALVAGE", units: 1 }),
    ask("/navigate", { waypointSymbol: ship.nav.waypoint }),
    ask("/refuel", { units: -1 }),
    ask("/jettison", { symbol: "FUEL", units: 1_000_000 }),
    ask("/transfer", { tradeSymbol: "FUEL", units: 1, shipSymbol: ship.symbol }),
    { method: "POST", path: "/my/ships", body: { shipType: "SHIP_EXPLORER", waypointSymbol: ship.nav.waypoint } },
    { method: "POST", path: "/my/ships/NOBODY-1/dock" },
  ]);
}

/** Random numbers from a seed (mulberry32). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  whole(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.whole(0, items.length - 1)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }
}
