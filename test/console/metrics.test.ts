import { describe, expect, it } from "vitest";
import { fleetStatus } from "../../src/console/fleetStatus.ts";
import { createMetrics } from "../../src/console/metrics.ts";
import { createViewStore } from "../../src/console/view.store.ts";
import type { RuntimeNotice } from "../../src/runtime/runtime.ts";
import { createFakeRuntime, SCOPE, START_MS, shipContext } from "./fakeRuntime.ts";
import { statusSource } from "./statusSource.ts";

const emitted = (event: { readonly type: string } & Readonly<Record<string, unknown>>): RuntimeNotice => ({
  notice: "emitted",
  address: `${SCOPE}/coordinator`,
  version: 1,
  index: 0,
  event,
  atMs: START_MS,
});

function createRig(change: { readonly lastStopMs?: number; readonly outbox?: () => Promise<never> } = {}) {
  const store = createViewStore();
  const runtime = createFakeRuntime();
  runtime.put({ address: `${SCOPE}/ship/BOSUN-1`, kind: "ship", context: shipContext("BOSUN-1") });
  store.trigger.loaded({ actors: [...runtime.actors.values()], atMs: START_MS });
  const status = () =>
    fleetStatus(
      store.getSnapshot().context,
      statusSource({
        processes: () => [{ name: "bus", status: "running", detail: "", restarts: 2 }],
        deadLetters: () => 3,
        alerts: () => [{ alert: "noProgress", subject: "BOSUN-1", text: "it stands", since: new Date(START_MS).toISOString() }],
      }),
      START_MS,
    );
  const metrics = createMetrics({
    status,
    view: () => store.getSnapshot().context,
    stats: runtime.stats,
    outbox: change.outbox ?? (() => Promise.resolve({ waiting: 4, oldestAtMs: START_MS - 2_500 })),
    lastStopMs: change.lastStopMs,
    nowMs: () => START_MS,
  });
  return { metrics, text: async () => (await metrics.scrape()).text };
}

describe("the metrics", () => {
  it("count what a start took up again: workers, orphans, cargo [R000-58]", async () => {
    const { metrics, text } = createRig();
    expect(await text()).toContain('spacetraders_daemon_tasks_recovered_total{status="orphaned"} 0');
    metrics.recovered("restarted", 3);
    metrics.noticed(emitted({ type: "cargo.liquidating", ship: "BOSUN-1", good: "IRON", units: 7 }));
    metrics.noticed(emitted({ type: "cargo.orphaned", ship: "BOSUN-1", cargo: "IRON 7", adoptedBy: null }));
    metrics.noticed(emitted({ type: "cargo.orphaned", ship: "BOSUN-2", cargo: "FUEL 7", adoptedBy: "p1.t1" }));
    metrics.noticed(emitted({ type: "task.cancelled", taskType: "COLLECT_SELL", reason: "the pipeline is over" }));
    metrics.noticed(emitted({ type: "task.cancelled", taskType: "COLLECT_SELL", reason: "orphaned task - no pipeline" }));
    const said = await text();
    expect(said).toContain('spacetraders_daemon_tasks_recovered_total{status="restarted"} 3');
    expect(said).toContain('spacetraders_daemon_tasks_recovered_total{status="cargo_recovered"} 2');
    expect(said).toContain('spacetraders_daemon_tasks_recovered_total{status="orphaned"} 1');
  });

  it("show how long the last graceful stop took, and nothing before there was one [R000-59]", async () => {
    expect(await createRig({ lastStopMs: 2_193 }).text()).toContain(
      "spacetraders_daemon_graceful_shutdown_duration_seconds 2.193\n",
    );
    expect(await createRig().text()).not.toMatch(/^spacetraders_daemon_graceful_shutdown_duration_seconds/m);
  });

  it("belong to one daemon: another one counts from nothing", async () => {
    const [one, other] = [createRig(), createRig()];
    one.metrics.requested({ operation: "purchase", outcome: "ok", waitedMs: 40, tookMs: 120 });
    one.metrics.committed("committed", 3);
    const said = await one.text();
    expect(said).toContain('spacetraders_daemon_api_requests_total{operation="purchase",outcome="ok"} 1');
    expect(said).toContain('spacetraders_daemon_api_request_duration_seconds_bucket{le="0.2",operation="purchase"} 1');
    expect(said).toContain('spacetraders_daemon_api_rate_limit_wait_seconds_bucket{le="0.01"} 0');
    expect(said).toContain('spacetraders_daemon_commit_duration_seconds_bucket{le="0.005"} 1');
    expect(await other.text()).not.toMatch(/^spacetraders_daemon_api_requests_total\{/m);
  });

  it("count a request that was held back, and give it no time: it was never sent", async () => {
    const { metrics, text } = createRig();
    metrics.requested({ operation: "orbit", outcome: "readOnly" });
    const said = await text();
    expect(said).toContain('spacetraders_daemon_api_requests_total{operation="orbit",outcome="readOnly"} 1');
    expect(said).not.toMatch(/^spacetraders_daemon_api_request_duration_seconds_\w+\{.*operation="orbit"/m);
    expect(said).toContain("spacetraders_daemon_api_rate_limit_wait_seconds_count 0");
  });

  it("show fleet, processes, mail and outbox as they are when asked", async () => {
    const said = await createRig().text();
    expect(said).toContain('spacetraders_daemon_ships{activity="waiting"} 1');
    expect(said).toContain('spacetraders_daemon_process_restarts_total{process="bus"} 2');
    expect(said).toContain('spacetraders_daemon_actors{kind="ship",status="active"} 1');
    expect(said).toContain("spacetraders_daemon_dead_letters 3");
    expect(said).toContain('spacetraders_daemon_alerts{alert="noProgress"} 1');
    expect(said).toContain('spacetraders_daemon_alerts{alert="severalOwners"} 0');
    expect(said).toContain("spacetraders_daemon_outbox_lag_seconds 2.5");
    expect(said).toContain('spacetraders_daemon_phase{phase="sailing"} 1');
    expect(said).toContain("nodejs_eventloop_lag_seconds");
    // No treasury has been read yet: unknown is not 0.
    expect(said).not.toMatch(/^spacetraders_daemon_credits /m);
  });

  it("leave out what cannot be read, and count that", async () => {
    const { text } = createRig({ outbox: () => Promise.reject(new Error("the database is away")) });
    const said = await text();
    expect(said).toContain('spacetraders_daemon_scrape_errors_total{source="outbox"} 1');
    expect(said).not.toMatch(/^spacetraders_daemon_outbox_waiting/m);
    expect(said).toContain('spacetraders_daemon_ships{activity="waiting"} 1');
  });
});
