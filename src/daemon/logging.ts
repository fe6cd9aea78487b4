/**
 * The daemon's log. Invariant (G15): no known secret and nothing that looks like a game token leaves through it, wherever in a line it
 * stands; `Secret` prevents that at the source, this is the second lock.
 */
import pino from "pino";
import type { Logger } from "../runtime/environment.ts";

/** Something that knows a secret and can take it out of a text. */
export interface Redactor {
  redactFrom(text: string): string;
  /** Whether the other one knows the same secret. */
  equals(other: unknown): boolean;
}

export interface DaemonLog {
  readonly logger: Logger;
  /** From now on also without this secret. Telling it again changes nothing. */
  readonly protect: (secret: Redactor) => void;
  clean(text: string): string;
}

/** Three base64url parts that begin like a JSON header: a JWT, as the game's tokens are. */
const TOKEN_SHAPED = /eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/g;

/** JSON lines into `write`, or with `onLine` what is a warning or worse in words for a terminal. */
export function createLog(options: {
  readonly write?: (line: string) => void;
  readonly onLine?: (level: "info" | "warn" | "error", text: string) => void;
}): DaemonLog {
  const secrets: Redactor[] = [];
  const clean = (text: string): string =>
    secrets.reduce((cleaned, secret) => secret.redactFrom(cleaned), text).replace(TOKEN_SHAPED, "[secret]");
  const protect = (secret: Redactor): void => {
    if (!secrets.some((known) => known.equals(secret))) secrets.push(secret);
  };
  const stream = { write: (line: string) => options.write?.(clean(line)) };
  const json = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: { error: serializeError } }, stream);
  const onLine = options.onLine;
  const logger: Logger = onLine === undefined ? json : inWords((level, text) => onLine(level, clean(text)));
  return { logger, clean, protect };
}

function inWords(onLine: (level: "info" | "warn" | "error", text: string) => void): Logger {
  const tell = (level: "info" | "warn" | "error") => (fields: object, message: string) =>
    onLine(level, withReason(fields, message));
  return { debug: () => undefined, info: tell("info"), warn: tell("warn"), error: tell("error") };
}

/** A message with the fields a person needs to act; the rest is for machines. */
function withReason(fields: object, message: string): string {
  const parts = Object.entries(fields).flatMap(([key, value]: [string, unknown]) => {
    if (value instanceof Error) return [value.message];
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return [`${key} ${value}`];
    return [];
  });
  return parts.length === 0 ? message : `${message} (${parts.join(", ")})`;
}

function serializeError(error: unknown): unknown {
  return error instanceof Error ? pino.stdSerializers.err(error) : error;
}
