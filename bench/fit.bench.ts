/**
 * Out-of-sample fit of the price curves on captured systems: `--universe FILE` once for leave-one-out within a system, more often for
 * one system from another; `--economy FILE` for other constants; `--json`. Without a file there is nothing to measure, and it says so.
 */
import { parseArgs } from "node:util";
import { ECONOMY_VERSION, type EconomyConstants, economyHash } from "../src/simulator/economy.v1.ts";
import { economyFrom } from "../src/simulator/freshUniverse.ts";
import { InputFault } from "../src/simulator/inputFault.ts";
import { readJson } from "../src/simulator/startFleet.ts";
import { worldFromCapture } from "../src/simulator/universeFile.ts";
import { percentile, type Row, report } from "./benchReport.ts";
import { type CapturedQuote, errorOf, errorTable, predict, predictFlat, quotesOf } from "./fitModel.ts";

const { values } = parseArgs({
  strict: false,
  options: { universe: { type: "string", multiple: true, default: [] }, economy: { type: "string" } },
});
const files = (values.universe ?? []).filter((file) => typeof file === "string");

if (files.length === 0)
  console.log("fit: SKIPPED; give a captured system with --universe FILE (npm run bench:fit -- --universe FILE)");
else {
  try {
    measure(files, economyFrom(typeof values.economy === "string" ? values.economy : undefined));
  } catch (cause) {
    if (!(cause instanceof InputFault)) throw cause;
    console.error(cause.message);
    process.exitCode = 2;
  }
}

function measure(universes: readonly string[], constants: EconomyConstants): void {
  const captures = universes.map((file) => quotesOf(worldFromCapture(readJson(file), file, constants), constants));
  const rows = captures.flatMap((quotes) => [
    ...within(quotes, constants),
    ...captures.filter((known) => known !== quotes).flatMap((known) => across(quotes, known, constants)),
  ]);
  if (!process.argv.includes("--json")) console.log(`economy ${ECONOMY_VERSION} ${economyHash(constants)}`);
  const first = captures[0] ?? [];
  report("fit", rows, [
    {
      name: "imports from other markets, median error of the ask, %",
      measured: 100 * middle(first, "IMPORT", constants),
      reach: 5,
      better: "lower",
    },
    {
      name: "exports from imports, median error of the ask, %",
      measured: 100 * middle(first, "EXPORT", constants),
      reach: 7,
      better: "lower",
    },
  ]);
}

/** Leave one out: each quote of a system from the others of that system. */
function within(quotes: readonly CapturedQuote[], constants: EconomyConstants): Row[] {
  const label = (predicted: string) => ({ predicts: systemOf(quotes), from: predicted });
  return [
    ...errorTable(label("other markets, same type"), quotes, predict(quotes, quotes, "same type", constants)),
    ...errorTable(label("other markets, other type"), quotes, predict(quotes, quotes, "other type", constants)),
    ...errorTable(label("other markets, no curve"), quotes, predictFlat(quotes, quotes)),
  ];
}

/** Each quote of a system from the bases of another system. */
function across(quotes: readonly CapturedQuote[], known: readonly CapturedQuote[], constants: EconomyConstants): Row[] {
  const label = (predicted: string) => ({ predicts: systemOf(quotes), from: predicted });
  return [
    ...errorTable(label(`${systemOf(known)}, same type`), quotes, predict(quotes, known, "same type", constants)),
    ...errorTable(label(`${systemOf(known)}, no curve`), quotes, predictFlat(quotes, known)),
  ];
}

function middle(quotes: readonly CapturedQuote[], kind: "EXPORT" | "IMPORT", constants: EconomyConstants): number {
  const source = kind === "EXPORT" ? "other type" : "same type";
  const predictions = predict(quotes, quotes, source, constants).filter(({ quote }) => quote.good.kind === kind);
  return percentile(
    predictions.map((prediction) => errorOf(prediction, "ask")),
    0.5,
  );
}

function systemOf(quotes: readonly CapturedQuote[]): string {
  return quotes[0]?.system ?? "(empty)";
}
