import { Counter, Gauge, type Registry } from "prom-client";
import type { RuntimeStats } from "../runtime/runtime.ts";
import { ALERT_KINDS } from "./alerts.ts";
import type { FleetStatus } from "./fleetStatus.ts";
import type { FleetView } from "./view.store.ts";

/** What is read at each scrape. */
export interface GaugeSource {
  readonly status: () => FleetStatus;
  readonly view: () => FleetView;
  /** Undefined while no host runs. */
  readonly stats: () => RuntimeStats | undefined;
  /** Events that the bus has not taken; undefined while the database is not open. */
  readonly outbox: () => Promise<OutboxLag | undefined>;
  /** How long the last graceful stop of this data directory took; undefined when there was none. */
  readonly lastStopMs: number | undefined;
  readonly nowMs: () => number;
}

interface OutboxLag {
  readonly waiting: number;
  readonly oldestAtMs: number | undefined;
}

/** Numbers that the daemon holds anyway, copied when they are asked for. One that is not known has no series; a source that fails is counted. */
export function createGauges(registry: Registry, prefix: string, source: GaugeSource): { refresh(): Promise<void> } {
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []): Gauge<Label> =>
    new Gauge({ name: prefix + name, help, labelNames, registers: [registry] });
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> =>
    new Counter({ name: prefix + name, help, labelNames, registers: [registry] });
  const daemon = {
    info: gauge("info", "Always 1", ["version", "agent", "simulator"]),
    phase: gauge("phase", "1 for the phase the daemon is in", ["phase"]),
    up: gauge("process_up", "1 while a child of the process tree runs, or is somebody else's", ["process"]),
    restarts: counter("process_restarts_total", "Restarts of children of the process tree", ["process"]),
    recovery: gauge("recovery_duration_seconds", "How long the last start took to bring the actors back"),
    stop: gauge("graceful_shutdown_duration_seconds", "How long the last graceful stop took, before this start"),
  };
  const fleet = {
    credits: gauge("credits", "The agent's balance"),
    perHour: gauge("credits_per_game_hour", "Earned per hour of game time, over at most the last one"),
    ships: gauge("ships", "Ships by what they do", ["activity"]),
    tasks: gauge("tasks", "Tasks by state, those that ended included", ["state"]),
    pipelines: gauge("pipelines", "Pipelines that have not ended, by state", ["state"]),
    queued: gauge("api_requests_queued", "Requests waiting for their turn"),
  };
  const runtime = {
    actors: gauge("actors", "Living actors", ["kind", "status"]),
    mailbox: gauge("mailbox_depth", "Messages waiting to be applied"),
    jobs: gauge("jobs_running", "Jobs under way"),
    alerts: gauge("alerts", "What a person should look at now, by kind", ["alert"]),
    deadLetters: gauge("dead_letters", "Dead letters that nobody has replayed"),
    waiting: gauge("outbox_waiting", "Events that the bus has not taken yet"),
    lag: gauge("outbox_lag_seconds", "Age of the oldest event that the bus has not taken yet"),
  };
  const errors = counter("scrape_errors_total", "Sources that could not be read for a scrape", ["source"]);

  function refreshDaemon({ version, agent, simulator, phase, processes, boot }: FleetStatus): void {
    setAll(daemon.info, [[{ version, agent, simulator: String(simulator) }, 1]]);
    setAll(
      daemon.phase,
      [...PHASES].map((name) => [{ phase: name }, name === phase ? 1 : 0]),
    );
    setAll(
      daemon.up,
      processes.map(({ name, status }) => [{ process: name }, Number(status === "running" || status === "external")]),
    );
    daemon.restarts.reset();
    for (const { name, restarts } of processes) daemon.restarts.inc({ process: name }, restarts);
    setKnown(daemon.recovery, boot === null ? undefined : boot.tookMs / 1_000);
    setKnown(daemon.stop, source.lastStopMs === undefined ? undefined : source.lastStopMs / 1_000);
  }

  function refreshFleet({ credits, creditsPerHour, ships, tasks, pipelines, requestBudget }: FleetStatus): void {
    setKnown(fleet.credits, credits ?? undefined);
    setKnown(fleet.perHour, creditsPerHour ?? undefined);
    setAll(
      fleet.ships,
      tally(ships, ({ activity }) => ({ activity })),
    );
    setAll(
      fleet.tasks,
      Object.entries(tasks).map(([state, count]) => [{ state }, count]),
    );
    const open = pipelines.filter(({ status }) => status === "PLANNING" || status === "EXECUTING");
    setAll(
      fleet.pipelines,
      tally(open, ({ status: state }) => ({ state })),
    );
    setKnown(fleet.queued, requestBudget?.queued);
  }

  function refreshRuntime({ deadLetters, alerts }: FleetStatus): void {
    const living = [...source.view().actors.values()].filter(({ status }) => status !== "done" && status !== "stopped");
    setAll(
      runtime.actors,
      tally(living, ({ kind, status }) => ({ kind, status })),
    );
    const stats = source.stats();
    setKnown(runtime.mailbox, stats?.mailboxDepth);
    setKnown(runtime.jobs, stats?.jobsRunning);
    runtime.deadLetters.set(deadLetters);
    const raised = (kind: string): number => alerts.filter(({ alert }) => alert === kind).length;
    setAll(
      runtime.alerts,
      ALERT_KINDS.map((alert) => [{ alert }, raised(alert)]),
    );
  }

  async function refreshOutbox(): Promise<void> {
    let lag: OutboxLag | undefined;
    try {
      lag = await source.outbox();
    } catch {
      errors.inc({ source: "outbox" });
    }
    setKnown(runtime.waiting, lag?.waiting);
    const ageMs = lag === undefined ? undefined : source.nowMs() - (lag.oldestAtMs ?? source.nowMs());
    setKnown(runtime.lag, ageMs === undefined ? undefined : Math.max(0, ageMs) / 1_000);
  }

  return {
    async refresh() {
      const status = source.status();
      refreshDaemon(status);
      refreshFleet(status);
      refreshRuntime(status);
      await refreshOutbox();
    },
  };
}

const PHASES: readonly FleetStatus["phase"][] = ["starting", "sailing", "paused", "stopping"];

function setKnown(gauge: Gauge, value: number | undefined): void {
  if (value === undefined) gauge.remove();
  else gauge.set(value);
}

/** Replaces all series of a gauge: one that no longer applies disappears instead of standing still. */
function setAll<Label extends string>(
  gauge: Gauge<Label>,
  series: readonly (readonly [Partial<Record<Label, string>>, number])[],
): void {
  gauge.reset();
  for (const [labels, value] of series) gauge.set(labels, value);
}

function tally<Item, Label extends string>(
  items: readonly Item[],
  labelsOf: (item: Item) => Record<Label, string>,
): readonly (readonly [Record<Label, string>, number])[] {
  const counts = new Map<string, { readonly labels: Record<Label, string>; count: number }>();
  for (const item of items) {
    const labels = labelsOf(item);
    const key = JSON.stringify(labels);
    const known = counts.get(key);
    if (known === undefined) counts.set(key, { labels, count: 1 });
    else known.count += 1;
  }
  return [...counts.values()].map(({ labels, count }) => [labels, count]);
}
