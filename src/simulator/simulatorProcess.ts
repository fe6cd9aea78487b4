/** A simulator in this process: universe → server → simulator.json, until it is stopped. */
import { existsSync, mkdirSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, dirname, join, resolve } from "node:path";
import { FaultPlan } from "./admin/faultPlan.ts";
import { readFaults } from "./admin/faultSpec.ts";
import { economyHash } from "./economy.v1.ts";
import { economyFrom, freshUniverse } from "./freshUniverse.ts";
import { StartingWallClock, systemWallClock, type WallClock } from "./gameClock.ts";
import { InputFault } from "./inputFault.ts";
import { createAgent } from "./operations/register.ts";
import type { SimulatorOptions } from "./options.ts";
import { RateLimiter } from "./rateLimit.ts";
import { ok } from "./refusal.ts";
import { Recorder } from "./replay/recorder.ts";
import type { DeskAnswer } from "./requestDesk.ts";
import { isRunning, type LastRun, type RunFacts, readLastRun, writeSecret } from "./runFile.ts";
import { createSimulatorServer } from "./server.ts";
import { Simulation } from "./simulation.ts";
import { type StartFleet, startFleet } from "./startFleet.ts";
import { accountToken, agentToken } from "./token.ts";
import type { Universe } from "./universe.ts";

export interface RunningSimulator {
  readonly facts: RunFacts;
  /** Of `simulator.json`, which holds the same facts. */
  readonly path: string;
  /** For people: what the agent finds at the start. */
  readonly about: { readonly system: string; readonly credits: number; readonly ships: number };
  /** Answers what is under way, saves the universe and ends. */
  stop(): Promise<void>;
}

/** A clock that a universe shares with its clients. Its ticks are then applied when somebody asks, since nothing of its own wakes it. */
export interface SharedTime {
  readonly wall: WallClock;
  /** Waits for injected delays. */
  readonly wait: (ms: number) => Promise<void>;
}

/**
 * Opens or begins the universe and listens; on the machine's own time unless it is given another. Throws {@link InputFault} for what the
 * caller can put right; then nothing listens.
 */
export async function startSimulator(options: SimulatorOptions, time?: SharedTime): Promise<RunningSimulator> {
  const fleet = startFleet(options.fleet);
  const faults = new FaultPlan();
  for (const fault of options.faults === undefined ? [] : readFaults(options.faults)) faults.arm(fault);
  const last = await claimDirectory(options.dataDir);
  const machine = time?.wall ?? systemWallClock;
  const wall = new StartingWallClock(machine);
  const sim = openSimulation(options, wall);
  const recorder =
    options.record === undefined ? undefined : Recorder.open(options.record, sim, { fleet, limited: options.rateLimit });
  // After a reset agents register themselves.
  if (!sim.agents.has(options.agent) && sim.universe.resets === undefined) register(sim, options.agent, fleet, recorder);
  wall.letGo();

  const server = createSimulatorServer({
    sim,
    fleet,
    recorder,
    limiter: options.rateLimit ? new RateLimiter(options.speed) : undefined,
    faults,
    renew: (seed) => renewed(options, sim.universe, seed, machine.nowMs()),
    admin: options.admin,
    ...(time === undefined ? {} : { wait: time.wait }),
  });
  const port = await listen(server, options, last);
  const stopTicking = time === undefined ? tick(sim) : () => undefined;
  const stop = async () => {
    stopTicking();
    await close(server);
    // At one instant, so that both tell of the same universe.
    sim.during(() => {
      recorder?.close();
      sim.close();
    });
  };
  try {
    const facts = () =>
      factsOf(sim, options, `http://${options.host.includes(":") ? `[${options.host}]` : options.host}:${port}/v2`);
    const path = announce(facts(), options);
    announceChanges(sim, options, facts);
    return { facts: facts(), path, about: aboutOf(sim, options.agent), stop };
  } catch (cause) {
    await stop();
    throw cause;
  }
}

/** Resolves once SIGTERM or SIGINT has come and the simulator has stopped; a second signal ends the process at once. */
export async function stopOnSignal(running: RunningSimulator): Promise<void> {
  await new Promise<void>((resolve) => {
    process.once("SIGTERM", () => resolve());
    process.once("SIGINT", () => resolve());
  });
  await running.stop();
}

/** Not by `recursive`: that never returns where a file system refuses new entries with ENOENT, as /proc does. */
function makeDirectories(directory: string): void {
  if (existsSync(directory)) return;
  makeDirectories(dirname(directory));
  mkdirSync(directory, { mode: 0o700 });
}

async function claimDirectory(dataDir: string): Promise<LastRun | undefined> {
  try {
    makeDirectories(resolve(dataDir));
  } catch (cause) {
    throw new InputFault(`--data-dir ${dataDir} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  const last = readLastRun(dataDir);
  if (last && (await isRunning(last))) {
    throw new InputFault(`a simulator already runs on ${dataDir} (pid ${last.pid}, ${last.url})`);
  }
  return last;
}

/** The agent that exists from the start, recorded as if it had been asked for. */
function register(sim: Simulation, symbol: string, fleet: StartFleet, recorder: Recorder | undefined): void {
  const { faction } = sim.universe;
  const create = (): DeskAnswer => {
    createAgent(sim, symbol, faction, fleet, null);
    return { answer: ok(null, 201), limit: undefined };
  };
  const body = { ok: true as const, value: { symbol, faction } };
  const asked = { method: "POST", target: "/v2/register", address: "start", bearer: { kind: "account" as const }, body };
  sim.during(() => recorder?.record({ ...asked, requestId: null }, [], create) ?? create());
}

/** Opens the universe of the data directory, or begins one. What was asked for explicitly must fit what is there. */
function openSimulation(options: SimulatorOptions, wall: WallClock): Simulation {
  const economy = economyFrom(options.economy);
  const sim = Simulation.open(options.dataDir, wall, () => freshUniverse({ ...options, economy, nowMs: wall.nowMs() }));
  const { universe } = sim;
  const known = universe.begunAs ?? universe;
  const other = (what: string) => new InputFault(`${options.dataDir} holds a universe of ${what}; give another --data-dir`);
  const asked = options.universe === undefined ? undefined : basename(options.universe);
  const resumed = known.source.startsWith("seed ") ? undefined : known.source;
  if (options.seed !== undefined && options.seed !== known.seed) throw other(`seed ${known.seed}`);
  if ((asked !== undefined || options.seed !== undefined) && asked !== resumed) throw other(known.source);
  if (options.economy !== undefined && economyHash(economy) !== universe.economy.hash)
    throw other(`economy ${universe.economy.hash}`);
  if (options.speed !== universe.clock.speed) sim.changeSpeed(options.speed);
  return sim;
}

/** The universe after a reset: of that seed, else of the file given, else of the present seed. */
function renewed(
  { universe, speed }: SimulatorOptions,
  present: Readonly<Universe>,
  seed: number | undefined,
  nowMs: number,
): Universe {
  return freshUniverse({
    seed: seed ?? present.seed,
    speed,
    universe: seed === undefined && !present.source.startsWith("seed ") ? universe : undefined,
    economy: present.economy.constants,
    nowMs,
  });
}

/** The port asked for, else the one of the last run, else a free one. A taken port moves to the next free one and says so. */
async function listen(server: Server, options: SimulatorOptions, last: LastRun | undefined): Promise<number> {
  const lastPort = last ? Number(new URL(last.url).port) : 0;
  const wishes = options.port > 0 ? Array.from({ length: 20 }, (_, i) => options.port + i) : lastPort > 0 ? [lastPort, 0] : [0];
  for (const wish of wishes) {
    const failure = await tryListen(server, wish, options.host);
    if (failure === undefined) {
      // An address of a listening TCP server is always an AddressInfo.
      const { port } = server.address() as AddressInfo;
      if (options.port > 0 && port !== options.port)
        process.stderr.write(`port ${options.port} is taken; listening on ${port}\n`);
      return port;
    }
    if (failure.code !== "EADDRINUSE") throw new InputFault(`cannot listen on ${options.host}:${wish}: ${failure.message}`);
  }
  throw new InputFault(`ports ${options.port} to ${options.port + 19} are all taken`);
}

function tryListen(server: Server, port: number, host: string): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const failed = (cause: NodeJS.ErrnoException) => resolve(cause);
    server.once("error", failed);
    server.listen(port, host, () => {
      server.off("error", failed);
      resolve(undefined);
    });
  });
}

/** Ticks come due without requests too, so that the books tell of them in time. */
function tick(sim: Simulation): () => void {
  let isFailing = false;
  const ticker = setInterval(() => {
    try {
      sim.advance();
      isFailing = false;
    } catch (cause) {
      if (!isFailing)
        process.stderr.write(`the books cannot be written: ${cause instanceof Error ? cause.message : String(cause)}\n`);
      isFailing = true;
    }
  }, TICKER_MS);
  return () => clearInterval(ticker);
}

const TICKER_MS = 500;

async function close(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  const impatience = setTimeout(() => server.closeAllConnections(), ANSWER_WITHIN_MS);
  await closed;
  clearTimeout(impatience);
}

const ANSWER_WITHIN_MS = 2000;

function factsOf(sim: Simulation, { agent, speed }: SimulatorOptions, url: string): RunFacts {
  const { universe } = sim;
  return {
    pid: process.pid,
    url,
    agent,
    speed,
    resetDate: universe.resetDate,
    seed: universe.seed,
    source: universe.source,
    economy: universe.economy.hash,
    accountToken: accountToken(universe),
    agentToken: sim.agents.has(agent) ? agentToken(universe, agent) : null,
  };
}

/** Keeps `simulator.json` true when a reset has ended its agent, and when that agent has registered anew. */
function announceChanges(sim: Simulation, options: SimulatorOptions, facts: () => RunFacts): void {
  let hadAgent = sim.agents.has(options.agent);
  sim.watch((puts) => {
    const hasAgent = sim.agents.has(options.agent);
    if (hasAgent === hadAgent && !puts.some(({ put }) => put === "era")) return;
    hadAgent = hasAgent;
    try {
      announce(facts(), options);
    } catch (cause) {
      process.stderr.write(`simulator.json is out of date: ${cause instanceof Error ? cause.message : String(cause)}\n`);
    }
  });
}

function aboutOf(sim: Simulation, symbol: string): RunningSimulator["about"] {
  const ships = [...sim.ships.values()].filter((ship) => ship.agent === symbol).length;
  return { system: sim.universe.system.symbol, credits: sim.agents.get(symbol)?.credits ?? 0, ships };
}

/** Writes `simulator.json` and the token file; returns the path of the former. */
function announce(facts: RunFacts, { dataDir, tokenFile }: SimulatorOptions): string {
  const path = join(dataDir, "simulator.json");
  writeSecret(path, `${JSON.stringify(facts, null, 2)}\n`);
  if (tokenFile === undefined || facts.agentToken === null) return path;
  try {
    writeSecret(tokenFile, `${facts.agentToken}\n`);
  } catch (cause) {
    throw new InputFault(
      `--token-file ${tokenFile} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
  }
  return path;
}
