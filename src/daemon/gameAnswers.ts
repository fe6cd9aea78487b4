/** Asking the game while we join it: what waiting can cure is waited for (G12), the rest is for the user. */
import type { Environment } from "../runtime/environment.ts";
import type { ApiOutcome } from "../space-api/spaceApi.ts";

/** We cannot go on without the user: a wrong token, a symbol that is taken, a memory of past games that cannot be read. */
export class GameRefused extends Error {
  override readonly name = "GameRefused";
}

/** The game does not take the token that it was asked with; it may take another. */
export class TokenRejected extends GameRefused {}

export type JoinAnswer<Value> =
  | { readonly era: "current"; readonly value: Value }
  /** The token is of an era that a reset has ended (4113). */
  | { readonly era: "over"; readonly detail: string };

/** How a question is asked, and what the user can do when it is refused. */
interface Asking {
  readonly environment: Environment;
  readonly signal: AbortSignal;
  readonly remedy: string;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/** Asks until the game answers, saying why it does not. Throws GameRefused for what waiting cannot cure, TokenRejected where another token may. */
export async function askWhileJoining<Value>(
  what: string,
  { environment, signal, remedy }: Asking,
  ask: () => Promise<ApiOutcome<Value>>,
): Promise<JoinAnswer<Value>> {
  const { clock, logger, random } = environment;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    const outcome = await ask();
    switch (outcome.outcome) {
      case "ok":
        return { era: "current", value: outcome.value };
      case "refused":
        throw new GameRefused(`the game refuses ${what}: ${outcome.refusal.message} (${outcome.refusal.name}). ${remedy}`);
      case "malformed":
        throw new GameRefused(`the answer about ${what} makes no sense: ${outcome.field} ${outcome.detail}`);
      case "unknown":
        throw new GameRefused(`the outcome of ${what} is unknown: ${outcome.detail}. ${remedy}`);
      case "unavailable": {
        if (outcome.reason === "eraOver") return { era: "over", detail: outcome.detail };
        if (outcome.reason === "tokenRejected")
          throw new TokenRejected(`the game rejects our token: ${outcome.detail}. ${remedy}`);
        const jitteredMs = Math.round(Math.max(outcome.retryAfterMs, waitMs) * (0.75 + random.nextSeed() / 2 ** 33));
        const reason = { reason: outcome.reason, detail: outcome.detail, retryInMs: jitteredMs };
        logger.warn(reason, `${what}: the game does not answer; waiting`);
        await pause(clock, jitteredMs, signal);
      }
    }
  }
}

/** Rejects when the signal aborts. */
export function pause(clock: Environment["clock"], forMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      cancel();
      reject(new Error("the start was abandoned"));
    };
    const cancel = clock.wakeAt(clock.nowMs() + forMs, () => {
      signal.removeEventListener("abort", abort);
      resolve();
    });
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
}
