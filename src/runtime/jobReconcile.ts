import type { SettledJob, SettledOutcome } from "./cell.ts";
import type { EncodedError } from "./effect.ts";
import { encodeError } from "./encodedError.ts";
import type { Execution } from "./execution.ts";
import type { HostCore } from "./hostCore.ts";
import type { JobContext } from "./job.ts";
import { jsonProblem } from "./json.ts";

/** How a run ended without output. `weather` costs no attempt (G12); after `timedOut` the request may still take effect. */
export interface JobError {
  readonly weather: boolean;
  readonly timedOut: boolean;
  readonly retryAfterMs: number;
  readonly error: EncodedError;
}

export type SentVerdict =
  | { readonly verdict: "settled"; readonly outcome: SettledOutcome; readonly how: SettledJob["how"] }
  /** It did not take effect, and can no longer do so: a new attempt may begin. */
  | { readonly verdict: "again" };

const MAX_TRIES = 5;

/**
 * Settles a job whose request may or may not have taken effect, by its retry class (G5, H6). "Not done" counts only once the request can no
 * longer arrive: its timeout has passed since it was sent; until then the evidence is read again.
 */
export async function reconcileSent(core: HostCore, execution: Execution, lastError: JobError | undefined): Promise<SentVerdict> {
  switch (execution.spec.retry) {
    case "safe":
      return { verdict: "again" };
    case "never":
      return unknown(lastError?.error.message ?? "the daemon ended while the request was under way");
    case "reconcile":
      return await gatherEvidence(core, execution);
  }
}

async function gatherEvidence(core: HostCore, execution: Execution): Promise<SentVerdict> {
  const { spec } = execution;
  const { clock } = core.environment;
  const lastArrivalMs = execution.sentAtMs + spec.timeoutMs;
  for (let tries = 1; ; ) {
    const askedAtMs = clock.nowMs();
    const answer = await ask(execution, core);
    if (execution.cancelled) return { verdict: "again" };
    switch (answer.answer) {
      case "done": {
        const problem = answer.output === undefined ? undefined : jsonProblem(answer.output, "output");
        if (problem !== undefined) return unknown(problem);
        return { verdict: "settled", outcome: { settled: "done", output: answer.output }, how: "reconciledDone" };
      }
      case "notDone":
        if (askedAtMs >= lastArrivalMs) return { verdict: "again" };
        await wait(core, execution, lastArrivalMs - clock.nowMs());
        break;
      case "unknown":
        return unknown(answer.reason);
      case "weather":
        await wait(core, execution, Math.max(10, answer.retryAfterMs));
        break;
      case "error":
        if (tries >= MAX_TRIES) return unknown(answer.reason);
        await wait(core, execution, 250 * 2 ** tries);
        tries += 1;
    }
    if (execution.cancelled) return { verdict: "again" };
  }
}

type Answer =
  | { readonly answer: "done"; readonly output: unknown }
  | { readonly answer: "notDone" }
  | { readonly answer: "unknown" | "error"; readonly reason: string }
  | { readonly answer: "weather"; readonly retryAfterMs: number };

async function ask(execution: Execution, core: HostCore): Promise<Answer> {
  const { row, spec, attempt } = execution;
  const context: JobContext = {
    address: row.address,
    jobId: row.id,
    attempt,
    requestId: `${row.id}:${attempt}`,
    signal: execution.controller.signal,
    nowMs: () => core.environment.clock.nowMs(),
    checkpoint: () => Promise.reject(new Error("reconcile reads evidence, it sends nothing: no checkpoint here")),
  };
  try {
    const verdict = await spec.reconcile?.(JSON.parse(row.input), execution.facts, context);
    if (verdict === undefined) return { answer: "unknown", reason: `the job ${row.src} has no reconcile` };
    if (verdict.verdict === "done") return { answer: "done", output: verdict.output };
    return verdict.verdict === "notDone" ? { answer: "notDone" } : { answer: "unknown", reason: verdict.reason };
  } catch (error) {
    if (error instanceof Error && error.name === "JobWaiting" && "retryAfterMs" in error) {
      return { answer: "weather", retryAfterMs: Number(error.retryAfterMs) };
    }
    return { answer: "error", reason: encodeError(error).message };
  }
}

function wait(core: HostCore, execution: Execution, forMs: number): Promise<void> {
  const { clock } = core.environment;
  return new Promise((resolve) => {
    const finish = (): void => {
      execution.wake = undefined;
      resolve();
    };
    const stop = clock.wakeAt(clock.nowMs() + Math.max(0, forMs), finish);
    execution.wake = () => {
      stop();
      finish();
    };
  });
}

function unknown(reason: string): SentVerdict {
  const error: EncodedError = { name: "OutcomeUnknown", message: reason };
  return { verdict: "settled", outcome: { settled: "error", error }, how: "unknown" };
}
