import { once } from "node:events";
import { createServer } from "node:net";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isWeather, openDatabase, waitForDatabase, withoutPassword } from "../../src/persistence/database.ts";
import { databaseWarnings } from "../../src/persistence/databaseChecks.ts";
import { silentLogger } from "../support/silentLogger.ts";
import { createEmptyTestDatabase, type TestDatabase } from "../support/testDatabase.ts";

describe("the way to the database", () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createEmptyTestDatabase();
  });
  afterEach(() => database.cleanup());

  it("warns of an idle connection that breaks, and not of those that the server ends while we close them", async () => {
    const warned: string[] = [];
    const opened = openDatabase({
      url: database.url,
      logger: { ...silentLogger, warn: (_fields, said) => void warned.push(said) },
    });
    const [row] = (await opened.pool.query<{ pid: number }>("SELECT pg_backend_pid() AS pid")).rows;
    await database.pool.query("SELECT pg_terminate_backend($1)", [row?.pid]);
    await expect.poll(() => warned).toEqual(["an idle database connection broke"]);
    const idle = await opened.pool.connect();
    idle.release();
    const closed = opened.close();
    await expect.poll(() => opened.pool.ending).toBe(true);
    // The server's word reaches the listener that the pool gave it.
    idle.emit("error", new Error("terminating connection due to administrator command"));
    await closed;
    expect(warned).toHaveLength(1);
  });

  it("waits while nobody answers, says why without the password, and goes on when somebody does [G12] [G15]", async () => {
    const target = new URL(database.url);
    const upstreamPort = Number(target.port);
    // The port is closed until the first warning was given; then it leads to the real server.
    const probe = createServer().listen(0, "127.0.0.1");
    await once(probe, "listening");
    const address = probe.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    probe.close();
    await once(probe, "close");
    const { connect } = await import("node:net");
    const relay = createServer((socket) => {
      const upstream = connect(upstreamPort, "127.0.0.1");
      socket.pipe(upstream).pipe(socket);
      socket.on("error", () => upstream.destroy());
      upstream.on("error", () => socket.destroy());
    });
    const said: { fields: object; message: string }[] = [];
    const logger = {
      debug: () => {},
      info: () => {},
      error: () => {},
      warn: (fields: object, message: string) => {
        said.push({ fields, message });
        if (!relay.listening) relay.listen(port, "127.0.0.1");
      },
    };
    target.port = String(port);
    const away = openDatabase({ url: target.href, logger });
    try {
      await waitForDatabase(away, logger);
      expect(said[0]).toMatchObject({
        message: "the database does not answer; waiting",
        fields: { reason: expect.stringContaining("ECONNREFUSED") },
      });
      expect(JSON.stringify(said)).not.toContain(decodeURIComponent(target.password));
      expect((await away.pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
    } finally {
      await away.close();
      relay.close();
    }
  });

  it("does not wait for what waiting cannot cure [G12]", async () => {
    const wrong = new URL(database.url);
    wrong.password = "guess";
    const refused = openDatabase({ url: wrong.href, logger: silentLogger });
    await expect(waitForDatabase(refused, silentLogger)).rejects.toMatchObject({
      name: "DatabaseRefused",
      cause: { code: "28P01" },
    });
    await refused.close();
  });

  it("tells outages from mistakes by their codes [G12]", () => {
    const coded = (code: string) => Object.assign(new Error(code), { code });
    expect(["ECONNREFUSED", "57P03", "57P01", "08006", "53300"].map((code) => isWeather(coded(code)))).toEqual(
      Array(5).fill(true),
    );
    expect(["28P01", "3D000", "42P01", "23505"].map((code) => isWeather(coded(code)))).toEqual(Array(4).fill(false));
  });

  it("never shows a password [G15]", () => {
    expect(withoutPassword("postgres://me:s3cr:et@host:1/db")).toBe("postgres://me:***@host:1/db");
    expect(withoutPassword("postgres://host/db")).toBe("postgres://host/db");
  });

  it("has nothing to warn of at a sound database", async () => {
    expect(await databaseWarnings(database)).toEqual([]);
  });

  it("warns of settings that weaken durability [G1]", async () => {
    await database.pool.query(`alter database ${new URL(database.url).pathname.slice(1)} set synchronous_commit = off`);
    const fresh = openDatabase({ url: database.url, logger: silentLogger });
    expect(await databaseWarnings(fresh)).toEqual([expect.stringContaining("synchronous_commit is off")]);
    await fresh.close();
  });

  it("notices a pooler that gives every transaction another session", async () => {
    const pooled = openDatabase({ url: database.url, logger: silentLogger });
    const clients = [new pg.Client(database.url), new pg.Client(database.url)];
    await Promise.all(clients.map((client) => client.connect()));
    let turn = 0;
    const switching = {
      ...pooled,
      pool: { connect: () => Promise.resolve({ query: (sql: string) => clients[turn++ % 2]?.query(sql), release: () => {} }) },
    };
    expect(await databaseWarnings(switching as unknown as typeof pooled)).toEqual([
      expect.stringContaining("pooler in transaction mode"),
    ]);
    await Promise.all(clients.map((client) => client.end()));
    await pooled.close();
  });
});
