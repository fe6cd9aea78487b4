/** Charts of feeding: what a factory makes of what it is brought, and how fast its label rises. */
import { supplyLabel } from "../src/simulator/curve.ts";
import { LABEL_FROM } from "../src/simulator/economy.v1.ts";
import type { Activity, MarketGood } from "../src/simulator/universe.ts";
import { askOf, bandsOf, goodOf, overTime, QUIET } from "./plotMarket.ts";
import { axis, type Chart, dashed, dots, line, type Series } from "./svgChart.ts";

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
      bands: bandsOf("EXPORT"),
      series: [
        line("fed", 0, column(3)),
        dashed(
          "unfed",
          4,
          overTime([goodOf("EXPORT", "LASER_RIFLES", { s: 0.7 })], 8, (goods) => level(goods[0] ?? output)),
        ),
      ],
    },
    {
      title: "… and its price",
      x: axis("game hours", 0, 8, 1),
      y: axis("ask, credits", 8000, 13_000, 1000),
      series: [line("fed", 0, column(4)), dashed("unfed", 4, alone)],
    },
    minutesPerLabel(),
  ];
}

/** Trade volumes of each input brought to the factory at once. */
const DELIVERED = 2;
const RISING = ["LIMITED", "MODERATE", "HIGH"] as const;

/** Minutes a well-fed EXPORT spends in each label on its way up, beside what was measured in the game. */
function minutesPerLabel(): Chart {
  const beside = (name: string, colour: number, minutes: readonly number[], aside: number): Series =>
    dots(
      name,
      colour,
      minutes.map((value, i) => [i + 1 + aside, value]),
    );
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
      beside("simulator, WEAK", 0, spent("WEAK"), -0.12),
      beside("simulator, GROWING", 2, spent("GROWING"), 0),
      beside("simulator, STRONG", 3, spent("STRONG"), 0.12),
      line("measured, mean of all [acd]", 1, across(24)),
      dashed("measured, fastest and slowest", 1, across(18)),
      dashed("", 1, across(34)),
    ],
  };
}
