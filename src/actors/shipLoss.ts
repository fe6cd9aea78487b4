import type { ShipContext } from "../machines/shipSteps.ts";
import type { ProjectArgs } from "../runtime/kind.ts";
import type { RowChange } from "../runtime/readModel.ts";
import { ledgerRow } from "./ledgerRows.ts";

/**
 * A ship that the game no longer knows is a loss of its hull and of what was aboard (G13): one row each, in the commit of the ship's end. No
 * credits move; what the cargo cost is in the rows of its purchases, and missing in the profit of its pipeline.
 */
export function shipLoss({ address, after, version, atMs }: ProjectArgs<ShipContext>): readonly RowChange[] {
  const { ship } = after.context;
  const lost = [{ good: null, units: 1 }, ...ship.cargo];
  return lost.map(({ good, units }) =>
    ledgerRow(address, {
      jobId: `${address}:${version}:loss:${good ?? "hull"}`,
      atMs,
      kind: "loss",
      ship: ship.symbol,
      good,
      units,
      unitPriceCredits: 0,
      totalCredits: 0,
      waypoint: ship.waypoint,
      task: null,
      pipeline: null,
    }),
  );
}
