import { rehydrate, resume, verifySnapshots } from "./boot.ts";
import { type Breadcrumb, NO_BREADCRUMB, openBreadcrumb, readBreadcrumb } from "./breadcrumb.ts";
import { CommitLoop } from "./commitLoop.ts";
import { encodeError } from "./encodedError.ts";
import type { HostCore } from "./hostCore.ts";
import { DEFAULT_LIMITS, type HostOptions } from "./hostOptions.ts";
import { sendMessage, spawnActor } from "./ingress.ts";
import { buryFacts, lateFacts, orphanSettled, parkMail, takeResult } from "./jobResults.ts";
import { JobRunner } from "./jobRunner.ts";
import { isStorableText } from "./json.ts";
import { load, unload } from "./loader.ts";
import { Maintenance } from "./maintenance.ts";
import { NoticeBoard } from "./noticeBoard.ts";
import { dismissActor, replayDeadLetter, restartActor } from "./operator.ts";
import { Ownership } from "./ownership.ts";
import { type Actors, publish } from "./publish.ts";
import { foreignScopes } from "./routing.ts";
import type { BootReport, Runtime, RuntimeStats, StopReport } from "./runtime.ts";
import type { JobRow } from "./store.ts";
import { startTransitionWatchdog, type TransitionWatchdog } from "./transitionWatchdog.ts";
import { viewOfCell, viewOfRow } from "./view.ts";
import { WakeQueue } from "./wakeQueue.ts";
import { setWaiting } from "./weather.ts";

/** The host of one ownership scope. Nothing runs, and nothing is read, before `start`. */
export function createHost(options: HostOptions): Runtime {
  return new Host(options).runtime();
}

class Host {
  readonly #options: HostOptions;
  readonly #core: HostCore;
  readonly #actors: Actors;
  readonly #ownership: Ownership;
  readonly #maintenance: Maintenance;
  #breadcrumb: Breadcrumb = NO_BREADCRUMB;
  #watchdog: TransitionWatchdog | undefined;

  constructor(options: HostOptions) {
    this.#options = options;
    const { environment } = options;
    this.#core = {
      scope: options.scope,
      kinds: options.kinds,
      store: options.store,
      supervision: options.supervision,
      environment,
      limits: { ...DEFAULT_LIMITS, ...options.limits },
      breadcrumb: {
        name: (suspects) => this.#breadcrumb.name(suspects),
        clear: () => this.#breadcrumb.clear(),
        close: () => this.#breadcrumb.close(),
      },
      watchdog: { enter: () => this.#watchdog?.enter(), leave: () => this.#watchdog?.leave() },
      crashPoint: options.crashPoints,
      cells: new Map(),
      attempts: new Map(),
      counters: { events: 0, commits: 0, deadLetters: 0, restarts: 0 },
      phase: "new",
    };
    const loop = new CommitLoop(this.#core, {
      nextCommit: () => this.#ownership.nextCommit(),
      publish: (unit, born, atMs) => {
        publish(this.#actors, unit, born, atMs);
        if (options.onForeignMail !== undefined)
          for (const scope of foreignScopes(this.#core, unit)) options.onForeignMail(scope);
        if (unit.cell.status === "backingOff" || unit.cell.status === "quarantined")
          parkMail(this.#actors, unit.cell, () => this.#ownership.nextCommit());
      },
      reacquire: () => this.#reacquire(),
      fenced: () => this.#fence(),
    });
    const jobs = new JobRunner(this.#core, {
      checkpoint: (row, attempt, facts) => this.#checkpoint(row, attempt, facts),
      settled: (row, settled) => takeResult(this.#actors, row, settled),
      orphanSettled: (row, facts) => orphanSettled(this.#actors, row, facts),
      lateFacts: (row, facts) => lateFacts(this.#actors, row, facts),
      factsLost: (row, output, error) => buryFacts(this.#actors, row, { output }, `${error.name}: ${error.message}`),
      leaseHolds: () => this.#ownership.holds(),
      weather: (address, waiting) => setWaiting(this.#core, address, waiting),
    });
    const notices = new NoticeBoard(environment.logger);
    this.#actors = { core: this.#core, loop, jobs, wakes: new WakeQueue(environment.clock), notices };
    this.#ownership = new Ownership(this.#core, () => this.#fence());
    this.#maintenance = new Maintenance(this.#actors);
  }

  runtime(): Runtime {
    return {
      scope: this.#options.scope,
      start: () => this.#start(),
      stop: (how) => this.#stop(how.withinMs),
      spawn: (request) => spawnActor(this.#actors, request),
      send: (message) => sendMessage(this.#actors, message, () => this.#ownership.nextCommit()),
      view: async (address) => {
        const cell = (await load(this.#core, [address])).get(address);
        if (cell === undefined) return undefined;
        unload(this.#core, cell);
        return viewOfCell(cell);
      },
      list: async (filter = {}) => {
        if (![filter.under, filter.kind].every((text) => text === undefined || isStorableText(text))) return [];
        const rows = await this.#core.store.listActors(filter);
        return rows.map((row) => {
          const cell = this.#core.cells.get(row.address);
          return cell === undefined ? viewOfRow(row, this.#core.kinds.get(row.kind)) : viewOfCell(cell);
        });
      },
      restart: (address, from) => restartActor(this.#actors, address, from),
      dismiss: (address) => dismissActor(this.#actors, address),
      lookForMail: () => this.#maintenance.mailCame(),
      replayDeadLetter: (id) => replayDeadLetter(this.#actors, id, () => this.#ownership.nextCommit()),
      observe: (observer) => this.#actors.notices.observe(observer),
      stats: () => this.#stats(),
    };
  }

  async #start(): Promise<BootReport> {
    if (this.#core.phase !== "new") throw new Error("this host has been started before; make a new one");
    this.#core.phase = "booting";
    try {
      return await this.#boot();
    } catch (error) {
      await this.#stop(0);
      throw error;
    }
  }

  async #boot(): Promise<BootReport> {
    const { clock, logger } = this.#core.environment;
    const startedAtMs = clock.nowMs();
    await this.#ownership.take();
    await this.#countUncleanTransition();
    this.#mustBeBooting();
    // Emptied at once: a crash during this recovery must not count against the same message again.
    if (this.#options.breadcrumbPath !== undefined) this.#breadcrumb = openBreadcrumb(this.#options.breadcrumbPath);
    this.#core.crashPoint?.("boot.recovering");
    const rows = await this.#core.store.loadScope();
    const rehydrated = await rehydrate(this.#actors, rows);
    this.#maintenance.alreadyDelivered(rows.inbox.map((row) => row.id));
    this.#core.counters.deadLetters = await this.#core.store.countDeadLetters();
    await this.#options.beforeOpen?.({ ...rows, epoch: this.#ownership.epoch });
    this.#mustBeBooting();
    if (this.#options.transitionWatchdog !== false)
      this.#watchdog = startTransitionWatchdog(this.#core.limits.transitionTimeoutMs);
    this.#core.phase = "open";
    resume(this.#actors, rehydrated);
    this.#maintenance.start();
    verifySnapshots(this.#actors);
    const report = { epoch: this.#ownership.epoch, ...rehydrated.report, tookMs: clock.nowMs() - startedAtMs };
    logger.info(report, "the actors are awake");
    return report;
  }

  /** A stop that came while it started has given everything back already. */
  #mustBeBooting(): void {
    if (this.#core.phase !== "booting") throw new Error(`${this.#core.scope} was stopped while it started`);
  }

  /** A transition that ended the process counts against its message, or against all that were tried with it (H8). */
  async #countUncleanTransition(): Promise<void> {
    const path = this.#options.breadcrumbPath;
    const suspects = path === undefined ? [] : readBreadcrumb(path);
    if (suspects.length === 0) return;
    const { clock, logger } = this.#core.environment;
    logger.warn(
      { messages: suspects.length, first: suspects[0] },
      "the process ended in the middle of a transition; its messages are tried one by one now",
    );
    await this.#core.store.countAttempts(suspects, clock.nowMs());
  }

  /** After a lost connection. Without the database no job can become sent or settle: watchdogs do not count this time (G4). */
  async #reacquire(): Promise<boolean> {
    const waiting = [...this.#core.cells.values()].filter((cell) => cell.jobs.size > 0).map((cell) => cell.address);
    for (const address of waiting) setWaiting(this.#core, address, true);
    try {
      return await this.#ownership.takeAgain();
    } finally {
      for (const address of waiting) setWaiting(this.#core, address, false);
    }
  }

  #fence(): void {
    if (this.#core.phase === "fenced" || this.#core.phase === "closed") return;
    this.#core.phase = "fenced";
    this.#core.environment.logger.error(
      { scope: this.#core.scope, epoch: this.#ownership.epoch },
      "another host owns the scope now; this one stops",
    );
    this.#halt();
    this.#actors.jobs.discard();
    this.#actors.loop.abandon();
    this.#options.onFenced?.();
  }

  #halt(): void {
    this.#ownership.end();
    void this.#maintenance.stop();
    this.#actors.wakes.close();
  }

  async #checkpoint(row: JobRow, attempt: number, facts: string): Promise<boolean> {
    if (this.#core.phase !== "open") return false;
    const { id: jobId, address, childId, generation } = row;
    return await new Promise((answer) => {
      this.#actors.loop.addCheckpoint({ jobId, address, childId, generation, attempt, facts, answer });
    });
  }

  /** H16: close ingress, put queued jobs back, let sent ones settle, commit, give the ownership back. Desired states stay as they are. */
  async #stop(withinMs: number): Promise<StopReport> {
    const { clock, logger } = this.#core.environment;
    const startedAtMs = clock.nowMs();
    if (this.#core.phase !== "open") {
      this.#core.phase = "closed";
      this.#halt();
      await this.#watchdog?.stop();
      this.#breadcrumb.close();
      this.#breadcrumb = NO_BREADCRUMB;
      await this.#core.store.close();
      return { settledJobs: 0, abandonedJobs: 0, tookMs: clock.nowMs() - startedAtMs };
    }
    this.#core.phase = "stopping";
    this.#actors.wakes.close();
    const upkeep = this.#maintenance.stop();
    const settledBefore = this.#actors.jobs.settledCount;
    await this.#within(this.#actors.jobs.quiesce(), withinMs);
    const abandonedJobs = this.#actors.jobs.running;
    await this.#within(this.#actors.loop.drained(), Math.max(1_000, withinMs - (clock.nowMs() - startedAtMs)));
    this.#core.phase = "closed";
    this.#actors.jobs.discard();
    this.#actors.loop.abandon();
    this.#halt();
    this.#actors.notices.flush();
    await this.#within(upkeep, LONGEST_UPKEEP_MS);
    try {
      await this.#core.store.release();
    } catch (error) {
      logger.warn({ error: encodeError(error).message }, "the ownership could not be given back; it ends with its lease");
    }
    await this.#core.store.close();
    await this.#watchdog?.stop();
    if (this.#options.breadcrumbPath !== undefined) this.#breadcrumb.close();
    this.#breadcrumb = NO_BREADCRUMB;
    return { settledJobs: this.#actors.jobs.settledCount - settledBefore, abandonedJobs, tookMs: clock.nowMs() - startedAtMs };
  }

  async #within(work: Promise<void>, ms: number): Promise<void> {
    const { clock } = this.#core.environment;
    let cancel: () => void = () => {};
    const late = new Promise<void>((resolve) => {
      cancel = clock.wakeAt(clock.nowMs() + Math.max(0, ms), resolve);
    });
    await Promise.race([work, late]);
    cancel();
  }

  #stats(): RuntimeStats {
    const { cells, counters } = this.#core;
    let mailboxDepth = 0;
    for (const cell of cells.values()) mailboxDepth += cell.queue.length;
    return {
      epoch: this.#ownership.epoch,
      actors: cells.size,
      events: counters.events,
      commits: counters.commits,
      jobsRunning: this.#actors.jobs.running,
      deadLetters: counters.deadLetters,
      restarts: counters.restarts,
      mailboxDepth,
    };
  }
}

const LONGEST_UPKEEP_MS = 2_000;
