import type { Config } from "../config.ts";
import type { ConsoleSource } from "../console/api.ts";
import type { DaemonPhase, FleetStatus } from "../console/fleetStatus.ts";
import type { Palette } from "../console/terminalText.ts";
import { supervisionTree } from "../console/tree.ts";
import type { ViewStore } from "../console/view.store.ts";
import type { ActorKind } from "../runtime/kind.ts";
import type { RunningProcess } from "../supervisor/childSpec.ts";
import { fleetSupervisor } from "../supervisor/fleet.supervisor.ts";
import { createProcessSupervisor, type ProcessSupervisor } from "../supervisor/processSupervisor.ts";
import { startSidecar } from "../supervisor/sidecar.ts";
import { simulatorSidecar } from "../supervisor/sidecars/simulator.ts";
import { openingBanner } from "./banner.ts";
import { type BusLink, createBusLink } from "./busLink.ts";
import { chooseBus, startBusProcess } from "./busProcess.ts";
import { startConsoleProcess } from "./consoleProcess.ts";
import { startDatabaseProcess } from "./databaseProcess.ts";
import { type GameOptions, startGameProcess } from "./gameProcess.ts";
import { createHealthMonitor } from "./healthProcess.ts";
import type { Narration } from "./narration.ts";
import type { Parts } from "./parts.ts";
import { type processLines, supervisionWords } from "./processLines.ts";
import type { RuntimeSlot } from "./runtimeSlot.ts";
import { chooseUniverse, rememberUniverse } from "./universeChoice.ts";

/** What the children of the tree share, and what they ask of the run. */
export interface TreeWiring {
  readonly config: Config;
  readonly version: string;
  readonly palette: Palette;
  /** Where a nats-server is looked for. */
  readonly path: string | undefined;
  readonly parts: Parts;
  readonly narration: Narration;
  readonly slot: RuntimeSlot;
  readonly store: ViewStore;
  readonly operatorToken: string;
  /** Ends what still waits when the run is over. */
  readonly signal: AbortSignal;
  readonly phase: () => DaemonPhase;
  readonly status: () => FleetStatus;
  readonly processes: () => ReturnType<typeof processLines>;
  readonly kinds: () => readonly ActorKind[];
  readonly gameOptions: (signal: AbortSignal) => GameOptions;
  readonly metrics: ConsoleSource["metrics"];
  readonly lookAtFleet: () => Promise<void>;
  /** Undefined while the fleet is paused. */
  readonly startFleet: (busLink: BusLink, signal: AbortSignal) => Promise<RunningProcess | undefined>;
  readonly resume: (supervisor: ProcessSupervisor) => Promise<"resumed" | "notPaused">;
  /** A part has been started again, perhaps at another port. */
  readonly moved: () => void;
}

/** The tree of one run, bound to its parts; nothing is started yet. Says what is chosen in the opening banner. */
export function buildDaemonTree(run: TreeWiring): { supervisor: ProcessSupervisor; natsUrl: () => string | undefined } {
  const { config, parts, narration, slot, store, status, signal } = run;
  const { environment } = narration;
  const { clock, logger } = environment;
  const { dataDir, apiUrl, databaseUrl, speed, agent } = config;
  const choice = chooseBus(config, run.path);
  const universe = apiUrl === undefined ? { ...chooseUniverse(dataDir, config), speed } : undefined;
  const busLink = createBusLink({
    environment,
    slot,
    version: run.version,
    natsCreds: config.natsCreds,
    status,
  });
  const isSailing = () => run.phase() === "sailing";
  const health = createHealthMonitor({ parts, environment, busCheck: busLink.describe, isSailing, lookAtFleet: run.lookAtFleet });
  const facts = { version: run.version, dataDir, databaseUrl, bus: choice, apiUrl, universe, agent };
  narration.banner(openingBanner(facts, run.palette));
  const tree = fleetSupervisor({
    database: (abort) =>
      databaseUrl === undefined
        ? startDatabaseProcess(parts, {
            dataDir,
            clock,
            logger,
            signal: either(abort, signal),
            isEnding: () => run.phase() === "stopping",
          })
        : Promise.resolve(undefined),
    bus: (abort) => startBusProcess({ choice, dataDir, clock, signal: abort, useUrl: busLink.useUrl }),
    simulator: async (abort) => {
      if (universe === undefined) return undefined;
      const sidecar = await startSidecar(simulatorSidecar({ dataDirectory: dataDir, agent, ...universe }), clock, abort);
      rememberUniverse(dataDir, universe);
      return sidecar;
    },
    requestBudget: (abort) => startGameProcess(parts, run.gameOptions(abort)),
    console: () =>
      startConsoleProcess(parts, {
        port: config.httpPort,
        environment,
        slot,
        store,
        status,
        tree: () => supervisionTree(store.getSnapshot().context, run.processes()),
        operatorToken: run.operatorToken,
        resume: () => run.resume(supervisor),
        kinds: run.kinds,
        metrics: run.metrics,
        checks: health.checks,
      }),
    healthMonitor: () => Promise.resolve(health.start()),
    agentHost: (abort) => run.startFleet(busLink, either(abort, signal)),
  });
  const supervisor: ProcessSupervisor = createProcessSupervisor(tree, {
    ...environment,
    onNotice: (notice) => {
      if (notice.notice === "started" && run.phase() === "sailing") run.moved();
      const words = supervisionWords(notice);
      if (words !== undefined && run.phase() !== "stopping") narration.say(words.level, words.text);
    },
  });
  return { supervisor, natsUrl: busLink.url };
}

function either(left: AbortSignal, right: AbortSignal): AbortSignal {
  return AbortSignal.any([left, right]);
}
