import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeDaemonFile } from "../../src/daemon/daemonFile.ts";
import { stopGracefully } from "../../src/daemon/gracefulStop.ts";
import { createLog } from "../../src/daemon/logging.ts";
import { recordBoot } from "../../src/supervisor/uncleanBoots.ts";
import { createBench, settled } from "../supervisor/supervisorBench.ts";

const LONGER_THAN_A_STOP_MS = 3_600_000;
const PINO_ERROR = 50;
const never = (): Promise<never> => new Promise(() => undefined);

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "bosun-stop-"));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

/** A run with a fleet that does not end by being asked, on a clock that a test moves. */
function hangingRun({ closeGame = () => Promise.resolve() }: { readonly closeGame?: () => Promise<void> } = {}) {
  const bench = createBench((make) => [make("console"), make("fleet", { onStop: never, shutdownMs: LONGER_THAN_A_STOP_MS })]);
  const lines: string[] = [];
  const said: string[] = [];
  const log = createLog({ write: (line) => lines.push(line) });
  const boot = recordBoot({ dataDirectory: dataDir, nowMs: bench.clock.nowMs() });
  writeDaemonFile(dataDir, {
    pid: 1,
    version: "0.1.0",
    agent: "agent/2026-11-21/BOSUN",
    httpUrl: "http://127.0.0.1:4000",
    databaseUrl: "postgres://x",
    natsUrl: null,
    apiUrl: "http://127.0.0.1:1/v2",
    operatorToken: "t",
  });
  const run: Parameters<typeof stopGracefully>[0] = {
    config: { dataDir, databaseUrl: undefined },
    parts: { game: { api: { close: closeGame } } },
    narration: { log, say: (_level, text) => said.push(text), environment: { clock: bench.clock, logger: log.logger } },
    boot,
    supervisor: bench.supervisor,
    process,
  };
  let code: number | undefined;
  return {
    bench,
    said,
    errors: () => lines.filter((line) => JSON.parse(line).level === PINO_ERROR),
    code: () => code,
    isAnnounced: () => existsSync(join(dataDir, "daemon.json")),
    lastBoot: () => readFileSync(join(dataDir, "boots.json"), "utf8"),
    async stop() {
      void stopGracefully(run, "SIGTERM", undefined).then((exitCode) => {
        code = exitCode;
      });
      await settled();
    },
    async pass(ms: number) {
      await bench.clock.advance(ms);
      await settled();
    },
  };
}

describe("a graceful stop", () => {
  it("waits for what hangs for all but the last of its 30 s, then kills it and ends well [R000-41] [R000-42] [R000-43]", async () => {
    const run = hangingRun();
    await run.bench.supervisor.start();
    await run.stop();
    expect(run.said).toEqual(["Shutdown signal received, waiting for operations to complete..."]);
    await run.pass(28_000);
    expect([run.bench.log.slice(2), run.code(), run.isAnnounced()]).toEqual([["stop fleet"], undefined, true]);
    await run.pass(1_000);
    expect([run.bench.log.slice(2), run.code(), run.isAnnounced()]).toEqual([
      ["stop fleet", "kill fleet", "kill console"],
      0,
      false,
    ]);
    expect(run.lastBoot()).toContain('"end":"clean"');
    expect([run.errors(), run.bench.clock.nextDueAtMs()]).toEqual([[], undefined]);
  });

  it("gives up after 30 s, says what hangs as an error and ends with 1 [R000-42]", async () => {
    const run = hangingRun();
    await run.bench.supervisor.start();
    // The stop waits behind it: an operator's order is under way, and its child has all the time it wants.
    void run.bench.supervisor.terminateChild("fleet");
    await run.stop();
    await run.pass(29_999);
    expect([run.code(), run.errors()]).toEqual([undefined, []]);
    await run.pass(1);
    expect(run.code()).toBe(1);
    expect(run.errors()).toEqual([
      expect.stringContaining("Graceful shutdown failed: not done after 30 s: console, fleet still running"),
    ]);
    expect(run.lastBoot()).not.toContain('"end":"clean"');
  });

  it("has the same 30 s for what comes after the processes, and tells how that fails [R000-42]", async () => {
    const hanging = hangingRun({ closeGame: never });
    await hanging.stop();
    await hanging.pass(29_999);
    expect(hanging.code()).toBeUndefined();
    await hanging.pass(1);
    expect(hanging.code()).toBe(1);
    expect(hanging.errors().join()).toContain("not done after 30 s: nothing that is known still runs");

    const failing = hangingRun({ closeGame: () => Promise.reject(new Error("the socket is stuck")) });
    await failing.stop();
    expect(failing.code()).toBe(1);
    expect(failing.errors().join()).toContain("Graceful shutdown failed: the socket is stuck");
  });
});
