/** One ship of a reference trader: it flies, refuels and trades, and knows of itself what the answers said. */
import { z } from "zod";
import type { Chart, Engine, Hop } from "./chart.ts";
import type { MarketNotes } from "./marketNotes.ts";
import type { Purse } from "./purse.ts";
import { type WireAgent, WireRefusal } from "./wireAgent.ts";
import { type WireCargo, WireFuel, WireMarket, WireNav, type WireShip, WireTrade } from "./wireShapes.ts";

/** The game's code for it. */
const INSUFFICIENT_CREDITS = 4600;

export class Pilot {
  readonly symbol: string;
  readonly engine: Engine;
  readonly cargoCapacity: number;
  readonly cargo = new Map<string, number>();
  readonly #agent: WireAgent;
  readonly #chart: Chart;
  readonly #notes: MarketNotes;
  readonly #purse: Purse;
  #nav: z.infer<typeof WireNav>;
  #fuel: number;

  constructor(ship: z.infer<typeof WireShip>, parts: { agent: WireAgent; chart: Chart; notes: MarketNotes; purse: Purse }) {
    this.symbol = ship.symbol;
    this.engine = { speed: ship.engine.speed, fuelCapacity: ship.fuel.capacity };
    this.cargoCapacity = ship.cargo.capacity;
    this.#agent = parts.agent;
    this.#chart = parts.chart;
    this.#notes = parts.notes;
    this.#purse = parts.purse;
    this.#nav = ship.nav;
    this.#fuel = ship.fuel.current;
    this.#load(ship.cargo);
  }

  /** Where it is, or where it is going. */
  get waypoint(): string {
    return this.#nav.waypointSymbol;
  }

  get freeUnits(): number {
    return this.cargoCapacity - [...this.cargo.values()].reduce((sum, units) => sum + units, 0);
  }

  secondsTo(waypoint: string): number {
    return this.#chart.route(this.waypoint, waypoint, this.engine).seconds;
  }

  /** Flies to a market, by way of fuel stops, and looks at it on arrival. */
  async goTo(waypoint: string): Promise<void> {
    await this.#arrive();
    for (const hop of this.#chart.route(this.waypoint, waypoint, this.engine).hops) await this.#fly(hop);
    await this.look();
  }

  /** Reads the market it is at. */
  async look(): Promise<void> {
    const market = await this.#agent.call(WireMarket, "GET", `${this.#system()}/waypoints/${this.waypoint}/market`);
    this.#notes.observe(market, this.#agent.clock.nowMs());
  }

  /** Buys in one transaction and looks at the market again; returns what was paid. */
  buy(good: string, units: number): Promise<number> {
    return this.#trade("purchase", good, units);
  }

  /** Sells in one transaction and looks at the market again; returns what was received. */
  sell(good: string, units: number): Promise<number> {
    return this.#trade("sell", good, units);
  }

  /** Sells all of a good where it is, a trade volume at a time; what is not traded here stays aboard. */
  async sellAll(good: string): Promise<void> {
    for (;;) {
      const units = Math.min(this.cargo.get(good) ?? 0, this.#notes.note(this.waypoint, good)?.tradeVolume ?? 0);
      if (units <= 0) return;
      await this.sell(good, units);
    }
  }

  async waitSeconds(seconds: number): Promise<void> {
    await this.#agent.clock.reach(this.#agent.clock.nowMs() + seconds * 1000);
  }

  async #trade(side: "purchase" | "sell", symbol: string, units: number): Promise<number> {
    await this.#dock();
    const trade = await this.#agent.call(WireTrade, "POST", `/my/ships/${this.symbol}/${side}`, { symbol, units });
    this.#purse.credits = trade.agent.credits;
    this.#load(trade.cargo);
    await this.look();
    return trade.transaction.totalPrice;
  }

  async #fly(hop: Hop): Promise<void> {
    if (this.engine.fuelCapacity > 0 && this.#fuel < hop.fuel && this.#chart.sellsFuel(this.waypoint)) await this.#refuel();
    const flown = this.#fuel < hop.fuel ? this.#chart.hop(this.waypoint, hop.to, "DRIFT", this.engine) : hop;
    await this.#setPosture("orbit");
    if (this.#nav.flightMode !== flown.mode) {
      const changed = await this.#agent.call(z.object({ nav: WireNav }), "PATCH", `/my/ships/${this.symbol}/nav`, {
        flightMode: flown.mode,
      });
      this.#nav = changed.nav;
    }
    const flight = await this.#agent.call(
      z.object({ nav: WireNav, fuel: WireFuel }),
      "POST",
      `/my/ships/${this.symbol}/navigate`,
      {
        waypointSymbol: hop.to,
      },
    );
    this.#nav = flight.nav;
    this.#fuel = flight.fuel.current;
    await this.#arrive();
  }

  async #arrive(): Promise<void> {
    if (this.#nav.status !== "IN_TRANSIT") return;
    await this.#agent.clock.reach(Date.parse(this.#nav.route.arrival));
    this.#nav = { ...this.#nav, status: "IN_ORBIT" };
  }

  /** Without the money for it the tank stays as it is, and the ship drifts. */
  async #refuel(): Promise<void> {
    await this.#dock();
    const shape = z.object({ agent: z.object({ credits: z.number() }), fuel: WireFuel });
    try {
      const refuelled = await this.#agent.call(shape, "POST", `/my/ships/${this.symbol}/refuel`);
      this.#purse.credits = refuelled.agent.credits;
      this.#fuel = refuelled.fuel.current;
    } catch (refusal) {
      if (!(refusal instanceof WireRefusal) || refusal.code !== INSUFFICIENT_CREDITS) throw refusal;
    }
  }

  #dock(): Promise<void> {
    return this.#setPosture("dock");
  }

  async #setPosture(posture: "dock" | "orbit"): Promise<void> {
    if (this.#nav.status === (posture === "dock" ? "DOCKED" : "IN_ORBIT")) return;
    const { nav } = await this.#agent.call(z.object({ nav: WireNav }), "POST", `/my/ships/${this.symbol}/${posture}`);
    this.#nav = nav;
  }

  #load(cargo: z.infer<typeof WireCargo>): void {
    this.cargo.clear();
    for (const { symbol, units } of cargo.inventory) this.cargo.set(symbol, units);
  }

  #system(): string {
    return `/systems/${this.waypoint.split("-").slice(0, 2).join("-")}`;
  }
}
