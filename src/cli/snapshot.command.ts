import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type Database, openDatabase, withoutPassword } from "../persistence/database.ts";
import { findLockHolder, openDataDirectory } from "../persistence/dataDirectory.ts";
import { startEmbeddedPostgres } from "../persistence/embeddedPostgres.ts";
import { type ActorDump, dumpActors } from "./actorDump.ts";
import type { Command, CommandCall } from "./command.ts";
import { findDaemon } from "./daemonClient.ts";
import { CommandFailed, ExitCode } from "./exitCode.ts";

/** Reads the database, so it works without a daemon as well. */
export const snapshotDumpCommand: Command = {
  name: "snapshot dump",
  usage: "[ADDRESS]",
  help: "Everything stored of an actor, or of all: state, context, timers, jobs, mailbox, dead letters (JSON)",
  options: [
    {
      flag: "database-url",
      key: "databaseUrl",
      environment: "DATABASE_URL",
      argument: "URL",
      help: "Where to read when no daemon runs and its database was not the embedded one",
      schema: z.string(),
    },
  ],
  arguments: { min: 0, max: 1 },
  async run(call) {
    const address = call.arguments[0];
    const dump = await readDump(call, address);
    if (address === undefined) return call.print(JSON.stringify(dump, null, 2));
    const one = dump.find((actor) => actor.address === address);
    if (one === undefined)
      throw new CommandFailed(ExitCode.notFound, `no actor has the address ${address}. bosun actors lists them.`);
    call.print(JSON.stringify(one, null, 2));
  },
};

async function readDump(call: CommandCall, address: string | undefined): Promise<readonly ActorDump[]> {
  const running = findDaemon(call.dataDir)?.databaseUrl;
  const given = call.flags["databaseUrl"] ?? call.environment["DATABASE_URL"];
  const url = running ?? (typeof given === "string" && given !== "" ? given : undefined);
  if (url !== undefined) return await readFrom(url, address);
  return await withStoppedDatabase(call, (ownUrl) => readFrom(ownUrl, address));
}

async function readFrom(url: string, address: string | undefined): Promise<readonly ActorDump[]> {
  let database: Database | undefined;
  try {
    database = openDatabase({ url, logger: silent, applicationName: "bosun snapshot dump", maxConnections: 1 });
    return await dumpActors(database, address);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandFailed(ExitCode.unreachable, `cannot read ${withoutPassword(url)}: ${reason}`);
  } finally {
    await database?.close();
  }
}

/** Without a daemon the embedded database may run (after a kill -9) or not; it is left as it was found. */
async function withStoppedDatabase<T>(call: CommandCall, read: (url: string) => Promise<T>): Promise<T> {
  if (findLockHolder(call.dataDir) !== undefined) {
    throw new CommandFailed(ExitCode.unreachable, "the daemon is starting or stopping; try again in a moment.");
  }
  if (!holdsDatabase(call.dataDir)) {
    throw new CommandFailed(ExitCode.unreachable, `${call.dataDir} holds no database. Name another place with --data-dir.`);
  }
  call.tell("no daemon runs; reading the database directly");
  const directory = openDataDirectory(call.dataDir);
  try {
    const server = await startEmbeddedPostgres({ dataDirectory: directory.path });
    try {
      return await read(server.url);
    } finally {
      if (server.origin !== "adopted") await server.stop();
    }
  } finally {
    directory.release();
  }
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };

function holdsDatabase(dataDir: string): boolean {
  return existsSync(join(dataDir, "postgres.json"));
}
