/** Finding one's way in a simulated system, and going there over real HTTP. */
import type { MarketGood, MarketRecord, WaypointRecord } from "../../../src/simulator/universe.ts";
import type { Harness } from "./harness.ts";

type Sim = Harness["sim"];

export function at(sim: Sim, symbol: string): WaypointRecord {
  const waypoint = sim.waypoints.get(symbol);
  if (waypoint === undefined) throw new Error(`no waypoint ${symbol}`);
  return waypoint;
}

/** The first waypoint of a type. */
export function place(sim: Sim, type: string): string {
  const found = sim.universe.waypoints.find((waypoint) => waypoint.type === type);
  if (found === undefined) throw new Error(`no ${type}`);
  return found.symbol;
}

/** The first market with FUEL whose distance from the headquarters, rounded, lies in a range. */
export function within(sim: Sim, from: number, to: number): string {
  const hq = at(sim, sim.universe.headquarters);
  const found = [...sim.markets.values()].find(({ waypoint, goods }) => {
    const units = Math.round(apart(hq, at(sim, waypoint)));
    return units >= from && units <= to && goods.some(({ good }) => good === "FUEL");
  });
  if (found === undefined) throw new Error(`no market at a distance of ${from} to ${to}`);
  return found.waypoint;
}

/** A good of a kind and its market; the one that `wanted` accepts, nearest to the headquarters first. */
export function traded(
  sim: Sim,
  wanted: (good: MarketGood, market: MarketRecord) => boolean,
): { market: MarketRecord; good: MarketGood } {
  const hq = at(sim, sim.universe.headquarters);
  const found = [...sim.markets.values()]
    .toSorted((a, b) => apart(hq, at(sim, a.waypoint)) - apart(hq, at(sim, b.waypoint)))
    .flatMap((market) => market.goods.map((good) => ({ market, good })))
    .find(({ market, good }) => wanted(good, market));
  if (found === undefined) throw new Error("no such market");
  return found;
}

/** Distance computed here, not by the program. */
export function apart(a: { x: number; y: number }, b: { x: number; y: number }): number {
  return Math.sqrt((a.x - b.x) ** 2 + (a.y - b.y) ** 2);
}

/** Brings a ship to a waypoint, docked or in orbit, with whatever time that takes. */
export async function bring({ call, sim, wall }: Harness, ship: string, waypoint: string, posture: "dock" | "orbit" = "dock") {
  if (sim.ships.get(ship)?.nav.waypoint !== waypoint) {
    await expectOk(call("POST", `/my/ships/${ship}/orbit`));
    await expectOk(call("POST", `/my/ships/${ship}/navigate`, { waypointSymbol: waypoint }));
    wall.advanceSeconds(86_400 / sim.universe.clock.speed);
  }
  await expectOk(call("POST", `/my/ships/${ship}/${posture}`));
}

/** Gives or takes credits until the test agent has exactly so many. */
export async function setCredits({ call, sim, accountToken }: Harness, credits: number): Promise<void> {
  const change = credits - (sim.agents.get("TESTER")?.credits ?? 0);
  await expectOk(call("POST", "/admin/credits", { agent: "TESTER", credits: change }, accountToken));
}

async function expectOk(answer: ReturnType<Harness["call"]>): Promise<void> {
  const { status, body } = await answer;
  if (status >= 300) throw new Error(JSON.stringify(body));
}
