import { expect, it } from "vitest";
import { followShipHours } from "../../bench/virtual/shipHours.ts";
import type { RuntimeNotice } from "../../src/runtime/runtime.ts";

const START_MS = 5_000;

function notice(kind: string, address: string, afterMs: number, value: string, context: object): RuntimeNotice {
  const event = { type: "any" };
  return { notice: "transition", kind, address, atMs: START_MS + afterMs, version: 1, event, value, context, status: "active" };
}

const ship = (afterMs: number, value: string, claim: object | null, cargoCapacity = 40): RuntimeNotice =>
  notice("ship", `ship/${cargoCapacity}`, afterMs, value, { claim, ship: { cargoCapacity } });
const task = (afterMs: number, status: string): RuntimeNotice =>
  notice("task", "task/1", afterMs, "any", { task: { status, awaitsProduction: true } });

it("gives each moment of a ship with a hold to one use [SIM-BOOKS]", () => {
  const hours = followShipHours(START_MS);
  const claim = { owner: "task/1" };
  const story = [
    ship(0, "resting", null),
    ship(0, "flying", claim, 0),
    task(10, "PENDING"),
    task(30, "READY"),
    ship(35, "resting", claim),
    ship(40, "navigating", claim),
    ship(42, "flying", claim),
    ship(142, "purchasing", claim),
    ship(150, "flying", claim),
  ];
  for (const told of story) hours.observe(told);
  const first = hours.takeWindow(START_MS + 200);
  expect(first).toEqual({ idle: 15, supply: 20, waiting: 5, requests: 2, travelling: 150, trading: 8 });
  hours.observe({ notice: "ended", kind: "ship", address: "ship/40", status: "done", atMs: START_MS + 260 });
  expect(hours.takeWindow(START_MS + 900)).toEqual({
    ...first,
    idle: 0,
    supply: 0,
    waiting: 0,
    requests: 0,
    trading: 0,
    travelling: 60,
  });
});
