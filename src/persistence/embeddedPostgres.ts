/*
 * A real Postgres 18 for those who have none. Invariants:
 * - The server is a session of its own: Ctrl-C and kill -9 of the daemon do not reach it; the next daemon adopts it.
 * - Adopted means: its postmaster.pid names a living process, and the server behind its socket knows our token.
 * - fsync stays on: an acknowledged commit survives a power cut.
 * - Of the npm package only the binaries are used; its main module would install signal handlers of its own.
 */
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { endProcess, spawnDetached } from "../process/detachedProcess.ts";
import { freeLoopbackPort } from "../process/freePort.ts";
import { isSameProcess, type ProcessIdentity } from "../process/processIdentity.ts";
import {
  type Installation,
  openInstallation,
  readSettings,
  SERVER_ROLE,
  type Settings,
  saveSettings,
  serverEnvironment,
} from "./postgresInstallation.ts";
import { chooseSocketDirectory } from "./postgresPlace.ts";
import { clearForeignLock, readPostmasterFile } from "./postmasterFile.ts";

export interface EmbeddedPostgres {
  /** Over loopback TCP; contains the password. For daemon.json and outside tools. */
  readonly url: string;
  /** Over the Unix socket; contains the password. What the daemon itself should use. */
  readonly socketUrl: string;
  readonly identity: ProcessIdentity;
  /** `adopted`: it was already running, left by a daemon that died. */
  readonly origin: "created" | "started" | "adopted";
  /** Where its programs and data lie. */
  readonly home: string;
  readonly logFile: string;
  readonly tookMs: number;
  isAlive(): boolean;
  /** Fast shutdown (clients are disconnected, everything is flushed), immediate after `withinMs`. Also for an adopted server. */
  stop(options?: { readonly withinMs: number }): Promise<void>;
}

const DATABASE = "bosun";
const READY_WITHIN_MS = 60_000;
const START_ATTEMPTS = 3;

/**
 * The server of this data directory: adopted if it runs, else started, created before if there is none.
 * The caller holds the data directory's lock (see dataDirectory.ts). Rejects with a sentence that names the log file.
 */
export async function startEmbeddedPostgres(options: { readonly dataDirectory: string }): Promise<EmbeddedPostgres> {
  const startedAt = performance.now();
  const installation = await openInstallation(options.dataDirectory);
  const running = await adopt(installation);
  const server = running ?? (await startServer(installation));
  await ensureDatabase(installation);
  const origin = running !== undefined ? "adopted" : installation.isNew ? "created" : "started";
  return describeServer(installation, server, origin, performance.now() - startedAt);
}

/** Stops the server of this data directory, if one runs, without starting one. For tools that clean up after a killed daemon. */
export async function stopEmbeddedPostgres(options: { readonly dataDirectory: string }): Promise<"stopped" | "notRunning"> {
  if (readSettings(options.dataDirectory) === undefined) return "notRunning";
  const installation = await openInstallation(options.dataDirectory);
  const running = await adopt(installation);
  if (running === undefined) return "notRunning";
  await stopServer(running, 10_000);
  return "stopped";
}

/** The running server of this cluster, or undefined. Waits for one that is just starting or stopping. */
async function adopt(installation: Installation): Promise<ProcessIdentity | undefined> {
  const giveUpAt = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const file = readPostmasterFile(installation.clusterDirectory);
    if (file?.process === undefined) return undefined;
    if (file.nature === "foreign") {
      clearForeignLock(installation.clusterDirectory);
      return undefined;
    }
    if (file.status === "ready" && (await knowsOurToken(installation))) return file.process;
    if (performance.now() > giveUpAt) {
      throw new Error(
        `a Postgres (pid ${file.process.pid}) holds ${installation.clusterDirectory} but does not answer as ours; see ${installation.logFile}`,
      );
    }
    await sleep(20);
  }
}

async function startServer(installation: Installation): Promise<ProcessIdentity> {
  for (let attempt = 1; ; attempt += 1) {
    const { settings, user, home } = installation;
    const socketDirectory = chooseSocketDirectory(home, user, settings.socketDirectory);
    const port = await freeLoopbackPort(settings.port === 0 ? undefined : settings.port);
    saveSettings(installation, { ...settings, socketDirectory, port });
    const server = await spawnDetached({
      command: installation.binaries.postgres,
      args: serverArguments(installation),
      cwd: home,
      env: serverEnvironment(),
      logFile: installation.logFile,
      ...(user === undefined ? {} : { user: { uid: user.uid, gid: user.gid } }),
    });
    if (await becomesReady(installation, server)) return server;
    // A server that an interrupted start left may have come up meanwhile, and holds the cluster.
    const late = await adopt(installation);
    if (late !== undefined) return late;
    // Or somebody may have taken the port since we looked: the next attempt asks for another one.
    installation.settings = { ...installation.settings, port: 0 };
    if (attempt === START_ATTEMPTS) throw new Error(`Postgres does not start; its last words are in ${installation.logFile}`);
  }
}

async function becomesReady(installation: Installation, server: ProcessIdentity): Promise<boolean> {
  const giveUpAt = performance.now() + READY_WITHIN_MS;
  while (isSameProcess(server)) {
    const file = readPostmasterFile(installation.clusterDirectory);
    if (file?.process?.pid === server.pid && file.status === "ready" && (await knowsOurToken(installation))) return true;
    if (performance.now() > giveUpAt) {
      await stopServer(server, 5_000);
      return false;
    }
    await sleep(10);
  }
  return false;
}

/** Modest sizes: one daemon and a few tools. `cluster_name` carries the token by which the next daemon recognises the server. */
function serverArguments({ clusterDirectory, settings }: Installation): string[] {
  const parameters: Readonly<Record<string, string>> = {
    listen_addresses: "127.0.0.1",
    port: String(settings.port),
    unix_socket_directories: settings.socketDirectory,
    unix_socket_permissions: "0700",
    cluster_name: clusterName(settings),
    fsync: "on",
    synchronous_commit: "on",
    full_page_writes: "on",
    shared_buffers: "64MB",
    max_connections: "40",
    max_wal_size: "512MB",
    wal_level: "minimal",
    max_wal_senders: "0",
    io_method: "sync",
    jit: "off",
    max_parallel_workers_per_gather: "0",
    autovacuum_max_workers: "2",
    log_checkpoints: "off",
    timezone: "UTC",
    log_timezone: "UTC",
  };
  return ["-D", clusterDirectory, ...Object.entries(parameters).flatMap(([name, value]) => ["-c", `${name}=${value}`])];
}

const clusterName = (settings: Settings): string => `bosun-${settings.token}`;

/** False as well when the server does not accept us yet. The path tells a copied data directory's server from its original's. */
async function knowsOurToken(installation: Installation): Promise<boolean> {
  try {
    const answer = await askServer(
      installation,
      "postgres",
      "select current_setting('cluster_name') || ' ' || current_setting('data_directory')",
    );
    return answer === `${clusterName(installation.settings)} ${installation.clusterDirectory}`;
  } catch (error) {
    if (isNotYet(error)) return false;
    throw error;
  }
}

/**
 * 57P03: starting or stopping; 28P01: another server's password; ENOENT, ECONNREFUSED: the socket is not there (any more).
 * The driver's own complaints about a slow or closed connection have no code.
 */
function isNotYet(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === undefined) return error instanceof Error && /timeout|terminated/i.test(error.message);
  return code === "57P03" || code === "28P01" || code === "ENOENT" || code === "ECONNREFUSED" || code === "ECONNRESET";
}

async function ensureDatabase(installation: Installation): Promise<void> {
  const found = await askServer(installation, "postgres", `select 1 as found from pg_database where datname = '${DATABASE}'`);
  if (found === undefined) await askServer(installation, "postgres", `create database ${DATABASE}`);
}

/** The first column of the first row. */
async function askServer({ settings }: Installation, database: string, sql: string): Promise<unknown> {
  const client = new pg.Client({
    host: settings.socketDirectory,
    port: settings.port,
    user: SERVER_ROLE,
    password: settings.password,
    database,
    connectionTimeoutMillis: 5_000,
  });
  await client.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text: sql, rowMode: "array" });
    return rows[0]?.[0];
  } finally {
    await client.end();
  }
}

function describeServer(
  { settings, home, logFile }: Installation,
  identity: ProcessIdentity,
  origin: EmbeddedPostgres["origin"],
  tookMs: number,
): EmbeddedPostgres {
  const credentials = `${SERVER_ROLE}:${settings.password}`;
  return {
    url: `postgres://${credentials}@127.0.0.1:${settings.port}/${DATABASE}`,
    socketUrl: `postgres://${credentials}@localhost:${settings.port}/${DATABASE}?host=${encodeURIComponent(settings.socketDirectory)}`,
    identity,
    origin,
    home,
    logFile,
    tookMs,
    isAlive: () => isSameProcess(identity),
    stop: (options) => stopServer(identity, options?.withinMs ?? 10_000),
  };
}

/** SIGINT is Postgres' fast shutdown, SIGQUIT its immediate one (recovers at the next start). */
async function stopServer(identity: ProcessIdentity, withinMs: number): Promise<void> {
  await endProcess(identity, { signal: "SIGINT", withinMs, lastSignal: "SIGQUIT" });
}
