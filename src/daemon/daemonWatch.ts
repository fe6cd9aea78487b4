/** What is counted of a run, and what of it needs a person: metrics and alerts, fed from the same places. */
import type { Alert } from "../console/alerts.ts";
import type { FleetStatus } from "../console/fleetStatus.ts";
import { createMetrics } from "../console/metrics.ts";
import type { ViewStore } from "../console/view.store.ts";
import { listHeldShips } from "../persistence/assignments.store.ts";
import { readOutboxLag } from "../persistence/outbox.store.ts";
import type { RuntimeNotice } from "../runtime/runtime.ts";
import type { RequestReport } from "../space-api/requester.ts";
import type { WorkCounter } from "./countedWork.ts";
import { createFleetAlerts, type FleetAlerts } from "./fleetAlerts.ts";
import type { Narration } from "./narration.ts";
import { need, type Parts } from "./parts.ts";
import type { RuntimeSlot } from "./runtimeSlot.ts";

export interface DaemonWatch {
  /** For what the fleet's host does. */
  readonly counter: WorkCounter;
  /** Feed for `Runtime.observe`. */
  readonly noticed: (notice: RuntimeNotice) => void;
  /** An exchange with the game. */
  readonly exchanged: (report: RequestReport) => void;
  readonly scrape: ReturnType<typeof createMetrics>["scrape"];
  readonly alerts: () => readonly Alert[];
  /** The game of `parts` is played from now on: what was seen of another counts no more. */
  beginFleet(): void;
  lookAtFleet(): Promise<void>;
  /** Why the next era cannot begin yet; undefined once it can. */
  readonly eraWaits: (why: string | undefined) => void;
  /** Actors came back with a start: their workers count as restarted (R000-58). */
  countWorkers(): void;
}

export function createDaemonWatch(run: {
  readonly parts: Parts;
  readonly slot: RuntimeSlot;
  readonly store: ViewStore;
  readonly narration: Narration;
  readonly status: () => FleetStatus;
  readonly isSailing: () => boolean;
  /** Of the last graceful stop before this run. */
  readonly lastStopMs: number | undefined;
}): DaemonWatch {
  const { parts, narration } = run;
  const { clock } = narration.environment;
  const view = () => run.store.getSnapshot().context;
  const nowMs = () => clock.nowMs();
  const metrics = createMetrics({
    status: run.status,
    view,
    stats: () => run.slot.stats(),
    async outbox() {
      const { database, game } = parts;
      return database === undefined || game === undefined ? undefined : await readOutboxLag(database, game.scope);
    },
    lastStopMs: run.lastStopMs,
    nowMs,
  });
  let fleet: FleetAlerts | undefined;
  let waiting: Alert | undefined;
  return {
    counter: metrics,
    scrape: () => metrics.scrape(),
    noticed(notice) {
      metrics.noticed(notice);
      fleet?.noticed(notice);
    },
    exchanged(report) {
      metrics.requested(report);
      if (report.outcome === "ok" || report.outcome === "refused") fleet?.answered();
    },
    alerts: () => [...(waiting === undefined ? [] : [waiting]), ...(fleet?.current() ?? [])],
    beginFleet() {
      const { gameSpeed, readOnly, scope } = need(parts.game, "the game");
      fleet = createFleetAlerts({
        gameSpeed,
        view,
        isAtWork: () => run.isSailing() && readOnly !== true,
        heldShips: () => listHeldShips(need(parts.database, "the database"), scope),
        nowMs,
        say: (level, text, fields) => narration.say(level, text, fields),
      });
    },
    lookAtFleet: async () => await fleet?.look(),
    eraWaits(why) {
      const since = waiting?.since ?? new Date(nowMs()).toISOString();
      waiting = why === undefined ? undefined : { alert: "eraWaits", subject: null, text: why, since };
    },
    countWorkers() {
      const workers = [...view().actors.values()].filter(
        ({ status, facts }) => status === "active" && facts.facts === "task" && AT_WORK.has(facts.status),
      );
      metrics.recovered("restarted", workers.length);
    },
  };
}

const AT_WORK: ReadonlySet<string> = new Set(["ASSIGNED", "EXECUTING"]);
