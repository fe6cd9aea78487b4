import { afterAll, beforeAll } from "vitest";
import { createEmptyTestDatabase, type TestDatabase } from "../support/testDatabase.ts";
import { cleanUp, type DaemonProcess, newDataDir, sails, startDaemon } from "./daemonProcess.ts";

/** A data directory and the daemons that run on it, one after the other. */
interface DaemonBed {
  readonly dataDir: string;
  /** Of all that were started, in their order. */
  readonly started: readonly DaemonProcess[];
  /** Starts a daemon with these options more, and waits until it sails. */
  sailing(...args: readonly string[]): Promise<DaemonProcess>;
}

/**
 * A bed for the tests of this suite. Its rows are in a database of their own on the run's Postgres, so no cluster is made, and none starts and
 * stops with each daemon; daemon.test and start.test show that.
 */
export function daemonBed(): DaemonBed {
  const dataDir = newDataDir();
  const started: DaemonProcess[] = [];
  let database: TestDatabase | undefined;
  beforeAll(async () => {
    database = await createEmptyTestDatabase();
  });
  afterAll(async () => {
    await cleanUp(dataDir, started);
    await database?.cleanup();
  }, 30_000);
  return {
    dataDir,
    started,
    async sailing(...args) {
      if (database === undefined) throw new Error("the suite has not begun");
      const daemon = startDaemon(dataDir, ["--bus", "in-process", "--database-url", database.url, ...args]);
      started.push(daemon);
      await sails(daemon);
      return daemon;
    },
  };
}
