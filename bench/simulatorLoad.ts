import type { Pool } from "undici";

export interface LoadShip {
  readonly symbol: string;
  readonly token: string;
  /** Where it is, or is on its way to. */
  at: string;
  laden: boolean;
}

/** Requests by operation, and how many of them were refused. */
export interface LoadCount {
  readonly requests: Map<string, number>;
  readonly refusals: Map<string, number>;
}

/**
 * Sends `workers` streams of requests until `isOver`: each takes the ship that has waited longest, does what a trader does at a stop (look,
 * dock, sell or buy, refuel, leave) and puts it back while it flies. Half of the requests only look. Trips are FUEL between two markets.
 */
export async function drive(
  pool: Pool,
  ships: readonly LoadShip[],
  stops: readonly [string, string],
  { workers, isOver }: { readonly workers: number; readonly isOver: () => boolean },
): Promise<LoadCount> {
  const count: LoadCount = { requests: new Map(), refusals: new Map() };
  const waiting = [...ships];
  let next = 0;
  const work = async (): Promise<void> => {
    while (!isOver()) {
      const ship = waiting[next++ % waiting.length];
      if (ship !== undefined) await callAtStop(pool, ship, stops, count);
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return count;
}

async function callAtStop(pool: Pool, ship: LoadShip, stops: readonly [string, string], count: LoadCount): Promise<void> {
  const send = async (name: string, method: "GET" | "POST", path: string, body?: string): Promise<boolean> => {
    const headers = { authorization: `Bearer ${ship.token}`, "content-type": "application/json" };
    const response = await pool.request({ method, path: `/v2${path}`, headers, body: body ?? null });
    await response.body.dump();
    raise(count.requests, name);
    if (response.statusCode >= 300) raise(count.refusals, `${name} ${response.statusCode}`);
    return response.statusCode < 300;
  };
  const own = `/my/ships/${ship.symbol}`;
  const market = `/systems/${systemOf(ship.at)}/waypoints/${ship.at}/market`;
  const away = stops[0] === ship.at ? stops[1] : stops[0];
  await send("getMyShip", "GET", own);
  await send("getMarket", "GET", market);
  await send("dockShip", "POST", `${own}/dock`);
  const [side, name] = ship.laden ? (["sell", "sellCargo"] as const) : (["purchase", "purchaseCargo"] as const);
  if (await send(name, "POST", `${own}/${side}`, FUEL)) ship.laden = !ship.laden;
  await send("getMarket", "GET", market);
  await send("getMyAgent", "GET", "/my/agent");
  await send("refuelShip", "POST", `${own}/refuel`, "{}");
  await send("orbitShip", "POST", `${own}/orbit`);
  await send("getMyShip", "GET", own);
  if (await send("navigateShip", "POST", `${own}/navigate`, JSON.stringify({ waypointSymbol: away }))) ship.at = away;
}

const FUEL = JSON.stringify({ symbol: "FUEL", units: 2 });

function systemOf(waypoint: string): string {
  return waypoint.split("-").slice(0, 2).join("-");
}

function raise(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
