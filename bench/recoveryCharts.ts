/** Charts of recovery: what ticks do to a market after a shock, beside what was measured and logged in the real game. */
import { ECONOMY_V1, type EconomyConstants } from "../src/simulator/economy.v1.ts";
import { referenceGood } from "../src/simulator/goods.data.ts";
import { quoteOf } from "../src/simulator/quote.ts";
import { tickMarket } from "../src/simulator/tick.ts";
import type { Activity } from "../src/simulator/universe.ts";
import { askOf, bandsOf, goodOf, marketOf, overTime, QUIET, range } from "./plotMarket.ts";
import { axis, type Chart, dashed, dots, line } from "./svgChart.ts";

export function recovery(): Chart[] {
  return [importRecovery(), exportRecovery(), ledgerReplay(), atRest()];
}

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
      dots("ledger, median in 20 min [FloWi]", 1, [[1 / 3, 1.4]]),
      dashed("half-life 3 h, superseded", 4, halfLife(3)),
      dashed("half-life 25 h, superseded", 4, halfLife(25)),
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
    bands: bandsOf("EXPORT"),
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
      dots("paid for 20 units each [FloWi]", 1, LEDGER_PURCHASES),
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
