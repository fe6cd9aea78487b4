/** What the economy costs: 24 game hours of ticks of a start system, its 25 markets and 3 yards. */
import { ECONOMY_V1, ECONOMY_VERSION, economyHash } from "../src/simulator/economy.v1.ts";
import { generateWorld } from "../src/simulator/generateWorld.ts";
import { tickMarket, tickYard } from "../src/simulator/tick.ts";
import { percentile, report, round } from "./benchReport.ts";

const DAYS = 30;
const TICKS_PER_DAY = (24 * 60) / ECONOMY_V1.tickGameMinutes;

const { markets, yards } = generateWorld(1, ECONOMY_V1);
let tick = 0;
const days = Array.from({ length: DAYS }, () => {
  const startedAt = performance.now();
  for (let i = 0; i < TICKS_PER_DAY; i++) {
    tick += 1;
    for (const market of markets) tickMarket(market, { constants: ECONOMY_V1, seed: 1, tick });
    for (const yard of yards) tickYard(yard, ECONOMY_V1);
  }
  return performance.now() - startedAt;
});

if (!process.argv.includes("--json")) console.log(`economy ${ECONOMY_VERSION} ${economyHash(ECONOMY_V1)}`);
const [p50, p90] = [percentile(days, 0.5), percentile(days, 0.9)];
const goods = markets.reduce((sum, market) => sum + market.goods.length, 0);
report(
  "ticks",
  [
    {
      markets: markets.length,
      goods,
      "24 game hours p50 ms": round(p50),
      "p90 ms": round(p90),
      "a tick of all p50 ms": round(p50 / TICKS_PER_DAY),
      "a tick of a market p50 µs": round((p50 / TICKS_PER_DAY / markets.length) * 1000),
    },
  ],
  [{ name: "a tick of the whole system, p50 ms", measured: p50 / TICKS_PER_DAY, reach: 1, better: "lower" }],
);
