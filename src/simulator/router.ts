/** Finds the operation of a method and a path. */
import type { Operation } from "./operations/operation.ts";
import { type Refusal, refuse } from "./refusal.ts";

export type Route =
  | { kind: "found"; operation: Operation; params: Readonly<Record<string, string>> }
  | { kind: "refused"; refusal: Refusal };

export class Router {
  readonly #bySize = new Map<number, { operation: Operation; segments: readonly string[] }[]>();

  constructor(operations: readonly Operation[]) {
    for (const operation of operations) {
      const segments = operation.path.split("/");
      const sameSize = this.#bySize.get(segments.length) ?? [];
      this.#bySize.set(segments.length, [...sameSize, { operation, segments }]);
    }
  }

  find(method: string, path: string): Route {
    const segments = path.split("/");
    let allowed = false;
    for (const { operation, segments: pattern } of this.#bySize.get(segments.length) ?? []) {
      const params = match(pattern, segments);
      if (params === undefined) continue;
      if (operation.method === method) return { kind: "found", operation, params };
      allowed = true;
    }
    const refusal = allowed
      ? refuse(405, 405, `Method ${method} is not allowed for ${path.slice(0, 200)}.`)
      : refuse(404, 404, `Route ${method} ${path.slice(0, 200)} not found.`);
    return { kind: "refused", refusal };
  }
}

function match(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [i, part] of pattern.entries()) {
    const segment = segments[i] ?? "";
    if (!part.startsWith(":")) {
      if (part !== segment) return undefined;
      continue;
    }
    const value = decode(segment);
    if (value === undefined || value === "") return undefined;
    params[part.slice(1)] = value;
  }
  return params;
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
