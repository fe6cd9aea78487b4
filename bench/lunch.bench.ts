/**
 * Is there money for nothing? Every good of every market, at the start and at stocks from −8 to +10 trade volumes: same-market round
 * trips, split against whole transactions, waiting at rest, feeding and collecting in one place, next-door markets. Judged by the books.
 *   npm run bench:lunch [-- --seeds 1,2 --universe FILE --economy FILE --json]
 */
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { ECONOMY_VERSION, economyHash } from "../src/simulator/economy.v1.ts";
import { economyFrom } from "../src/simulator/freshUniverse.ts";
import { type Row, report } from "./benchReport.ts";
import { sourceCommit } from "./fleetOrigin.ts";
import { LUNCH_FLEET, seekFreeLunch } from "./traders/freeLunch.ts";
import { openTraderBed } from "./traders/traderBed.ts";

const { values: options } = parseArgs({
  options: {
    seeds: { type: "string", default: "1,2" },
    universe: { type: "string" },
    economy: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const economy = economyFrom(options.economy);
const plan = {
  levels: [-8, -6, -4, -2, 0, 2, 3, 4, 5, 5.5, 6, 6.5, 7, 8, 10],
  parts: [2, 3, 6],
  waitHours: [1, 8, 24],
};
const grounds = [
  ...(options.universe === undefined ? [] : [{ name: basename(options.universe), seed: 1, universe: options.universe }]),
  ...options.seeds
    .split(",")
    .filter((text) => text !== "")
    .map((seed) => ({ name: `seed ${seed}`, seed: Number(seed), universe: undefined })),
];

if (!options.json) console.log(`economy ${ECONOMY_VERSION} ${economyHash(economy)}, commit ${sourceCommit()}`);
const rows: Row[] = [];
let won = 0;
for (const { name, seed, universe } of grounds) {
  const bed = openTraderBed({ seed, universe, economy, fleet: LUNCH_FLEET, hours: 1e6, limited: false });
  try {
    const trials = await bed.clock.run(seekFreeLunch(bed, plan));
    for (const lunch of new Set(trials.map((trial) => trial.lunch))) {
      const gains = trials.filter((trial) => trial.lunch === lunch).map(({ gainCredits }) => gainCredits);
      const wins = gains.filter((gain) => gain > 0).length;
      rows.push({ universe: name, lunch, trials: gains.length, "won money": wins, "best, credits": Math.max(...gains) });
      won += wins;
    }
  } finally {
    bed.close();
  }
}
report("lunch", rows, [{ name: "trials that won money", measured: won, reach: 0, better: "lower" }]);
