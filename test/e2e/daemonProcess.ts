import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { stopEmbeddedPostgres } from "../../src/persistence/embeddedPostgres.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const START_WITHIN_MS = 45_000;

export interface DaemonProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Everything it has written so far. */
  readonly output: () => string;
  /** Log lines as objects. */
  readonly lines: () => readonly Record<string, unknown>[];
  /** Resolves with the first line that fits; rejects when the process ends before. */
  line(fits: (line: Record<string, unknown>) => boolean): Promise<Record<string, unknown>>;
  readonly exit: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** A data directory of its own; the world below /tmp, since the embedded Postgres must be able to enter it. */
export function newDataDir(): string {
  return mkdtempSync(join(tmpdir(), "bosun-e2e-"));
}

const daemonFile = z.object({
  pid: z.number(),
  version: z.string(),
  agent: z.string(),
  httpUrl: z.string(),
  databaseUrl: z.string(),
  natsUrl: z.string().nullable(),
  apiUrl: z.string(),
  operatorToken: z.string(),
});

/** What the daemon says of itself in daemon.json. */
export function readDaemonFile(dataDir: string) {
  return daemonFile.parse(JSON.parse(readFileSync(join(dataDir, "daemon.json"), "utf8")));
}

/** The built daemon as the user starts it, with JSON logs. */
export function startDaemon(
  dataDir: string,
  args: readonly string[] = [],
  environment: Record<string, string> = {},
): DaemonProcess {
  const main = join(ROOT, "dist", "main.js");
  if (!existsSync(main)) throw new Error("dist/main.js is missing: npm run build");
  const child = spawn(process.execPath, ["--enable-source-maps", main, "--data-dir", dataDir, "--http-port", "0", ...args], {
    env: { ...cleanEnvironment(), ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const listeners = new Set<() => void>();
  const take = (part: Buffer): void => {
    output += part.toString();
    for (const listener of listeners) listener();
  };
  child.stdout?.on("data", take);
  child.stderr?.on("data", take);
  const exit = once(child, "close").then(([code, signal]: (number | NodeJS.Signals | null)[]) => ({
    code: typeof code === "number" ? code : null,
    signal: typeof signal === "string" ? signal : null,
  }));
  const lines = () => output.split("\n").flatMap(parsedLine);
  return {
    child,
    pid: child.pid ?? -1,
    output: () => output,
    lines,
    exit,
    async line(fits) {
      return await new Promise((resolve, reject) => {
        const look = (): void => {
          const found = lines().find(fits);
          if (found === undefined) return;
          finish();
          resolve(found);
        };
        const timer = setTimeout(() => {
          finish();
          reject(new Error(`no such line within ${START_WITHIN_MS} ms:\n${output}`));
        }, START_WITHIN_MS);
        const finish = (): void => {
          clearTimeout(timer);
          listeners.delete(look);
        };
        listeners.add(look);
        exit.then(({ code, signal }) => {
          finish();
          reject(new Error(`ended with ${code ?? signal}:\n${output}`));
        }, reject);
        look();
      });
    },
  };
}

/** Waits until the daemon sails. */
export function sails(daemon: DaemonProcess): Promise<Record<string, unknown>> {
  return daemon.line((line) => line["msg"] === "bosun sails");
}

/** Runs `bosun` and returns what it said. */
export async function runCli(args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [join(ROOT, "dist", "cli.js"), ...args], { env: cleanEnvironment() });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (part: Buffer) => {
    stdout += part.toString();
  });
  child.stderr.on("data", (part: Buffer) => {
    stderr += part.toString();
  });
  const [code]: (number | null)[] = await once(child, "close");
  return { code: code ?? null, stdout, stderr };
}

/** Ends everything that a test left in its data directory: daemon, sidecars, database. */
export async function cleanUp(dataDir: string, daemons: readonly DaemonProcess[]): Promise<void> {
  for (const daemon of daemons) {
    if (daemon.child.exitCode === null && daemon.child.signalCode === null) daemon.child.kill("SIGKILL");
    await daemon.exit;
  }
  for (const pid of sidecarPids(dataDir)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
    }
  }
  await stopEmbeddedPostgres({ dataDirectory: dataDir });
  rmSync(dataDir, { recursive: true, force: true });
}

/** Pids of the living sidecars by their records. */
export function sidecarPids(dataDir: string): readonly number[] {
  return readdirSync(dataDir)
    .filter((name) => name.endsWith(".sidecar.json"))
    .map((name) => JSON.parse(readFileSync(join(dataDir, name), "utf8")).process.pid as number);
}

function cleanEnvironment(): Record<string, string> {
  const ours = /^(BOSUN_|DATABASE_URL$|NATS_URL$|NATS_CREDS$|SPACETRADERS_|NO_COLOR$)/;
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined || ours.test(name) ? [] : [[name, value]])),
  );
}

function parsedLine(line: string): Record<string, unknown>[] {
  if (!line.startsWith("{")) return [];
  try {
    return [JSON.parse(line) as Record<string, unknown>];
  } catch {
    // The last line may not be whole yet.
    return [];
  }
}
