import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The real daemon, started as a user would, to be killed. Its sidecars are processes of their own and survive it. */
export interface Victim {
  readonly pid: number;
  readonly startedAtMs: number;
  alive(): boolean;
  /** Resolves when the daemon says that everything it names answers, or when it has ended. */
  ready(withinMs: number): Promise<"ready" | "ended" | "tooSlow">;
  /** How it ended: a signal, or an exit code. */
  readonly ended: Promise<string>;
  kill(): Promise<void>;
  /** SIGTERM, then waits. */
  stop(): Promise<string>;
}

export interface DaemonFacts {
  readonly agent: string;
  readonly databaseUrl: string;
}

export interface Place {
  readonly dataDir: string;
  readonly log: string;
  /** Of the universe it sails in. */
  readonly booksPath: string;
  readonly options: readonly string[];
}

export function startVictim({ dataDir, log, options }: Place, crashAt: string | undefined): Victim {
  const output = openSync(log, "a");
  const child = spawn(process.execPath, [MAIN, "--data-dir", dataDir, "--http-port", "0", "--log", "json", ...options], {
    stdio: ["ignore", output, output],
    env: { ...strangersEnvironment(), ...(crashAt === undefined ? {} : { BOSUN_CRASH_AT: crashAt }) },
  });
  const pid = child.pid ?? 0;
  const ended = endOf(child);
  const alive = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    pid,
    startedAtMs: Date.now(),
    alive,
    ended,
    async ready(withinMs) {
      for (const deadline = Date.now() + withinMs; Date.now() < deadline; ) {
        if (!alive()) return "ended";
        if (readFacts(dataDir)?.pid === pid) return "ready";
        await pause(50);
      }
      return "tooSlow";
    },
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
    stop() {
      child.kill("SIGTERM");
      return ended;
    },
  };
}

/** What `daemon.json` says; undefined while there is none. */
export function readFacts(dataDir: string): (DaemonFacts & { readonly pid: number }) | undefined {
  const path = join(dataDir, "daemon.json");
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, "utf8")) as DaemonFacts & { readonly pid: number };
  } catch {
    // It is being replaced at this moment, or was removed.
    return undefined;
  }
}

export function booksPathOf(dataDir: string): string {
  return join(dataDir, "simulator", "books.jsonl");
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => resolve(signal ?? `exit ${code}`));
    child.once("error", (error) => resolve(error.message));
  });
}

/** Without what would lead the daemon to a database, a bus or a game that is not this run's own. */
function strangersEnvironment(): NodeJS.ProcessEnv {
  const ours = /^(BOSUN_|DATABASE_URL$|NATS_URL$|NATS_CREDS$|SPACETRADERS_)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
}

const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
