import { afterEach, expect, it } from "vitest";
import { watchIdleShips } from "../../bench/virtual/idleWatch.ts";
import { DEFAULT_OPPORTUNITY_POLICY } from "../../src/domain/opportunity.ts";
import { audit } from "../actors/support/fleetEvidence.ts";
import { CHAIN_MARKETS, type Emitted, type TroubledFleet, troubledFleet } from "./troubledFleet.ts";

const SPEED = 60;
const GAME_MINUTE_MS = 60_000 / SPEED;

let fleet: TroubledFleet;
afterEach(() => fleet.close());

it("lets no ship stand idle for a game minute while a READY task that pays is in its reach", async () => {
  const ships = ["SHIP_COMMAND_FRIGATE", "SHIP_COMMAND_FRIGATE"];
  const config = { opportunities: { ...DEFAULT_OPPORTUNITY_POLICY, tradeFrom: "HIGH" as const }, fabricationShare: 0 };
  fleet = await troubledFleet({ markets: CHAIN_MARKETS, ships, config, speed: SPEED });
  // One task of the chain begins with its ship; the others become READY beside a ship that has nothing to do.
  const delivery = (after?: Emitted) => fleet.event((event) => event.type === "task.delivered", after);
  await delivery(await delivery(await delivery()));
  const idleFor = (leastMs: number) => {
    const watch = watchIdleShips(leastMs);
    for (const notice of fleet.notices) watch.observe(notice);
    return watch.stretches(Date.now());
  };
  expect(idleFor(GAME_MINUTE_MS)).toEqual([]);
  // There was something to see: for moments ships were.
  expect(idleFor(0).length).toBeGreaterThan(0);
  expect((await audit(fleet)).violations).toEqual([]);
}, 40_000);
