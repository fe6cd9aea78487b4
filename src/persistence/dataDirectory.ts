/*
 * Everything that a daemon keeps on disk lies in one directory. Invariants:
 * - One daemon per directory: `daemon.lock` names its pid and start time, so a reused pid never looks like the old daemon.
 * - The directory is 0700 and ours (0711 when root lends part of it to the database's user, see postgresPlace.ts).
 */
import { randomUUID } from "node:crypto";
import { chmodSync, linkSync, lstatSync, realpathSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { makeDirectories } from "../process/privateDirectory.ts";
import { readFileIfThere, writePrivateFile } from "../process/privateFile.ts";
import { isSameProcess, type ProcessIdentity, processIdentity } from "../process/processIdentity.ts";

export interface DataDirectory {
  /** Absolute, links resolved. */
  readonly path: string;
  /** The dead daemon whose lock was taken over: it did not end cleanly. */
  readonly uncleanPredecessor: ProcessIdentity | undefined;
  /** A clean end. Afterwards the directory may belong to another daemon. */
  release(): void;
}

/** Another living daemon owns the directory. The message is for people and names its pid. */
export class DataDirectoryInUse extends Error {
  override readonly name = "DataDirectoryInUse";
  readonly pid: number;
  constructor(path: string, pid: number) {
    super(`the data directory ${path} is in use by the daemon with pid ${pid}; stop it, or give another --data-dir`);
    this.pid = pid;
  }
}

/** Creates the directory when missing and takes its lock. Throws DataDirectoryInUse, or an error that names the path. */
export function openDataDirectory(path: string): DataDirectory {
  const directory = makePrivateDirectory(path);
  const us = processIdentity(process.pid);
  if (us === undefined) throw new Error("cannot read the start time of our own process");
  const uncleanPredecessor = takeLock(directory, us);
  return { path: directory, uncleanPredecessor, release: () => releaseLock(directory, us) };
}

/** The living daemon of a data directory, or undefined. For the command line. */
export function findLockHolder(path: string): ProcessIdentity | undefined {
  const holder = readLock(join(path, "daemon.lock"));
  return holder !== undefined && isSameProcess(holder) ? holder : undefined;
}

function makePrivateDirectory(path: string): string {
  try {
    makeDirectories(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`the data directory ${path} cannot be made (${why}); give another --data-dir`);
  }
  const directory = realpathSync(path);
  const { uid, mode } = lstatSync(directory);
  if (uid !== process.geteuid?.()) throw new Error(`the data directory ${directory} belongs to another user (uid ${uid})`);
  if ((mode & 0o066) !== 0) chmodSync(directory, 0o700);
  return directory;
}

const lockSchema = z.object({ pid: z.number(), startedAt: z.string() });
const TAKE_ATTEMPTS = 5;

/** Returns the identity of a dead predecessor. */
function takeLock(directory: string, us: ProcessIdentity): ProcessIdentity | undefined {
  const path = join(directory, "daemon.lock");
  const ours = `${path}.${randomUUID().slice(0, 8)}`;
  writePrivateFile(ours, `${JSON.stringify(us)}\n`);
  let dead: ProcessIdentity | undefined;
  try {
    for (let attempt = 1; attempt <= TAKE_ATTEMPTS; attempt += 1) {
      if (linkedAsNew(ours, path)) return dead;
      const holder = readLock(path);
      if (holder !== undefined && isSameProcess(holder)) throw new DataDirectoryInUse(directory, holder.pid);
      dead = holder ?? dead;
      setAsideStaleLock(path, holder);
    }
  } finally {
    rmSync(ours, { force: true });
  }
  throw new Error(`cannot take the lock ${path}: several daemons are starting at once`);
}

/** link(2) is atomic, and the file appears with its content. */
function linkedAsNew(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

/** Between reading and renaming, another starter may have put its own lock there: that one goes back. */
function setAsideStaleLock(path: string, stale: ProcessIdentity | undefined): void {
  const aside = `${path}.stale.${randomUUID().slice(0, 8)}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return;
    throw error;
  }
  const moved = readLock(aside);
  if (moved !== undefined && moved.startedAt !== stale?.startedAt) linkedAsNew(aside, path);
  rmSync(aside, { force: true });
}

/** Undefined when there is none, or when a power cut left it unreadable: then its daemon is dead as well. */
function readLock(path: string): ProcessIdentity | undefined {
  const text = readFileIfThere(path);
  if (text === undefined) return undefined;
  try {
    return lockSchema.parse(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}

function releaseLock(directory: string, us: ProcessIdentity): void {
  const path = join(directory, "daemon.lock");
  const holder = readLock(path);
  if (holder?.pid === us.pid && holder.startedAt === us.startedAt) rmSync(path, { force: true });
}
