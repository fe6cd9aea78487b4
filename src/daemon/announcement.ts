/** What a run tells the world of itself once its parts answer: daemon.json for commands, banner and log for people. */
import type { Config } from "../config.ts";
import { readyBanner } from "./banner.ts";
import type { DaemonIo } from "./daemon.ts";
import { writeDaemonFile } from "./daemonFile.ts";
import type { Narration } from "./narration.ts";
import { need, type Parts } from "./parts.ts";

interface AnnouncedRun {
  readonly config: Config;
  readonly io: DaemonIo;
  readonly parts: Parts;
  readonly narration: Narration;
  readonly operatorToken: string;
  /** Undefined for the bus in this process. */
  readonly natsUrl: () => string | undefined;
}

/** Says that the daemon is ready, or why its fleet is paused. */
export function announce(
  run: AnnouncedRun,
  how: { readonly startedAtMs: number; readonly pausedBecause: string | undefined },
): void {
  const { config, io, parts, narration } = run;
  const { dataDir } = config;
  const game = need(parts.game, "the game");
  const httpUrl = need(parts.httpUrl, "the console");
  sayWhere(run);
  const { clock, logger } = narration.environment;
  const bus = run.natsUrl() === undefined ? "in-process" : "nats";
  const tookMs = clock.nowMs() - how.startedAtMs;
  const ready = { agent: game.scope, httpUrl, simulator: game.simulator, bus, dataDir, tookMs };
  if (how.pausedBecause === undefined) logger.info(ready, "bosun sails");
  else narration.say("bad", `the fleet is paused: ${how.pausedBecause}. See what failed, then: bosun resume`, ready);
  const readOnly = game.readOnly === true;
  if (readOnly) narration.say("warn", `${game.apiUrl} is only read: the fleet plans, and acts once it is started with --go`);
  narration.banner(readyBanner({ httpUrl, dataDir, readOnly, isDefaultDir: io.isDefaultDir }, io.palette));
  narration.showSummary();
}

/** Writes daemon.json; again after each restart of a part, which may have moved to another port. */
export function sayWhere({ config, io, parts, operatorToken, natsUrl }: AnnouncedRun): void {
  const game = need(parts.game, "the game");
  writeDaemonFile(config.dataDir, {
    pid: io.process.pid,
    version: io.version,
    agent: game.scope,
    httpUrl: need(parts.httpUrl, "the console"),
    databaseUrl: need(parts.database, "the database").publicUrl,
    natsUrl: natsUrl() ?? null,
    apiUrl: game.apiUrl,
    operatorToken,
  });
}
