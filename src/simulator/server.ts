/**
 * The HTTP edge: routing, tokens, rate limit, bodies, envelopes and injected faults.
 *
 * Invariants: every answer is JSON in the game's envelope with a request id; bad input is 4xx and changes nothing; an exception in
 * an operation is answered 503 and changes nothing, because operations change the universe in one commit at their end.
 */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { adminOperations, type Fault, type FaultPlan } from "./admin.ts";
import type { WallClock } from "./gameClock.ts";
import { holdOperations } from "./operations/hold.ts";
import { navigationOperations } from "./operations/navigation.ts";
import type { Operation } from "./operations/operation.ts";
import { readOperations } from "./operations/reads.ts";
import { refuelOperation } from "./operations/refuel.ts";
import { registerOperation } from "./operations/register.ts";
import { shipPurchaseOperation } from "./operations/shipPurchase.ts";
import { tradeOperations } from "./operations/trade.ts";
import { type LimitState, PER_MINUTE, PER_SECOND, type RateLimiter } from "./rateLimit.ts";
import { type Answer, type Refusal, refuse } from "./refusal.ts";
import { readBody } from "./requestBody.ts";
import { Router } from "./router.ts";
import type { Simulation } from "./simulation.ts";
import type { StartFleet } from "./startFleet.ts";
import { type Bearer, TokenVerifier } from "./token.ts";

export interface ServerParts {
  sim: Simulation;
  wall: WallClock;
  fleet: StartFleet;
  /** Absent: no limit. */
  limiter: RateLimiter | undefined;
  /** Absent: no admin path and no faults. */
  faults: FaultPlan | undefined;
}

export function createSimulatorServer(parts: ServerParts): Server {
  const operations = [
    ...readOperations,
    ...navigationOperations,
    ...tradeOperations,
    refuelOperation,
    ...holdOperations,
    shipPurchaseOperation,
    registerOperation(parts.fleet),
  ];
  if (parts.faults) operations.push(...adminOperations(parts.faults));
  const router = new Router(operations);
  const tokens = new TokenVerifier(parts.sim.universe);
  const server = createServer((request, response) => {
    respond(parts, router, tokens, request, response).catch((cause: unknown) => {
      process.stderr.write(`${request.method} ${request.url}: ${cause instanceof Error ? cause.stack : String(cause)}\n`);
      if (response.headersSent) response.destroy();
      else send(response, refuse(503, 503, "The simulator could not process the request; nothing has changed."), undefined);
    });
  });
  server.keepAliveTimeout = 65_000;
  return server;
}

async function respond(
  { sim, wall, limiter, faults }: ServerParts,
  router: Router,
  tokens: TokenVerifier,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [target = "/", search = ""] = (request.url ?? "/").split("?", 2);
  const path = target.replace(/^\/v2(?=\/|$)/, "") || "/";
  const route = router.find(request.method ?? "GET", path);
  const bearer = tokens.verify(request.headers.authorization);
  const limit = path.startsWith("/admin/")
    ? undefined
    : limiter?.take(request.socket.remoteAddress ?? "unknown", bearer.kind === "agent" ? "account" : undefined, wall.nowMs());
  const body = await readBody(request);
  if (limit && !limit.allowed) return send(response, tooMany(limit), limit);
  if (route.kind !== "found") return send(response, route.refusal, limit);
  const { operation, params } = route;

  const struck = operation.name.startsWith("admin") ? [] : (faults?.strike(operation.name) ?? []);
  if (await preventWork(struck, response)) return;
  sim.advance();
  const agent = bearer.kind === "agent" ? sim.agents.get(bearer.symbol) : undefined;
  const refusal = refuseToken(sim, operation, bearer, agent !== undefined) ?? (body.ok ? undefined : body.refusal);
  const requestId = headerText(request.headers["x-request-id"]);
  const answer =
    refusal ??
    operation.handle({
      sim,
      params,
      query: new URLSearchParams(search),
      body: body.ok ? body.value : undefined,
      requestId,
      agent,
    });
  if (await preventAnswer(struck, response)) return;
  send(response, answer, limit);
}

/** Applies the faults that come before the work; true when the request is over. */
async function preventWork(struck: readonly Fault[], response: ServerResponse): Promise<boolean> {
  for (const fault of struck) {
    if (fault.kind === "delayRequest") await delay(fault.delayMs);
    if (fault.kind === "dropRequest") {
      response.socket?.destroy();
      return true;
    }
    if (fault.kind === "unavailable") {
      send(response, refuse(503, 503, "Service temporarily unavailable."), undefined);
      return true;
    }
  }
  return false;
}

/** Applies the faults that come after the work; true when the answer must not be sent. */
async function preventAnswer(struck: readonly Fault[], response: ServerResponse): Promise<boolean> {
  for (const fault of struck) {
    if (fault.kind === "delayResponse") await delay(fault.delayMs);
    if (fault.kind === "dropResponse") {
      response.socket?.destroy();
      return true;
    }
  }
  return false;
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
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

function tooMany(limit: LimitState): Refusal {
  return refuse(429, 429, "You have reached your API limit.", {
    type: limit.type,
    retryAfter: limit.retryAfterSeconds,
    limitBurst: PER_MINUTE,
    limitPerSecond: PER_SECOND,
    remaining: limit.remaining,
    reset: new Date(Math.ceil(limit.resetAtMs)).toISOString(),
  });
}

function send(response: ServerResponse, answer: Answer, limit: LimitState | undefined): void {
  const headers: Record<string, string | number> = {};
  if (limit) {
    headers["x-ratelimit-type"] = limit.type;
    headers["x-ratelimit-limit-burst"] = PER_MINUTE;
    headers["x-ratelimit-limit-per-second"] = PER_SECOND;
    headers["x-ratelimit-remaining"] = limit.remaining;
    headers["x-ratelimit-reset"] = new Date(Math.ceil(limit.resetAtMs)).toISOString();
    if (!limit.allowed) headers["Retry-After"] = retryAfter(limit.retryAfterSeconds);
  }
  if (answer.outcome === "ok" && answer.status === 204) {
    response.writeHead(204, headers).end();
    return;
  }
  const text = JSON.stringify(answer.outcome === "ok" ? successBody(answer) : errorBody(answer));
  headers["Content-Type"] = "application/json; charset=utf-8";
  headers["Content-Length"] = Buffer.byteLength(text);
  response.writeHead(answer.status, headers).end(text);
}

function successBody(answer: Extract<Answer, { outcome: "ok" }>): unknown {
  return answer.bare ?? { data: answer.data, ...(answer.meta === undefined ? {} : { meta: answer.meta }) };
}

function errorBody({ message, code, data }: Refusal): unknown {
  return { error: { message, code, ...(data === undefined ? {} : { data }), requestId: randomUUID() } };
}

/** Whole seconds as the game sends them, as long as a whole second is what it takes; below, in a fast universe, a fraction. */
function retryAfter(seconds: number): string {
  return seconds >= 1 ? String(Math.ceil(seconds)) : seconds.toFixed(3);
}

function headerText(value: string | string[] | undefined): string | null {
  const text = Array.isArray(value) ? value[0] : value;
  return text === undefined ? null : text.slice(0, 256);
}
