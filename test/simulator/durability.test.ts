import { appendFileSync, copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { BookLine } from "../../src/simulator/books.ts";
import { newDir } from "../support/newDir.ts";
import { type Harness, TestWall } from "./support/harness.ts";
import { startedHarness } from "./support/startedHarness.ts";

/** The files as a kill -9 at this instant leaves them: the books up to now, the snapshot of long ago. */
function killedCopy(from: string): string {
  const dir = newDir();
  for (const file of ["books.jsonl", "universe.json"]) copyFileSync(join(from, file), join(dir, file));
  return dir;
}

/** Everything that can differ between two universes. */
function stateOf({ sim }: Harness): unknown {
  sim.advance();
  const { tick, clock } = sim.universe;
  const markets = [...sim.markets.values()];
  return structuredClone({
    tick,
    clock,
    markets,
    yards: [...sim.yards.values()],
    ships: [...sim.ships.values()],
    agents: [...sim.agents.values()],
  });
}

/** Some life: voyages, trades and ticks. */
async function live({ call, wall, sim }: Harness): Promise<void> {
  const ship = "/my/ships/TESTER-1";
  const bases = sim.universe.waypoints.filter((waypoint) => waypoint.type === "ASTEROID_BASE");
  await call("POST", `${ship}/orbit`);
  await call("POST", `${ship}/navigate`, { waypointSymbol: bases[0]?.symbol });
  wall.advanceSeconds(40);
  await call("POST", `${ship}/dock`);
  await call("POST", `${ship}/refuel`);
  await call("POST", `${ship}/purchase`, { symbol: "DIAMONDS", units: 12 });
  wall.advanceSeconds(60);
  await call("POST", `${ship}/purchase`, { symbol: "PLATINUM", units: 7 });
  await call("POST", `${ship}/orbit`);
  await call("POST", `${ship}/navigate`, { waypointSymbol: sim.universe.headquarters });
}

describe("a universe", () => {
  it("is found as it was after a kill -9: the snapshot, then every mutation of the books since", async () => {
    const wall = new TestWall();
    const first = await startedHarness({ dataDir: newDir(), wall, speed: 60 });
    await live(first);
    const dir = killedCopy(first.dataDir);
    expect(readFileSync(join(dir, "universe.json"), "utf8")).not.toContain('DIAMONDS","units":12');
    const second = await startedHarness({ dataDir: dir, wall, speed: 60 });
    expect(stateOf(second)).toEqual(stateOf(first));
    expect(second.sim.ships.get("TESTER-1")?.nav.status).toBe("IN_TRANSIT");
    expect((await second.call("GET", "/my/agent", undefined, first.token)).status).toBe(200);
  });

  it("tolerates a torn last line: it was never answered, so it never happened", async () => {
    const wall = new TestWall();
    const first = await startedHarness({ dataDir: newDir(), wall, speed: 60 });
    await live(first);
    const dir = killedCopy(first.dataDir);
    const books = join(dir, "books.jsonl");
    const whole = statSync(books).size;
    appendFileSync(books, '{"seq":999,"type":"mutation","operation":"sell","redo":[{"put":"agent","val');
    const second = await startedHarness({ dataDir: dir, wall, speed: 60 });
    expect(stateOf(second)).toEqual(stateOf(first));
    expect(readFileSync(books).subarray(0, whole)).toEqual(readFileSync(join(first.dataDir, "books.jsonl")));
    expect(second.books().map((line) => line.seq)).toEqual(second.books().map((_, i) => i + 1));
  });

  it("refuses damaged books instead of guessing", async () => {
    const first = await startedHarness({ dataDir: newDir(), speed: 60 });
    await live(first);
    const dir = killedCopy(first.dataDir);
    appendFileSync(join(dir, "books.jsonl"), '{"seq":4711,"type":"mutation","gameMs":0}\n');
    await expect(startedHarness({ dataDir: dir })).rejects.toThrow("the books are damaged");
  });

  it("goes back to its first snapshot when the latest is torn, and the books lead to the same universe [SIM-BOOKS]", async () => {
    const wall = new TestWall();
    const first = await startedHarness({ dataDir: newDir(), wall, speed: 60 });
    await live(first);
    first.sim.saveSnapshot();
    await first.call("POST", "/my/ships/TESTER-2/orbit");
    for (const keep of [0, 1, 20_000, -1]) {
      const dir = killedCopy(first.dataDir);
      copyFileSync(join(first.dataDir, "universe.start.json"), join(dir, "universe.start.json"));
      const snapshot = readFileSync(join(dir, "universe.json"));
      writeFileSync(join(dir, "universe.json"), snapshot.subarray(0, keep));
      const second = await startedHarness({ dataDir: dir, wall, speed: 60 });
      expect(stateOf(second)).toEqual(stateOf(first));
      expect(second.sim.hash()).toBe(first.sim.hash());
      expect(second.books().map((line) => line.seq)).toEqual(second.books().map((_, i) => i + 1));
    }
  });

  it("is found at every line of its books: a kill after any of them leaves the universe of that line [SIM-BOOKS] [SIM-DETERMINISM]", async () => {
    const first = await startedHarness({ dataDir: newDir(), wall: new TestWall(), speed: 60 });
    const hashes = new Map<number, string>();
    const note = () => hashes.set(first.books().length, first.sim.hash());
    first.sim.watch(note);
    await live(first);
    const books = readFileSync(join(first.dataDir, "books.jsonl"), "utf8").split("\n");
    expect(hashes.size).toBeGreaterThan(6);
    for (const [lines, hash] of hashes) {
      const dir = newDir();
      copyFileSync(join(first.dataDir, "universe.start.json"), join(dir, "universe.start.json"));
      // With the first bytes of what was being written next.
      writeFileSync(join(dir, "books.jsonl"), `${books.slice(0, lines).join("\n")}\n${books[lines]?.slice(0, 77) ?? ""}`);
      const wall = new TestWall();
      wall.advanceSeconds(Number(JSON.parse(books[lines - 1] ?? "{}").gameMs) / 60_000);
      const second = await startedHarness({ dataDir: dir, wall, speed: 60 });
      expect(second.sim.hash()).toBe(hash);
    }
  });

  it("is not begun anew over books that have lost it, nor on books that have lost their end [SIM-BOOKS]", async () => {
    const first = await startedHarness({ dataDir: newDir(), speed: 60 });
    await live(first);
    first.sim.saveSnapshot();
    const orphaned = newDir();
    copyFileSync(join(first.dataDir, "books.jsonl"), join(orphaned, "books.jsonl"));
    await expect(startedHarness({ dataDir: orphaned })).rejects.toThrow("the universe is lost");
    const shortened = killedCopy(first.dataDir);
    const books = readFileSync(join(shortened, "books.jsonl"));
    writeFileSync(join(shortened, "books.jsonl"), books.subarray(0, books.length - 500));
    await expect(startedHarness({ dataDir: shortened })).rejects.toThrow("the file is damaged");
    const foreign = killedCopy(first.dataDir);
    writeFileSync(join(foreign, "universe.json"), '{"seq":1,"booksBytes":0,"universe":{"format":"other/7"}}');
    await expect(startedHarness({ dataDir: foreign })).rejects.toThrow("not a universe of this version");
  });

  it("goes on when a snapshot cannot be saved: the books have everything [SIM-BOOKS]", async () => {
    const wall = new TestWall();
    const first = await startedHarness({ dataDir: newDir(), wall, speed: 60 });
    // Nothing can be written where a directory is.
    mkdirSync(join(first.dataDir, "universe.json.new"));
    const credits = first.sim.agents.get("TESTER");
    if (credits === undefined) throw new Error("no agent");
    for (let i = 0; i < 1100; i++) {
      const value = { ...credits, credits: i };
      first.sim.commit({ operation: "test", requestId: null, agent: null, puts: [{ put: "agent", value }] });
    }
    expect(first.sim.agents.get("TESTER")?.credits).toBe(1099);
    const second = await startedHarness({ dataDir: killedCopy(first.dataDir), wall, speed: 60 });
    expect(second.sim.hash()).toBe(first.sim.hash());
    rmSync(join(first.dataDir, "universe.json.new"), { recursive: true, force: true });
  });

  it("does not tell a label change twice after a restart", async () => {
    const wall = new TestWall();
    const first = await startedHarness({ dataDir: newDir(), wall, speed: 60 });
    wall.advanceSeconds(600);
    first.sim.advance();
    const told = (harness: Harness) => harness.books().filter((line) => line.type === "supplyChanged");
    expect(told(first).length).toBeGreaterThan(5);
    const second = await startedHarness({ dataDir: killedCopy(first.dataDir), wall, speed: 60 });
    second.sim.advance();
    expect(told(second)).toEqual(told(first));
    wall.advanceSeconds(600);
    second.sim.advance();
    first.sim.advance();
    const bare = (harness: Harness) => told(harness).map((line) => ({ ...line, seq: 0 }));
    expect(bare(second)).toEqual(bare(first));
  });

  it("catches up exactly: a market nobody looked at for a day is where it would be had it been watched", async () => {
    const watched = await startedHarness({ dataDir: newDir(), wall: new TestWall(), speed: 60 });
    const ignored = await startedHarness({ dataDir: newDir(), wall: new TestWall(), speed: 60 });
    for (let minute = 0; minute < 24; minute++) {
      watched.wall.advanceSeconds(60);
      watched.sim.advance();
    }
    ignored.wall.advanceSeconds(24 * 60);
    expect(stateOf(ignored)).toEqual(stateOf(watched));
    expect(watched.sim.universe.tick).toBe(96);
  });

  it("is the same universe for the same seed and the same requests at the same game times", async () => {
    const one = await startedHarness({ dataDir: newDir(), wall: new TestWall(), speed: 60 });
    const two = await startedHarness({ dataDir: newDir(), wall: new TestWall(), speed: 60 });
    await live(one);
    await live(two);
    expect(stateOf(two)).toEqual(stateOf(one));
    expect(readFileSync(join(two.dataDir, "books.jsonl"), "utf8")).toBe(readFileSync(join(one.dataDir, "books.jsonl"), "utf8"));
  });

  it("goes on in continuous game time at another speed", async () => {
    const { sim, wall } = await startedHarness({ dataDir: newDir(), speed: 60 });
    wall.advanceSeconds(100);
    sim.changeSpeed(10);
    expect(sim.nowGameMs()).toBe(6_000_000);
    wall.advanceSeconds(100);
    expect(sim.nowGameMs()).toBe(7_000_000);
  });
});

describe("the books", () => {
  it("balance: credits and cargo of every agent follow line by line from the first to the universe's last state", async () => {
    const harness = await startedHarness({ dataDir: newDir(), speed: 60 });
    await live(harness);
    const lines = harness.mutations();
    const creditsOf = (line: BookLine | undefined) => (line?.["credits"] ?? {}) as { before?: number; after?: number };
    const paid = lines.filter((line) => line["credits"] !== undefined);
    expect(paid.slice(1).map((line) => creditsOf(line).before)).toEqual(paid.slice(0, -1).map((line) => creditsOf(line).after));
    const purchases = lines.filter((line) => line["operation"] === "purchase");
    expect(purchases).toHaveLength(2);
    expect(purchases.map((line) => (creditsOf(line).before ?? 0) - (creditsOf(line).after ?? 0))).toEqual(
      purchases.map((line) => line["total"]),
    );
    const credits = creditsOf(paid.at(-1)).after;
    const units = purchases.reduce((sum, line) => sum + Number(line["units"]), 0);
    expect(credits).toBe(harness.sim.agents.get("TESTER")?.credits);
    expect(units).toBe(harness.sim.ships.get("TESTER-1")?.cargo.reduce((sum, item) => sum + item.units, 0));
    expect(harness.books().map((line) => line.seq)).toEqual(harness.books().map((_, i) => i + 1));
  });
});
