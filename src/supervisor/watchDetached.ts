import { endProcess } from "../process/detachedProcess.ts";
import { isSameProcess, type ProcessIdentity } from "../process/processIdentity.ts";
import type { Clock } from "../runtime/environment.ts";
import type { EndReason, RunningProcess } from "./childSpec.ts";

export interface DetachedWatch {
  readonly name: string;
  readonly identity: ProcessIdentity;
  readonly clock: Clock;
  /** Ends the process, in at most `withinMs`. */
  stop(withinMs: number): Promise<void>;
  /** Whether it still does its work; a process that is merely there counts when absent. */
  answers?(): Promise<boolean>;
  /** One that has not answered for so long is killed, and counts as failed. */
  readonly silentWithinMs?: number;
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
}

/**
 * A running process that is nobody's child of ours, as a child of a supervisor: the embedded Postgres, nats-server, the simulator.
 * Its end is found by looking, once a second.
 */
export function watchDetached(watch: DetachedWatch): RunningProcess {
  const watcher = new Watcher(watch);
  return {
    ended: watcher.ended,
    stop: (options) => watcher.stop(options?.withinMs ?? DEFAULT_STOP_MS),
    kill: () => watcher.kill(),
    detail: { pid: watch.identity.pid, ...watch.detail },
  };
}

const LOOK_EVERY_MS = 1_000;
const DEFAULT_STOP_MS = 10_000;
const KILL_WITHIN_MS = 1_000;

class Watcher {
  readonly ended: Promise<EndReason>;
  readonly #watch: DetachedWatch;
  #end: (reason: EndReason) => void = () => {};
  #cancelLook: () => void;
  #stopping = false;
  #lastAnswerMs: number;

  constructor(watch: DetachedWatch) {
    this.#watch = watch;
    this.#lastAnswerMs = watch.clock.nowMs();
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#cancelLook = this.#lookLater();
  }

  async stop(withinMs: number): Promise<void> {
    this.#stopping = true;
    this.#cancelLook();
    await this.#watch.stop(withinMs);
    this.#end({ how: "normal" });
  }

  kill(): void {
    this.#stopping = true;
    this.#cancelLook();
    this.#endByForce().then(
      () => this.#end({ how: "normal" }),
      (error: unknown) => this.#fail(error),
    );
  }

  #lookLater(): () => void {
    const { clock } = this.#watch;
    return clock.wakeAt(clock.nowMs() + LOOK_EVERY_MS, () => {
      this.#look().catch((error: unknown) => this.#fail(error));
    });
  }

  async #look(): Promise<void> {
    const { name, identity, clock, silentWithinMs = Number.POSITIVE_INFINITY } = this.#watch;
    if (!isSameProcess(identity)) return this.#fail(new Error(`${name} (pid ${identity.pid}) is gone`));
    const answers = (await this.#watch.answers?.()) ?? true;
    if (this.#stopping) return;
    if (answers) this.#lastAnswerMs = clock.nowMs();
    if (clock.nowMs() - this.#lastAnswerMs > silentWithinMs) {
      await this.#endByForce();
      return this.#fail(new Error(`${name} (pid ${identity.pid}) has not answered for ${silentWithinMs} ms and was killed`));
    }
    this.#cancelLook = this.#lookLater();
  }

  async #endByForce(): Promise<void> {
    await endProcess(this.#watch.identity, { signal: "SIGKILL", withinMs: KILL_WITHIN_MS });
  }

  #fail(error: unknown): void {
    if (this.#stopping) return;
    this.#end({ how: "failed", error: error instanceof Error ? error : new Error(`${this.#watch.name} failed`) });
  }
}
