import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Database, openDatabase } from "../../src/persistence/database.ts";
import { DatabaseNewer, migrateToLatest } from "../../src/persistence/migrate.ts";
import { silentLogger } from "../support/silentLogger.ts";
import { createEmptyTestDatabase, type TestDatabase } from "../support/testDatabase.ts";

describe("migrations", () => {
  let database: TestDatabase;
  let folder = "";
  beforeEach(async () => {
    database = await createEmptyTestDatabase();
    folder = mkdtempSync(join(tmpdir(), "bosun-migrations-"));
    symlinkSync(fileURLToPath(new URL("../../node_modules", import.meta.url)), join(folder, "node_modules"));
  });
  afterEach(async () => {
    await database.cleanup();
    rmSync(folder, { recursive: true, force: true });
  });

  const url = () => pathToFileURL(`${folder}/`);
  const write = (name: string, statement: string) => {
    writeFileSync(
      join(folder, name),
      `import { sql } from "kysely";\nexport const up = (db) => sql.raw(${JSON.stringify(statement)}).execute(db);\n`,
    );
  };
  const tables = async (db: Database) => {
    const { rows } = await db.pool.query(
      "select table_name from information_schema.tables where table_schema = 'public' order by 1",
    );
    return rows.map((row) => row.table_name).filter((name) => !name.startsWith("bosun_migration"));
  };

  it("bring a new database up to date, once", async () => {
    expect(await migrateToLatest(database)).toEqual(expect.arrayContaining(["0001_runtime", "0002_fleet_read_model"]));
    expect(await migrateToLatest(database)).toEqual([]);
    expect(await tables(database)).toContain("manufacturing_tasks");
  });

  it("run in order and only forward", async () => {
    write("0001_first.mjs", "create table first (id int)");
    await migrateToLatest(database, url());
    write("0002_second.mjs", "alter table first rename to second");
    expect(await migrateToLatest(database, url())).toEqual(["0002_second"]);
    expect(await tables(database)).toEqual(["second"]);
  });

  it("refuse a database that a newer version has changed, and leave it alone", async () => {
    write("0001_first.mjs", "create table first (id int)");
    write("0002_newer.mjs", "create table newer (id int)");
    await migrateToLatest(database, url());
    rmSync(join(folder, "0002_newer.mjs"));
    write("0003_other.mjs", "create table other (id int)");
    await expect(migrateToLatest(database, url())).rejects.toThrow(DatabaseNewer);
    await expect(migrateToLatest(database, url())).rejects.toThrow("changed by a newer bosun (it has 0002_newer)");
    expect(await tables(database)).toEqual(["first", "newer"]);
  });

  it("change nothing at all when one of them fails", async () => {
    write("0001_first.mjs", "create table first (id int)");
    write("0002_broken.mjs", "create table second (id nonsense)");
    await expect(migrateToLatest(database, url())).rejects.toThrow(
      'migration 0002_broken failed: type "nonsense" does not exist',
    );
    expect(await tables(database)).toEqual([]);
  });

  it("wait for each other when two daemons boot at once", async () => {
    write("0001_first.mjs", "create table first as select pg_sleep(0.2) is null as slept");
    const other = openDatabase({ url: database.url, logger: silentLogger });
    try {
      const results = await Promise.all([migrateToLatest(database, url()), migrateToLatest(other, url())]);
      expect(results.toSorted((a, b) => a.length - b.length)).toEqual([[], ["0001_first"]]);
    } finally {
      await other.close();
    }
  });
});
