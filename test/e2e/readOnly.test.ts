import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { daemonBed } from "./daemonBed.ts";
import { type DaemonProcess, readDaemonFile, runCli } from "./daemonProcess.ts";
import { statusOf } from "./fleetWatch.ts";
import { type RecordedGame, startRecordedGame } from "./recordedGame.ts";

describe("the first contact with a game that is no simulator", { timeout: 60_000 }, () => {
  const bed = daemonBed();
  const { dataDir } = bed;
  const secrets = mkdtempSync(join(tmpdir(), "bosun-token-"));
  let game: RecordedGame;

  const start = async (...more: readonly string[]): Promise<DaemonProcess> => {
    const token = join(secrets, "token");
    writeFileSync(token, "recorded-agent-token\n");
    return await bed.sailing("--api-url", game.url, "--token-file", token, ...more);
  };
  const stop = async (daemon: DaemonProcess): Promise<void> => {
    daemon.child.kill("SIGTERM");
    expect(await daemon.exit).toEqual({ code: 0, signal: null });
  };

  beforeAll(async () => {
    game = await startRecordedGame();
    // In the real game's time, a probe would rest for seconds between the markets that the plans wait for.
    writeFileSync(join(dataDir, "bosun.json"), JSON.stringify({ policy: { tourPauseGameSeconds: 0.1 } }));
  });
  afterAll(async () => {
    await game.close();
    rmSync(secrets, { recursive: true, force: true });
  });

  it("sends not one request that changes anything, however much the fleet wants to, and says so", async () => {
    const daemon = await start();
    // The fleet has read its ships and markets, knows what it would do, and was held back.
    await game.seen((line) => line.endsWith("/market"));
    const { httpUrl } = readDaemonFile(dataDir);
    const heldBack = async (): Promise<boolean> =>
      /api_requests_total\{operation="(orbit|navigate|purchase)",outcome="readOnly"\} [1-9]/.test(
        await (await fetch(`${httpUrl}/metrics`)).text(),
      );
    while (!(await heldBack())) await new Promise((resolve) => setTimeout(resolve, 100));

    expect(await statusOf(dataDir)).toMatchObject({
      readOnly: true,
      simulator: false,
      phase: "sailing",
      restarts: 0,
      credits: 175_000,
    });
    const table = await runCli(["status", "--data-dir", dataDir]);
    expect(table.stdout).toContain("READ ONLY: the fleet changes nothing until it is started with --go");
    expect(daemon.output()).toContain("is only read: the fleet plans, and acts once it is started with --go");
    await stop(daemon);
    expect(game.requests.length).toBeGreaterThan(8);
    expect(game.mutations()).toEqual([]);
  });

  it("acts once --go was given, and from then on without it", async () => {
    const allowed = await start("--go");
    expect(await game.seen(isChange)).toMatch(/^(POST|PATCH) \/v2\/my\/ships\/GOLDEN-HIND-[12]\//);
    expect(await statusOf(dataDir)).toMatchObject({ readOnly: false, simulator: false });
    await stop(allowed);
    const before = game.requests.length;
    const again = await start();
    await game.seen(isChange, before);
    await stop(again);
  });
});

const isChange = (line: string): boolean => !line.startsWith("GET ");
