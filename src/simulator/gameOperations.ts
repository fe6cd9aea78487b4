import { holdOperations } from "./operations/hold.ts";
import { navigationOperations } from "./operations/navigation.ts";
import type { Operation } from "./operations/operation.ts";
import { readOperations } from "./operations/reads.ts";
import { refuelOperation } from "./operations/refuel.ts";
import { registerOperation } from "./operations/register.ts";
import { shipPurchaseOperation } from "./operations/shipPurchase.ts";
import { tradeOperations } from "./operations/trade.ts";
import type { StartFleet } from "./startFleet.ts";

/** Everything that the game serves under `/v2`. */
export function gameOperations(fleet: StartFleet): readonly Operation[] {
  return [...withoutRegister, registerOperation(fleet)];
}

const withoutRegister: readonly Operation[] = [
  ...readOperations,
  ...navigationOperations,
  ...tradeOperations,
  refuelOperation,
  ...holdOperations,
  shipPurchaseOperation,
];

/** As the OpenAPI description calls them, by which faults are aimed. */
export const OPERATION_NAMES: readonly string[] = [...withoutRegister.map(({ name }) => name), "register"];
