import { describe, expect, it } from "vitest";
import {
  actualInputs,
  closeInput,
  factoryKey,
  initFactory,
  readiness,
  recordDelivery,
  updateSupply,
} from "../../src/domain/factory.ts";

const EMPTY = initFactory({
  waypoint: "A2",
  good: "LASER_RIFLES",
  pipelineId: "P1",
  inputs: [
    { good: "DIAMONDS", units: 10 },
    { good: "PLATINUM", units: 5 },
  ],
  supply: "MODERATE",
  supplySeenAtMs: 0,
  nowMs: 0,
});
const deliver = (good: string, units: number, atMs: number) => ({ good, units, ship: "S1", atMs });

describe("factory", () => {
  it("lives through its five phases [R002-65] [R002-68]", () => {
    expect(EMPTY.phase).toBe("AWAITING_INPUTS");
    const partial = recordDelivery(EMPTY, deliver("DIAMONDS", 10, 1)).factory;
    expect(partial.phase).toBe("INPUTS_PARTIAL");
    const complete = recordDelivery(partial, deliver("PLATINUM", 5, 2)).factory;
    expect(complete).toMatchObject({ phase: "INPUTS_COMPLETE", inputsCompletedAtMs: 2, productionStartedAtMs: 2 });
    const producing = updateSupply(complete, "MODERATE", 3);
    expect(producing.phase).toBe("PRODUCTION_IN_PROGRESS");
    expect(updateSupply(producing, "HIGH", 4)).toMatchObject({ phase: "READY_FOR_COLLECTION", readyAtMs: 4 });
  });

  it("awaits production from the last delivery until it is ready [R002-68]", () => {
    const phases = [EMPTY, fed(), updateSupply(fed(), "MODERATE", 3), updateSupply(fed(), "HIGH", 3)].map(({ phase }) => phase);
    expect(phases).toEqual(["AWAITING_INPUTS", "INPUTS_COMPLETE", "PRODUCTION_IN_PROGRESS", "READY_FOR_COLLECTION"]);
  });

  it("remembers units, time, ship and the supply before our delivery [R002-64]", () => {
    const fed = updateSupply(recordDelivery(EMPTY, deliver("DIAMONDS", 4, 7)).factory, "LIMITED", 8);
    expect(fed.inputs[0]).toEqual({
      good: "DIAMONDS",
      requiredUnits: 10,
      deliveredUnits: 4,
      deliveredAtMs: 7,
      deliveredBy: "S1",
      expected: true,
    });
    expect(fed).toMatchObject({ previousSupply: "MODERATE", currentSupply: "LIMITED" });
  });

  it("records an unexpected delivery and says so [R000-49] [R000-50]", () => {
    const result = recordDelivery(EMPTY, deliver("FERTILIZERS", 3, 1));
    expect(result.unexpected).toBe(true);
    expect(result.factory.inputs).toContainEqual(
      expect.objectContaining({ good: "FERTILIZERS", deliveredUnits: 3, expected: false }),
    );
    expect(result.factory.phase).toBe("INPUTS_PARTIAL");
  });

  it.each([
    ["SCARCE", false],
    ["LIMITED", false],
    ["MODERATE", false],
    ["HIGH", true],
    ["ABUNDANT", true],
  ] as const)("with all inputs and supply %s is ready: %s [R002-66] [R002-67]", (supply, ready) => {
    expect(readiness(updateSupply(fed(), supply, 10), 10, 60_000).ready).toBe(ready);
  });

  it("is not ready without deliveries even at HIGH [R002-53]", () => {
    const high = updateSupply(EMPTY, "HIGH", 1);
    expect(readiness(high, 1, 60_000)).toEqual({ ready: false, reason: "inputsMissing", detail: "DIAMONDS 0/10, PLATINUM 0/5" });
    expect(high.phase).toBe("AWAITING_INPUTS");
  });

  it("is not ready on a stale reading and says how old it is [R002-79]", () => {
    expect(readiness(updateSupply(fed(), "HIGH", 10), 120_010, 60_000)).toEqual({
      ready: false,
      reason: "stale",
      detail: "last reading 120 s old",
    });
  });

  it("takes a missing label as MODERATE and ignores an older reading [R002-77]", () => {
    expect(updateSupply(fed(), undefined, 10).currentSupply).toBe("MODERATE");
    const newer = updateSupply(fed(), "HIGH", 10);
    expect(updateSupply(newer, "SCARCE", 9)).toBe(newer);
  });

  it("goes on with what came when an input ends short", () => {
    const short = closeInput(recordDelivery(EMPTY, deliver("DIAMONDS", 6, 1)).factory, "DIAMONDS", 2);
    expect(recordDelivery(short, deliver("PLATINUM", 5, 3)).factory.phase).toBe("INPUTS_COMPLETE");
  });

  it("needs the output good in its key [R002-69]", () => {
    expect(factoryKey("E49", "FABRICS")).not.toBe(factoryKey("E49", "FERTILIZERS"));
  });

  it("takes as inputs the map's that the market imports and reports the rest [R000-48]", () => {
    const isImported = (good: string) => good === "COPPER" || good === "FOOD";
    expect(actualInputs(["SILICON_CRYSTALS", "COPPER"], isImported)).toEqual({
      inputs: ["COPPER"],
      notImported: ["SILICON_CRYSTALS"],
    });
  });
});

function fed() {
  return recordDelivery(recordDelivery(EMPTY, deliver("DIAMONDS", 10, 1)).factory, deliver("PLATINUM", 5, 2)).factory;
}
