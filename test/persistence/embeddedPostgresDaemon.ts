/* A little daemon for the tests: opens the data directory, starts its Postgres, says so on stdout, and waits to be killed. */
import { DataDirectoryInUse, openDataDirectory } from "../../src/persistence/dataDirectory.ts";
import { startEmbeddedPostgres } from "../../src/persistence/embeddedPostgres.ts";

const path = process.argv[2] ?? "";
try {
  const directory = openDataDirectory(path);
  const server = await startEmbeddedPostgres({ dataDirectory: directory.path });
  const { url, origin, home, identity } = server;
  process.stdout.write(`${JSON.stringify({ url, origin, home, pid: identity.pid, uid: process.getuid?.() })}\n`);
  process.once("SIGTERM", () => {
    void server.stop().then(() => {
      directory.release();
      process.exit(0);
    });
  });
  setInterval(() => undefined, 60_000);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : "failed"}\n`);
  process.exit(error instanceof DataDirectoryInUse ? 3 : 1);
}
