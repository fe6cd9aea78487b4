import type { ShipState } from "../domain/ship.ts";
import type { JobContext } from "../runtime/job.ts";
import type { SpaceApi } from "../space-api/spaceApi.ts";
import { readOrThrow } from "./requests.ts";

/** Evidence for reconciliation: one list of our ships serves every job that wants one newer than its own request (H6). */
export interface FleetReader {
  /** Our ships as the game showed them in a reading that began at or after `sinceMs`. */
  shipsSince(sinceMs: number, context: Pick<JobContext, "nowMs" | "signal">): Promise<readonly ShipState[]>;
}

export function createFleetReader(spaceApi: Pick<SpaceApi, "myShips">): FleetReader {
  let latest: { readonly begunAtMs: number; readonly ships: Promise<readonly ShipState[]> } | undefined;
  return {
    async shipsSince(sinceMs, context) {
      if (latest === undefined || latest.begunAtMs < sinceMs) {
        // Not bound to one job's signal: others wait for the same answer.
        const never = new AbortController().signal;
        const ships = readOrThrow({ signal: never }, "reconcile", (options) => spaceApi.myShips(options)).then(
          ({ value }) => value,
        );
        const mine = { begunAtMs: context.nowMs(), ships };
        latest = mine;
        ships.catch(() => {
          if (latest === mine) latest = undefined;
        });
      }
      return await latest.ships;
    },
  };
}
