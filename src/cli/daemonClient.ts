/** How commands reach the daemon: its address and token are in daemon.json of the data directory. */
import { z } from "zod";
import { groupedWithin } from "../console/figures.ts";
import { type DaemonFile, readDaemonFile } from "../daemon/daemonFile.ts";
import { isAlive } from "../process/processIdentity.ts";
import { CommandFailed, ExitCode } from "./exitCode.ts";

export interface DaemonClient {
  readonly file: DaemonFile;
  get<T>(path: string, schema: z.ZodType<T>): Promise<T>;
  /** Sends a command; answers with a 4xx become CommandFailed with the daemon's own words. */
  post<T>(path: string, body: unknown, schema: z.ZodType<T>): Promise<T>;
}

const TIMEOUT_MS = 10_000;

/** The daemon of this data directory, or undefined when none runs there. */
export function findDaemon(dataDir: string): DaemonFile | undefined {
  const file = readDaemonFile(dataDir);
  return file !== undefined && isAlive(file.pid) ? file : undefined;
}

/** A client of the running daemon. Throws CommandFailed when there is none. */
export function connectToDaemon(dataDir: string): DaemonClient {
  const file = findDaemon(dataDir);
  if (file === undefined) {
    throw new CommandFailed(
      ExitCode.unreachable,
      `no daemon runs on ${dataDir}. Start one with npm start, or name another place with --data-dir.`,
    );
  }
  return {
    file,
    get: (path, schema) => exchange(file, path, { method: "GET" }, schema),
    post: (path, body, schema) =>
      exchange(
        file,
        path,
        {
          method: "POST",
          headers: { authorization: `Bearer ${file.operatorToken}`, "content-type": "application/json" },
          body: JSON.stringify(body),
        },
        schema,
      ),
  };
}

async function exchange<T>(file: DaemonFile, path: string, init: RequestInit, schema: z.ZodType<T>): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`${file.httpUrl}${path}`, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    const reason = error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : String(error);
    throw new CommandFailed(
      ExitCode.unreachable,
      `the daemon (pid ${file.pid}) does not answer at ${file.httpUrl}: ${reason}. It may be starting or stopping; try again.`,
    );
  }
  const body: unknown = await response.json();
  if (!response.ok) throw new CommandFailed(exitCodeOf(response.status), refusalText(body, response.status));
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new CommandFailed(ExitCode.failed, `the daemon's answer is of another version: ${z.prettifyError(parsed.error)}`);
}

function refusalText(body: unknown, status: number): string {
  const parsed = z
    .object({ error: z.string().optional(), reason: z.string().optional(), detail: z.string().optional() })
    .safeParse(body);
  const { error, reason, detail } = parsed.data ?? {};
  const figures = detail === undefined ? undefined : groupedWithin(detail);
  const said = error ?? [reason, figures].filter((text) => text !== undefined).join(": ");
  return said === "" ? `the daemon answered with status ${status}` : said;
}

function exitCodeOf(status: number): number {
  if (status === 404) return ExitCode.notFound;
  if (status === 409) return ExitCode.refused;
  return status === 400 || status === 413 ? ExitCode.usage : ExitCode.failed;
}
