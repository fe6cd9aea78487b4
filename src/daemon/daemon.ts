/**
 * One run of the daemon: lock → parts in the order of the supervision tree → daemon.json → sail → graceful stop → exit code.
 * Invariants: a stop takes at most 30 s; daemon.json exists only while everything in it answers; the lock is given back last.
 */
import { randomBytes } from "node:crypto";
import type { Config } from "../config.ts";
import { feedView } from "../console/feedView.ts";
import { type DaemonPhase, type FleetStatus, fleetStatus } from "../console/fleetStatus.ts";
import type { Palette } from "../console/terminalText.ts";
import { createViewStore } from "../console/view.store.ts";
import { type DataDirectory, DataDirectoryInUse, openDataDirectory } from "../persistence/dataDirectory.ts";
import type { SpaceApiClient } from "../space-api/client.ts";
import type { RunningProcess } from "../supervisor/childSpec.ts";
import type { ProcessSupervisor } from "../supervisor/processSupervisor.ts";
import { type BootRecord, recordBoot } from "../supervisor/uncleanBoots.ts";
import { announce, sayWhere } from "./announcement.ts";
import type { BusLink } from "./busLink.ts";
import { createCrashPoints } from "./crashPoints.ts";
import { buildDaemonTree } from "./daemonTree.ts";
import { createDaemonWatch, type DaemonWatch } from "./daemonWatch.ts";
import { prepareDatabase } from "./databaseProcess.ts";
import { EXIT_CANNOT_START, EXIT_FAILED, EXIT_FORCED } from "./exitCodes.ts";
import { createFleetStart, type FleetStart } from "./fleetStart.ts";
import { startGameProcess } from "./gameProcess.ts";
import { accountTokenOf } from "./gameTokens.ts";
import { stopGracefully } from "./gracefulStop.ts";
import { createNarration, type Narration } from "./narration.ts";
import type { Parts } from "./parts.ts";
import { processLines } from "./processLines.ts";
import { createRuntimeSlot } from "./runtimeSlot.ts";
import { listenForShutdown } from "./shutdown.ts";

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
  readonly #fleet: FleetStart;
  #pausedBecause: string | undefined;
  readonly #crashPoint: ReturnType<typeof createCrashPoints>;
  #phase: DaemonPhase = "starting";
  #isAnnounced = false;
  #tree: () => ReturnType<typeof processLines> = () => [];
  #natsUrl: () => string | undefined = () => undefined;

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
    this.#fleet = createFleetStart({
      policy: config.policy,
      parts: this.#parts,
      narration: this.#narration,
      slot: this.#slot,
      store: this.#store,
      watch: this.#watch,
      boot: this.#boot,
      gameOptions: (signal) => this.#gameOptions(signal),
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
    const why = shutdown.signal.aborted ? await shutdown.requested : undefined;
    this.#phase = "stopping";
    const ending = { ...this.#announced(), boot: this.#boot, supervisor, process: this.#io.process };
    const code = await stopGracefully(ending, why, failure);
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
      onEraOver: (api: SpaceApiClient) => this.#endEra(api),
      signal,
    };
  }

  /** The universe was reset: the actors of its era stop, and the fleet is started again in the next. */
  #endEra(api: SpaceApiClient): void {
    const { game, eraOver } = this.#parts;
    if (this.#phase === "stopping" || game?.api !== api || eraOver !== undefined) return;
    const { scope } = game;
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
      kinds: this.#fleet.kinds,
      metrics: () => this.#watch.scrape(),
      lookAtFleet: () => this.#watch.lookAtFleet(),
      gameOptions: (abort) => this.#gameOptions(abort),
      startFleet: (busLink, abort) =>
        this.#pausedBecause === undefined ? this.#startFleet(busLink, abort) : Promise.resolve(undefined),
      resume: (built) => this.#resume(built),
      moved: () => sayWhere(this.#announced()),
    });
    this.#natsUrl = natsUrl;
    return supervisor;
  }

  async #startFleet(busLink: BusLink, signal: AbortSignal): Promise<RunningProcess> {
    const child = await this.#fleet.start(busLink, signal);
    if (this.#isAnnounced && this.#phase === "starting") this.#phase = "sailing";
    return child;
  }

  /** An operator's decision; the failures that led here stay in the record. */
  async #resume(supervisor: ProcessSupervisor): Promise<"resumed" | "notPaused"> {
    if (this.#phase !== "paused") return "notPaused";
    this.#pausedBecause = undefined;
    await supervisor.restartChild("fleet");
    this.#phase = "sailing";
    return "resumed";
  }

  #announce(): void {
    this.#phase = this.#pausedBecause === undefined ? "sailing" : "paused";
    this.#isAnnounced = true;
    announce(this.#announced(), { startedAtMs: this.#startedAtMs, pausedBecause: this.#pausedBecause });
  }

  #announced() {
    return {
      config: this.#config,
      io: this.#io,
      parts: this.#parts,
      narration: this.#narration,
      operatorToken: this.#operatorToken,
      natsUrl: () => this.#natsUrl(),
    };
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
