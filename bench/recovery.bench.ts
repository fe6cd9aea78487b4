/**
 * A daemon with many live actors, each with a running job and a timer, is killed with kill -9. Measured in its successor: until every actor, job and
 * timer is there (ready), and until the first event is applied; without and with the start of Node.
 *   npm run bench:recovery [-- --json]
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { type Row, report } from "./benchReport.ts";
import { startBenchServer } from "./benchServer.ts";

const DAEMON = fileURLToPath(new URL("recoveryDaemon.ts", import.meta.url));

const READY = z.object({
  actors: z.number(),
  jobs: z.number(),
  timers: z.number(),
  readyMs: z.number(),
  firstEventMs: z.number(),
  rssMb: z.number(),
});

type Ready = z.infer<typeof READY>;

/** Starts the daemon and waits until it has told that it is ready. */
async function startDaemon(
  url: string,
  actors: number,
): Promise<{ readonly child: ChildProcess; readonly ready: Ready; readonly wallMs: number }> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, ["--import", "tsx", DAEMON, url, String(actors)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    return { child, ready: READY.parse(JSON.parse(line)), wallMs: performance.now() - startedAt };
  }
  throw new Error("the daemon ended before it was ready");
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

const server = await startBenchServer();
try {
  const rows: Row[] = [];
  let readyMs = Number.NaN;
  for (const actors of [1000, 10_000]) {
    const first = await startDaemon(server.database.url, actors);
    await kill(first.child);
    const { child, ready, wallMs } = await startDaemon(server.database.url, actors);
    await kill(child);
    for (const found of [ready.actors, ready.jobs, ready.timers]) {
      if (found !== actors) throw new Error(`not everything came back: ${JSON.stringify(ready)}`);
    }
    rows.push({
      actors,
      "ready ms": Math.round(ready.readyMs),
      "first event ms": Math.round(ready.firstEventMs),
      "with Node's start ms": Math.round(wallMs),
      "RSS MB": Math.round(ready.rssMb),
    });
    readyMs = ready.readyMs;
  }
  report("recovery", rows, [{ name: "ms until 10,000 actors are ready", measured: readyMs, reach: 2000, better: "lower" }]);
} finally {
  await server.cleanup();
}
