/**
 * Draws docs/images/economy-*.svg from the simulator's own curves and ticks, beside what others published or logged of the real game.
 * `npm run docs:economy-plots` writes them again; equal economy, equal files.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { feeding } from "./feedingCharts.ts";
import { priceImpact } from "./priceImpactCharts.ts";
import { recovery } from "./recoveryCharts.ts";
import { figure } from "./svgChart.ts";

const folder = join(import.meta.dirname, "../docs/images");
mkdirSync(folder, { recursive: true });
for (const [name, charts] of Object.entries({ "price-impact": priceImpact(), recovery: recovery(), feeding: feeding() })) {
  const path = join(folder, `economy-${name}.svg`);
  writeFileSync(path, figure(charts));
  console.log(path);
}
