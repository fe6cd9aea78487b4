/**
 * The one vocabulary of subjects. Events are `bosun.<agent>.<family>.<what>`, commands `bosun.<agent>.cmd.<command>`, the mail bell is
 * `bosun.<agent>.mail`, where `<agent>` is
 * the agent's symbol: subscriptions outlive a reset of the universe, and every payload names its scope.
 */
export interface Subjects {
  event(family: EventFamily, what: string): string;
  command(name: string): string;
  /** Rung when mail for actors of this agent has been stored by somebody else's daemon. */
  readonly mail: string;
  /** Everything that is an event, for `createNatsBus`. */
  readonly keep: KeptSubjects;
}

/** What JetStream keeps, in a stream of its own for each agent. */
export interface KeptSubjects {
  readonly stream: string;
  readonly subjects: readonly string[];
}

/** `event` carries what machines emit; the others what the runtime tells of its actors. */
export type EventFamily = "lifecycle" | "task" | "supervision" | "job" | "event";

const FAMILIES: readonly EventFamily[] = ["lifecycle", "task", "supervision", "job", "event"];

/** `scope` is an ownership scope such as `agent/2026-11-21/BOSUN`. */
export function subjectsOf(scope: string): Subjects {
  const agent = subjectToken(scope.split("/").at(-1) ?? "");
  return {
    event: (family, what) => `bosun.${agent}.${family}.${tokens(what)}`,
    command: (name) => `bosun.${agent}.cmd.${tokens(name)}`,
    mail: `bosun.${agent}.mail`,
    keep: { stream: `BOSUN_${agent}`, subjects: FAMILIES.map((family) => `bosun.${agent}.${family}.>`) },
  };
}

/** `trade.bought` stays two tokens, so that `bosun.*.event.trade.>` finds it. */
function tokens(dotted: string): string {
  return dotted.split(".", MAX_TOKENS).map(subjectToken).join(".");
}

/** Any text as one token of a subject: no wildcard, separator or control character survives. */
export function subjectToken(text: string): string {
  const token = text.replaceAll(/[^A-Za-z0-9_-]/gu, "_").slice(0, MAX_TOKEN_LENGTH);
  return token === "" ? "_" : token;
}

/** Whether `subject` is one of those `pattern` means: `*` is one token, a final `>` one or more. */
export function subjectMatches(pattern: string, subject: string): boolean {
  const wanted = pattern.split(".");
  const tokens = subject.split(".");
  const open = wanted.at(-1) === ">";
  if (open ? tokens.length < wanted.length : tokens.length !== wanted.length) return false;
  return wanted.every(
    (token, index) => token === "*" || token === tokens[index] || (token === ">" && index === wanted.length - 1),
  );
}

const MAX_TOKEN_LENGTH = 64;
const MAX_TOKENS = 6;
