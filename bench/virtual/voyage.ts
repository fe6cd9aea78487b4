/**
 * The fleet of the daemon and its universe in one process, on one virtual clock: what would take a day takes minutes, and is the same each
 * time. Real are the host and its Postgres, the HTTP between client and universe, and the rate limit.
 *
 * The clock stands while a request or a statement is under way: requests take turns (`carry`), statements of the store and of its pool hold it.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_FLEET_CONFIG, type FleetConfig } from "../../src/actors/fleetPorts.ts";
import { createBusLink } from "../../src/daemon/busLink.ts";
import { startFleetProcess } from "../../src/daemon/fleetProcess.ts";
import type { Parts } from "../../src/daemon/parts.ts";
import { createRuntimeSlot, type RuntimeSlot } from "../../src/daemon/runtimeSlot.ts";
import { type Database, openDatabase } from "../../src/persistence/database.ts";
import { startEmbeddedPostgres } from "../../src/persistence/embeddedPostgres.ts";
import { migrateToLatest } from "../../src/persistence/migrate.ts";
import { createRuntimeStore } from "../../src/persistence/runtime.store.ts";
import type { RuntimeNotice } from "../../src/runtime/runtime.ts";
import { createSpaceApi } from "../../src/space-api/client.ts";
import { Secret } from "../../src/space-api/secret.ts";
import { quiet } from "../benchServer.ts";
import { hashOf } from "../fleetOrigin.ts";
import { heldPort } from "./heldPort.ts";
import { startLocalUniverse, type UniverseChoice } from "./localUniverse.ts";
import { processCpuMs } from "./processCpu.ts";
import { createVirtualClock } from "./virtualClock.ts";
import { countingLogger, virtualEnvironment } from "./virtualEnvironment.ts";

export interface VoyageOptions extends UniverseChoice {
  readonly hours: number;
  readonly config?: FleetConfig;
  /** Everything that the fleet's actors did, as it becomes durable. */
  readonly onNotice?: (notice: RuntimeNotice) => void;
  /** Each request when it has been answered; `status` is absent when no answer came. */
  readonly onRequest?: (request: SentRequest) => void;
  /** Told when the voyage comes by; in order of time, none after its end. */
  readonly marks?: readonly { readonly atMs: number; readonly reached: (fleet: SailingFleet) => unknown }[];
  /** An empty database of this version, which stays; without it the voyage has a server of its own. */
  readonly database?: Database;
  /** Awaited in each statement and request: shows that nothing depends on how long they take. */
  readonly hinder?: () => Promise<void>;
}

/** What can be asked of a fleet under way. */
export interface SailingFleet extends Pick<RuntimeSlot, "send"> {
  readonly scope: string;
}

export interface SentRequest {
  readonly atMs: number;
  readonly method: string;
  readonly path: string;
  readonly status: number | undefined;
}

/** What a voyage leaves; its files and database are gone once `close` has been called. */
export interface Voyage {
  readonly economyHash: string;
  readonly booksPath: string;
  readonly booksHash: string;
  readonly database: Database;
  readonly scope: string;
  /** Warnings and errors of the fleet, counted by message. */
  readonly complaints: ReadonlyMap<string, number>;
  readonly commits: number;
  readonly events: number;
  readonly wakes: number;
  readonly wallMs: number;
  /** Of this process: fleet, runtime, client and universe. */
  readonly cpuMs: number;
  /** Of the database server; 0 where it cannot be read. */
  readonly databaseCpuMs: number;
  close(): Promise<void>;
}

/** Midnight, so that the reset date of every voyage is the same. */
export const START_MS = Date.UTC(2026, 0, 5);
const HOUR_MS = 3_600_000;

/** Nobody else wants this scope, and nobody else writes to it: at this pace the upkeep costs no more than it does beside a real game. */
const LIMITS = { leaseMs: 10 * 60_000, foreignMailPollMs: 10 * 60_000, maintenanceEveryMs: 10 * 60_000 };

/** Rejects when the fleet cannot start or comes to a standstill; then nothing is left of the voyage either. */
export async function sail(options: VoyageOptions): Promise<Voyage> {
  const directory = mkdtempSync(join(tmpdir(), "bosun-voyage-"));
  const undo: (() => unknown)[] = [() => rmSync(directory, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step();
  };
  // The server is a process of its own and would stay behind.
  const interrupted = (): void => void close().finally(() => process.exit(130));
  for (const signal of SIGNALS) process.once(signal, interrupted);
  undo.push(() => {
    for (const signal of SIGNALS) process.off(signal, interrupted);
  });
  try {
    return { ...(await sailIn(directory, options, undo)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

async function sailIn(directory: string, options: VoyageOptions, undo: (() => unknown)[]): Promise<Omit<Voyage, "close">> {
  const { hinder } = options;
  const clock = createVirtualClock(START_MS);
  const { database, serverPid } =
    options.database === undefined
      ? await startServer(join(directory, "database"), undo)
      : { database: options.database, serverPid: undefined };
  const universe = await startLocalUniverse(clock, join(directory, "universe"), options);
  const stopUniverse = once(() => universe.stop());
  undo.push(stopUniverse);
  if (universe.facts.agentToken === null) throw new Error("the universe has no agent of ours");
  const token = new Secret(universe.facts.agentToken);
  const { logger, complaints } = countingLogger();
  const environment = virtualEnvironment(clock, options.seed, logger);
  const { url: apiUrl, agent: agentSymbol, resetDate, economy } = universe.facts;
  const api = createSpaceApi({
    baseUrl: apiUrl,
    token,
    environment,
    gameSpeed: 1,
    serverClock: "same",
    carry: async ({ method, path }, exchange) => {
      const atMs = clock.nowMs();
      const answer = await clock.inTurn(async () => {
        await hinder?.();
        return await exchange();
      });
      options.onRequest?.({ atMs, method, path, status: answer.result === "answer" ? answer.status : undefined });
      return answer;
    },
  });
  undo.push(() => api.close());
  const scope = `agent/${resetDate}/${agentSymbol}`;
  const held = { ...database, pool: heldPort(clock, database.pool, hinder), publicUrl: database.url };
  const parts: Parts = { database: held, game: { api, apiUrl, agentSymbol, scope, simulator: true, gameSpeed: 1 } };
  const slot = createRuntimeSlot();
  if (options.onNotice !== undefined) slot.observe(options.onNotice);
  const begun = { wallMs: performance.now(), cpu: process.cpuUsage(), databaseCpuMs: cpuOf(serverPid) };
  let stats = { commits: 0, events: 0 };
  const play = async (): Promise<void> => {
    const fleet = await startFleetProcess(parts, {
      dataDir: directory,
      environment,
      slot,
      // Nobody listens on a bus here: what would be published stays in the outbox and is trimmed there.
      busLink: {
        ...createBusLink({ environment, slot, version: "bench", natsCreds: undefined, status: () => null }),
        activate: () => undefined,
      },
      crashPoint: undefined,
      config: options.config ?? DEFAULT_FLEET_CONFIG,
      limits: LIMITS,
      openStore: (storeOptions) => heldPort(clock, createRuntimeStore(storeOptions), hinder),
      onAwake: () => Promise.resolve(),
    });
    for (const { atMs, reached } of options.marks ?? []) {
      await clock.reach(atMs);
      await reached({ scope, send: slot.send });
    }
    await clock.reach(START_MS + options.hours * HOUR_MS);
    stats = slot.stats() ?? stats;
    await fleet.stop({ withinMs: 10_000 });
  };
  await clock.run(play());
  const used = process.cpuUsage(begun.cpu);
  const wallMs = performance.now() - begun.wallMs;
  await stopUniverse();
  return {
    economyHash: economy,
    booksPath: universe.booksPath,
    booksHash: hashOf(readFileSync(universe.booksPath)),
    database,
    scope,
    complaints,
    commits: stats.commits,
    events: stats.events,
    wakes: clock.counts.wakes,
    wallMs,
    cpuMs: (used.user + used.system) / 1_000,
    databaseCpuMs: cpuOf(serverPid) - begun.databaseCpuMs,
  };
}

/** A real server that does not wait for the disk: a run that dies is begun anew. */
async function startServer(place: string, undo: (() => unknown)[]) {
  mkdirSync(place);
  const server = await startEmbeddedPostgres({ dataDirectory: place });
  undo.push(() => server.stop());
  const first = openDatabase({ url: server.socketUrl, logger: quiet, maxConnections: 1 });
  try {
    await first.pool.query("ALTER DATABASE bosun SET synchronous_commit = off");
  } finally {
    await first.close();
  }
  const database = openDatabase({ url: server.socketUrl, logger: quiet });
  undo.push(() => database.close());
  await migrateToLatest(database);
  return { database, serverPid: server.identity.pid };
}

function cpuOf(pid: number | undefined): number {
  return pid === undefined ? 0 : (processCpuMs(pid) ?? 0);
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= work();
    return result;
  };
}
