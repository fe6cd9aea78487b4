import { grouped, groupedWithin, thousands } from "../console/figures.ts";
import type { ManufacturingStatus, PipelineState, TaskLine } from "../console/manufacturing.ts";
import { harmless, type Palette, table } from "../console/terminalText.ts";
import { feedWorthText } from "./feedWorthText.ts";
import type { ToldRefusals } from "./manufacturingSchema.ts";

/** Manufacturing for a terminal: what runs, what waits, what is left alone, and the money for it. Pure. */
export function manufacturingText(status: ManufacturingStatus, palette: Palette): string {
  const { money } = status;
  const credits = money.credits === null ? "unknown" : grouped(money.credits);
  const purse = [
    `credits ${credits}`,
    `floor ${grouped(money.floorCredits)}`,
    `reserved ${grouped(money.reservedCredits)}`,
    `counted on ${grouped(money.earmarkedCredits)}`,
    `free for plans ${grouped(money.availableCredits)}`,
    `earned ${grouped(money.operatingProfitCredits)}`,
    `ships bought for ${grouped(money.hullsCredits)}`,
  ].join(" · ");
  const sections = [
    palette.bold(purse),
    pipelinesText(status.pipelines, palette),
    listed(["FACTORY", "MAKES", "FOR", "SUPPLY", "COLLECTABLE"], status.factories, palette, (factory) => [
      factory.waypoint,
      factory.good,
      factory.pipeline,
      factory.supply ?? "unknown",
      factory.readyForCollection ? "yes" : (factory.reason ?? "no"),
    ]),
    listed(["ORDER", "KIND", "SINCE", "WAITS FOR"], status.orders, palette, ({ good, kind, placedAt, waitsFor }) => [
      good ?? "the best",
      kind,
      placedAt,
      groupedWithin(waitsFor ?? "the coordinator"),
    ]),
    listed(["LEFT ALONE", "KIND", "UNTIL", "BECAUSE"], status.leftAlone, palette, ({ good, kind, until, because }) => [
      good,
      kind,
      until ?? "it is started",
      because,
    ]),
    listed(["HELD", "ABOARD", "UNITS", "BECAUSE"], status.held, palette, ({ good, ship, units, reason }) => [
      good,
      ship,
      String(units),
      reason ?? "",
    ]),
  ];
  return sections.filter((section) => section !== "").join("\n\n");
}

function pipelinesText(pipelines: readonly PipelineState[], palette: Palette): string {
  if (pipelines.length === 0) return palette.dim("No pipelines yet.");
  return listed(
    ["PIPELINE", "GOOD", "PHASE", "TASKS", "COST", "REVENUE", "FUEL", "PROFIT", "EXPECTED", "BECAUSE"],
    pipelines,
    palette,
    (item) => [
      item.id,
      item.good,
      item.phase === "windingUp" ? "winding up" : item.phase,
      `${item.tasksDone}/${item.tasks}`,
      grouped(item.costCredits),
      grouped(item.revenueCredits),
      item.fuelCredits === null ? "-" : grouped(item.fuelCredits),
      grouped(item.profitCredits),
      item.expectedProfitCredits === null ? "-" : grouped(item.expectedProfitCredits),
      becauseText(item),
    ],
  );
}

/** Why it ends; else why it was begun, where its money alone does not tell. */
function becauseText({ reason, feedWorthCredits, sellMarket }: PipelineState): string {
  if (reason !== null) return groupedWithin(reason);
  return feedWorthCredits > 0 ? feedWorthText(feedWorthCredits, sellMarket) : "";
}

export function tasksText(tasks: readonly TaskLine[], palette: Palette): string {
  if (tasks.length === 0) return palette.dim("No tasks.");
  return listed(
    ["TASK", "TYPE", "STATE", "GOOD", "UNITS", "FROM", "TO", "SHIP", "PRIORITY", "AFTER", "SAYS"],
    tasks,
    palette,
    (task) => [
      task.id,
      task.type,
      task.status,
      task.good,
      unitsText(task),
      task.source ?? "-",
      task.target ?? "-",
      task.ship ?? "-",
      String(task.priority),
      task.dependsOn.map((id) => id.slice(id.lastIndexOf(".") + 1)).join(" ") || "-",
      [task.attempts > 0 ? `attempt ${task.attempts + 1}` : "", groupedWithin(task.error ?? "")]
        .filter((text) => text !== "")
        .join(": "),
    ],
  );
}

/** `40`, then `35/40 aboard` from its purchase to its sale. Stranded cargo: `40 aboard`, then `20/40 sold`. */
function unitsText({ type, units, actualUnits, cargoAboard, status }: TaskLine): string {
  if (!cargoAboard) return String(units);
  const hasEnded = status === "COMPLETED" || status === "CANCELLED" || status === "FAILED";
  if (type === "LIQUIDATE") return hasEnded || actualUnits > 0 ? `${actualUnits}/${units} sold` : `${units} aboard`;
  return `${actualUnits}/${units}${hasEnded ? "" : " aboard"}`;
}

export function refusalsText({ products, hulls, recent }: ToldRefusals, palette: Palette): string {
  const sections = [
    listed(
      ["PRODUCT", "TO", "PROFIT", "REFUSED NOW", "FIGURES"],
      products,
      palette,
      ({ good, kind, profitCredits, reason, detail }) => [
        good,
        kind,
        profitCredits === null ? "-" : thousands(profitCredits),
        reason,
        groupedWithin(detail),
      ],
    ),
    listed(["HULL", "AT", "NOT BOUGHT", "FIGURES"], hulls, palette, ({ type, waypoint, reason, detail }) => [
      type,
      waypoint ?? "-",
      reason,
      groupedWithin(detail),
    ]),
    listed(["LATELY", "BY", "GOOD", "REFUSED", "FIGURES"], recent, palette, ({ at, by, good, reason, detail }) => [
      at,
      by,
      good ?? "-",
      groupedWithin(reason),
      groupedWithin(detail),
    ]),
  ];
  const shown = sections.filter((section) => section !== "");
  return shown.length === 0 ? palette.dim(harmless("Nothing is refused.")) : shown.join("\n\n");
}

/** A table, or nothing for no rows. */
function listed<Row>(
  headings: readonly string[],
  rows: readonly Row[],
  palette: Palette,
  cells: (row: Row) => readonly string[],
): string {
  return rows.length === 0 ? "" : table(headings, rows.map(cells), palette);
}
