import { expect, it } from "vitest";
import { projectTask } from "../../src/actors/projections.ts";
import type { TaskContext } from "../../src/machines/taskSteps.ts";
import type { ActorState } from "../../src/runtime/kind.ts";
import { DrivenActor, loaded, SCOPE } from "../machines/driver.ts";

const ADDRESS = `${SCOPE}/coordinator/pipeline/p1/task/t1`;

/** As ship and cargo stand at a moment of the actor. */
function stateOf(actor: DrivenActor): ActorState<TaskContext> {
  return { value: actor.value, context: actor.context<TaskContext>(), status: actor.status === "done" ? "done" : "active" };
}

it("ends the assignment of a lost ship and lists its cargo, in the commit of the owner that hears of it [G9] [G10]", () => {
  const input = {
    scope: SCOPE,
    id: "t1",
    pipelineId: "p1",
    type: "COLLECT_SELL",
    good: "IRON",
    units: 40,
    source: "X1-A-1",
    target: "X1-A-2",
  };
  const rest = {
    feedsGood: null,
    awaitsProduction: false,
    dependsOn: [],
    priority: 10,
    expected: null,
    ship: "S-1",
    affinityShip: null,
  };
  const actor = new DrivenActor("task", ADDRESS, { ...input, ...rest }).send({ type: "ship.granted", ship: loaded("IRON", 20) });
  const before = stateOf(actor);
  const event = { type: "ship.lost", symbol: "S-1" };
  const after = stateOf(actor.send(event));
  const changes = projectTask({
    address: ADDRESS,
    agent: SCOPE,
    version: 3,
    atMs: 0,
    before,
    after,
    event: { ...event, at: 0, seed: 1 },
  });
  const key = { agent: SCOPE, ship_symbol: "S-1" };
  expect(changes).toContainEqual({
    op: "upsert",
    table: "ship_assignments",
    row: {
      ...key,
      container_id: ADDRESS,
      status: "idle",
      released_at: "1970-01-01T00:00:00.000Z",
      release_reason: "the ship is lost",
    },
  });
  expect(changes).toContainEqual({
    op: "upsert",
    table: "cargo_holds",
    row: { ...key, good: "IRON", units: 20, reason: "the ship is lost", since: "1970-01-01T00:00:00.000Z" },
  });
});
