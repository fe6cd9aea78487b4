/**
 * What reference traders earn, by the books, beside the absorption limit A: S the serial flow, G1 and G10 greedy traders that know only
 * the wire, GX a greedy trader with thirty ships, all prices and no request limit. Credits per game hour: sales − their cost − fuel, hulls apart.
 *   npm run bench:traders [-- --seeds 1,2,3 --universe FILE --economy FILE --starts TEN,FRESH --hours 24 --json]
 */
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { ECONOMY_VERSION, economyHash } from "../src/simulator/economy.v1.ts";
import { economyFrom } from "../src/simulator/freshUniverse.ts";
import { type Row, report, type Target } from "./benchReport.ts";
import { windowsUpTo } from "./fleet/windows.ts";
import { windowOf } from "./fleetBooks.ts";
import { sourceCommit } from "./fleetOrigin.ts";
import { type Contender, type Ground, limitOf, measure } from "./traders/contenders.ts";

const { values: options } = parseArgs({
  options: {
    seeds: { type: "string" },
    universe: { type: "string" },
    economy: { type: "string" },
    starts: { type: "string", default: "TEN,FRESH" },
    hours: { type: "string", default: "24" },
    json: { type: "boolean", default: false },
  },
});

/** What an honest trader may take beyond A: other traders' noise and whole transactions. */
const MOST_SHARE_OF_LIMIT = 1.05;

const hours = Number(options.hours);
if (!(hours > 0)) throw new Error(`--hours ${options.hours}: a number above 0 is needed`);
const economy = economyFrom(options.economy);
const windows = windowsUpTo(hours);
const seeds = (options.seeds ?? (options.universe === undefined ? "1" : "")).split(",").filter((text) => text !== "");
const grounds: (Ground & { name: string })[] = [
  ...(options.universe === undefined
    ? []
    : [{ name: basename(options.universe), seed: 1, universe: options.universe, economy, hours }]),
  ...seeds.map((seed) => ({ name: `seed ${seed}`, seed: Number(seed), universe: undefined, economy, hours })),
];
const starts = options.starts.split(",").map((start) => {
  if (start === "TEN" || start === "FRESH") return start;
  throw new Error(`--starts ${start}: TEN or FRESH is needed`);
});

if (!options.json) console.log(`economy ${ECONOMY_VERSION} ${economyHash(economy)}, commit ${sourceCommit()}`);
const rows: Row[] = [];
const targets: Target[] = [];
for (const ground of grounds) {
  const limits = windows.map(({ toHour }) => limitOf(ground, toHour));
  rows.push({ universe: ground.name, trader: "A", ...perHour(limits.map((limit, i) => limit - (limits[i - 1] ?? 0))) });
  for (const [who, start] of contenders()) {
    const { books, requests } = await measure(who, start, ground);
    const profits = windows.map((window) => windowOf(books, window).operatingProfit);
    const shares = limits.map((limit, i) => profits.slice(0, i + 1).reduce((sum, profit) => sum + profit, 0) / limit);
    rows.push({
      universe: ground.name,
      trader: who === "GX" ? who : `${who} ${start}`,
      ...perHour(profits),
      "share of A": shares.map((share) => `${Math.round(share * 100)} %`).join(" "),
      "requests/h": Math.round(requests / hours),
    });
    const measured = Math.max(...shares);
    if (who === "GX") {
      targets.push({ name: `${ground.name}: GX / A`, measured, reach: MOST_SHARE_OF_LIMIT, better: "lower" });
    }
  }
}
report("traders", rows, targets);

function contenders(): [Contender, "TEN" | "FRESH"][] {
  return [
    ...starts.flatMap((start) => (["S", "G1", "G10"] as const).map((who): [Contender, typeof start] => [who, start])),
    ["GX", "TEN"],
  ];
}

/** One column per window and one for all of them, in thousands per hour. */
function perHour(credits: readonly number[]): Row {
  const columns = windows.map(({ fromHour, toHour }, i): [string, number] => [
    `${fromHour}–${toHour} h, k/h`,
    Math.round((credits[i] ?? 0) / (toHour - fromHour) / 1000),
  ]);
  const all = credits.reduce((sum, some) => sum + some, 0);
  return Object.fromEntries([...columns, [`0–${hours}, k/h`, Math.round(all / hours / 1000)]]);
}
