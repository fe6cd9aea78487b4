/**
 * Who may speak to the console. Invariants:
 * - Only names of this machine as Host (DNS rebinding) and as Origin (pages of other sites, WebSockets included).
 * - Whatever changes something needs the operator token of daemon.json, which only the daemon's user can read.
 */
import { timingSafeEqual } from "node:crypto";

const LOCAL_NAMES = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Why a request may not be answered, or undefined. `host` and `origin` are the headers as received. */
export function foreignRequest(host: string | undefined, origin: string | undefined): string | undefined {
  if (host === undefined || !LOCAL_NAMES.has(hostName(host))) return "this console answers to 127.0.0.1 and localhost only";
  if (origin === undefined) return undefined;
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  return url !== undefined && url.host === host ? undefined : "pages of other origins may not speak to this console";
}

/** Whether an Authorization header carries the operator token, compared in constant time. */
export function isOperator(authorization: string | undefined, token: string): boolean {
  const given = Buffer.from(authorization ?? "");
  const expected = Buffer.from(`Bearer ${token}`);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function hostName(host: string): string {
  return host.replace(/:\d+$/, "").toLowerCase();
}
