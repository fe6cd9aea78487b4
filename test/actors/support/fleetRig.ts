import { createFleetKinds } from "../../../src/actors/fleetKinds.ts";
import { DEFAULT_FLEET_CONFIG, type FleetConfig } from "../../../src/actors/fleetPorts.ts";
import { createMarketBook, followCommits, hydrateMarketBook, type MarketBook } from "../../../src/actors/marketBook.store.ts";
import { fleetTables } from "../../../src/persistence/fleetTables.ts";
import type { Environment, Logger } from "../../../src/runtime/environment.ts";
import type { Runtime, RuntimeNotice } from "../../../src/runtime/runtime.ts";
import { createSystemEnvironment } from "../../../src/runtime/systemEnvironment.ts";
import { createSpaceApi } from "../../../src/space-api/client.ts";
import { Secret } from "../../../src/space-api/secret.ts";
import { createSupervision } from "../../../src/supervisor/ladder.ts";
import { restartSpecs } from "../../../src/supervisor/restartSpecs.ts";
import { type Harness, type HarnessOptions, startHarness, TestWall } from "../../simulator/support/harness.ts";
import { hostOn } from "../../support/hostFixture.ts";
import { silentLogger } from "../../support/silentLogger.ts";
import { createTestDatabase, type TestDatabase } from "../../support/testDatabase.ts";

/** The simulator names its agent TESTER. */
export const SCOPE = "agent/2026-11-21/TESTER";

/** The whole fleet on real parts: host, Postgres, HTTP client and the simulator on the machine's own clock. */
export interface FleetRig {
  readonly runtime: Runtime;
  readonly database: TestDatabase;
  readonly simulator: Harness;
  readonly marketBook: MarketBook;
  readonly notices: RuntimeNotice[];
  rows(sql: string): Promise<readonly Record<string, unknown>[]>;
  /** Stops the host (as a kill would: nothing settles) and starts another on the same database and universe. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** The machine's own clock. */
export class SystemWall extends TestWall {
  override nowMs(): number {
    return Date.now();
  }
}

export async function startFleetRig(
  options: HarnessOptions & { readonly config?: Partial<FleetConfig>; readonly logger?: Logger } = {},
): Promise<FleetRig> {
  const database = await createTestDatabase();
  const speed = options.speed ?? 60;
  const simulator = await startHarness({ limited: true, ...options, speed, wall: new SystemWall() });
  const environment: Environment = createSystemEnvironment(options.logger ?? silentLogger);
  const notices: RuntimeNotice[] = [];
  const config = { ...DEFAULT_FLEET_CONFIG, ...options.config };

  const boot = async () => {
    const spaceApi = createSpaceApi({
      baseUrl: simulator.url,
      token: new Secret(simulator.token),
      environment,
      gameSpeed: speed,
      serverClock: "same",
    });
    const marketBook = createMarketBook();
    const kinds = createFleetKinds({
      spaceApi,
      marketBook,
      gameTime: { speed },
      config,
      restartSpecs,
      logger: environment.logger,
    });
    const runtime = hostOn(database, kinds, { scope: SCOPE, tables: fleetTables, environment, supervision: createSupervision() });
    const stopFollowing = followCommits(marketBook, runtime);
    runtime.observe((notice) => notices.push(notice));
    await runtime.start();
    await hydrateMarketBook(marketBook, runtime, []);
    const born = await runtime.spawn({ address: SCOPE, kind: "agent", input: { symbol: "TESTER" } });
    if (born === "exists") await runtime.send({ to: SCOPE, event: { type: "agent.booted" } });
    return { runtime, marketBook, spaceApi, stopFollowing };
  };

  let running = await boot();
  const halt = async (withinMs: number) => {
    await running.runtime.stop({ withinMs });
    running.stopFollowing();
    await running.spaceApi.close();
  };
  return {
    get runtime() {
      return running.runtime;
    },
    get marketBook() {
      return running.marketBook;
    },
    database,
    simulator,
    notices,
    rows: async (sql) => (await database.pool.query<Record<string, unknown>>(sql)).rows,
    async restart() {
      await halt(0);
      running = await boot();
    },
    async close() {
      await halt(5_000);
      await simulator.close();
      await database.cleanup();
    },
  };
}
