import { afterEach, expect, it } from "vitest";
import { DEFAULT_OPPORTUNITY_POLICY } from "../../src/domain/opportunity.ts";
import type { FactoryContext } from "../../src/machines/factory.machine.ts";
import { audit } from "../actors/support/fleetEvidence.ts";
import { CHAIN_MARKETS, type TroubledFleet, troubledFleet } from "./troubledFleet.ts";

let fleet: TroubledFleet;
afterEach(() => fleet.close());

const ROW = "SELECT pipeline_id, delivered_inputs, current_supply, inputs_completed_at FROM manufacturing_factory_states";

it("knows after a restart what a factory was fed, and feeds it on [R002-95]", { timeout: 60_000 }, async () => {
  const chainsOnly = { opportunities: { ...DEFAULT_OPPORTUNITY_POLICY, tradeFrom: "HIGH" as const }, fabricationShare: 0 };
  const ships = ["SHIP_COMMAND_FRIGATE", "SHIP_COMMAND_FRIGATE"];
  fleet = await troubledFleet({ markets: CHAIN_MARKETS, ships, config: chainsOnly });
  await fleet.event((event) => event.type === "task.delivered");
  await fleet.runtime.stop({ withinMs: 0 });
  const before = await fleet.rows(ROW);
  expect(before).toMatchObject([{ delivered_inputs: { IRON_ORE: { quantity: expect.any(Number) } } }]);

  const last = fleet.latest();
  await fleet.restart();
  const [factory] = await fleet.runtime.list({ kind: "factory", living: true });
  const { inputs } = (factory?.context as FactoryContext).factory;
  expect(Object.fromEntries(inputs.map(({ good, deliveredUnits }) => [good, deliveredUnits]))).toEqual({
    IRON_ORE: (before[0]?.["delivered_inputs"] as { readonly IRON_ORE: { readonly quantity: number } }).IRON_ORE.quantity,
  });
  await fleet.event((event) => event.type === "trade.bought" || event.type === "trade.sold", last);
  expect((await audit(fleet)).violations).toEqual([]);
});
