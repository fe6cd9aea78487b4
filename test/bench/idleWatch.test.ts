import { expect, it } from "vitest";
import { watchIdleShips } from "../../bench/virtual/idleWatch.ts";
import type { RuntimeNotice } from "../../src/runtime/runtime.ts";

const LIMIT_MS = 60_000;

function transition(kind: string, address: string, atMs: number, value: string, context: object): RuntimeNotice {
  return { notice: "transition", kind, address, atMs, version: 1, event: { type: "any" }, value, context, status: "active" };
}

const HOLD = { waypoint: "X1-A1", speed: 30, fuelUnits: 100, fuelCapacity: 100, cargoCapacity: 40, cargoUnits: 0 };

function ship(symbol: string, atMs: number, isIdle: boolean, hold: Partial<typeof HOLD> = {}): RuntimeNotice {
  const context = { claim: isIdle ? null : { owner: "somebody" }, ship: { symbol, ...HOLD, ...hold } };
  return transition("ship", `ship/${symbol}`, atMs, "resting", context);
}

function task(id: string, atMs: number, status: string, creditsPerShipSecond = 1): RuntimeNotice {
  const entity = { status, priority: 1, sourceMarket: "X1-A1", units: 10, createdAtMs: 0 };
  return transition("task", id, atMs, "any", { address: id, creditsPerShipSecond, task: entity });
}

function stretchesOf(untilMs: number, story: readonly RuntimeNotice[], inReach = true) {
  const watch = watchIdleShips(LIMIT_MS, () => inReach);
  for (const notice of story) watch.observe(notice);
  return watch.stretches(untilMs);
}

it("tells of a ship that had nothing to do for longer than the limit beside one READY task, once [R002-12]", () => {
  const story = [
    ship("A", 0, true),
    task("t1", 10_000, "PENDING"),
    task("t1", 20_000, "READY"),
    task("t2", 50_000, "READY"),
    ship("A", 60_000, true),
    ship("A", 90_000, false),
    task("t1", 500_000, "ASSIGNED"),
  ];
  expect(stretchesOf(500_000, story)).toEqual([{ ship: "A", task: "t1", untilMs: 90_000, lastedMs: 70_000 }]);
  expect(stretchesOf(500_000, story, false)).toEqual([]);
});

it("counts what is still so at the end, and a task that another ship took [R002-12]", () => {
  const story = [task("t1", 0, "READY"), ship("A", 0, true), ship("B", 0, true), task("t1", 61_000, "ASSIGNED")];
  expect(stretchesOf(900_000, story)).toMatchObject([
    { ship: "A", lastedMs: 61_000 },
    { ship: "B", lastedMs: 61_000 },
  ]);
  expect(stretchesOf(61_000, story.slice(0, 2))).toMatchObject([{ ship: "A", lastedMs: 61_000 }]);
});

it("leaves out short waits, tasks that do not pay, and ships that have a claim, cargo or no hold [R002-12]", () => {
  const busy = [ship("C", 0, false), ship("D", 0, true, { cargoUnits: 1 }), ship("E", 0, true, { cargoCapacity: 0 })];
  expect(stretchesOf(900_000, [task("t1", 0, "READY"), ...busy])).toEqual([]);
  expect(stretchesOf(900_000, [ship("A", 0, true), task("t1", 0, "READY", 0)])).toEqual([]);
  expect(stretchesOf(60_000, [ship("A", 0, true), task("t1", 0, "READY")])).toEqual([]);
  const gone = { notice: "ended", kind: "task", address: "t1", status: "done", atMs: 30_000 } as const;
  expect(stretchesOf(900_000, [ship("A", 0, true), task("t1", 0, "READY"), gone])).toEqual([]);
});

it("judges reach as the fleet does: a ship whose tank is too small for the way is not blamed [R002-12]", () => {
  const story = (fuelUnits: number): RuntimeNotice[] => [
    transition("chart", "chart", 0, "charted", {
      waypoints: [waypoint("X1-A1", 0), waypoint("X1-B2", 500)],
      chain: {},
      listings: [],
    }),
    ship("A", 0, true, { waypoint: "X1-B2", fuelUnits, fuelCapacity: 600 }),
    task("t1", 0, "READY"),
  ];
  const stretches = (fuelUnits: number) => {
    const watch = watchIdleShips(LIMIT_MS);
    for (const notice of story(fuelUnits)) watch.observe(notice);
    return watch.stretches(100_000).length;
  };
  expect(stretches(600)).toBe(1);
  expect(stretches(10)).toBe(0);
});

function waypoint(symbol: string, x: number) {
  return { symbol, system: "X1", type: "PLANET", x, y: 0, traits: [] };
}

it("counts what a task has burnt against the fuel that its ship may burn on the way, as the fleet does [R002-12]", () => {
  const offered: (number | undefined)[] = [];
  const watch = watchIdleShips(LIMIT_MS, ({ maxApproachCredits }) => offered.push(maxApproachCredits) > 0);
  const entity = { status: "READY", priority: 1, sourceMarket: "X1-A1", units: 10, createdAtMs: 0, fuelCredits: 130 };
  const context = { address: "t1", creditsPerShipSecond: 1, maxApproachCredits: 200, task: entity };
  for (const notice of [ship("A", 0, true), transition("task", "t1", 0, "any", context)]) watch.observe(notice);
  expect(watch.stretches(900_000)).toHaveLength(1);
  expect(offered).toEqual([70]);
});
