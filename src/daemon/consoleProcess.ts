import type { Hono } from "hono";
import { type ConsoleSource, createConsoleApi } from "../console/api.ts";
import { startConsoleServer } from "../console/consoleServer.ts";
import type { FleetStatus } from "../console/fleetStatus.ts";
import { createInspectionSocket, type InspectableKind } from "../console/inspectionSocket.ts";
import { createLiveFeed } from "../console/liveFeed.ts";
import { createPageFiles } from "../console/pageFiles.ts";
import type { TourRoutes } from "../console/tours.api.ts";
import type { TreeNode } from "../console/tree.ts";
import type { ViewStore } from "../console/view.store.ts";
import { findPlayer } from "../persistence/fleet.store.ts";
import { listRunningTours, listTours } from "../persistence/tours.store.ts";
import type { Environment } from "../runtime/environment.ts";
import type { RunningProcess } from "../supervisor/childSpec.ts";
import { listAssignments } from "./assignmentsDesk.ts";
import { inProcess } from "./inProcess.ts";
import { need, type Parts } from "./parts.ts";
import type { RuntimeSlot } from "./runtimeSlot.ts";

export interface ConsoleOptions {
  readonly port: number;
  readonly environment: Environment;
  readonly slot: RuntimeSlot;
  readonly store: ViewStore;
  readonly status: () => FleetStatus;
  readonly tree: () => TreeNode;
  readonly operatorToken: string;
  readonly resume: () => Promise<"resumed" | "notPaused">;
  readonly kinds: () => readonly InspectableKind[];
  readonly metrics: ConsoleSource["metrics"];
  readonly checks: () => readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[];
}

/** Page, API, event stream and inspector on one loopback port. A restart comes back to the port it had. */
export async function startConsoleProcess(parts: Parts, options: ConsoleOptions): Promise<RunningProcess> {
  const { environment, store, status, tree, slot } = options;
  const feed = createLiveFeed({ store, status, tree, environment });
  const app: Hono = createConsoleApi({
    runtime: slot,
    clock: environment.clock,
    status,
    tree,
    feed,
    page: createPageFiles(),
    operatorToken: options.operatorToken,
    resume: options.resume,
    metrics: options.metrics,
    manufacturing: () => parts.manufacturing,
    tours: tourSource(parts, options),
    assignments: {
      list: () => listAssignments(need(parts.database, "the database"), need(parts.game, "the game").scope),
      desk: () => parts.assignments,
    },
    checks: options.checks,
  });
  const before = parts.httpUrl === undefined ? options.port : Number(new URL(parts.httpUrl).port);
  const server = await startConsoleServer(app, before);
  if (server.moved)
    environment.logger.warn({ wanted: before, url: server.url }, `port ${before} is taken; the console is at ${server.url}`);
  parts.httpUrl = server.url;
  const inspection = createInspectionSocket({
    runtime: slot,
    scope: () => need(parts.game, "the game").scope,
    kinds: options.kinds,
    logger: environment.logger,
  });
  inspection.attach(server.server);
  return inProcess(
    async () => {
      inspection.stop();
      feed.stop();
      await server.stop();
    },
    { url: server.url },
  );
}

function tourSource(parts: Parts, { slot, environment }: ConsoleOptions): TourRoutes {
  const agent = () => need(parts.game, "the game").scope;
  const database = () => need(parts.database, "the database");
  return {
    runtime: slot,
    environment,
    agent,
    tours: (options) => listTours(database(), agent(), options),
    async runningTours(system, player) {
      const playerId = player ?? (await findPlayer(database(), agent()))?.id;
      return playerId === undefined ? [] : await listRunningTours(database(), { system, playerId });
    },
  };
}
