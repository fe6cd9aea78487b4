import type { EncodedError } from "./effect.ts";
import { jsonProblem } from "./json.ts";

const MAX_MESSAGE_LENGTH = 4000;
const MAX_STACK_LENGTH = 4000;
const MAX_BRIEF_LENGTH = 200;

/** An error of any kind as storable JSON. Text that Postgres would refuse is cleaned, since an error must always be recordable. */
export function encodeError(error: unknown): EncodedError {
  if (isEncodedError(error) && jsonProblem(error) === undefined) return error;
  if (!(error instanceof Error) && !isEncodedError(error)) {
    const message = typeof error === "string" ? error : (safeStringify(error) ?? typeof error);
    return { name: "Error", message: clean(message, MAX_MESSAGE_LENGTH), ...dataOf(error) };
  }
  const code = "code" in error ? error.code : undefined;
  return {
    name: clean(error.name, 200),
    message: clean(error.message, MAX_MESSAGE_LENGTH),
    ...(typeof code === "string"
      ? { code: clean(code, 200) }
      : typeof code === "number" && Number.isFinite(code)
        ? { code }
        : {}),
    ...("data" in error ? dataOf(error.data) : {}),
    ...(typeof error.stack === "string" ? { stack: clean(error.stack, MAX_STACK_LENGTH) } : {}),
  };
}

/** An error's message for a row or a line of a log: its first line, at most 200 characters. The whole is kept with the actor. */
export function inBrief(message: string): string {
  const [line = ""] = message.split("\n", 1);
  return line.length <= MAX_BRIEF_LENGTH ? line : `${clean(line, MAX_BRIEF_LENGTH - 1)}…`;
}

function isEncodedError(error: unknown): error is EncodedError {
  if (typeof error !== "object" || error === null || error instanceof Error) return false;
  return "name" in error && typeof error.name === "string" && "message" in error && typeof error.message === "string";
}

function dataOf(data: unknown): { data?: unknown } {
  return data === undefined || typeof data === "string" || jsonProblem(data) !== undefined ? {} : { data };
}

function safeStringify(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

function clean(text: string, maxLength: number): string {
  return Buffer.from(text.slice(0, maxLength).replaceAll("\u0000", "\ufffd"), "utf8").toString("utf8");
}
