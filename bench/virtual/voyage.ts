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
import { createRuntimeSlot } from "../../src/daemon/runtimeSlot.ts";
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
  readonly marks?: readonly { readonly atMs: number; readonly reached: () => void }[];
  /** Awaited in each statement and request: shows that nothing depends on how long they take. */
  readonly hinder?: () => Promise<void>;
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

export async function sail(options: VoyageOptions): Promise<Voyage> {
  const directory = mkdtempSync(join(tmpdir(), "bosun-voyage-"));
  const clock = createVirtualClock(START_MS);
  const universe = await startLocalUniverse(clock, join(directory, "universe"), options);
  const { database, serverPid, stop } = await startServer(directory);
  const { logger, complaints } = countingLogger();
  const environment = virtualEnvironment(clock, options.seed, logger);
  const api = createSpaceApi({
    baseUrl: universe.facts.url,
    token: new Secret(universe.facts.agentToken),
    environment,
    gameSpeed: 1,
    serverClock: "same",
    carry: async ({ method, path }, exchange) => {
      const atMs = clock.nowMs();
      const answer = await clock.inTurn(async () => {
        await options.hinder?.();
        return await exchange();
      });
      options.onRequest?.({ atMs, method, path, status: answer.result === "answer" ? answer.status : undefined });
      return answer;
    },
  });
  const { url: apiUrl, agent: agentSymbol, resetDate } = universe.facts;
  const scope = `agent/${resetDate}/${agentSymbol}`;
  const game = { api, apiUrl, agentSymbol, scope, simulator: true, gameSpeed: 1 };
  const held = { ...database, pool: heldPort(clock, database.pool, options.hinder), publicUrl: database.url };
  const parts: Parts = { database: held, game };
  const slot = createRuntimeSlot();
  if (options.onNotice !== undefined) slot.observe(options.onNotice);
  const wall = performance.now();
  const cpu = process.cpuUsage();
  const serverCpu = processCpuMs(serverPid) ?? 0;
  const endMs = START_MS + options.hours * HOUR_MS;
  let stats = { commits: 0, events: 0 };
  await clock.run(
    (async () => {
      const fleet = await startFleetProcess(parts, {
        dataDir: directory,
        environment,
        slot,
        // Nobody listens on a bus here: what would be published stays in the outbox and is trimmed there.
        busLink: { ...createBusLink({ environment, slot, version: "bench", status: () => null }), activate: () => undefined },
        crashPoint: undefined,
        config: options.config ?? DEFAULT_FLEET_CONFIG,
        limits: LIMITS,
        openStore: (storeOptions) => heldPort(clock, createRuntimeStore(storeOptions), options.hinder),
        onAwake: () => Promise.resolve(),
      });
      for (const { atMs, reached } of options.marks ?? []) {
        await clock.reach(atMs);
        reached();
      }
      await clock.reach(endMs);
      stats = slot.stats() ?? stats;
      await fleet.stop({ withinMs: 10_000 });
    })(),
  );
  const used = process.cpuUsage(cpu);
  await api.close();
  await universe.stop();
  return {
    economyHash: universe.facts.economy,
    booksPath: universe.booksPath,
    booksHash: hashOf(readFileSync(universe.booksPath)),
    database,
    scope,
    complaints,
    commits: stats.commits,
    events: stats.events,
    wakes: clock.counts.wakes,
    wallMs: performance.now() - wall,
    cpuMs: (used.user + used.system) / 1_000,
    databaseCpuMs: (processCpuMs(serverPid) ?? 0) - serverCpu,
    async close() {
      await database.close();
      await stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A real server that does not wait for the disk: a run that dies is begun anew. */
async function startServer(directory: string) {
  const place = join(directory, "database");
  mkdirSync(place);
  const server = await startEmbeddedPostgres({ dataDirectory: place });
  const first = openDatabase({ url: server.socketUrl, logger: quiet, maxConnections: 1 });
  await first.pool.query("ALTER DATABASE bosun SET synchronous_commit = off");
  await first.close();
  const database = openDatabase({ url: server.socketUrl, logger: quiet });
  await migrateToLatest(database);
  return { database, serverPid: server.identity.pid, stop: () => server.stop() };
}
