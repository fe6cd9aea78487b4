import { expect, it } from "vitest";
import { DEFAULT_FLEET_CONFIG } from "../../src/actors/fleetPorts.ts";
import { createMarketBook } from "../../src/actors/marketBook.store.ts";
import { planRouteJob } from "../../src/actors/planJobs.ts";
import { readPolicy } from "../../src/policy.ts";
import { shipState } from "../machines/driver.ts";
import { jobContext } from "./support/jobBed.ts";

const at = (symbol: string, x: number) => ({ symbol, system: "X1-A", type: "PLANET", x, y: 0, traits: ["MARKETPLACE"] });
const listing = (waypoint: string) => ({ waypoint, exports: [], imports: [], exchange: ["FUEL"] });

it("flies as it was told to, and never in BURN where the user's figures forbid it, whoever sends the ship [R002-11]", async () => {
  const marketBook = createMarketBook();
  const listings = [listing("X1-A-1"), listing("X1-A-2")];
  marketBook.trigger.charted({ waypoints: [at("X1-A-1", 0), at("X1-A-2", 100)], chain: {}, listings });
  const frugal = readPolicy({ opportunities: { plan: { leg: { route: { allowBurn: false } } } } }, "here");
  if (!("policy" in frugal)) throw new Error(frugal.problems.join());
  const ship = shipState({ waypoint: "X1-A-1", fuelUnits: 400, fuelCapacity: 400 });
  const modes = async (config: typeof DEFAULT_FLEET_CONFIG, said: { allowBurn?: boolean }) => {
    const planned = await planRouteJob({ marketBook, config }).run({ ship, waypoint: "X1-A-2", ...said }, jobContext());
    return planned.outcome === "route" ? planned.legs.map(({ mode }) => mode) : planned.detail;
  };
  expect(await modes(DEFAULT_FLEET_CONFIG, {})).toEqual(["BURN"]);
  expect(await modes(DEFAULT_FLEET_CONFIG, { allowBurn: false })).toEqual(["CRUISE"]);
  expect(await modes(frugal.policy, {})).toEqual(["CRUISE"]);
  expect(await modes(frugal.policy, { allowBurn: true })).toEqual(["CRUISE"]);
});
