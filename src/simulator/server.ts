/**
 * The HTTP edge: routing, tokens, rate limit, bodies, envelopes and injected faults.
 *
 * Invariants: every answer is JSON in the game's envelope with a request id; bad input is 4xx and changes nothing; an exception in
 * an operation is answered 503 and changes nothing, because operations change the universe in one commit at their end.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { adminOperations, type Fault, type FaultPlan } from "./admin.ts";
import { answerBrokenRequest } from "./brokenRequest.ts";
import { type LimitState, PER_MINUTE, PER_SECOND, type RateLimiter } from "./rateLimit.ts";
import { type Answer, errorBody, refuse } from "./refusal.ts";
import { readBody } from "./requestBody.ts";
import { RequestDesk } from "./requestDesk.ts";
import type { Simulation } from "./simulation.ts";
import type { StartFleet } from "./startFleet.ts";
import { TokenVerifier } from "./token.ts";

export interface ServerParts {
  sim: Simulation;
  fleet: StartFleet;
  /** Absent: no limit. */
  limiter: RateLimiter | undefined;
  /** Absent: no admin path and no faults. */
  faults: FaultPlan | undefined;
  /** Waits for injected delays, wall milliseconds; the machine's own timer when absent. */
  wait?: (ms: number) => Promise<void>;
}

export function createSimulatorServer(parts: ServerParts): Server {
  const edge: Edge = {
    desk: new RequestDesk({ ...parts, adminOperations: parts.faults ? adminOperations(parts.faults) : [] }),
    tokens: new TokenVerifier(parts.sim.universe),
    faults: parts.faults,
    wait: parts.wait ?? realWait,
  };
  const server = createServer((request, response) => {
    respond(edge, request, response).catch((cause: unknown) => {
      process.stderr.write(`${request.method} ${request.url}: ${cause instanceof Error ? cause.stack : String(cause)}\n`);
      if (response.headersSent) response.destroy();
      else send(response, refuse(503, 503, "The simulator could not process the request; nothing has changed."), undefined);
    });
  });
  server.on("clientError", answerBrokenRequest);
  server.on("checkExpectation", (request, response) => {
    request.resume();
    send(response, refuse(417, 3001, "The expectation of the request cannot be met."), undefined);
  });
  server.keepAliveTimeout = 65_000;
  return server;
}

interface Edge {
  desk: RequestDesk;
  tokens: TokenVerifier;
  faults: FaultPlan | undefined;
  wait: (ms: number) => Promise<void>;
}

/** What an injected fault keeps from arriving never happened: it counts for no rate limit either. */
async function respond({ desk, tokens, faults, wait }: Edge, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const method = request.method ?? "GET";
  const target = request.url ?? "/";
  const body = await readBody(request);
  if (!request.complete) response.setHeader("Connection", "close");
  const route = desk.route({ method, target });
  const name = route.kind === "found" ? route.operation.name : "admin";
  const struck = name.startsWith("admin") ? [] : (faults?.strike(name) ?? []);
  if (await preventWork(struck, response, wait)) return;
  const { answer, limit } = desk.answer({
    method,
    target,
    address: request.socket.remoteAddress ?? "unknown",
    bearer: tokens.verify(request.headers.authorization),
    body,
    requestId: headerText(request.headers["x-request-id"]),
  });
  if (await preventAnswer(struck, response, wait)) return;
  send(response, answer, limit);
}

/** Applies the faults that come before the work; true when the request is over. */
async function preventWork(struck: readonly Fault[], response: ServerResponse, wait: Edge["wait"]): Promise<boolean> {
  for (const fault of struck) {
    if (fault.kind === "delayRequest") await wait(fault.delayMs);
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
async function preventAnswer(struck: readonly Fault[], response: ServerResponse, wait: Edge["wait"]): Promise<boolean> {
  for (const fault of struck) {
    if (fault.kind === "delayResponse") await wait(fault.delayMs);
    if (fault.kind === "dropResponse") {
      response.socket?.destroy();
      return true;
    }
  }
  return false;
}

function realWait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
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

/** Whole seconds as the game sends them, as long as a whole second is what it takes; below, in a fast universe, a fraction. */
function retryAfter(seconds: number): string {
  return seconds >= 1 ? String(Math.ceil(seconds)) : seconds.toFixed(3);
}

function headerText(value: string | string[] | undefined): string | null {
  const text = Array.isArray(value) ? value[0] : value;
  return text === undefined ? null : text.slice(0, 256);
}
