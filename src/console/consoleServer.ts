import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";

export interface ConsoleServer {
  readonly url: string;
  /** The port asked for was taken by somebody else. */
  readonly moved: boolean;
  readonly server: Server;
  stop(): Promise<void>;
}

const MAX_PORTS_TRIED = 50;

/** Listens on 127.0.0.1 at `port`, or the next free one above it. Rejects when 50 in a row are taken. */
export async function startConsoleServer(app: Hono, port: number): Promise<ConsoleServer> {
  const listener = getRequestListener((request) => app.fetch(request));
  // It answers its own errors, so nobody waits for it.
  const server = createServer((incoming, outgoing) => void listener(incoming, outgoing));
  const actual = await listenFrom(server, port);
  return {
    url: `http://127.0.0.1:${actual}`,
    moved: port !== 0 && actual !== port,
    server,
    async stop() {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, "close");
    },
  };
}

async function listenFrom(server: Server, first: number): Promise<number> {
  for (let port = first; port < first + MAX_PORTS_TRIED && port <= 65_535; port += 1) {
    if (await listens(server, port)) {
      const address = server.address();
      if (typeof address === "object" && address !== null) return address.port;
    }
  }
  throw new Error(`the ports ${first} to ${first + MAX_PORTS_TRIED - 1} at 127.0.0.1 are all taken; give another --http-port`);
}

async function listens(server: Server, port: number): Promise<boolean> {
  try {
    const listening = once(server, "listening");
    server.listen({ host: "127.0.0.1", port, exclusive: true });
    await listening;
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "EADDRINUSE" || error.code === "EACCES")) return false;
    throw error;
  }
}
