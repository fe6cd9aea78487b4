import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fuelNeeded, raisedTransit, travelSeconds } from "../../src/simulator/travel.ts";
import type { FlightMode } from "../../src/simulator/universe.ts";
import { text } from "./support/harness.ts";
import { startedHarness } from "./support/startedHarness.ts";
import { apart, at, bring, place, within } from "./support/voyage.ts";

const FRIGATE = "/my/ships/TESTER-1";
const PROBE = "/my/ships/TESTER-2";
const MODES: readonly FlightMode[] = ["DRIFT", "STEALTH", "CRUISE", "BURN"];

describe("travel time", () => {
  // Worked out by hand: round(round(max(1, d)) · multiplier / speed + 15); multipliers 250, 30, 25, 12.5.
  it.each([
    [100, 36, { DRIFT: 709, STEALTH: 98, CRUISE: 84, BURN: 50 }],
    [100, 15, { DRIFT: 1682, STEALTH: 215, CRUISE: 182, BURN: 98 }],
    [100, 9, { DRIFT: 2793, STEALTH: 348, CRUISE: 293, BURN: 154 }],
    [726.4, 9, { DRIFT: 20_182, STEALTH: 2435, CRUISE: 2032, BURN: 1023 }],
    [0, 36, { DRIFT: 22, STEALTH: 16, CRUISE: 16, BURN: 15 }],
    [0.4, 9, { DRIFT: 43, STEALTH: 18, CRUISE: 18, BURN: 16 }],
    [10.4, 36, { DRIFT: 84, STEALTH: 23, CRUISE: 22, BURN: 18 }],
    [10.5, 36, { DRIFT: 91, STEALTH: 24, CRUISE: 23, BURN: 19 }],
  ])("over %d at engine speed %d is the game's in every mode [SIM-PHYSICS]", (units, engineSpeed, seconds) => {
    expect(Object.fromEntries(MODES.map((mode) => [mode, travelSeconds(units, mode, engineSpeed)]))).toEqual(seconds);
  });
});

describe("fuel", () => {
  it.each([
    [116.28, { DRIFT: 1, STEALTH: 116, CRUISE: 116, BURN: 232 }],
    [116.5, { DRIFT: 1, STEALTH: 117, CRUISE: 117, BURN: 234 }],
    [0, { DRIFT: 1, STEALTH: 1, CRUISE: 1, BURN: 2 }],
    [0.4, { DRIFT: 1, STEALTH: 1, CRUISE: 1, BURN: 2 }],
    [1, { DRIFT: 1, STEALTH: 1, CRUISE: 1, BURN: 2 }],
  ])("over %d is the game's in every mode, and none without a tank [SIM-PHYSICS]", (units, fuel) => {
    expect(Object.fromEntries(MODES.map((mode) => [mode, fuelNeeded(units, mode, 400)]))).toEqual(fuel);
    expect(MODES.map((mode) => fuelNeeded(units, mode, 0))).toEqual([0, 0, 0, 0]);
  });
});

describe("a voyage", () => {
  it.each([
    ["DRIFT", 250, () => 1],
    ["STEALTH", 30, (units: number) => units],
    ["CRUISE", 25, (units: number) => units],
    ["BURN", 12.5, (units: number) => 2 * units],
  ] as const)(
    "in %s takes the time and the fuel of that mode, on the wire, in the tank and in the books [SIM-PHYSICS]",
    async (flightMode, multiplier, fuelOf) => {
      const { call, sim, wall, mutations } = await startedHarness();
      const [here, there] = [sim.universe.headquarters, within(sim, 40, 190)];
      const units = Math.round(apart(at(sim, here), at(sim, there)));
      const seconds = Math.round((units * multiplier) / 36 + 15);
      await call("PATCH", `${FRIGATE}/nav`, { flightMode });
      await call("POST", `${FRIGATE}/orbit`);
      const answer = await call("POST", `${FRIGATE}/navigate`, { waypointSymbol: there }, undefined, {
        "x-request-id": "job-7:1",
      });
      const nav = answer.body["data"]?.["nav"];
      const fuel = answer.body["data"]?.["fuel"];
      expect(answer.status).toBe(200);
      expect(nav).toMatchObject({
        status: "IN_TRANSIT",
        waypointSymbol: there,
        flightMode,
        route: { origin: { symbol: here }, destination: { symbol: there }, departureTime: iso(wall.nowMs()) },
      });
      expect(text(nav?.["route"]?.["arrival"])).toBe(iso(wall.nowMs() + seconds * 1000));
      expect(fuel).toMatchObject({
        current: 400 - fuelOf(units),
        consumed: { amount: fuelOf(units), timestamp: iso(wall.nowMs()) },
      });
      expect(mutations().at(-1)).toMatchObject({
        operation: "navigate",
        requestId: "job-7:1",
        agent: "TESTER",
        ship: "TESTER-1",
        waypoint: here,
        destination: there,
        travelGameSeconds: seconds,
        fuelBurnt: fuelOf(units),
        cargo: { before: { fuel: 400 }, after: { fuel: 400 - fuelOf(units) } },
      });
      expect(sim.ships.get("TESTER-1")?.fuel.current).toBe(400 - fuelOf(units));
    },
  );

  it("to a waypoint at the same place takes 1 fuel and what the formula gives for distance 1 [SIM-PHYSICS]", async () => {
    const { call, sim, wall } = await startedHarness();
    const orbital = at(sim, sim.universe.headquarters).orbitals[0] ?? "";
    expect(apart(at(sim, orbital), at(sim, sim.universe.headquarters))).toBe(0);
    await call("POST", `${FRIGATE}/orbit`);
    const out = (await call("POST", `${FRIGATE}/navigate`, { waypointSymbol: orbital })).body["data"];
    expect(text(out?.["nav"]?.["route"]?.["arrival"])).toBe(iso(wall.nowMs() + 16_000));
    expect(out?.["fuel"]).toMatchObject({ current: 399 });
    wall.advanceSeconds(16);
    // And back, from the orbital to its parent.
    const back = await call("POST", `${FRIGATE}/navigate`, { waypointSymbol: sim.universe.headquarters });
    expect(back.body["data"]?.["fuel"]).toMatchObject({ current: 398 });
  });

  it("of a probe burns nothing in any mode, however far [SIM-PHYSICS]", async () => {
    const { call, sim, wall } = await startedHarness();
    const far = place(sim, "JUMP_GATE");
    await call("POST", `${PROBE}/orbit`);
    for (const [i, flightMode] of MODES.entries()) {
      await call("PATCH", `${PROBE}/nav`, { flightMode });
      const answer = await call("POST", `${PROBE}/navigate`, { waypointSymbol: i % 2 === 0 ? far : sim.universe.headquarters });
      expect(answer.status).toBe(200);
      expect(answer.body["data"]?.["fuel"]).toMatchObject({ current: 0, capacity: 0 });
      wall.advanceSeconds(86_400);
    }
  });

  it("shows the destination as waypoint from the start; arrival is lazy, to the millisecond, and no line in the books [SIM-PHYSICS]", async () => {
    const { call, sim, wall, mutations } = await startedHarness();
    const there = within(sim, 40, 190);
    const seconds = travelSeconds(apart(at(sim, sim.universe.headquarters), at(sim, there)), "CRUISE", 36);
    await call("POST", `${FRIGATE}/orbit`);
    await call("POST", `${FRIGATE}/navigate`, { waypointSymbol: there });
    const lines = mutations().length;
    wall.advanceSeconds(seconds - 0.001);
    expect((await call("GET", `${FRIGATE}/nav`)).body["data"]).toMatchObject({ status: "IN_TRANSIT", waypointSymbol: there });
    wall.advanceSeconds(0.001);
    expect((await call("GET", `${FRIGATE}/nav`)).body["data"]).toMatchObject({ status: "IN_ORBIT", waypointSymbol: there });
    expect((await call("GET", "/my/ships")).body["data"]?.[0]?.["nav"]).toMatchObject({ status: "IN_ORBIT" });
    expect(mutations()).toHaveLength(lines);
    expect((await call("POST", `${FRIGATE}/dock`)).status).toBe(200);
    expect(sim.ships.get("TESTER-1")?.nav).toMatchObject({ status: "DOCKED", waypoint: there });
  });

  it("takes a seventh of the time at speed 7: arrival and seconds in bodies agree with the client's own clock and are never early [SIM-PHYSICS]", async () => {
    const { call, sim, wall } = await startedHarness({ speed: 7 });
    await call("POST", `${FRIGATE}/orbit`);
    const there = within(sim, 40, 190);
    const seconds = travelSeconds(apart(at(sim, sim.universe.headquarters), at(sim, there)), "CRUISE", 36);
    const answer = await call("POST", `${FRIGATE}/navigate`, { waypointSymbol: there });
    const arrival = Date.parse(text(answer.body["data"]?.["nav"]?.["route"]?.["arrival"]));
    expect(seconds % 7).not.toBe(0);
    expect(arrival - wall.nowMs()).toBe(Math.ceil((seconds * 1000) / 7));
    const early = await call("POST", `${FRIGATE}/dock`);
    expect(early.body["error"]?.["data"]).toMatchObject({
      secondsToArrival: Math.ceil(seconds / 7),
      arrival: iso(arrival),
    });
    wall.advanceSeconds((arrival - wall.nowMs()) / 1000);
    expect((await call("POST", `${FRIGATE}/dock`)).status).toBe(200);
  });
});

describe("the flight mode", () => {
  it("raised at departure costs and takes what departing in that mode would have [SIM-PHYSICS]", async () => {
    for (const [from, to] of [
      ["DRIFT", "BURN"],
      ["STEALTH", "CRUISE"],
      ["CRUISE", "BURN"],
    ] as const) {
      const { call, sim, wall } = await startedHarness();
      const there = within(sim, 40, 190);
      const units = apart(at(sim, sim.universe.headquarters), at(sim, there));
      await call("PATCH", `${FRIGATE}/nav`, { flightMode: from });
      await call("POST", `${FRIGATE}/orbit`);
      await call("POST", `${FRIGATE}/navigate`, { waypointSymbol: there });
      const raised = await call("PATCH", `${FRIGATE}/nav`, { flightMode: to });
      expect(raised.body["data"]).toMatchObject({
        nav: { flightMode: to, route: { arrival: iso(wall.nowMs() + travelSeconds(units, to, 36) * 1000) } },
        fuel: { current: 400 - fuelNeeded(units, to, 400) },
        events: [],
      });
    }
  });

  it("raised half-way costs half the difference and takes half of a flight in the new mode; the books tell the fuel [SIM-PHYSICS]", async () => {
    const { call, sim, wall, mutations } = await startedHarness();
    const there = within(sim, 40, 190);
    const units = Math.round(apart(at(sim, sim.universe.headquarters), at(sim, there)));
    await call("POST", `${FRIGATE}/orbit`);
    await call("POST", `${FRIGATE}/navigate`, { waypointSymbol: there });
    wall.advanceSeconds(travelSeconds(units, "CRUISE", 36) / 2);
    const raised = await call("PATCH", `${FRIGATE}/nav`, { flightMode: "BURN" });
    const arrival = Date.parse(text(raised.body["data"]?.["nav"]?.["route"]?.["arrival"]));
    expect(arrival - wall.nowMs()).toBe((travelSeconds(units, "BURN", 36) * 1000) / 2);
    const fuelBurnt = Math.ceil(units / 2);
    expect(sim.ships.get("TESTER-1")?.fuel.current).toBe(400 - units - fuelBurnt);
    expect(mutations().at(-1)).toMatchObject({ operation: "flightMode", flightMode: "BURN", fuelBurnt });
  });

  it("raised step by step is never cheaper and never earlier than raised at once, and never later than not raised [SIM-PHYSICS]", () => {
    const transit = fc.record({ units: fc.double({ min: 0, max: 1500, noNaN: true }), engineSpeed: fc.constantFrom(9, 15, 36) });
    fc.assert(
      fc.property(transit, fc.double({ min: 0, max: 1, noNaN: true }), ({ units, engineSpeed }, share) => {
        const leftMs = Math.round(share * travelSeconds(units, "DRIFT", engineSpeed) * 1000);
        const way = { units, engineSpeed, fuelCapacity: 4000 };
        const atOnce = raisedTransit({ ...way, mode: "DRIFT", leftMs }, "BURN");
        const first = raisedTransit({ ...way, mode: "DRIFT", leftMs }, "CRUISE");
        const second = raisedTransit({ ...way, mode: "CRUISE", leftMs: first.leftMs }, "BURN");
        expect(first.fuel + second.fuel).toBeGreaterThanOrEqual(atOnce.fuel);
        expect(first.fuel + second.fuel).toBeLessThanOrEqual(atOnce.fuel + 2);
        expect(Math.abs(second.leftMs - atOnce.leftMs)).toBeLessThanOrEqual(2);
        expect(first.leftMs).toBeLessThanOrEqual(leftMs);
        expect(second.leftMs).toBeLessThanOrEqual(first.leftMs);
      }),
      { seed: 7, numRuns: 500 },
    );
  });

  it("is not lowered in transit: 4269, nothing changes; after arrival any mode is set freely [SIM-PHYSICS]", async () => {
    const { call, sim, wall, mutations } = await startedHarness();
    await call("POST", `${FRIGATE}/orbit`);
    await call("POST", `${FRIGATE}/navigate`, { waypointSymbol: within(sim, 40, 190) });
    const lines = mutations().length;
    for (const flightMode of ["STEALTH", "DRIFT"]) {
      const lowered = await call("PATCH", `${FRIGATE}/nav`, { flightMode });
      expect([lowered.status, lowered.body["error"]?.["code"]]).toEqual([400, 4269]);
    }
    expect((await call("PATCH", `${FRIGATE}/nav`, { flightMode: "CRUISE" })).status).toBe(200);
    expect(mutations()).toHaveLength(lines);
    wall.advanceSeconds(86_400);
    const { current } = sim.ships.get("TESTER-1")?.fuel ?? {};
    for (const flightMode of ["DRIFT", "BURN", "STEALTH"]) {
      expect((await call("PATCH", `${FRIGATE}/nav`, { flightMode })).body["data"]).toMatchObject({
        nav: { flightMode, status: "IN_ORBIT" },
        fuel: { current },
      });
    }
  });

  it("is not raised without the fuel for it: 4203 with the figures, nothing changes [SIM-PHYSICS]", async () => {
    const { call, sim, mutations } = await startedHarness();
    const far = within(sim, 210, 400);
    const units = Math.round(apart(at(sim, sim.universe.headquarters), at(sim, far)));
    await call("POST", `${FRIGATE}/orbit`);
    await call("POST", `${FRIGATE}/navigate`, { waypointSymbol: far });
    const lines = mutations().length;
    const answer = await call("PATCH", `${FRIGATE}/nav`, { flightMode: "BURN" });
    expect([answer.status, answer.body["error"]]).toMatchObject([
      400,
      { code: 4203, data: { shipSymbol: "TESTER-1", fuelRequired: units, fuelAvailable: 400 - units } },
    ]);
    expect(mutations()).toHaveLength(lines);
    expect(sim.ships.get("TESTER-1")?.nav.flightMode).toBe("CRUISE");
  });

  it("of a probe is raised in transit for nothing [SIM-PHYSICS]", async () => {
    const { call, sim, wall } = await startedHarness();
    await call("POST", `${PROBE}/orbit`);
    await call("POST", `${PROBE}/navigate`, { waypointSymbol: place(sim, "JUMP_GATE") });
    const before = sim.ships.get("TESTER-2")?.nav.arrivalGameMs ?? 0;
    wall.advanceSeconds(60);
    expect((await call("PATCH", `${PROBE}/nav`, { flightMode: "BURN" })).body["data"]?.["fuel"]).toMatchObject({ current: 0 });
    expect(sim.ships.get("TESTER-2")?.nav.arrivalGameMs).toBeLessThan(before);
  });
});

describe("a ship in transit", () => {
  it("refuses every action with 4214 and the transit in its data, and still answers every question [SIM-PHYSICS]", async () => {
    const full = await startedHarness({ fleet: "TEN" });
    const { call, sim, mutations, wall } = full;
    await bring(full, "TESTER-1", within(sim, 40, 190));
    await call("POST", `${FRIGATE}/refuel`);
    await call("POST", `${FRIGATE}/purchase`, { symbol: "FUEL", units: 5 });
    await call("POST", `${FRIGATE}/orbit`);
    const from = within(sim, 40, 190);
    await call("POST", `${FRIGATE}/navigate`, { waypointSymbol: sim.universe.headquarters });
    const departureTime = iso(wall.nowMs());
    const arrivalMs = sim.ships.get("TESTER-1")?.nav.arrivalGameMs ?? 0;
    wall.advanceSeconds(2.5);
    const lines = mutations().length;
    const actions = [
      ["orbit", undefined],
      ["dock", undefined],
      ["navigate", { waypointSymbol: from }],
      ["purchase", { symbol: "FUEL", units: 1 }],
      ["sell", { symbol: "FUEL", units: 1 }],
      ["refuel", {}],
      ["jettison", { symbol: "FUEL", units: 1 }],
      ["transfer", { tradeSymbol: "FUEL", units: 1, shipSymbol: "TESTER-2" }],
    ] as const;
    for (const [action, body] of actions) {
      const answer = await call("POST", `${FRIGATE}/${action}`, body);
      expect([action, answer.status, answer.body["error"]]).toMatchObject([
        action,
        400,
        {
          code: 4214,
          data: {
            departureSymbol: from,
            destinationSymbol: sim.universe.headquarters,
            departureTime,
            secondsToArrival: Math.ceil((arrivalMs - sim.nowGameMs()) / 1000),
          },
        },
      ]);
    }
    expect(mutations()).toHaveLength(lines);
    for (const question of ["", "/nav", "/cargo"]) expect((await call("GET", `${FRIGATE}${question}`)).status).toBe(200);
    expect((await call("GET", `${FRIGATE}/cooldown`)).status).toBe(204);
  });
});

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
