import type { ShipState } from "../domain/ship.ts";
import { type Claim, SHIP_DESTROYED } from "../machines/shipProtocol.ts";
import { endOfClaim, type ShipContext } from "../machines/shipSteps.ts";
import type { ActorState, ProjectArgs } from "../runtime/kind.ts";
import type { RowChange } from "../runtime/readModel.ts";
import { changed, iso, type Row } from "./rowChanges.ts";
import { shipLoss } from "./shipLoss.ts";
import { unaccountedTrade } from "./unaccountedTrade.ts";

/** Why a ship that was given up releases its claim; the reason of the rows that this leaves. */
export const SHIP_LOST = "the ship is lost";

export function projectShip(args: ProjectArgs<ShipContext>): readonly RowChange[] {
  const { agent, address, before, after, atMs, event } = args;
  const row = (state: ActorState<ShipContext>): Row => {
    const { ship, claim, command } = state.context;
    return {
      agent,
      ship_symbol: ship.symbol,
      address,
      role: ship.role,
      frame: ship.frame,
      system: ship.system,
      waypoint: ship.waypoint,
      nav_status: ship.nav,
      flight_mode: ship.flightMode,
      arrival_at: ship.arrivalAtMs === undefined ? null : iso(ship.arrivalAtMs),
      speed: ship.speed,
      fuel_units: ship.fuelUnits,
      fuel_capacity: ship.fuelCapacity,
      cargo_units: ship.cargoUnits,
      cargo_capacity: ship.cargoCapacity,
      cargo: ship.cargo.map(({ good, units }) => ({ good, units })),
      activity: claim === null ? "idle" : claim.purpose,
      doing: doingOf(state),
      task: command !== null && command.kind !== "travel" ? command.memo.task : (claim?.owner ?? null),
    };
  };
  const destroyed = after.status === "done";
  const changes: readonly RowChange[] = destroyed
    ? [{ op: "delete", table: "ships", key: { agent, ship_symbol: after.context.ship.symbol } }]
    : changed("ships", before === undefined ? undefined : row(before), row(after), atMs);
  const reason = destroyed
    ? SHIP_DESTROYED
    : (before?.context.claimEnds?.reason ?? endOfClaim(event, before?.context.claim?.owner ?? ""));
  const claims = assignmentRows(
    agent,
    after.context.ship.symbol,
    before?.context.claim ?? null,
    after.context.claim,
    reason,
    atMs,
  );
  // Its return: the cargo is within reach again, and whoever claims the ship next answers for it.
  const back = reason === SHIP_LOST ? (before?.context.ship.cargo ?? []) : [];
  const freed = back.map(
    ({ good }): RowChange => ({
      op: "delete",
      table: "cargo_holds",
      key: { agent, ship_symbol: after.context.ship.symbol, good },
    }),
  );
  return [...changes, ...claims, ...freed, ...unaccountedTrade(args), ...(destroyed ? shipLoss(args) : [])];
}

/** One active row per ship, idle ones with the reason of their release (R003-12, R004-13). */
function assignmentRows(
  agent: string,
  ship: string,
  before: Claim | null,
  after: Claim | null,
  reason: string,
  atMs: number,
): readonly RowChange[] {
  if (before?.owner === after?.owner) return [];
  const rows: RowChange[] = [];
  if (before !== null) {
    const row = {
      agent,
      ship_symbol: ship,
      container_id: before.owner,
      status: "idle",
      released_at: iso(atMs),
      release_reason: reason,
    };
    rows.push({ op: "upsert", table: "ship_assignments", row });
  }
  if (after !== null) {
    const row = {
      agent,
      ship_symbol: ship,
      container_id: after.owner,
      operation: after.purpose === "tour" ? "command" : after.purpose,
      status: "active",
      assigned_at: iso(after.sinceMs),
      released_at: null,
      release_reason: null,
    };
    rows.push({ op: "upsert", table: "ship_assignments", row });
  }
  return rows;
}

function doingOf({ value, context }: ActorState<ShipContext>): string {
  const state = typeof value === "string" ? value : JSON.stringify(value);
  const { command, ship } = context;
  if (state === "flying") return `flying to ${ship.waypoint}`;
  if (command === null) return state;
  return command.kind === "travel" ? `${state}, to ${command.waypoint}` : `${state} ${command.units} ${command.good}`;
}

/**
 * A ship that was given up cannot end its own assignment: its owner does, in the commit in which it hears of it (G9). What is aboard is
 * out of everybody's reach and held on purpose until the ship is back (G10).
 */
export function lostShipRows(lost: {
  readonly agent: string;
  readonly owner: string;
  readonly ship: ShipState | null;
  readonly event: ProjectArgs<unknown>["event"];
  readonly atMs: number;
}): readonly RowChange[] {
  const { agent, owner, ship, event, atMs } = lost;
  // One that is destroyed has ended its assignment itself, and nothing of it comes back.
  if (event.type !== "ship.lost" || event["destroyed"] === true || ship === null) return [];
  const key = { agent, ship_symbol: ship.symbol };
  const ended = { ...key, container_id: owner, status: "idle", released_at: iso(atMs), release_reason: SHIP_LOST };
  const holds = ship.cargo.map(
    ({ good, units }): RowChange => ({
      op: "upsert",
      table: "cargo_holds",
      row: { ...key, good, units, reason: SHIP_LOST, since: iso(atMs) },
    }),
  );
  return [{ op: "upsert", table: "ship_assignments", row: ended }, ...holds];
}
