/**
 * The HTTP edge: bodies, tokens, envelopes, injected faults.
 *
 * Invariants: every answer is JSON in the game's envelope with a request id, unless a fault was asked for; bad input is 4xx and changes
 * nothing; an exception in an operation is answered 503 and changes nothing, because operations change the universe in one commit at
 * their end.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { adminOperations } from "./admin/adminOperations.ts";
import { endWithFault } from "./admin/faultEffects.ts";
import type { FaultPlan, Strike } from "./admin/faultPlan.ts";
import { MAINTENANCE, type Renew } from "./admin/reset.ts";
import { answerBrokenRequest } from "./brokenRequest.ts";
import { send, toWire } from "./envelope.ts";
import type { RateLimiter } from "./rateLimit.ts";
import { notFound, refuse } from "./refusal.ts";
import type { Recorder } from "./replay/recorder.ts";
import { readBody } from "./requestBody.ts";
import { type DeskRequest, isAdmin, RequestDesk } from "./requestDesk.ts";
import type { Simulation } from "./simulation.ts";
import type { StartFleet } from "./startFleet.ts";
import { TokenVerifier } from "./token.ts";

export interface ServerParts {
  sim: Simulation;
  fleet: StartFleet;
  /** Absent: no limit. */
  limiter: RateLimiter | undefined;
  faults: FaultPlan;
  /** Draws the universe after a reset. */
  renew: Renew;
  /** Serves the admin path. */
  admin: boolean;
  /** Waits for injected delays, wall milliseconds; the machine's own timer when absent. */
  wait?: (ms: number) => Promise<void>;
  /** Writes down what is asked; absent: nobody does. */
  recorder?: Recorder | undefined;
}

export function createSimulatorServer(parts: ServerParts): Server {
  const edge: Edge = {
    ...parts,
    desk: new RequestDesk({ ...parts, adminOperations: adminOperations(parts) }),
    tokens: new TokenVerifier(parts.sim.universe),
    wait: parts.wait ?? realWait,
  };
  const server = createServer((request, response) => {
    respond(edge, request, response).catch((cause: unknown) => {
      process.stderr.write(`${request.method} ${request.url}: ${cause instanceof Error ? cause.stack : String(cause)}\n`);
      if (response.headersSent) response.destroy();
      else send(response, toWire(refuse(503, 503, "The simulator could not process the request; nothing has changed.")));
    });
  });
  server.on("clientError", answerBrokenRequest);
  server.on("checkExpectation", (request, response) => {
    request.resume();
    send(response, toWire(refuse(417, 3001, "The expectation of the request cannot be met.")));
  });
  server.keepAliveTimeout = 65_000;
  return server;
}

interface Edge extends ServerParts {
  desk: RequestDesk;
  tokens: TokenVerifier;
  wait: (ms: number) => Promise<void>;
}

/** What an injected fault keeps from arriving never happened: it counts for no rate limit either. */
async function respond(edge: Edge, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const method = request.method ?? "GET";
  const target = request.url ?? "/";
  const body = await readBody(request);
  if (!request.complete) response.setHeader("Connection", "close");
  if (!edge.admin && isAdmin(target)) return send(response, toWire(notFound("Route", `${method} ${target}`)));
  const ask = (): DeskRequest => ({
    method,
    target,
    address: request.socket.remoteAddress ?? "unknown",
    bearer: bearerOf(edge, request),
    body,
    requestId: headerText(request.headers["x-request-id"]),
  });
  const strike = strikeAt(edge, request, target);
  if (strike) return struck(edge, strike, ask, response);
  const { answer, limit } = edge.desk.answer(ask());
  send(response, toWire(answer, limit));
}

/** Whose request it is, by the era that it is now. */
function bearerOf({ sim, tokens }: Edge, request: IncomingMessage) {
  sim.advance();
  return tokens.verify(request.headers.authorization);
}

function strikeAt(edge: Edge, request: IncomingMessage, target: string): Strike | undefined {
  if (edge.faults.isEmpty || isAdmin(target)) return undefined;
  const route = edge.desk.route({ method: request.method ?? "GET", target });
  if (route.kind !== "found") return undefined;
  const bearer = bearerOf(edge, request);
  return edge.faults.strike({
    operation: route.operation.name,
    ship: route.params["ship"],
    agent: bearer.kind === "agent" ? bearer.symbol : undefined,
    gameSeconds: edge.sim.nowGameMs() / 1000,
  });
}

async function struck(
  { sim, desk, wait }: Edge,
  strike: Strike,
  ask: () => DeskRequest,
  response: ServerResponse,
): Promise<void> {
  const { delayBeforeMs, delayAfterMs, end } = strike;
  const names = namesOf(strike);
  if (delayBeforeMs > 0) await wait(delayBeforeMs);
  let isLost = true;
  const work = async () => {
    isLost = false;
    const { answer, limit } = desk.answer(ask(), names);
    if (delayAfterMs > 0) await wait(delayAfterMs);
    return toWire(answer, limit);
  };
  if (end === undefined) return send(response, await work());
  await endWithFault(end, {
    response,
    work,
    wait,
    limitType: ask().bearer.kind === "agent" ? "Account" : "IP Address",
    nowWallMs: sim.instant().wallMs,
    speed: sim.universe.clock.speed,
    reset: (order) => {
      if (sim.universe.maintenance) return MAINTENANCE;
      const body = { ok: true as const, value: order };
      return desk.answer({ ...ask(), method: "POST", target: "/admin/reset", bearer: { kind: "account" }, body }).answer;
    },
  });
  if (isLost) desk.lost(ask(), names);
}

function namesOf({ delayBeforeMs, delayAfterMs, end }: Strike): string[] {
  const delays = [delayBeforeMs > 0 ? "delayRequest" : undefined, delayAfterMs > 0 ? "delayResponse" : undefined];
  return [...delays, end?.kind].filter((name) => name !== undefined);
}

function realWait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}

function headerText(value: string | string[] | undefined): string | null {
  const text = Array.isArray(value) ? value[0] : value;
  return text === undefined ? null : text.slice(0, 256);
}
