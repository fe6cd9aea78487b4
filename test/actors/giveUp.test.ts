import { expect, it } from "vitest";
import { createFleetKinds } from "../../src/actors/fleetKinds.ts";
import { DEFAULT_FLEET_CONFIG } from "../../src/actors/fleetPorts.ts";
import { createMarketBook } from "../../src/actors/marketBook.store.ts";
import type { SpaceApi } from "../../src/space-api/spaceApi.ts";
import { restartSpecs } from "../../src/supervisor/restartSpecs.ts";
import { SCOPE } from "../machines/driver.ts";
import { silentLogger } from "../support/hostFixture.ts";

const kinds = createFleetKinds({
  spaceApi: {} as SpaceApi,
  marketBook: createMarketBook(),
  gameTime: { speed: 60 },
  config: DEFAULT_FLEET_CONFIG,
  restartSpecs,
  logger: silentLogger,
});

it.each([
  ["task", `${SCOPE}/coordinator/pipeline/p1/task/t1`],
  ["pipeline", `${SCOPE}/coordinator/pipeline/p1`],
  ["coordinator", `${SCOPE}/coordinator`],
  ["tour", `${SCOPE}/tour/S-2`],
])("frees what a %s held whose last state nobody can read [G9] [G10] [R003-02]", (name, address) => {
  const kind = kinds.find((candidate) => candidate.kind === name);
  const error = { name: "Error", message: "the snapshot does not fit" };
  const messages = kind?.onGiveUp?.({ address, parent: SCOPE, last: undefined, error });
  expect(messages).toEqual([{ to: SCOPE, event: { type: "agent.actorsGone", address } }]);
});

it("shows no task as under way whose worker was given up, and leaves one alone that had ended [R000-03]", () => {
  const kind = kinds.find((candidate) => candidate.kind === "task");
  const address = `${SCOPE}/coordinator/pipeline/p1/task/t1`;
  const task = { id: "p1.t1", type: "ACQUIRE", good: "IRON", createdAtMs: 0 };
  const rowsOf = (status: string) =>
    kind?.projectEnded?.({
      address,
      agent: SCOPE,
      atMs: 0,
      how: "givenUp",
      because: "it broke",
      last: { value: "executing", status: "active", context: { task: { ...task, status }, ship: null } },
    });
  expect(rowsOf("EXECUTING")).toMatchObject([
    { op: "upsert", row: { agent: SCOPE, id: "p1.t1", status: "FAILED", error_message: "it broke", worker_address: address } },
  ]);
  expect(rowsOf("COMPLETED")).toEqual([]);
});
