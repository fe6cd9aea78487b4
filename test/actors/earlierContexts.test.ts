import { expect, it } from "vitest";
import { createFleetKinds } from "../../src/actors/fleetKinds.ts";
import { DEFAULT_FLEET_CONFIG } from "../../src/actors/fleetPorts.ts";
import { createMarketBook } from "../../src/actors/marketBook.store.ts";
import { DEFAULT_WORK_POLICY } from "../../src/domain/workPolicy.ts";
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
  ["agent", {}, { unlisted: [], found: [] }],
  ["treasury", { purse: { reservations: [] } }, { lastRefusals: [] }],
  [
    "coordinator",
    { idle: {}, counter: 3 },
    { adopting: {}, given: {}, orders: {}, refusedOrders: [], work: DEFAULT_WORK_POLICY },
  ],
  ["pipeline", { tasks: [] }, { stopped: false, work: DEFAULT_WORK_POLICY }],
])("gives a %s that an earlier version stored what it lacks [G4] [R002-95]", (name, stored, added) => {
  const context = kinds.find(({ kind }) => kind === name)?.context;
  expect(context?.parse({ scope: SCOPE, kept: "as it was", ...stored })).toMatchObject({
    kept: "as it was",
    ...stored,
    ...added,
  });
});
