import { expect, it } from "vitest";
import { DEFAULT_WORK_POLICY } from "../../src/domain/workPolicy.ts";
import { SCOPE, shipState } from "../machines/driver.ts";
import { idleKinds } from "./support/idleKinds.ts";

const kinds = idleKinds();

const STORED_TASK = { id: "p1.t1", status: "EXECUTING" };

it.each([
  ["agent", {}, { unlisted: [], found: [] }],
  ["treasury", { purse: { reservations: [] } }, { lastRefusals: [] }],
  [
    "coordinator",
    { idle: {}, counter: 3 },
    { adopting: {}, given: {}, orders: {}, refusedOrders: [], stoppedByHand: {}, work: DEFAULT_WORK_POLICY },
  ],
  [
    "pipeline",
    { state: { id: "p1" }, tasks: [STORED_TASK], lostWorkers: { "task/t1": { task: STORED_TASK, unitsAboard: 0 } } },
    {
      state: { totalFuelCredits: 0 },
      tasks: [{ fuelCredits: 0 }],
      lostWorkers: { "task/t1": { task: { fuelCredits: 0 } } },
      stopped: false,
      work: DEFAULT_WORK_POLICY,
      gameSecondMs: 1_000 / 60,
    },
  ],
  ["task", { task: STORED_TASK, ship: null }, { task: { fuelCredits: 0 } }],
  ["ship", { ship: shipState(), claim: null }, { tankCredits: 0, fuelCredits: 0 }],
])("gives a %s that an earlier version stored what it lacks [G4] [R002-95]", (name, stored, added) => {
  const context = kinds.find(({ kind }) => kind === name)?.context;
  expect(context?.parse({ scope: SCOPE, kept: "as it was", ...stored })).toMatchObject({
    kept: "as it was",
    ...added,
  });
  expect(context?.parse({ scope: SCOPE, ...stored })).toMatchObject(stored);
});

it.each([
  ["task", "ship.arrived", { commandId: "1", ship: shipState(), quotes: [] }, { fuelCredits: 0 }],
  [
    "tour",
    "ship.commandFailed",
    { commandId: "1", reason: "busy", detail: "", ship: shipState(), quotes: [] },
    { fuelCredits: 0 },
  ],
  ["task", "ship.lost", { symbol: "S-1", destroyed: true }, { fuelCredits: 0 }],
  [
    "ship",
    "ship.command",
    { claimant: SCOPE, command: { kind: "travel", commandId: "1", waypoint: "X1-A-1" } },
    { command: { memo: null } },
  ],
  ["pipeline", "pipeline.workerLost", { child: "task/t1", task: STORED_TASK, unitsAboard: 0 }, { task: { fuelCredits: 0 } }],
])("gives mail of a %s that waits since an earlier version what it lacks: %s [G4] [R002-95]", (name, type, stored, added) => {
  const schema = kinds.find(({ kind }) => kind === name)?.events[type];
  expect(schema?.parse(stored)).toMatchObject(added);
});
