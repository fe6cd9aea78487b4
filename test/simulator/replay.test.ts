import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { universeReplayCommand } from "../../src/cli/replayRecording.command.ts";
import type { RecordingLine } from "../../src/simulator/replay/recording.ts";
import { replayRecording } from "../../src/simulator/replay/replay.ts";
import { callCommand } from "../cli/callCommand.ts";
import { newDir } from "../support/newDir.ts";
import { type Harness, type HarnessOptions, TestWall } from "./support/harness.ts";
import { startedHarness } from "./support/startedHarness.ts";

const SHIP = "/my/ships/TESTER-1";

/** A day with trades, refusals, looks and levers of every kind of effect. */
async function live({ sim, call, wall, accountToken, url }: Harness): Promise<void> {
  const admin = (path: string, body: unknown) => adminCall(url, path, body, accountToken);
  const [base] = sim.universe.waypoints.filter((waypoint) => waypoint.type === "ASTEROID_BASE");
  await call("POST", `${SHIP}/orbit`);
  await call("POST", `${SHIP}/navigate`, { waypointSymbol: base?.symbol });
  await call("POST", `${SHIP}/dock`);
  wall.advanceSeconds(40);
  await call("POST", `${SHIP}/dock`, undefined, undefined, { "x-request-id": "job-7:1" });
  await call("POST", `${SHIP}/purchase`, { symbol: "DIAMONDS", units: 12 });
  await call("POST", `${SHIP}/purchase`, { symbol: "DIAMONDS", units: 12_000 });
  await call("POST", `${SHIP}/purchase`, "{not json");
  await call("GET", `${SHIP}/cargo`, undefined, null);
  await admin("/credits", { agent: "TESTER", credits: 5000 });
  await admin("/clock/pause", {});
  await admin("/clock/step", { gameSeconds: 9000 });
  await call("POST", `${SHIP}/sell`, { symbol: "DIAMONDS", units: 2 });
  await admin("/clock/resume", {});
  await admin("/clock/jump", { gameSeconds: 4321 });
  await call("POST", `${SHIP}/jettison`, { symbol: "DIAMONDS", units: 1 });
  await call("POST", "/register", { symbol: "OTHER", faction: "COSMIC" }, accountToken);
}

async function adminCall(url: string, path: string, body: unknown, token: string): Promise<number> {
  const answer = await fetch(`${url.replace(/\/v2$/, "")}/admin${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
  await answer.arrayBuffer();
  return answer.status;
}

async function recorded(options: HarnessOptions = {}): Promise<{ file: string; hash: string; requests: number }> {
  const file = join(newDir(), "run.jsonl");
  const harness = await startedHarness({ record: file, wall: new TestWall(), speed: 60, ...options });
  await live(harness);
  const hash = harness.sim.hash();
  await harness.close();
  return { file, hash, requests: linesOf(file).filter((line) => line.type === "request").length };
}

function linesOf(file: string): RecordingLine[] {
  return readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as RecordingLine);
}

function rewritten(file: string, change: (lines: RecordingLine[]) => RecordingLine[]): string {
  const copy = join(newDir(), "changed.jsonl");
  writeFileSync(
    copy,
    change(linesOf(file))
      .map((line) => `${JSON.stringify(line)}\n`)
      .join(""),
  );
  return copy;
}

describe("a recording", () => {
  it("is replayed to the same universe: requests, refusals, levers and clock [SIM-DETERMINISM] [SIM-CLOCK]", async () => {
    const { file, hash, requests } = await recorded();
    const report = replayRecording(file);
    expect(report).toMatchObject({ difference: undefined, hash, requests, lost: 0, starts: 1, interrupted: [] });
    expect(requests).toBe(16);
    expect(report.refused).toBe(4);
  });

  it("holds no token, and no key of the universe [SIM-DETERMINISM] [G15]", async () => {
    const file = join(newDir(), "run.jsonl");
    const harness = await startedHarness({ record: file, speed: 60 });
    await live(harness);
    const text = readFileSync(file, "utf8");
    expect(text).not.toContain(harness.sim.universe.secret);
    for (const token of [harness.token, harness.accountToken]) expect(text).not.toContain(token.split(".")[2]);
  });

  it("replays the rate limit's refusals too [SIM-DETERMINISM] [SIM-RULES]", async () => {
    const file = join(newDir(), "run.jsonl");
    const harness = await startedHarness({ record: file, limited: true, speed: 60 });
    for (let i = 0; i < 40; i++) await harness.call("GET", "/my/agent");
    await adminCall(harness.url, "/clock/speed", { speed: 10 }, harness.accountToken);
    harness.wall.advanceSeconds(0.1);
    for (let i = 0; i < 40; i++) await harness.call("GET", "/my/agent");
    const refused = linesOf(file).filter((line) => line.type === "answer" && line.status === 429).length;
    expect(refused).toBeGreaterThan(30);
    expect(replayRecording(file)).toMatchObject({ difference: undefined, requests: 81, refused });
  });

  it("tells requests that faults kept away from those they only kept from being answered [SIM-FAULTS]", async () => {
    const file = join(newDir(), "run.jsonl");
    const harness = await startedHarness({ record: file, speed: 60 });
    const arm = (fault: unknown) => adminCall(harness.url, "/faults", fault, harness.accountToken);
    await arm({ kind: "dropResponse", operation: "purchaseCargo" });
    await arm({ kind: "dropRequest", operation: "orbitShip" });
    await arm({ kind: "unavailable", operation: "dockShip" });
    await expect(harness.call("POST", `${SHIP}/purchase`, { symbol: "FUEL", units: 3 })).rejects.toThrow("fetch failed");
    await expect(harness.call("POST", `${SHIP}/orbit`)).rejects.toThrow("fetch failed");
    expect(
      (await fetch(`${harness.url}${SHIP}/dock`, { method: "POST", headers: { Authorization: `Bearer ${harness.token}` } }))
        .status,
    ).toBe(503);
    expect(linesOf(file).filter((line) => line.type === "lost")).toMatchObject([
      { target: `/v2${SHIP}/orbit`, faults: ["dropRequest"] },
      { target: `/v2${SHIP}/dock`, faults: ["unavailable"] },
    ]);
    expect(linesOf(file).find((line) => line.type === "request" && line.faults !== undefined)).toMatchObject({
      faults: ["dropResponse"],
    });
    const report = replayRecording(file);
    expect(report).toMatchObject({ difference: undefined, lost: 2, requests: 4, hash: harness.sim.hash() });
  });

  it("replays a reset of the universe, whatever the next one was drawn from [SIM-FAULTS] [SIM-DETERMINISM]", async () => {
    const file = join(newDir(), "run.jsonl");
    const harness = await startedHarness({ record: file, speed: 60, seed: 5 });
    await adminCall(harness.url, "/reset", { seed: 99, maintenanceGameSeconds: 60 }, harness.accountToken);
    expect((await harness.call("GET", "/my/agent")).status).toBe(503);
    harness.wall.advanceSeconds(2);
    expect((await harness.call("GET", "/my/agent")).status).toBe(401);
    await harness.call("POST", "/register", { symbol: "AGAIN", faction: "COSMIC" }, harness.accountToken);
    await harness.call("POST", "/my/ships/AGAIN-1/orbit", undefined, null);
    expect(harness.sim.universe.seed).toBe(99);
    expect(replayRecording(file)).toMatchObject({ difference: undefined, hash: harness.sim.hash() });
  });

  it("keeps to the recorded game times where the wall fell back [SIM-CLOCK] [SIM-DETERMINISM]", async () => {
    const file = join(newDir(), "run.jsonl");
    const { sim, wall, call } = await startedHarness({ record: file, speed: 60 });
    wall.advanceSeconds(500);
    // Seen, and so a time that has been, but asked for nothing that is recorded.
    sim.advance();
    wall.advanceSeconds(-450);
    await call("POST", `${SHIP}/purchase`, { symbol: "FUEL", units: 1 });
    expect(linesOf(file).find((line) => line.type === "request")).toMatchObject({ gameMs: 30_000_000 });
    expect(replayRecording(file)).toMatchObject({ difference: undefined, hash: sim.hash() });
  });

  it("goes on after a restart, also of a universe that lived before it was recorded [SIM-BOOKS] [SIM-DETERMINISM]", async () => {
    const [dataDir, file, wall] = [newDir(), join(newDir(), "run.jsonl"), new TestWall()];
    const before = await startedHarness({ dataDir, wall, speed: 60 });
    await live(before);
    await before.close();
    for (let run = 0; run < 2; run++) {
      wall.advanceSeconds(500);
      const harness = await startedHarness({ dataDir, wall, speed: 60, record: file });
      await harness.call("POST", `${SHIP}/refuel`);
      await harness.call("POST", `${SHIP}/sell`, { symbol: "DIAMONDS", units: 1 });
      await harness.close();
    }
    expect(replayRecording(file)).toMatchObject({ difference: undefined, starts: 2, requests: 4 });
  });
});

describe("a replay that comes out otherwise", () => {
  it("names the first line, what differs, and both sides [SIM-DETERMINISM]", async () => {
    const { file } = await recorded();
    const lines = linesOf(file);
    const at = lines.findIndex((line) => line.type === "request" && line.target.endsWith("/purchase"));
    const cheaper = rewritten(file, (all) =>
      all.map((line, i) => (i === at && line.type === "request" ? { ...line, body: { symbol: "DIAMONDS", units: 11 } } : line)),
    );
    expect(replayRecording(cheaper).difference).toMatchObject({
      line: at + 1,
      what: "mutation",
      at: `request 5, POST /v2${SHIP}/purchase {"symbol":"DIAMONDS","units":11}`,
    });
    const luckier = rewritten(file, (all) => all.map((line, i) => (i === at + 1 ? { ...line, status: 200 } : line)));
    expect(replayRecording(luckier).difference).toMatchObject({ line: at + 1, what: "status", recorded: "200", replayed: "201" });
  });

  it("notices a request that is missing and a universe that was another at the start [SIM-DETERMINISM]", async () => {
    const { file } = await recorded();
    const dock = linesOf(file)
      .filter((line) => line.type === "request" && line.target.endsWith("/dock"))
      .at(-1);
    const n = dock?.type === "request" ? dock.n : 0;
    const without = rewritten(file, (all) => all.filter((line) => !("n" in line) || line.n !== n));
    expect(replayRecording(without).difference).toMatchObject({ what: "status", recorded: "201", replayed: "400" });
    const richer = rewritten(file, (all) =>
      all.map((line) => {
        if (line.type !== "start") return line;
        const agents = line.universe.agents.map((agent) => ({ ...agent, credits: agent.credits + 1 }));
        return { ...line, universe: { ...line.universe, agents } };
      }),
    );
    expect(replayRecording(richer).difference).toMatchObject({ line: 2, what: "hash", at: "start" });
  });

  it("notices what changed while nobody recorded [SIM-DETERMINISM]", async () => {
    const [dataDir, file, wall] = [newDir(), join(newDir(), "run.jsonl"), new TestWall()];
    for (const record of [true, false, true]) {
      const harness = await startedHarness({ dataDir, wall, speed: 60, ...(record ? { record: file } : {}) });
      await harness.call("POST", `${SHIP}/purchase`, { symbol: "FUEL", units: 1 });
      await harness.close();
    }
    expect(replayRecording(file).difference).toMatchObject({ what: "hash", at: "restart" });
  });
});

describe("bosun universe replay", () => {
  it("says that a recording came out the same, or which line differs, and ends with 0 or 1 [SIM-CLI]", async () => {
    const { file, hash } = await recorded();
    const same = await callCommand(universeReplayCommand, file);
    expect(same).toMatchObject({ status: 0, stdout: expect.stringContaining("the same, line by line") });
    expect(same.stdout).toContain("16 requests, 4 of them refused; 0 never arrived");
    expect(same.stdout).toContain(hash);
    const wrong = rewritten(file, (all) => all.map((line) => (line.type === "closed" ? { ...line, hash: "0" } : line)));
    const other = await callCommand(universeReplayCommand, wrong, "-o", "json");
    expect(other).toMatchObject({ status: 1, stderr: expect.stringContaining("line 35 differs") });
    expect(JSON.parse(other.stdout)).toMatchObject({
      difference: { line: 35, what: "hash", at: "closed", recorded: "0", replayed: hash },
    });
    expect(await callCommand(universeReplayCommand, join(newDir(), "none.jsonl"))).toMatchObject({ status: 2 });
  });
});

describe("a file that is given as a recording", () => {
  it("may be torn at its end [SIM-DETERMINISM]", async () => {
    const { file, requests } = await recorded();
    const text = readFileSync(file, "utf8");
    const torn = join(newDir(), "torn.jsonl");
    // In the middle of the last answer, so that its request stays without one.
    writeFileSync(torn, text.slice(0, text.lastIndexOf('{"type":"answer"') + 10));
    expect(replayRecording(torn)).toMatchObject({ difference: undefined, requests: requests - 1 });
  });

  it("may hold no more than a torn first line, and is begun anew then [SIM-DETERMINISM]", async () => {
    const file = join(newDir(), "torn.jsonl");
    for (const torn of ["", '{"type":"sta', '{"type":"start","format":"bosun-recording/1","gameMs":0,"univ']) {
      writeFileSync(file, torn);
      const harness = await startedHarness({ record: file, speed: 60 });
      await harness.call("POST", `${SHIP}/orbit`);
      await harness.close();
      expect(replayRecording(file)).toMatchObject({ difference: undefined, requests: 1 });
    }
  });

  it("is refused and left alone when it is none, or another universe's [SIM-DETERMINISM]", async () => {
    const notes = join(newDir(), "notes.txt");
    writeFileSync(notes, "dear diary");
    await expect(startedHarness({ record: notes })).rejects.toThrow("is there and no recording");
    expect(readFileSync(notes, "utf8")).toBe("dear diary");
    const { file } = await recorded();
    const before = readFileSync(file, "utf8");
    await expect(startedHarness({ record: file })).rejects.toThrow("is the recording of another universe");
    expect(readFileSync(file, "utf8")).toBe(before);
    expect(() => replayRecording(notes)).toThrow("not a recording of this version");
    writeFileSync(notes, before.replace('{"type":"opened"', '{"type:"opened"'));
    expect(() => replayRecording(notes)).toThrow("line 2 after byte 0 is not JSON");
  });
});
