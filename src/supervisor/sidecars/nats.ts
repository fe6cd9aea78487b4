import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { connect } from "node:net";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { freeLoopbackPort } from "../../process/freePort.ts";
import { readFileIfThere, writePrivateFile } from "../../process/privateFile.ts";
import type { SidecarSpec } from "../sidecar.ts";

/** The first `nats-server` on the PATH, or undefined. */
export function findNatsServer(path: string | undefined): string | undefined {
  for (const folder of (path ?? "").split(delimiter).filter((part) => part !== "")) {
    const candidate = join(folder, "nats-server");
    if (isExecutable(candidate)) return candidate;
  }
  return undefined;
}

/**
 * A nats-server with JetStream under `DATA_DIR/nats`, on loopback only. Its server name carries a token of this data directory, and the
 * server says its name to whoever connects: so a stranger on our port is never taken for ours.
 */
export function natsSidecar(options: { readonly binary: string; readonly dataDirectory: string }): SidecarSpec {
  const { binary, dataDirectory } = options;
  const serverName = `bosun-${tokenOf(dataDirectory)}`;
  return {
    name: "nats",
    dataDirectory,
    readyWithinMs: 15_000,
    silentWithinMs: 15_000,
    stopWithinMs: 5_000,
    async command(previousPort) {
      // A port that our own running server holds is not free; it is then not needed either.
      const port = await freeLoopbackPort(previousPort);
      return {
        command: binary,
        args: [
          "--addr",
          "127.0.0.1",
          "--port",
          String(port),
          "--name",
          serverName,
          "--jetstream",
          "--store_dir",
          join(dataDirectory, "nats"),
        ],
        cwd: dataDirectory,
        env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin" },
        port,
        marker: serverName,
        fingerprint: binary,
      };
    },
    probe: async (port) => (await serverNameAt(port)) === serverName,
  };
}

export const natsUrl = (port: number): string => `nats://127.0.0.1:${port}`;

function tokenOf(dataDirectory: string): string {
  const path = join(dataDirectory, "nats.token");
  const known = readFileIfThere(path)?.trim();
  if (known !== undefined && known !== "") return known;
  const token = randomUUID();
  writePrivateFile(path, `${token}\n`);
  return token;
}

const infoSchema = z.object({ server_name: z.string() });
// The server puts a blank before the end of the line.
const INFO = /^INFO (\{.*\})\s*\r?\n/;
const ANSWER_WITHIN_MS = 1_000;

/** A NATS server begins every connection with one line: INFO and its description as JSON. */
async function serverNameAt(port: number): Promise<string | undefined> {
  const socket = connect({ host: "127.0.0.1", port });
  const timeout = new AbortController();
  try {
    const line = await Promise.race([firstLine(socket), sleep(ANSWER_WITHIN_MS, undefined, { signal: timeout.signal })]);
    const info = INFO.exec(line ?? "")?.[1];
    return info === undefined ? undefined : infoSchema.parse(JSON.parse(info)).server_name;
  } catch (error) {
    // Nobody listens, or no NATS server: not ours in either case.
    if (error instanceof SyntaxError || error instanceof z.ZodError || isNetworkError(error)) return undefined;
    throw error;
  } finally {
    timeout.abort();
    socket.destroy();
  }
}

async function firstLine(socket: ReturnType<typeof connect>): Promise<string> {
  socket.setEncoding("utf8");
  await once(socket, "connect");
  let text = "";
  for await (const part of socket) {
    text += String(part);
    if (text.includes("\n")) break;
  }
  return text;
}

function isNetworkError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error) return false;
    throw error;
  }
}
