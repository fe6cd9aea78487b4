import { describe, expect, it } from "vitest";
import { daemonBed } from "./daemonBed.ts";
import { readDaemonFile } from "./daemonProcess.ts";
import { nextTrade } from "./fleetWatch.ts";

describe("what Prometheus reads of a daemon", { timeout: 60_000 }, () => {
  const bed = daemonBed();
  const scrape = async () => await fetch(`${readDaemonFile(bed.dataDir).httpUrl}/metrics`);

  it("tells of the workers that a kill -9 interrupted, and of the stop before this start [R000-58] [R000-59]", async () => {
    const first = await bed.sailing();
    // Whoever trades works on a task, and goes on with it.
    await nextTrade(first, 0);
    const response = await scrape();
    expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    const before = await response.text();
    expect(before).toMatch(/^spacetraders_daemon_api_requests_total\{operation="purchase",outcome="ok"\} [1-9]/m);
    expect(before).toMatch(/^spacetraders_daemon_tasks_recovered_total\{status="restarted"\} 0$/m);
    first.child.kill("SIGKILL");
    await first.exit;

    const second = await bed.sailing();
    const recovered = await (await scrape()).text();
    expect(recovered).toMatch(/^spacetraders_daemon_tasks_recovered_total\{status="restarted"\} [1-9]/m);
    expect(recovered).not.toMatch(/^spacetraders_daemon_graceful_shutdown_duration_seconds/m);
    second.child.kill("SIGTERM");
    expect(await second.exit).toEqual({ code: 0, signal: null });
    const stop = second
      .lines()
      .find((line) => typeof line["tookMs"] === "number" && String(line["msg"]).startsWith("stopped in"));

    await bed.sailing();
    const seconds = Number(stop?.["tookMs"]) / 1_000;
    expect(await (await scrape()).text()).toContain(`spacetraders_daemon_graceful_shutdown_duration_seconds ${seconds}\n`);
  });
});
