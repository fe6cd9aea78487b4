/**
 * A start of the fleet within a run, from the era to the view: the first one, one after a failure, one after a reset.
 * Invariant: what is shown belongs to the scope that is played.
 */
import type { FleetConfig } from "../actors/fleetPorts.ts";
import { MAX_ENDED, type ViewStore } from "../console/view.store.ts";
import { countTasksByStatus } from "../persistence/manufacturing.store.ts";
import type { ActorKind } from "../runtime/kind.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { RunningProcess } from "../supervisor/childSpec.ts";
import type { BootRecord } from "../supervisor/uncleanBoots.ts";
import type { BusLink } from "./busLink.ts";
import type { DaemonWatch } from "./daemonWatch.ts";
import { enterEra } from "./era.ts";
import { startFleetProcess } from "./fleetProcess.ts";
import type { GameOptions } from "./gameProcess.ts";
import type { Narration } from "./narration.ts";
import { need, type Parts } from "./parts.ts";
import { recoveryText, watchRecovery } from "./recoveryLine.ts";
import type { RuntimeSlot } from "./runtimeSlot.ts";

interface StartingRun {
  readonly policy: FleetConfig;
  readonly parts: Parts;
  readonly narration: Narration;
  readonly slot: RuntimeSlot;
  readonly store: ViewStore;
  readonly watch: DaemonWatch;
  readonly boot: BootRecord;
  readonly gameOptions: (signal: AbortSignal) => GameOptions;
}

export interface FleetStart {
  /** Enters the era that is played and starts its actors; resolves when they are awake and shown. */
  start(busLink: BusLink, signal: AbortSignal): Promise<RunningProcess>;
  /** The actors' kinds; none before the first start. */
  readonly kinds: () => readonly ActorKind[];
}

export function createFleetStart(run: StartingRun): FleetStart {
  const { parts, narration, slot, store, watch } = run;
  const { environment } = narration;
  const say: Narration["say"] = (level, text, fields) => narration.say(level, text, fields);
  let kinds: readonly ActorKind[] = [];
  /** Whose actors the view holds. */
  let shownScope: string | undefined;

  async function start(busLink: BusLink, signal: AbortSignal): Promise<RunningProcess> {
    const game = run.gameOptions(signal);
    await enterEra(parts, { game, environment, say, waits: watch.eraWaits });
    const { scope } = need(parts.game, "the game");
    watch.beginFleet();
    if (shownScope !== undefined && shownScope !== scope) store.trigger.forgotten();
    shownScope = scope;
    const recovery = watchRecovery({
      observe: (observer) => slot.observe(observer),
      clock: environment.clock,
      tell: (report) => say("good", recoveryText(report), { recovery: report }),
    });
    const child = await startFleetProcess(parts, {
      dataDir: game.dataDir,
      environment,
      slot,
      busLink,
      crashPoint: game.crashPoint,
      config: run.policy,
      counter: watch.counter,
      tell: say,
      onAwake: async (runtime, awake) => {
        kinds = awake;
        await loadView(runtime);
      },
    });
    const { boot } = parts;
    if (boot !== undefined && boot.actors > 0) {
      recovery.begin(boot);
      watch.countWorkers();
    } else recovery.stop();
    run.boot.markReady();
    return child;
  }

  /** The view after a start: the ended are counted by the database and only the latest are read. */
  async function loadView(runtime: Runtime): Promise<void> {
    const { database, game } = parts;
    const actors = await runtime.list({ latestEnded: MAX_ENDED });
    const tasks = await countTasksByStatus(need(database, "the database"), need(game, "the game").scope);
    store.trigger.loaded({ actors, tasks, atMs: environment.clock.nowMs() });
  }

  return { start, kinds: () => kinds };
}
