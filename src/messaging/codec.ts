/**
 * JSON in UTF-8, both ways with the same limits: what we would refuse to receive we do not send. NUL and lone surrogates are refused
 * because Postgres cannot store the one and UTF-8 cannot carry the other.
 */
export type Encoded = { readonly ok: true; readonly bytes: Uint8Array } | { readonly ok: false; readonly reason: string };
export type Decoded = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly reason: string };

export function encode(value: unknown): Encoded {
  const problem = problemOf(value, 0);
  if (problem !== undefined) return { ok: false, reason: problem };
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    return { ok: false, reason: `not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (text === undefined) return { ok: false, reason: "not JSON: it has no value" };
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > MAX_BYTES) return { ok: false, reason: `${bytes.length} bytes are more than ${MAX_BYTES}` };
  return { ok: true, bytes };
}

/** An empty body decodes to undefined. */
export function decode(bytes: Uint8Array): Decoded {
  if (bytes.length === 0) return { ok: true, value: undefined };
  if (bytes.length > MAX_BYTES) return { ok: false, reason: `${bytes.length} bytes are more than ${MAX_BYTES}` };
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    const problem = problemOf(value, 0);
    return problem === undefined ? { ok: true, value } : { ok: false, reason: problem };
  } catch (error) {
    return { ok: false, reason: `not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function problemOf(value: unknown, depth: number): string | undefined {
  if (typeof value === "string") return textProblem(value);
  if (typeof value !== "object" || value === null) return undefined;
  if (depth >= MAX_DEPTH) return `nested deeper than ${MAX_DEPTH}`;
  for (const [key, item] of Object.entries(value)) {
    if (key === "__proto__") return "a field may not be called __proto__";
    const problem = textProblem(key) ?? problemOf(item, depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function textProblem(text: string): string | undefined {
  return /[\0\p{Surrogate}]/u.test(text) ? "text with NUL or a lone surrogate" : undefined;
}

/** Below nats-server's default limit of 1 MiB, with room for headers. */
const MAX_BYTES = 1_000_000;
const MAX_DEPTH = 64;
