import { openDatabase, waitForDatabase } from "../persistence/database.ts";
import { startEmbeddedPostgres } from "../persistence/embeddedPostgres.ts";
import { migrateToLatest } from "../persistence/migrate.ts";
import type { Clock, Logger } from "../runtime/environment.ts";
import type { EndReason, RunningProcess } from "../supervisor/childSpec.ts";
import type { Parts } from "./parts.ts";

const LOOK_EVERY_MS = 1_000;

/** The embedded Postgres as a child; its end is found by looking, since an adopted server is nobody's child of ours. */
export async function startDatabaseProcess(
  parts: Parts,
  options: {
    readonly dataDir: string;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly signal: AbortSignal;
    /** Whether the whole daemon stops. */
    readonly isEnding: () => boolean;
  },
): Promise<RunningProcess> {
  const { clock, logger } = options;
  const server = await startEmbeddedPostgres({ dataDirectory: options.dataDir });
  logger.info({ origin: server.origin, pid: server.identity.pid, tookMs: server.tookMs }, "embedded Postgres is up");
  await prepareDatabase(parts, { url: server.socketUrl, publicUrl: server.url, logger, signal: options.signal });
  let cancelLook = (): void => undefined;
  const ended = new Promise<EndReason>((resolve) => {
    const look = (): void => {
      if (!server.isAlive()) resolve({ how: "failed", error: new Error(`Postgres ended; see ${server.logFile}`) });
      else cancelLook = clock.wakeAt(clock.nowMs() + LOOK_EVERY_MS, look);
    };
    look();
  });
  let stopped: (reason: EndReason) => void = () => undefined;
  const stoppedByUs = new Promise<EndReason>((resolve) => {
    stopped = resolve;
  });
  return {
    ended: Promise.race([ended, stoppedByUs]),
    detail: { pid: server.identity.pid, origin: server.origin },
    async stop(how) {
      cancelLook();
      // First our own connections, or the server would tell each of them that it is being shut down. A restart keeps the pool: the
      // actors hold on to it, and it connects again by itself.
      if (options.isEnding()) await parts.database?.close();
      await server.stop(how?.withinMs === undefined ? undefined : { withinMs: how.withinMs });
      stopped({ how: "normal" });
    },
  };
}

/** Waits for the database, however long it takes (G12), and brings it to this version. A pool that is open already is kept. */
export async function prepareDatabase(
  parts: Parts,
  options: { readonly url: string; readonly publicUrl: string; readonly logger: Logger; readonly signal: AbortSignal },
): Promise<void> {
  const { url, publicUrl, logger, signal } = options;
  if (parts.database !== undefined && parts.database.url !== url) await parts.database.close();
  const kept = parts.database?.url === url ? parts.database : undefined;
  const database = kept ?? { ...openDatabase({ url, logger }), publicUrl };
  parts.database = database;
  await waitForDatabase(database, logger, signal);
  const applied = await migrateToLatest(database);
  if (applied.length > 0) logger.info({ applied: applied.join(", ") }, "the database was brought to this version");
}
