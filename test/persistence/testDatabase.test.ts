import { afterEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";

describe("the databases of the tests", () => {
  const opened: TestDatabase[] = [];
  afterEach(() => Promise.all(opened.splice(0).map((database) => database.cleanup())));

  it("are real, durable Postgres 18 and separate from each other", async () => {
    const first = await createTestDatabase();
    const second = await createTestDatabase();
    opened.push(first, second);

    await first.pool.query("create table only_here (id int)");
    const facts = await first.pool.query(
      "select current_setting('server_version_num')::int as version, current_setting('fsync') as fsync",
    );
    expect(facts.rows[0]).toMatchObject({ fsync: "on" });
    expect(facts.rows[0].version).toBeGreaterThanOrEqual(180_000);
    await expect(second.pool.query("select * from only_here")).rejects.toThrow(/does not exist/);
  });
});
