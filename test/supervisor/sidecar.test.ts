import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { endProcess } from "../../src/process/detachedProcess.ts";
import { isSameProcess, type ProcessIdentity, processIdentity } from "../../src/process/processIdentity.ts";
import { type RunningSidecar, SidecarRefused, type SidecarSpec, startSidecar } from "../../src/supervisor/sidecar.ts";
import { findNatsServer, natsSidecar } from "../../src/supervisor/sidecars/nats.ts";
import { readSimulatorFacts, simulatorSidecar } from "../../src/supervisor/sidecars/simulator.ts";
import { wallClock } from "./wallClock.ts";

const binary = findNatsServer(process.env["PATH"]);
const signal = new AbortController().signal;

describe("a sidecar", () => {
  let directory = "";
  const started: ProcessIdentity[] = [];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "bosun-sidecar-test-"));
  });
  afterEach(async () => {
    for (const identity of started.splice(0)) await endProcess(identity, { signal: "SIGKILL", withinMs: 2_000 });
    rmSync(directory, { recursive: true, force: true });
  });

  const start = async (spec: SidecarSpec): Promise<RunningSidecar> => {
    const sidecar = await startSidecar(spec, wallClock, signal);
    started.push(sidecar.identity);
    return sidecar;
  };
  const nats = (change: Partial<SidecarSpec> = {}) => ({
    ...natsSidecar({ binary: binary ?? "", dataDirectory: directory }),
    ...change,
  });
  const recordFile = () => join(directory, "nats.sidecar.json");

  describe.skipIf(binary === undefined)("nats-server (needs one on the PATH)", () => {
    it("is adopted by the next daemon, and a graceful stop stops an adopted one [H16]", async () => {
      const first = await start(nats());
      expect(first.origin).toBe("started");
      const second = await start(nats());
      expect(second).toMatchObject({ origin: "adopted", identity: first.identity, port: first.port });
      expect(second.detail).toMatchObject({ pid: first.identity.pid, port: first.port });
      await second.stop();
      expect(isSameProcess(first.identity)).toBe(false);
      expect(existsSync(recordFile())).toBe(false);
      await expect(second.ended).resolves.toEqual({ how: "normal" });
    });

    it("survives a kill -9 of its daemon [H16]", async () => {
      const program = fileURLToPath(new URL("./sidecarDaemon.ts", import.meta.url));
      const daemon = spawn(process.execPath, ["--import", "tsx", program, directory, binary ?? ""], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const [line] = await once(createInterface({ input: daemon.stdout }), "line");
      const said: { identity: ProcessIdentity; port: number } = JSON.parse(String(line));
      started.push(said.identity);
      daemon.kill("SIGKILL");
      await once(daemon, "exit");
      expect(isSameProcess(said.identity)).toBe(true);
      expect(await start(nats())).toMatchObject({ origin: "adopted", identity: said.identity, port: said.port });
    });

    it("is found again when the daemon died between starting it and noting its pid [H16]", async () => {
      const first = await start(nats());
      const { process: _pid, ...unfinished } = JSON.parse(readFileSync(recordFile(), "utf8"));
      writeFileSync(recordFile(), JSON.stringify(unfinished));
      expect(await start(nats())).toMatchObject({ origin: "adopted", identity: first.identity });
    });

    it("is replaced when it was started otherwise than now wanted", async () => {
      const first = await start(nats());
      const spec = nats();
      const second = await start({ ...spec, command: async (port) => ({ ...(await spec.command(port)), fingerprint: "other" }) });
      expect(second).toMatchObject({ origin: "started", port: first.port });
      expect(isSameProcess(first.identity)).toBe(false);
    });

    it("is not confused with a program that got its pid [H16]", async () => {
      const stranger = spawn("sleep", ["60"]);
      await once(stranger, "spawn");
      const first = await start(nats());
      await first.stop();
      const record = {
        port: first.port,
        marker: "x",
        fingerprint: binary,
        process: { pid: stranger.pid, startedAt: "long ago" },
      };
      writeFileSync(recordFile(), JSON.stringify(record));
      expect((await start(nats())).origin).toBe("started");
      expect(processIdentity(stranger.pid ?? 0)).toBeDefined();
      stranger.kill();
    });

    it("is reported as failed when it dies", async () => {
      const sidecar = await start(nats());
      process.kill(sidecar.identity.pid, "SIGKILL");
      await expect(sidecar.ended).resolves.toMatchObject({ how: "failed", error: { message: /nats \(pid \d+\) is gone/ } });
    });

    it("is killed, and reported as failed, when it is alive but does not answer", async () => {
      const sidecar = await start(nats({ silentWithinMs: 500 }));
      process.kill(sidecar.identity.pid, "SIGSTOP");
      await expect(sidecar.ended).resolves.toMatchObject({ how: "failed", error: { message: /has not answered for 500 ms/ } });
      expect(isSameProcess(sidecar.identity)).toBe(false);
    });
  });

  function broken(exitCode: number): SidecarSpec {
    return {
      ...simulatorSidecar({ dataDirectory: directory, seed: 1, speed: 60, universe: undefined, fleet: "FRESH", agent: "BOSUN" }),
      name: "broken",
      command: () =>
        Promise.resolve({
          command: process.execPath,
          args: ["-e", `setTimeout(() => { console.error("broken: the disk is full"); process.exit(${exitCode}); }, 50)`],
          cwd: directory,
          env: {},
          port: 1,
          marker: "-",
          fingerprint: "-",
        }),
    };
  }

  it("that does not come up is reported with its last words", async () => {
    await expect(start(broken(1))).rejects.toThrow(/broken ended while starting: broken: the disk is full/);
    expect(statSync(join(directory, "broken.log")).mode & 0o077).toBe(0);
  });

  it("that says it was asked for something impossible is a refusal in its own words", async () => {
    const refusal = start(broken(2));
    await expect(refusal).rejects.toThrow(SidecarRefused);
    await expect(refusal).rejects.toThrow(/^the disk is full$/);
  });

  it("that is told to stop while it comes up does not stay behind", async () => {
    const abort = new AbortController();
    let pid: number | undefined;
    const spec: SidecarSpec = {
      name: "slow",
      dataDirectory: directory,
      readyWithinMs: 60_000,
      silentWithinMs: 60_000,
      stopWithinMs: 2_000,
      command: () =>
        Promise.resolve({
          command: "sleep",
          args: ["60"],
          cwd: directory,
          env: { PATH: process.env["PATH"] ?? "" },
          port: 1,
          marker: "-",
          fingerprint: "-",
        }),
      probe: (_port, identity) => {
        pid = identity.pid;
        abort.abort();
        return Promise.resolve(false);
      },
    };
    await expect(startSidecar(spec, wallClock, abort.signal)).rejects.toThrow("the start of slow was abandoned");
    expect(processIdentity(pid ?? 0)).toBeUndefined();
  });

  it("can be the simulator, whose facts say where it is", async () => {
    const options = { dataDirectory: directory, seed: 7, speed: 100, universe: undefined, fleet: "FRESH", agent: "BOSUN" };
    const simulator = await start(simulatorSidecar(options));
    const facts = readSimulatorFacts(directory);
    expect(facts).toMatchObject({ pid: simulator.identity.pid, speed: 100 });
    const status = await fetch(facts?.url ?? "");
    expect(status.status).toBe(200);
    expect(await start(simulatorSidecar(options))).toMatchObject({ origin: "adopted", identity: simulator.identity });
    await simulator.stop();
    expect(isSameProcess(simulator.identity)).toBe(false);
  });

  it("comes back at the same port after a graceful stop; at another one when that is taken, and with a damaged note of it [H16]", async () => {
    const spec = simulatorSidecar({
      dataDirectory: directory,
      seed: 7,
      speed: 100,
      universe: undefined,
      fleet: "FRESH",
      agent: "BOSUN",
    });
    const first = await start(spec);
    const { url } = readSimulatorFacts(directory) ?? { url: "" };
    expect(new URL(url).port).toBe(String(first.port));
    await first.stop();
    const second = await start(spec);
    expect(second).toMatchObject({ origin: "started", port: first.port });
    expect(readSimulatorFacts(directory)?.url).toBe(url);
    await second.stop();
    const stranger = createServer();
    await new Promise<void>((resolve) => stranger.listen(first.port, "127.0.0.1", resolve));
    const third = await start(spec);
    expect(third.port).not.toBe(first.port);
    await third.stop();
    stranger.close();
    writeFileSync(join(directory, "simulator.port"), "99999");
    expect((await start(spec)).origin).toBe("started");
  });
});
