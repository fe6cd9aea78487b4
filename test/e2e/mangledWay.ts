import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

interface Passage {
  readonly method: string;
  readonly path: string;
  readonly atMs: number;
}

/** A way to the game on which single answers are spoiled. */
export interface MangledWay {
  readonly url: string;
  /**
   * Empties the `data` of the next successful answer to such a request. Resolves when that has happened, to when it was and to what the
   * path's first group matched.
   */
  mangleNext(method: string, path: RegExp): Promise<{ readonly atMs: number; readonly name: string }>;
  /** Resolves when such a request has passed since `sinceMs`. */
  seen(method: string, path: RegExp, sinceMs: number): Promise<void>;
  /** Resolves when no request has passed for so long. */
  quiet(forMs: number): Promise<void>;
  close(): Promise<void>;
}

/** A real HTTP server that hands everything on to `gameUrl`. */
export async function mangledWay(gameUrl: string): Promise<MangledWay> {
  const origin = new URL(gameUrl).origin;
  const passages: Passage[] = [];
  const watchers = new Set<() => void>();
  let spoil: ((passage: Passage, status: number) => boolean) | undefined;

  const server = createServer((incoming, response) => {
    const parts: Buffer[] = [];
    incoming.on("data", (part: Buffer) => parts.push(part));
    incoming.on("end", () => {
      const passage = { method: incoming.method ?? "", path: (incoming.url ?? "").replace(/\?.*/, ""), atMs: Date.now() };
      passages.push(passage);
      for (const watch of watchers) watch();
      handOn(incoming.headers, Buffer.concat(parts)).then(
        ({ status, headers, text }) => {
          const isSpoilt = spoil?.(passage, status) === true;
          response.writeHead(status, headers).end(isSpoilt ? '{"data":{}}' : text);
        },
        () => response.destroy(),
      );

      async function handOn(headers: typeof incoming.headers, body: Buffer) {
        const kept = ["authorization", "content-type", "x-request-id"].flatMap((name): [string, string][] => {
          const value = headers[name];
          return typeof value === "string" ? [[name, value]] : [];
        });
        const url = `${origin}${incoming.url ?? ""}`;
        const answer = await fetch(url, { method: passage.method, headers: kept, ...(body.length === 0 ? {} : { body }) });
        const text = await answer.text();
        return { status: answer.status, headers: { "content-type": "application/json" }, text };
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // The address of a listening TCP server is always an AddressInfo.
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}/v2`,
    mangleNext: (method, path) =>
      new Promise((resolve) => {
        spoil = (passage, status) => {
          const match = path.exec(passage.path);
          if (passage.method !== method || match === null || status >= 300) return false;
          spoil = undefined;
          resolve({ atMs: passage.atMs, name: match[1] ?? "" });
          return true;
        };
      }),
    seen: (method, path, sinceMs) =>
      new Promise((resolve) => {
        const watch = (): void => {
          if (!passages.some((one) => one.method === method && one.atMs >= sinceMs && path.test(one.path))) return;
          watchers.delete(watch);
          resolve();
        };
        watchers.add(watch);
        watch();
      }),
    quiet: (forMs) =>
      new Promise((resolve) => {
        let timer: NodeJS.Timeout;
        const watch = (): void => {
          clearTimeout(timer);
          timer = setTimeout(() => {
            watchers.delete(watch);
            resolve();
          }, forMs);
        };
        watchers.add(watch);
        watch();
      }),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
