import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { actorsCommand, dismissCommand, replayCommand, restartCommand } from "../../src/cli/actors.commands.ts";
import { createFakeRuntime, SCOPE, shipContext } from "../console/fakeRuntime.ts";
import { startTestConsole, type TestConsole } from "../console/testConsole.ts";
import { callCommand } from "./callCommand.ts";

describe("bosun actors, restart and replay", () => {
  const runtime = createFakeRuntime();
  let dataDir: string;
  let fleet: TestConsole;
  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), "bosun-cli-"));
    fleet = await startTestConsole({ runtime, operatorToken: "secret", kinds: [] });
    const file = { pid: process.pid, version: "1", agent: SCOPE, databaseUrl: "", natsUrl: null, apiUrl: "" };
    writeFileSync(join(dataDir, "daemon.json"), JSON.stringify({ ...file, httpUrl: fleet.server.url, operatorToken: "secret" }));
    runtime.put({ address: `${SCOPE}/ship/BOSUN-1`, kind: "ship", context: shipContext("BOSUN-1") });
    const unreadable = { status: "quarantined", value: undefined, context: undefined } as const;
    runtime.put({ address: `${SCOPE}/ship/BOSUN-2`, kind: "ship", ...unreadable });
  });
  afterAll(async () => {
    await fleet.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });
  const at = () => ["--data-dir", dataDir];

  it("lists the whole fleet although the stored state of one actor cannot be read [G7]", async () => {
    const { status, stderr, stdout } = await callCommand(actorsCommand, ...at());
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/BOSUN-1 +ship +active +resting +1 +0$/m);
    expect(stdout).toMatch(/BOSUN-2 +ship +quarantined +- +1 +0$/m);
  });

  it("lists those at and below an address, and finds nobody below one that there is not, with exit code 4", async () => {
    const ship = await callCommand(actorsCommand, `${SCOPE}/ship/BOSUN-2`, ...at());
    expect(ship.stdout.match(/ship\/BOSUN-\d/g)).toEqual(["ship/BOSUN-2"]);
    expect(await callCommand(actorsCommand, "nope", ...at())).toMatchObject({
      status: 4,
      stdout: "",
      stderr: "no living actor is at or below nope. bosun actors lists them; --all also lists those that have ended.",
    });
    expect(await callCommand(actorsCommand, "nope", "--all", "-o", "json", ...at())).toMatchObject({
      status: 4,
      stderr: "no actor is at or below nope. bosun actors --all lists them.",
    });
  });

  it("tells how a restart went: one that fails with its reason and exit code 5", async () => {
    const broken = `${SCOPE}/ship/BOSUN-3`;
    const lastError = { name: "SnapshotRefused", message: "it cannot be read\n  at [3]" };
    runtime.put({ address: broken, kind: "ship", status: "quarantined", lastError });
    const ship = `${SCOPE}/ship/BOSUN-1`;
    expect(await callCommand(restartCommand, ship, ...at())).toMatchObject({
      status: 0,
      stdout: `restarted ${ship} from its snapshot`,
    });
    expect(await callCommand(restartCommand, broken, ...at())).toMatchObject({
      status: 5,
      stdout: "",
      stderr: `${broken} could not be restarted from its snapshot: SnapshotRefused: it cannot be read. It is in quarantine.`,
    });
  });

  it("dismisses a worker in quarantine whose pipeline has ended, and nobody else", async () => {
    const worker = `${SCOPE}/coordinator/pipeline/p3/task/1`;
    runtime.put({ address: SCOPE, kind: "agent" });
    runtime.put({ address: worker, kind: "task", status: "quarantined", parent: `${SCOPE}/coordinator/pipeline/p3` });
    const ship = `${SCOPE}/ship/BOSUN-4`;
    runtime.put({ address: ship, kind: "ship", status: "quarantined", parent: SCOPE });
    const dismiss = async (address: string) => await callCommand(dismissCommand, address, ...at());
    expect(await dismiss(worker)).toMatchObject({ status: 0, stdout: `dismissed ${worker}` });
    expect(await dismiss(worker)).toMatchObject({ status: 4, stderr: expect.stringContaining("no living actor") });
    expect(await dismiss(`${SCOPE}/ship/BOSUN-1`)).toMatchObject({
      status: 5,
      stderr: expect.stringContaining("is not in quarantine"),
    });
    expect(await dismiss(ship)).toMatchObject({ status: 5, stderr: expect.stringContaining("whose parent has ended") });
  });

  it("says of an address or a dead letter that there is not that it is not found, with exit code 4", async () => {
    expect(await callCommand(restartCommand, "nope", ...at())).toMatchObject({
      status: 4,
      stdout: "",
      stderr: "no living actor has the address nope. bosun actors lists them.",
    });
    expect(await callCommand(replayCommand, "nope", ...at())).toMatchObject({
      status: 4,
      stdout: "",
      stderr: "no dead letter that can be delivered has the id nope. bosun snapshot dump lists them.",
    });
  });
});
