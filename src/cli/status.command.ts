import { grouped, thousands } from "../console/figures.ts";
import { type FleetStatus, summaryLine } from "../console/fleetStatus.ts";
import { harmless, type LabelledLine, labelled, type Palette, table } from "../console/terminalText.ts";
import { type Command, outputOption, printAnswer } from "./command.ts";
import { connectToDaemon } from "./daemonClient.ts";
import { statusSchema } from "./statusSchema.ts";

/** Credits, ships, pipelines, tasks, request budget, restarts, dead letters. */
export const statusCommand: Command = {
  name: "status",
  usage: "",
  help: "How the fleet is: credits, ships, pipelines, tasks, requests, restarts, dead letters",
  options: [outputOption],
  arguments: { min: 0, max: 0 },
  async run(call) {
    const status = await connectToDaemon(call.dataDir).get("/api/status", statusSchema);
    printAnswer(call, status, (palette) => statusText(status, palette));
  },
};

function statusText(status: FleetStatus, palette: Palette): string {
  const mode = status.simulator ? palette.warn(`SIMULATOR ×${status.gameSpeed}`) : realGame(status, palette);
  const head = `${palette.bold(harmless(status.agent))}  ${mode}  ${status.phase} for ${duration(status.uptimeSeconds)}  pid ${status.pid}`;
  const sections = [
    `${head}\n${palette.bold(summaryLine(status))}`,
    ships(status, palette),
    pipelines(status, palette),
    healthLines(status, palette),
  ];
  return sections.filter((section) => section !== "").join("\n\n");
}

function realGame({ readOnly }: FleetStatus, palette: Palette): string {
  return readOnly ? palette.warn("READ ONLY: the fleet changes nothing until it is started with --go") : "the real game";
}

function ships(status: FleetStatus, palette: Palette): string {
  if (status.ships.length === 0) return palette.dim("No ships yet.");
  const rows = status.ships.map((ship) => [
    ship.symbol,
    ship.status === "active" ? ship.doing : `${ship.status}: ${ship.doing}`,
    ship.fuel.capacity === 0 ? "-" : `${ship.fuel.units}/${ship.fuel.capacity}`,
    ship.cargo.capacity === 0
      ? "-"
      : `${ship.cargo.units}/${ship.cargo.capacity} ${ship.cargo.goods.map((item) => item.good).join(" ")}`,
    ship.owner ?? "-",
  ]);
  return table(["SHIP", "DOES", "FUEL", "CARGO", "WORKS FOR"], rows, palette);
}

const SHOWN_PIPELINES = 10;

function pipelines(status: FleetStatus, palette: Palette): string {
  if (status.pipelines.length === 0) return palette.dim("No pipelines yet.");
  const rows = status.pipelines
    .slice(-SHOWN_PIPELINES)
    .map((pipeline) => [
      pipeline.good,
      pipeline.status,
      `${pipeline.tasksDone}/${pipeline.tasks}`,
      thousands(pipeline.profitCredits),
      pipeline.id,
    ]);
  const hidden = status.pipelines.length - rows.length;
  const more = hidden > 0 ? `\n${palette.dim(`and ${hidden} earlier ones; -o json shows them all`)}` : "";
  return `${table(["PIPELINE", "STATE", "TASKS", "PROFIT", "ID"], rows, palette)}${more}`;
}

const SHOWN_FINDINGS = 10;

function healthLines(status: FleetStatus, palette: Palette): string {
  const tasks = Object.entries(status.tasks).map(([state, count]) => `${count} ${state}`);
  const budget = status.requestBudget;
  const lines: readonly LabelledLine[] = [
    ["tasks", tasks.length === 0 ? "none" : harmless(tasks.join(" · "))],
    [
      "requests",
      budget === null
        ? "none yet"
        : `${budget.usedLastMinute} of ${grouped((budget.perSecondLimit * 60) / status.gameSpeed)} allowed in the last game minute · ${budget.queued} queued · ${grouped(budget.sent)} sent · ${budget.rateLimited} refused as too many`,
    ],
    ["actors", `${status.actors} · ${status.restarts} restarts · ${status.deadLetters} dead letters`],
    ["processes", harmless(status.processes.map((line) => `${line.name} ${line.status}`).join(" · "))],
  ];
  const text = [labelled(lines, palette)];
  const { findings, findingsTotal } = status.recovery ?? { findings: [], findingsTotal: 0 };
  for (const { table, row, what, done } of findings.slice(0, SHOWN_FINDINGS))
    text.push(palette.warn(`found at the start: ${harmless(`${table} ${row}: ${what} (${done})`)}`));
  const more = findingsTotal - SHOWN_FINDINGS;
  if (more > 0) text.push(palette.dim(`and ${more} more; the log has them all`));
  for (const { text: said, since } of status.alerts) text.push(palette.bad(`alert: ${harmless(said)} (since ${since})`));
  for (const address of status.quarantined) {
    text.push(palette.bad(`quarantined: ${harmless(address)}. See: bosun snapshot dump ${harmless(address)}`));
  }
  return text.join("\n");
}

function duration(seconds: number): string {
  if (seconds < 90) return `${seconds} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
