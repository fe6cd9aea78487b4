/**
 * How long the coordinator thinks: every opportunity over 50 markets and all 129 goods, most of which cannot be made at a profit, and 500
 * ready tasks given to 100 ships.
 */
import { assignShips, type IdleShip, type ReadyTask } from "../src/domain/assignment.ts";
import type { Quote, SupplyLevel } from "../src/domain/market.ts";
import { findOpportunities } from "../src/domain/opportunity.ts";
import { DEFAULT_LEG_POLICY } from "../src/domain/tradeLeg.ts";
import { bookOf, quote, waypoint, worldOf } from "../test/domain/fixtures/builders.ts";
import { percentile, report, round } from "./benchReport.ts";

const GOODS = 129;
const MARKETS = 50;
const LEVELS: readonly SupplyLevel[] = ["SCARCE", "LIMITED", "MODERATE", "HIGH", "ABUNDANT"];
const ROUNDS = 30;

const goods = Array.from({ length: GOODS }, (_, n) => `GOOD_${n}`);
const chain = Object.fromEntries(goods.map((good, n) => [good, [`GOOD_${(n * 7 + 3) % GOODS}`, `GOOD_${(n * 5 + 1) % GOODS}`]]));
const world = worldOf(bookOf(...quotes()), { chain, shipWaypoints: ["M1", "M2", "M3"] });

const TASKS = 500;
const SHIPS = 100;
const places = Object.fromEntries(
  Array.from({ length: MARKETS }, (_, n) => [`M${n}`, waypoint(`M${n}`, (n * 37) % 400, (n * 53) % 400)]),
);
const assignment = {
  tasks: readyTasks(),
  ships: idleShips(),
  waypoints: places,
  fuelStops: Object.keys(places).filter((_, n) => n % 3 === 0),
  fuelCreditsPerUnit: DEFAULT_LEG_POLICY.fuelCreditsPerUnit,
};

const planning = medianMs(() => findOpportunities(world));
const assigning = medianMs(() => assignShips(assignment));
report(
  "planning",
  [
    {
      markets: MARKETS,
      goods: GOODS,
      opportunities: findOpportunities(world).opportunities.length,
      "planning p50 ms": round(planning),
      tasks: TASKS,
      ships: SHIPS,
      assigned: assignShips(assignment).assignments.length,
      "assignment p50 ms": round(assigning),
    },
  ],
  [
    { name: "planning, p50 ms", measured: planning, reach: 50, better: "lower" },
    { name: "assignment, p50 ms", measured: assigning, reach: 10, better: "lower" },
  ],
);

function medianMs(work: () => unknown): number {
  for (let warmUp = 0; warmUp < 5; warmUp += 1) work();
  const times = Array.from({ length: ROUNDS }, () => {
    const startedAt = performance.now();
    work();
    return performance.now() - startedAt;
  });
  return percentile(times, 0.5);
}

function readyTasks(): readonly ReadyTask[] {
  return Array.from({ length: TASKS }, (_, n) => ({
    id: `task-${n}`,
    priority: [10, 30, 50][n % 3] ?? 10,
    startWaypoint: `M${n % MARKETS}`,
    cargoUnits: 20 + (n % 5) * 15,
    affinityShip: n % 25 === 0 ? `SHIP-${n % SHIPS}` : undefined,
    creditsPerShipSecond: (n * 31) % 97,
    maxApproachCredits: 100 + ((n * 53) % 400),
    createdAtMs: n,
  }));
}

function idleShips(): readonly IdleShip[] {
  return Array.from({ length: SHIPS }, (_, n) => ({
    symbol: `SHIP-${n}`,
    waypoint: `M${(n * 7) % MARKETS}`,
    speed: n % 2 === 0 ? 36 : 15,
    fuelUnits: 100 + ((n * 41) % 300),
    fuelCapacity: 400,
    cargoCapacity: n % 4 === 0 ? 80 : 40,
    cargoUnits: 0,
  }));
}

function quotes(): readonly Quote[] {
  const all = goods.flatMap((good, n) => [
    quote(`M${n % MARKETS}`, good, "EXPORT", { supply: LEVELS[n % 5] ?? "HIGH", askCredits: 1_000 + n }),
    quote(`M${(n + 13) % MARKETS}`, good, "IMPORT", { supply: LEVELS[n % 3] ?? "SCARCE", bidCredits: 1_700 + n }),
    ...(chain[good] ?? []).map((input) => quote(`M${n % MARKETS}`, input, "IMPORT", { supply: "LIMITED", bidCredits: 1_500 })),
  ]);
  return [...new Map(all.map((item) => [`${item.waypoint} ${item.good}`, item])).values()];
}
