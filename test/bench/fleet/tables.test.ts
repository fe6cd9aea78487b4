import { expect, it } from "vitest";
import { lossShare, worstLoss } from "../../../bench/fleet/chains.ts";
import { profitRow, workRow } from "../../../bench/fleet/comparison.ts";
import { chainRows, endingRows, requestRows, shipHourRows, windowRows } from "../../../bench/fleet/detailTables.ts";
import { windowsUpTo } from "../../../bench/fleet/windows.ts";
import { cellOf, chain, earning, measuredOf, pageOf, referenceOf, resultOf } from "./handMade.ts";

const HOUR_MS = 3_600_000;

it("gives profit per game hour of a window beside S, G1, G10 and what A adds in it [SIM-BOOKS]", () => {
  // Of each 1,000 sold, 400 remain: half was its cost, a tenth fuel.
  const books = earning((hour) => (hour < 4 ? 100_000 : 10_000));
  const measured = measuredOf(resultOf({ books }), referenceOf({ S: 1_000, G1: 5_000, G10: 20_000 }));
  expect(profitRow(measured, { fromHour: 0, toHour: 4 })).toMatchObject({
    universe: "seed-7",
    start: "TEN",
    economy: "v1",
    variant: "",
    "fleet k/h": 40,
    S: 0,
    G1: 2,
    G10: 8,
    A: 10,
    "× G1": 20,
    "× G10": 5,
    "% of A": 400,
  });
  expect(profitRow(measured, { fromHour: 12, toHour: 24 })).toMatchObject({ "fleet k/h": 4, "× G10": 0.5, A: 3 });
  expect(profitRow(measured, { fromHour: 0, toHour: 24 })).toMatchObject({ "fleet k/h": 10, A: 5 });
  expect(profitRow({ ...measured, reference: undefined }, { fromHour: 0, toHour: 4 })).toMatchObject({
    G10: "",
    A: "",
    "× G10": "",
  });
});

it("sums requests, units and the time of ships by window and by hour [R002-12]", () => {
  const shipTime = { travelling: 6 * HOUR_MS, trading: HOUR_MS, requests: 0, waiting: HOUR_MS, supply: HOUR_MS, idle: HOUR_MS };
  const busy = pageOf({
    requests: 100,
    trades: 25,
    fabricatedUnits: 12,
    chainUnits: 20,
    shipTime,
    requestsByName: { "GET market": 75, "POST sell": 25 },
  });
  const pages = [busy, pageOf({ requests: 50, requestsByName: { "GET market": 10, "GET agent": 40 } })];
  const cell = cellOf({}, { hours: 2 });
  const measured = measuredOf(resultOf({ pages, books: earning(() => 1_000, 2) }), undefined, cell);
  expect(windowRows(measured, windowsUpTo(2))).toMatchObject([
    {
      hours: "0–2",
      "profit/h": 400,
      "sales/h": 1_000,
      "fuel/h": 100,
      "cargo at cost": 500,
      ships: 5,
      "busy %": 80,
      "requests/h": 75,
      "cr/request": 5.33,
      "trades, % of requests": 16.7,
      "made/h": 6,
    },
  ]);
  expect(shipHourRows(measured)).toMatchObject([
    { hour: 0, "ship hours": 10, "travelling %": 60, "supply %": 10, "idle %": 10, profit: 400 },
    { hour: 1, "ship hours": 0, "travelling %": 0 },
  ]);
  expect(requestRows(measured)).toEqual([
    { hour: 0, all: 100, "GET market": 75, "GET agent": 0, "POST sell": 25 },
    { hour: 1, all: 50, "GET market": 10, "GET agent": 40, "POST sell": 0 },
    { hour: "sum", all: 150, "GET market": 85, "GET agent": 40, "POST sell": 25 },
  ]);
  expect(workRow(measured)).toMatchObject({ "made/h": 6, "of chains/h": 10, "S made/h": "", ships: 5 });
});

it("counts a loss only of pipelines that have ended and bought, and as a share of what they paid [R002-12]", () => {
  const lost = chain({ costCredits: 1_000, revenueCredits: 930 });
  expect(lossShare(lost)).toBeCloseTo(0.07);
  expect(lossShare({ ...lost, fuelCredits: 20 })).toBeCloseTo(0.09);
  expect(lossShare(chain({ costCredits: 1_000, revenueCredits: 1_010, fuelCredits: 30 }))).toBeCloseTo(0.02);
  expect(lossShare({ ...lost, endedAtMs: null })).toBe(0);
  expect(lossShare(chain({ costCredits: 0, revenueCredits: 0 }))).toBe(0);
  expect(worstLoss([chain(), lost, chain({ revenueCredits: 999 })])).toBeCloseTo(0.07);
  expect(worstLoss([])).toBe(0);
});

it("lists chains by product with their runs, and pipelines by how they ended [R002-04]", () => {
  const chains = [
    chain({ endedAtMs: 5_400_000 }),
    chain({ madeUnits: 0, revenueCredits: 500, ending: "failed: ask N above N" }),
    chain({ product: "FOOD", endedAtMs: null, ending: null }),
    chain({ fabricates: false, madeUnits: 0 }),
  ];
  const measured = measuredOf(resultOf({}, { chains }));
  expect(chainRows(measured)).toEqual([
    {
      product: "DRUGS",
      ended: 2,
      runs: 1,
      "units made": 20,
      profit: 0,
      planned: 1_000,
      fuel: 0,
      "fuel planned": 0,
      "time, × plan (median run)": 1.5,
      "worst, % lost": 50,
    },
  ]);
  expect(endingRows(measured)).toContainEqual({
    ending: "fabricate failed: ask N above N",
    pipelines: 1,
    net: -500,
    "with a loss": 1,
  });
  expect(workRow(measured)).toMatchObject({ "runs/h": 0.0833, "worst chain, % lost": 50 });
});
