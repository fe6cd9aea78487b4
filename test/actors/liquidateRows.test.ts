import { expect, it } from "vitest";
import { projectTask, projectTaskEnded } from "../../src/actors/manufacturing.projections.ts";
import type { TaskContext } from "../../src/machines/taskSteps.ts";
import { DrivenActor, loaded, quote, SCOPE, shipState, T0 } from "../machines/driver.ts";

const ADDRESS = `${SCOPE}/coordinator/liquidate/1`;
const SINK = "X1-A-2";
const input = {
  scope: SCOPE,
  id: "liquidate/1",
  pipelineId: null,
  type: "LIQUIDATE",
  good: "IRON",
  units: 40,
  source: null,
  target: null,
  feedsGood: null,
  awaitsProduction: false,
  dependsOn: [],
  priority: 100,
  expected: null,
  ship: "S-1",
  affinityShip: "S-1",
};

/** The row as it is after the actor's last event. */
function rowOf(actor: DrivenActor) {
  const context = actor.context<TaskContext>();
  const after = { value: actor.value, status: actor.status === "done" ? "done" : "active", context } as const;
  const event = { type: "xstate.init", at: T0, seed: 1 };
  const change = projectTask({ agent: SCOPE, address: ADDRESS, version: 1, atMs: T0, before: undefined, after, event })[0];
  return change?.op === "upsert" ? change.row : undefined;
}

function sold(actor: DrivenActor, units: number, left: number): DrivenActor {
  const { commandId } = actor.context<TaskContext>();
  const ship = left === 0 ? shipState({ waypoint: SINK }) : { ...loaded("IRON", left), waypoint: SINK };
  const quotes = [quote({ waypoint: SINK, type: "IMPORT", tradeVolume: 20 })];
  return actor.send({
    type: "ship.traded",
    commandId,
    side: "sell",
    good: "IRON",
    units,
    totalCredits: 10 * units,
    ship,
    quotes,
  });
}

it("writes for stranded cargo the market once it is chosen, and what was sold there", () => {
  const actor = new DrivenActor("task", ADDRESS, input).send({ type: "ship.granted", ship: loaded("IRON", 40) });
  expect(rowOf(actor)).toMatchObject({ status: "EXECUTING", target_market: null, quantity: 40, actual_quantity: 0 });
  actor.finish("chooseSink", { waypoint: SINK, rule: "score" });
  expect(rowOf(actor)).toMatchObject({ target_market: SINK, actual_quantity: 0 });
  const ship = { ...loaded("IRON", 40), waypoint: SINK };
  const quotes = [quote({ waypoint: SINK, type: "IMPORT", tradeVolume: 20 })];
  actor.send({ type: "ship.arrived", commandId: actor.context<TaskContext>().commandId, ship, quotes });
  expect(rowOf(sold(actor, 20, 20))).toMatchObject({ target_market: SINK, actual_quantity: 20 });
  const last = { value: actor.value, status: "active", context: actor.context<TaskContext>() } as const;
  const givenUp = projectTaskEnded({ agent: SCOPE, address: ADDRESS, atMs: T0, how: "givenUp", because: "it broke", last });
  expect(givenUp).toMatchObject([{ row: { status: "FAILED", target_market: SINK, actual_quantity: 20 } }]);
  expect(rowOf(sold(actor, 20, 0))).toMatchObject({ status: "COMPLETED", target_market: SINK, actual_quantity: 40 });
});
