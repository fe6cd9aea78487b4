import {
  type ChildSpec,
  type ChildState,
  type EndReason,
  notify,
  type RunningProcess,
  type SupervisionNode,
  type SupervisorEnvironment,
} from "./childSpec.ts";
import { withinTime } from "./deadline.ts";

/** What starts one child; a supervisor child is started by its parent's own kind. */
export type StartChild = (signal: AbortSignal) => Promise<RunningProcess | undefined>;

/** One child of a supervisor: its spec, its process if any, and what is known of its failures. */
export class SupervisedChild {
  readonly spec: ChildSpec;
  readonly path: string;
  state: ChildState = "stopped";
  restarts = 0;
  lastError: Error | undefined;
  backoffUntilMs: number | undefined;
  failuresAtMs: readonly number[] = [];
  /** An operator stopped it: a sibling's failure does not bring it back. */
  stoppedByOperator = false;

  readonly #environment: SupervisorEnvironment;
  readonly #start: StartChild;
  #running: RunningProcess | undefined;
  #sinceMs: number;

  constructor(spec: ChildSpec, path: string, start: StartChild, environment: SupervisorEnvironment) {
    this.spec = spec;
    this.path = path;
    this.#start = start;
    this.#environment = environment;
    this.#sinceMs = environment.clock.nowMs();
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Resolves to an error when it did not start. `onEnd` is called at most once, for an end that nobody asked for. */
  async start(signal: AbortSignal, onEnd: (reason: EndReason) => void): Promise<Error | undefined> {
    const startedAtMs = this.#environment.clock.nowMs();
    this.#enter("starting");
    const attempt = new AbortController();
    const starting = this.#start(AbortSignal.any([signal, attempt.signal]));
    try {
      const timed = await withinTime(this.#environment.clock, startWithinMs(this.spec), abandonable(starting, signal));
      if (timed.outcome === "late") throw new Error(`${this.path} did not start within ${startWithinMs(this.spec) / 1000} s`);
      if (timed.value === undefined) this.#enter("ended");
      else this.#run(timed.value, onEnd, this.#environment.clock.nowMs() - startedAtMs);
      return undefined;
    } catch (error) {
      attempt.abort();
      stopWhenItComes(starting);
      this.lastError = toError(error);
      this.#enter("stopped");
      notify(this.#environment, { notice: "startFailed", path: this.path, error: this.lastError });
      return this.lastError;
    }
  }

  /** Asks, waits, kills. At most `withinMs`, and at most the spec's own time; kills at once when `hurry` aborts. */
  async stop(withinMs = Number.POSITIVE_INFINITY, hurry?: AbortSignal): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    this.backoffUntilMs = undefined;
    if (running === undefined) {
      if (this.state !== "ended") this.#enter("stopped");
      return;
    }
    this.#enter("stopping");
    const allowedMs = Math.min(withinMs, this.spec.type === "process" ? this.spec.shutdownMs : Number.POSITIVE_INFINITY);
    const killed = !(await this.#askToStop(running, allowedMs, hurry));
    if (killed) running.kill?.();
    this.#enter("stopped");
    notify(this.#environment, { notice: "stopped", path: this.path, killed });
  }

  backOffUntil(dueAtMs: number): void {
    this.backoffUntilMs = dueAtMs;
    this.#enter("backingOff");
  }

  endForGood(): void {
    this.#enter("ended");
  }

  node(): SupervisionNode {
    return {
      id: this.spec.id,
      type: this.spec.type,
      ...(this.spec.type === "supervisor" ? { strategy: this.spec.strategy } : {}),
      restart: this.spec.restart,
      state: this.state,
      restarts: this.restarts,
      lastError: this.lastError?.message,
      sinceMs: this.#sinceMs,
      backoffUntilMs: this.backoffUntilMs,
      detail: this.#running?.detail ?? {},
      children: this.#running?.tree?.() ?? [],
    };
  }

  #run(running: RunningProcess, onEnd: (reason: EndReason) => void, tookMs: number): void {
    this.#running = running;
    this.#enter("running");
    notify(this.#environment, { notice: "started", path: this.path, restarts: this.restarts, tookMs });
    void running.ended.then((reason) => {
      if (this.#running !== running) return;
      this.#running = undefined;
      if (reason.how === "failed") this.lastError = reason.error;
      this.#enter("stopped");
      notify(this.#environment, { notice: "ended", path: this.path, reason });
      onEnd(reason);
    });
  }

  /** Whether it ended in time. A failing `stop` is noted and answered with `kill`. */
  async #askToStop(running: RunningProcess, withinMs: number, hurry: AbortSignal | undefined): Promise<boolean> {
    if (withinMs <= 0 || isAborted(hurry)) return false;
    try {
      const stopped = running.stop(withinMs === Number.POSITIVE_INFINITY ? {} : { withinMs });
      const asked = hurry === undefined ? stopped : abandonable(stopped, hurry);
      return (await withinTime(this.#environment.clock, withinMs, asked)).outcome === "inTime";
    } catch (error) {
      if (isAborted(hurry)) return false;
      this.lastError = toError(error);
      this.#environment.logger.warn({ path: this.path, error: this.lastError.message }, "a child failed while stopping");
      return false;
    }
  }

  #enter(state: ChildState): void {
    this.state = state;
    if (state !== "backingOff") this.backoffUntilMs = undefined;
    this.#sinceMs = this.#environment.clock.nowMs();
  }
}

/** Supervisors take as long as their children do. */
function startWithinMs(spec: ChildSpec): number {
  if (spec.type === "process") return spec.startWithinMs;
  return spec.children.reduce((sumMs, child) => sumMs + startWithinMs(child), 1_000);
}

/** Rejects at once when `signal` aborts, even if what is waited for takes no notice. */
function abandonable<T>(awaited: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abandon = () => reject(new Error("abandoned because of a stop"));
    if (signal.aborted) abandon();
    signal.addEventListener("abort", abandon, { once: true });
    awaited.then(resolve, reject).finally(() => signal.removeEventListener("abort", abandon));
  });
}

/** A start that nobody waits for any more may still succeed: what it brings up must not stay. */
function stopWhenItComes(starting: Promise<RunningProcess | undefined>): void {
  starting.then(
    (running) => {
      if (running === undefined) return;
      running.stop().catch(() => running.kill?.());
    },
    () => undefined,
  );
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
