/** What an operation of the API gets and how it answers; the guards that several of them share. */
import { z } from "zod";
import { gameMsAt, isoAt, wallMsAt } from "../gameClock.ts";
import { type Answer, invalid, notFound, type Refusal, refuse } from "../refusal.ts";
import type { Simulation } from "../simulation.ts";
import type { AgentRecord, ShipRecord } from "../universe.ts";
import { navStatus } from "../wire.ts";

export interface Call {
  sim: Simulation;
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  body: unknown;
  /** `x-request-id` of the client, for the books. */
  requestId: string | null;
  /** The agent of the token; undefined on a public read without one. */
  agent: AgentRecord | undefined;
}

/** A call whose token is known to be an agent's. */
export type AgentCall = Call & { agent: AgentRecord };

export interface Operation {
  method: "GET" | "POST" | "PATCH";
  /** `/my/ships/:ship/nav` */
  path: string;
  name: string;
  token: "none" | "public" | "agent" | "account";
  handle(call: Call): Answer;
}

/** An operation under `/my`: the server has checked the token. */
export function agentOperation(
  method: Operation["method"],
  path: string,
  name: string,
  handle: (call: AgentCall) => Answer,
): Operation {
  return {
    method,
    path,
    name,
    token: "agent",
    handle: (call) => (call.agent ? handle({ ...call, agent: call.agent }) : refuse(401, 4103, "Missing token.")),
  };
}

/** An operation on one of the caller's ships. */
export function shipOperation(
  method: Operation["method"],
  action: string,
  name: string,
  handle: (call: AgentCall, ship: ShipRecord) => Answer,
): Operation {
  return agentOperation(method, `/my/ships/:ship${action}`, name, (call) => {
    const symbol = call.params["ship"] ?? "";
    const ship = call.sim.ships.get(symbol);
    return ship?.agent === call.agent.symbol ? handle(call, ship) : notFound("Ship", symbol);
  });
}

/** Units in a body: at least one, and no absurd number. */
export const Units = z.int().min(1).max(1_000_000);

/** The body by a schema, or the 422 that says what is wrong with it. No body is `{}`; a `null` is not. */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): { ok: true; value: T } | { ok: false; refusal: Refusal } {
  const parsed = schema.safeParse(body === undefined ? {} : body);
  if (parsed.success) return { ok: true, value: parsed.data };
  const fields: Record<string, string[]> = {};
  for (const issue of parsed.error.issues) {
    const field = issue.path.map(String).join(".") || "body";
    fields[field] = [...(fields[field] ?? []), issue.message];
  }
  return { ok: false, refusal: invalid(fields) };
}

/** 4214 with the transit in its data, when the ship is under way. */
export function refuseInTransit(sim: Simulation, ship: ShipRecord): Refusal | undefined {
  const now = sim.nowGameMs();
  if (navStatus(ship, now) !== "IN_TRANSIT") return undefined;
  const { clock } = sim.universe;
  const wallNowMs = clock.anchorWallMs + (now - gameMsAt(clock, clock.anchorWallMs)) / clock.speed;
  const secondsToArrival = Math.max(0, Math.ceil((wallMsAt(clock, ship.nav.arrivalGameMs) - wallNowMs) / 1000));
  return refuse(
    400,
    4214,
    `Ship is currently in-transit from ${ship.nav.origin} to ${ship.nav.waypoint} and arrives in ${secondsToArrival} seconds.`,
    {
      departureSymbol: ship.nav.origin,
      destinationSymbol: ship.nav.waypoint,
      arrival: isoAt(clock, ship.nav.arrivalGameMs),
      departureTime: isoAt(clock, ship.nav.departureGameMs),
      secondsToArrival,
    },
  );
}

/** 4214 or 4244 unless the ship is docked. */
export function refuseUndocked(sim: Simulation, ship: ShipRecord, code = 4244): Refusal | undefined {
  const transit = refuseInTransit(sim, ship);
  if (transit) return transit;
  if (ship.nav.status === "DOCKED") return undefined;
  return refuse(400, code, `Ship action failed. ${ship.symbol} is not currently docked at ${ship.nav.waypoint}.`, {
    shipSymbol: ship.symbol,
    waypointSymbol: ship.nav.waypoint,
  });
}

/** One of the agent's ships is at the waypoint, docked or in orbit. */
export function isPresent(sim: Simulation, agent: AgentRecord | undefined, waypoint: string): boolean {
  if (agent === undefined) return false;
  const now = sim.nowGameMs();
  for (const ship of sim.fleetOf(agent.symbol).values()) {
    if (ship.nav.waypoint === waypoint && navStatus(ship, now) !== "IN_TRANSIT") return true;
  }
  return false;
}

/** One page of a list, as `page` and `limit` of the query ask. */
export function paged<T>(call: Call, items: readonly T[], toWire: (item: T) => unknown): Answer {
  const page = wholeNumber(call.query.get("page"), 1);
  const limit = wholeNumber(call.query.get("limit"), 10);
  const fields: Record<string, string[]> = {};
  if (page === undefined || page < 1) fields["page"] = ["must be a whole number of at least 1"];
  if (limit === undefined || limit < 1 || limit > 20) fields["limit"] = ["must be a whole number from 1 to 20"];
  if (page === undefined || limit === undefined || Object.keys(fields).length > 0) return invalid(fields);
  const data = items.slice((page - 1) * limit, page * limit).map(toWire);
  return { outcome: "ok", status: 200, data, meta: { total: items.length, page, limit } };
}

function wholeNumber(text: string | null, otherwise: number): number | undefined {
  if (text === null) return otherwise;
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
