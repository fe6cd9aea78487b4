import { createFleetKinds } from "../../../src/actors/fleetKinds.ts";
import { DEFAULT_FLEET_CONFIG, type FleetPorts } from "../../../src/actors/fleetPorts.ts";
import { createMarketBook } from "../../../src/actors/marketBook.store.ts";
import type { ActorKind } from "../../../src/runtime/kind.ts";
import type { SpaceApi } from "../../../src/space-api/spaceApi.ts";
import { restartSpecs } from "../../../src/supervisor/restartSpecs.ts";
import { silentLogger } from "../../support/silentLogger.ts";

/** The kinds of the fleet for those who look at machines, rows and contexts: no job runs, so nobody calls the game. */
export function idleKinds(change: Partial<FleetPorts> = {}): readonly ActorKind[] {
  return createFleetKinds({
    spaceApi: {} as SpaceApi,
    marketBook: createMarketBook(),
    gameTime: { speed: 60 },
    config: DEFAULT_FLEET_CONFIG,
    restartSpecs,
    logger: silentLogger,
    ...change,
  });
}
