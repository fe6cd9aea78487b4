import { existsSync, mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";

/**
 * Makes a directory that only its owner may enter, and the parents that it lacks. Not by Node's `recursive`, which never returns where a file
 * system answers ENOENT for a new entry of an existing directory, as /proc does. Throws what `mkdir` throws.
 */
export function makeDirectories(path: string): void {
  const directory = resolve(path);
  if (existsSync(directory)) return;
  const parent = dirname(directory);
  if (!existsSync(parent)) makeDirectories(parent);
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    // Made by somebody else meanwhile.
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}
