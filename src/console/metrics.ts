/**
 * What Prometheus reads at `/metrics`. Invariants: one registry per daemon, nothing global; labels are closed or nearly closed lists (kinds, operations,
 * states), never ships, tasks or actors; a number that the daemon holds anyway is read when it is scraped, so nobody pays for what nobody
 * reads.
 */
import { Counter, collectDefaultMetrics, Histogram, Registry } from "prom-client";
import { ORPHANED_TASK } from "../domain/cargoReconciliation.ts";
import type { RuntimeNotice } from "../runtime/runtime.ts";
import { createGauges, type GaugeSource } from "./metricGauges.ts";

export interface Metrics {
  /** The text of a scrape, and its content type. */
  scrape(): Promise<{ readonly text: string; readonly contentType: string }>;
  /** Feed for `Runtime.observe`. */
  readonly noticed: (notice: RuntimeNotice) => void;
  /** One request to the game. */
  readonly requested: (report: RequestLine) => void;
  /** One statement of the commit loop. */
  readonly committed: (result: string, tookMs: number) => void;
  /** A job that was broken off, by its name: its actor went on, or ran out of patience, or the daemon stops. */
  readonly cancelled: (operation: string) => void;
  readonly recovered: (status: RecoveredTask, tasks: number) => void;
}

interface RequestLine {
  readonly operation: string;
  readonly outcome: string;
  /** For its turn, and for its answer; absent for a request that was not sent. */
  readonly waitedMs?: number;
  readonly tookMs?: number;
}

type RecoveredTask = "restarted" | "orphaned" | "cargo_recovered";

const PREFIX = "spacetraders_daemon_";

/** The daemon's metrics. Node's own are collected from the first scrape on. */
export function createMetrics(source: GaugeSource): Metrics {
  const registry = new Registry();
  const counts = createCounts(registry);
  const gauges = createGauges(registry, PREFIX, source);
  let begun = false;
  return {
    async scrape() {
      // Its sampler of the event loop ticks a hundred times a second, so not before somebody reads it.
      if (!begun) collectDefaultMetrics({ register: registry });
      begun = true;
      await gauges.refresh();
      return { text: await registry.metrics(), contentType: registry.contentType };
    },
    noticed: (notice) => countNotice(counts, notice),
    requested({ operation, outcome, waitedMs, tookMs }) {
      counts.requests.inc({ operation, outcome });
      if (tookMs !== undefined) counts.requestSeconds.observe({ operation }, tookMs / 1_000);
      if (waitedMs !== undefined) counts.waitSeconds.observe(waitedMs / 1_000);
    },
    committed(result, tookMs) {
      counts.commits.inc({ result });
      counts.commitSeconds.observe(tookMs / 1_000);
    },
    cancelled: (operation) => counts.cancellations.inc({ operation }),
    recovered: (status, tasks) => counts.recovered.inc({ status }, tasks),
  };
}

type Counts = ReturnType<typeof createCounts>;

function createCounts(registry: Registry) {
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []): Counter<Label> =>
    new Counter({ name: PREFIX + name, help, labelNames, registers: [registry] });
  const histogram = <Label extends string>(
    name: string,
    help: string,
    buckets: readonly number[],
    labelNames: readonly Label[] = [],
  ): Histogram<Label> => new Histogram({ name: PREFIX + name, help, buckets: [...buckets], labelNames, registers: [registry] });
  const recovered = counter("tasks_recovered_total", "Tasks that a start took up again, by what became of them", ["status"]);
  // A series that has not happened yet reads 0, so that its first increase is seen.
  for (const status of ["restarted", "orphaned", "cargo_recovered"] as const) recovered.inc({ status }, 0);
  return {
    recovered,
    cancellations: counter("context_cancellation_total", "Jobs broken off before their request was sent, by operation", [
      "operation",
    ]),
    requests: counter("api_requests_total", "Requests to the game", ["operation", "outcome"]),
    requestSeconds: histogram(
      "api_request_duration_seconds",
      "From sending a request to its answer",
      [0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 15],
      ["operation"],
    ),
    waitSeconds: histogram(
      "api_rate_limit_wait_seconds",
      "How long a request waited for its turn under the rate limit",
      [0.001, 0.01, 0.05, 0.1, 0.5, 1, 2, 5, 15, 60],
    ),
    commits: counter("commits_total", "Statements of the commit loop, by result", ["result"]),
    commitSeconds: histogram(
      "commit_duration_seconds",
      "One statement of the commit loop",
      [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5, 30],
    ),
    failures: counter("actor_failures_total", "Failures of actors, by what supervision decided", ["kind", "decision"]),
    restarts: counter("actor_restarts_total", "Restarts of actors", ["kind", "from"]),
    deadLetters: counter("dead_letters_total", "Messages that could not be applied", ["reason"]),
    refused: counter("claims_refused_total", "Ships that were refused because somebody else holds them, by who asked", ["kind"]),
    jobs: counter("jobs_settled_total", "Jobs that ended, by name and how", ["job", "how"]),
    trades: counter("trade_credits_total", "Credits paid for goods and taken for them", ["side"]),
    pipelines: counter("pipelines_ended_total", "Pipelines that ended", ["status"]),
    pipelineCost: counter("pipeline_cost_credits_total", "What ended pipelines had cost"),
    pipelineFuel: counter("pipeline_fuel_credits_total", "What the fuel burnt for ended pipelines had cost, on top of the cost"),
    pipelineRevenue: counter("pipeline_revenue_credits_total", "What ended pipelines had brought in"),
    tasks: counter("tasks_ended_total", "Tasks that ended, by type", ["type", "status"]),
  };
}

function countNotice(counts: Counts, notice: RuntimeNotice): void {
  switch (notice.notice) {
    case "failed":
      return counts.failures.inc({ kind: notice.kind, decision: notice.decision });
    case "restarted":
      return counts.restarts.inc({ kind: notice.kind, from: notice.from });
    case "deadLetter":
      return counts.deadLetters.inc({ reason: notice.reason });
    case "jobSettled":
      return counts.jobs.inc({ job: notice.src, how: notice.how });
    case "emitted":
      return countDeed(counts, notice.event);
    case "transition":
      if (notice.event.type === "ship.refused") counts.refused.inc({ kind: notice.kind });
      return;
    case "started":
    case "ended":
      return;
  }
}

type Deed = { readonly type: string } & Readonly<Record<string, unknown>>;

function countDeed(counts: Counts, event: Deed): void {
  switch (event.type) {
    case "trade.bought":
    case "trade.sold":
      return counts.trades.inc({ side: event.type.slice("trade.".length) }, amount(event, "totalCredits"));
    case "pipeline.completed":
    case "pipeline.failed":
    case "pipeline.cancelled":
      counts.pipelines.inc({ status: event.type.slice("pipeline.".length) });
      counts.pipelineCost.inc(amount(event, "costCredits"));
      counts.pipelineFuel.inc(amount(event, "fuelCredits"));
      return counts.pipelineRevenue.inc(amount(event, "revenueCredits"));
    case "task.completed":
    case "task.failed":
    case "task.cancelled":
      counts.tasks.inc({ type: word(event, "taskType"), status: event.type.slice("task.".length) });
      if (event["reason"] === ORPHANED_TASK) counts.recovered.inc({ status: "orphaned" });
      return;
    case "cargo.orphaned":
      // One that no task adopts is told again when it is sold off.
      if (typeof event["adoptedBy"] === "string") counts.recovered.inc({ status: "cargo_recovered" });
      return;
    case "cargo.liquidating":
      return counts.recovered.inc({ status: "cargo_recovered" });
  }
}

/** A field of an event from a row, maybe of another version: a counter takes no NaN and nothing below 0. */
function amount(event: Deed, field: string): number {
  const value = event[field];
  return typeof value === "number" && Number.isFinite(value) ? Math.abs(value) : 0;
}

function word(event: Deed, field: string): string {
  const value = event[field];
  return typeof value === "string" ? value.slice(0, 40) : "unknown";
}
