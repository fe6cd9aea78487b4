import type { TourLine } from "../../src/console/scouting.ts";
import { START_MS } from "./fakeRuntime.ts";

/** A round over two markets, as its rows show it. */
export function tourLine(change: Partial<TourLine> & { readonly ship: string; readonly container: string }): TourLine {
  return {
    containerStatus: "RUNNING",
    playerId: 1,
    system: "X1-AB12",
    markets: ["X1-AB12-A1", "X1-AB12-B2"],
    order: ["X1-AB12-A1", "X1-AB12-B2", "X1-AB12-A1"],
    totalDistance: 34.14,
    algorithm: "nearest-neighbour-2opt",
    startWaypoint: "X1-AB12-A1",
    calculatedAtMs: START_MS,
    status: "running",
    nextWaypoint: "X1-AB12-B2",
    visits: 5,
    rounds: 2,
    startedAtMs: START_MS,
    endedAtMs: undefined,
    ...change,
  };
}

/** Ten markets on a spiral, and rocks between them. */
export function chartContext(system: string) {
  const waypoints = Array.from({ length: 14 }, (_, index) => ({
    symbol: `${system}-${"ABCDEFGHJKLMNP"[index]}${index + 1}`,
    system,
    type: index % 3 === 2 ? "ASTEROID" : "PLANET",
    x: Math.round(index * 40 * Math.cos(index * 1.1)),
    y: Math.round(index * 40 * Math.sin(index * 1.1)),
    traits: index % 3 === 2 ? [] : ["MARKETPLACE"],
  }));
  return { system, waypoints };
}
