/** What a reference trader begins with: an agent, its ships, and where the markets are. */
import type { z } from "zod";
import { Chart, type FlightMode } from "./chart.ts";
import { MarketNotes } from "./marketNotes.ts";
import { Pilot } from "./pilot.ts";
import { Purse } from "./purse.ts";
import { type TraderClock, type Transport, WireAgent } from "./wireAgent.ts";
import { WireAgentFacts, WireMarket, WirePlace, WireShip } from "./wireShapes.ts";

/** Where a trader plays: the wire, its token, a clock, and when it is over. */
export interface Stage {
  readonly transport: Transport;
  readonly token: string;
  readonly clock: TraderClock;
  readonly untilMs: number;
}

export interface Company {
  readonly agent: WireAgent;
  readonly chart: Chart;
  readonly notes: MarketNotes;
  readonly purse: Purse;
  /** Ships with a hold, in the order of the start: the frigate is the first. */
  readonly traders: readonly Pilot[];
  /** Ships without one. */
  readonly probes: readonly Pilot[];
  /** Shipyards, by symbol. */
  readonly yards: readonly string[];
  readonly pilotOf: (ship: z.infer<typeof WireShip>) => Pilot;
  isOver(): boolean;
}

/** Reads agent, ships and the listings of all markets. */
export async function openCompany(stage: Stage, modes: readonly FlightMode[]): Promise<Company> {
  const agent = new WireAgent(stage.transport, stage.token, stage.clock);
  const { credits, headquarters } = await agent.call(WireAgentFacts, "GET", "/my/agent");
  const system = `/systems/${headquarters.split("-").slice(0, 2).join("-")}`;
  const places = (await agent.list(WirePlace, `${system}/waypoints`)).filter(({ traits }) =>
    traits.some(({ symbol }) => symbol === "MARKETPLACE"),
  );
  const notes = new MarketNotes();
  const fuelPlaces = new Set<string>();
  for (const { symbol } of places) {
    const market = await agent.call(WireMarket, "GET", `${system}/waypoints/${symbol}/market`);
    const { exports, imports, exchange } = market;
    if ([...exports, ...imports, ...exchange].some((good) => good.symbol === "FUEL")) fuelPlaces.add(symbol);
    notes.observe(market, stage.clock.nowMs());
  }
  const chart = new Chart(places, fuelPlaces, modes);
  const purse = new Purse(credits);
  const ships = await agent.list(WireShip, "/my/ships");
  const pilotOf = (ship: z.infer<typeof WireShip>) => new Pilot(ship, { agent, chart, notes, purse });
  const pilots = ships.map(pilotOf);
  return {
    agent,
    chart,
    notes,
    purse,
    traders: pilots.filter(({ cargoCapacity }) => cargoCapacity > 0),
    probes: pilots.filter(({ cargoCapacity }) => cargoCapacity === 0),
    yards: places.filter(({ traits }) => traits.some(({ symbol }) => symbol === "SHIPYARD")).map(({ symbol }) => symbol),
    pilotOf,
    isOver: () => stage.clock.nowMs() >= stage.untilMs,
  };
}
