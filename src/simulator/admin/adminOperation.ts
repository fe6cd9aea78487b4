import type { z } from "zod";
import { type Call, type Operation, parseBody } from "../operations/operation.ts";
import type { Answer } from "../refusal.ts";

/** An operation of the admin path, with what `GET /admin` says of it. Its token is always the account's. */
export interface AdminOperation extends Operation {
  does: string;
  /** Shape of the body; absent when it takes none. */
  bodySchema?: z.ZodType;
}

/** A look at something; changes nothing. */
export function look(path: string, does: string, handle: (call: Call) => Answer): AdminOperation {
  return { method: "GET", path: `/admin${path}`, name: nameOf(path), token: "account", does, handle };
}

/** A change, made when the body fits its schema; a body that does not is answered 422 naming its fields. */
export function lever<T>(
  path: string,
  does: string,
  bodySchema: z.ZodType<T>,
  pull: (call: Call, body: T) => Answer,
): AdminOperation {
  const handle = (call: Call): Answer => {
    const parsed = parseBody(bodySchema, call.body);
    return parsed.ok ? pull(call, parsed.value) : parsed.refusal;
  };
  return { method: "POST", path: `/admin${path}`, name: nameOf(path), token: "account", does, bodySchema, handle };
}

/** `/markets/freeze` is `adminMarketsFreeze`. */
function nameOf(path: string): string {
  return path.replaceAll(/\/(\w)/g, (_, first: string) => first.toUpperCase()).replace(/^/, "admin");
}
