import { expect, it } from "vitest";
import { planSchema, type ToldPlan } from "../../src/cli/planSchema.ts";
import { planText } from "../../src/cli/planText.ts";
import { paletteFor } from "../../src/console/terminalText.ts";
import { DEFAULT_OPPORTUNITY_POLICY } from "../../src/domain/opportunity.ts";
import { answerPlan } from "../../src/domain/planAnswer.ts";
import { bookOf, quote, waypoint, waypointsOf, worldOf } from "../domain/fixtures/builders.ts";

/** FOOD from E to I, 190 away, by a ship that waits 190 from E; as the daemon's answer reaches the command line. */
function told(bidCredits: number): ToldPlan {
  const book = bookOf(
    quote("E", "FOOD", "EXPORT", { supply: "HIGH", askCredits: 1_000 }),
    quote("I", "FOOD", "IMPORT", { supply: "SCARCE", bidCredits }),
  );
  const places = waypointsOf(waypoint("E", 0, 0), waypoint("I", 190, 0), waypoint("W", 0, 190));
  const hull = { speed: 9, fuelCapacity: 400, cargoCapacity: 4 };
  const world = worldOf(book, { places, hull, shipWaypoints: ["W"] });
  const answer = answerPlan({ product: "FOOD", kind: "trade", world, policy: DEFAULT_OPPORTUNITY_POLICY, freshForMs: 600_000 });
  return planSchema.parse(JSON.parse(JSON.stringify(answer)));
}

it("a plan says in which mode its ships fly, and what fuel goes into the ways to the sources [R002-11]", () => {
  const lines = (bidCredits: number) => planText(told(bidCredits), paletteFor({}, {})).split("\n");
  expect(lines(1_200)).toContainEqual(expect.stringMatching(/flown in +CRUISE; 137 of the fuel for the ways to the sources/));
  expect(lines(3_000)).toContainEqual(expect.stringMatching(/flown in +BURN where the tank allows; 274 of the fuel/));
});
