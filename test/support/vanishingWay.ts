import { connect, createServer, type Socket } from "node:net";

/** A TCP way to a server on which the other end can vanish without a word: no FIN, no RST, only silence. */
export interface VanishingWay {
  readonly url: string;
  /** From now on nothing more passes in that direction on the connections that are open; later ones are whole. */
  vanish(direction: "requests" | "answers"): void;
  /** Bytes that were swallowed so far. */
  swallowed(): number;
  close(): Promise<void>;
}

/** Listens on a free port and forwards to the host and port of `targetUrl`; `url` is the same with our port. */
export async function vanishingWay(targetUrl: string): Promise<VanishingWay> {
  const target = new URL(targetUrl);
  const links = new Set<Link>();
  const sockets = new Set<Socket>();
  let swallowedBytes = 0;
  const server = createServer((near) => {
    const far = connect({ host: target.hostname, port: Number(target.port) });
    const link: Link = { lost: undefined };
    links.add(link);
    const pass = (from: Socket, to: Socket, direction: Direction): void => {
      sockets.add(from);
      from.on("data", (chunk: Buffer) => {
        if (link.lost === direction) swallowedBytes += chunk.length;
        else to.write(chunk);
      });
      // Whoever is behind a vanished end does not hear that the other one has gone.
      from.on("close", () => {
        if (link.lost === undefined) to.destroy();
      });
      from.on("error", () => from.destroy());
    };
    pass(near, far, "requests");
    pass(far, near, "answers");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a listening TCP server has a port");
  const url = new URL(targetUrl);
  url.hostname = "127.0.0.1";
  url.port = String(address.port);
  return {
    url: url.href,
    vanish: (direction) => {
      for (const link of links) link.lost = direction;
      links.clear();
    },
    swallowed: () => swallowedBytes,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

type Direction = "requests" | "answers";

interface Link {
  lost: Direction | undefined;
}
