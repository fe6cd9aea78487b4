import { EventEmitter } from "node:events";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { chooseBus } from "../../src/daemon/busProcess.ts";
import { createCrashPoints, parseCrashAt } from "../../src/daemon/crashPoints.ts";
import { type DaemonFile, readDaemonFile, writeDaemonFile } from "../../src/daemon/daemonFile.ts";
import { createLog } from "../../src/daemon/logging.ts";
import { recoveryText, watchRecovery } from "../../src/daemon/recoveryLine.ts";
import { createRuntimeSlot } from "../../src/daemon/runtimeSlot.ts";
import { listenForShutdown } from "../../src/daemon/shutdown.ts";
import { chooseUniverse, rememberUniverse } from "../../src/daemon/universeChoice.ts";
import type { BootReport, RuntimeNotice } from "../../src/runtime/runtime.ts";
import { createSystemEnvironment } from "../../src/runtime/systemEnvironment.ts";
import { Secret } from "../../src/space-api/secret.ts";
import { createFakeRuntime, SCOPE, START_MS } from "../console/fakeRuntime.ts";
import { silentLogger } from "../support/silentLogger.ts";

function withDirectory<T>(use: (directory: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), "bosun-daemon-"));
  try {
    return use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const boot: BootReport = {
  epoch: 2,
  actors: 34,
  quarantined: 0,
  jobsResumed: 5,
  jobsReconciling: 2,
  timers: 12,
  messages: 1,
  tookMs: 41,
};

describe("the log", () => {
  it("lets no secret out, wherever it stands in a line [G15]", () => {
    const lines: string[] = [];
    const log = createLog({ write: (line) => lines.push(line) });
    log.protect(new Secret("canary-0123456789"));
    log.protect(new Secret("another-0123456789"));
    log.protect(new Secret("canary-0123456789"));
    const error = new Error("401 for canary-0123456789");
    log.logger.error({ error, deep: [{ Authorization: "Bearer canary-0123456789" }] }, "canary-0123456789 was refused");
    log.logger.info(
      { token: "eyJhbGciOiJSUzI1NiJ9.eyJpZGVudGlmaWVyIjoiQSJ9.c2lnbmF0dXJlLXNpZ25hdHVyZQ" },
      "a token nobody announced",
    );
    log.logger.info({}, "another-0123456789");
    expect(lines).toHaveLength(3);
    expect(lines.join("")).not.toMatch(/canary|another|eyJhbGci/);
    expect(lines[0]).toContain("[secret] was refused");
  });
});

describe("recovery", () => {
  it("says in one line what was resumed and what was found settled [G5]", () => {
    const fake = createFakeRuntime();
    const told: string[] = [];
    const { clock } = createSystemEnvironment(silentLogger);
    const recovery = watchRecovery({
      observe: (observer) => fake.observe(observer),
      clock,
      tell: (report) => told.push(recoveryText(report)),
    });
    const settled = (how: "reconciledDone" | "reconciledNotDone" | "done"): RuntimeNotice => {
      return { notice: "jobSettled", address: `${SCOPE}/ship/A`, jobId: how, src: "purchase", how, atMs: START_MS };
    };
    fake.notify(settled("reconciledDone"));
    recovery.begin(boot);
    expect(told).toEqual([]);
    fake.notify(settled("done"));
    fake.notify(settled("reconciledNotDone"));
    expect(told).toEqual([
      "resumed 34 actors, 12 timers, 5 jobs in 41 ms, 1 message in mailboxes · 2 requests in flight: 1 had been done and was not repeated, 1 had not been done",
    ]);
    fake.notify(settled("reconciledDone"));
    expect(told).toHaveLength(1);
  });
});

describe("the runtime's place", () => {
  it("refuses commands as stopping while no host is in it, and keeps observers over a change of host", async () => {
    const slot = createRuntimeSlot();
    const seen: string[] = [];
    slot.observe((notice) => seen.push(notice.notice));
    expect(await slot.send({ to: SCOPE, event: { type: "x" } })).toMatchObject({ receipt: "refused", reason: "stopping" });
    expect(await slot.list()).toEqual([]);
    for (const host of [createFakeRuntime(), createFakeRuntime()]) {
      const empty = slot.fill(host);
      host.notify({ notice: "started", address: SCOPE, kind: "agent", parent: undefined, atMs: START_MS });
      empty();
      host.notify({ notice: "started", address: SCOPE, kind: "agent", parent: undefined, atMs: START_MS });
    }
    expect(seen).toEqual(["started", "started"]);
  });
});

describe("shutdown", () => {
  it("is graceful at the first signal and forced at the second SIGINT only [H16] [R000-41]", async () => {
    const process = new EventEmitter();
    let forced = 0;
    const shutdown = listenForShutdown({ process: process as never, onForced: () => (forced += 1) });
    process.emit("SIGTERM");
    process.emit("SIGTERM");
    expect(await shutdown.requested).toBe("SIGTERM");
    expect(shutdown.signal.aborted).toBe(true);
    expect(forced).toBe(0);
    process.emit("SIGINT");
    expect(forced).toBe(1);
    shutdown.release();
    expect(process.eventNames()).toEqual([]);
    const interrupted = listenForShutdown({ process: process as never, onForced: () => (forced += 1) });
    process.emit("SIGINT");
    expect([await interrupted.requested, interrupted.signal.aborted, forced]).toEqual(["SIGINT", true, 1]);
    process.emit("SIGINT");
    expect(forced).toBe(2);
  });
});

describe("choices at the start", () => {
  it("keeps the universe of a data directory unless another is asked for", () => {
    withDirectory((directory) => {
      const nothing = { seed: undefined, universe: undefined, fleet: undefined };
      expect(chooseUniverse(directory, nothing)).toEqual({ seed: 1, universe: undefined, fleet: "FRESH" });
      rememberUniverse(directory, chooseUniverse(directory, { ...nothing, seed: 7 }));
      expect(chooseUniverse(directory, nothing).seed).toBe(7);
      expect(chooseUniverse(directory, { ...nothing, seed: 8 }).seed).toBe(8);
    });
  });

  it("takes a nats-server from the PATH, and stays in the process when there is none", () => {
    withDirectory((directory) => {
      expect(chooseBus({ bus: "auto", natsUrl: undefined }, directory)).toEqual({ bus: "in-process", because: "noServerFound" });
      expect(chooseBus({ bus: "nats", natsUrl: undefined }, directory)).toEqual({ bus: "missing" });
      writeFileSync(join(directory, "nats-server"), "", { mode: 0o755 });
      const binary = join(directory, "nats-server");
      expect(chooseBus({ bus: "auto", natsUrl: undefined }, directory)).toEqual({ bus: "sidecar", binary });
      expect(chooseBus({ bus: "in-process", natsUrl: undefined }, directory)).toMatchObject({ because: "chosen" });
    });
  });

  it("writes a daemon.json that only its user can read, and names a damaged one", () => {
    withDirectory((directory) => {
      expect(readDaemonFile(directory)).toBeUndefined();
      const file: DaemonFile = {
        pid: 1,
        version: "0.1.0",
        agent: SCOPE,
        httpUrl: "http://127.0.0.1:4000",
        databaseUrl: "postgres://x",
        natsUrl: null,
        apiUrl: "http://127.0.0.1:1/v2",
        operatorToken: "t",
      };
      writeDaemonFile(directory, file);
      expect(readDaemonFile(directory)).toEqual(file);
      expect(statSync(join(directory, "daemon.json")).mode & 0o777).toBe(0o600);
      writeFileSync(join(directory, "daemon.json"), "{");
      expect(() => readDaemonFile(directory)).toThrow(/daemon\.json is damaged/);
    });
  });

  it("costs nothing when no crash is armed", () => {
    expect(createCrashPoints(undefined)).toBeUndefined();
    expect(parseCrashAt("api.afterWork:2")).toEqual({ point: "api.afterWork", passage: 2 });
  });
});
