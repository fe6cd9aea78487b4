import { statusSchema } from "../../src/cli/statusSchema.ts";
import { type DaemonProcess, runCli } from "./daemonProcess.ts";

/** What `bosun status -o json` says. */
export async function statusOf(dataDir: string) {
  const { code, stdout, stderr } = await runCli(["status", "-o", "json", "--data-dir", dataDir]);
  if (code !== 0) throw new Error(`bosun status ended with ${code}: ${stderr}`);
  return statusSchema.parse(JSON.parse(stdout));
}

/** Resolves with the first trade of any ship, or of the given one, that is logged at `sinceMs` or later. */
export function nextTrade(daemon: DaemonProcess, sinceMs: number, ship = ""): Promise<Record<string, unknown>> {
  return daemon.line(({ time, msg }) => {
    const isTrade = typeof msg === "string" && msg.startsWith(ship) && / (bought|sold) \d/.test(msg);
    return isTrade && typeof time === "string" && Date.parse(time) >= sinceMs;
  });
}
