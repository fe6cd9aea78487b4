import type { SettledOutcome } from "./cell.ts";
import { encodeError } from "./encodedError.ts";
import type { Execution, JobPort } from "./execution.ts";
import type { HostCore } from "./hostCore.ts";
import type { JobContext } from "./job.ts";
import type { JobError } from "./jobReconcile.ts";
import { jsonProblem } from "./json.ts";

/**
 * One attempt at a job: from its row's input to its output, error or deadline. An output that comes after the deadline of a sent attempt goes to
 * `late`: nobody waits for it any more, but what it tells has happened (G13).
 */
export async function runOnce(
  core: HostCore,
  port: JobPort,
  execution: Execution,
  late: (output: unknown) => void,
): Promise<RunEnd> {
  const { spec, row } = execution;
  execution.controller = new AbortController();
  const deadline = new Deadline();
  execution.running = true;
  if (spec.retry === "safe") deadline.start(core, spec.timeoutMs);
  try {
    const running = spec.run(JSON.parse(row.input), contextOf(core, port, execution, deadline));
    const output = await Promise.race([running, deadline.promise]);
    if (output === TIMED_OUT) {
      running.then(execution.sent ? late : undefined).catch((error: unknown) => {
        core.environment.logger.debug({ jobId: row.id, error: encodeError(error) }, "a timed-out job ended late");
      });
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

function contextOf(core: HostCore, port: JobPort, execution: Execution, deadline: Deadline): JobContext {
  const { row, attempt, controller } = execution;
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
      const kept = await port.checkpoint(row, attempt, JSON.stringify(facts ?? null));
      // Nothing may lie between this check and the socket write (H6).
      if (!kept || execution.cancelled || execution.orphaned || !port.leaseHolds()) throw new JobNotOurs(row.id);
      execution.sent = true;
      execution.facts = facts;
      execution.sentAtMs = core.environment.clock.nowMs();
      if (!deadline.started) deadline.start(core, execution.spec.timeoutMs);
      core.crashPoint?.("job.beforeSend");
    },
  };
}

/** How an attempt ended. */
export type RunEnd = { readonly ended: "output"; readonly outcome: SettledOutcome } | (JobError & { readonly ended: "error" });

/** The job was cancelled, or another daemon owns it: nothing may be sent. */
class JobNotOurs extends Error {
  override readonly name = "JobNotOurs";
  constructor(jobId: string) {
    super(`job ${jobId} is no longer ours: nothing may be sent`);
  }
}

const TIMED_OUT = Symbol("timed out");
/** When it is still wanted after all: the lease was in doubt, and that is weather. */
const NOT_OURS_RETRY_MS = 250;

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
