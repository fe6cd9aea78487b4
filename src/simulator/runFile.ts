/** `simulator.json`: how others find a running simulator, and how the next one finds what the last one left. */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

export type LastRun = z.infer<typeof LastRun>;
const LastRun = z.object({ pid: z.int().positive(), url: z.url() });

/** What `simulator.json` says. The tokens are secrets: the file has mode 0600. */
export interface RunFacts extends LastRun {
  agent: string;
  speed: number;
  resetDate: string;
  seed: number;
  /** `seed N`, or the name of the universe file. */
  source: string;
  /** Hash of the economy. */
  economy: string;
  accountToken: string;
  /** Null when a reset has ended the agent and it has not registered since. */
  agentToken: string | null;
}

/** What the last run left; undefined when there was none or its file is unreadable, which costs no more than the old port. */
export function readLastRun(dataDir: string): LastRun | undefined {
  const path = join(dataDir, "simulator.json");
  return existsSync(path) ? LastRun.safeParse(parseJson(readFileSync(path, "utf8"))).data : undefined;
}

/** The process lives and its URL answers: a pid alone may be another program's by now. */
export async function isRunning({ pid, url }: LastRun): Promise<boolean> {
  if (pid === process.pid || !isAlive(pid)) return false;
  try {
    const { status } = await fetch(url, { signal: AbortSignal.timeout(2000) });
    // 503 is its answer while it is being reset.
    return status < 500 || status === 503;
  } catch {
    return false;
  }
}

/** Replaces a file that only its owner may read, whole or not at all. */
export function writeSecret(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
