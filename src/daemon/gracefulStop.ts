/**
 * How a run ends: what went wrong is said, what runs is stopped, and the record of boots is told how it was. Invariants: it takes at most 30 s;
 * daemon.json goes once nothing that it names answers any more.
 */
import type { Config } from "../config.ts";
import type { Environment } from "../runtime/environment.ts";
import type { ProcessSupervisor } from "../supervisor/processSupervisor.ts";
import type { BootRecord } from "../supervisor/uncleanBoots.ts";
import { removeDaemonFile } from "./daemonFile.ts";
import { EXIT_FAILED, exitCodeOf, isForTheUser } from "./exitCodes.ts";
import type { Narration } from "./narration.ts";
import { processLines } from "./processLines.ts";
import { startStopwatch } from "./stopwatch.ts";

const SHUTDOWN_MS = 30_000;
/** What the steps after the tree need of it. */
const SHUTDOWN_RESERVE_MS = 1_500;

interface EndingRun {
  readonly config: Pick<Config, "dataDir" | "databaseUrl">;
  readonly parts: { readonly game?: { readonly api: Closing }; readonly database?: Closing };
  readonly narration: Pick<Narration, "log" | "say"> & { readonly environment: Pick<Environment, "clock" | "logger"> };
  readonly boot: BootRecord;
  readonly supervisor: ProcessSupervisor;
  readonly process: Pick<NodeJS.Process, "stdout" | "stderr">;
}

interface Closing {
  close(): Promise<unknown>;
}

/** Stops the run; `why` is who asked for it, `failure` what ended it. Resolves to the exit code. */
export async function stopGracefully(run: EndingRun, why: string | undefined, failure: Error | undefined): Promise<number> {
  const { narration, boot } = run;
  const { clock, logger } = narration.environment;
  const stopwatch = startStopwatch();
  if (why !== undefined) {
    narration.say("info", "Shutdown signal received, waiting for operations to complete...", { why });
  }
  if (failure !== undefined) explain(run, failure);
  const isOurs = failure !== undefined && !isForTheUser(failure);
  if (failure !== undefined && isOurs) boot.markFatal(failure);
  let cancel = (): void => undefined;
  const deadline = new Promise<"late">((resolve) => {
    cancel = clock.wakeAt(clock.nowMs() + SHUTDOWN_MS, () => resolve("late"));
  });
  try {
    const outcome = await Promise.race([stopTree(run), deadline]);
    if (outcome === "late") throw new Error(`not done after ${SHUTDOWN_MS / 1_000} s: ${stillRunning(run.supervisor)}`);
    const tookMs = stopwatch();
    if (!isOurs) boot.markClean(tookMs);
    narration.say("info", `stopped in ${(tookMs / 1_000).toFixed(1)} s`, { tookMs });
    return exitCodeOf(failure);
  } catch (error) {
    logger.error({ error }, `Graceful shutdown failed: ${error instanceof Error ? error.message : String(error)}`);
    return EXIT_FAILED;
  } finally {
    cancel();
  }
}

async function stopTree({ supervisor, parts, config }: EndingRun): Promise<"stopped"> {
  await supervisor.stop({ withinMs: SHUTDOWN_MS - SHUTDOWN_RESERVE_MS });
  await parts.game?.api.close();
  // The embedded one has closed before its server.
  if (config.databaseUrl !== undefined) await parts.database?.close();
  removeDaemonFile(config.dataDir);
  return "stopped";
}

function explain({ narration, process }: EndingRun, { message }: Error): void {
  narration.say("bad", `cannot go on: ${message}`);
  // A log that goes to a file is not where a person looks first.
  if (!process.stdout.isTTY) process.stderr.write(`bosun: ${narration.log.clean(message)}\n`);
}

function stillRunning(supervisor: ProcessSupervisor): string {
  const lines = processLines(supervisor.tree());
  const running = lines.filter((line) => line.status === "running" || line.status === "stopping").map((line) => line.name);
  return running.length === 0 ? "nothing that is known still runs" : `${running.join(", ")} still running`;
}
