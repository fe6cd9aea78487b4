import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SupplyLevel } from "../../src/domain/market.ts";
import { supplyLimit, tradeSize } from "../../src/domain/tradeSize.ts";

const WORKED = { freeCargoUnits: 40, tradeVolume: 30, supply: "HIGH", askCredits: 15_000, creditsAvailable: 500_000 } as const;

describe("trade size", () => {
  it("gives 18 for the seed's worked example [R002-26] [R002-22]", () => {
    expect(tradeSize(WORKED)).toEqual({ units: 18, reason: undefined });
  });

  it.each([
    ["ABUNDANT", 24],
    ["HIGH", 18],
    ["MODERATE", 12],
    ["LIMITED", 6],
    ["SCARCE", 3],
  ] as const)("caps %s at %i of trade volume 30 [R002-25]", (supply, units) => {
    expect(supplyLimit(30, supply)).toBe(units);
  });

  it("treats an unknown label like MODERATE [R002-25]", () => {
    expect(supplyLimit(30, undefined)).toBe(12);
  });

  it("lets a target smaller than the hold replace it, and 0 fill the hold [R002-23]", () => {
    expect(tradeSize({ ...WORKED, targetUnits: 7 }).units).toBe(7);
    expect(tradeSize({ ...WORKED, targetUnits: 0 }).units).toBe(18);
    expect(tradeSize({ ...WORKED, freeCargoUnits: 5, targetUnits: 7 }).units).toBe(5);
  });

  it("buys nothing with 0 credits and says so [R002-24]", () => {
    expect(tradeSize({ ...WORKED, creditsAvailable: 0 })).toEqual({
      units: 0,
      reason: "0 credits buy no unit at 15000",
    });
  });

  it("ignores the budget cap at price 0, but for no credits at all [R002-24]", () => {
    expect(tradeSize({ ...WORKED, askCredits: 0, creditsAvailable: 1 }).units).toBe(18);
    expect(tradeSize({ ...WORKED, askCredits: 0, creditsAvailable: 0 }).units).toBe(0);
  });

  it("gives as the reason the first of several caps that leave no unit", () => {
    const full = { ...WORKED, freeCargoUnits: 0 };
    expect(tradeSize({ ...full, creditsAvailable: 0 }).reason).toBe("no free cargo space");
    expect(tradeSize({ ...full, tradeVolume: 1 }).reason).toBe("no free cargo space");
    expect(tradeSize({ ...WORKED, tradeVolume: 1, creditsAvailable: 0 }).reason).toContain("allows no unit now");
  });

  it("answers 0 with a reason where the floor leaves no unit [R002-27]", () => {
    expect(tradeSize({ ...WORKED, tradeVolume: 6, supply: "SCARCE" })).toMatchObject({
      units: 0,
      reason: expect.stringContaining("SCARCE"),
    });
    expect(tradeSize({ ...WORKED, tradeVolume: 6, supply: "LIMITED" }).units).toBe(1);
    expect(tradeSize({ ...WORKED, tradeVolume: 0 })).toEqual({
      units: 0,
      reason: "supply HIGH at trade volume 0 allows no unit now",
    });
  });

  it("floors what the credits buy [R002-29]", () => {
    expect(tradeSize({ ...WORKED, creditsAvailable: 59_999 }).units).toBe(3);
    expect(tradeSize({ ...WORKED, creditsAvailable: 14_999 })).toEqual({
      units: 0,
      reason: "14999 credits buy no unit at 15000",
    });
  });

  it("never exceeds any cap and is never fractional or negative [R002-22]", () => {
    const levels: SupplyLevel[] = ["SCARCE", "LIMITED", "MODERATE", "HIGH", "ABUNDANT"];
    fc.assert(
      fc.property(
        fc.record({
          freeCargoUnits: fc.integer({ min: -5, max: 200 }),
          targetUnits: fc.integer({ min: 0, max: 200 }),
          tradeVolume: fc.integer({ min: 0, max: 200 }),
          supply: fc.constantFrom(...levels),
          askCredits: fc.integer({ min: 0, max: 50_000 }),
          creditsAvailable: fc.integer({ min: -1_000, max: 2_000_000 }),
        }),
        (input) => {
          const { units, reason } = tradeSize(input);
          expect(Number.isInteger(units)).toBe(true);
          expect(units).toBeGreaterThanOrEqual(0);
          expect(units).toBeLessThanOrEqual(Math.max(0, input.freeCargoUnits));
          expect(units).toBeLessThanOrEqual(input.targetUnits || Number.POSITIVE_INFINITY);
          expect(units).toBeLessThanOrEqual(input.tradeVolume);
          expect(units * input.askCredits).toBeLessThanOrEqual(Math.max(0, input.creditsAvailable));
          expect(reason === undefined).toBe(units > 0);
        },
      ),
    );
  });
});
