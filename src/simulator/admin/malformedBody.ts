import type { WireAnswer } from "../envelope.ts";
import type { FaultSpec } from "./faultSpec.ts";
import { proxyPage } from "./proxyPage.ts";

/**
 * A proper answer with its body spoilt; status and rate-limit headers stay, and the length is that of the spoilt body, so that
 * nothing but the body itself gives it away.
 *
 * - `truncated`: the first half of the JSON
 * - `wrongType`: JSON with one value of the wrong type: that of `field`, else (or when the answer has none) the first number
 * - `empty`: no bytes; `html`: a page
 */
export function malformed({ form, field }: Extract<FaultSpec, { kind: "malformedBody" }>, wire: WireAnswer): WireAnswer {
  const text = wire.text ?? "{}";
  switch (form) {
    case "truncated":
      return { ...wire, status: withBody(wire.status), text: text.slice(0, text.length >> 1) };
    case "wrongType":
      return { ...wire, status: withBody(wire.status), text: withWrongType(text, field) };
    case "empty":
      return { ...wire, status: withBody(wire.status), text: "" };
    case "html": {
      const page = proxyPage(withBody(wire.status));
      return { ...page, headers: { ...wire.headers, ...page.headers } };
    }
  }
}

function withBody(status: number): number {
  return status === 204 ? 200 : status;
}

function withWrongType(text: string, field: string | undefined): string {
  const json: unknown = JSON.parse(text);
  if (field !== undefined && spoil(json, field.split("."))) return JSON.stringify(json);
  const number = pathToNumber(json);
  return number !== undefined && spoil(json, number) ? JSON.stringify(json) : "0";
}

/** Changes the type of the value at the path, in place; false when there is none. */
function spoil(json: unknown, path: readonly string[]): boolean {
  const parent = path.slice(0, -1).reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), json);
  const last = path.at(-1);
  if (last === undefined || !isObject(parent) || !Object.hasOwn(parent, last)) return false;
  const value = parent[last];
  parent[last] = typeof value === "number" ? String(value) : 0;
  return true;
}

function pathToNumber(json: unknown): string[] | undefined {
  if (typeof json === "number") return [];
  if (!isObject(json)) return undefined;
  for (const [key, value] of Object.entries(json)) {
    const path = pathToNumber(value);
    if (path) return [key, ...path];
  }
  return undefined;
}

/** Or a list, whose indices are its keys. */
function isObject(json: unknown): json is Record<string, unknown> {
  return typeof json === "object" && json !== null;
}
