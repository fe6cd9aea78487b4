import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { readFileIfThere, writePrivateFile } from "../process/privateFile.ts";
import { readPostmasterFile } from "./postmasterFile.ts";

/** The user under whom the server runs; undefined means: as whoever we are. */
export interface ServerUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Who runs the server. Postgres refuses to run as root, so root lends it the system user `bosun` if there is one, else `nobody`.
 */
export function chooseServerUser(): ServerUser | undefined {
  if (process.geteuid?.() !== 0) return undefined;
  for (const name of ["bosun", "nobody"]) {
    const user = lookUpUser(name);
    if (user !== undefined) return user;
  }
  throw new Error("Postgres does not run as root, and there is neither a user bosun nor a user nobody to run it as");
}

const ROOT_PLACE = "/var/lib/bosun";

/**
 * A new directory for the server's programs and data, mode 0700, owned by the server's user; relative if inside the data directory.
 * As an ordinary user: `DATA_DIR/postgres`. As root the same, if the server's user can reach it: the data directory itself is then
 * made enterable but not readable (0711). Below a closed directory, such as a 0700 /root: `/var/lib/bosun/<random>`.
 */
export function createServerHome(dataDirectory: string, user: ServerUser | undefined): string {
  if (user === undefined || isEnterable(dirname(dataDirectory))) {
    letThrough(dataDirectory, user);
    makeOwnedDirectory(join(dataDirectory, "postgres"), user);
    return "postgres";
  }
  mkdirSync(ROOT_PLACE, { recursive: true, mode: 0o711 });
  clearTemporaryHomes();
  const home = makeOwnedDirectory(join(ROOT_PLACE, randomUUID().slice(0, 13)), user);
  writePrivateFile(join(home, OWNER_FILE), dataDirectory);
  return home;
}

const OWNER_FILE = "data-directory";

/**
 * Homes of temporary data directories that are no more. Others stay even if their data directory cannot be seen: it may be on a disk that
 * is not mounted now.
 */
function clearTemporaryHomes(): void {
  for (const name of readdirSync(ROOT_PLACE)) {
    const home = join(ROOT_PLACE, name);
    const owner = readFileIfThere(join(home, OWNER_FILE));
    if (owner === undefined || !owner.startsWith(`${tmpdir()}/`) || existsSync(owner)) continue;
    if (readPostmasterFile(join(home, "data"))?.process === undefined) rmSync(home, { recursive: true, force: true });
  }
}

/**
 * The absolute home of a data directory's server. One that lies outside says whose it is: a copied data directory must not run on its
 * original's database. Throws then; a data directory that was moved is recognised by its old place being empty.
 */
export function resolveServerHome(dataDirectory: string, home: string, user: ServerUser | undefined): string {
  if (!isAbsolute(home)) {
    letThrough(dataDirectory, user);
    return join(dataDirectory, home);
  }
  const owner = readFileIfThere(join(home, OWNER_FILE));
  if (owner === dataDirectory) return home;
  if (owner !== undefined && existsSync(join(owner, "postgres.json"))) {
    throw new Error(
      `${dataDirectory} is a copy of ${owner}, whose database lies in ${home}. To begin a new database here, remove ${join(dataDirectory, "postgres.json")}`,
    );
  }
  writePrivateFile(join(home, OWNER_FILE), dataDirectory);
  return home;
}

function letThrough(dataDirectory: string, user: ServerUser | undefined): void {
  if (user === undefined) return;
  chmodSync(dataDirectory, 0o711);
  if (isEnterable(dirname(dataDirectory))) return;
  throw new Error(
    `the database in ${dataDirectory} runs as the user ${user.name}, who cannot enter the directories above it; move it, or run as an ordinary user`,
  );
}

/** sockaddr_un holds 108 bytes on Linux (104 on macOS) with the closing zero. */
const MAX_SOCKET_PATH_BYTES = process.platform === "darwin" ? 103 : 107;

/** Where the server's Unix socket lives: in its home, or in a short temporary directory when that path is too long. */
export function chooseSocketDirectory(home: string, user: ServerUser | undefined, previous: string | undefined): string {
  const inside = join(home, "run");
  if (Buffer.byteLength(join(inside, ".s.PGSQL.65535.lock")) <= MAX_SOCKET_PATH_BYTES) return makeOwnedDirectory(inside, user);
  if (previous !== undefined && isPrivateTo(previous, user)) return previous;
  return makeOwnedDirectory(mkdtempSync(join(tmpdir(), "bosun-")), user);
}

function makeOwnedDirectory(path: string, user: ServerUser | undefined): string {
  if (!existsSync(path)) mkdirSync(path, { mode: 0o700 });
  chmodSync(path, 0o700);
  if (user !== undefined) chownSync(path, user.uid, user.gid);
  return path;
}

/** Whether others may pass through `path` and all directories above it. */
function isEnterable(path: string): boolean {
  if ((statSync(path).mode & 0o001) === 0) return false;
  const parent = dirname(path);
  return parent === path || isEnterable(parent);
}

function isPrivateTo(path: string, user: ServerUser | undefined): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isDirectory() === true && (found.mode & 0o077) === 0 && found.uid === (user?.uid ?? process.geteuid?.());
}

function lookUpUser(name: string): ServerUser | undefined {
  try {
    const ask = (flag: string) =>
      Number(execFileSync("id", [flag, name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim());
    return { name, uid: ask("-u"), gid: ask("-g") };
  } catch (error) {
    // `id` ends with code 1 when there is no such user.
    if (error instanceof Error && "status" in error && error.status === 1) return undefined;
    throw error;
  }
}
