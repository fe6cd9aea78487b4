/** Eyes for the fleet: who watches which markets, in which order, and when the command ship should look rather than trade. */
import { compareText, lastSeenMs, type MarketBook } from "./quotes.ts";
import { distanceBetween, type Position, travelSeconds } from "./route.ts";
import type { Waypoint } from "./waypoint.ts";

export interface Scout {
  readonly symbol: string;
  readonly waypoint: string;
  readonly speed: number;
}

type Waypoints = Readonly<Record<string, Waypoint>>;

/**
 * Each market to exactly one scout: the one with the least travel so far takes its nearest free market. Unknown waypoints are left out.
 * Even the shortest flight takes time, so no scout has two markets while another has none.
 */
export function divideMarkets(
  scouts: readonly Scout[],
  markets: readonly string[],
  waypoints: Waypoints,
): Readonly<Record<string, readonly string[]>> {
  const free = new Set([...new Set(markets)].filter((market) => waypoints[market]).sort(compareText));
  const rounds = [...scouts]
    .sort((a, b) => compareText(a.symbol, b.symbol))
    .map((scout) => ({ scout, at: waypoints[scout.waypoint], seconds: 0, markets: [] as string[] }));
  while (free.size > 0 && rounds.length > 0) {
    const round = rounds.reduce((least, candidate) => (candidate.seconds < least.seconds ? candidate : least));
    const next = nearest(round.at, free, waypoints);
    const to = next === undefined ? undefined : waypoints[next];
    if (next === undefined || !to) break;
    round.seconds += round.at ? travelSeconds(distanceBetween(round.at, to), round.scout.speed, "CRUISE") : 0;
    round.at = to;
    round.markets.push(next);
    free.delete(next);
  }
  return Object.fromEntries(rounds.map((round) => [round.scout.symbol, round.markets]));
}

export interface TourPlan {
  /** Closed cycle: the first waypoint is appended [R004-14]. */
  readonly order: readonly string[];
  /** Two decimals. */
  readonly totalDistance: number;
  readonly algorithm: "nearest-neighbour-2opt";
}

/** A short closed tour over the markets, begun at the one nearest to `start`. */
export function planTour(start: string, markets: readonly string[], waypoints: Waypoints): TourPlan {
  const free = new Set([...new Set(markets)].filter((market) => waypoints[market]).sort(compareText));
  const order: string[] = [];
  let at = waypoints[start];
  while (free.size > 0) {
    const next = nearest(at, free, waypoints);
    if (next === undefined) break;
    order.push(next);
    free.delete(next);
    at = waypoints[next];
  }
  const improved = untangle(order, waypoints);
  const first = improved[0];
  const closed = first === undefined || improved.length < 2 ? improved : [...improved, first];
  return {
    order: closed,
    totalDistance: Math.round(lengthOf(closed, waypoints) * 100) / 100,
    algorithm: "nearest-neighbour-2opt",
  };
}

export interface NextStopRequest {
  readonly scout: Scout;
  readonly markets: readonly string[];
  readonly book: MarketBook;
  readonly waypoints: Waypoints;
  readonly nowMs: number;
  /** A younger reading is not worth a visit. */
  readonly freshForMs: number;
}

export interface NextStop {
  readonly waypoint: string;
  readonly travelSeconds: number;
  /** `undefined`: never seen. */
  readonly ageMs: number | undefined;
}

/** The stop with the most staleness removed per second of flight; markets never seen come first. `undefined`: all are fresh. */
export function nextStop(request: NextStopRequest): NextStop | undefined {
  const { scout, book, waypoints, nowMs, freshForMs } = request;
  const at = waypoints[scout.waypoint];
  let best: { stop: NextStop; unseen: boolean; value: number } | undefined;
  for (const waypoint of [...new Set(request.markets)].sort(compareText)) {
    const to = waypoints[waypoint];
    if (!to) continue;
    const seenAtMs = lastSeenMs(book, waypoint);
    const ageMs = seenAtMs === undefined ? undefined : Math.max(0, nowMs - seenAtMs);
    if (ageMs !== undefined && ageMs <= freshForMs) continue;
    const seconds = at && scout.waypoint !== waypoint ? travelSeconds(distanceBetween(at, to), scout.speed, "CRUISE") : 0;
    const value = (ageMs ?? freshForMs) / (seconds + 1);
    const unseen = ageMs === undefined;
    if (best && (best.unseen !== unseen ? best.unseen : best.value >= value)) continue;
    best = { stop: { waypoint, travelSeconds: seconds, ageMs }, unseen, value };
  }
  return best?.stop;
}

export type CommandMission =
  | { readonly mission: "explore"; readonly stop: NextStop }
  | { readonly mission: "trade"; readonly reason: "tradeEarnsMore" | "nothingUnseen" };

/** While quotes are missing the command ship looks where a new market is worth more per second than the best known trade. */
export function commandShipMission(
  request: Omit<NextStopRequest, "freshForMs"> & { readonly bestTradeRate: number; readonly creditsPerNewMarket: number },
): CommandMission {
  const unseen = request.markets.filter((market) => lastSeenMs(request.book, market) === undefined);
  const stop = nextStop({ ...request, markets: unseen, freshForMs: 1 });
  if (!stop) return { mission: "trade", reason: "nothingUnseen" };
  const exploreRate = request.creditsPerNewMarket / Math.max(1, stop.travelSeconds);
  return exploreRate > request.bestTradeRate ? { mission: "explore", stop } : { mission: "trade", reason: "tradeEarnsMore" };
}

function nearest(at: Position | undefined, free: ReadonlySet<string>, waypoints: Waypoints): string | undefined {
  let best: { market: string; distance: number } | undefined;
  for (const market of free) {
    const to = waypoints[market];
    if (!to) continue;
    const distance = at ? distanceBetween(at, to) : 0;
    if (!best || distance < best.distance) best = { market, distance };
  }
  return best?.market;
}

/** 2-opt on the closed tour: reverses a stretch while that makes it shorter. */
function untangle(order: readonly string[], waypoints: Waypoints): readonly string[] {
  let tour = [...order];
  for (let improved = true; improved; ) {
    improved = false;
    for (let i = 1; i < tour.length - 1; i += 1) {
      for (let j = i + 1; j < tour.length; j += 1) {
        const candidate = [...tour.slice(0, i), ...tour.slice(i, j + 1).reverse(), ...tour.slice(j + 1)];
        if (closedLength(candidate, waypoints) < closedLength(tour, waypoints) - 1e-9) {
          tour = candidate;
          improved = true;
        }
      }
    }
  }
  return tour;
}

function closedLength(order: readonly string[], waypoints: Waypoints): number {
  const first = order[0];
  return first === undefined ? 0 : lengthOf([...order, first], waypoints);
}

function lengthOf(order: readonly string[], waypoints: Waypoints): number {
  let total = 0;
  for (let index = 1; index < order.length; index += 1) {
    const from = waypoints[order[index - 1] ?? ""];
    const to = waypoints[order[index] ?? ""];
    if (from && to) total += distanceBetween(from, to);
  }
  return total;
}
