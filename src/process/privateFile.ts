import { randomUUID } from "node:crypto";
import { closeSync, fchownSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";

/** Writes a file of mode 0600 so that readers see the old content or the new one, never a part (temporary file and rename). */
export function writePrivateFile(path: string, content: string, owner?: { readonly uid: number; readonly gid: number }): void {
  const temporary = `${path}.${randomUUID().slice(0, 8)}`;
  const file = openSync(temporary, "wx", 0o600);
  try {
    writeSync(file, content);
    if (owner !== undefined) fchownSync(file, owner.uid, owner.gid);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}

/** The text of the file, or undefined when there is none. */
export function readFileIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
