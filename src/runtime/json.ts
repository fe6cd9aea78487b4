/**
 * What may be stored: plain JSON that comes back as it went in. `undefined` as a property is allowed (it reads the same when the
 * property is gone); everything that JSON would lose or Postgres would refuse is named with its path.
 */

const MAX_DEPTH = 100;
const SURROGATE = /[\ud800-\udfff]/;

/** Says where and why `value` cannot be stored, or returns undefined when it can. `path` names the value itself. */
export function jsonProblem(value: unknown, path = "value"): string | undefined {
  return storable(value, 0) ? undefined : explain(value, path, 0);
}

/** Whether text can be stored: no NUL, no lone surrogate. */
export function isStorableText(text: string): boolean {
  return !text.includes("\u0000") && (!SURROGATE.test(text) || isWellFormed(text));
}

function storable(value: unknown, depth: number): boolean {
  if (typeof value === "string") return isStorableText(value);
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value === "boolean") return true;
  if (typeof value !== "object") return false;
  if (value === null) return true;
  if (depth > MAX_DEPTH) return false;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) if (!storable(value[index], depth + 1)) return false;
    return true;
  }
  if (!isPlain(value)) return false;
  for (const key of Object.keys(value)) {
    const property: unknown = value[key];
    if (!isStorableText(key) || (property !== undefined && !storable(property, depth + 1))) return false;
  }
  return true;
}

function explain(value: unknown, path: string, depth: number): string | undefined {
  if (typeof value === "string")
    return isStorableText(value) ? undefined : `${path}: text with NUL or a lone surrogate cannot be stored`;
  if (typeof value === "number")
    return Number.isFinite(value) ? undefined : `${path}: ${value} is not JSON; use null or leave it out`;
  if (value === undefined) return `${path}: undefined in an array becomes null; use null`;
  if (typeof value === "boolean" || value === null) return undefined;
  if (typeof value !== "object")
    return `${path}: a ${typeof value} cannot be stored${typeof value === "bigint" ? "; use a string" : ""}`;
  if (depth > MAX_DEPTH) return `${path}: nested deeper than ${MAX_DEPTH} levels, or circular`;
  if (Array.isArray(value)) {
    return firstProblem(
      Array.from(value, (item: unknown, index) => [item, `${path}[${index}]`]),
      depth,
    );
  }
  if (!isPlain(value)) return `${path}: ${describeInstance(value)}`;
  const badKey = Object.keys(value).find((key) => !isStorableText(key));
  if (badKey !== undefined) return `${path}: the key ${JSON.stringify(badKey.slice(0, 60))} holds NUL or a lone surrogate`;
  const entries = Object.entries(value).filter(([, property]) => property !== undefined);
  return firstProblem(
    entries.map(([key, property]) => [property, `${path}.${key}`]),
    depth,
  );
}

function firstProblem(items: readonly (readonly [unknown, string])[], depth: number): string | undefined {
  for (const [item, path] of items) {
    const problem = explain(item, path, depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function describeInstance(value: object): string {
  if ("sessionId" in value) return "an actor reference cannot be stored; keep its address (a string) and use sendToAddress";
  if (value instanceof Error) return "an Error becomes {} in JSON; keep its message";
  if (value instanceof Date) return "a Date becomes text in JSON; keep epoch milliseconds";
  if (value instanceof Map || value instanceof Set) return "a Map or Set becomes {} in JSON; use a plain object or an array";
  return `an instance of ${value.constructor.name || "a class"} loses its methods in JSON; use a plain object`;
}

export function isPlain(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isWellFormed(text: string): boolean {
  return !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);
}
