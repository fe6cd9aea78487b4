import { once } from "node:events";
import { createServer } from "node:net";

/** `preferred` when it can be listened on at the loopback address, else a port that the operating system finds free. */
export async function freeLoopbackPort(preferred?: number): Promise<number> {
  if (preferred !== undefined) {
    const port = await tryListen(preferred);
    if (port !== undefined) return port;
  }
  const port = await tryListen(0);
  if (port === undefined) throw new Error("no free port at 127.0.0.1");
  return port;
}

async function tryListen(port: number): Promise<number | undefined> {
  const server = createServer();
  try {
    const listening = once(server, "listening");
    server.listen({ host: "127.0.0.1", port, exclusive: true });
    await listening;
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : undefined;
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "EADDRINUSE" || error.code === "EACCES")) return undefined;
    throw error;
  } finally {
    server.close();
  }
}
