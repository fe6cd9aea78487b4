import { Pool } from "undici";
import type { Secret } from "./secret.ts";

/**
 * One HTTP exchange, told as a value. The only file that touches a socket and the only one that reveals a token. `notSent` is said
 * only when no byte of the request can have reached the server; everything that is not certain is `broken`.
 */
export interface HttpEdge {
  exchange(request: HttpRequest): Promise<HttpExchange>;
  close(): Promise<void>;
}

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PATCH";
  /** Below the base URL, already encoded. */
  readonly path: string;
  /** Left out: no body and no content type at all, which is not the same as an empty object. */
  readonly body?: Readonly<Record<string, unknown>> | undefined;
  readonly requestId?: string | undefined;
  /** Called when the status line is here and before the body is read. */
  readonly onResponse?: (() => void) | undefined;
}

export type HttpExchange =
  | { readonly result: "answer"; readonly status: number; readonly headers: ReadonlyMap<string, string>; readonly text: string }
  | { readonly result: "notSent"; readonly detail: string }
  | { readonly result: "broken"; readonly detail: string };

export function createHttpEdge(options: {
  readonly baseUrl: string;
  readonly token: Secret | undefined;
  readonly connections: number;
  readonly timeoutMs: number;
}): HttpEdge {
  const base = new URL(options.baseUrl);
  const prefix = base.pathname.replace(/\/+$/, "");
  const pool = new Pool(base.origin, {
    connections: options.connections,
    // Shorter than the 5 s of a Node server: a request on a connection that is just being closed has an unknown outcome.
    keepAliveTimeout: 4_000,
    connect: { timeout: Math.min(5_000, options.timeoutMs) },
    headersTimeout: options.timeoutMs,
    bodyTimeout: options.timeoutMs,
    maxResponseSize: MAX_RESPONSE_BYTES,
  });
  const redact = (text: string): string => options.token?.redactFrom(text) ?? text;

  return {
    async exchange(request) {
      const body = request.body === undefined ? undefined : JSON.stringify(request.body);
      try {
        const response = await pool.request({
          method: request.method,
          path: `${prefix}${request.path}`,
          headers: {
            accept: "application/json",
            ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token.reveal()}` }),
            ...(body === undefined ? {} : { "content-type": "application/json" }),
            ...(request.requestId === undefined ? {} : { "x-request-id": request.requestId }),
          },
          ...(body === undefined ? {} : { body }),
          signal: AbortSignal.timeout(options.timeoutMs),
        });
        request.onResponse?.();
        const text = redact(await response.body.text());
        return { result: "answer", status: response.statusCode, headers: headerMap(response.headers), text };
      } catch (error) {
        const detail = redact(describe(error));
        return { result: NEVER_SENT.has(codeOf(error)) ? "notSent" : "broken", detail };
      }
    },
    close: () => pool.destroy(),
  };
}

function headerMap(headers: Readonly<Record<string, string | string[] | undefined>>): ReadonlyMap<string, string> {
  const entries = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name.toLowerCase(), typeof value === "string" ? value : value.join(", ")]],
  );
  return new Map(entries);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = codeOf(error);
  const reason = error.message === "" ? error.name : error.message;
  return code === "" || reason.includes(code) ? reason : `${code}: ${reason}`;
}

/** Failures of the connection itself, before a request can be written to it. */
const NEVER_SENT: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_DESTROYED",
  "UND_ERR_CLOSED",
]);
const MAX_RESPONSE_BYTES = 8 * 1024 * 1024;
