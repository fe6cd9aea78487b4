import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Fault } from "./weather.ts";

/** A universe of the campaign's own, with its admin path: what a sidecar of the daemon does not offer. It outlives every daemon. */
export interface OwnGame {
  readonly booksPath: string;
  /** How a daemon finds it. */
  readonly daemonOptions: readonly string[];
  pull(path: string, body: Readonly<Record<string, unknown>>): Promise<void>;
  /** How often each kind of fault has struck so far. */
  strikes(): Promise<ReadonlyMap<string, number>>;
  stop(): Promise<void>;
}

export async function startOwnGame(options: {
  readonly home: string;
  readonly seed: number;
  readonly speed: number;
  readonly fleet: string;
}): Promise<OwnGame> {
  const dataDir = join(options.home, "game");
  const tokenFile = join(options.home, "agent.token");
  const log = openSync(join(options.home, "game.log"), "a");
  const choices = ["--seed", String(options.seed), "--speed", String(options.speed), "--fleet", options.fleet];
  const where = ["--data-dir", dataDir, "--port", "0", "--agent", "BOSUN", "--token-file", tokenFile, "--admin"];
  const child = spawn(process.execPath, [SIMULATOR, ...where, ...choices], { stdio: ["ignore", "pipe", log] });
  process.once("exit", () => child.kill("SIGKILL"));
  await listening(child);
  const facts = JSON.parse(readFileSync(join(dataDir, "simulator.json"), "utf8")) as {
    readonly url: string;
    readonly accountToken: string;
  };
  const admin = new URL("/admin/", facts.url);
  const headers = { authorization: `Bearer ${facts.accountToken}`, "content-type": "application/json" };
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(new URL(path, admin), {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text}`);
    return JSON.parse(text);
  };
  return {
    booksPath: join(dataDir, "books.jsonl"),
    daemonOptions: ["--api-url", facts.url, "--token-file", tokenFile, "--agent", "BOSUN"],
    async pull(path, body) {
      await ask("POST", path, body);
    },
    async strikes() {
      const { data } = (await ask("GET", "faults")) as { readonly data: readonly (Fault & { readonly hits: number })[] };
      const strikes = new Map<string, number>();
      for (const { kind, hits } of data) strikes.set(kind, (strikes.get(kind) ?? 0) + hits);
      return strikes;
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

async function listening(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit").then(([code]) => Promise.reject(new Error(`the simulator ended with ${String(code)}`)));
  if (child.stdout === null) throw new Error("the simulator has no output");
  await Promise.race([once(child.stdout, "data"), ended]);
  // Later it is stopped on purpose.
  ended.catch(() => {});
}

const SIMULATOR = fileURLToPath(new URL("../../dist/simulator/main.js", import.meta.url));
