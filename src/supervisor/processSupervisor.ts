/*
 * A supervisor of process children, after Erlang/OTP's supervisor. Invariants:
 * - Starts are in order and one at a time, each waited for; stops in the reverse order.
 * - One operation at a time; waiting for a backoff is not an operation, so it stays responsive while a child keeps failing.
 * - A failure that is answered by nobody (intensity exceeded) stops all children and ends this supervisor as failed.
 * Different from OTP: restarts back off; a child that an operator stopped is not brought back by a sibling's failure.
 */
import { backoffDelayMs, failuresInRun } from "./backoff.ts";
import {
  type ChildSpec,
  type EndReason,
  notify,
  RestartIntensityExceeded,
  type RunningProcess,
  type SupervisionNode,
  type SupervisorEnvironment,
  type SupervisorSpec,
  specProblems,
} from "./childSpec.ts";
import { countRestart } from "./restartWindow.ts";
import { SupervisedChild } from "./supervisedChild.ts";

export interface ProcessSupervisor extends RunningProcess {
  /** Starts the children in order. If one does not start, those before it are stopped and this rejects with its error. */
  start(signal?: AbortSignal): Promise<void>;
  /** Stops the children in reverse order; `withinMs` caps the sum of their times. Safe at any moment and repeatable. */
  stop(options?: { readonly withinMs?: number }): Promise<void>;
  tree(): readonly SupervisionNode[];
  /** Adds a child at the end and starts it. Rejects, and keeps nothing, when it does not start. */
  startChild(spec: ChildSpec): Promise<void>;
  /** Stops a child for good; its spec is kept (a temporary child's is not). */
  terminateChild(id: string): Promise<"terminated" | "unknown">;
  /** Starts a stopped or ended child again. */
  restartChild(id: string): Promise<"restarted" | "running" | "unknown">;
  /** Forgets a child that is not running. */
  deleteChild(id: string): Promise<"deleted" | "running" | "unknown">;
}

/** Throws a TypeError when the spec is wrong. Starts nothing yet. */
export function createProcessSupervisor(
  spec: SupervisorSpec,
  environment: SupervisorEnvironment,
  path = spec.id,
): ProcessSupervisor {
  const problems = specProblems(spec, path);
  if (problems.length > 0) throw new TypeError(problems.join("; "));
  return new Supervisor(spec, environment, path);
}

class Supervisor implements ProcessSupervisor {
  readonly ended: Promise<EndReason>;
  readonly #spec: SupervisorSpec;
  readonly #environment: SupervisorEnvironment;
  readonly #path: string;
  readonly #stopping = new AbortController();
  readonly #hurry = new AbortController();
  readonly #pending = new Map<SupervisedChild, Plan>();
  #children: SupervisedChild[];
  #restartsAtMs: readonly number[] = [];
  #operations: Promise<unknown> = Promise.resolve();
  #stopped: Promise<void> | undefined;
  #stopByMs = Number.POSITIVE_INFINITY;
  #end: (reason: EndReason) => void = () => {};

  constructor(spec: SupervisorSpec, environment: SupervisorEnvironment, path: string) {
    this.#spec = spec;
    this.#environment = environment;
    this.#path = path;
    this.#children = spec.children.map((child) => this.#adoptSpec(child));
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  start(signal?: AbortSignal): Promise<void> {
    signal?.addEventListener("abort", () => this.#stopping.abort(), { once: true });
    return this.#serially(async () => {
      for (const child of this.#children) {
        const error = await this.#startOne(child);
        if (error === undefined) continue;
        await this.#stopAll();
        throw error;
      }
    });
  }

  stop(options: { readonly withinMs?: number } = {}): Promise<void> {
    this.#stopping.abort();
    this.#stopByMs = Math.min(this.#stopByMs, this.#environment.clock.nowMs() + (options.withinMs ?? Number.POSITIVE_INFINITY));
    this.#stopped ??= this.#serially(async () => {
      await this.#stopAll();
      this.#end({ how: "normal" });
    });
    return this.#stopped;
  }

  kill(): void {
    this.#hurry.abort();
    this.stop({ withinMs: 0 }).catch((error: unknown) =>
      this.#environment.logger.error({ path: this.#path, error }, "kill failed"),
    );
  }

  tree(): readonly SupervisionNode[] {
    return this.#children.map((child) => child.node());
  }

  startChild(spec: ChildSpec): Promise<void> {
    return this.#serially(async () => {
      this.#refuseWhenStopping();
      const problems = specProblems(
        { ...this.#spec, children: [...this.#children.map((child) => child.spec), spec] },
        this.#path,
      );
      if (problems.length > 0) throw new TypeError(problems.join("; "));
      const child = this.#adoptSpec(spec);
      const error = await this.#startOne(child);
      if (error !== undefined) throw error;
      if (!(spec.restart === "temporary" && child.state === "ended")) this.#children.push(child);
    });
  }

  terminateChild(id: string): Promise<"terminated" | "unknown"> {
    return this.#serially(async () => {
      const child = this.#find(id);
      if (child === undefined) return "unknown";
      this.#cancelPending(child);
      child.stoppedByOperator = true;
      await child.stop();
      this.#forgetTemporary([child]);
      return "terminated";
    });
  }

  restartChild(id: string): Promise<"restarted" | "running" | "unknown"> {
    return this.#serially(async () => {
      this.#refuseWhenStopping();
      const child = this.#find(id);
      if (child === undefined) return "unknown";
      if (child.isRunning) return "running";
      this.#cancelPending(child);
      child.stoppedByOperator = false;
      const error = await this.#startOne(child);
      if (error !== undefined) throw error;
      return "restarted";
    });
  }

  deleteChild(id: string): Promise<"deleted" | "running" | "unknown"> {
    return this.#serially(async () => {
      const child = this.#find(id);
      if (child === undefined) return "unknown";
      if (child.isRunning || this.#pending.has(child)) return "running";
      this.#children = this.#children.filter((other) => other !== child);
      return "deleted";
    });
  }

  #adoptSpec(spec: ChildSpec): SupervisedChild {
    const path = `${this.#path}/${spec.id}`;
    const start = (signal: AbortSignal) => (spec.type === "process" ? spec.start(signal) : this.#startNested(spec, path, signal));
    return new SupervisedChild(spec, path, start, this.#environment);
  }

  async #startNested(spec: SupervisorSpec, path: string, signal: AbortSignal): Promise<RunningProcess> {
    const nested = createProcessSupervisor(spec, this.#environment, path);
    await nested.start(signal);
    return nested;
  }

  #startOne(child: SupervisedChild): Promise<Error | undefined> {
    return child.start(this.#stopping.signal, (reason) => {
      this.#background(() => this.#onEnd(child, reason));
    });
  }

  async #onEnd(child: SupervisedChild, reason: EndReason): Promise<void> {
    if (this.#isStopping || !this.#children.includes(child) || child.isRunning || child.state === "backingOff") return;
    const { restart } = child.spec;
    if (restart === "temporary") return this.#forgetTemporary([child]);
    if (restart === "transient" && reason.how === "normal") return child.endForGood();
    await this.#restartAfterFailure(child, reason.how === "failed" ? reason.error : undefined);
  }

  /** Counts the failure, stops the siblings that fall with it, and plans the common start. */
  async #restartAfterFailure(failed: SupervisedChild, error: Error | undefined): Promise<void> {
    const nowMs = this.#environment.clock.nowMs();
    const count = countRestart(this.#spec.intensity, this.#restartsAtMs, nowMs);
    this.#restartsAtMs = count.atMs;
    const run = failuresInRun(this.#spec.backoff, failed.failuresAtMs, nowMs);
    failed.failuresAtMs = [...failed.failuresAtMs, nowMs].slice(-32);
    if (count.exceeded) return this.#giveUp(new RestartIntensityExceeded(this.#path, this.#spec.intensity, error));

    const fallen = this.#fallingWith(failed);
    for (const child of fallen.toReversed()) {
      this.#cancelPending(child);
      await child.stop();
    }
    this.#forgetTemporary(fallen.filter((child) => child !== failed));
    const rising = fallen.filter((child) => this.#children.includes(child) && !child.stoppedByOperator);
    const afterMs = backoffDelayMs(this.#spec.backoff, run, this.#environment.random.nextSeed() / 2 ** 32);
    this.#planStart(failed, rising, afterMs);
  }

  #fallingWith(failed: SupervisedChild): readonly SupervisedChild[] {
    switch (this.#spec.strategy) {
      case "one_for_one":
        return [failed];
      case "one_for_all":
        return [...this.#children];
      case "rest_for_one":
        return this.#children.slice(this.#children.indexOf(failed));
    }
  }

  #planStart(failed: SupervisedChild, rising: readonly SupervisedChild[], afterMs: number): void {
    if (this.#isStopping) return;
    const dueAtMs = this.#environment.clock.nowMs() + afterMs;
    const plan: Plan = {
      children: rising,
      cancel: this.#environment.clock.wakeAt(dueAtMs, () => this.#background(() => this.#carryOut(plan))),
    };
    for (const child of rising) {
      child.backOffUntil(dueAtMs);
      this.#pending.set(child, plan);
    }
    const others = rising.filter((child) => child !== failed).map((child) => child.path);
    notify(this.#environment, { notice: "restarting", path: failed.path, with: others, afterMs });
  }

  /** A failing start is a failure like any other: it counts, and its strategy applies again. */
  async #carryOut(plan: Plan): Promise<void> {
    const rising = plan.children.filter((child) => this.#pending.get(child) === plan);
    for (const child of rising) this.#pending.delete(child);
    for (const child of rising) {
      if (this.#isStopping) return;
      child.restarts += 1;
      const error = await this.#startOne(child);
      if (this.#isStopping) return;
      if (error !== undefined) return this.#restartAfterFailure(child, error);
    }
  }

  async #giveUp(error: Error): Promise<void> {
    this.#stopping.abort();
    await this.#stopAll();
    notify(this.#environment, { notice: "gaveUp", path: this.#path, error });
    this.#stopped ??= Promise.resolve();
    this.#end({ how: "failed", error });
  }

  async #stopAll(): Promise<void> {
    for (const child of this.#children.toReversed()) {
      this.#cancelPending(child);
      await child.stop(Math.max(0, this.#stopByMs - this.#environment.clock.nowMs()), this.#hurry.signal);
    }
  }

  #forgetTemporary(children: readonly SupervisedChild[]): void {
    const gone = new Set(children.filter((child) => child.spec.restart === "temporary"));
    if (gone.size > 0) this.#children = this.#children.filter((child) => !gone.has(child));
  }

  /** One plan may serve several children: it goes on for the others. */
  #cancelPending(child: SupervisedChild): void {
    const plan = this.#pending.get(child);
    this.#pending.delete(child);
    if (plan !== undefined && ![...this.#pending.values()].includes(plan)) plan.cancel();
  }

  #find(id: string): SupervisedChild | undefined {
    return this.#children.find((child) => child.spec.id === id);
  }

  #refuseWhenStopping(): void {
    if (this.#isStopping) throw new Error(`${this.#path} is stopping`);
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  #background(operation: () => Promise<void>): void {
    this.#serially(operation).catch((error: unknown) =>
      this.#environment.logger.error({ path: this.#path, error }, "supervision failed"),
    );
  }

  #serially<T>(operation: () => Promise<T>): Promise<T> {
    const result = this.#operations.then(operation);
    this.#operations = result.catch(() => undefined);
    return result;
  }
}

/** Children that will be started together. */
interface Plan {
  readonly children: readonly SupervisedChild[];
  readonly cancel: () => void;
}
