import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";

/** Twelve hex digits over a configuration: equal hash, equal configuration. */
export function configurationHash(configuration: object): string {
  return hashOf(JSON.stringify(sorted(configuration)));
}

export function hashOf(text: string | Buffer): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

/** The commit of the sources, with a plus when there are changes beside it; `unknown` outside a repository. */
export function sourceCommit(): string {
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  const git = (...args: string[]): string =>
    execFileSync("git", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    return `${git("rev-parse", "--short", "HEAD")}${git("status", "--porcelain", "--", "src", "bench") === "" ? "" : "+"}`;
  } catch {
    // A package without its history is measured all the same.
    return "unknown";
  }
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
