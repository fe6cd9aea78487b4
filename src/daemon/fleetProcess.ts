import { join } from "node:path";
import { createFleetKinds } from "../actors/fleetKinds.ts";
import { DEFAULT_FLEET_CONFIG, type FleetConfig } from "../actors/fleetPorts.ts";
import { createMarketBook, followCommits, hydrateMarketBook } from "../actors/marketBook.store.ts";
import { fleetTables } from "../persistence/fleetTables.ts";
import { createRuntimeStore } from "../persistence/runtime.store.ts";
import type { Environment } from "../runtime/environment.ts";
import { createHost } from "../runtime/host.ts";
import type { HostLimits } from "../runtime/hostOptions.ts";
import type { ActorKind } from "../runtime/kind.ts";
import { createKindRegistry } from "../runtime/registry.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { RunningProcess } from "../supervisor/childSpec.ts";
import { createSupervision } from "../supervisor/ladder.ts";
import { restartSpecs } from "../supervisor/restartSpecs.ts";
import { createAssignmentsDesk } from "./assignmentsDesk.ts";
import type { BusLink } from "./busLink.ts";
import { type WorkCounter, withCountedCommits, withCountedJobs } from "./countedWork.ts";
import type { AnyCrashPoint } from "./crashPoints.ts";
import { type InProcess, inProcess } from "./inProcess.ts";
import { createManufacturingDesk } from "./manufacturingDesk.ts";
import { need, type Parts } from "./parts.ts";
import { createRecovery, type Tell } from "./recovery.ts";
import type { RuntimeSlot } from "./runtimeSlot.ts";
import { readStoredQuotes, storedActors } from "./storedKnowledge.ts";

export interface FleetOptions {
  readonly dataDir: string;
  readonly environment: Environment;
  readonly slot: RuntimeSlot;
  readonly busLink: BusLink;
  readonly crashPoint: ((point: AnyCrashPoint) => void) | undefined;
  readonly config?: FleetConfig;
  readonly limits?: Partial<HostLimits>;
  /** Opens the store of the actors; a simulation on a virtual clock counts its statements here. */
  readonly openStore?: typeof createRuntimeStore;
  readonly counter?: WorkCounter;
  /** Hears what a start finds and does about it. */
  readonly tell?: Tell;
  /** Told once per start, when the runtime is awake. */
  readonly onAwake: (runtime: Runtime, kinds: readonly ActorKind[]) => Promise<void>;
}

/** The host of the agent's durable actors, as a child of the root: awake, and its root actor present. */
export async function startFleetProcess(parts: Parts, options: FleetOptions): Promise<RunningProcess> {
  const { environment, slot, crashPoint } = options;
  const { logger } = environment;
  const game = need(parts.game, "the game");
  const database = need(parts.database, "the database");
  const marketBook = createMarketBook();
  const ports = {
    spaceApi: game.api,
    marketBook,
    gameTime: { speed: game.gameSpeed },
    config: options.config ?? DEFAULT_FLEET_CONFIG,
    restartSpecs,
    logger,
  };
  const { counter } = options;
  const fleetKinds = createFleetKinds(ports);
  const kinds = counter === undefined ? fleetKinds : withCountedJobs(fleetKinds, counter);
  const tables = fleetTables;
  const opened = (options.openStore ?? createRuntimeStore)({ url: database.url, pool: database.pool, tables, logger });
  const store = counter === undefined ? opened : withCountedCommits(opened, counter);
  let child: InProcess | undefined;
  const registry = createKindRegistry(kinds);
  const { tell = () => undefined } = options;
  const recovery = createRecovery({ database, kinds: registry, scope: game.scope, clock: environment.clock, tell });
  const runtime = createHost({
    scope: game.scope,
    kinds: registry,
    store,
    beforeOpen: recovery.beforeOpen,
    supervision: createSupervision(),
    environment,
    breadcrumbPath: join(options.dataDir, "transition.breadcrumb"),
    onForeignMail: (scope) => options.busLink.ringFor(scope),
    onFenced: () => failWith(new Error(`another daemon has taken ${game.scope}`)),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    ...(crashPoint === undefined ? {} : { crashPoints: crashPoint }),
  });
  const empty = slot.fill(runtime);
  const stopFollowing = followCommits(marketBook, runtime);
  await hydrateMarketBook(marketBook, storedActors(database, game.scope), await readStoredQuotes(database, game.scope));
  const sleep = async (withinMs: number): Promise<void> => {
    delete parts.onGameMoved;
    delete parts.onEraOver;
    delete parts.manufacturing;
    delete parts.assignments;
    const report = await runtime.stop({ withinMs });
    logger.info(report, "the actors are asleep");
    await options.busLink.stop(withinMs);
    stopFollowing();
    empty();
  };
  /** The supervisor starts a new host only when this one is no more. */
  function failWith(error: Error): void {
    sleep(0).then(
      () => child?.fail(error),
      (cause: unknown) => child?.fail(new Error(`${error.message}; it did not stop: ${String(cause)}`)),
    );
  }
  function endEra(): void {
    sleep(ERA_END_MS).then(
      () => child?.finish(),
      (cause: unknown) => child?.fail(new Error(`the actors of an era that is over did not stop: ${String(cause)}`)),
    );
  }
  try {
    parts.boot = await runtime.start();
    const recovered = await recovery.afterStart(runtime);
    if (recovered !== undefined) parts.recovery = recovered;
    const born = await runtime.spawn({ address: game.scope, kind: "agent", input: { symbol: game.agentSymbol } });
    await options.onAwake(runtime, kinds);
    if (born === "exists") await runtime.send({ to: game.scope, event: { type: "agent.booted" }, from: "daemon" });
  } catch (error) {
    await sleep(0);
    throw error;
  }
  options.busLink.activate(game.scope, store);
  const { config, gameTime } = ports;
  const { scope } = game;
  parts.manufacturing = createManufacturingDesk({
    runtime,
    scope,
    database,
    marketBook,
    config,
    speed: gameTime.speed,
    environment,
  });
  parts.assignments = createAssignmentsDesk({ runtime, scope, database, environment });
  parts.onGameMoved = failWith;
  child = inProcess(sleep, { scope: game.scope });
  parts.onEraOver = endEra;
  // The game may have said so while we started.
  if (parts.eraOver !== undefined) endEra();
  return child;
}

/** Answers that are on their way when an era ends get this long; there will be none that mean anything. */
const ERA_END_MS = 3_000;
