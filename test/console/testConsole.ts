import type { Hono } from "hono";
import { createConsoleApi } from "../../src/console/api.ts";
import type { AssignmentsDesk } from "../../src/console/assignments.ts";
import { type ConsoleServer, startConsoleServer } from "../../src/console/consoleServer.ts";
import { feedView } from "../../src/console/feedView.ts";
import { fleetStatus, type StatusSource } from "../../src/console/fleetStatus.ts";
import { createInspectionSocket } from "../../src/console/inspectionSocket.ts";
import { createLiveFeed, type LiveFeed } from "../../src/console/liveFeed.ts";
import type { ManufacturingDesk } from "../../src/console/manufacturing.ts";
import { createMetrics } from "../../src/console/metrics.ts";
import { createPageFiles } from "../../src/console/pageFiles.ts";
import type { TourLine } from "../../src/console/scouting.ts";
import { supervisionTree } from "../../src/console/tree.ts";
import { createViewStore, type ViewStore } from "../../src/console/view.store.ts";
import type { ActorKind } from "../../src/runtime/kind.ts";
import { silentLogger } from "../support/silentLogger.ts";
import { type FakeRuntime, SCOPE } from "./fakeRuntime.ts";
import { statusSource } from "./statusSource.ts";

export interface TestConsole {
  readonly app: Hono;
  readonly server: ConsoleServer;
  readonly feed: LiveFeed;
  readonly store: ViewStore;
  breakDatabase(): void;
  stop(): Promise<void>;
}

const clock = {
  nowMs: () => Date.now(),
  wakeAt(dueAtMs: number, wake: () => void) {
    const timer = setTimeout(wake, dueAtMs - Date.now());
    return () => clearTimeout(timer);
  },
};

/** The whole console over a fake runtime, on a free port. */
export async function startTestConsole(options: {
  readonly runtime: FakeRuntime;
  readonly operatorToken: string;
  readonly kinds: readonly Pick<ActorKind, "kind" | "machine">[];
  readonly status?: Partial<StatusSource>;
  readonly tours?: readonly TourLine[];
  readonly manufacturing?: () => ManufacturingDesk | undefined;
  readonly assignments?: () => AssignmentsDesk | undefined;
}): Promise<TestConsole> {
  const { runtime } = options;
  const store = createViewStore();
  const stopFeeding = feedView(runtime, store);
  store.trigger.loaded({ actors: await runtime.list(), atMs: Date.now() });
  let databaseOk = true;
  const source = statusSource({
    requestBudget: () => ({ queued: 2, sent: 240, rateLimited: 0, perSecondLimit: 2, usedLastMinute: 97 }),
    processes: () => [{ name: "database", status: "running", detail: "embedded Postgres, pid 4242", restarts: 0 }],
    ...options.status,
  });
  const status = () => fleetStatus(store.getSnapshot().context, source, Date.now());
  const tree = () => supervisionTree(store.getSnapshot().context, source.processes());
  const feed = createLiveFeed({ store, status, tree, environment: { clock } });
  const checks = () => [{ name: "database", ok: databaseOk, detail: databaseOk ? "answers" : "unreachable" }];
  const { operatorToken } = options;
  const { nowMs } = clock;
  const outbox = () => Promise.resolve(undefined);
  const metrics = createMetrics({
    status,
    view: () => store.getSnapshot().context,
    stats: () => undefined,
    outbox,
    lastStopMs: undefined,
    nowMs,
  });
  const resume = () => Promise.resolve("notPaused" as const);
  const app = createConsoleApi({
    runtime,
    clock,
    resume,
    status,
    tree,
    feed,
    page: createPageFiles(),
    operatorToken,
    checks,
    metrics: () => metrics.scrape(),
    manufacturing: options.manufacturing ?? (() => undefined),
    tours: {
      runtime,
      environment: { clock, ids: { nextId: () => "0a1b2c3d-id" } },
      agent: () => SCOPE,
      tours: ({ ended }) => Promise.resolve((options.tours ?? []).filter((tour) => ended || tour.endedAtMs === undefined)),
      runningTours: (system, playerId = 1) =>
        Promise.resolve((options.tours ?? []).filter((tour) => tour.system === system && tour.playerId === playerId)),
    },
    assignments: {
      list: () => Promise.resolve([]),
      desk: options.assignments ?? (() => undefined),
    },
  });
  const server = await startConsoleServer(app, 0);
  const inspection = createInspectionSocket({ runtime, scope: () => SCOPE, kinds: () => options.kinds, logger: silentLogger });
  inspection.attach(server.server);
  return {
    app,
    server,
    feed,
    store,
    breakDatabase() {
      databaseOk = false;
    },
    async stop() {
      stopFeeding();
      inspection.stop();
      feed.stop();
      await server.stop();
    },
  };
}
