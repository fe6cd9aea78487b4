import { expect, it } from "vitest";
import { deedInWords } from "../../src/console/deeds.ts";

const told = (event: { readonly type: string } & Readonly<Record<string, unknown>>) =>
  deedInWords({ notice: "emitted", address: "agent/2026-11-21/BOSUN/supply-monitor", version: 1, index: 0, atMs: 0, event });

it("warns of a delivery that the factory did not expect, in the words that operators look for [R000-49]", () => {
  const delivery = { good: "LIQUID_HYDROGEN", factory: "X1-A-F", output: "CLOTHING" };
  const words = told({ type: "factory.unexpectedDelivery", ...delivery });
  expect(words?.level).toBe("warn");
  expect(words?.text).toMatch(
    /^Recording delivery of LIQUID_HYDROGEN to .*X1-A-F - not in expected inputs \(API may have updated\)$/,
  );
});

it("tells of a factory that has closed and of cargo that goes elsewhere [R002-122] [R002-123]", () => {
  expect(told({ type: "factory.closed", factory: "X1-A-F", good: "CLOTHING" })).toMatchObject({
    text: "X1-A-F does not export CLOTHING any more",
    level: "bad",
  });
  const diverted = { type: "task.diverted", task: "p1.t1", ship: "S-1", good: "IRON", from: "X1-A-2", to: "X1-A-3" };
  expect(told(diverted)).toMatchObject({
    text: "S-1 takes its IRON from X1-A-2 on to X1-A-3: the price has fallen",
    level: "warn",
  });
});

it("says of a ship that does not answer its tour what the tour does next [R003-02]", () => {
  const silent = (asked: string, ends: boolean) => told({ type: "tour.unanswered", ship: "S-1", asked, ends });
  expect(silent("claim", false)).toMatchObject({
    level: "warn",
    text: expect.stringMatching(/which asks for it: it is asked again$/),
  });
  expect(silent("claim", true)?.text).toMatch(
    /^S-1 does not answer its tour, which asks for it: the tour takes its claim back and ends/,
  );
  expect(silent("release", true)?.text).toMatch(/which gives it back: the tour ends, and the agent frees the ship$/);
});
