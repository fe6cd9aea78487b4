import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { keepBooks } from "../../src/cli/books/bookkeeper.ts";
import { readLines } from "../../src/cli/books/readLines.ts";
import { newDir } from "../support/newDir.ts";
import { type Harness, type HarnessOptions, type Response, text } from "./support/harness.ts";
import { startedHarness } from "./support/startedHarness.ts";

let harness: Harness;
beforeEach(async () => {
  harness = await start({});
});

function start(options: HarnessOptions): Promise<Harness> {
  return startedHarness({ speed: 60, ...options });
}

const SHIP = "/my/ships/TESTER-1";
const reset = (body: object = {}, on = harness): Promise<Response> => on.call("POST", "/admin/reset", body, on.accountToken);
const register = (on = harness): Promise<Response> =>
  on.call("POST", "/register", { symbol: "TESTER", faction: "COSMIC" }, on.accountToken);

/** The files as a kill -9 at this instant leaves them. */
function killedCopy(from: string): string {
  const dir = newDir();
  for (const file of ["books.jsonl", "universe.json"]) copyFileSync(join(from, file), join(dir, file));
  return dir;
}

/** What a universe is made of, apart from what was done in it. */
function worldOf({ sim }: Harness) {
  const { system, headquarters, waypoints, gates, supplyChain } = sim.universe;
  const markets = sim.universe.markets.map(({ waypoint, recipes, goods }) => ({
    waypoint,
    recipes,
    goods: goods.map(({ good, kind, base, startStock }) => ({ good, kind, base, startStock })),
  }));
  return structuredClone({ system, headquarters, waypoints, gates, supplyChain, markets });
}

describe("a reset of the universe", () => {
  it("answers everything with 3100 for a while, then knows no agent, calls old tokens 4113 and takes new ones [SIM-FAULTS]", async () => {
    const { call, wall, sim, accountToken, token } = harness;
    await call("POST", `${SHIP}/purchase`, { symbol: "FUEL", units: 2 });
    const begun = await reset();
    expect([begun.status, begun.body["data"]]).toMatchObject([
      201,
      { resetDate: "2026-01-01", resets: 0, maintenance: { untilGameSeconds: 300, resetDate: "2026-01-02" } },
    ]);
    const lines = harness.mutations().length;
    for (const [method, path, bearer] of [
      ["GET", "/", null],
      ["GET", "/my/agent", token],
      ["POST", `${SHIP}/orbit`, token],
      ["POST", "/register", accountToken],
      ["GET", "/nowhere", "rubbish"],
    ] as const) {
      const answer = await call(method, path, method === "POST" ? {} : undefined, bearer);
      expect([path, answer.status, answer.body["error"]]).toEqual([
        path,
        503,
        {
          code: 3100,
          message: "The universe is being reset. Please check back in a few minutes.",
          requestId: expect.any(String),
        },
      ]);
    }
    expect(harness.mutations()).toHaveLength(lines);
    wall.advanceSeconds(4.999);
    expect((await call("GET", "/")).status).toBe(503);
    wall.advanceSeconds(0.001);

    const stale = await call("GET", "/my/agent");
    expect(stale.status).toBe(401);
    expect(stale.body["error"]).toMatchObject({
      code: 4113,
      message: expect.stringContaining("Token reset_date does not match the server."),
      data: { expected: "2026-01-02", actual: "2026-01-01" },
    });
    expect((await call("GET", `/systems/${sim.universe.system.symbol}`)).body["error"]).toMatchObject({ code: 4113 });
    expect((await call("GET", "/", undefined, null)).body).toMatchObject({
      resetDate: "2026-01-02",
      stats: { agents: 0, ships: 0 },
    });

    const again = await register();
    expect(again.status).toBe(201);
    const fresh = text(again.body["data"]?.["token"]);
    expect(fresh).not.toBe(token);
    expect((await call("GET", "/my/agent", undefined, fresh)).body["data"]).toMatchObject({ credits: 175_000, shipCount: 2 });
    expect((await call("GET", SHIP, undefined, fresh)).body["data"]?.["cargo"]).toMatchObject({ units: 0 });
    expect((await call("GET", "/my/agent")).body["error"]).toMatchObject({ code: 4113 });
  });

  it("is told in the books: when it was ordered, and what was lost when the era began [SIM-BOOKS]", async () => {
    await reset({ seed: 5, maintenanceGameSeconds: 60, resetDate: "2026-02-01" });
    harness.wall.advanceSeconds(1);
    harness.sim.advance();
    const [ordered, begun] = harness.mutations().slice(-2);
    expect(ordered).toMatchObject({
      operation: "adminReset",
      before: { seed: 1, source: "seed 1", resetDate: "2026-01-01" },
      after: { seed: 5, source: "seed 5", resetDate: "2026-02-01" },
      maintenanceGameSeconds: 60,
    });
    expect(begun).toMatchObject({
      operation: "eraBegan",
      before: { seed: 1, resetDate: "2026-01-01", resets: 0 },
      after: { seed: 5, resetDate: "2026-02-01", resets: 1 },
      lost: { agents: ["TESTER"], ships: 2 },
    });
    expect(JSON.stringify(harness.books())).not.toContain(harness.sim.universe.secret);

    await register();
    harness.wall.advanceSeconds(60);
    harness.sim.advance();
    const path = join(harness.dataDir, "books.jsonl");
    const report = await keepBooks(readLines(path), { agent: undefined, fromHour: 0, toHour: 1000 });
    expect(report).toMatchObject({ damaged: [], mismatches: [], resets: 1, ledgers: [{ agent: "TESTER", creditsNow: 175_000 }] });
  });

  it("brings the same universe for the same seed, another for another, and its economy runs on [SIM-DETERMINISM]", async () => {
    const first = worldOf(harness);
    await reset({ maintenanceGameSeconds: 0 });
    expect(worldOf(harness)).toEqual(first);
    await reset({ maintenanceGameSeconds: 0, seed: 2 });
    const other = await start({ seed: 2 });
    expect(worldOf(harness)).toEqual(worldOf(other));
    expect(harness.sim.universe).toMatchObject({ seed: 2, source: "seed 2", resets: 2, resetDate: "2026-01-03" });
    const stocks = () => [...harness.sim.markets.values()].map(({ goods }) => goods.map(({ stock }) => stock));
    const before = stocks();
    harness.wall.advanceSeconds(60);
    harness.sim.advance();
    expect(stocks()).not.toEqual(before);
    expect(harness.books().at(-1)).toMatchObject({ gameMs: harness.sim.universe.tick * 900_000 });
  });

  it("ends at its own time, also when nobody looks until much later [SIM-CLOCK]", async () => {
    const twin = await start({});
    for (const one of [harness, twin]) {
      await reset({ seed: 3, maintenanceGameSeconds: 1000 }, one);
      one.wall.advanceSeconds(17);
    }
    // 1000 s is in the second tick: one looks then, the other after a day.
    harness.sim.advance();
    expect(harness.sim.universe).not.toHaveProperty("maintenance");
    for (const one of [harness, twin]) {
      one.wall.advanceSeconds(1440);
      one.sim.advance();
    }
    expect(twin.sim.hash()).toBe(harness.sim.hash());
  });

  it("survives a kill -9 in the middle of its maintenance, and right after the era began [SIM-FAULTS] [SIM-BOOKS]", async () => {
    const { wall } = harness;
    await reset({ seed: 4, maintenanceGameSeconds: 600 });
    wall.advanceSeconds(3);
    const middle = killedCopy(harness.dataDir);
    const snapshot = readFileSync(join(middle, "universe.json"));
    const resumed = await start({ dataDir: middle, wall });
    expect((await resumed.call("GET", "/")).body["error"]).toMatchObject({ code: 3100 });
    expect((await reset({}, resumed)).status).toBe(409);

    wall.advanceSeconds(7);
    harness.sim.advance();
    resumed.sim.advance();
    expect(resumed.sim.universe).toMatchObject({ seed: 4, resets: 1, resetDate: "2026-01-02" });
    expect(resumed.sim.hash()).toBe(harness.sim.hash());
    expect((await resumed.call("GET", "/my/agent", undefined, harness.token)).body["error"]).toMatchObject({ code: 4113 });

    // The snapshot is of before: the era is in the books only.
    expect((await register()).status).toBe(201);
    wall.advanceSeconds(100);
    harness.sim.advance();
    const after = killedCopy(harness.dataDir);
    writeFileSync(join(after, "universe.json"), snapshot);
    const replayed = await start({ dataDir: after, wall });
    expect(replayed.sim.hash()).toBe(harness.sim.hash());
    expect(replayed.books().filter(({ operation }) => operation === "eraBegan")).toHaveLength(1);
    const fresh = text((await replayed.call("GET", "/", undefined, null)).body["resetDate"]);
    expect(fresh).toBe("2026-01-02");
  });

  it("refuses a second reset while one is under way, and a reset date that has been [SIM-LEVERS]", async () => {
    expect((await reset({ resetDate: "2026-01-01" })).body["error"]?.["data"]).toEqual({
      resetDate: ["must be after 2026-01-01"],
    });
    await reset();
    const second = await reset();
    expect([second.status, second.body["error"]?.["data"]]).toMatchObject([409, { maintenance: { resetDate: "2026-01-02" } }]);
  });

  it("begins by a fault in a window of game time: its victim is the first to hear 3100 [SIM-FAULTS]", async () => {
    const { call, accountToken, wall, sim } = harness;
    const fault = { kind: "reset", seed: 9, maintenanceGameSeconds: 120, fromGameSeconds: 60, untilGameSeconds: 61 };
    await call("POST", "/admin/faults", fault, accountToken);
    expect((await call("GET", "/my/agent")).status).toBe(200);
    wall.advanceSeconds(1);
    const victim = await call("POST", `${SHIP}/orbit`);
    expect([victim.status, victim.body["error"]?.["code"]]).toEqual([503, 3100]);
    expect((await call("GET", "/my/agent")).body["error"]).toMatchObject({ code: 3100 });
    const { body } = await call("GET", "/admin/faults", undefined, accountToken);
    expect(body["data"]).toMatchObject([{ hits: 2 }]);
    wall.advanceSeconds(2);
    expect((await call("GET", "/my/agent")).body["error"]).toMatchObject({ code: 4113 });
    expect(sim.universe).toMatchObject({ seed: 9, resets: 1 });
    expect(harness.mutations().filter(({ operation }) => operation === "orbit")).toEqual([]);
  });
});
