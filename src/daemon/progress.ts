/**
 * Who makes no progress. Invariants: a ship is judged by what the game shows of it (place, fuel, cargo), never by how long it has been at it; a flight is
 * progress until it should have arrived; a probe on tour is judged by its tour, since looking leaves no trace on a ship.
 */
import type { ActorSummary, FleetView } from "../console/view.store.ts";
import { shortName } from "../console/words.ts";

export interface ProgressLimits {
  /** A held ship may look the same for so long. */
  readonly stillMs: number;
  /** A tour may rest for so long while all its quotes are fresh. */
  readonly restMs: number;
  /** Two workers may believe in the same ship for so long: one of them is just being told. */
  readonly doubtMs: number;
}

export interface Stuck {
  readonly alert: "noProgress" | "severalOwners";
  readonly subject: string;
  readonly text: string;
  readonly sinceMs: number;
}

export interface ProgressWatch {
  /** What is stuck now. To be asked again and again: it compares with what it saw before. */
  look(view: FleetView, nowMs: number): readonly Stuck[];
  /** Nobody could get on (the game was away): the time does not count. */
  excuse(nowMs: number): void;
}

export function createProgressWatch(limits: ProgressLimits): ProgressWatch {
  const still = new Map<string, { readonly mark: string; readonly sinceMs: number }>();
  const doubted = new Map<string, number>();

  function stillSince(ship: string, mark: string, nowMs: number): number {
    const known = still.get(ship);
    if (known?.mark === mark) return known.sinceMs;
    still.set(ship, { mark, sinceMs: nowMs });
    return nowMs;
  }

  function lookAt(actor: ActorSummary, view: FleetView, nowMs: number): Stuck | undefined {
    const { facts } = actor;
    if (facts.facts !== "ship") return undefined;
    const { symbol, owner, nav, waypoint, arrivalAtMs, fuelUnits, cargo, doing } = facts;
    if (owner === undefined) {
      still.delete(symbol);
      return undefined;
    }
    const tour = view.actors.get(owner)?.kind === "tour" ? view.actors.get(owner) : undefined;
    const mark = JSON.stringify([owner, nav, waypoint, arrivalAtMs, fuelUnits, cargo, tour?.version]);
    const sinceMs = Math.max(stillSince(symbol, mark, nowMs), nav === "IN_TRANSIT" ? (arrivalAtMs ?? 0) : 0);
    if (nowMs - sinceMs <= (tour === undefined ? limits.stillMs : limits.restMs)) return undefined;
    const text = `${symbol} makes no progress for ${shortName(owner)}: ${actor.status === "active" ? doing : actor.status}`;
    return { alert: "noProgress", subject: symbol, text, sinceMs };
  }

  function lookAtOwners(view: FleetView, nowMs: number): readonly Stuck[] {
    const believers = workersByShip(view);
    for (const ship of doubted.keys()) if ((believers.get(ship)?.length ?? 0) < 2) doubted.delete(ship);
    return [...believers].flatMap(([ship, workers]): Stuck[] => {
      if (workers.length < 2) return [];
      const sinceMs = doubted.get(ship) ?? nowMs;
      doubted.set(ship, sinceMs);
      if (nowMs - sinceMs <= limits.doubtMs) return [];
      const names = workers.map(shortName).join(" and ");
      return [{ alert: "severalOwners", subject: ship, text: `${ship} has several owners: ${names}`, sinceMs }];
    });
  }

  return {
    look(view, nowMs) {
      const living = [...view.actors.values()].filter(({ status }) => status !== "done" && status !== "stopped");
      const ships = new Set(living.flatMap(({ facts }) => (facts.facts === "ship" ? [facts.symbol] : [])));
      for (const ship of still.keys()) if (!ships.has(ship)) still.delete(ship);
      return [...living.flatMap((actor) => lookAt(actor, view, nowMs) ?? []), ...lookAtOwners(view, nowMs)];
    },
    excuse(nowMs) {
      for (const [ship, { mark }] of still) still.set(ship, { mark, sinceMs: nowMs });
    },
  };
}

/** Addresses of the workers that believe to have each ship. */
function workersByShip(view: FleetView): ReadonlyMap<string, readonly string[]> {
  const workers = new Map<string, string[]>();
  for (const { address, status, facts } of view.actors.values()) {
    if (facts.facts !== "task" || status !== "active" || !AT_WORK.has(facts.status) || facts.ship === undefined) continue;
    const known = workers.get(facts.ship);
    if (known === undefined) workers.set(facts.ship, [address]);
    else known.push(address);
  }
  return workers;
}

const AT_WORK: ReadonlySet<string> = new Set(["ASSIGNED", "EXECUTING"]);
