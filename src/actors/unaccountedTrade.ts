import type { ShipContext } from "../machines/shipSteps.ts";
import { unitsAboard } from "../machines/taskSteps.ts";
import type { ProjectArgs } from "../runtime/kind.ts";
import type { RowChange } from "../runtime/readModel.ts";
import { ledgerRow } from "./ledgerRows.ts";

/**
 * Nobody could prove what became of a trade, and then the ship's own reading shows that its cargo has changed: the units are a fact (G13),
 * the credits are not known and stay 0. One row, in the commit that takes the reading.
 */
export function unaccountedTrade({
  address,
  before,
  after,
  version,
  atMs,
  event,
}: ProjectArgs<ShipContext>): readonly RowChange[] {
  if (before === undefined || event.type !== "xstate.done.actor.readShip") return [];
  const { command, problem, ship } = before.context;
  if (problem?.name !== "outcomeUnknown" || command === null || command.kind === "travel") return [];
  const change = unitsAboard(after.context.ship, command.good) - unitsAboard(ship, command.good);
  if (change === 0) return [];
  return [
    ledgerRow(address, {
      jobId: `${address}:${version}:unaccounted`,
      atMs,
      kind: "unaccounted",
      ship: ship.symbol,
      good: command.good,
      units: Math.abs(change),
      unitPriceCredits: 0,
      totalCredits: 0,
      waypoint: ship.waypoint,
      task: command.memo.task,
      pipeline: command.memo.pipeline,
    }),
  ];
}
