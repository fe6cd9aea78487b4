import { releaseReason, stopsOf, type TourContext } from "../machines/tourProtocol.ts";
import type { ActorKind, ActorState, ProjectArgs } from "../runtime/kind.ts";
import type { RowChange } from "../runtime/readModel.ts";
import { changed, iso, isoOrNull, type Row } from "./rowChanges.ts";
import { lostShipRows } from "./ship.projection.ts";

/** One row per tour, with its round and how far it is. A look at a few stops leaves none behind: there are hundreds of them. */
export function projectTour(args: ProjectArgs<TourContext>): readonly RowChange[] {
  const { agent, address, before, after, event, atMs } = args;
  const lost = lostShipRows({ agent, owner: address, ship: before?.context.ship ?? null, event, atMs });
  if (after.status === "done" && isPassing(after.context)) return [removal(agent, address), ...lost];
  const row = (state: ActorState<TourContext>): Row => tourRow(agent, address, state);
  const ended = after.status === "done" ? { ended_at: iso(atMs) } : {};
  const changes = changed("tours", before === undefined ? undefined : row(before), { ...row(after), ...ended }, atMs);
  return [...changes, ...claimEnd(args), ...lost];
}

/**
 * The claim ends in the commit in which the tour stops: the ship writes the same row when it hears of it, a moment later, and in between
 * no query shall find the claim of a tour that does not run, or a tour that runs without one (G9).
 */
function claimEnd({ agent, address, before, after, atMs }: ProjectArgs<TourContext>): readonly RowChange[] {
  const isLeaving = after.value === "leaving" && before?.value !== "leaving";
  const isLent = after.context.holding === "lent" && before?.context.holding === "ship";
  if (!isLeaving && !isLent) return [];
  const end = {
    agent,
    address,
    ship: after.context.symbol,
    reason: isLent ? "transferred" : releaseReason(after.context),
    atMs,
  };
  const isUnanswered = (after.context.silences ?? 0) > 0;
  return [isUnanswered ? shownClaimEnd(end) : idleClaim(end)];
}

interface ClaimEnd {
  readonly agent: string;
  readonly address: string;
  readonly ship: string;
  readonly reason: string;
  readonly atMs: number;
}

function idleClaim(end: ClaimEnd): RowChange {
  return { op: "upsert", table: "ship_assignments", row: { ...claimKey(end), ...idle(end) } };
}

/** Of a ship that has not said whether it granted anything: what there is ends, and nothing is made up. */
function shownClaimEnd(end: ClaimEnd): RowChange {
  return { op: "update", table: "ship_assignments", where: { ...claimKey(end), status: "active" }, set: idle(end) };
}

function claimKey({ agent, address, ship }: ClaimEnd) {
  return { agent, ship_symbol: ship, container_id: address };
}

function idle({ reason, atMs }: ClaimEnd) {
  return { status: "idle", released_at: iso(atMs), release_reason: reason };
}

/** Given up, or stopped with its parent. */
export const projectTourEnded: NonNullable<ActorKind<TourContext>["projectEnded"]> = ({ agent, address, atMs, how, last }) => {
  if (last === undefined || last.status === "done") return [];
  if (isPassing(last.context) && how === "stopped") return [removal(agent, address)];
  const status = how === "givenUp" ? "failed" : "stopped";
  const row = { ...tourRow(agent, address, last), status, next_waypoint: null, ended_at: iso(atMs), updated_at: iso(atMs) };
  const changes: readonly RowChange[] = [{ op: "upsert", table: "tours", row }];
  if (last.context.holding !== "ship") return changes;
  return [...changes, idleClaim({ agent, address, ship: last.context.symbol, reason: status, atMs })];
};

function tourRow(agent: string, address: string, state: ActorState<TourContext>): Row {
  const { symbol, ship, patrol, stops, share, errands, next, visits, progress, startedAtMs } = state.context;
  const markets = patrol === null ? (stops === null ? share : [...(next === null ? [] : [next]), ...stops]) : stopsOf(patrol);
  return {
    agent,
    address,
    ship_symbol: symbol,
    system: patrol?.system ?? ship?.system ?? null,
    markets: [...markets],
    errands: [...errands],
    algorithm: patrol?.algorithm ?? (stops === null ? "stalest-first" : "config-order"),
    tour_order: patrol === null ? (stops === null ? [] : [...markets]) : [...patrol.order],
    total_distance: patrol?.totalDistance ?? null,
    start_waypoint: patrol?.order[0] ?? ship?.waypoint ?? null,
    calculated_at: isoOrNull(patrol?.calculatedAtMs),
    status: statusOf(state),
    next_waypoint: next,
    visits,
    rounds: progress.rounds,
    started_at: iso(startedAtMs),
    ended_at: null,
  };
}

/** `waiting`: another has its ship. */
function statusOf({ status, value, context }: ActorState<TourContext>): string {
  if (status === "done") return context.ending ?? "completed";
  if (value === "leaving") return "leaving";
  if (context.holding === "without" || context.holding === "lent") return "waiting";
  return value === "claiming" && context.holding === "asking" ? "claiming" : "running";
}

function isPassing({ stops, patrol }: TourContext): boolean {
  return patrol === null && stops !== null;
}

function removal(agent: string, address: string): RowChange {
  return { op: "delete", table: "tours", key: { agent, address } };
}
