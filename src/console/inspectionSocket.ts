/** The WebSocket `/inspect`: read-only, this machine only, and without cost while nobody is connected. */
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocket, WebSocketServer } from "ws";
import type { Address } from "../runtime/address.ts";
import type { Logger } from "../runtime/environment.ts";
import type { ActorKind } from "../runtime/kind.ts";
import type { ActorView, Runtime } from "../runtime/runtime.ts";
import { foreignRequest } from "./guards.ts";
import { createInspectionCodec, type InspectionMessage } from "./inspection.ts";

export interface InspectionSocket {
  /** Handles the `upgrade` events of this server. */
  attach(server: Server): void;
  readonly clients: () => number;
  stop(): void;
}

/** A client whose unread backlog is larger is cut off; it may connect again and starts from the present. */
const MAX_BACKLOG_BYTES = 8 * 1024 * 1024;
const TRY_AGAIN_LATER = 1013;

/** The part of a kind descriptor that an inspector draws. */
export type InspectableKind = Pick<ActorKind, "kind" | "machine">;

export function createInspectionSocket(source: {
  readonly runtime: Pick<Runtime, "list" | "observe">;
  /** Asked for each connection: a reset begins another. */
  readonly scope: () => Address;
  /** Asked for each connection: kinds are known only once the fleet is awake. */
  readonly kinds: () => readonly InspectableKind[];
  readonly logger: Logger;
}): InspectionSocket {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1024 });
  let codec = createInspectionCodec(source.scope(), []);
  /** What happened while a new client was still being told who is there. */
  const waiting = new Map<WebSocket, InspectionMessage[]>();
  const stopObserving = source.runtime.observe((notice) => {
    if (sockets.clients.size === 0) return;
    const messages = codec.translate(notice);
    for (const socket of sockets.clients) {
      const queue = waiting.get(socket);
      if (queue !== undefined) queue.push(...messages);
      else for (const message of messages) send(socket, message);
    }
  });

  /** Everyone known, parents first, before anything new: a late viewer sees the whole tree. */
  async function welcome(socket: WebSocket): Promise<void> {
    waiting.set(socket, []);
    codec = createInspectionCodec(source.scope(), source.kinds());
    try {
      const actors = await source.runtime.list({ living: true });
      for (const actor of parentsFirst(actors)) send(socket, codec.introduce(actor));
      for (const message of waiting.get(socket) ?? []) send(socket, message);
    } finally {
      waiting.delete(socket);
    }
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    const refusal = foreignRequest(request.headers.host, request.headers.origin);
    if (path !== "/inspect" || refusal !== undefined) {
      socket.end(`HTTP/1.1 ${path === "/inspect" ? "403 Forbidden" : "404 Not Found"}\r\nConnection: close\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      client.on("error", (error) => source.logger.debug({ error: error.message }, "inspector connection failed"));
      welcome(client).catch((error: unknown) => {
        source.logger.warn({ err: error }, "cannot list the actors for an inspector");
        client.close(TRY_AGAIN_LATER, "cannot list the actors");
      });
    });
  }

  return {
    attach: (server) => void server.on("upgrade", upgrade),
    clients: () => sockets.clients.size,
    stop() {
      stopObserving();
      for (const client of sockets.clients) client.terminate();
      sockets.close();
    },
  };
}

function send(socket: WebSocket, message: InspectionMessage): void {
  if (socket.readyState !== WebSocket.OPEN) return;
  if (socket.bufferedAmount > MAX_BACKLOG_BYTES) {
    socket.close(TRY_AGAIN_LATER, "reads too slowly");
    return;
  }
  socket.send(JSON.stringify(message));
}

function parentsFirst(actors: readonly ActorView[]): readonly ActorView[] {
  const depth = (actor: ActorView): number => actor.address.split("/").length;
  return [...actors].sort((left, right) => depth(left) - depth(right));
}
