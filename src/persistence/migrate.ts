/*
 * Forward-only migrations. Invariants:
 * - They run before any actor starts, all in one transaction; concurrent boots wait for each other on an advisory lock.
 * - A database that knows a migration which we do not is newer than this program and is refused untouched.
 */
import { readdir } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Migration, Migrator, sql } from "kysely";
import { z } from "zod";
import type { Database } from "./database.ts";

/** A later version of bosun has already changed this database. */
export class DatabaseNewer extends Error {
  override readonly name = "DatabaseNewer";
  readonly unknownMigrations: readonly string[];
  constructor(unknownMigrations: readonly string[]) {
    super(
      `the database was changed by a newer bosun (it has ${unknownMigrations.join(", ")}); ` +
        "start that version, or restore a backup taken before it",
    );
    this.unknownMigrations = unknownMigrations;
  }
}

/** Both src/persistence and dist/persistence lie two folders below the package. */
const MIGRATIONS_URL = new URL("../../migrations/", import.meta.url);

/** Brings the database to this program's version. Resolves to the names applied now. Throws DatabaseNewer or what a migration threw. */
export async function migrateToLatest(database: Database, folder: URL = MIGRATIONS_URL): Promise<readonly string[]> {
  const migrations = await loadMigrations(folder);
  const migrator = new Migrator({
    db: database.kysely,
    provider: { getMigrations: () => Promise.resolve(migrations) },
    migrationTableName: "bosun_migration",
    migrationLockTableName: "bosun_migration_lock",
  });
  await refuseNewer(database, migrations);
  const { error, results } = await migrator.migrateToLatest();
  if (error !== undefined) {
    await refuseNewer(database, migrations);
    const failed = results?.find((result) => result.status === "Error")?.migrationName;
    throw new Error(`migration ${failed ?? "(none)"} failed: ${error instanceof Error ? error.message : "not an Error"}`, {
      cause: error,
    });
  }
  return (results ?? []).map((result) => result.migrationName);
}

async function refuseNewer(database: Database, known: Readonly<Record<string, Migration>>): Promise<void> {
  const { rows } = await sql<{ found: string | null }>`select to_regclass('bosun_migration')::text as found`.execute(
    database.kysely,
  );
  if (typeof rows[0]?.found !== "string") return;
  const applied = await database.kysely.selectFrom("bosun_migration").select("name").orderBy("name").execute();
  const unknown = applied.map((row) => row.name).filter((name) => known[name] === undefined);
  if (unknown.length > 0) throw new DatabaseNewer(unknown);
}

const NUMBERED = /^\d{4}_[a-z0-9_]+\.mjs$/;
const migrationModule = z.object({
  up: z.custom<Migration["up"]>((value) => typeof value === "function", "it exports no function up"),
});

async function loadMigrations(folder: URL): Promise<Record<string, Migration>> {
  const migrations: Record<string, Migration> = {};
  const path = fileURLToPath(folder);
  for (const file of (await readdir(path)).filter((name) => NUMBERED.test(name)).sort()) {
    const loaded: unknown = await import(new URL(file, pathToFileURL(`${path}/`)).href);
    migrations[file.replace(/\.mjs$/, "")] = { up: migrationModule.parse(loaded).up };
  }
  return migrations;
}
