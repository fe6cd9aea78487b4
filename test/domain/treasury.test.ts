import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decideHull, type FleetSituation, type HullOffer } from "../../src/domain/fleetPolicy.ts";
import { decideSpend, release, reserve, settleSpend, spendableCredits, type TreasuryState } from "../../src/domain/treasury.ts";

const EMPTY: TreasuryState = { liveCredits: 100_000, reservations: [], floorCredits: 20_000 };

describe("treasury", () => {
  it("grants what is left above the floor after reservations, all or nothing [G14]", () => {
    const held = reserve(EMPTY, { id: "r1", owner: "task/1", credits: 50_000 });
    expect(spendableCredits(held)).toBe(30_000);
    expect(decideSpend(held, { id: "r2", credits: 30_000 })).toEqual({ outcome: "granted", credits: 30_000 });
    expect(decideSpend(held, { id: "r2", credits: 30_001 })).toMatchObject({ outcome: "refused", reason: "belowFloor" });
  });

  it("fails closed while the balance is unknown, and on nonsense [G14]", () => {
    expect(decideSpend({ ...EMPTY, liveCredits: undefined }, { id: "r", credits: 1 })).toMatchObject({
      reason: "balanceUnknown",
    });
    expect(spendableCredits({ ...EMPTY, liveCredits: undefined })).toBe(0);
    expect(decideSpend(EMPTY, { id: "r", credits: Number.NaN })).toMatchObject({ reason: "invalidAmount" });
    expect(decideSpend(EMPTY, { id: "r", credits: -5 })).toMatchObject({ reason: "invalidAmount" });
  });

  it("judges a changed reservation without its old amount and releases twice without harm", () => {
    const held = reserve(EMPTY, { id: "r1", owner: "t", credits: 70_000 });
    expect(decideSpend(held, { id: "r1", credits: 80_000 }).outcome).toBe("granted");
    expect(release(release(held, "r1"), "r1")).toEqual(EMPTY);
  });

  it("shrinks a reservation by what the server says was spent", () => {
    const held = reserve(EMPTY, { id: "r1", owner: "t", credits: 50_000 });
    const after = settleSpend(held, "r1", 20_000, 80_000);
    expect(after).toMatchObject({ liveCredits: 80_000, reservations: [{ id: "r1", credits: 30_000 }] });
    expect(settleSpend(after, "r1", 30_000, 50_000).reservations).toEqual([]);
  });

  it("never lets granted reservations go below the floor", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 60_000 }), { maxLength: 20 }), (amounts) => {
        const end = amounts.reduce((state, credits, index) => {
          const request = { id: `r${index}`, owner: "t", credits };
          return decideSpend(state, request).outcome === "granted" ? reserve(state, request) : state;
        }, EMPTY);
        const reserved = end.reservations.reduce((sum, { credits }) => sum + credits, 0);
        expect(reserved).toBeLessThanOrEqual(80_000);
      }),
    );
  });
});

const HAULER: HullOffer = {
  type: "SHIP_LIGHT_HAULER",
  waypoint: "Y1",
  askCredits: 270_000,
  speed: 15,
  cargoCapacity: 80,
  fuelCapacity: 600,
  expectedCreditsPerHour: 200_000,
};
const PROBE: HullOffer = {
  ...HAULER,
  type: "SHIP_PROBE",
  askCredits: 21_000,
  cargoCapacity: 0,
  fuelCapacity: 0,
  expectedCreditsPerHour: 0,
};
const SITUATION: FleetSituation = {
  freeCredits: 500_000,
  offers: [HAULER],
  traders: 1,
  idleTraders: 0,
  scouts: 4,
  markets: 25,
  hoursUntilReset: 100,
};

describe("fleet policy", () => {
  it("buys a hull that pays back soon and leaves the working capital", () => {
    expect(decideHull(SITUATION)).toMatchObject({ decision: "buy", as: "trader", paybackHours: 2.7 });
  });

  it.each([
    ["workingCapital", { freeCredits: 339_999 }],
    ["idleTraders", { idleTraders: 1 }],
    ["enoughTraders", { traders: 12 }],
    ["slowPayback", { offers: [{ ...HAULER, expectedCreditsPerHour: 20_000 }] }],
    ["slowPayback", { hoursUntilReset: 4 }],
    ["tooDear", { offers: [{ ...HAULER, askCredits: 460_000, expectedCreditsPerHour: 900_000 }], freeCredits: 9_000_000 }],
    ["noOffer", { offers: [] }],
    ["enoughScouts", { offers: [PROBE] }],
  ] as const)("waits for the reason %s", (reason, change) => {
    expect(decideHull({ ...SITUATION, ...change })).toMatchObject({ decision: "wait", reasons: [{ reason }] });
  });

  it("buys at each of its limits: the last credit of its capital, the ceiling, the longest payback", () => {
    const buys = (change: Partial<FleetSituation>) => decideHull({ ...SITUATION, ...change }).decision;
    // 40,000 and 15,000 for each of two traders stay.
    expect(buys({ freeCredits: 340_000 })).toBe("buy");
    const dear = { ...HAULER, askCredits: 450_000, expectedCreditsPerHour: 900_000 };
    expect(buys({ offers: [dear], freeCredits: 9_000_000 })).toBe("buy");
    expect(buys({ offers: [{ ...HAULER, expectedCreditsPerHour: 90_000 }] })).toBe("buy");
    // Eyes need no capital to load.
    const eyes = { offers: [PROBE], scouts: 0 };
    expect([buys({ ...eyes, freeCredits: 76_000 }), buys({ ...eyes, freeCredits: 75_999 })]).toEqual(["buy", "wait"]);
  });

  it("says of each hull that is not bought which yard offers it", () => {
    const offers = [HAULER, { ...HAULER, waypoint: "X1-OTHER-YARD" }];
    const refusals = (change: Partial<FleetSituation>) => {
      const decision = decideHull({ ...SITUATION, ...change });
      return decision.decision === "wait" ? decision.reasons.map(({ type, waypoint }) => [type, waypoint]) : [];
    };
    expect(refusals({ offers, idleTraders: 1 })).toEqual(
      expect.arrayContaining(offers.map(({ type, waypoint }) => [type, waypoint])),
    );
    expect(refusals({ offers: [] })).toEqual([["*", null]]);
  });

  it("buys eyes first while each scout has too many markets", () => {
    expect(decideHull({ ...SITUATION, offers: [HAULER, PROBE], scouts: 1 })).toMatchObject({
      decision: "buy",
      as: "scout",
      offer: { type: "SHIP_PROBE" },
    });
  });

  it("prefers the shortest payback among traders", () => {
    const shuttle = {
      ...HAULER,
      type: "SHIP_LIGHT_SHUTTLE",
      askCredits: 88_000,
      cargoCapacity: 40,
      expectedCreditsPerHour: 120_000,
    };
    expect(decideHull({ ...SITUATION, offers: [HAULER, shuttle] })).toMatchObject({ offer: { type: "SHIP_LIGHT_SHUTTLE" } });
  });
});
