import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { approachBudgetCredits, assignShips, type IdleShip, type ReadyTask } from "../../src/domain/assignment.ts";
import { waypoint, waypointsOf } from "./fixtures/builders.ts";

const PLACES = waypointsOf(waypoint("A", 0, 0), waypoint("B", 100, 0), waypoint("C", 200, 0), waypoint("D", 1000, 0));
const STOPS = ["A", "B", "C"];

describe("assignment", () => {
  it("serves the higher priority first and gives it the closest ship [R002-71]", () => {
    const plan = assign(
      [ready("low", "A", { priority: 10 }), ready("high", "B", { priority: 50 })],
      [idle("S1", "A"), idle("S2", "C")],
    );
    expect(plan.assignments).toMatchObject([
      { taskId: "high", ship: "S1" },
      { taskId: "low", ship: "S2" },
    ]);
    for (const near of ["S1", "S3"])
      expect(assign([ready("t", "A")], [idle(near, "B"), idle("S2", "C")]).assignments).toMatchObject([{ ship: near }]);
  });

  it("prefers the better paid of equal priority, then the older, then the name", () => {
    const tasks = [
      ready("b", "A"),
      ready("a", "A"),
      ready("old", "A", { createdAtMs: -1 }),
      ready("rich", "A", { creditsPerShipSecond: 9 }),
    ];
    const ships = ["S1", "S2", "S3", "S4"].map((symbol) => idle(symbol, "A"));
    expect(assign(tasks, ships).assignments.map(({ taskId }) => taskId)).toEqual(["rich", "old", "a", "b"]);
  });

  it("gives a task with cargo aboard to that ship or to nobody [R002-48] [R002-86] [R000-24]", () => {
    const held = ready("held", "C", { affinityShip: "S2", priority: 1 });
    const plan = assign([ready("near", "A", { priority: 99 }), held], [idle("S1", "B"), idle("S2", "A", { cargoUnits: 40 })]);
    expect(plan.assignments).toContainEqual(expect.objectContaining({ taskId: "held", ship: "S2" }));
    expect(plan.assignments).toContainEqual(expect.objectContaining({ taskId: "near", ship: "S1" }));
    expect(assign([held], [idle("S1", "C")])).toEqual({
      assignments: [],
      unassigned: [{ taskId: "held", reason: "affinityShipBusy" }],
    });
  });

  it("never gives other work to a ship with cargo aboard, nor cargo work to a probe [R002-86]", () => {
    const plan = assign([ready("t", "A")], [idle("S1", "A", { cargoUnits: 1 }), idle("P1", "A", { cargoCapacity: 0 })]);
    expect(plan.unassigned).toEqual([{ taskId: "t", reason: "outOfReach" }]);
  });

  it("passes over a closer ship that cannot reach, and says when none can", () => {
    const dry = idle("S1", "D", { fuelUnits: 5 });
    expect(assign([ready("t", "A")], [dry, idle("S2", "C")]).assignments).toMatchObject([{ ship: "S2" }]);
    expect(assign([ready("t", "A")], [dry]).unassigned).toEqual([{ taskId: "t", reason: "outOfReach" }]);
  });

  it("sends no ship that would burn more on its way than the task allows [R002-72]", () => {
    const way = (maxApproachCredits: number, rest: Partial<ReadyTask> = {}) =>
      assign([ready("t", "A", { maxApproachCredits, ...rest })], [idle("S1", "C")]);
    // 200 away: 200 units of fuel in CRUISE and 400 in BURN, at 0.72 each.
    expect(way(288).assignments).toMatchObject([{ taskId: "t", ship: "S1" }]);
    expect(way(287)).toEqual({ assignments: [], unassigned: [{ taskId: "t", reason: "approachTooDear" }] });
    expect(way(144, { allowBurn: false }).assignments).toMatchObject([{ taskId: "t", ship: "S1" }]);
    // 300 away is more than a tank of 400 can burn: it cruises, as plans count it.
    const far = waypointsOf(waypoint("A", 0, 0), waypoint("F", 300, 0));
    const ship = { ...idle("S1", "F"), fuelCapacity: 400, fuelUnits: 400 };
    const request = { ships: [ship], waypoints: far, fuelStops: [], fuelCreditsPerUnit: 0.72 };
    expect(assignShips({ ...request, tasks: [ready("t", "A", { maxApproachCredits: 216 })] }).assignments).toHaveLength(1);
    expect(assignShips({ ...request, tasks: [ready("t", "A", { maxApproachCredits: 215 })] }).assignments).toHaveLength(0);
    const near = assign([ready("t", "A", { maxApproachCredits: 0 })], [idle("S1", "C"), idle("S2", "A")]);
    expect(near.assignments).toMatchObject([{ ship: "S2" }]);
  });

  it("lets the next ship burn what is left of the task's share, and at least what half of its own gain is worth", () => {
    const left = (maxApproachCredits: number, fuelCredits: number, gainCredits: number) => {
      const money = { expectedCostCredits: 4_000, expectedRevenueCredits: 4_000 + gainCredits };
      return approachBudgetCredits({ maxApproachCredits, fuelCredits, ...money });
    };
    expect(left(100, 30, 80)).toBe(70);
    expect([left(100, 130, 80), left(100, 130, 81)]).toEqual([40, 40]);
    // Never more than it was given, and no debt where its goods gain nothing.
    expect(left(100, 130, 900)).toBe(100);
    expect(left(100, 130, -80)).toBe(0);
  });

  it("takes a small hold only when no larger one is idle", () => {
    const small = idle("S1", "A", { cargoCapacity: 10 });
    expect(assign([ready("t", "A", { cargoUnits: 40 })], [small, idle("S2", "C")]).assignments).toMatchObject([{ ship: "S2" }]);
    expect(assign([ready("t", "A", { cargoUnits: 40 })], [small]).assignments).toMatchObject([{ ship: "S1" }]);
  });

  it("stops when no ship is left and says so [R002-71]", () => {
    const plan = assign([ready("a", "A"), ready("b", "A")], [idle("S1", "A")]);
    expect(plan.assignments).toHaveLength(1);
    expect(plan.unassigned).toEqual([{ taskId: "b", reason: "noShipLeft" }]);
  });

  it("is one-to-one, complete and the same for any order of its input [R002-72]", () => {
    const symbols = fc.uniqueArray(fc.integer({ min: 0, max: 99 }), { maxLength: 12 });
    fc.assert(
      fc.property(symbols, symbols, fc.integer({ min: 0, max: 3 }), (shipNumbers, taskNumbers, held) => {
        const ships = shipNumbers.map((n) => idle(`S${n}`, ["A", "B", "C"][n % 3] ?? "A", { cargoUnits: n % 7 === 0 ? 5 : 0 }));
        const tasks = taskNumbers.map((n) =>
          ready(`t${n}`, ["A", "B", "C", "D"][n % 4] ?? "A", {
            priority: n % 3,
            affinityShip: n % 4 === held ? `S${n}` : undefined,
          }),
        );
        const plan = assign(tasks, ships);
        const usedShips = plan.assignments.map(({ ship }) => ship);
        const usedTasks = plan.assignments.map(({ taskId }) => taskId);
        expect(new Set(usedShips).size).toBe(usedShips.length);
        expect([...usedTasks, ...plan.unassigned.map(({ taskId }) => taskId)].sort()).toEqual(tasks.map(({ id }) => id).sort());
        expect(assign([...tasks].reverse(), [...ships].reverse())).toEqual(plan);
      }),
    );
  });
});

function assign(tasks: readonly ReadyTask[], ships: readonly IdleShip[]) {
  return assignShips({ tasks, ships, waypoints: PLACES, fuelStops: STOPS, fuelCreditsPerUnit: 0.72 });
}

function ready(id: string, startWaypoint: string, rest: Partial<ReadyTask> = {}): ReadyTask {
  return {
    id,
    startWaypoint,
    priority: 10,
    cargoUnits: 0,
    affinityShip: undefined,
    creditsPerShipSecond: 1,
    createdAtMs: 0,
    ...rest,
  };
}

function idle(symbol: string, at: string, rest: Partial<IdleShip> = {}): IdleShip {
  return { symbol, waypoint: at, speed: 15, fuelUnits: 600, fuelCapacity: 600, cargoCapacity: 80, cargoUnits: 0, ...rest };
}
