import { join } from "node:path";
import { openDatabase } from "./persistence/database.ts";
import { openDataDirectory } from "./persistence/dataDirectory.ts";
import { startEmbeddedPostgres } from "./persistence/embeddedPostgres.ts";
import { migrateToLatest } from "./persistence/migrate.ts";
import { createRuntimeStore } from "./persistence/runtime.store.ts";
import type { Address } from "./runtime/address.ts";
import type { Logger } from "./runtime/environment.ts";
import { createHost } from "./runtime/host.ts";
import type { ActorKind } from "./runtime/kind.ts";
import type { ReadModelTable } from "./runtime/readModel.ts";
import { createKindRegistry } from "./runtime/registry.ts";
import type { BootReport, Runtime } from "./runtime/runtime.ts";
import { createSystemEnvironment } from "./runtime/systemEnvironment.ts";
import { createSupervision } from "./supervisor/ladder.ts";

export interface OpenRuntimeOptions {
  /** Holds the lock, and the embedded Postgres when there is no `databaseUrl`. Created when missing. */
  readonly dataDirectory: string;
  /** The scope of ownership: every address begins with it, and one process owns it at a time. */
  readonly scope: Address;
  readonly kinds: readonly ActorKind[];
  /** A Postgres of your own. Without it a real one is started beside the data, and adopted again after a crash. */
  readonly databaseUrl?: string;
  /** The read-model tables that projections may write. */
  readonly tables?: readonly ReadModelTable[];
  /** Nothing is logged when absent. */
  readonly logger?: Logger;
}

export interface OpenedRuntime {
  readonly runtime: Runtime;
  readonly boot: BootReport;
  /** Ends gracefully: jobs that were sent settle within 10 s, the scope and the data directory become free, the embedded Postgres stops. */
  close(): Promise<void>;
}

/**
 * A started runtime on Postgres, with every actor of the scope as it was. Rejects when another living process owns the data directory
 * or the scope, or when a kind breaks the rules of durable machines (`KindRefused`).
 */
export async function openRuntime(options: OpenRuntimeOptions): Promise<OpenedRuntime> {
  const logger = options.logger ?? SILENT;
  const kinds = createKindRegistry(options.kinds);
  const directory = openDataDirectory(options.dataDirectory);
  const server = options.databaseUrl === undefined ? await startEmbeddedPostgres({ dataDirectory: directory.path }) : undefined;
  const database = openDatabase({ url: options.databaseUrl ?? server?.socketUrl ?? "", logger });
  await migrateToLatest(database);
  const runtime = createHost({
    scope: options.scope,
    kinds,
    store: createRuntimeStore({ url: database.url, pool: database.pool, tables: options.tables ?? [], logger }),
    supervision: createSupervision(),
    environment: createSystemEnvironment(logger),
    breadcrumbPath: join(directory.path, "transition.breadcrumb"),
  });
  const boot = await runtime.start();
  const close = async (): Promise<void> => {
    await runtime.stop({ withinMs: 10_000 });
    await database.close();
    await server?.stop();
    directory.release();
  };
  return { runtime, boot, close };
}

const SILENT: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
