import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DataDirectoryInUse, findLockHolder, openDataDirectory } from "../../src/persistence/dataDirectory.ts";
import { processIdentity } from "../../src/process/processIdentity.ts";

describe("the data directory", () => {
  let base = "";
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), "bosun-data-test-"));
  });
  afterEach(() => rmSync(base, { recursive: true, force: true }));

  it("is created with its parents, for us alone", () => {
    const directory = openDataDirectory(join(base, "a/b"));
    expect(statSync(directory.path).mode & 0o777).toBe(0o700);
    expect(directory.uncleanPredecessor).toBeUndefined();
    directory.release();
  });

  it.skipIf(!existsSync("/proc/self"))(
    "that cannot be made is refused with what to do, where the file system knows no new entries too",
    () => {
      expect(() => openDataDirectory("/proc/bosun/data")).toThrow(/\/proc\/bosun\/data cannot be made .*give another --data-dir/);
    },
  );

  it("is closed to others when it was open", () => {
    mkdirSync(join(base, "open"), { mode: 0o755 });
    const directory = openDataDirectory(join(base, "open"));
    expect(statSync(directory.path).mode & 0o777).toBe(0o700);
    directory.release();
  });

  it("refuses a second daemon and names the first [H16]", () => {
    const first = openDataDirectory(base);
    expect(() => openDataDirectory(base)).toThrow(DataDirectoryInUse);
    expect(() => openDataDirectory(base)).toThrow(`pid ${process.pid}`);
    expect(findLockHolder(base)).toEqual(processIdentity(process.pid));
    first.release();
    openDataDirectory(base).release();
    expect(findLockHolder(base)).toBeUndefined();
  });

  it("takes over from a daemon that was killed, and says so [H16]", async () => {
    const daemon = spawn("sleep", ["60"]);
    await once(daemon, "spawn");
    const identity = processIdentity(daemon.pid ?? 0);
    writeFileSync(join(base, "daemon.lock"), JSON.stringify(identity));
    expect(() => openDataDirectory(base)).toThrow(DataDirectoryInUse);
    daemon.kill("SIGKILL");
    await once(daemon, "exit");
    const directory = openDataDirectory(base);
    expect(directory.uncleanPredecessor).toEqual(identity);
    directory.release();
  });

  it("is not fooled by a pid that another program got [H16]", () => {
    writeFileSync(join(base, "daemon.lock"), JSON.stringify({ pid: process.pid, startedAt: "long ago" }));
    const directory = openDataDirectory(base);
    expect(directory.uncleanPredecessor).toEqual({ pid: process.pid, startedAt: "long ago" });
    directory.release();
  });

  it("takes over a lock that a power cut left empty", () => {
    writeFileSync(join(base, "daemon.lock"), "");
    openDataDirectory(base).release();
    expect(existsSync(join(base, "daemon.lock"))).toBe(false);
  });

  it("leaves a successor's lock alone on a late release", () => {
    const first = openDataDirectory(base);
    const successor = JSON.stringify({ pid: 1, startedAt: "another" });
    writeFileSync(join(base, "daemon.lock"), successor);
    first.release();
    expect(readFileSync(join(base, "daemon.lock"), "utf8")).toBe(successor);
  });

  it("leaves no other files behind", async () => {
    const { readdirSync } = await import("node:fs");
    writeFileSync(join(base, "daemon.lock"), JSON.stringify({ pid: process.pid, startedAt: "long ago" }));
    const directory = openDataDirectory(base);
    expect(readdirSync(base)).toEqual(["daemon.lock"]);
    directory.release();
    expect(readdirSync(base)).toEqual([]);
  });
});
