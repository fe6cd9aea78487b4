/**
 * G, the greedy trader: every ship always takes the trip with the best profit per second by what the fleet has seen. Probes scout
 * first, ships without a trip explore. It plans nothing ahead, feeds no factory on purpose and never waits for a better price.
 */
import type { z } from "zod";
import { type Company, openCompany, type Stage } from "./company.ts";
import { HullBuyer } from "./hullBuyer.ts";
import type { Pilot } from "./pilot.ts";
import { Lookouts } from "./scouting.ts";
import { bestTrip, type Trip } from "./trip.ts";
import type { WireMarket } from "./wireShapes.ts";

export interface GreedyOptions {
  /** Ships that trade: others of the start stay where they are, missing ones are bought as money allows. */
  readonly ships: number;
  /** Prices of all markets at this moment, for a trader that knows everything; `undefined` for one that must go and look. */
  readonly allPrices?: () => readonly z.infer<typeof WireMarket>[];
}

/** Trades until the stage is over; returns the number of requests made. */
export async function tradeGreedily(stage: Stage, { ships, allPrices }: GreedyOptions): Promise<{ requests: number }> {
  const company = await openCompany(stage, ["CRUISE"]);
  const traders = company.traders.slice(0, ships);
  const trader = new GreedyTrader(company, new HullBuyer(company, ships - traders.length), allPrices);
  const scouts = allPrices === undefined ? company.probes : [];
  await Promise.all([...scouts.map((probe) => trader.lookouts.patrol(probe)), ...traders.map((pilot) => trader.trade(pilot))]);
  return { requests: company.agent.requests };
}

/**
 * A unit must gain this share of its cost: the best of six tried on X1-AD75 with ten ships, one good a load, one run of 24 hours each
 * (0 → 176 k, 0.05 → 217 k, 0.1 → 261 k, 0.15 → 274 k, 0.2 → 249 k, 0.3 → 229 k credits an hour). Not tried on other universes.
 */
const LEAST_MARGIN = 0.15;
/** Nothing pays: until something has changed. */
const REST_SECONDS = 180;

class GreedyTrader {
  readonly lookouts: Lookouts;
  readonly #company: Company;
  readonly #hulls: HullBuyer;
  readonly #allPrices: GreedyOptions["allPrices"];

  constructor(company: Company, hulls: HullBuyer, allPrices: GreedyOptions["allPrices"]) {
    this.lookouts = new Lookouts(company);
    this.#company = company;
    this.#hulls = hulls;
    this.#allPrices = allPrices;
  }

  async trade(pilot: Pilot): Promise<void> {
    const { notes, agent } = this.#company;
    const bought: Promise<void>[] = [];
    await pilot.look();
    while (!this.#company.isOver()) {
      const another = await this.#hulls.buyWith(pilot);
      if (another !== undefined) bought.push(this.trade(another));
      for (const market of this.#allPrices?.() ?? []) notes.observe(market, agent.clock.nowMs());
      const trip = this.#bestTrip(pilot);
      if (trip !== undefined) await this.#carry(pilot, trip);
      else if (!(await this.lookouts.exploreNext(pilot))) await pilot.waitSeconds(REST_SECONDS);
    }
    await Promise.all(bought);
  }

  #bestTrip({ waypoint, engine, freeUnits }: Pilot): Trip | undefined {
    const { notes, chart, purse } = this.#company;
    const { freeCredits } = purse;
    return bestTrip({ at: waypoint, engine, freeUnits, freeCredits, notes, chart, leastMargin: LEAST_MARGIN });
  }

  /** One trip, with the markets told about it so that no other ship counts on the same units. */
  async #carry(pilot: Pilot, trip: Trip): Promise<void> {
    const { notes, purse } = this.#company;
    const bought = trip.load.map(({ good, units }) => notes.plan(trip.from, good, -units));
    const sold = trip.load.map(({ good, units }) => notes.plan(trip.to, good, units));
    const forget = purse.promise(trip.costCredits);
    try {
      await pilot.goTo(trip.from);
      for (const release of bought) release();
      forget();
      for (const [i, { good, units }] of trip.load.entries()) {
        sold[i]?.();
        await this.#load(pilot, trip, good, units);
        sold[i] = notes.plan(trip.to, good, pilot.cargo.get(good) ?? 0);
      }
      if (pilot.cargo.size === 0) return;
      await pilot.goTo(trip.to);
      for (const release of sold) release();
      const aboard = [...pilot.cargo.keys()];
      for (const good of aboard) await pilot.sellAll(good);
    } finally {
      for (const release of [...bought, ...sold, forget]) release();
    }
  }

  /** Buys transaction by transaction while the next one still pays at the far end. */
  async #load(pilot: Pilot, { from, to }: Trip, good: string, units: number): Promise<void> {
    const { notes, purse } = this.#company;
    for (let left = units; left > 0; ) {
      const [source, sink] = [notes.note(from, good), notes.note(to, good)];
      if (source === undefined || sink === undefined) return;
      const size = Math.min(left, source.tradeVolume, pilot.freeUnits, Math.floor(purse.freeCredits / source.ask));
      if (size <= 0 || notes.bidAfter(sink, pilot.cargo.get(good) ?? 0) <= source.ask) return;
      await pilot.buy(good, size);
      left -= size;
    }
  }
}
