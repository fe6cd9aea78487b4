/** A universe for the reference traders: the real server's desk in this process, the rate limit on, and a clock that jumps from event to event. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { marketLevers } from "../../src/simulator/admin/marketLevers.ts";
import type { EconomyConstants } from "../../src/simulator/economy.v1.ts";
import { toWire } from "../../src/simulator/envelope.ts";
import { freshUniverse } from "../../src/simulator/freshUniverse.ts";
import { createAgent } from "../../src/simulator/operations/register.ts";
import { RateLimiter } from "../../src/simulator/rateLimit.ts";
import { type DeskRequest, RequestDesk } from "../../src/simulator/requestDesk.ts";
import { Simulation } from "../../src/simulator/simulation.ts";
import { type StartFleet, startFleet } from "../../src/simulator/startFleet.ts";
import { agentToken, TokenVerifier } from "../../src/simulator/token.ts";
import { createVirtualClock, type VirtualClock } from "../virtual/virtualClock.ts";
import type { Stage } from "./company.ts";
import type { Transport } from "./wireAgent.ts";

export interface BedChoice {
  /** Of a generated universe, and of the noise of a captured one. */
  readonly seed: number;
  /** File of a captured universe; `undefined` for a generated one. */
  readonly universe: string | undefined;
  readonly economy: EconomyConstants;
  /** FRESH, TEN, a file, or one of the caller's own. */
  readonly fleet: string | StartFleet;
  readonly hours: number;
  readonly limited: boolean;
}

export interface TraderBed {
  readonly sim: Simulation;
  readonly clock: VirtualClock;
  readonly stage: Stage;
  readonly booksPath: string;
  /** What the books call the requests from here on. */
  readonly label: Label;
  /** Pulls a lever on a market, the books being told. Throws when it is refused. */
  pull(path: string, body: unknown): void;
  close(): void;
}

interface Label {
  requestId: string | null;
}

const AGENT = "TRADER";
const START_MS = Date.parse("2026-01-01T00:00:00.000Z");

export function openTraderBed(choice: BedChoice): TraderBed {
  const directory = mkdtempSync(join(tmpdir(), "bosun-traders-"));
  const clock = createVirtualClock(START_MS);
  const sim = Simulation.open(directory, clock, () => freshUniverse({ ...choice, speed: 1, nowMs: clock.nowMs() }));
  const fleet = typeof choice.fleet === "string" ? startFleet(choice.fleet) : choice.fleet;
  createAgent(sim, AGENT, sim.universe.faction, fleet, null);
  const limiter = choice.limited ? new RateLimiter(1) : undefined;
  const desk = new RequestDesk({ sim, fleet, limiter, adminOperations: marketLevers });
  const label: Label = { requestId: null };
  return {
    sim,
    clock,
    stage: {
      transport: transportTo(desk, new TokenVerifier(sim.universe), label),
      token: agentToken(sim.universe, AGENT),
      clock,
      untilMs: START_MS + choice.hours * 3_600_000,
    },
    booksPath: join(directory, "books.jsonl"),
    label,
    pull: (path, body) => {
      const bearer = { kind: "account" as const };
      const answer = ask(desk, { method: "POST", target: `/admin${path}`, bearer, value: body, requestId: null });
      if (answer.status >= 400) throw new Error(`the lever ${path} was refused: ${answer.text}`);
    },
    close: () => {
      sim.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The desk answers as the server would, headers and JSON text included; only the socket is left out. */
function transportTo(desk: RequestDesk, tokens: TokenVerifier, label: Label): Transport {
  return ({ method, target, token, body }) => {
    const bearer = tokens.verify(`Bearer ${token}`);
    const value = body === undefined ? undefined : JSON.parse(JSON.stringify(body));
    const { status, headers, text } = ask(desk, { method, target: `/v2${target}`, bearer, value, requestId: label.requestId });
    const lower = Object.entries(headers).map(([name, header]) => [name.toLowerCase(), String(header)]);
    return Promise.resolve({
      status,
      headers: Object.fromEntries(lower),
      body: text === undefined ? undefined : JSON.parse(text),
    });
  };
}

function ask(desk: RequestDesk, { value, ...request }: Omit<DeskRequest, "address" | "body"> & { value: unknown }) {
  const { answer, limit } = desk.answer({ ...request, address: "trader", body: { ok: true, value } });
  return toWire(answer, limit);
}
