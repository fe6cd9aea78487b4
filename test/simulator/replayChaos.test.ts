import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { BookLine } from "../../src/simulator/books.ts";
import { Dice } from "../../src/simulator/random.ts";
import { replayRecording } from "../../src/simulator/replay/replay.ts";
import { request, startHarness, TestWall } from "./support/harness.ts";
import { freshOf } from "./support/scriptedLife.ts";
import { killChildren, type SimulatorChild, startChild } from "./support/simulatorChild.ts";

const dirs: string[] = [];
afterEach(() => {
  killChildren();
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

function newDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "simulator-chaos-"));
  dirs.push(dir);
  return dir;
}

function booksOf(dir: string): BookLine[] {
  return readFileSync(join(dir, "books.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as BookLine);
}

interface Sent {
  id: string;
  /** Undefined: nobody knows what became of it. */
  status: number | undefined;
}

const SEED = 21;
const LAST_LIFE = 2;

/** Asks for things, several at once, until so many were answered, and then ends the simulator amidst the others. */
async function clamour(child: SimulatorChild, life: number, answers: number, signal: "SIGKILL" | "SIGTERM"): Promise<Sent[]> {
  const universe = freshOf(SEED, 1, 0);
  const waypoints = universe.markets.map(({ waypoint }) => waypoint);
  const goods = ["FUEL", ...(universe.markets[0]?.goods.map(({ good }) => good) ?? [])] as [string, ...string[]];
  const sent: Sent[] = [];
  const caller = async (lane: number) => {
    const dice = new Dice("clamour", life, lane);
    for (let i = 0; sent.length < answers; i++) {
      const id = `${life}/${lane}/${i}`;
      const ship = `/my/ships/CHAOS-${dice.whole(1, 9)}`;
      const [method, path, body] = dice.pick<readonly [string, string, unknown?]>([
        ["POST", `${ship}/purchase`, { symbol: "FUEL", units: dice.whole(1, 3) }],
        ["POST", `${ship}/purchase`, { symbol: dice.pick(goods), units: 2 }],
        ["POST", `${ship}/sell`, { symbol: dice.pick(goods), units: 1 }],
        ["POST", `${ship}/jettison`, { symbol: "FUEL", units: 1 }],
        ["POST", `${ship}/orbit`],
        ["POST", `${ship}/dock`],
        ["POST", `${ship}/refuel`],
        ["POST", `${ship}/navigate`, { waypointSymbol: dice.pick([waypoints[0] ?? "", ...waypoints]) }],
        ["GET", "/my/agent"],
        ["POST", `${ship}/purchase`, "not json"],
      ]);
      const status = await request(child.url, method, path, body, child.agentToken, { "x-request-id": id }).then(
        (answer) => answer.status,
        () => undefined,
      );
      sent.push({ id, status });
      if (sent.length === answers) child.kill(signal);
    }
  };
  await Promise.all([0, 1, 2, 3].map(caller));
  return sent;
}

describe("a recorded chaos run", () => {
  it("replays to the same universe through faults, dropped answers and kills in the middle [SIM-DETERMINISM] [SIM-FAULTS]", {
    timeout: 60_000,
  }, async () => {
    const [dir, file] = [newDir(), join(newDir(), "chaos.jsonl")];
    const args = ["--seed", String(SEED), "--speed", "6000", "--agent", "chaos", "--admin", "--fleet", "TEN", "--record", file];
    const sent: Sent[] = [];
    const codes: (number | null)[] = [];
    for (let life = 0; life <= LAST_LIFE; life++) {
      const child = await startChild(dir, args);
      await child.admin("/faults", { kind: "dropResponse", operation: "purchaseCargo", count: 3 });
      for (const kind of ["dropResponse", "dropRequest", "unavailable"])
        await child.admin("/faults", { kind, probability: 0.05 });
      await child.admin("/faults", { kind: "delayRequest", delayMs: 5, probability: 0.1 });
      await child.admin("/faults", { kind: "malformedBody", form: "truncated", probability: 0.05 });
      if (life === 1) await child.admin("/clock/jump", { gameSeconds: 50_000 });
      if (life === 1) await child.admin("/clock/speed", { speed: 300 });
      sent.push(...(await clamour(child, life, 90 + 7 * life, life < LAST_LIFE ? "SIGKILL" : "SIGTERM")));
      codes.push((await child.ended).code);
    }

    // Two kills, one proper end.
    expect(codes).toEqual([null, null, 0]);
    const books = booksOf(dir);
    const made = books.filter((line) => line.type === "mutation");
    const doneOf = (id: string) => made.filter((line) => line["requestId"] === id).length;
    expect(Math.max(...sent.map(({ id }) => doneOf(id)))).toBe(1);
    // What was answered as done has been done once and was not lost by any kill.
    expect(sent.filter(({ status }) => status === 201).length).toBeGreaterThan(20);
    expect(sent.filter(({ id, status }) => status === 201 && doneOf(id) !== 1)).toEqual([]);
    expect(sent.some(({ id, status }) => status === undefined && doneOf(id) === 1)).toBe(true);

    // What a universe begins with is there at its first instant, however long the process took to start.
    const [begin, , first] = readFileSync(file, "utf8")
      .split("\n", 3)
      .map((line) => JSON.parse(line) as { gameMs: number });
    expect([begin?.gameMs, first?.gameMs]).toEqual([0, 0]);
    const report = replayRecording(file);
    expect(report.difference).toBeUndefined();
    expect(report).toMatchObject({ starts: LAST_LIFE + 1, hash: books.at(-1)?.["universe"] });
    expect(books.at(-1)?.type).toBe("closed");
    expect(report.refused).toBeGreaterThan(50);
    expect(report.lost).toBeGreaterThan(5);
  });

  it.each([true, false])(
    "finds out what became of a request that a kill interrupted: it happened (%s) [SIM-DETERMINISM] [SIM-BOOKS]",
    async (happened) => {
      const [dir, killed] = [newDir(), newDir()];
      const wall = new TestWall();
      const first = await startHarness({ dataDir: dir, wall, speed: 60, record: join(dir, "run.jsonl") });
      await first.call("POST", "/my/ships/TESTER-1/purchase", { symbol: "FUEL", units: 1 });
      wall.advanceSeconds(30);
      await first.call("POST", "/my/ships/TESTER-1/purchase", { symbol: "FUEL", units: 2 });
      // As the kill leaves it: the request is recorded and its answer is not; the books know of it, or only half a line of it.
      for (const name of ["universe.json", "universe.start.json"]) copyFileSync(join(dir, name), join(killed, name));
      const recorded = readFileSync(join(dir, "run.jsonl"), "utf8");
      writeFileSync(join(killed, "run.jsonl"), recorded.slice(0, recorded.lastIndexOf('{"type":"answer"')));
      const books = readFileSync(join(dir, "books.jsonl"), "utf8");
      writeFileSync(join(killed, "books.jsonl"), books.slice(0, happened ? books.length : books.lastIndexOf('{"seq"')));
      if (!happened) appendFileSync(join(killed, "books.jsonl"), books.slice(books.lastIndexOf('{"seq"'), -100));
      await first.close();
      wall.advanceSeconds(60);
      const second = await startHarness({ dataDir: killed, wall, speed: 60, record: join(killed, "run.jsonl") });
      const cargo = second.sim.ships.get("TESTER-1")?.cargo;
      expect(cargo).toEqual([{ good: "FUEL", units: happened ? 3 : 1 }]);
      await second.call("POST", "/my/ships/TESTER-1/sell", { symbol: "FUEL", units: 1 });
      const hash = second.sim.hash();
      await second.close();
      expect(replayRecording(join(killed, "run.jsonl"))).toMatchObject({
        difference: undefined,
        hash,
        starts: 2,
        interrupted: [{ n: 2, happened }],
      });
    },
  );
});

describe("a paused universe", { timeout: 30_000 }, () => {
  it("stays paused after kill -9, and goes on from the same instant when it is resumed [SIM-CLOCK]", async () => {
    const dir = newDir();
    const args = ["--seed", "3", "--speed", "6000", "--admin"];
    const first = await startChild(dir, args);
    await first.admin("/clock/pause", {});
    const paused = await first.admin("/clock/step", { gameSeconds: 1000 });
    const hash = (await first.admin("/hash"))?.["hash"];
    first.kill("SIGKILL");
    await first.ended;
    const second = await startChild(dir, args);
    expect(await second.admin("/clock")).toEqual(paused);
    expect((await second.admin("/hash"))?.["hash"]).toBe(hash);
    const resumed = Number((await second.admin("/clock/resume", {}))?.["gameSeconds"]);
    expect(resumed).toBe(paused?.["gameSeconds"]);
    await expect.poll(async () => Number((await second.admin("/clock"))?.["gameSeconds"])).toBeGreaterThan(resumed);
  });
});

describe("a full disk", { timeout: 30_000 }, () => {
  const args = ["--seed", "3", "--speed", "60", "--admin", "--no-rate-limit", "--agent", "full"];
  const post = (child: SimulatorChild, action: string, body: unknown) =>
    request(child.url, "POST", `/my/ships/FULL-1/${action}`, body, child.agentToken);
  const buy = (child: SimulatorChild) => post(child, "purchase", { symbol: "FUEL", units: 1 });
  const drop = (child: SimulatorChild) => post(child, "jettison", { symbol: "FUEL", units: 1 });
  const doneIn = (dir: string) => booksOf(dir).filter((line) => ["purchase", "jettison"].includes(String(line["operation"])));

  it("of the books is answered 503 and changes nothing; with room again the universe goes on, and its recording replays [SIM-BOOKS] [SIM-DETERMINISM]", async () => {
    const [dir, file] = [newDir(), join(newDir(), "run.jsonl")];
    // Room for snapshots and for some of the books.
    const full = await startChild(dir, [...args, "--record", file], 300);
    // No ticks, so that what is only looked at needs no room in the books.
    await full.admin("/clock/pause", {});
    let done = 0;
    let last = await buy(full);
    for (; last.status < 300 && done < 3000; done++) last = await (done % 2 === 0 ? drop(full) : buy(full));
    expect(last.status).toBe(503);
    expect(last.body["error"]).toMatchObject({ code: 503, message: expect.stringContaining("nothing has changed") });
    expect((await request(full.url, "GET", "/my/agent", undefined, full.agentToken)).status).toBe(200);
    full.kill("SIGKILL");
    expect((await full.ended).stderr).toContain("EFBIG");

    const roomy = await startChild(dir, [...args, "--record", file]);
    expect(doneIn(dir)).toHaveLength(done);
    expect(booksOf(dir).map(({ seq }) => seq)).toEqual(booksOf(dir).map((_, i) => i + 1));
    expect((await (done % 2 === 1 ? drop(roomy) : buy(roomy))).status).toBeLessThan(300);
    roomy.kill("SIGTERM");
    expect(await roomy.ended).toMatchObject({ code: 0 });
    const report = replayRecording(file);
    expect(report).toMatchObject({ difference: undefined, starts: 2, hash: booksOf(dir).at(-1)?.["universe"] });
  });

  it("of the recording keeps its requests from being carried out [SIM-BOOKS] [SIM-DETERMINISM]", async () => {
    const [dir, file] = [newDir(), join(newDir(), "run.jsonl")];
    const full = await startChild(dir, [...args, "--record", file], 300);
    expect((await buy(full)).status).toBe(201);
    // Refused, so that the books stay small; recorded all the same.
    const wordy = { symbol: "X".repeat(60_000), units: 1 };
    const answers = [];
    for (let i = 0; i < 6; i++) answers.push((await post(full, "jettison", wordy)).status);
    expect(new Set(answers)).toEqual(new Set([422, 503]));
    expect(answers.at(-1)).toBe(503);
    let small = await buy(full);
    for (let i = 0; small.status !== 503 && i < 500; i++) small = await buy(full);
    expect(small.status).toBe(503);
    const done = doneIn(dir).length;
    full.kill("SIGTERM");
    await full.ended;
    expect(doneIn(dir)).toHaveLength(done);
    expect(replayRecording(file)).toMatchObject({ difference: undefined, hash: booksOf(dir).at(-1)?.["universe"] });
  });
});
