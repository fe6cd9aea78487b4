import type { Address } from "./address.ts";
import type { SettledJob, SettledOutcome } from "./cell.ts";
import { encodeError } from "./encodedError.ts";
import type { HostCore } from "./hostCore.ts";
import type { JobContext, JobSpec } from "./job.ts";
import { type JobError, reconcileSent } from "./jobReconcile.ts";
import { jsonProblem } from "./json.ts";
import type { RowChange } from "./readModel.ts";
import type { JobRow } from "./store.ts";

/** What the runner asks of the host. */
export interface JobPort {
  /** Durable and fenced when it resolves to true; false when nobody wants the job any more. */
  checkpoint(row: JobRow, attempt: number, facts: string): Promise<boolean>;
  settled(row: JobRow, settled: SettledJob): void;
  /** The job of an actor that no longer wants it has come to its end. */
  orphanSettled(row: JobRow, facts: readonly RowChange[]): void;
  /** Whether the lease surely holds at this instant. */
  leaseHolds(): boolean;
  weather(address: Address, waiting: boolean): void;
}

/** One job in this process. Its row is the truth; this is only the promise that runs for it. */
export interface Execution {
  row: JobRow;
  /** The registry pairs each job with its own types; the row's text was made from a value that passed its schema. */
  readonly spec: JobSpec<unknown, unknown, unknown>;
  attempt: number;
  readonly lastAttempt: number;
  cancelled: boolean;
  orphaned: boolean;
  /** A request may have left: from the checkpoint until a verdict says otherwise. */
  sent: boolean;
  facts: unknown;
  sentAtMs: number;
  controller: AbortController;
  /** Inside `run`: after `sent`, a request may be on the wire. */
  running: boolean;
  wake: (() => void) | undefined;
}

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
      const ended = await this.#runOnce(execution);
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

  async #runOnce(execution: Execution): Promise<RunEnd> {
    const { spec, row } = execution;
    execution.controller = new AbortController();
    const deadline = new Deadline();
    execution.running = true;
    if (spec.retry === "safe") deadline.start(this.#core, spec.timeoutMs);
    try {
      const running = spec.run(JSON.parse(row.input), this.#context(execution, deadline));
      const output = await Promise.race([running, deadline.promise]);
      if (output === TIMED_OUT) {
        running.catch((error: unknown) =>
          this.#core.environment.logger.debug({ jobId: row.id, error: encodeError(error) }, "a timed-out job ended late"),
        );
        if (!execution.sent) execution.controller.abort(new Error("the job timed out"));
        return { ended: "error", weather: false, timedOut: true, retryAfterMs: 0, error: timeoutError(spec.timeoutMs) };
      }
      const problem = output === undefined ? undefined : jsonProblem(output, "output");
      if (problem !== undefined) {
        return { ended: "output", outcome: { settled: "error", error: { name: "ResultRejected", message: problem } } };
      }
      return { ended: "output", outcome: { settled: "done", output } };
    } catch (error) {
      const waiting = error instanceof JobNotOurs ? NOT_OURS_RETRY_MS : waitingOf(error);
      return {
        ended: "error",
        weather: waiting !== undefined,
        timedOut: false,
        retryAfterMs: waiting ?? 0,
        error: encodeError(error),
      };
    } finally {
      execution.running = false;
      deadline.stop();
    }
  }

  #context(execution: Execution, deadline: Deadline): JobContext {
    const { row, attempt, controller } = execution;
    const core = this.#core;
    return {
      address: row.address,
      jobId: row.id,
      attempt,
      requestId: `${row.id}:${attempt}`,
      signal: controller.signal,
      nowMs: () => core.environment.clock.nowMs(),
      checkpoint: async (facts) => {
        const problem = facts === undefined ? undefined : jsonProblem(facts, "facts");
        if (problem !== undefined) throw new TypeError(`checkpoint: ${problem}`);
        if (controller.signal.aborted || execution.cancelled || execution.orphaned) throw new JobNotOurs(row.id);
        const kept = await this.#port.checkpoint(row, attempt, JSON.stringify(facts ?? null));
        // Nothing may lie between this check and the socket write (H6).
        if (!kept || execution.cancelled || execution.orphaned || !this.#port.leaseHolds()) throw new JobNotOurs(row.id);
        execution.sent = true;
        execution.facts = facts;
        execution.sentAtMs = core.environment.clock.nowMs();
        if (!deadline.started) deadline.start(core, execution.spec.timeoutMs);
        core.crashPoint?.("job.beforeSend");
      },
    };
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
      this.#core.environment.logger.error({ jobId: row.id, error: encodeError(error) }, "the facts of a job could not be told");
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

type RunEnd = { readonly ended: "output"; readonly outcome: SettledOutcome } | (JobError & { readonly ended: "error" });

/** The job was cancelled, or another daemon owns it: nothing may be sent. */
export class JobNotOurs extends Error {
  override readonly name = "JobNotOurs";
  constructor(jobId: string) {
    super(`job ${jobId} is no longer ours: nothing may be sent`);
  }
}

const TIMED_OUT = Symbol("timed out");
const MIN_WAIT_MS = 10;
/** When it is still wanted after all: the lease was in doubt, and that is weather. */
const NOT_OURS_RETRY_MS = 250;
const NO_LONGER_WANTED = { name: "NoLongerWanted", message: "its actor has gone on" };

class Deadline {
  readonly promise: Promise<typeof TIMED_OUT>;
  started = false;
  #resolve: (value: typeof TIMED_OUT) => void = () => {};
  #cancel: (() => void) | undefined;

  constructor() {
    this.promise = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  start(core: HostCore, timeoutMs: number): void {
    this.started = true;
    const { clock } = core.environment;
    this.#cancel = clock.wakeAt(clock.nowMs() + timeoutMs, () => this.#resolve(TIMED_OUT));
  }

  stop(): void {
    this.#cancel?.();
  }
}

function timeoutError(timeoutMs: number) {
  return { name: "JobTimeout", message: `no answer within ${timeoutMs} ms` };
}

/** Milliseconds to wait when the error is weather (G12), else undefined. By name too: jobs may come from another copy of the package. */
function waitingOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || error.name !== "JobWaiting" || !("retryAfterMs" in error)) return undefined;
  return typeof error.retryAfterMs === "number" && Number.isFinite(error.retryAfterMs) ? error.retryAfterMs : 1_000;
}

function retryDelayMs(attempt: number): number {
  return Math.min(30_000, 250 * 2 ** Math.max(0, attempt - 2));
}
