/** The simulator's process: options → universe → server → simulator.json → signals → exit code. */
import { mkdirSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, join } from "node:path";
import { FaultPlan } from "./admin.ts";
import { economyHash } from "./economy.v1.ts";
import { economyFrom, freshUniverse } from "./freshUniverse.ts";
import { systemWallClock } from "./gameClock.ts";
import { InputFault } from "./inputFault.ts";
import { createAgent } from "./operations/register.ts";
import { parseOptions, type SimulatorOptions, USAGE } from "./options.ts";
import { RateLimiter } from "./rateLimit.ts";
import { isRunning, type LastRun, readLastRun, writeSecret } from "./runFile.ts";
import { createSimulatorServer } from "./server.ts";
import { Simulation } from "./simulation.ts";
import { startFleet } from "./startFleet.ts";
import { accountToken, agentToken } from "./token.ts";

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(USAGE);
  else await run(options);
} catch (cause) {
  process.stderr.write(`simulator: ${cause instanceof Error ? cause.message : String(cause)}\n`);
  process.exit(cause instanceof InputFault ? 2 : 1);
}

async function run(options: SimulatorOptions): Promise<void> {
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  const last = readLastRun(options.dataDir);
  if (last && (await isRunning(last))) {
    throw new InputFault(`a simulator already runs on ${options.dataDir} (pid ${last.pid}, ${last.url})`);
  }
  const sim = openSimulation(options);
  const fleet = startFleet(options.fleet);
  for (const { type } of fleet.ships) {
    if (sim.universe.hulls[type] === undefined) throw new InputFault(`fleet ${fleet.name}: ${type} is not a known hull`);
  }
  if (!sim.agents.has(options.agent)) createAgent(sim, options.agent, sim.universe.faction, fleet, null);

  const server = createSimulatorServer({
    sim,
    wall: systemWallClock,
    fleet,
    limiter: options.rateLimit ? new RateLimiter(options.speed) : undefined,
    faults: options.admin ? new FaultPlan() : undefined,
  });
  const port = await listen(server, options, last);
  announce(sim, options, `http://${options.host.includes(":") ? `[${options.host}]` : options.host}:${port}/v2`);

  // Ticks come due without requests too, so that the books tell of them in time.
  const tickWallMs = (sim.universe.economy.constants.tickGameMinutes * 60_000) / options.speed;
  const ticker = setInterval(() => sim.advance(), Math.max(100, Math.min(60_000, tickWallMs)));
  const stop = () => {
    clearInterval(ticker);
    server.close(() => {
      sim.close();
      process.exit(0);
    });
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 2000).unref();
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

/** Opens the universe of the data directory, or begins one. What was asked for explicitly must fit what is there. */
function openSimulation(options: SimulatorOptions): Simulation {
  const economy = economyFrom(options.economy);
  const sim = Simulation.open(options.dataDir, systemWallClock, () =>
    freshUniverse({ ...options, seed: options.seed ?? 1, economy, nowMs: systemWallClock.nowMs() }),
  );
  const { universe } = sim;
  const other = (what: string) => new InputFault(`${options.dataDir} holds a universe of ${what}; give another --data-dir`);
  const asked = options.universe === undefined ? undefined : basename(options.universe);
  const resumed = universe.source.startsWith("seed ") ? undefined : universe.source;
  if (options.seed !== undefined && options.seed !== universe.seed) throw other(`seed ${universe.seed}`);
  if ((asked !== undefined || options.seed !== undefined) && asked !== resumed) throw other(universe.source);
  if (options.economy !== undefined && economyHash(economy) !== universe.economy.hash)
    throw other(`economy ${universe.economy.hash}`);
  if (options.speed !== universe.clock.speed) sim.changeSpeed(options.speed);
  return sim;
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

function announce(sim: Simulation, options: SimulatorOptions, url: string): void {
  const { universe } = sim;
  const token = agentToken(universe, options.agent);
  const about = {
    pid: process.pid,
    url,
    agent: options.agent,
    speed: options.speed,
    resetDate: universe.resetDate,
    seed: universe.seed,
  };
  const file = join(options.dataDir, "simulator.json");
  const run = {
    ...about,
    source: universe.source,
    economy: universe.economy,
    accountToken: accountToken(universe),
    agentToken: token,
  };
  writeSecret(file, `${JSON.stringify({ ...run, economy: universe.economy.hash }, null, 2)}\n`);
  if (options.tokenFile !== undefined) writeSecret(options.tokenFile, `${token}\n`);
  process.stdout.write(`${JSON.stringify({ event: "listening", ...about, economy: universe.economy.hash, tokensIn: file })}\n`);
}
