/** A universe on disk at one place of its books. */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { economyHash } from "./economy.v1.ts";
import { InputFault } from "./inputFault.ts";
import type { Universe } from "./universe.ts";

export interface Snapshot {
  /** Number of the last line in the books that is part of it, and the size of the books with it. */
  seq: number;
  booksBytes: number;
  /** Game time never falls behind this again, even if the wall does. */
  gameMs: number;
  universe: Readonly<Universe>;
}

/**
 * Undefined when there is none, or none that is whole: a machine that dies may leave a file torn. Throws for a universe of another
 * version, which is not to be overwritten.
 */
export function readSnapshot(path: string): Snapshot | undefined {
  if (!existsSync(path)) return undefined;
  let snapshot: Partial<Snapshot> | null;
  try {
    // Our own file: what is JSON to its end is what was written.
    snapshot = JSON.parse(readFileSync(path, "utf8")) as Snapshot | null;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    process.stderr.write(`${path} is torn; going back to an older one\n`);
    return undefined;
  }
  const { seq, booksBytes, universe, gameMs = 0 } = snapshot ?? {};
  if (seq === undefined || booksBytes === undefined || universe?.format !== "bosun-universe/1")
    throw new Error(`${path}: not a universe of this version`);
  const { economy } = universe;
  if (economyHash(economy.constants) !== economy.hash) {
    throw new InputFault(
      `${path}: a universe of an economy that this version does not know (${economy.hash}); give another --data-dir`,
    );
  }
  return { seq, booksBytes, gameMs, universe };
}

/** Replaces the file whole or not at all. Throws when the disk refuses; then the old one is still there. */
export function writeSnapshot(path: string, snapshot: Snapshot): void {
  try {
    writeFileSync(`${path}.new`, JSON.stringify(snapshot), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch (cause) {
    rmSync(`${path}.new`, { force: true });
    throw cause;
  }
}
