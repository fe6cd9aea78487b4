/** A simulator in a process of its own, to be killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Json, request } from "./harness.ts";

const MAIN = join(import.meta.dirname, "../../../src/simulator/main.ts");

export interface SimulatorChild {
  url: string;
  agentToken: string;
  accountToken: string;
  kill(signal: "SIGKILL" | "SIGTERM"): void;
  /** Once it has ended. */
  ended: Promise<{ code: number | null; stderr: string }>;
  /** POST, or GET without a body, on the admin path; its data. */
  admin(path: string, body?: unknown): Promise<Json | undefined>;
}

const children = new Set<ChildProcess>();

/** Starts one and waits until it listens. `fileLimitKiB`: no file that it writes grows beyond, as on a full disk. */
export async function startChild(dataDir: string, args: readonly string[], fileLimitKiB?: number): Promise<SimulatorChild> {
  const program = [process.execPath, "--import", "tsx", MAIN, "--data-dir", dataDir, ...args];
  const limit = fileLimitKiB === undefined ? "" : `ulimit -f ${fileLimitKiB}; `;
  const child = spawn("bash", ["-c", `${limit}exec "$@"`, "bash", ...program], { stdio: ["ignore", "pipe", "pipe"] });
  children.add(child);
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve) => {
    child.once("close", (code) => {
      children.delete(child);
      resolve({ code, stderr });
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once("data", () => resolve());
    void ended.then(({ code }) => reject(new Error(`ended with ${code}: ${stderr}`)));
  });
  // Written by the program before it says that it listens.
  const facts = JSON.parse(readFileSync(join(dataDir, "simulator.json"), "utf8")) as Record<string, string>;
  const { url = "", agentToken = "", accountToken = "" } = facts;
  const root = url.replace(/\/v2$/, "");
  return {
    url,
    agentToken,
    accountToken,
    ended,
    kill: (signal) => child.kill(signal),
    admin: async (path, body) => {
      const answer = await request(root, body === undefined ? "GET" : "POST", `/admin${path}`, body, accountToken);
      if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body["data"];
    },
  };
}

/** For the end of a test, whatever happened in it. */
export function killChildren(): void {
  for (const child of children) child.kill("SIGKILL");
}
