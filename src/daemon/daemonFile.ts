/**
 * `DATA_DIR/daemon.json`, mode 0600: where a running daemon is, for the command line and other tools. Written when everything it names
 * answers, removed by a clean end; one whose pid is dead was left by a kill.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { readFileIfThere, writePrivateFile } from "../process/privateFile.ts";

export type DaemonFile = z.infer<typeof daemonFileSchema>;

const daemonFileSchema = z.object({
  pid: z.number(),
  version: z.string(),
  /** Ownership scope, `agent/<RESET>/<SYMBOL>`. */
  agent: z.string(),
  httpUrl: z.string(),
  /** With its password. */
  databaseUrl: z.string(),
  natsUrl: z.string().nullable(),
  /** The game, or the simulator. */
  apiUrl: z.string(),
  /** What commands over HTTP must present. */
  operatorToken: z.string(),
});

export function writeDaemonFile(dataDir: string, file: DaemonFile): void {
  writePrivateFile(pathOf(dataDir), `${JSON.stringify(file, null, 2)}\n`);
}

/** Undefined when there is none. Throws an error that names the file when it cannot be understood. */
export function readDaemonFile(dataDir: string): DaemonFile | undefined {
  const content = readFileIfThere(pathOf(dataDir));
  if (content === undefined) return undefined;
  const parsed = daemonFileSchema.safeParse(parseJson(content));
  if (parsed.success) return parsed.data;
  throw new Error(`${pathOf(dataDir)} is damaged or of another version: ${z.prettifyError(parsed.error)}`);
}

export function removeDaemonFile(dataDir: string): void {
  rmSync(pathOf(dataDir), { force: true });
}

function pathOf(dataDir: string): string {
  return join(dataDir, "daemon.json");
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}
