/**
 * What the faults do to a request.
 *
 * Invariants: on the wire it looks like the real thing (a proxy's page, the game's own 429, a reset connection), so that a client
 * cannot tell that it is being tested; what comes after the work never undoes it.
 */
import { type ServerResponse, STATUS_CODES } from "node:http";
import { send, tooMany, toWire, type WireAnswer } from "../envelope.ts";
import type { LimitState } from "../rateLimit.ts";
import type { Answer } from "../refusal.ts";
import type { EndFault } from "./faultPlan.ts";
import { malformed } from "./malformedBody.ts";
import { proxyPage } from "./proxyPage.ts";
import { MAINTENANCE } from "./reset.ts";

export interface FaultScene {
  response: ServerResponse;
  /** Whose limit a 429 speaks of. */
  limitType: LimitState["type"];
  nowWallMs: number;
  speed: number;
  /** Does what was asked for; the answer that would be sent. */
  work: () => Promise<WireAnswer>;
  /** Wall milliseconds. */
  wait: (ms: number) => Promise<void>;
  /** Begins a reset of the universe, unless one is under way. */
  reset: (order: { seed?: number | undefined; maintenanceGameSeconds: number }) => Answer;
}

/** Ends a request with a fault instead of its proper answer. */
export async function endWithFault(fault: EndFault, scene: FaultScene): Promise<void> {
  const { response, work } = scene;
  switch (fault.kind) {
    case "dropRequest":
      response.socket?.destroy();
      return;
    case "dropResponse":
      await work();
      response.socket?.destroy();
      return;
    case "badGateway":
    case "unavailable":
      if (fault.when === "afterWork") await work();
      return send(response, proxyPage(fault.kind === "badGateway" ? 502 : 503));
    case "tooManyRequests":
      return send(response, fault.from === "proxy" ? proxyPage(429) : storm(fault.retryAfterGameSeconds, scene));
    case "malformedBody":
      return send(response, malformed(fault, await work()));
    case "connectionReset":
      return await resetConnection(fault.at, scene, await work());
    case "reset":
      return send(response, toWire(resetNow(fault, scene)));
  }
}

/** The game's 429, though nothing is used up. */
function storm(retryAfterGameSeconds: number, { speed, limitType, nowWallMs }: FaultScene): WireAnswer {
  const retryAfterSeconds = retryAfterGameSeconds / speed;
  const resetAtMs = nowWallMs + retryAfterSeconds * 1000;
  const state: LimitState = { allowed: false, type: limitType, remaining: 0, resetAtMs, retryAfterSeconds, speed };
  return toWire(tooMany(state), state);
}

/** 3100, as for everybody from now on; another answer only when there is no next universe. */
function resetNow({ seed, maintenanceGameSeconds }: Extract<EndFault, { kind: "reset" }>, { reset }: FaultScene): Answer {
  const answer = reset({ seed, maintenanceGameSeconds });
  return answer.outcome === "ok" ? MAINTENANCE : answer;
}

/** Resets the TCP connection in the middle of a header, or of the body. */
async function resetConnection(
  at: "headers" | "body",
  { response: { socket }, wait }: FaultScene,
  { status, text = "" }: WireAnswer,
): Promise<void> {
  const length = Buffer.byteLength(text);
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, "Content-Type: application/json; charset=utf-8"].join("\r\n");
  const half = Buffer.from(text).subarray(0, length >> 1);
  const bytes =
    at === "headers" || length === 0
      ? Buffer.from(head.slice(0, -20))
      : Buffer.concat([Buffer.from(`${head}\r\nContent-Length: ${length}\r\n\r\n`), half]);
  socket?.write(bytes);
  // Together with the bytes a reset looks like a mere end to many clients.
  await wait(TIME_TO_READ_MS);
  socket?.resetAndDestroy();
}

const TIME_TO_READ_MS = 50;
