import { afterEach, expect, it } from "vitest";
import { DEFAULT_OPPORTUNITY_POLICY } from "../../src/domain/opportunity.ts";
import type { FactoryContext } from "../../src/machines/factory.machine.ts";
import { audit } from "../actors/support/fleetEvidence.ts";
import { CHAIN_MARKETS, type TroubledFleet, troubledFleet } from "./troubledFleet.ts";

let fleet: TroubledFleet;
afterEach(() => fleet.close());

const FED = "SELECT (delivered_inputs -> 'IRON_ORE' ->> 'quantity')::int AS units FROM manufacturing_factory_states";

it("knows after a restart what a factory was fed, and feeds it on [R002-95]", { timeout: 60_000 }, async () => {
  const chainsOnly = { opportunities: { ...DEFAULT_OPPORTUNITY_POLICY, tradeFrom: "HIGH" as const }, fabricationShare: 0 };
  const ships = ["SHIP_COMMAND_FRIGATE", "SHIP_COMMAND_FRIGATE"];
  fleet = await troubledFleet({ markets: CHAIN_MARKETS, ships, config: chainsOnly });
  await fleet.event((event) => event.type === "task.delivered");
  await fleet.runtime.stop({ withinMs: 0 });
  const before = await fleet.rows(FED);
  expect(before).toEqual([{ units: expect.any(Number) }]);

  const last = fleet.latest();
  await fleet.restart();
  const factories = await fleet.runtime.list({ kind: "factory", living: true });
  const fed = factories.flatMap(({ context }) =>
    (context as FactoryContext).factory.inputs.map(({ good, deliveredUnits }) => ({ good, units: deliveredUnits })),
  );
  expect(fed).toEqual([{ good: "IRON_ORE", ...before[0] }]);
  await fleet.event((event) => event.type === "trade.bought" || event.type === "trade.sold", last);
  expect((await audit(fleet)).violations).toEqual([]);
});
