import { grouped } from "../../console/figures.ts";
import { harmless, type Palette, table } from "../../console/terminalText.ts";
import type { BooksReport } from "./bookkeeper.ts";
import { addsUp, operatingProfit } from "./booksJson.ts";
import { everyHour, type Ledger } from "./ledger.ts";
import type { Material, MaterialHour } from "./material.ts";

/** The report for people: what is wrong first, then agents, then material. */
export function booksText(report: BooksReport, palette: Palette): string {
  const { ledgers, materials } = report;
  const agents = ledgers.length > AGENTS_IN_FULL ? [summary(ledgers, palette)] : ledgers.map((one) => agentText(one, palette));
  return [head(report, palette), verdict(report, palette), ...agents, materialText(materials, palette)]
    .filter((section) => section !== "")
    .join("\n\n");
}

const AGENTS_IN_FULL = 4;
/** The books know money that moved, not what cargo cost. */
const PROFIT_NOTE = "PROFIT is sales − purchases − fuel of the hour as they were paid: cargo still aboard counts for nothing";

function head({ lines, source, economy, gameHours, resets, torn }: BooksReport, palette: Palette): string {
  const era = resets === 0 ? "" : `, after ${resets} ${resets === 1 ? "reset" : "resets"}`;
  const writing = torn ? palette.dim("\nthe last line is not finished: it is being written, or its writer was killed") : "";
  const from = source === null ? "" : ` of ${harmless(source)}, economy ${harmless(economy ?? "?")}${era}`;
  return `${palette.bold(`${grouped(lines)} lines`)}${from}, up to game hour ${gameHours.toFixed(2)}${writing}`;
}

function verdict(report: BooksReport, palette: Palette): string {
  const { damaged, mismatches, mismatchCount, unknown } = report;
  const notes = [...unknown].map(([kind, count]) =>
    palette.dim(`passed over, of a kind unknown here: ${grouped(count)} × ${harmless(kind)}`),
  );
  if (addsUp(report)) return [palette.good("credits, cargo and stock add up"), ...notes].join("\n");
  const holes = damaged
    .slice(0, DAMAGED_SHOWN)
    .map(({ line, what, follows }) => `line ${line} is damaged: ${harmless(what)}; ${follows ?? "nothing follows"}`);
  if (damaged.length > DAMAGED_SHOWN) holes.push(`and ${damaged.length - DAMAGED_SHOWN} more damaged lines`);
  const wrong = mismatches.map(({ line, what }) => `line ${line}: ${harmless(what)}`);
  if (mismatchCount > mismatches.length) wrong.push(`and ${grouped(mismatchCount - mismatches.length)} more`);
  const title = palette.bad(mismatchCount > 0 ? "THE BOOKS DO NOT ADD UP" : "THE BOOKS ARE DAMAGED");
  return [title, ...holes, ...wrong, ...notes].join("\n");
}

const DAMAGED_SHOWN = 20;

function summary(ledgers: readonly Ledger[], palette: Palette): string {
  const rows = ledgers.map((ledger) => {
    const profit = everyHour(ledger).reduce((sum, hour) => sum + operatingProfit(hour), 0);
    return [ledger.agent, credits(ledger.creditsStart), credits(ledger.creditsNow), grouped(profit), String(ledger.ships.size)];
  });
  const text = figures(["AGENT", "CREDITS AT FIRST", "NOW", "OPERATING PROFIT", "SHIPS"], rows, 1, palette);
  return `${text}\n${palette.dim("--agent SYMBOL shows one in full")}`;
}

function agentText(ledger: Ledger, palette: Palette): string {
  const title = `${palette.bold(harmless(ledger.agent))}  ${credits(ledger.creditsStart)} → ${credits(ledger.creditsNow)} credits  ${ledger.ships.size} ships`;
  const hours = everyHour(ledger).map((hour) => [
    `${hour.hour}–${hour.hour + 1}`,
    ...[operatingProfit(hour), hour.sales, hour.purchases, hour.fuel, hour.hulls, hour.other, hour.trades, hour.mutations].map(
      grouped,
    ),
  ]);
  const headings = ["GAME HOUR", "PROFIT", "SALES", "PURCHASES", "FUEL", "HULLS", "OTHER", "TRADES", "MUTATIONS"];
  const goods = [...ledger.goods]
    .filter(([, tally]) => Object.values(tally).some((units) => units !== 0))
    .map(([good, { bought, sold, burnt, jettisoned, other, held }]) => [
      good,
      ...[bought, sold, burnt, jettisoned, other, held].map(grouped),
    ]);
  const operations = [...ledger.operations].toSorted(([, a], [, b]) => b - a).map(([name, count]) => `${name} ${grouped(count)}`);
  return [
    title,
    hours.length === 0 ? palette.dim("no mutations") : `${figures(headings, hours, 1, palette)}\n${palette.dim(PROFIT_NOTE)}`,
    goods.length === 0 ? "" : figures(["CARGO", "BOUGHT", "SOLD", "BURNT", "JETTISONED", "OTHER", "HELD"], goods, 1, palette),
    operations.length === 0 ? "" : `${palette.dim("mutations")} ${harmless(operations.join(" · "))}`,
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

const FLOWS = ["tradedIn", "tradedOut", "produced", "consumed", "demanded", "drifted", "set", "unexplained"] as const;
const FLOW_HEADINGS = ["IN", "OUT", "PRODUCED", "CONSUMED", "DEMANDED", "DRIFTED", "SET", "UNEXPLAINED"];

/** One line per good that moved: means per game hour over the hours that the books have of any good. */
function materialText(materials: readonly Material[], palette: Palette): string {
  const numbers = materials.flatMap(({ hours }) => [...hours.keys()]);
  const first = numbers.reduce((least, hour) => Math.min(least, hour), Number.POSITIVE_INFINITY);
  const last = numbers.reduce((most, hour) => Math.max(most, hour), Number.NEGATIVE_INFINITY);
  if (numbers.length === 0) return palette.dim("no stock moved");
  const rows = materials
    .filter(({ hours }) => hours.size > 0)
    .toSorted((a, b) => a.waypoint.localeCompare(b.waypoint, "en", { numeric: true }) || a.good.localeCompare(b.good, "en"))
    .map(({ waypoint, good, stock, hours }) => [
      waypoint,
      good,
      ...FLOWS.map((flow) => rate(hours, flow, last - first + 1)),
      stock === null ? "?" : whole(stock),
    ]);
  const title = `${palette.bold("MATERIAL")}  units per game hour, mean of the hours ${first} to ${last + 1}; stock in units above balance`;
  return `${title}\n${figures(["WAYPOINT", "GOOD", ...FLOW_HEADINGS, "STOCK"], rows, 2, palette)}`;
}

function rate(hours: ReadonlyMap<number, MaterialHour>, flow: (typeof FLOWS)[number], count: number): string {
  const mean = [...hours.values()].reduce((sum, hour) => sum + hour[flow], 0) / count;
  if (mean === 0) return "·";
  return Math.abs(mean) >= 10 ? whole(mean) : mean.toFixed(1);
}

/** Grouped, and never −0. */
function whole(value: number): string {
  return grouped(Math.round(value) || 0);
}

function credits(value: number | null): string {
  return value === null ? "?" : grouped(value);
}

/** A table whose columns after the first `texts` are flush right. */
function figures(headings: readonly string[], rows: readonly (readonly string[])[], texts: number, palette: Palette): string {
  const widths = headings.map((heading, i) => Math.max(heading.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const flush = (cells: readonly string[]) => cells.map((cell, i) => (i < texts ? cell : cell.padStart(widths[i] ?? 0)));
  return table(flush(headings), rows.map(flush), palette);
}
