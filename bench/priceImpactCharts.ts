/** Charts of price impact: what a transaction moves in the simulator, beside what was logged in the real game. */
import { LABEL_MIDPOINT } from "../src/simulator/economy.v1.ts";
import { pricesAt } from "../src/simulator/quote.ts";
import type { SupplyLabel } from "../src/simulator/universe.ts";
import { goodOf, QUIET, range, take } from "./plotMarket.ts";
import { axis, type Chart, dots, line, type Series } from "./svgChart.ts";

export function priceImpact(): Chart[] {
  return [buying(), selling(), growthPerVolume(), exchange()];
}

/** Logged by eseidel's bot, one trade volume each: what it paid buying on and on, what it got selling on and on. */
const LOGGED_BUYS = [498, 513, 532, 555, 583, 618, 662, 715, 780, 860, 959];
const LOGGED_SELLS = [40_214, 37_860, 34_961, 31_393, 27_000, 21_591, 14_932, 6_733, 1];
/** acdtunes, era 3: an ask grows by this factor per trade volume bought, by label. */
const GROWTH_PER_VOLUME = { SCARCE: 1.13, MODERATE: 1.06, HIGH: 1.04, ABUNDANT: 1.026 } as const;

function buying(): Chart {
  // Base and first level are the two numbers that the series leaves open.
  const good = goodOf("EXPORT", "EQUIPMENT", { s: 6.02, base: 720 });
  return {
    title: "Buying on and on from an EXPORT",
    x: axis("trade volumes bought before", 0, 10, 2),
    y: axis("ask, credits", 400, 1000, 100),
    series: besideLog("simulator, base 720, s = 6.02", LOGGED_BUYS, () => take(good, 1).askCredits),
  };
}

function selling(): Chart {
  const good = goodOf("IMPORT", "EQUIPMENT", { s: -0.59, base: 38_000 });
  return {
    title: "Selling on and on to an IMPORT",
    x: axis("trade volumes sold before", 0, 8, 2),
    y: axis("bid, credits", 0, 45_000, 10_000),
    series: besideLog("simulator, base 38,000, s = −0.59", LOGGED_SELLS, () => take(good, -1).bidCredits),
  };
}

/** A price for each that was logged, `next` being asked once for each, one trade volume after the other. */
function besideLog(name: string, prices: readonly number[], next: () => number): Series[] {
  const ours = prices.map((_, n): [number, number] => [n, next()]);
  return [
    line(name, 0, ours),
    dots(
      "logged in the game [eseidel]",
      1,
      prices.map((price, n) => [n, price]),
    ),
  ];
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
      dots("measured by label, ask [acd]", 1, published),
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
      dots(
        "logged in the game [FloWi]",
        1,
        sold.map((units) => [units, 28]),
      ),
    ],
  };
}
