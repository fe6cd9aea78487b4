import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Twelve hex digits over a configuration: equal hash, equal configuration. */
export function configurationHash(configuration: object): string {
  return hashOf(JSON.stringify(sorted(configuration)));
}

export function hashOf(text: string | Buffer): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

/** The commit of the sources, with a plus when there are changes beside it; `unknown` outside a repository. */
export function sourceCommit(): string {
  const git = (...args: string[]): string =>
    execFileSync("git", args, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    return `${git("rev-parse", "--short", "HEAD")}${git("status", "--porcelain", "--", "src", "bench") === "" ? "" : "+"}`;
  } catch {
    // A package without its history is measured all the same.
    return "unknown";
  }
}

/** Over every file at or below these paths of the package, as they are now: equal hash, the same program, whatever the commit. */
export function sourcesHash(paths: readonly string[]): string {
  return hashOf(JSON.stringify(paths.flatMap(filesBelow).map((path) => [path, hashOf(readFileSync(join(ROOT, path)))])));
}

function filesBelow(path: string): readonly string[] {
  if (statSync(join(ROOT, path)).isFile()) return [path];
  return readdirSync(join(ROOT, path))
    .toSorted()
    .flatMap((name) => filesBelow(join(path, name)));
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  );
}
