/**
 * One run of the daemon: lock → parts in the order of the supervision tree → daemon.json → sail → graceful stop → exit code.
 * Invariants: a stop takes at most 30 s; daemon.json exists only while everything in it answers; the lock is given back last.
 */
import { randomBytes } from "node:crypto";
import type { Config } from "../config.ts";
import { feedView } from "../console/feedView.ts";
import { type DaemonPhase, type FleetStatus, fleetStatus } from "../console/fleetStatus.ts";
import type { Palette } from "../console/terminalText.ts";
import { createViewStore, MAX_ENDED } from "../console/view.store.ts";
import { type DataDirectory, DataDirectoryInUse, openDataDirectory } from "../persistence/dataDirectory.ts";
import { countTasksByStatus } from "../persistence/manufacturing.store.ts";
import type { ActorKind } from "../runtime/kind.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { ProcessSupervisor } from "../supervisor/processSupervisor.ts";
import { type BootRecord, recordBoot } from "../supervisor/uncleanBoots.ts";
import { readyBanner } from "./banner.ts";
import type { BusLink } from "./busLink.ts";
import { createCrashPoints } from "./crashPoints.ts";
import { removeDaemonFile, writeDaemonFile } from "./daemonFile.ts";
import { buildDaemonTree } from "./daemonTree.ts";
import { createDaemonWatch, type DaemonWatch } from "./daemonWatch.ts";
import { prepareDatabase } from "./databaseProcess.ts";
import { enterEra } from "./era.ts";
import { EXIT_CANNOT_START, EXIT_FAILED, EXIT_FORCED, exitCodeOf, isForTheUser } from "./exitCodes.ts";
import { startFleetProcess } from "./fleetProcess.ts";
import { startGameProcess } from "./gameProcess.ts";
import { accountTokenOf } from "./gameTokens.ts";
import { createNarration, type Narration } from "./narration.ts";
import { need, type Parts } from "./parts.ts";
import { processLines } from "./processLines.ts";
import { recoveryText, watchRecovery } from "./recoveryLine.ts";
import { createRuntimeSlot } from "./runtimeSlot.ts";
import { listenForShutdown } from "./shutdown.ts";
import { startStopwatch } from "./stopwatch.ts";

const SHUTDOWN_MS = 30_000;
/** What the steps after the tree need of it. */
const SHUTDOWN_RESERVE_MS = 1_500;

export interface DaemonIo {
  readonly process: NodeJS.Process;
  readonly version: string;
  readonly palette: Palette;
  /** Whether the data directory is the one that commands look in by themselves. */
  readonly isDefaultDir: boolean;
}

/** Runs until it is told to stop or cannot go on; resolves to the exit code. */
export async function runDaemon(config: Config, io: DaemonIo): Promise<number> {
  let directory: DataDirectory;
  try {
    directory = openDataDirectory(config.dataDir);
  } catch (error) {
    io.process.stderr.write(`bosun: ${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof DataDirectoryInUse ? EXIT_CANNOT_START : EXIT_FAILED;
  }
  try {
    return await new Daemon({ ...config, dataDir: directory.path }, io).run();
  } finally {
    directory.release();
  }
}

class Daemon {
  readonly #config: Config;
  readonly #io: DaemonIo;
  readonly #parts: Parts = {};
  readonly #store = createViewStore();
  readonly #slot = createRuntimeSlot();
  readonly #narration: Narration;
  readonly #operatorToken = randomBytes(32).toString("base64url");
  readonly #startedAtMs: number;
  readonly #boot: BootRecord;
  readonly #watch: DaemonWatch;
  #pausedBecause: string | undefined;
  readonly #crashPoint: ReturnType<typeof createCrashPoints>;
  #phase: DaemonPhase = "starting";
  #isAnnounced = false;
  /** Whose actors the view holds. */
  #shownScope: string | undefined;
  #kinds: readonly ActorKind[] = [];
  #tree: () => ReturnType<typeof processLines> = () => [];

  constructor(config: Config, io: DaemonIo) {
    this.#config = config;
    this.#io = io;
    this.#crashPoint = createCrashPoints(config.crashAt);
    const { store, output } = { store: this.#store, output: io.process.stdout };
    this.#narration = createNarration({ mode: config.log, output, palette: io.palette, store, status: () => this.#status() });
    this.#startedAtMs = this.#narration.environment.clock.nowMs();
    this.#boot = recordBoot({ dataDirectory: config.dataDir, nowMs: this.#startedAtMs });
    this.#pausedBecause = this.#boot.pausedBecause;
    this.#watch = createDaemonWatch({
      parts: this.#parts,
      slot: this.#slot,
      store: this.#store,
      narration: this.#narration,
      status: () => this.#status(),
      isSailing: () => this.#phase === "sailing",
      lastStopMs: this.#boot.lastStopMs,
    });
  }

  async run(): Promise<number> {
    const { environment } = this.#narration;
    this.#io.process.on("uncaughtExceptionMonitor", (error: Error) => this.#boot.markFatal(error));
    const shutdown = listenForShutdown({ process: this.#io.process, onForced: () => this.#force() });
    const supervisor = this.#buildTree(shutdown.signal);
    this.#tree = () => processLines(supervisor.tree());
    const stopFeeding = feedView(this.#slot, this.#store);
    const stopWatching = this.#slot.observe(this.#watch.noticed);
    let failure: Error | undefined;
    try {
      await this.#startAll(supervisor, shutdown.signal);
      this.#announce();
      const { runForSeconds } = this.#config;
      if (runForSeconds !== undefined) {
        const untilMs = environment.clock.nowMs() + runForSeconds * 1_000;
        environment.clock.wakeAt(untilMs, () => shutdown.request(`--run-for ${runForSeconds}`));
      }
      const end = await Promise.race([shutdown.requested, supervisor.ended]);
      if (typeof end !== "string" && end.how === "failed") failure = end.error;
    } catch (error) {
      if (!shutdown.signal.aborted) failure = error instanceof Error ? error : new Error(String(error));
    }
    const code = await this.#stopAll(supervisor, shutdown.signal.aborted ? await shutdown.requested : undefined, failure);
    stopWatching();
    stopFeeding();
    this.#narration.stop();
    shutdown.release();
    return code;
  }

  async #startAll(supervisor: ProcessSupervisor, signal: AbortSignal): Promise<void> {
    const { logger } = this.#narration.environment;
    const { databaseUrl, apiUrl } = this.#config;
    // What lies outside may be away for long; the tree's starts have deadlines, so it is waited for before (G12).
    if (databaseUrl !== undefined)
      await prepareDatabase(this.#parts, { url: databaseUrl, publicUrl: databaseUrl, logger, signal });
    if (apiUrl !== undefined) await startGameProcess(this.#parts, this.#gameOptions(signal));
    await supervisor.start(signal);
  }

  #gameOptions(signal: AbortSignal) {
    const { environment, log } = this.#narration;
    return {
      ...this.#config,
      accountToken: () => accountTokenOf(this.#config),
      environment,
      protect: log.protect,
      crashPoint: this.#crashPoint,
      onExchange: this.#watch.exchanged,
      onEraOver: (scope: string) => this.#endEra(scope),
      signal,
    };
  }

  /** The universe was reset: the actors of its era stop, and the fleet is started again in the next. */
  #endEra(scope: string): void {
    if (this.#phase === "stopping" || this.#parts.game?.scope !== scope || this.#parts.eraOver !== undefined) return;
    this.#parts.eraOver = scope;
    this.#phase = "starting";
    this.#narration.say("warn", `the universe was reset: ${scope} is over, and its actors stop`);
    this.#parts.onEraOver?.();
  }

  #buildTree(signal: AbortSignal) {
    const { supervisor, natsUrl } = buildDaemonTree({
      config: this.#config,
      version: this.#io.version,
      palette: this.#io.palette,
      path: this.#io.process.env["PATH"],
      parts: this.#parts,
      narration: this.#narration,
      slot: this.#slot,
      store: this.#store,
      operatorToken: this.#operatorToken,
      signal,
      phase: () => this.#phase,
      status: () => this.#status(),
      processes: () => this.#tree(),
      kinds: () => this.#kinds,
      metrics: () => this.#watch.scrape(),
      lookAtFleet: () => this.#watch.lookAtFleet(),
      gameOptions: (abort) => this.#gameOptions(abort),
      startFleet: (busLink, abort) =>
        this.#pausedBecause === undefined ? this.#startFleet(busLink, abort) : Promise.resolve(undefined),
      resume: (built) => this.#resume(built),
      moved: () => this.#sayWhere(),
    });
    this.#natsUrl = natsUrl;
    return supervisor;
  }

  #natsUrl: () => string | undefined = () => undefined;

  async #startFleet(busLink: BusLink, signal: AbortSignal) {
    const { environment } = this.#narration;
    const say = this.#narration.say.bind(this.#narration);
    await enterEra(this.#parts, { game: this.#gameOptions(signal), environment, say, waits: this.#watch.eraWaits });
    const { scope } = need(this.#parts.game, "the game");
    this.#watch.beginFleet();
    if (this.#shownScope !== undefined && this.#shownScope !== scope) this.#store.trigger.forgotten();
    this.#shownScope = scope;
    const recovery = watchRecovery({
      observe: (observer) => this.#slot.observe(observer),
      clock: environment.clock,
      tell: (report) => this.#narration.say("good", recoveryText(report), { recovery: report }),
    });
    const child = await startFleetProcess(this.#parts, {
      dataDir: this.#config.dataDir,
      environment,
      slot: this.#slot,
      busLink,
      crashPoint: this.#crashPoint,
      config: this.#config.policy,
      counter: this.#watch.counter,
      tell: (level, text, fields) => this.#narration.say(level, text, fields),
      onAwake: async (runtime, kinds) => {
        this.#kinds = kinds;
        await this.#loadView(runtime);
      },
    });
    const { boot } = this.#parts;
    if (boot !== undefined && boot.actors > 0) {
      recovery.begin(boot);
      this.#watch.countWorkers();
    } else recovery.stop();
    this.#boot.markReady();
    if (this.#isAnnounced && this.#phase === "starting") this.#phase = "sailing";
    return child;
  }

  /** The view after a start: the ended are counted by the database and only the latest are read. */
  async #loadView(runtime: Runtime): Promise<void> {
    const { database, game } = this.#parts;
    const actors = await runtime.list({ latestEnded: MAX_ENDED });
    const tasks = await countTasksByStatus(need(database, "the database"), need(game, "the game").scope);
    this.#store.trigger.loaded({ actors, tasks, atMs: this.#narration.environment.clock.nowMs() });
  }

  /** An operator's decision; the failures that led here stay in the record. */
  async #resume(supervisor: ProcessSupervisor): Promise<"resumed" | "notPaused"> {
    if (this.#phase !== "paused") return "notPaused";
    this.#pausedBecause = undefined;
    await supervisor.restartChild("fleet");
    this.#phase = "sailing";
    return "resumed";
  }

  /** Again after each restart of a part, which may have moved to another port. */
  #sayWhere(): void {
    const game = need(this.#parts.game, "the game");
    writeDaemonFile(this.#config.dataDir, {
      pid: this.#io.process.pid,
      version: this.#io.version,
      agent: game.scope,
      httpUrl: need(this.#parts.httpUrl, "the console"),
      databaseUrl: need(this.#parts.database, "the database").publicUrl,
      natsUrl: this.#natsUrl() ?? null,
      apiUrl: game.apiUrl,
      operatorToken: this.#operatorToken,
    });
  }

  #announce(): void {
    const { dataDir } = this.#config;
    const game = need(this.#parts.game, "the game");
    const httpUrl = need(this.#parts.httpUrl, "the console");
    this.#phase = this.#pausedBecause === undefined ? "sailing" : "paused";
    this.#isAnnounced = true;
    this.#sayWhere();
    const { clock, logger } = this.#narration.environment;
    const bus = this.#natsUrl() === undefined ? "in-process" : "nats";
    const ready = {
      agent: game.scope,
      httpUrl,
      simulator: game.simulator,
      bus,
      dataDir,
      tookMs: clock.nowMs() - this.#startedAtMs,
    };
    if (this.#pausedBecause === undefined) logger.info(ready, "bosun sails");
    else this.#narration.say("bad", `the fleet is paused: ${this.#pausedBecause}. See what failed, then: bosun resume`, ready);
    const readOnly = game.readOnly === true;
    if (readOnly)
      this.#narration.say("warn", `${game.apiUrl} is only read: the fleet plans, and acts once it is started with --go`);
    this.#narration.banner(readyBanner({ httpUrl, dataDir, readOnly, isDefaultDir: this.#io.isDefaultDir }, this.#io.palette));
    this.#narration.showSummary();
  }

  /** Stops what runs, at most 30 s; says what went wrong. */
  async #stopAll(supervisor: ProcessSupervisor, why: string | undefined, failure: Error | undefined): Promise<number> {
    const { clock, logger } = this.#narration.environment;
    const stopwatch = startStopwatch();
    this.#phase = "stopping";
    if (why !== undefined) {
      this.#narration.say("info", "Shutdown signal received, waiting for operations to complete...", { why });
    }
    if (failure !== undefined) this.#explain(failure);
    const isOurs = failure !== undefined && !isForTheUser(failure);
    if (failure !== undefined && isOurs) this.#boot.markFatal(failure);
    let cancel = (): void => undefined;
    const deadline = new Promise<"late">((resolve) => {
      cancel = clock.wakeAt(clock.nowMs() + SHUTDOWN_MS, () => resolve("late"));
    });
    try {
      const outcome = await Promise.race([this.#stopTree(supervisor), deadline]);
      if (outcome === "late") throw new Error(`not done after ${SHUTDOWN_MS / 1_000} s: ${stillRunning(this.#tree())}`);
      const tookMs = stopwatch();
      if (!isOurs) this.#boot.markClean(tookMs);
      this.#narration.say("info", `stopped in ${(tookMs / 1_000).toFixed(1)} s`, { tookMs });
      return exitCodeOf(failure);
    } catch (error) {
      logger.error({ error }, `Graceful shutdown failed: ${error instanceof Error ? error.message : String(error)}`);
      return EXIT_FAILED;
    } finally {
      cancel();
    }
  }

  async #stopTree(supervisor: ProcessSupervisor): Promise<"stopped"> {
    await supervisor.stop({ withinMs: SHUTDOWN_MS - SHUTDOWN_RESERVE_MS });
    await this.#parts.game?.api.close();
    // The embedded one has closed before its server.
    if (this.#config.databaseUrl !== undefined) await this.#parts.database?.close();
    removeDaemonFile(this.#config.dataDir);
    return "stopped";
  }

  #explain({ message }: Error): void {
    this.#narration.say("bad", `cannot go on: ${message}`);
    // A log that goes to a file is not where a person looks first.
    if (!this.#io.process.stdout.isTTY) this.#io.process.stderr.write(`bosun: ${this.#narration.log.clean(message)}\n`);
  }

  #force(): void {
    this.#io.process.stderr.write("bosun: stopping at once; the next start goes on from the last commit\n");
    this.#io.process.exit(EXIT_FORCED);
  }

  #status(): FleetStatus {
    const { game, boot } = this.#parts;
    return fleetStatus(
      this.#store.getSnapshot().context,
      {
        version: this.#io.version,
        agent: game?.scope ?? "",
        simulator: game?.simulator ?? this.#config.apiUrl === undefined,
        readOnly: game?.readOnly === true,
        gameSpeed: game?.gameSpeed ?? 1,
        startedAtMs: this.#startedAtMs,
        phase: () => this.#phase,
        boot: () => boot,
        recovery: () => this.#parts.recovery,
        requestBudget: () => game?.api.budget(),
        processes: () => this.#tree(),
        deadLetters: () => this.#slot.stats()?.deadLetters,
        alerts: () => this.#watch.alerts(),
      },
      this.#narration.environment.clock.nowMs(),
    );
  }
}

function stillRunning(lines: ReturnType<typeof processLines>): string {
  const running = lines.filter((line) => line.status === "running" || line.status === "stopping").map((line) => line.name);
  return running.length === 0 ? "nothing that is known still runs" : `${running.join(", ")} still running`;
}
