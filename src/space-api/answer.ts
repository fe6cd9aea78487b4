import type { z } from "zod";
import { meaningOf } from "./errorTable.ts";
import type { HttpExchange } from "./httpEdge.ts";
import type { ApiOutcome } from "./spaceApi.ts";
import { answers } from "./wireSchemas.ts";

/** What one exchange means, before it is decided whether to try again. */
export type Verdict =
  | { readonly verdict: "ok"; readonly json: unknown }
  | { readonly verdict: "final"; readonly outcome: ApiOutcome<never> }
  | { readonly verdict: "rateLimited"; readonly detail: string }
  /** Certainly not processed. */
  | {
      readonly verdict: "weather";
      readonly reason: "network" | "server" | "maintenance" | "tokenRejected" | "eraOver";
      readonly detail: string;
    }
  /** A usable answer did not come; a mutation may have been processed. */
  | { readonly verdict: "unclear"; readonly reason: "network" | "server"; readonly detail: string };

/** Classifies an exchange of `operation`. */
export function judge(operation: string, exchange: HttpExchange): Verdict {
  if (exchange.result === "notSent") return { verdict: "weather", reason: "network", detail: exchange.detail };
  if (exchange.result === "broken") return { verdict: "unclear", reason: "network", detail: exchange.detail };
  const json = parseJson(exchange.text);
  if (exchange.status >= 200 && exchange.status < 300) {
    if (json.ok) return { verdict: "ok", json: json.value };
    return { verdict: "final", outcome: { outcome: "malformed", operation, field: "$", detail: "the body is not JSON" } };
  }
  return judgeError(operation, exchange.status, json.ok ? json.value : undefined);
}

function judgeError(operation: string, status: number, json: unknown): Verdict {
  const parsed = answers.error.safeParse(json);
  const error = parsed.success ? parsed.data.error : undefined;
  const code = error?.code ?? status;
  const detail = `${operation} answered ${status}${error === undefined ? "" : ` (code ${code}): ${error.message.slice(0, 500)}`}`;
  if (status === 429 || code === 429) return { verdict: "rateLimited", detail };
  const meaning = meaningOf(code);
  if (meaning.name === "resetDateMismatch") return { verdict: "weather", reason: "eraOver", detail };
  if (meaning.retry === "token" || status === 401) return { verdict: "weather", reason: "tokenRejected", detail };
  if (meaning.retry === "weather") return { verdict: "weather", reason: "maintenance", detail };
  if (status < 400 || status >= 500) return { verdict: "unclear", reason: "server", detail };
  return {
    verdict: "final",
    outcome: {
      outcome: "refused",
      refusal: {
        operation,
        status,
        code,
        name: meaning.name,
        message: error?.message ?? `HTTP ${status} without an error envelope`,
        data: error?.data ?? {},
        restate: meaning.restate,
      },
    },
  };
}

/** Parses an answer, or says which field does not fit. */
export function parseAnswer<Schema extends z.ZodType>(
  operation: string,
  schema: Schema,
  json: unknown,
): { readonly ok: true; readonly value: z.output<Schema> } | { readonly ok: false; readonly outcome: ApiOutcome<never> } {
  const parsed = schema.safeParse(json);
  if (parsed.success) return { ok: true, value: parsed.data };
  const { field, detail } = firstIssue(parsed.error);
  return { ok: false, outcome: { outcome: "malformed", operation, field, detail } };
}

/** The path and message of the first thing that is wrong. */
export function firstIssue(error: z.ZodError): { readonly field: string; readonly detail: string } {
  const issue = error.issues[0];
  const path = issue?.path.map(String).join(".") ?? "";
  return { field: path === "" ? "$" : path.slice(0, 200), detail: (issue?.message ?? "does not fit").slice(0, 300) };
}

function parseJson(text: string): { readonly ok: true; readonly value: unknown } | { readonly ok: false } {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false };
  }
}
