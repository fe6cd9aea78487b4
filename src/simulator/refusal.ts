/** The error envelope of the game: HTTP status, code, message and the data payload of that code. */
import { randomUUID } from "node:crypto";

export interface Refusal {
  outcome: "refused";
  status: number;
  code: number;
  message: string;
  data?: Readonly<Record<string, unknown>>;
}

export interface Reply {
  outcome: "ok";
  status: 200 | 201 | 204;
  data?: unknown;
  meta?: { total: number; page: number; limit: number };
  /** Fields beside `data` (only the status endpoint has no `data` at all). */
  bare?: Readonly<Record<string, unknown>>;
}

export type Answer = Reply | Refusal;

export function refuse(status: number, code: number, message: string, data?: Readonly<Record<string, unknown>>): Refusal {
  return { outcome: "refused", status, code, message, ...(data === undefined ? {} : { data }) };
}

/** The envelope of a refusal, with an id of its own. */
export function errorBody({ message, code, data }: Refusal): unknown {
  return { error: { message, code, ...(data === undefined ? {} : { data }), requestId: randomUUID() } };
}

export function ok(data: unknown, status: 200 | 201 = 200): Reply {
  return { outcome: "ok", status, data };
}

export function notFound(what: string, symbol: string): Refusal {
  return refuse(404, 404, `${what} ${symbol.slice(0, 64)} not found.`);
}

/** 422 with the messages of each field, as the game's validation answers. */
export function invalid(fields: Readonly<Record<string, readonly string[]>>): Refusal {
  return refuse(422, 422, "The request payload failed to validate.", fields);
}
