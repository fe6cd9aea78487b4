/**
 * The universe in memory, found by name.
 *
 * Invariants: agents, ships, markets and yards change only as a put says and by economy ticks, so that puts read from the books and the ticks
 * between them do again what they did; the maps are filled anew when an era begins, and stay the same maps.
 */
import type { Put } from "./books.ts";
import type { NoiseContext } from "./quote.ts";
import { type StockFlows, type SupplyChange, tickMarket, tickYard } from "./tick.ts";
import type { AgentRecord, MarketRecord, ShipRecord, Universe, WaypointRecord, YardRecord } from "./universe.ts";

/** What one tick moved: flows of goods by market, hulls that came back by yard, supply labels. */
export interface TickEffects {
  readonly markets: Readonly<Record<string, StockFlows>>;
  readonly yards: Readonly<Record<string, Record<string, number>>>;
  readonly labels: readonly SupplyChange[];
}

export class LivingUniverse {
  readonly ships = new Map<string, ShipRecord>();
  readonly agents = new Map<string, AgentRecord>();
  readonly waypoints = new Map<string, WaypointRecord>();
  readonly markets = new Map<string, MarketRecord>();
  readonly yards = new Map<string, YardRecord>();
  readonly #fleets = new Map<string, Map<string, ShipRecord>>();
  readonly #frozenAtTick = new Map<string, number>();
  readonly #universe: Universe;

  /** Keeps `universe` and changes it. */
  constructor(universe: Universe) {
    this.#universe = universe;
    this.#index();
  }

  /** The universe as it is now, all in one; its parts are the living ones. */
  whole(): Readonly<Universe> {
    return { ...this.#universe, ships: [...this.ships.values()], agents: [...this.agents.values()] };
  }

  get noise(): NoiseContext {
    const { economy, seed, tick } = this.#universe;
    return { constants: economy.constants, seed, tick, frozenAtTick: this.#frozenAtTick };
  }

  /** The ships of an agent, oldest first. */
  fleetOf(agent: string): ReadonlyMap<string, ShipRecord> {
    return this.#fleets.get(agent) ?? NO_SHIPS;
  }

  /** The next tick of everything; a frozen market stands still. */
  tick(): TickEffects {
    this.#universe.tick += 1;
    const { noise } = this;
    const markets: Record<string, StockFlows> = {};
    const yards: Record<string, Record<string, number>> = {};
    const labels: SupplyChange[] = [];
    for (const market of this.markets.values()) {
      if (market.frozenAtTick !== undefined) continue;
      const { flows, changes } = tickMarket(market, noise);
      if (Object.keys(flows).length > 0) markets[market.waypoint] = flows;
      labels.push(...changes);
    }
    for (const yard of this.yards.values()) {
      const back = tickYard(yard, noise.constants);
      if (Object.keys(back).length > 0) yards[yard.waypoint] = back;
    }
    return { markets, yards, labels };
  }

  /** Does what a line of the books says. */
  apply(put: Put): void {
    switch (put.put) {
      case "agent":
        this.agents.set(put.value.symbol, put.value);
        return;
      case "ship":
        this.ships.set(put.value.symbol, put.value);
        this.#enlist(put.value);
        return;
      case "good":
        replaceIn(this.markets.get(put.waypoint)?.goods, put.value, (good) => good.good === put.value.good);
        return;
      case "transaction": {
        const market = this.markets.get(put.waypoint);
        if (market) market.transactions = [...market.transactions, put.value].slice(-TRANSACTIONS_KEPT);
        return;
      }
      case "hull":
        replaceIn(this.yards.get(put.waypoint)?.ships, put.value, (hull) => hull.type === put.value.type);
        return;
      case "hullSale": {
        const yard = this.yards.get(put.waypoint);
        if (yard) yard.sales = [...(yard.sales ?? []), put.value].slice(-TRANSACTIONS_KEPT);
        return;
      }
      case "clock":
        this.#universe.clock = put.value;
        return;
      case "shipGone":
        this.#fleets.get(this.ships.get(put.ship)?.agent ?? "")?.delete(put.ship);
        this.ships.delete(put.ship);
        return;
      case "market":
        replaceIn(this.#universe.markets, put.value, (market) => market.waypoint === put.value.waypoint);
        this.markets.set(put.value.waypoint, put.value);
        if (put.value.frozenAtTick === undefined) this.#frozenAtTick.delete(put.value.waypoint);
        else this.#frozenAtTick.set(put.value.waypoint, put.value.frozenAtTick);
        return;
      case "maintenance":
        this.#universe.maintenance = put.value;
        return;
      case "era":
        this.#startEra(put.tick);
        return;
    }
  }

  #startEra(tick: number): void {
    const { maintenance, ...before } = this.#universe;
    if (maintenance === undefined) throw new Error("books.jsonl: an era begins without maintenance; the books are damaged");
    delete this.#universe.maintenance;
    const { resets = 0, begunAs = { seed: before.seed, source: before.source } } = before;
    Object.assign(this.#universe, maintenance.next, { tick, resets: resets + 1, begunAs });
    this.#index();
  }

  #index(): void {
    fill(this.ships, this.#universe.ships, (ship) => ship.symbol);
    fill(this.agents, this.#universe.agents, (agent) => agent.symbol);
    fill(this.waypoints, this.#universe.waypoints, (waypoint) => waypoint.symbol);
    fill(this.markets, this.#universe.markets, (market) => market.waypoint);
    fill(this.yards, this.#universe.yards, (yard) => yard.waypoint);
    this.#fleets.clear();
    for (const ship of this.#universe.ships) this.#enlist(ship);
    this.#frozenAtTick.clear();
    for (const { waypoint, frozenAtTick } of this.#universe.markets) {
      if (frozenAtTick !== undefined) this.#frozenAtTick.set(waypoint, frozenAtTick);
    }
  }

  #enlist(ship: ShipRecord): void {
    const fleet = this.#fleets.get(ship.agent) ?? new Map<string, ShipRecord>();
    this.#fleets.set(ship.agent, fleet.set(ship.symbol, ship));
  }
}

const NO_SHIPS: ReadonlyMap<string, ShipRecord> = new Map();
const TRANSACTIONS_KEPT = 20;

function fill<T>(map: Map<string, T>, items: readonly T[], keyOf: (item: T) => string): void {
  map.clear();
  for (const item of items) map.set(keyOf(item), item);
}

function replaceIn<T>(list: T[] | undefined, value: T, isIt: (item: T) => boolean): void {
  const at = list?.findIndex(isIt) ?? -1;
  if (at >= 0) list?.splice(at, 1, value);
}
