import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gameMsAt, wallMsAt } from "../../src/simulator/gameClock.ts";
import { RateLimiter } from "../../src/simulator/rateLimit.ts";
import { newDir } from "../support/newDir.ts";
import { type Harness, TestWall, text } from "./support/harness.ts";
import { startedHarness } from "./support/startedHarness.ts";

/** A wall that goes on with every look at it, as real ones do, and sometimes falls back. */
class RestlessWall extends TestWall {
  #ms = Date.parse("2026-01-01T00:00:00.000Z");

  override nowMs(): number {
    this.#ms += 1;
    return this.#ms;
  }

  move(ms: number): void {
    this.#ms += ms;
  }
}

const SHIP = "/my/ships/TESTER-1";

/** Sends the ship away; its nav. */
async function depart({ call, sim }: Harness) {
  const [base] = sim.universe.waypoints.filter((waypoint) => waypoint.type === "ASTEROID_BASE");
  await call("POST", `${SHIP}/orbit`);
  const answer = await call("POST", `${SHIP}/navigate`, { waypointSymbol: base?.symbol });
  expect(answer.status).toBe(200);
  return answer.body["data"]?.["nav"];
}

describe("game time", () => {
  it("has come when the wall time that was told for it has come, and no two milliseconds before [SIM-CLOCK]", () => {
    // Hundredths, whose products fall short of whole numbers by a breath, and whatever else may be asked for.
    const speed = fc.oneof(
      fc.integer({ min: 1, max: 500 }).map((hundredths) => hundredths / 100),
      fc.constantFrom(60, 1000, 99_999),
      fc.double({ min: 0.01, max: 100_000, noNaN: true }),
    );
    const ahead = fc.oneof(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 0, max: 1e9 }));
    fc.assert(
      fc.property(speed, fc.integer({ min: 0, max: 1e9 }), ahead, (speedOf, anchorGameMs, aheadMs) => {
        const clock = { anchorWallMs: 1_767_225_600_123, anchorGameMs, speed: speedOf, isPaused: false };
        const wallMs = wallMsAt(clock, anchorGameMs + aheadMs);
        expect(gameMsAt(clock, wallMs)).toBeGreaterThanOrEqual(anchorGameMs + aheadMs);
        expect(gameMsAt(clock, wallMs - 2)).toBeLessThan(anchorGameMs + aheadMs);
      }),
      { numRuns: 3000 },
    );
  });

  it("is whole, goes on where it was and never runs backwards, whatever is done to clock and wall [SIM-CLOCK]", async () => {
    const wall = new RestlessWall();
    const { sim } = await startedHarness({ wall, speed: 7.3, dataDir: newDir() });
    const deed = fc.oneof(
      fc.record({ kind: fc.constantFrom("pause" as const, "resume" as const, "advance" as const), by: fc.constant(0) }),
      fc.record({ kind: fc.constantFrom("step" as const, "jump" as const), by: fc.integer({ min: 0, max: 100_000 }) }),
      fc.record({ kind: fc.constant("speed" as const), by: fc.integer({ min: 1, max: 500 }) }),
      fc.record({ kind: fc.constant("wall" as const), by: fc.integer({ min: -5000, max: 5000 }) }),
    );
    let last = sim.nowGameMs();
    fc.assert(
      fc.property(deed, ({ kind, by }) => {
        const { speed } = sim.universe.clock;
        if (kind === "pause") sim.pause();
        else if (kind === "resume") sim.resume();
        else if (kind === "advance") sim.advance();
        else if (kind === "step") sim.step(by);
        else if (kind === "jump") sim.jumpBy(by);
        else if (kind === "speed") sim.changeSpeed(by);
        else wall.move(by);
        const now = sim.nowGameMs();
        expect(Number.isInteger(now)).toBe(true);
        // No further than the few milliseconds that passed on the wall, and what was asked for.
        const asked = kind === "step" || kind === "jump" ? by : kind === "wall" ? Math.max(0, by) * speed : 0;
        expect(now - last).toBeGreaterThanOrEqual(kind === "step" || kind === "jump" ? by : 0);
        expect(now - last).toBeLessThanOrEqual(asked + 10 * Math.max(speed, sim.universe.clock.speed) + 1);
        last = now;
      }),
      { numRuns: 300 },
    );
  });

  it("does not fall back with a wall that falls back, not even over a restart [SIM-CLOCK] [SIM-BOOKS]", async () => {
    const [wall, dataDir] = [new TestWall(), newDir()];
    const first = await startedHarness({ wall, dataDir, speed: 60 });
    wall.advanceSeconds(1000);
    const before = first.sim.nowGameMs();
    await first.close();
    wall.advanceSeconds(-900);
    const second = await startedHarness({ wall, dataDir, speed: 60 });
    expect(second.sim.nowGameMs()).toBe(before);
    wall.advanceSeconds(901);
    expect(second.sim.nowGameMs()).toBe(before + 60_000);
  });

  it("refuses to move by what is no whole, forward number of milliseconds [SIM-CLOCK]", async () => {
    const { sim, mutations } = await startedHarness();
    const lines = mutations().length;
    for (const wrong of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => sim.jumpBy(wrong)).toThrow("cannot move");
      expect(() => sim.step(wrong)).toThrow("cannot move");
    }
    expect(sim.jumpTo(sim.nowGameMs() - 1)).toBe(false);
    expect(mutations()).toHaveLength(lines);
  });

  it("stands still within a request: what it does and what the books tell happen at one instant [SIM-CLOCK] [SIM-BOOKS]", async () => {
    const harness = await startedHarness({ wall: new RestlessWall(), speed: 60 });
    await depart(harness);
    const line = harness.mutations().find(({ operation }) => operation === "navigate");
    const ship = harness.sim.ships.get("TESTER-1");
    expect(ship?.nav.departureGameMs).toBe(line?.gameMs);
    expect(ship?.fuel.consumedAtGameMs).toBe(line?.gameMs);
  });
});

describe("a jump", () => {
  it("applies the ticks it passes one by one, as if time had passed [SIM-CLOCK] [E2]", async () => {
    const [jumped, watched] = [await startedHarness({ speed: 60 }), await startedHarness({ speed: 60 })];
    jumped.sim.jumpBy(30 * 3_600_000);
    for (let minute = 0; minute < 30; minute++) {
      watched.wall.advanceSeconds(60);
      watched.sim.advance();
    }
    expect(jumped.sim.universe.tick).toBe(120);
    expect(jumped.sim.hash()).toBe(watched.sim.hash());
    const ticksOf = ({ books }: Harness) => books().flatMap((line) => (line.type === "tick" ? [[line.tick, line.gameMs]] : []));
    expect(ticksOf(jumped)).toHaveLength(120);
    expect(ticksOf(jumped)).toEqual(ticksOf(watched));
  });

  it("brings a ship to its destination, and the wire says so [SIM-CLOCK] [SIM-PHYSICS]", async () => {
    const harness = await startedHarness({ speed: 60 });
    const nav = await depart(harness);
    const { arrivalGameMs } = harness.sim.ships.get("TESTER-1")?.nav ?? { arrivalGameMs: 0 };
    expect(harness.sim.jumpTo(arrivalGameMs - 1)).toBe(true);
    expect((await harness.call("GET", `${SHIP}/nav`)).body["data"]).toMatchObject({ status: "IN_TRANSIT" });
    harness.sim.jumpBy(1);
    const arrived = (await harness.call("GET", `${SHIP}/nav`)).body["data"];
    expect(arrived?.["status"]).toBe("IN_ORBIT");
    // It has arrived now, not when it was once said that it would.
    expect(Date.parse(text(arrived?.["route"]?.["arrival"]))).toBe(harness.wall.nowMs());
    expect(Date.parse(text(nav?.["route"]?.["arrival"]))).toBeGreaterThan(harness.wall.nowMs());
  });
});

describe("while the universe is paused", () => {
  it("an arrival stays as far ahead of the client's clock, and comes when it was said after the resumption [SIM-CLOCK] [SIM-RULES]", async () => {
    const harness = await startedHarness({ speed: 60 });
    const { call, sim, wall } = harness;
    const departed = await depart(harness);
    const flightMs = Date.parse(text(departed?.["route"]?.["arrival"])) - wall.nowMs();
    sim.pause();
    const arrivalMs = async () => Date.parse(text((await call("GET", `${SHIP}/nav`)).body["data"]?.["route"]?.["arrival"]));
    for (const seconds of [0, 100, 4000]) {
      wall.advanceSeconds(seconds);
      expect((await arrivalMs()) - wall.nowMs()).toBe(flightMs);
      expect((await call("POST", `${SHIP}/dock`)).body["error"]?.["data"]).toMatchObject({
        secondsToArrival: Math.ceil(flightMs / 1000),
      });
    }
    sim.step(60_000);
    expect((await arrivalMs()) - wall.nowMs()).toBe(flightMs - 1000);
    sim.resume();
    const promised = await arrivalMs();
    wall.advanceSeconds((promised - wall.nowMs() - 1) / 1000);
    expect((await call("POST", `${SHIP}/dock`)).status).toBe(400);
    wall.advanceSeconds(0.001);
    expect((await call("POST", `${SHIP}/dock`)).status).toBe(200);
  });

  it("nothing changes by waiting, and markets answer as before [SIM-CLOCK]", async () => {
    const { sim, wall, books } = await startedHarness({ speed: 60 });
    sim.jumpBy(7_777_777);
    sim.pause();
    const [hash, lines] = [sim.hash(), books().length];
    wall.advanceSeconds(100_000);
    sim.advance();
    expect(sim.hash()).toBe(hash);
    expect(books()).toHaveLength(lines);
    sim.pause();
    expect(books()).toHaveLength(lines);
  });

  it("the rate limit keeps its word: it goes by the client's clock [SIM-CLOCK] [SIM-RULES]", async () => {
    const { call, sim, wall } = await startedHarness({ speed: 1, limited: true });
    sim.pause();
    const answers = [];
    for (let i = 0; i < 33; i++) answers.push(await call("GET", "/my/agent"));
    const refused = answers.at(-1);
    expect(refused?.status).toBe(429);
    wall.advanceSeconds(Number(refused?.headers.get("retry-after")));
    expect((await call("GET", "/my/agent")).status).toBe(200);
  });
});

describe("another speed", () => {
  it("leaves game time where it is, and what lies ahead comes that much sooner [SIM-CLOCK]", async () => {
    const harness = await startedHarness({ speed: 60 });
    const nav = await depart(harness);
    const leftMs = Date.parse(text(nav?.["route"]?.["arrival"])) - harness.wall.nowMs();
    const now = harness.sim.nowGameMs();
    harness.sim.changeSpeed(120);
    expect(harness.sim.nowGameMs()).toBe(now);
    const sooner = (await harness.call("GET", `${SHIP}/nav`)).body["data"];
    expect(Date.parse(text(sooner?.["route"]?.["arrival"])) - harness.wall.nowMs()).toBe(Math.ceil(leftMs / 2));
  });

  it("ends the windows of the rate limit that have begun when it was said, and makes the next ones as long as it needs [SIM-CLOCK] [SIM-RULES]", () => {
    const limiter = new RateLimiter(1);
    for (let i = 0; i < 32; i++) limiter.take("a", undefined, 0);
    const refused = limiter.take("a", undefined, 10);
    expect(refused).toMatchObject({ allowed: false, resetAtMs: 1000 });
    limiter.changeSpeed(100);
    expect(limiter.take("a", undefined, 999).allowed).toBe(false);
    expect(limiter.take("a", undefined, 1000).allowed).toBe(true);
    limiter.take("a", undefined, 1000);
    expect(limiter.take("a", undefined, 1009).allowed).toBe(false);
    expect(limiter.take("a", undefined, 1010).allowed).toBe(true);
  });
});

describe("delays that were asked for", () => {
  it("wait on the timer that is handed in, so that a virtual clock can be shared [SIM-CLOCK] [SIM-FAULTS]", async () => {
    const waited: number[] = [];
    const wait = (ms: number) => {
      waited.push(ms);
      return Promise.resolve();
    };
    const { call, accountToken } = await startedHarness({ wait });
    const arm = (fault: unknown) => call("POST", "/admin/faults", fault, accountToken);
    await arm({ kind: "delayRequest", delayMs: 600_000 });
    await arm({ kind: "delayResponse", delayMs: 500_000 });
    expect((await call("GET", "/my/agent")).status).toBe(200);
    expect(waited).toEqual([600_000, 500_000]);
  });
});
