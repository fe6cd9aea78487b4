import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Database, openDatabase } from "../src/persistence/database.ts";
import { startEmbeddedPostgres } from "../src/persistence/embeddedPostgres.ts";
import { migrateToLatest } from "../src/persistence/migrate.ts";
import type { Logger } from "../src/runtime/environment.ts";

/** A fresh embedded Postgres, fsync on, in a directory of its own. */
export interface BenchServer {
  readonly directory: string;
  readonly database: Database;
  cleanup(): Promise<void>;
}

export const quiet: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export async function startBenchServer(): Promise<BenchServer> {
  const directory = mkdtempSync(join(tmpdir(), "bosun-bench-"));
  const server = await startEmbeddedPostgres({ dataDirectory: directory });
  const database = openDatabase({ url: server.socketUrl, logger: quiet, maxConnections: 16 });
  await migrateToLatest(database);
  const { rows } = await database.pool.query<{ fsync: string }>("SHOW fsync");
  if (rows[0]?.fsync !== "on") throw new Error("the bench measures nothing without fsync");
  const cleanup = async (): Promise<void> => {
    await database.close();
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  };
  return { directory, database, cleanup };
}
