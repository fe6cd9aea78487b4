/**
 * What the universe answers, without the wire: rate limit, route, token and operation.
 *
 * Invariants: a request is answered in one synchronous piece, at one instant of game time, after everything due before; the answer is
 * a function of the universe, the limiter and the request. So whatever was asked can be asked again, and a replay does.
 */
import { MAINTENANCE } from "./admin/reset.ts";
import { tooMany } from "./envelope.ts";
import { gameOperations } from "./gameOperations.ts";
import type { Operation } from "./operations/operation.ts";
import type { LimitState, RateLimiter } from "./rateLimit.ts";
import { type Answer, type Refusal, refuse } from "./refusal.ts";
import type { Recorder } from "./replay/recorder.ts";
import type { RequestBody } from "./requestBody.ts";
import { type Route, Router } from "./router.ts";
import type { Simulation } from "./simulation.ts";
import type { StartFleet } from "./startFleet.ts";
import type { Bearer } from "./token.ts";

export interface DeskRequest {
  method: string;
  /** Path and query as they came. */
  target: string;
  /** Of the caller: what the rate limit counts by. */
  address: string;
  bearer: Bearer;
  body: RequestBody;
  /** `x-request-id` of the client, for the books. */
  requestId: string | null;
}

export interface DeskAnswer {
  answer: Answer;
  /** Undefined without a limit. */
  limit: LimitState | undefined;
}

export interface DeskParts {
  sim: Simulation;
  fleet: StartFleet;
  /** Absent: no limit. */
  limiter: RateLimiter | undefined;
  /** Operations under `/admin`, to which the rate limit does not apply. */
  adminOperations: readonly Operation[];
  /** Absent: nothing is recorded. */
  recorder?: Recorder | undefined;
}

export class RequestDesk {
  readonly #sim: Simulation;
  readonly #limiter: RateLimiter | undefined;
  readonly #recorder: Recorder | undefined;
  readonly #game: Router;
  readonly #admin: Router;

  constructor({ sim, fleet, limiter, adminOperations, recorder }: DeskParts) {
    this.#sim = sim;
    this.#limiter = limiter;
    this.#recorder = recorder;
    this.#game = new Router(gameOperations(fleet));
    this.#admin = new Router(adminOperations);
  }

  route({ method, target }: Pick<DeskRequest, "method" | "target">): Route {
    const path = pathOf(target);
    return isAdmin(target) ? this.#admin.find(method, path) : this.#game.find(method, path.replace(/^\/v2(?=\/|$)/, "") || "/");
  }

  /** `faults` are those on its way, for the recording. Throws when the books or the recording cannot be written; then nothing has changed. */
  answer(request: DeskRequest, faults: readonly string[] = []): DeskAnswer {
    const serve = () => this.#serve(request);
    return this.#sim.during(() => this.#recorder?.record(request, faults, serve) ?? serve());
  }

  /** Notes a request that faults kept from being asked. */
  lost(request: Pick<DeskRequest, "method" | "target">, faults: readonly string[]): void {
    this.#recorder?.lost(request, faults);
  }

  #serve(request: DeskRequest): DeskAnswer {
    const limit = this.#take(request);
    return { answer: limit && !limit.allowed ? tooMany(limit) : this.#operate(request), limit };
  }

  #take({ target, address, bearer }: DeskRequest): LimitState | undefined {
    if (this.#limiter === undefined || isAdmin(target)) return undefined;
    this.#limiter.changeSpeed(this.#sim.universe.clock.speed);
    return this.#limiter.take(address, isOfAccount(bearer) ? "account" : undefined, this.#sim.instant().wallMs);
  }

  #operate(request: DeskRequest): Answer {
    if (this.#sim.universe.maintenance && !isAdmin(request.target)) return MAINTENANCE;
    const route = this.route(request);
    if (route.kind !== "found") return route.refusal;
    const { bearer, body, requestId } = request;
    const sim = this.#sim;
    const agent = bearer.kind === "agent" ? sim.agents.get(bearer.symbol) : undefined;
    const refusal = refuseToken(sim, route.operation, bearer, agent !== undefined);
    if (refusal) return refusal;
    if (!body.ok) return body.refusal;
    const query = new URLSearchParams(request.target.split("?", 2)[1] ?? "");
    return route.operation.handle({ sim, params: route.params, query, body: body.value, requestId, agent });
  }
}

/** The admin path is beside the game's, not below it. */
export function isAdmin(target: string): boolean {
  return /^\/admin(?=[/?]|$)/.test(target);
}

/** Every agent of this universe is the one account's. */
function isOfAccount({ kind }: Bearer): boolean {
  return kind === "agent" || kind === "account";
}

function pathOf(target: string): string {
  return target.split("?", 1)[0] || "/";
}

function refuseToken(sim: Simulation, operation: Operation, bearer: Bearer, agentKnown: boolean): Refusal | undefined {
  if (operation.token === "none") return undefined;
  if (operation.token === "public" && bearer.kind === "none") return undefined;
  if (operation.token === "account") {
    if (bearer.kind === "account") return undefined;
    return bearer.kind === "none"
      ? refuse(401, 4116, "Missing account token.")
      : refuse(401, 4115, "Invalid account token. This operation needs the account token, not an agent token.");
  }
  switch (bearer.kind) {
    case "none":
      return refuse(401, 4103, "Missing token on request. Send it as a Bearer token in the Authorization header.");
    case "invalid":
      return refuse(401, 4104, `Failed to parse token. Token is invalid (${bearer.reason}).`);
    case "account":
      return operation.token === "public"
        ? undefined
        : refuse(401, 4104, "Failed to parse token. An agent token is needed, not the account token.");
    case "stale":
      return refuse(
        401,
        4113,
        "Failed to parse token. Token reset_date does not match the server. Server resets happen on a weekly to bi-weekly frequency.",
        {
          expected: sim.universe.resetDate,
          actual: bearer.resetDate,
        },
      );
    case "agent":
      return agentKnown ? undefined : refuse(401, 4107, `Agent ${bearer.symbol} does not exist.`);
  }
}
