/**
 * The built daemon as `npm start` runs it, on a fresh universe: memory and CPU while the fleet sails, then while it has next to nothing to
 * do (game time as slow as in the real game, after the first trades). Needs Linux.
 *   npm run bench:daemon [-- --json] [-- --seconds N]
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { type Row, report, round } from "./benchReport.ts";
import { peakRssMb, type Usage, usageOf, usageOfTree } from "./daemonUsage.ts";

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));
/** Memory is at its highest after about two minutes. */
const SECONDS = secondsAsked() ?? 150;
/** Until the fleet has looked around and its first ships are on their way, which takes minutes of real time. */
const SETTLE_SECONDS = 40;
const IDLE_SECONDS = 30;

const postgresUp = z.object({ msg: z.literal("embedded Postgres is up"), pid: z.number() });
const sidecarRecord = z.object({ process: z.object({ pid: z.number() }) });
const rows: Row[] = [];
const sailing = await measure("default run", { args: [], settleSeconds: 0, seconds: SECONDS });
const idle = await measure("idle (speed 1)", { args: ["--speed", "1"], settleSeconds: SETTLE_SECONDS, seconds: IDLE_SECONDS });
report("daemon", rows, [
  { name: "RSS of the daemon at its highest in a default run, MB", measured: sailing.peakMb, reach: 250, better: "lower" },
  { name: "CPU of the idle daemon, % of a core", measured: idle.cpuPercent, reach: 2, better: "lower" },
]);

/** One fresh daemon from start to stop. Adds a row for it and each sidecar. */
async function measure(
  name: string,
  options: { readonly args: readonly string[]; readonly settleSeconds: number; readonly seconds: number },
): Promise<{ readonly peakMb: number; readonly cpuPercent: number }> {
  const dataDir = mkdtempSync(join(tmpdir(), "bosun-bench-daemon-"));
  const child = spawn(
    process.execPath,
    ["--enable-source-maps", MAIN, "--data-dir", dataDir, "--http-port", "0", ...options.args],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  try {
    const postgresPid = await sails(child);
    const everyProcess = () => usages(child, postgresPid, dataDir);
    await sleep(options.settleSeconds * 1_000);
    const before = everyProcess();
    await sleep(options.seconds * 1_000);
    const after = everyProcess();
    const peakMb = peakRssMb(child.pid ?? 0);
    for (const [part, usage] of after) rows.push(rowOf({ name, part, usage, since: before.get(part), seconds: options.seconds }));
    return { peakMb, cpuPercent: cpuPercent(after.get("daemon"), before.get("daemon"), options.seconds) };
  } finally {
    // A graceful stop takes the sidecars with it.
    child.kill("SIGTERM");
    await once(child, "exit");
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Resolves to the pid of its Postgres. */
async function sails(child: ChildProcess): Promise<number> {
  const { stdout } = child;
  if (stdout === null) throw new Error("the daemon has no output");
  return await new Promise<number>((resolve, reject) => {
    let postgresPid = 0;
    // It is read to the end, or the daemon would wait for somebody to read.
    createInterface({ input: stdout }).on("line", (line) => {
      const up = postgresUp.safeParse(JSON.parse(line));
      if (up.success) postgresPid = up.data.pid;
      if (line.includes('"bosun sails"')) resolve(postgresPid);
    });
    child.once("exit", (code) => reject(new Error(`the daemon ended with ${code}; is it built?`)));
  });
}

/** The daemon and its sidecars by name: Postgres with all its processes, the simulator, nats-server if there is one. */
function usages(child: ChildProcess, postgresPid: number, dataDir: string): ReadonlyMap<string, Usage> {
  const sidecars = readdirSync(dataDir)
    .filter((name) => name.endsWith(".sidecar.json"))
    .map((name): [string, Usage] => {
      const record = sidecarRecord.parse(JSON.parse(readFileSync(join(dataDir, name), "utf8")));
      return [name.replace(".sidecar.json", ""), usageOfTree(record.process.pid)];
    });
  return new Map([["daemon", usageOf(child.pid ?? 0)], ["postgres", usageOfTree(postgresPid)], ...sidecars]);
}

function rowOf(of: {
  readonly name: string;
  readonly part: string;
  readonly usage: Usage;
  readonly since: Usage | undefined;
  readonly seconds: number;
}): Row {
  const { name, part, usage, since, seconds } = of;
  return { run: name, process: part, "RSS MB": round(usage.rssMb), "CPU %": round(cpuPercent(usage, since, seconds)) };
}

function cpuPercent(after: Usage | undefined, before: Usage | undefined, seconds: number): number {
  return ((after?.cpuMs ?? Number.NaN) - (before?.cpuMs ?? 0)) / (seconds * 10);
}

function secondsAsked(): number | undefined {
  const at = process.argv.indexOf("--seconds");
  return at < 0
    ? undefined
    : z.coerce
        .number()
        .min(4)
        .parse(process.argv[at + 1]);
}
