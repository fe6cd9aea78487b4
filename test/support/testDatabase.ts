import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { inject } from "vitest";
import { type Database, openDatabase } from "../../src/persistence/database.ts";
import { DataDirectoryInUse, openDataDirectory } from "../../src/persistence/dataDirectory.ts";
import { startEmbeddedPostgres } from "../../src/persistence/embeddedPostgres.ts";
import { migrateToLatest } from "../../src/persistence/migrate.ts";
import { silentLogger } from "./silentLogger.ts";

/** A database of its own on the run's real Postgres. */
export interface TestDatabase extends Database {
  /** Closes the pool and drops the database, cutting connections that are left. */
  cleanup(): Promise<void>;
}

/** A fresh database with all migrations applied. Call `cleanup()` in afterEach or afterAll. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const database = await createEmptyTestDatabase();
  await migrateToLatest(database);
  return database;
}

/** A fresh database without tables. */
export async function createEmptyTestDatabase(): Promise<TestDatabase> {
  const serverUrl = await testServerUrl();
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await runOnServer(serverUrl, `create database ${name}`);
  const database = openDatabase({ url: serverUrl.replace(/\/bosun(?=$|\?)/, `/${name}`), logger: silentLogger });
  return {
    ...database,
    cleanup: async () => {
      await database.close();
      await runOnServer(serverUrl, `drop database if exists ${name} with (force)`);
    },
  };
}

let known: Promise<string> | undefined;

/** The URL of the run's server, started by whichever worker asks first. */
function testServerUrl(): Promise<string> {
  known ??= startOrAdopt(inject("testServerDirectory"));
  return known;
}

async function startOrAdopt(path: string): Promise<string> {
  for (;;) {
    try {
      const directory = openDataDirectory(path);
      try {
        return (await startEmbeddedPostgres({ dataDirectory: directory.path })).url;
      } finally {
        directory.release();
      }
    } catch (error) {
      if (!(error instanceof DataDirectoryInUse)) throw error;
      await sleep(25);
    }
  }
}

async function runOnServer(serverUrl: string, sql: string): Promise<void> {
  const client = new pg.Client(serverUrl);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
