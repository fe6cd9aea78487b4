import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface NatsServer {
  readonly url: string;
  /** Ends the server at once. */
  kill(): Promise<void>;
  /** Starts it again on the same port, with what it stored. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Whether nats-server is on the PATH. With BOSUN_REQUIRE_SERVICES=1 its absence is an error and not a reason to skip. */
export const natsServerPresent = ((): boolean => {
  const present = spawnSync("nats-server", ["--version"]).status === 0;
  if (!present && process.env["BOSUN_REQUIRE_SERVICES"] === "1") throw new Error("nats-server is not on the PATH");
  return present;
})();

/** A real nats-server on a free port, with JetStream unless told otherwise. */
export async function startNatsServer(
  options: { readonly jetStream?: boolean; readonly args?: readonly string[] } = {},
): Promise<NatsServer> {
  const directory = await mkdtemp(join(tmpdir(), "bosun-nats-"));
  const port = await freePort();
  const jetStream = options.jetStream === false ? [] : ["-js", "-sd", directory];
  const launch = async (): Promise<ChildProcess> => {
    const child = spawn("nats-server", ["-a", "127.0.0.1", "-p", String(port), ...jetStream, ...(options.args ?? [])], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    await new Promise<void>((resolve, reject) => {
      child.stderr?.on("data", (chunk: Buffer) => {
        if (chunk.toString("utf8").includes("Server is ready")) resolve();
      });
      child.once("exit", (code) => reject(new Error(`nats-server ended with ${code}`)));
      child.once("error", reject);
    });
    return child;
  };
  let child = await launch();
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  };
  return {
    url: `nats://127.0.0.1:${port}`,
    kill,
    async restart() {
      child = await launch();
    },
    async stop() {
      await kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => (typeof address === "object" && address !== null ? resolve(address.port) : reject(new Error("no port"))));
    });
  });
}
