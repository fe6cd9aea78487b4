import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pause } from "./victim.ts";

/** Ends what a killed daemon left running in its data directory: by the pids that the sidecars themselves wrote there. */
export async function stopSidecars(dataDir: string): Promise<void> {
  const pids = [simulatorPid(dataDir), ...postgresPids(dataDir)].flatMap((pid) => pid ?? []);
  for (const pid of pids) signal(pid, "SIGTERM");
  for (let waited = 0; waited < 5_000 && pids.some((pid) => signal(pid, 0)); waited += 50) await pause(50);
  for (const pid of pids) signal(pid, "SIGKILL");
}

function simulatorPid(dataDir: string): number | undefined {
  const path = join(dataDir, "simulator", "simulator.json");
  if (!existsSync(path)) return undefined;
  const { pid } = JSON.parse(readFileSync(path, "utf8")) as { readonly pid: number };
  return commandOf(pid).includes(dataDir) ? pid : undefined;
}

function postgresPids(dataDir: string): readonly number[] {
  return readdirSync(dataDir, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith("postmaster.pid"))
    .map((name) => Number(readFileSync(join(dataDir, name), "utf8").split("\n")[0]))
    .filter((pid) => commandOf(pid).includes("postgres"));
}

/** Empty when there is no such process: a pid in a file may be somebody else's by now. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}
