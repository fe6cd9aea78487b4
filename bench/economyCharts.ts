/** The charts of docs/economy.md: what the simulator does, beside what others published or logged of the real game. */
import { supplyLabel } from "../src/simulator/curve.ts";
import { ECONOMY_V1, type EconomyConstants, LABEL_FROM, LABEL_MIDPOINT } from "../src/simulator/economy.v1.ts";
import { referenceGood } from "../src/simulator/goods.data.ts";
import { pricesAt, quoteOf } from "../src/simulator/quote.ts";
import { tickMarket } from "../src/simulator/tick.ts";
import type { Activity, MarketGood, SupplyLabel } from "../src/simulator/universe.ts";
import { askOf, goodOf, marketOf, overTime, QUIET, take } from "./plotMarket.ts";
import type { Axis, Chart, Series } from "./svgChart.ts";

export function priceImpact(): Chart[] {
  return [buying(), selling(), growthPerVolume(), exchange()];
}

export function recovery(): Chart[] {
  return [importRecovery(), exportRecovery(), ledgerReplay(), atRest()];
}

/** Logged by eseidel's bot, one trade volume each: what it paid buying on and on, what it got selling on and on. */
const LOGGED_BUYS = [498, 513, 532, 555, 583, 618, 662, 715, 780, 860, 959];
const LOGGED_SELLS = [40_214, 37_860, 34_961, 31_393, 27_000, 21_591, 14_932, 6_733, 1];
/** acdtunes, era 3: an ask grows by this factor per trade volume bought, by label. */
const GROWTH_PER_VOLUME = { SCARCE: 1.13, MODERATE: 1.06, HIGH: 1.04, ABUNDANT: 1.026 } as const;
/** Trade volumes of each input brought to the factory at once. */
const DELIVERED = 2;
const RISING = ["LIMITED", "MODERATE", "HIGH"] as const;
/** FloWi's ledger of 2025-06-12, EQUIPMENT bought at X1-JQ61-K87, 20 units each: minute and price. */
const LEDGER_PURCHASES = [
  [9.8, 2672],
  [10.7, 2785],
  [29.3, 2909],
  [49, 2767],
  [61.2, 2890],
  [69.5, 2750],
  [80.3, 2871],
  [113.2, 2733],
  [130.3, 2609],
] as const;

function buying(): Chart {
  // Base and first level are the two numbers that the series leaves open.
  const good = goodOf("EXPORT", "EQUIPMENT", { s: 6.02, base: 720 });
  const asks = LOGGED_BUYS.map((_, n): [number, number] => [n, take(good, 1).askCredits]);
  return {
    title: "Buying on and on from an EXPORT",
    x: axis("trade volumes bought before", 0, 10, 2),
    y: axis("ask, credits", 400, 1000, 100),
    series: [
      line("simulator, base 720, s = 6.02", 0, asks),
      { name: "logged in the game [eseidel]", colour: 1, as: "points", points: LOGGED_BUYS.map((price, n) => [n, price]) },
    ],
  };
}

function selling(): Chart {
  const good = goodOf("IMPORT", "EQUIPMENT", { s: -0.59, base: 38_000 });
  const bids = LOGGED_SELLS.map((_, n): [number, number] => [n, take(good, -1).bidCredits]);
  return {
    title: "Selling on and on to an IMPORT",
    x: axis("trade volumes sold before", 0, 8, 2),
    y: axis("bid, credits", 0, 45_000, 10_000),
    series: [
      line("simulator, base 38,000, s = −0.59", 0, bids),
      { name: "logged in the game [eseidel]", colour: 1, as: "points", points: LOGGED_SELLS.map((price, n) => [n, price]) },
    ],
  };
}

function growthPerVolume(): Chart {
  const levels = range(-6, 6, 0.25);
  /** Percent by which one transaction of a trade volume moves the next one's price. */
  const moved = (kind: "EXPORT" | "IMPORT", s: number) => {
    const good = goodOf(kind, "EQUIPMENT", { s, base: 1e6 });
    const [before, after] = kind === "EXPORT" ? [take(good, 1), take(good, 1)] : [take(good, -1), take(good, -1)];
    if (kind === "EXPORT") return (after.askCredits / before.askCredits - 1) * 100;
    return (1 - after.bidCredits / before.bidCredits) * 100;
  };
  const published = Object.entries(GROWTH_PER_VOLUME).map(([label, by]): [number, number] => [
    // Keys of the object above.
    LABEL_MIDPOINT.EXPORT[label as SupplyLabel],
    (by - 1) * 100,
  ]);
  return {
    title: "What one trade volume moves, by level",
    x: axis("s, trade volumes above balance", -6, 6, 2),
    y: axis("change of the price, %", 0, 20, 5),
    series: [
      line(
        "ask of an EXPORT, up per purchase",
        0,
        levels.map((s) => [s, moved("EXPORT", s)]),
      ),
      line(
        "bid of an IMPORT, down per sale",
        2,
        levels.filter((s) => s < 2).map((s) => [s, moved("IMPORT", s)]),
      ),
      { name: "measured by label, ask [acd]", colour: 1, as: "points", points: published },
    ],
  };
}

/** What FloWi's bot got for LIQUID_NITROGEN at X1-JQ61-C41 in 2.4 hours of selling 1,719 units there (and buying 1,680). */
function exchange(): Chart {
  const good = {
    ...goodOf("EXPORT", "LIQUID_NITROGEN", { s: 0 }),
    kind: "EXCHANGE" as const,
    base: 30,
    bidFactor: 2,
    tradeVolume: 180,
  };
  const sold = range(0, 1600, 200);
  return {
    title: "Selling on and on to an EXCHANGE",
    x: axis("units sold before", 0, 1600, 400),
    y: axis("bid, credits", 0, 40, 10),
    series: [
      line(
        "simulator, mid 30",
        0,
        sold.map((units) => [units, pricesAt({ ...good, stock: units }, units / good.tradeVolume, QUIET).bidCredits]),
      ),
      { name: "logged in the game [FloWi]", colour: 1, as: "points", points: sold.map((units) => [units, 28]) },
    ],
  };
}

function importRecovery(): Chart {
  const shocked = (activity: Activity) => {
    const good = goodOf("IMPORT", "FOOD", { s: 1, startS: -3, activity });
    return overTime([good], 6, () => (1 - good.stock / good.tradeVolume) as number);
  };
  const halfLife = (hours: number) => range(0, 6, 0.25).map((at): [number, number] => [at, 4 * (1 - 2 ** (-at / hours))]);
  return {
    title: "An IMPORT after 4 trade volumes were sold to it",
    x: axis("game hours after the sale", 0, 6, 1),
    y: axis("trade volumes eaten again", 0, 5, 1),
    series: [
      line("simulator, WEAK", 0, shocked("WEAK")),
      line("GROWING", 2, shocked("GROWING")),
      line("STRONG", 3, shocked("STRONG")),
      { name: "ledger, median in 20 min [FloWi]", colour: 1, as: "points", points: [[1 / 3, 1.4]] },
      { name: "half-life 3 h, superseded", colour: 4, as: "dashed", points: halfLife(3) },
      { name: "half-life 25 h, superseded", colour: 4, as: "dashed", points: halfLife(25) },
    ],
  };
}

function exportRecovery(): Chart {
  const shocked = (activity: Activity, input: number) => {
    const output = goodOf("EXPORT", "IRON", { s: -3, activity });
    const ore = goodOf("IMPORT", "IRON_ORE", { s: input });
    return overTime([output, ore], 6, () => output.stock / output.tradeVolume);
  };
  return {
    title: "An EXPORT after it was bought out",
    x: axis("game hours after the purchase", 0, 6, 1),
    y: axis("s, trade volumes above balance", -4, 8, 2),
    bands: exportBands(),
    series: [
      line("well fed, WEAK", 0, shocked("WEAK", 30)),
      line("well fed, STRONG", 3, shocked("STRONG", 30)),
      line("inputs begin LIMITED, WEAK", 2, shocked("WEAK", -2.6)),
      line("unfed", 4, shocked("WEAK", -5)),
    ],
  };
}

/**
 * The same purchases at the same minutes. Nothing is fitted but the level before the first one: the base is the reference one of another
 * system, the trade volume that of the market's other export.
 */
function ledgerReplay(): Chart {
  const replay = (constants: EconomyConstants) => {
    const base = referenceGood("EQUIPMENT")?.exportBase ?? 0;
    const output = goodOf("EXPORT", "EQUIPMENT", { s: -2.03, base, tradeVolume: 43 });
    const place = marketOf([output, goodOf("IMPORT", "ALUMINUM", { s: 90 }), goodOf("IMPORT", "PLASTICS", { s: 90 })]);
    const asks: [number, number][] = [];
    const at = (minute: number, act: () => void) => {
      asks.push([minute, askOf(output)]);
      act();
      asks.push([minute, askOf(output)]);
    };
    let tick = 0;
    for (const [minute] of LEDGER_PURCHASES) {
      while ((tick + 1) * constants.tickGameMinutes <= minute) {
        tick += 1;
        at(tick * constants.tickGameMinutes, () => tickMarket(place, { constants, seed: 1, tick }));
      }
      at(minute, () => {
        output.stock -= 20;
      });
    }
    return asks;
  };
  return {
    title: "EQUIPMENT bought again and again",
    x: axis("minutes", 0, 140, 20),
    y: axis("ask, credits", 2000, 3200, 200),
    series: [
      { name: "paid for 20 units each [FloWi]", colour: 1, as: "points", points: LEDGER_PURCHASES },
      line("simulator, inputs MODERATE", 0, replay(QUIET)),
      line("simulator, inputs LIMITED", 2, replay({ ...QUIET, inputModerate: QUIET.inputLimited })),
    ],
  };
}

/** Other traders: a quote that nobody of ours touches. */
function atRest(): Chart {
  const quotes = (kind: "EXPORT" | "IMPORT", s: number): [number, number][] =>
    range(1, 96, 1).map((tick) => {
      const good = goodOf(kind, "FOOD", { s, base: 100 });
      const { askCredits } = quoteOf("X1-PLOT-A1", { ...good, base: 1e6 }, { constants: ECONOMY_V1, seed: 1, tick });
      const quiet = askOf({ ...good, base: 1e6 });
      return [tick / 4, (askCredits / quiet - 1) * 100];
    });
  return {
    title: "Other traders: an ask at rest, σ = 0.25 a tick",
    x: axis("game hours", 0, 24, 4),
    y: axis("away from the undisturbed ask, %", -8, 8, 4),
    series: [
      line("EXPORT at s = 3, HIGH", 0, quotes("EXPORT", 3)),
      line("IMPORT at s = −3.25, LIMITED", 2, quotes("IMPORT", -3.25)),
    ],
  };
}

/** A factory of LASER_RIFLES with nothing in store; at hours 1, 2 and 3 a trade volume and a half of each input is brought. */
export function feeding(): Chart[] {
  const output = goodOf("EXPORT", "LASER_RIFLES", { s: 0.7, base: 13_600, tradeVolume: 6 });
  const inputs = ["DIAMONDS", "PLATINUM", "ADVANCED_CIRCUITRY"].map((name, i) => goodOf("IMPORT", name, { s: -4.3 - i * 0.3 }));
  const unfed = goodOf("EXPORT", "LASER_RIFLES", { s: 0.7, base: 13_600, tradeVolume: 6 });
  const at = [1, 2, 3];
  const deliver = (hour: number) => {
    if (at.includes(hour)) for (const input of inputs) input.stock += DELIVERED * input.tradeVolume;
  };
  const level = (good: MarketGood) => good.stock / good.tradeVolume;
  const rows = overTime([output, ...inputs], 8, () => [...inputs.map(level), level(output), askOf(output)], deliver);
  const alone = overTime([unfed], 8, () => askOf(unfed));
  const column = (i: number) => rows.map(([hour, values]): [number, number] => [hour, values[i] ?? 0]);
  return [
    {
      title: "Feeding: inputs brought at hours 1, 2 and 3",
      x: axis("game hours", 0, 8, 1),
      y: axis("s of the inputs", -6, 2, 1),
      bands: bandsOf("IMPORT"),
      series: inputs.map((input, i) => line(input.good, [0, 2, 3][i] ?? 0, column(i))),
    },
    {
      title: "… and the output's stock",
      x: axis("game hours", 0, 8, 1),
      y: axis("s of LASER_RIFLES", -2, 6, 2),
      bands: exportBands(),
      series: [
        line("fed", 0, column(3)),
        {
          name: "unfed",
          colour: 4,
          as: "dashed",
          points: overTime([goodOf("EXPORT", "LASER_RIFLES", { s: 0.7 })], 8, (goods) => level(goods[0] ?? output)),
        },
      ],
    },
    {
      title: "… and its price",
      x: axis("game hours", 0, 8, 1),
      y: axis("ask, credits", 8000, 13_000, 1000),
      series: [line("fed", 0, column(4)), { name: "unfed", colour: 4, as: "dashed", points: alone }],
    },
    minutesPerLabel(),
  ];
}

/** Minutes a well-fed EXPORT spends in each label on its way up, beside what was measured in the game. */
function minutesPerLabel(): Chart {
  const dots = (name: string, colour: number, minutes: readonly number[], aside: number): Series => {
    return { name, colour, as: "points", points: minutes.map((value, i) => [i + 1 + aside, value]) };
  };
  const spent = (activity: Activity) => {
    const output = goodOf("EXPORT", "IRON", { s: LABEL_FROM.EXPORT.LIMITED, activity });
    const ore = goodOf("IMPORT", "IRON_ORE", { s: 40 });
    const labels = overTime([output, ore], 8, () => supplyLabel("EXPORT", output.stock / output.tradeVolume));
    return RISING.map((label) => labels.filter(([, seen]) => seen === label).length * QUIET.tickGameMinutes);
  };
  const across = (minutes: number): [number, number][] => [
    [0, minutes],
    [4, minutes],
  ];
  return {
    title: "A fed EXPORT rising: minutes in each label",
    x: { ...axis("label", 0, 4, 1), names: ["", ...RISING, ""] },
    y: axis("game minutes", 0, 100, 20),
    series: [
      dots("simulator, WEAK", 0, spent("WEAK"), -0.12),
      dots("simulator, GROWING", 2, spent("GROWING"), 0),
      dots("simulator, STRONG", 3, spent("STRONG"), 0.12),
      { name: "measured, mean of all [acd]", colour: 1, as: "line", points: across(24) },
      { name: "measured, fastest and slowest", colour: 1, as: "dashed", points: across(18) },
      { name: "", colour: 1, as: "dashed", points: across(34) },
    ],
  };
}

function bandsOf(kind: "EXPORT" | "IMPORT"): NonNullable<Chart["bands"]> {
  const { LIMITED, MODERATE, HIGH, ABUNDANT } = LABEL_FROM[kind];
  return [
    { name: "SCARCE", from: -8, to: LIMITED },
    { name: "LIMITED", from: LIMITED, to: MODERATE },
    { name: "MODERATE", from: MODERATE, to: HIGH },
    { name: "HIGH", from: HIGH, to: ABUNDANT },
    { name: "ABUNDANT", from: ABUNDANT, to: 8 },
  ];
}

function exportBands(): NonNullable<Chart["bands"]> {
  return bandsOf("EXPORT");
}

function line(name: string, colour: number, points: Series["points"]): Series {
  return { name, colour, as: "line", points };
}

function axis(label: string, from: number, to: number, step: number): Axis {
  return { label, from, to, step };
}

function range(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.round((to - from) / step) + 1 }, (_, i) => from + i * step);
}
