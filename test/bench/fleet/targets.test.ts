import { expect, it } from "vitest";
import type { Measured } from "../../../bench/fleet/comparison.ts";
import { judge } from "../../../bench/fleet/targets.ts";
import { cellOf, chain, earning, measuredOf, pageOf, referenceOf, resultOf } from "./handMade.ts";

/** What is measured, by the target's name without the universe. */
function measuredIn(measured: Measured): Record<string, number> {
  return Object.fromEntries(judge(measured).targets.map((target) => [target.name.replace("seed-7: ", ""), target.measured]));
}

it("compares profit with G10 in both windows, with G1 in the later one, and units with S by both readings [R002-04]", () => {
  const books = earning((hour) => (hour < 4 ? 90_000 : 40_000));
  const pages = Array.from({ length: 24 }, () => pageOf({ fabricatedUnits: 9, chainUnits: 14 }));
  const found = measuredIn(measuredOf(resultOf({ books, pages }), referenceOf({ S: 1, G1: 16_000, G10: 60_000 }, 1)));
  expect(found).toMatchObject({
    "profit, times G10, hours 0–4": 1.5,
    "profit, times G10, hours 12–24": 40 / 60,
    "profit, times G1, hours 12–24": 2.5,
    "fabricated units sold, times S": 9,
    "units of all chains sold, times S": 7,
    "game time by wall time": 360,
    "books that add up": 1,
  });
});

it("judges prices at HIGH and of all sells, idleness beside work and the worst loss of a chain [R002-12]", () => {
  const price = { tasks: 3, p90Share: 1 };
  const found = measuredIn(
    measuredOf(
      resultOf(
        { booksAddUp: false },
        {
          prices: [
            { side: "buy", label: null, medianShare: 0.5, ...price },
            { side: "buy", label: "HIGH", medianShare: 0.04, ...price },
            { side: "sell", label: null, medianShare: 0.06, ...price },
            { side: "sell", label: "HIGH", medianShare: 0.7, ...price },
          ],
          chains: [chain({ revenueCredits: 900 }), chain({ fabricates: false, revenueCredits: 0 })],
          idleBesideWork: { stretches: 1, longestMs: 61_000, shipMs: 61_000, examples: [] },
        },
      ),
    ),
  );
  expect(found).toMatchObject({
    "median price off plan, buys at HIGH, %": 4,
    "median price off plan, sells, %": 6,
    "longest idle beside a READY task in reach, game seconds": 61,
    "worst loss of a chain, % of its cost": 10,
    "books that add up": 0,
  });
});

it("says what it cannot judge instead of passing over it, and sets targets for TEN under v1 alone [R002-12]", () => {
  const short = measuredOf(resultOf({ pages: [pageOf()], books: earning(() => 1, 1) }), undefined, cellOf({}, { hours: 1 }));
  expect(judge(short).untold).toContain("seed-7: profit, times G10, hours 0–4: the run ends after 1 hours");
  expect(judge(short).untold).toContain("seed-7: fabricated units sold, times S: nothing to compare with");
  const idle = measuredOf(resultOf(), referenceOf({ S: 1, G1: 1, G10: 1 }));
  expect(judge(idle).untold).toContain("seed-7: units of all chains sold, times S: S sold none; the fleet sold 0");
  for (const cell of [cellOf({ ships: 5 }), cellOf({ fabricates: false }), cellOf({}, { start: "FRESH" })])
    expect(judge({ ...idle, cell })).toEqual({ targets: [], untold: [] });
});

it("holds the slowest ordered run from MODERATE against the critical path that its plan printed [R002-13]", () => {
  const cell = cellOf({ order: "LASER_RIFLES" }, { hours: 8 });
  const rifles = chain({ product: "LASER_RIFLES", madeUnits: 12 });
  const chains = [
    rifles,
    { ...rifles, endedAtMs: 4_320_000 },
    { ...rifles, labelAtStart: "LIMITED" as const, endedAtMs: 9_000_000 },
    { ...rifles, madeUnits: 11, endedAtMs: 9_000_000 },
    { ...rifles, product: "DRUGS", endedAtMs: 9_000_000 },
    { ...rifles, endedAtMs: null, ending: null },
  ];
  const [target, ...others] = judge(measuredOf(resultOf({}, { chains }), undefined, cell)).targets;
  expect(target).toMatchObject({ measured: 1.2, reach: 1.15, better: "lower" });
  expect(others).toEqual([]);
  const none = judge(measuredOf(resultOf({}, { chains: chains.slice(2), refusedOrders: { tooLong: 3 } }), undefined, cell));
  expect(none.targets).toEqual([]);
  expect(none.untold.join()).toContain("from LIMITED 12 made, completed");
  expect(none.untold.join()).toContain("3 orders refused as tooLong");
});
