/*
 * A real Postgres 18 for those who have none. Invariants:
 * - The server is a session of its own: Ctrl-C and kill -9 of the daemon do not reach it; the next daemon adopts it.
 * - Adopted means: its postmaster.pid names a living process, and the server behind its socket knows our token.
 * - fsync stays on: an acknowledged commit survives a power cut.
 * - Of the npm package only the binaries are used; its main module would install signal handlers of its own.
 */
import { execFile } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { chownSync, existsSync, mkdirSync, readdirSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import { z } from "zod";
import { endProcess, spawnDetached } from "../process/detachedProcess.ts";
import { freeLoopbackPort } from "../process/freePort.ts";
import { readFileIfThere, writePrivateFile } from "../process/privateFile.ts";
import { isSameProcess, type ProcessIdentity } from "../process/processIdentity.ts";
import { installPostgresBinaries, type PostgresBinaries } from "./postgresBinaries.ts";
import {
  chooseServerUser,
  chooseSocketDirectory,
  createServerHome,
  resolveServerHome,
  type ServerUser,
} from "./postgresPlace.ts";
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
const USER = "bosun";
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

/** What a data directory remembers of its server: `DATA_DIR/postgres.json`, mode 0600. */
const settingsSchema = z.object({
  /** Relative to the data directory, or absolute: see postgresPlace.ts. */
  home: z.string(),
  /** Of the last start; empty before the first. */
  socketDirectory: z.string(),
  /** Of the last start; 0 before the first. */
  port: z.number(),
  password: z.string(),
  token: z.string(),
});
type Settings = z.infer<typeof settingsSchema>;

interface Installation {
  readonly dataDirectory: string;
  readonly user: ServerUser | undefined;
  readonly binaries: PostgresBinaries;
  readonly home: string;
  readonly clusterDirectory: string;
  readonly logFile: string;
  readonly isNew: boolean;
  settings: Settings;
}

async function openInstallation(directory: string): Promise<Installation> {
  const dataDirectory = realpathSync(directory);
  const user = chooseServerUser();
  const settings = readSettings(dataDirectory) ?? newSettings(dataDirectory, user);
  const home = resolveServerHome(dataDirectory, settings.home, user);
  const clusterDirectory = join(home, "data");
  const isNew = !existsSync(clusterDirectory);
  if (isNew && settings.port !== 0) {
    const anew = `to begin with an empty one, remove ${join(dataDirectory, "postgres.json")}`;
    throw new Error(`the database of ${dataDirectory} is gone: there is no ${clusterDirectory}. Restore it; or, ${anew}`);
  }
  const binaries = installPostgresBinaries(home);
  const logFile = join(dataDirectory, "postgres.log");
  const installation = { dataDirectory, user, binaries, home, clusterDirectory, logFile, isNew, settings };
  if (isNew) await createCluster(installation);
  checkMajorVersion(installation);
  return installation;
}

function readSettings(dataDirectory: string): Settings | undefined {
  const text = readFileIfThere(join(dataDirectory, "postgres.json"));
  return text === undefined ? undefined : settingsSchema.parse(JSON.parse(text));
}

function saveSettings(installation: Installation, settings: Settings): void {
  writeSettings(installation.dataDirectory, settings);
  installation.settings = settings;
}

function writeSettings(dataDirectory: string, settings: Settings): void {
  writePrivateFile(join(dataDirectory, "postgres.json"), `${JSON.stringify(settings, undefined, 2)}\n`);
}

function newSettings(dataDirectory: string, user: ServerUser | undefined): Settings {
  const settings: Settings = {
    home: createServerHome(dataDirectory, user),
    socketDirectory: "",
    port: 0,
    password: randomBytes(24).toString("base64url"),
    token: randomUUID(),
  };
  writeSettings(dataDirectory, settings);
  return settings;
}

/**
 * `initdb` into a directory beside, then a rename: a crash half-way leaves nothing that looks like a cluster. Each attempt has a directory
 * of its own, for the initdb of a killed daemon may still be writing into the last one.
 */
async function createCluster({ settings, user, binaries, home, clusterDirectory, logFile }: Installation): Promise<void> {
  for (const name of readdirSync(home).filter((entry) => UNFINISHED.test(entry))) {
    rmSync(join(home, name), { recursive: true, force: true, maxRetries: 5 });
  }
  const unfinished = `${clusterDirectory}-${randomUUID().slice(0, 8)}.new`;
  const passwordFile = join(home, "initial-password");
  mkdirSync(unfinished, { mode: 0o700 });
  if (user !== undefined) chownSync(unfinished, user.uid, user.gid);
  writePrivateFile(passwordFile, settings.password, user);
  const args = ["-D", unfinished, "-U", USER, `--pwfile=${passwordFile}`, "--auth=scram-sha-256", "--encoding=UTF8"];
  args.push("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions", "--wal-segsize=4");
  try {
    await promisify(execFile)(binaries.initdb, args, {
      cwd: home,
      env: serverEnvironment(),
      ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
    });
  } catch (error) {
    const output = error instanceof Error && "stderr" in error ? String(error.stderr) : "";
    writeFileSync(logFile, output, { flag: "a", mode: 0o600 });
    throw new Error(`cannot create the database in ${home}: ${output.trim() || String(error)}`, { cause: error });
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(unfinished, clusterDirectory);
}

const UNFINISHED = /^data-.*\.new$/;

function checkMajorVersion({ binaries, clusterDirectory }: Installation): void {
  const found = readFileIfThere(join(clusterDirectory, "PG_VERSION"))?.trim();
  const wanted = binaries.version.split(".")[0];
  if (found !== wanted) {
    throw new Error(
      `the database in ${clusterDirectory} was written by Postgres ${found ?? "(unknown)"}; this bosun brings ${wanted}`,
    );
  }
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

function serverEnvironment(): Record<string, string> {
  return { PATH: process.env["PATH"] ?? "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" };
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
    user: USER,
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
  const credentials = `${USER}:${settings.password}`;
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
