/**
 * Ready tasks × idle ships → one-to-one assignments. Deterministic; 500 × 100 stays under 10 ms.
 * Invariants: a ship gets at most one task and a task one ship; a task with cargo aboard a ship goes to that ship or to nobody; a ship with foreign cargo gets no other task.
 */
import { compareText } from "./quotes.ts";
import { DEFAULT_ROUTE_POLICY, distanceBetween, estimateFlight, fuelForLeg, travelSeconds } from "./route.ts";
import type { Waypoint } from "./waypoint.ts";

export interface ReadyTask {
  readonly id: string;
  readonly priority: number;
  /** Where the ship must go first; absent: wherever the ship is (it holds the cargo). */
  readonly startWaypoint: string | undefined;
  /** Free hold it needs to be worth it; 0: any. */
  readonly cargoUnits: number;
  /** The only ship that may take it. */
  readonly affinityShip: string | undefined;
  /** Rank within a priority. */
  readonly creditsPerShipSecond: number;
  readonly createdAtMs: number;
  /** Most that its ship may burn on the way to the start; absent: any. */
  readonly maxApproachCredits?: number;
  /** Its ship may BURN; absent: it may. */
  readonly allowBurn?: boolean;
}

export interface IdleShip {
  readonly symbol: string;
  readonly waypoint: string;
  readonly speed: number;
  readonly fuelUnits: number;
  readonly fuelCapacity: number;
  readonly cargoCapacity: number;
  readonly cargoUnits: number;
}

export interface AssignmentDecision {
  readonly taskId: string;
  readonly ship: string;
  readonly approachSeconds: number;
}

export interface UnassignedTask {
  readonly taskId: string;
  readonly reason: "noShipLeft" | "affinityShipBusy" | "outOfReach" | "approachTooDear";
}

export interface AssignmentPlan {
  readonly assignments: readonly AssignmentDecision[];
  readonly unassigned: readonly UnassignedTask[];
}

export interface AssignmentRequest {
  readonly tasks: readonly ReadyTask[];
  readonly ships: readonly IdleShip[];
  readonly waypoints: Readonly<Record<string, Waypoint>>;
  /** Waypoints that sell FUEL: a ship there counts as full. */
  readonly fuelStops: readonly string[];
  /** Share of the wanted units a hold must take; smaller ships are used only when nothing else is idle. */
  readonly minHoldShare?: number;
  readonly fuelCreditsPerUnit: number;
}

interface Candidate {
  readonly ship: IdleShip;
  readonly seconds: number;
}

/** Affinity first, then by priority, then by profit rate; each task takes the closest idle ship that reaches it [R002-71] [R002-72]. */
export function assignShips(request: AssignmentRequest): AssignmentPlan {
  const idle = new Map([...request.ships].sort((a, b) => compareText(a.symbol, b.symbol)).map((ship) => [ship.symbol, ship]));
  const stops = new Set(request.fuelStops);
  const assignments: AssignmentDecision[] = [];
  const unassigned: UnassignedTask[] = [];
  for (const task of [...request.tasks].sort(byUrgency)) {
    const choice =
      task.affinityShip === undefined
        ? closest(task, idle, request, stops)
        : holder(task.affinityShip, task, idle, request.waypoints);
    if (typeof choice === "string") unassigned.push({ taskId: task.id, reason: choice });
    else {
      idle.delete(choice.ship.symbol);
      assignments.push({ taskId: task.id, ship: choice.ship.symbol, approachSeconds: choice.seconds });
    }
  }
  return { assignments, unassigned };
}

/** Cargo holders before all others: their ship must not be given away. */
function byUrgency(a: ReadyTask, b: ReadyTask): number {
  const held = Number(b.affinityShip !== undefined) - Number(a.affinityShip !== undefined);
  return (
    held ||
    b.priority - a.priority ||
    b.creditsPerShipSecond - a.creditsPerShipSecond ||
    a.createdAtMs - b.createdAtMs ||
    compareText(a.id, b.id)
  );
}

function holder(
  symbol: string,
  task: ReadyTask,
  idle: ReadonlyMap<string, IdleShip>,
  waypoints: AssignmentRequest["waypoints"],
): Candidate | UnassignedTask["reason"] {
  const ship = idle.get(symbol);
  if (!ship) return "affinityShipBusy";
  return { ship, seconds: approach(ship, task.startWaypoint ?? ship.waypoint, waypoints) ?? 0 };
}

function closest(
  task: ReadyTask,
  idle: ReadonlyMap<string, IdleShip>,
  request: AssignmentRequest,
  stops: ReadonlySet<string>,
): Candidate | UnassignedTask["reason"] {
  if (idle.size === 0) return "noShipLeft";
  const wanted = task.cargoUnits * (request.minHoldShare ?? 0.5);
  let best: Candidate | undefined;
  let small: Candidate | undefined;
  let reachable = 0;
  for (const ship of idle.values()) {
    if (ship.cargoUnits > 0 || ship.cargoCapacity === 0) continue;
    const target = task.startWaypoint ?? ship.waypoint;
    const seconds = approach(ship, target, request.waypoints);
    if (seconds === undefined || !reaches(ship, target, request.waypoints, stops)) continue;
    reachable += 1;
    if (tooDear(task, ship, target, request)) continue;
    if (ship.cargoCapacity >= wanted) {
      if (!best || seconds < best.seconds) best = { ship, seconds };
    } else if (!small || seconds < small.seconds) small = { ship, seconds };
  }
  return best ?? small ?? (reachable === 0 ? "outOfReach" : "approachTooDear");
}

/** By the straight line: what fuel the way to the start takes must leave something of what the task earns. */
function tooDear(
  { maxApproachCredits, allowBurn = true }: ReadyTask,
  ship: IdleShip,
  target: string,
  { waypoints, fuelCreditsPerUnit }: AssignmentRequest,
): boolean {
  const from = waypoints[ship.waypoint];
  const to = waypoints[target];
  if (maxApproachCredits === undefined || ship.waypoint === target || !from || !to) return false;
  const { fuelUnits } = estimateFlight(distanceBetween(from, to), ship, { ...DEFAULT_ROUTE_POLICY, allowBurn });
  return fuelUnits * fuelCreditsPerUnit > maxApproachCredits;
}

/**
 * What the next ship may burn on its way to a task: what the task was given for it, less what it has burnt. What was burnt in vain is lost
 * whoever comes, so it keeps what half of its own gain on goods is worth.
 */
export function approachBudgetCredits(task: {
  readonly maxApproachCredits: number;
  readonly fuelCredits: number;
  readonly expectedCostCredits: number;
  readonly expectedRevenueCredits: number;
}): number {
  const { maxApproachCredits, fuelCredits, expectedCostCredits, expectedRevenueCredits } = task;
  const floorCredits = Math.max(0, Math.floor((expectedRevenueCredits - expectedCostCredits) / 2));
  return Math.max(maxApproachCredits - fuelCredits, Math.min(maxApproachCredits, floorCredits));
}

function approach(ship: IdleShip, target: string, waypoints: AssignmentRequest["waypoints"]): number | undefined {
  if (ship.waypoint === target) return 0;
  const from = waypoints[ship.waypoint];
  const to = waypoints[target];
  if (!from || !to || from.system !== to.system) return undefined;
  return travelSeconds(distanceBetween(from, to), ship.speed, "CRUISE");
}

/** A cruise on the present tank (full where FUEL is sold), or a first hop to a place that sells it. */
function reaches(ship: IdleShip, target: string, waypoints: AssignmentRequest["waypoints"], stops: ReadonlySet<string>): boolean {
  if (ship.fuelCapacity === 0 || ship.waypoint === target || stops.has(ship.waypoint)) return true;
  const from = waypoints[ship.waypoint];
  const to = waypoints[target];
  if (!from || !to) return false;
  if (fuelForLeg(distanceBetween(from, to), "CRUISE", ship.fuelCapacity) <= ship.fuelUnits) return true;
  for (const name of stops) {
    const stop = waypoints[name];
    if (stop && fuelForLeg(distanceBetween(from, stop), "CRUISE", ship.fuelCapacity) <= ship.fuelUnits) return true;
  }
  return false;
}
