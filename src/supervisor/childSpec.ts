import type { Clock, Logger, RandomSource } from "../runtime/environment.ts";
import type { BackoffSpec, RestartType } from "../runtime/supervision.ts";
import type { RestartIntensity } from "./restartWindow.ts";

/** A child is a process (sidecar, console, poller; its state is lost when it ends) or a supervisor of such. */
export type ChildSpec = ProcessSpec | SupervisorSpec;

export interface ProcessSpec {
  readonly type: "process";
  readonly id: string;
  /**
   * Resolves when the process is ready to serve, so that those after it in the list can rely on it; to undefined when there is nothing to
   * run here. Must give up when `signal` aborts.
   */
  start(signal: AbortSignal): Promise<RunningProcess | undefined>;
  readonly restart: RestartType;
  /** How long a start may take. */
  readonly startWithinMs: number;
  /** How long `stop` may take before `kill`; 0 kills at once. */
  readonly shutdownMs: number;
}

/** one_for_one restarts only the child that failed; one_for_all all children; rest_for_one it and those after it. */
export type Strategy = "one_for_one" | "one_for_all" | "rest_for_one";

export interface SupervisorSpec {
  readonly type: "supervisor";
  readonly id: string;
  readonly strategy: Strategy;
  /** Of all its children together; more, and it stops them and fails itself: its own supervisor decides. */
  readonly intensity: RestartIntensity;
  readonly backoff: BackoffSpec;
  /** Of the supervisor itself as a child. */
  readonly restart: RestartType;
  /** Started in this order, stopped in the reverse. Ids are unique. */
  readonly children: readonly ChildSpec[];
}

export interface RunningProcess {
  /** Resolves when the process is no more, whoever ended it. Never rejects. */
  readonly ended: Promise<EndReason>;
  /** Asks it to end, in at most `withinMs` if it can hurry; resolves when it has ended. */
  stop(options?: { readonly withinMs?: number }): Promise<void>;
  /** Ends it without asking. */
  kill?(): void;
  /** For people: pid, port, URL without secrets, adopted or started. */
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
  /** The children of a supervisor. */
  tree?(): readonly SupervisionNode[];
}

export type EndReason = { readonly how: "normal" } | { readonly how: "failed"; readonly error: Error };

export type ChildState =
  | "starting"
  | "running"
  | "backingOff"
  | "stopping"
  /** Ended by itself and not to be restarted, or had nothing to run. */
  | "ended"
  /** Stopped by an operator or with its supervisor. */
  | "stopped";

/** One line of the supervision tree, for the console and the command line. */
export interface SupervisionNode {
  readonly id: string;
  readonly type: "process" | "supervisor";
  readonly strategy?: Strategy;
  readonly restart: RestartType;
  readonly state: ChildState;
  readonly restarts: number;
  readonly lastError: string | undefined;
  readonly sinceMs: number;
  readonly backoffUntilMs: number | undefined;
  readonly detail: Readonly<Record<string, string | number | boolean>>;
  readonly children: readonly SupervisionNode[];
}

/** What happens to process children; `path` is made of ids, as in `root/platform/bus`. */
export type SupervisionNotice =
  | { readonly notice: "started"; readonly path: string; readonly restarts: number; readonly tookMs: number }
  | { readonly notice: "ended"; readonly path: string; readonly reason: EndReason }
  | { readonly notice: "startFailed"; readonly path: string; readonly error: Error }
  | { readonly notice: "restarting"; readonly path: string; readonly with: readonly string[]; readonly afterMs: number }
  | { readonly notice: "stopped"; readonly path: string; readonly killed: boolean }
  | { readonly notice: "gaveUp"; readonly path: string; readonly error: Error };

export interface SupervisorEnvironment {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
  onNotice?(notice: SupervisionNotice): void;
}

/** Tells the observer; what it throws is its own fault and stops no supervisor. */
export function notify(environment: SupervisorEnvironment, notice: SupervisionNotice): void {
  try {
    environment.onNotice?.(notice);
  } catch (error) {
    environment.logger.error(
      { error: error instanceof Error ? error.message : "not an Error" },
      "an observer of the supervisor failed",
    );
  }
}

/** More restarts than the intensity allows: the supervisor's own failure. */
export class RestartIntensityExceeded extends Error {
  override readonly name = "RestartIntensityExceeded";
  constructor(path: string, intensity: RestartIntensity, last: Error | undefined) {
    const within = `more than ${intensity.maxRestarts} restarts within ${intensity.withinMs / 1000} s`;
    super(`${path} gave up after ${within}${last === undefined ? "" : `; the last: ${last.message}`}`, { cause: last });
  }
}

/** Says what is wrong with a spec, as OTP's check_childspecs; an empty list when nothing is. */
export function specProblems(spec: SupervisorSpec, path = spec.id): readonly string[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  if (spec.intensity.maxRestarts < 0 || spec.intensity.withinMs <= 0)
    problems.push(`${path}: the restart intensity is not positive`);
  for (const child of spec.children) {
    const childPath = `${path}/${child.id}`;
    if (seen.has(child.id)) problems.push(`${childPath}: two children have this id`);
    if (child.id === "" || child.id.includes("/")) problems.push(`${childPath}: an id is not empty and has no slash`);
    if (child.type === "process" && child.shutdownMs < 0) problems.push(`${childPath}: shutdownMs is negative`);
    if (child.type === "supervisor") problems.push(...specProblems(child, childPath));
    seen.add(child.id);
  }
  return problems;
}
