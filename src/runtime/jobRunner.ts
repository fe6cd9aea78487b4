import type { SettledJob, SettledOutcome } from "./cell.ts";
import { encodeError } from "./encodedError.ts";
import type { Execution, JobPort } from "./execution.ts";
import type { HostCore } from "./hostCore.ts";
import type { JobSpec } from "./job.ts";
import { runOnce } from "./jobAttempt.ts";
import { type JobError, reconcileSent } from "./jobReconcile.ts";
import type { RowChange } from "./readModel.ts";
import type { JobRow } from "./store.ts";

/** Runs jobs from their rows, queued → sent → settled (G5). */
export class JobRunner {
  readonly #core: HostCore;
  readonly #port: JobPort;
  readonly #executions = new Map<string, Execution>();
  #idle: (() => void)[] = [];
  settledCount = 0;

  constructor(core: HostCore, port: JobPort) {
    this.#core = core;
    this.#port = port;
  }

  get running(): number {
    return this.#executions.size;
  }

  get sentRunning(): number {
    let count = 0;
    for (const execution of this.#executions.values()) if (execution.sent) count += 1;
    return count;
  }

  isRunning(jobId: string): boolean {
    return this.#executions.has(jobId);
  }

  /** Starts or takes up the job of a committed row. */
  start(row: JobRow): void {
    if (this.#executions.has(row.id)) return;
    if (this.#core.phase !== "open") return;
    const spec = this.#specOf(row);
    if (row.state === "settled" && row.result !== null) {
      this.#redeliver(row, row.result);
      return;
    }
    if (spec === undefined) {
      if (row.orphaned) this.#port.orphanSettled(row, []);
      else this.#settle(row, { settled: "error", error: { name: "UnknownJob", message: `no job "${row.src}"` } }, "error", []);
      return;
    }
    const attempt = Math.max(1, row.attempt);
    const execution: Execution = {
      row,
      spec,
      attempt,
      lastAttempt: attempt - 1 + Math.max(1, spec.maxAttempts ?? 1),
      cancelled: false,
      orphaned: row.orphaned,
      sent: row.state === "sent",
      facts: row.checkpoint === null ? undefined : JSON.parse(row.checkpoint),
      sentAtMs: row.sentAtMs ?? 0,
      controller: new AbortController(),
      running: false,
      wake: undefined,
    };
    this.#executions.set(row.id, execution);
    this.#drive(execution).catch((error: unknown) => {
      this.#core.environment.logger.error({ jobId: row.id, error: encodeError(error) }, "the job runner failed");
      this.#finish(execution, { settled: "error", error: encodeError(error) }, "error");
    });
  }

  #specOf(row: JobRow): JobSpec<unknown, unknown, unknown> | undefined {
    const jobs = this.#core.cells.get(row.address)?.kind?.kind.jobs;
    if (jobs === undefined || !Object.hasOwn(jobs, row.src)) return undefined;
    return jobs[row.src] as unknown as JobSpec<unknown, unknown, unknown>;
  }

  /** Its actor is quarantined: a queued job goes back to its row, a sent one settles. */
  pause(row: JobRow): void {
    const execution = this.#executions.get(row.id);
    if (execution === undefined || execution.sent) return;
    this.#drop(execution, "the actor is quarantined");
  }

  /** Its actor no longer wants it: dropped before `sent`, afterwards it settles for its facts (G13). */
  abandon(row: JobRow): void {
    const execution = this.#executions.get(row.id);
    if (execution === undefined) {
      if (row.orphaned) this.start(row);
      return;
    }
    if (row.orphaned) {
      execution.orphaned = true;
      execution.row = row;
      execution.wake?.();
      return;
    }
    this.#drop(execution, "the job was cancelled");
  }

  /** Jobs with nothing on the wire go back to their rows; resolves when the others have settled. */
  async quiesce(): Promise<void> {
    for (const execution of this.#executions.values()) {
      if (!execution.sent || !execution.running) this.#drop(execution, "the daemon stops");
    }
    if (this.#executions.size === 0) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Forgets everything in flight without a word, for a host that may not write any more. */
  discard(): void {
    for (const execution of this.#executions.values()) this.#drop(execution, "the host may not act any more");
  }

  #drop(execution: Execution, reason: string): void {
    execution.cancelled = true;
    this.#remove(execution);
    execution.controller.abort(new Error(reason));
    execution.wake?.();
  }

  async #drive(execution: Execution): Promise<void> {
    let uncertain = execution.sent;
    let lastError: JobError | undefined;
    for (;;) {
      if (uncertain) {
        const verdict = await this.#inWeather(execution, () => reconcileSent(this.#core, execution, lastError));
        if (execution.cancelled) return;
        if (verdict.verdict === "settled") {
          this.#finish(execution, verdict.outcome, verdict.how);
          return;
        }
        execution.sent = false;
        uncertain = false;
        if (lastError !== undefined && execution.attempt >= execution.lastAttempt && !lastError.weather) {
          this.#finish(execution, { settled: "error", error: lastError.error }, "reconciledNotDone");
          return;
        }
        if (lastError !== undefined && !lastError.weather) execution.attempt += 1;
      }
      if (execution.orphaned) {
        this.#finish(execution, { settled: "error", error: NO_LONGER_WANTED }, "error");
        return;
      }
      const ended = await runOnce(this.#core, this.#port, execution, (output) =>
        this.#port.lateFacts(execution.row, this.#factsOf(execution, output)),
      );
      if (execution.cancelled) return;
      if (ended.ended === "output") {
        if (execution.sent) this.#core.crashPoint?.("job.afterResponse");
        this.#finish(execution, ended.outcome, ended.outcome.settled === "done" ? "done" : "error");
        return;
      }
      lastError = ended;
      const ambiguous = ended.weather || ended.timedOut;
      uncertain =
        execution.sent && (ambiguous || (execution.spec.retry === "reconcile" && execution.attempt < execution.lastAttempt));
      if (ended.weather) {
        await this.#inWeather(execution, () => this.#sleep(execution, Math.max(MIN_WAIT_MS, ended.retryAfterMs)));
      } else if (!uncertain) {
        if (execution.attempt >= execution.lastAttempt || (execution.sent && execution.spec.retry === "never")) {
          this.#finish(execution, { settled: "error", error: ended.error }, "error");
          return;
        }
        execution.attempt += 1;
        await this.#sleep(execution, retryDelayMs(execution.attempt));
      }
      if (execution.cancelled) return;
    }
  }

  #finish(execution: Execution, outcome: SettledOutcome, how: SettledJob["how"]): void {
    if (execution.cancelled || this.#executions.get(execution.row.id) !== execution) return;
    this.#remove(execution);
    const facts = outcome.settled === "done" ? this.#factsOf(execution, outcome.output) : [];
    if (execution.orphaned) this.#port.orphanSettled(execution.row, facts);
    else this.#settle(execution.row, outcome, how, facts);
  }

  #factsOf(execution: Execution, output: unknown): readonly RowChange[] {
    const { row, spec } = execution;
    try {
      const atMs = this.#core.environment.clock.nowMs();
      return spec.facts?.({ address: row.address, jobId: row.id, input: JSON.parse(row.input), output, atMs }) ?? [];
    } catch (error) {
      this.#port.factsLost(row, output, encodeError(error));
      return [];
    }
  }

  #settle(row: JobRow, outcome: SettledOutcome, how: SettledJob["how"], facts: readonly RowChange[]): void {
    this.settledCount += 1;
    const { id: jobId, childId, src, generation } = row;
    this.#port.settled(row, { jobId, childId, src, generation, outcome, how, facts });
  }

  /** A result that was stored while its actor could not take it. */
  #redeliver(row: JobRow, result: string): void {
    const stored = JSON.parse(result) as { readonly outcome: SettledOutcome; readonly how: SettledJob["how"] };
    this.#settle(row, stored.outcome, stored.how, []);
  }

  #remove(execution: Execution): void {
    if (this.#executions.get(execution.row.id) === execution) this.#executions.delete(execution.row.id);
    if (this.#executions.size > 0) return;
    const waiting = this.#idle;
    this.#idle = [];
    for (const resolve of waiting) resolve();
  }

  async #inWeather<Result>(execution: Execution, wait: () => Promise<Result>): Promise<Result> {
    const { address } = execution.row;
    this.#port.weather(address, true);
    try {
      return await wait();
    } finally {
      this.#port.weather(address, false);
    }
  }

  async #sleep(execution: Execution, forMs: number): Promise<void> {
    const { clock } = this.#core.environment;
    await new Promise<void>((resolve) => {
      const stop = clock.wakeAt(clock.nowMs() + forMs, resolve);
      execution.wake = () => {
        stop();
        resolve();
      };
    });
    execution.wake = undefined;
  }
}

const MIN_WAIT_MS = 10;
const NO_LONGER_WANTED = { name: "NoLongerWanted", message: "its actor has gone on" };

function retryDelayMs(attempt: number): number {
  return Math.min(30_000, 250 * 2 ** Math.max(0, attempt - 2));
}
