import { readFileSync } from "node:fs";
import { z } from "zod";

/** The version of the package; src/daemon and dist/daemon lie two folders below it. */
export function readVersion(): string {
  const file = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return z.object({ version: z.string() }).parse(JSON.parse(file)).version;
}
