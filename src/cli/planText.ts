/** A plan as a terminal shows it: tree, task graph, money, and every road not taken. Pure. */
import { grouped, groupedWithin, oneDecimal } from "../console/figures.ts";
import { harmless, type LabelledLine, labelled, type Palette, table } from "../console/terminalText.ts";
import { feedWorthText } from "./feedWorthText.ts";
import type { ToldPlan, ToldPlanBody } from "./planSchema.ts";

export function planText(answer: ToldPlan, palette: Palette): string {
  const { plan } = answer;
  const sections = [
    headline(answer, palette),
    ...(plan === undefined ? [] : [treeText(plan, palette), graphText(plan, palette), moneyText(plan, palette)]),
    waysText(answer, palette),
    rejectedText(answer, palette),
    knownText(answer, palette),
  ];
  return sections.filter((section) => section !== "").join("\n\n");
}

function headline(answer: ToldPlan, palette: Palette): string {
  const product = palette.bold(harmless(answer.product));
  if (answer.outcome === "refused") {
    const what = answer.plan === undefined ? "no plan" : "planned and refused";
    return `${product}: ${palette.bad(what)} — ${harmless(answer.reason)}: ${harmless(groupedWithin(answer.detail))}`;
  }
  const { kind, units, sellMarket, economics, feedWorthCredits } = answer.plan;
  const verb = kind === "fabricate" ? "make" : "buy";
  const worth = feedWorthCredits > 0 ? ` and ${grouped(feedWorthCredits)} worth to the factory` : "";
  const profit = palette.good(`${grouped(economics.profitCredits)} profit${worth} in ${span(economics.elapsedSeconds)}`);
  return `${product}: ${verb} ${units}, sell at ${harmless(sellMarket)}: ${profit} (confidence ${Math.round(answer.confidence * 100)} %)`;
}

function treeText({ root }: ToldPlanBody, palette: Palette): string {
  return `${palette.dim("SUPPLY TREE")}\n${nodeLines(root, "", "").join("\n")}`;
}

function nodeLines(node: ToldPlanBody["root"], first: string, rest: string): readonly string[] {
  const missing = node.notImported ?? [];
  const difference = missing.length === 0 ? "" : `; the map also names ${missing.join(", ")}, which it does not import`;
  const last = node.children.length - 1;
  return [
    `${first}${harmless(`${node.good}  ${wayOf(node)}${difference}`)}`,
    ...node.children.flatMap((child, index) =>
      nodeLines(child, `${rest}${index === last ? "└─ " : "├─ "}`, `${rest}${index === last ? "   " : "│  "}`),
    ),
  ];
}

function wayOf({ method, sourceMarket, because, factoryMarket, supply }: ToldPlanBody["root"]): string {
  switch (method) {
    case "BUY":
      return `BUY at ${sourceMarket} (${because})`;
    case "FABRICATE":
      return `FABRICATE at ${factoryMarket}`;
    case "ENOUGH":
      return `not delivered: ${factoryMarket} has enough (${supply ?? "supply unknown"})`;
  }
}

/** One line a phase; what a task costs stands beside the phase that pays it. */
function graphText({ phases, tasks }: ToldPlanBody, palette: Palette): string {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const rows = phases.map((phase) => {
    const task = byId.get(phase.taskId);
    const buys = phase.kind === "ACQUIRE" || phase.kind === "COLLECT";
    return [
      phase.id,
      phase.good,
      String(task?.units ?? ""),
      phase.waypoint,
      phase.dependsOn.length === 0 ? "-" : inRuns(phase.dependsOn),
      buys && task?.awaitsProduction === true ? "HIGH supply" : "",
      task === undefined ? "" : buys ? `-${grouped(task.expected.costCredits)}` : `+${grouped(task.expected.revenueCredits)}`,
      task === undefined || buys ? "" : span(task.expected.shipSeconds),
    ];
  });
  return table(["PHASE", "GOOD", "UNITS", "AT", "AFTER", "WAITS FOR", "CREDITS", "SHIP TIME"], rows, palette);
}

/** `t1:DELIVER t2:DELIVER t3:DELIVER t9:COLLECT` → `t1…t3:DELIVER t9:COLLECT`. */
function inRuns(ids: readonly string[]): string {
  const runs: { readonly kind: string; readonly first: number; last: number }[] = [];
  for (const id of ids) {
    const [task = "", kind = ""] = id.split(":");
    const number = Number(task.slice(1));
    const run = runs.at(-1);
    if (run !== undefined && run.kind === kind && run.last + 1 === number) run.last = number;
    else runs.push({ kind, first: number, last: number });
  }
  return runs.map(({ kind, first, last }) => `t${first}${last > first ? `…t${last}` : ""}:${kind}`).join(" ");
}

function moneyText({ economics: money, tasks, factories, feedWorthCredits, sellMarket }: ToldPlanBody, palette: Palette): string {
  const approachCredits = tasks.reduce((sum, task) => sum + (task.approachCredits ?? 0), 0);
  const pace = tasks.some(({ allowBurn }) => allowBurn === false) ? "CRUISE" : "BURN where the tank allows";
  const production = factories.map(
    ({ waypoint, good, outputUnits, productionSeconds }) => `${outputUnits} ${good} at ${waypoint} in ${span(productionSeconds)}`,
  );
  const lines: readonly LabelledLine[] = [
    [
      "cost",
      `${grouped(money.costCredits)} + ${grouped(money.fuelCredits)} fuel; at most ${grouped(money.capitalCredits)} tied up at once`,
    ],
    ["flown in", `${pace}; ${grouped(approachCredits)} of the fuel for the ways to the sources`],
    ["revenue", grouped(money.revenueCredits)],
    ["profit", `${grouped(money.profitCredits)} (${oneDecimal(money.margin * 100)} % of the purchases)`],
    ...(feedWorthCredits > 0
      ? [["worth", harmless(`${feedWorthText(feedWorthCredits, sellMarket)}, in the rate, not in the profit`)] as const]
      : []),
    ["time", `${span(money.elapsedSeconds)} critical path, legs and production · ${span(money.shipSeconds)} of ships`],
    [
      "requests",
      `${money.requests} · ${grouped(money.creditsPerRequest)} cr/request · ${oneDecimal(money.creditsPerShipSecond)} cr/ship-second`,
    ],
    ...(production.length === 0 ? [] : [["production", harmless(production.join(" · "))] as const]),
  ];
  return labelled(lines, palette);
}

function waysText({ ways }: ToldPlan, palette: Palette): string {
  if (ways.length === 0) return "";
  const rows = ways.map(({ way, outcome, reason, detail, profitCredits, creditsPerShipSecond, ...rest }) => [
    way.kind === "trade" ? `buy at ${way.sourceMarket}` : `make, inputs from ${way.inputsFrom} up`,
    profitCredits === undefined ? "-" : grouped(profitCredits),
    creditsPerShipSecond === undefined ? "-" : oneDecimal(creditsPerShipSecond),
    outcome === "planned" ? `would do${worthOfWay(rest)}` : groupedWithin(`${reason}: ${detail}`),
  ]);
  return table(["WAY", "PROFIT", "CR/SHIP-SECOND", "VERDICT"], rows, palette);
}

function worthOfWay({
  feedWorthCredits = 0,
  sellMarket = "",
}: Pick<ToldPlan["ways"][number], "feedWorthCredits" | "sellMarket">) {
  return feedWorthCredits > 0 ? `: ${feedWorthText(feedWorthCredits, sellMarket)}` : "";
}

function rejectedText({ rejected }: ToldPlan, palette: Palette): string {
  if (rejected.length === 0) return "";
  const rows = rejected.map(({ good, market, reason, detail }) => [good, market ?? "-", reason, groupedWithin(detail)]);
  return table(["REJECTED", "MARKET", "REASON", "DETAIL"], rows, palette);
}

function knownText({ known }: ToldPlan, palette: Palette): string {
  if (known === undefined) return "";
  const { markets, seen, fresh, neverSeen, unpriced } = known;
  const unseen = neverSeen.length === 0 ? "" : ` · never seen: ${neverSeen.join(" ")}`;
  const goods = unpriced.length === 0 ? "" : ` · no price known of: ${unpriced.join(" ")}`;
  return palette.dim(harmless(`Prices of ${seen} of ${markets} markets, ${fresh} of them fresh${unseen}${goods}`));
}

/** Game time. */
function span(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 5_400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3_600).toFixed(1)} h`;
}
