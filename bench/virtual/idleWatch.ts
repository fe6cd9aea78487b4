import { z } from "zod";
import { createMarketBook, followCommits, fuelStopsOf } from "../../src/actors/marketBook.store.ts";
import { approachBudgetCredits, assignShips, type IdleShip, type ReadyTask } from "../../src/domain/assignment.ts";
import { DEFAULT_LEG_POLICY } from "../../src/domain/tradeLeg.ts";
import type { RuntimeNotice } from "../../src/runtime/runtime.ts";

/** A stretch in which a ship with an empty hold had no work while one and the same READY task that pays was in its reach. */
export interface IdleStretch {
  readonly ship: string;
  readonly task: string;
  readonly untilMs: number;
  readonly lastedMs: number;
}

export interface IdleWatch {
  readonly observe: (notice: RuntimeNotice) => void;
  /** Those longer than the limit, up to now. One stretch of a ship counts once, with the task that waited longest. */
  stretches(atMs: number): readonly IdleStretch[];
}

const ShipContext = z.looseObject({
  claim: z.unknown(),
  ship: z.looseObject({
    symbol: z.string(),
    waypoint: z.string(),
    speed: z.number(),
    fuelUnits: z.number(),
    fuelCapacity: z.number(),
    cargoCapacity: z.number(),
    cargoUnits: z.number(),
  }),
});
const TaskContext = z.looseObject({
  address: z.string(),
  creditsPerShipSecond: z.number(),
  expectedCostCredits: z.number().default(0),
  expectedRevenueCredits: z.number().default(0),
  allowBurn: z.boolean().exactOptional(),
  maxApproachCredits: z.number().exactOptional(),
  task: z.looseObject({
    status: z.string(),
    priority: z.number(),
    sourceMarket: z.string().optional(),
    units: z.number(),
    affinityShip: z.string().optional(),
    createdAtMs: z.number(),
    fuelCredits: z.number().exactOptional(),
  }),
});

interface Waiting<Who> {
  readonly who: Who;
  readonly sinceMs: number;
}

type Reach = (task: ReadyTask, ship: IdleShip) => boolean;

/** Watches a fleet from its start. What is in reach is judged as the fleet judges it, by what it knows of places and fuel. */
export function watchIdleShips(limitMs: number, inReach?: Reach): IdleWatch {
  const known = createMarketBook();
  let tell: (notice: RuntimeNotice) => void = () => undefined;
  followCommits(known, {
    observe: (observer) => {
      tell = observer;
      return () => undefined;
    },
  });
  const reaches =
    inReach ??
    ((task, ship) => {
      const knowledge = known.getSnapshot().context;
      const { fuelCreditsPerUnit } = DEFAULT_LEG_POLICY;
      const { waypoints } = knowledge;
      const request = { tasks: [task], ships: [ship], waypoints, fuelStops: fuelStopsOf(knowledge), fuelCreditsPerUnit };
      return assignShips(request).assignments.length > 0;
    });
  const ships = new Map<string, Waiting<IdleShip>>();
  const tasks = new Map<string, Waiting<ReadyTask>>();
  /** The longest so far of each ship that is still without work. */
  const longest = new Map<string, IdleStretch>();
  const ended: IdleStretch[] = [];

  function note(ship: Waiting<IdleShip>, task: Waiting<ReadyTask>, untilMs: number): void {
    const lastedMs = untilMs - Math.max(ship.sinceMs, task.sinceMs);
    const { symbol } = ship.who;
    if (lastedMs <= Math.max(limitMs, longest.get(symbol)?.lastedMs ?? 0) || !reaches(task.who, ship.who)) return;
    longest.set(symbol, { ship: symbol, task: task.who.id, untilMs, lastedMs });
  }

  function employ(symbol: string, atMs: number): void {
    const ship = ships.get(symbol);
    if (ship === undefined) return;
    for (const task of tasks.values()) note(ship, task, atMs);
    ships.delete(symbol);
    const stretch = longest.get(symbol);
    if (stretch !== undefined) ended.push(stretch);
    longest.delete(symbol);
  }

  function take(id: string, atMs: number): void {
    const task = tasks.get(id);
    if (task === undefined) return;
    for (const ship of ships.values()) note(ship, task, atMs);
    tasks.delete(id);
  }

  return {
    observe(notice) {
      tell(notice);
      if (notice.notice === "ended" && notice.kind === "task") take(notice.address, notice.atMs);
      if (notice.notice === "ended" && notice.kind === "ship")
        employ(notice.address.slice(notice.address.lastIndexOf("/") + 1), notice.atMs);
      if (notice.notice !== "transition") return;
      if (notice.kind === "ship") {
        const { claim, ship } = ShipContext.parse(notice.context);
        if (notice.value !== "resting" || claim !== null || ship.cargoCapacity === 0 || ship.cargoUnits > 0)
          employ(ship.symbol, notice.atMs);
        else if (!ships.has(ship.symbol)) ships.set(ship.symbol, { who: ship, sinceMs: notice.atMs });
      } else if (notice.kind === "task") {
        const context = TaskContext.parse(notice.context);
        const { address, creditsPerShipSecond, task } = context;
        if (task.status !== "READY" || creditsPerShipSecond <= 0) take(address, notice.atMs);
        else if (!tasks.has(address)) tasks.set(address, { who: readyTask(context), sinceMs: notice.atMs });
      }
    },
    stretches(atMs) {
      for (const ship of ships.values()) for (const task of tasks.values()) note(ship, task, atMs);
      return [...ended, ...longest.values()];
    },
  };
}

function readyTask({ address, task, ...offer }: z.infer<typeof TaskContext>): ReadyTask {
  const { priority, sourceMarket, units, affinityShip, createdAtMs, fuelCredits = 0 } = task;
  const { creditsPerShipSecond, allowBurn, maxApproachCredits } = offer;
  return {
    id: address,
    priority,
    startWaypoint: sourceMarket,
    cargoUnits: units,
    affinityShip,
    creditsPerShipSecond,
    createdAtMs,
    ...(allowBurn === undefined ? {} : { allowBurn }),
    ...(maxApproachCredits === undefined
      ? {}
      : { maxApproachCredits: approachBudgetCredits({ ...offer, maxApproachCredits, fuelCredits }) }),
  };
}
