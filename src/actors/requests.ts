import type { Settled } from "../machines/shipProtocol.ts";
import { type JobContext, JobWaiting } from "../runtime/job.ts";
import type { ApiOutcome, RequestOptions, RequestPriority, UnreadableItem } from "../space-api/spaceApi.ts";

/**
 * How jobs speak to the game. Invariants: a mutation carries its request id and is checkpointed just before the socket write (G5);
 * weather is thrown as `JobWaiting` (G12), also when the outcome is not known: the runtime then asks for evidence before anything else.
 */
export type Sent<Facts> = Facts & { readonly sentAtMs: number };

/**
 * One mutating request of a job, with the facts that its reconciliation needs. A refusal is a value. What the rate limit turned away was
 * certainly not processed and is sent again under the same id, but only while the job's own timeout is far.
 */
export async function mutate<Value, Facts extends object>(
  context: JobContext<Sent<Facts>>,
  facts: Facts,
  call: (options: RequestOptions) => Promise<ApiOutcome<Value>>,
  priority: RequestPriority = "trade",
): Promise<Settled<Value>> {
  let firstSentAtMs: number | undefined;
  const beforeSend = async (): Promise<void> => {
    const sentAtMs = context.nowMs();
    firstSentAtMs ??= sentAtMs;
    if (sentAtMs - firstSentAtMs > RESEND_WITHIN_MS) throw new JobWaiting("the rate limit lasts", 0);
    await context.checkpoint({ ...facts, sentAtMs });
  };
  for (;;) {
    const outcome = await call({ priority, requestId: context.requestId, signal: context.signal, beforeSend });
    switch (outcome.outcome) {
      case "ok":
        return { result: "ok", value: outcome.value, sentAtMs: outcome.sentAtMs };
      case "refused":
        return { result: "refused", refusal: { name: outcome.refusal.name, message: outcome.refusal.message } };
      case "unavailable":
        // The client's own queue keeps the pause that the limit asked for.
        if (outcome.reason === "rateLimited") break;
        throw new JobWaiting(`${outcome.reason}: ${outcome.detail}`, outcome.retryAfterMs);
      case "unknown":
        throw new JobWaiting(outcome.detail, 0);
      case "malformed":
        // The effect has happened; what it was is found by evidence.
        throw new JobWaiting(`${outcome.operation}: ${outcome.field}: ${outcome.detail}`, 0);
    }
  }
}

/** Far below every job's timeout: a second attempt can never meet a request of the first. */
const RESEND_WITHIN_MS = 5_000;

/** An idempotent command: repeating it is harmless, so it needs no checkpoint. */
export async function command<Value>(
  context: JobContext,
  call: (options: RequestOptions) => Promise<ApiOutcome<Value>>,
): Promise<Settled<Value>> {
  const outcome = await call({ priority: "command", requestId: context.requestId, signal: context.signal });
  switch (outcome.outcome) {
    case "ok":
      return { result: "ok", value: outcome.value, sentAtMs: outcome.sentAtMs };
    case "refused":
      return { result: "refused", refusal: { name: outcome.refusal.name, message: outcome.refusal.message } };
    case "unavailable":
      throw new JobWaiting(`${outcome.reason}: ${outcome.detail}`, outcome.retryAfterMs);
    case "unknown":
      throw new JobWaiting(outcome.detail, 0);
    case "malformed":
      return { result: "unclear", detail: `${outcome.operation}: ${outcome.field}: ${outcome.detail}` };
  }
}

export type Reading<Value> =
  | {
      readonly read: "ok";
      readonly value: Value;
      readonly sentAtMs: number;
      /** What of a list could not be read. */
      readonly unreadable: readonly UnreadableItem[];
    }
  | { readonly read: "refused"; readonly status: number; readonly message: string };

/** A read: its value, or the game's refusal. Throws `JobWaiting` in weather and an Error for an answer that nobody can read. */
export async function read<Value>(
  context: Pick<JobContext, "signal">,
  priority: RequestPriority,
  call: (options: RequestOptions) => Promise<ApiOutcome<Value>>,
): Promise<Reading<Value>> {
  const outcome = await call({ priority, signal: context.signal });
  switch (outcome.outcome) {
    case "ok":
      return { read: "ok", value: outcome.value, sentAtMs: outcome.sentAtMs, unreadable: outcome.unreadable ?? [] };
    case "refused":
      return { read: "refused", status: outcome.refusal.status, message: outcome.refusal.message };
    case "unavailable":
      throw new JobWaiting(`${outcome.reason}: ${outcome.detail}`, outcome.retryAfterMs);
    case "unknown":
      throw new JobWaiting(outcome.detail, 1_000);
    case "malformed":
      throw new Error(`${outcome.operation}: ${outcome.field}: ${outcome.detail}`);
  }
}

/** The value of a read that the game has no reason to refuse. */
export async function readOrThrow<Value>(
  context: Pick<JobContext, "signal">,
  priority: RequestPriority,
  call: (options: RequestOptions) => Promise<ApiOutcome<Value>>,
): Promise<Extract<Reading<Value>, { read: "ok" }>> {
  const reading = await read(context, priority, call);
  if (reading.read === "refused") throw new Error(reading.message);
  return reading;
}
