import { execFile } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { chownSync, existsSync, mkdirSync, readdirSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { readFileIfThere, writePrivateFile } from "../process/privateFile.ts";
import { installPostgresBinaries, type PostgresBinaries } from "./postgresBinaries.ts";
import { chooseServerUser, createServerHome, resolveServerHome, type ServerUser } from "./postgresPlace.ts";

/** The role that owns everything in the embedded server. */
export const SERVER_ROLE = "bosun";

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
export type Settings = z.infer<typeof settingsSchema>;

/** A cluster on disk with the programs that serve it; whether it runs is another question (embeddedPostgres.ts). */
export interface Installation {
  readonly dataDirectory: string;
  readonly user: ServerUser | undefined;
  readonly binaries: PostgresBinaries;
  readonly home: string;
  readonly clusterDirectory: string;
  readonly logFile: string;
  readonly isNew: boolean;
  settings: Settings;
}

/** The installation of a data directory; makes what is missing. Rejects when its database is gone or of another major version. */
export async function openInstallation(directory: string): Promise<Installation> {
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

/** Undefined when this data directory never had a server. */
export function readSettings(dataDirectory: string): Settings | undefined {
  const text = readFileIfThere(join(dataDirectory, "postgres.json"));
  return text === undefined ? undefined : settingsSchema.parse(JSON.parse(text));
}

export function saveSettings(installation: Installation, settings: Settings): void {
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
  const args = ["-D", unfinished, "-U", SERVER_ROLE, `--pwfile=${passwordFile}`, "--auth=scram-sha-256", "--encoding=UTF8"];
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

/** Of the server's processes: nothing of ours leaks into them. */
export function serverEnvironment(): Record<string, string> {
  return { PATH: process.env["PATH"] ?? "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" };
}
