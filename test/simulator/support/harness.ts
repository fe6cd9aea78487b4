/** A simulator in this process: real HTTP, real books on disk, a wall clock that only the test moves. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FaultPlan } from "../../../src/simulator/admin/faultPlan.ts";
import type { BookLine } from "../../../src/simulator/books.ts";
import { ECONOMY_V1, type EconomyConstants } from "../../../src/simulator/economy.v1.ts";
import { freshUniverse } from "../../../src/simulator/freshUniverse.ts";
import { createAgent } from "../../../src/simulator/operations/register.ts";
import { RateLimiter } from "../../../src/simulator/rateLimit.ts";
import { Recorder } from "../../../src/simulator/replay/recorder.ts";
import { createSimulatorServer } from "../../../src/simulator/server.ts";
import { Simulation } from "../../../src/simulator/simulation.ts";
import { startFleet } from "../../../src/simulator/startFleet.ts";
import { accountToken, agentToken } from "../../../src/simulator/token.ts";

export class TestWall {
  #nowMs = Date.parse("2026-01-01T00:00:00.000Z");

  nowMs(): number {
    return this.#nowMs;
  }

  advanceSeconds(seconds: number): void {
    this.#nowMs += seconds * 1000;
  }
}

export interface Response {
  status: number;
  headers: Headers;
  /** Empty when it is no JSON. */
  body: Json;
}

/** JSON of the wire, read loosely by tests. */
export type Json = { readonly [key: string]: Json } & { readonly [index: number]: Json } & {
  readonly length: number;
} & Iterable<Json>;

export interface Harness {
  sim: Simulation;
  wall: TestWall;
  dataDir: string;
  url: string;
  accountToken: string;
  token: string;
  /** One request as the test agent. `null` sends no token. */
  call: (
    method: string,
    path: string,
    body?: unknown,
    token?: string | null,
    headers?: Record<string, string>,
  ) => Promise<Response>;
  books: () => BookLine[];
  mutations: () => BookLine[];
  /** Also when it is closed already. */
  close: () => Promise<void>;
}

export interface HarnessOptions {
  seed?: number;
  speed?: number;
  universe?: string;
  fleet?: string;
  economy?: Partial<EconomyConstants>;
  limited?: boolean;
  /** Serves the admin path; it does unless told not to. */
  admin?: boolean;
  dataDir?: string;
  wall?: TestWall;
  /** File to record in. */
  record?: string;
  /** Waits for injected delays. */
  wait?: (ms: number) => Promise<void>;
}

export async function startHarness(options: HarnessOptions = {}): Promise<Harness> {
  const wall = options.wall ?? new TestWall();
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), "simulator-test-"));
  const economy = { ...ECONOMY_V1, ...options.economy };
  const speed = options.speed ?? 1;
  const sim = Simulation.open(dataDir, wall, () =>
    freshUniverse({ seed: options.seed ?? 1, speed, universe: options.universe, economy, nowMs: wall.nowMs() }),
  );
  const fleet = startFleet(options.fleet ?? "FRESH");
  const hasJoined = sim.agents.has("TESTER") || sim.universe.resets !== undefined;
  if (!hasJoined) createAgent(sim, "TESTER", "COSMIC", fleet, null);
  const limiter = options.limited === true ? new RateLimiter(speed) : undefined;
  const renew = (seed = sim.universe.seed) =>
    freshUniverse({ seed, speed, universe: options.universe, economy, nowMs: wall.nowMs() });
  const recorder =
    options.record === undefined ? undefined : Recorder.open(options.record, sim, { fleet, limited: options.limited === true });
  const faults = new FaultPlan();
  const server = createSimulatorServer({
    sim,
    fleet,
    limiter,
    faults,
    renew,
    admin: options.admin ?? true,
    recorder,
    ...(options.wait ? { wait: options.wait } : {}),
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/v2`;
  const token = agentToken(sim.universe, "TESTER");
  const books = () =>
    readFileSync(join(dataDir, "books.jsonl"), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as BookLine);
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    recorder?.close();
    sim.close();
    if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
  };
  let closed: Promise<void> | undefined;
  return {
    sim,
    wall,
    dataDir,
    url,
    token,
    accountToken: accountToken(sim.universe),
    books,
    mutations: () => books().filter((line) => line.type === "mutation"),
    call: (method, path, body, bearer = token, headers = {}) => request(url, method, path, body, bearer, headers),
    close: () => (closed ??= close()),
  };
}

/** A text of the wire; anything else fails the test that asked. */
export function text(value: Json | undefined): string {
  if (typeof value === "string") return value;
  throw new Error(`${JSON.stringify(value)} is not a text`);
}

/** Bodies that are strings go out as they are. */
export async function request(
  url: string,
  method: string,
  path: string,
  body: unknown,
  bearer: string | null,
  headers: Record<string, string> = {},
): Promise<Response> {
  const base = path.startsWith("/admin") ? new URL(url).origin : url;
  const response = await fetch(`${base}${path}`, {
    method,
    headers: {
      ...(bearer === null ? {} : { Authorization: `Bearer ${bearer}` }),
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const received = await response.text();
  const isJson = received !== "" && response.headers.get("content-type")?.startsWith("application/json");
  return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(received) : {}) as Json };
}
